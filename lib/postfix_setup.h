#ifndef POSTFIX_SETUP_H
#define POSTFIX_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "master_cf.h"
#include "postconf.h"
#include "strbuf.h"

struct doctor;

/*
 * How Postfix is set up: what main.cf and master.cf say, and what that means to
 * each smtpd.  Read once.
 */
struct postfix_service {
	const struct master_service *master;
	const struct postconf_values *values; /* all, with its options */
	struct postconf_values own;           /* where it has some */
	bool is_chrooted;
};

struct postfix_setup {
	char *directory;
	bool is_default;                /* postconf needs no -c for it */
	struct postconf_values main_cf; /* all */
	struct master_cf master;
	size_t n;
	struct postfix_service *services; /* that run smtpd */
};

/* directory: NULL for the one that postconf(1) takes.  Returns 0, or -1 with
 * the reason in err; free it in both cases. */
int postfix_setup_ask(struct postfix_setup *, const char *directory,
    struct strbuf *err);
void postfix_setup_free(struct postfix_setup *);

/* A finding on why it could not be asked; none where there is no Postfix. */
void postfix_setup_judge(struct doctor *, const struct strbuf *problem);

/* A value; "" when there is no such parameter.  service: NULL: main.cf. */
const char *postfix_setup_value(const struct postfix_setup *,
    const struct postfix_service *, const char *name);
bool postfix_setup_says_yes(const struct postfix_setup *,
    const struct postfix_service *, const char *name);

/* "main.cf", or "submission/inet in master.cf": where the name is set. */
const char *postfix_setup_place(const struct postfix_service *,
    const char *name);

/*
 * Append the line that sets a name where it is set now, and makes Postfix read
 * it.  value: as postconf -x shows it.
 */
void postfix_setup_line(const struct postfix_setup *,
    const struct postfix_service *, const char *name, const char *value,
    struct strbuf *out);

/* The same, but for this service alone. */
void postfix_setup_own_line(const struct postfix_setup *,
    const struct postfix_service *, const char *name, const char *value,
    struct strbuf *out);

/*
 * The first again, but Postfix is started anew: an smtpd that gave up comes
 * back after service_throttle_time only, and a reload does not change that.
 */
void postfix_setup_revive_line(const struct postfix_setup *,
    const struct postfix_service *, const char *name, const char *value,
    struct strbuf *out);

/* "PROGRAM WORDS", of postconf or postfix, with -c where that is needed. */
void postfix_setup_command(const struct postfix_setup *, const char *program,
    const char *words, struct strbuf *out);

/*
 * A socket as main.cf names it: the path that smtpd of the service opens, as
 * seen from outside of its chroot; the caller frees it.  NULL for one that is
 * no file (inet:).
 */
char *postfix_setup_path(const struct postfix_setup *,
    const struct postfix_service *, const char *name);

/* How main.cf of the service has to name a socket; NULL when its smtpd cannot
 * get there. */
char *postfix_setup_name(const struct postfix_setup *,
    const struct postfix_service *, const char *path);

#endif
