#ifndef AUTHD_PATIENT_H
#define AUTHD_PATIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "authd_config.h"
#include "daemon_check.h"
#include "doctor.h"
#include "postfix_setup.h"

/*
 * What authctl doctor looks at, gathered once before the checks: authd, its
 * users, and the Postfix that asks it.
 */
struct authd_offer { /* a MECH line of authd */
	char *name;
	char *flags; /* "plaintext", several have blanks between them */
};

struct authd_patient {
	const struct authd_config *config;
	const char *outbound; /* --outbound; NULL: not given */
	time_t now;

	bool has_config;
	struct strbuf config_problem;

	bool has_postfix;
	struct strbuf postfix_problem;
	struct postfix_setup postfix;

	struct daemon_check authd;
	size_t noffers; /* received over its socket */
	struct authd_offer *offers;

	bool has_users; /* the database could be read */
	struct strbuf users_problem;
	size_t nusers;
	size_t nhere;               /* of default_realm */
	char *a_realm;              /* of another one */
	time_t newest;              /* time of the last change */
	size_t without[MECHANISMS]; /* how many lack a secret */
	char *first_without[MECHANISMS];
};

const struct authd_patient *authd_patient(const struct doctor *);

/* Whether some smtpd asks authd, so that it has to be there. */
bool authd_patient_is_asked(const struct authd_patient *);

/* Whether the service lets people log in. */
bool authd_patient_has_auth(const struct authd_patient *,
    const struct postfix_service *);

/* Run check for each service that lets people log in. */
void authd_patient_each(struct doctor *,
    void (*check)(struct doctor *, const struct postfix_service *));

/* The checks, as the table of authctl_doctor.c has them. */
/* doctor_smtpd.c */
void check_sasl_off(struct doctor *);
void check_sasl_type(struct doctor *);
void check_sasl_path(struct doctor *);
void check_sasl_mechanisms(struct doctor *);
void check_sasl_hidden(struct doctor *);
void check_sasl_permit(struct doctor *);
void check_clear_passwords(struct doctor *);
void check_tls_missing(struct doctor *);
void check_auth_port_25(struct doctor *);
void check_realm_doubled(struct doctor *);
/* doctor_users.c */
void check_database(struct doctor *);
void check_database_rights(struct doctor *);
void check_no_users(struct doctor *);
void check_no_secret(struct doctor *);
void check_default_realm(struct doctor *);
void check_clock(struct doctor *);
/* doctor_rehash.c */
void check_rehash_rights(struct doctor *);
void check_rehash_waits(struct doctor *);
/* doctor_relay.c */
void check_relay_provider(struct doctor *);
void check_relay_options(struct doctor *);
void check_relay_clear(struct doctor *);
void check_relay_maps(struct doctor *);
void check_way_out(struct doctor *);
void check_port_stranger(struct doctor *);
void check_tls_files(struct doctor *);
void check_fail2ban(struct doctor *);

#endif
