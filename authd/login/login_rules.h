#ifndef LOGIN_RULES_H
#define LOGIN_RULES_H

#include "authd_config.h"
#include "strbuf.h"
#include "success_cache.h"
#include "userdb.h"

struct guard_list;

/*
 * What logins are judged by: one reading of the configuration, and the user
 * database it names.  A reload makes new rules; a conversation keeps those it
 * began with.  References are counted by the loop's thread only.
 */
struct login_rules {
	unsigned refs;
	struct authd_config config;
	struct userdb *userdb;
	char *dummy; /* for those without a hash: of password_scheme */
	struct success_cache *cache; /* borrowed; NULL: none */
	struct guard_list *guarded;  /* likewise */
};

/*
 * Takes over what config holds (it is all-zero afterwards).
 * Returns NULL with the reason in err.
 */
struct login_rules *login_rules_new(struct authd_config *config,
    struct success_cache *cache, struct strbuf *err);
struct login_rules *login_rules_ref(struct login_rules *);
void login_rules_unref(struct login_rules *);

#endif
