#ifndef LOGIN_RULES_H
#define LOGIN_RULES_H

#include "authd_config.h"
#include "strbuf.h"
#include "success_cache.h"
#include "userdb.h"

/*
 * What logins are judged by: one reading of the configuration, and the user
 * database it names.  A reload makes new rules; a conversation keeps those it
 * began with.  References are counted by the loop's thread only.
 */
struct login_rules {
	unsigned refs;
	struct authd_config config;
	struct userdb *userdb;
	char *dummy;                 /* hash of no one's password */
	struct success_cache *cache; /* borrowed; NULL: none */
};

/*
 * Takes over what config holds (it is all-zero afterwards).  old: the rules
 * before these, or NULL.  Hashes once when password_scheme is another than
 * before, so that an unknown user costs what a known one costs.
 * Returns NULL with the reason in err.
 */
struct login_rules *login_rules_new(struct authd_config *config,
    const struct login_rules *old, struct success_cache *cache,
    struct strbuf *err);
struct login_rules *login_rules_ref(struct login_rules *);
void login_rules_unref(struct login_rules *);

#endif
