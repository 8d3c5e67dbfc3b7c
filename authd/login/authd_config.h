#ifndef AUTHD_CONFIG_H
#define AUTHD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "credential.h"
#include "listener.h"
#include "strbuf.h"
#include "user_name.h"

/*
 * authd.cf(5): the parameters of authd, which authctl reads too.
 */
#define AUTHD_CONFIG_FILE "/etc/sekisho/authd.cf"
#define AUTHD_USER        "sekisho-authd"

/* Who may connect to listen, unless it says so. */
extern const struct listener_defaults authd_client_defaults;

enum username_case { USERNAME_FOLD, USERNAME_KEEP };

struct authd_config {
	/* As in the file. */
	char *user;
	struct conf_text listen;
	struct conf_text saslauthd_listen;
	struct conf_text control_socket;
	struct conf_text metrics_listen;
	char *policyd_control;
	char *pid_file;
	int log_level; /* enum log_level */
	struct conf_text user_database;
	char *last_login_file;
	struct conf_text mechanisms;
	char *default_realm;
	int username_case; /* enum username_case */
	struct conf_text password_scheme;
	long scram_iterations;
	long auth_failure_delay; /* seconds */
	long auth_cache_time;    /* seconds */
	long workers;            /* 0: as many as there are cores */
	long queue_limit;
	bool rehash;

	/* What they mean. */
	struct conf *conf;
	const char *database_path;          /* in user_database */
	enum mechanism offered[MECHANISMS]; /* in the order of the file */
	size_t noffered;
	struct user_name_rules names;          /* borrows default_realm */
	struct credential_options credentials; /* borrows password_scheme */
};

extern const struct conf_param authd_params[];
extern const size_t authd_nparams;

/*
 * Read and check a file.  default_realm comes from Postfix (mydomain, when it
 * has a dot) if the file does not set it.
 * Returns EX_OK, EX_CONFIG or EX_NOINPUT, with all errors in err, a line each;
 * the config is to be freed in every case.
 */
int authd_config_load(struct authd_config *, const char *path,
    struct strbuf *err);
void authd_config_free(struct authd_config *); /* back to all-zero */

/* The path of a name beside last_login_file, where authd may write; "" where
 * that is empty.  The caller frees it. */
char *authd_config_beside_logins(const struct authd_config *, const char *name);

/* Where rehash keeps what logins add to records (rehash.h). */
#define AUTHD_REHASH_NAME "rehash"

/* Whether a mechanism is among those offered. */
bool authd_config_offers(const struct authd_config *, enum mechanism);

#endif
