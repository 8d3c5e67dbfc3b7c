/*
 * What logins are judged by.
 */
#include <stdlib.h>

#include "crypt_scheme.h"
#include "login_rules.h"
#include "mem.h"

struct login_rules *
login_rules_new(struct authd_config *config, struct success_cache *cache,
    struct strbuf *err)
{
	struct strbuf dummy = { 0 };
	struct login_rules *rules;

	if (crypt_scheme_make_dummy(config->credentials.password_scheme, &dummy,
		err) == -1)
		return NULL;
	rules = xcalloc(1, sizeof *rules);
	rules->refs = 1;
	rules->config = *config;
	*config = (struct authd_config){ 0 };
	rules->userdb = userdb_new(rules->config.database_path);
	rules->dummy = strbuf_detach(&dummy);
	rules->cache = cache;
	return rules;
}

struct login_rules *
login_rules_ref(struct login_rules *rules)
{
	rules->refs++;
	return rules;
}

void
login_rules_unref(struct login_rules *rules)
{
	if (rules == NULL || --rules->refs > 0)
		return;
	userdb_free(rules->userdb);
	free(rules->dummy);
	authd_config_free(&rules->config);
	free(rules);
}
