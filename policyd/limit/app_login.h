#ifndef APP_LOGIN_H
#define APP_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "arena.h"
#include "cidr.h"
#include "state.h"

/*
 * By which passwords a login came from an address within the last hour, and
 * what may be sent with them, as authd told: kept in the state.  Postfix says
 * no more of a session than login and address, so that all of them stand for
 * what comes from there.
 */
enum app_rule {         /* each a text, "" for none */
	APP_NETWORKS,   /* CIDR,... */
	APP_SENDERS,    /* ADDRESS or @DOMAIN,... */
	APP_RECIPIENTS, /* the same */
	APP_LIMIT,      /* N/TIME: of recipients */
	APP_RULES,
};

const char *app_rule_name(enum app_rule); /* "networks" ... */

struct app_login {
	const char *label; /* of the app password; "": the user's own */
	time_t when;
	const char *rules[APP_RULES];
};

struct app_logins {
	size_t n;
	struct app_login *logins; /* the latest first */
};

#define APP_LOGIN_SECONDS 3600

/* In place of what was known of the label.  Returns false when there is no
 * room, or it has what no text of authd has. */
bool app_login_add(struct state *, const char *login, const struct ip *client,
    const struct app_login *);

/* Those that count now.  state: NULL: there are none. */
void app_login_find(struct state *, const char *login, const struct ip *client,
    time_t now, struct arena *, struct app_logins *);

/* "app password scanner-3 (senders a@b, limit 9/1d); the user's own password"
 */
#define APP_LOGINS_NONE "none that authd told of"
void app_logins_print(const struct app_logins *, struct strbuf *out);

/* Whether a list of rules has an address: itself, or @ and its domain. */
bool app_rule_has(const char *list, const char *address);

#endif
