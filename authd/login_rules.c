/*
 * What logins are judged by.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "crypt_scheme.h"
#include "login_rules.h"
#include "mem.h"

static char *
make_dummy(const char *scheme, struct strbuf *err)
{
	unsigned char random[16];
	char password[2 * sizeof random];
	struct strbuf hash = { 0 };

	if (getrandom(random, sizeof random, 0) != sizeof random)
		abort();
	for (size_t i = 0; i < sizeof random; i++) {
		password[2 * i] = (char)('a' + random[i] / 16);
		password[2 * i + 1] = (char)('a' + random[i] % 16);
	}
	if (crypt_scheme_make(scheme, password, sizeof password, &hash, err) ==
	    -1)
		return NULL;
	return strbuf_detach(&hash);
}

struct login_rules *
login_rules_new(struct authd_config *config, const struct login_rules *old,
    struct success_cache *cache, struct strbuf *err)
{
	const char *scheme = config->credentials.password_scheme;
	struct login_rules *rules;
	char *dummy;

	if (old != NULL &&
	    strcmp(old->config.credentials.password_scheme, scheme) == 0)
		dummy = xstrdup(old->dummy);
	else
		dummy = make_dummy(scheme, err);
	if (dummy == NULL)
		return NULL;
	rules = xcalloc(1, sizeof *rules);
	rules->refs = 1;
	rules->config = *config;
	*config = (struct authd_config){ 0 };
	rules->userdb = userdb_new(rules->config.database_path);
	rules->dummy = dummy;
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
