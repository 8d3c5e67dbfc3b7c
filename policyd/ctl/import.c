/*
 * policyctl import: from a running main.cf to policyd.cf.
 */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "conf_text.h"
#include "import_policy.h"
#include "import_proxy.h"
#include "mem.h"

#define QUEUE_DIRECTORY  "/var/spool/postfix" /* where policyd listens */
#define MAIL_OWNER       "postfix"            /* and for whom */
#define SCORED_SITES     "postscreen_dnsbl_sites"
#define SCORED_THRESHOLD "postscreen_dnsbl_threshold"

struct import {
	const struct import_services *services;
	struct strbuf *out;
	struct import_keys keys;
	struct import_policy *policies; /* of the services */
};

/* Another instance of Postfix looks for its socket elsewhere. */
static void
write_listen(const struct import *import)
{
	const struct postconf_values *places = &import->services->places;
	const char *queue = postconf_value(places, "queue_directory");
	const char *owner = postconf_value(places, "mail_owner");
	const struct passwd *pw = owner != NULL ? getpwnam(owner) : NULL;
	const struct group *gr = pw != NULL ? getgrgid(pw->pw_gid) : NULL;

	if (queue == NULL || owner == NULL)
		return;
	if (strcmp(owner, MAIL_OWNER) != 0)
		strbuf_addf(import->out,
		    "listen = { unix:%s/" IMPORT_SOCKET
		    ", owner = %s, group = %s, mode = 0660 }\n\n",
		    queue, owner, gr != NULL ? gr->gr_name : owner);
	else if (strcmp(queue, QUEUE_DIRECTORY) != 0)
		strbuf_addf(import->out,
		    "listen = unix:%s/" IMPORT_SOCKET "\n\n", queue);
}

static void
write_head(const struct import *import)
{
	const char *directory = import->services->directory;

	strbuf_addf(import->out,
	    "# policyd.cf, made by policyctl import from %s/main.cf\n\n",
	    directory);
	if (strcmp(directory, IMPORT_DIRECTORY) != 0)
		strbuf_addf(import->out, "postfix_config_directory = %s\n\n",
		    directory);
	write_listen(import);
}

static bool
is_used(const struct import *import, const struct import_key *key)
{
	char *reference = xasprintf("${%s}", key->name);
	bool result = false;

	for (size_t i = 0; i < import->services->n; i++) {
		const struct import_policy *policy = &import->policies[i];

		for (size_t j = 0; j < policy->nsettings; j++)
			if (strstr(policy->settings[j].value, reference) !=
			    NULL)
				result = true;
	}
	free(reference);
	return result;
}

/* Those in use, or those that the text refers to. */
static void
write_keys(const struct import *import, const char *text, const char *prefix)
{
	bool is_first = true;

	for (size_t i = 0; i < import->keys.n; i++) {
		const struct import_key *key = &import->keys.list[i];

		if (is_used(import, key) != (text == NULL) ||
		    (text != NULL && strstr(text, key->name) == NULL))
			continue;
		if (is_first)
			strbuf_addf(import->out,
			    "%s# Keys of DNS lists stand here, and only "
			    "here.\n",
			    prefix);
		is_first = false;
		strbuf_addf(import->out, "%s%s = %s\n", prefix, key->name,
		    key->value);
	}
	if (!is_first && text == NULL)
		strbuf_addc(import->out, '\n');
}

/* What postscreen has is scored before smtpd, so it is an offer only. */
static void
write_scored_sites(struct import *import)
{
	const struct import_service *main_cf = &import->services->list[0];
	const char *sites = import_service_value(main_cf, SCORED_SITES);
	const char *threshold = import_service_value(main_cf, SCORED_THRESHOLD);
	size_t pos = 0;
	struct conf_text text = { 0 };
	struct strbuf line = { 0 }, err = { 0 };
	struct conf_word word;

	conf_text_set(&text, sites != NULL ? sites : "",
	    (struct conf_origin){ "", 0 });
	while (conf_next_word(&text, &pos, &word, &err) == 1) {
		char *site = conf_word_dup(&word);

		strbuf_adds(&line, line.len > 0 ? ", " : "");
		import_keys_add_zone(&import->keys, &main_cf->set, site, &line);
		free(site);
	}
	if (line.len > 0) {
		strbuf_adds(import->out,
		    "# " SCORED_SITES " stays in main.cf.  Clients that do not "
		    "come through\n"
		    "# postscreen are scored by these two, and "
		    "reject_dnsbl_score in a list:\n");
		write_keys(import, strbuf_str(&line), "# ");
		strbuf_addf(import->out, "# dnsbl_sites = %s\n",
		    strbuf_str(&line));
		strbuf_addf(import->out, "# dnsbl_reject_threshold = %s\n\n",
		    threshold != NULL ? threshold : "1");
	}
	conf_text_free(&text);
	strbuf_free(&line);
	strbuf_free(&err);
}

static void
write_setting(const struct import *import, const struct import_policy *policy,
    const struct import_setting *setting)
{
	const char *context = policy->service->context;
	bool is_short = setting->value[0] != '\n' && setting->value[0] != '\0';

	strbuf_adds(import->out, setting->notes);
	strbuf_addf(import->out, "%s%s%s =%s%s\n%s", context,
	    context[0] != '\0' ? "/" : "", setting->name, is_short ? " " : "",
	    setting->value, setting->is_list && context[0] == '\0' ? "\n" : "");
}

static void
write_main_settings(const struct import *import)
{
	const struct import_policy *policy = &import->policies[0];
	bool was_list = false;

	strbuf_adds(import->out,
	    "# mynetworks, mydestination, relay_domains and so on: policyd "
	    "asks Postfix.\n");
	for (size_t i = 0; i < policy->nsettings; i++) {
		const struct import_setting *setting = &policy->settings[i];

		if (setting->is_list && !was_list)
			strbuf_addc(import->out, '\n');
		was_list = setting->is_list;
		write_setting(import, policy, setting);
	}
	if (!was_list)
		strbuf_addc(import->out, '\n');
}

/* The words of "submission/inet" as master.cf has them. */
static void
add_service_words(struct strbuf *out, const char *name)
{
	const char *slash = strrchr(name, '/');

	strbuf_addf(out, "\"%.*s %s\"", (int)(slash - name), name, slash + 1);
}

static void
write_context(const struct import *import, const struct import_policy *policy)
{
	struct strbuf *out = import->out;

	strbuf_adds(out, "# The service ");
	add_service_words(out, policy->service->name);
	if (!import_policy_asks(policy)) {
		strbuf_adds(out,
		    " of master.cf: its lists hold nothing for policyd.\n\n");
		return;
	}
	strbuf_addf(out, " of master.cf%s\n",
	    policy->is_separate ? ", where it is another:"
				: ": all as in main.cf.");
	for (size_t i = 0; i < policy->nsettings; i++) {
		const struct import_setting *setting = &policy->settings[i];

		if (import_policy_differs(policy, setting))
			write_setting(import, policy, setting);
		else
			strbuf_adds(out, setting->notes);
	}
	strbuf_addc(out, '\n');
}

static void
write_main_list(const struct import *import, enum stage stage)
{
	const char *text = import_policy_new_list(&import->policies[0], stage);
	char *copy, *rest, *line;

	if (text == NULL)
		return; /* it is as it was */
	strbuf_addf(import->out, "#| %s =\n", stage_list_name(stage));
	rest = copy = xstrdup(text);
	while ((line = strsep(&rest, "\n")) != NULL && line[0] != '\0')
		strbuf_addf(import->out, "#|     %s\n", line);
	free(copy);
}

static void
write_main(const struct import *import)
{
	const struct import_services *services = import->services;
	const char *relay = import_service_value(&services->list[0],
	    "smtpd_relay_restrictions");
	const char *read_maps =
	    postconf_value(&services->written, "proxy_read_maps");

	strbuf_adds(import->out,
	    "# In main.cf, put these lines in place of the same names "
	    "(sed -n 's/^#| //p'):\n#\n");
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++)
		write_main_list(import, stage);
	import_proxy_write(import->policies, services->n,
	    read_maps != NULL ? read_maps : "", import->out);
	strbuf_adds(import->out,
	    "#\n# smtpd_relay_restrictions stays as it is: whether a relay is "
	    "open must not depend\n# on policyd.\n");
	if (relay != NULL && relay[0] == '\0')
		strbuf_adds(import->out,
		    "# It is empty here, so relay control stands in "
		    "smtpd_recipient_restrictions above:\n"
		    "# leave it there.\n");
	strbuf_adds(import->out,
	    "#\n# To count messages (rate limits, policyd.cf(5)), "
	    "smtpd_end_of_data_restrictions\n# has to ask policyd, too.\n");
}

/* A list as an option: on one line, with commas. */
static void
write_option(const struct import *import, const struct import_policy *policy,
    enum stage stage)
{
	struct strbuf *out = import->out;

	strbuf_addf(out, "#%s|   -o { %s =", policy->service->name,
	    stage_list_name(stage));
	for (const char *at = import_policy_new_list(policy, stage);
	     *at != '\0'; at += strcspn(at, "\n") + 1)
		strbuf_addf(out, " %.*s%s", (int)strcspn(at, "\n"), at,
		    at[strcspn(at, "\n") + 1] != '\0' ? "," : "");
	strbuf_adds(out, " }\n");
}

static void
write_options(const struct import *import, const struct import_policy *policy)
{
	bool is_first = true;

	for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
		if (import_policy_new_list(policy, stage) == NULL)
			continue;
		if (is_first) {
			strbuf_adds(import->out, "#\n# In master.cf, below ");
			add_service_words(import->out, policy->service->name);
			strbuf_addf(import->out,
			    ", in place of the same names (sed -n "
			    "'s,^#%s|,,p'):\n#\n",
			    policy->service->name);
		}
		is_first = false;
		write_option(import, policy, stage);
	}
	if (!is_first)
		return;
	strbuf_adds(import->out, "#\n# In master.cf, ");
	add_service_words(import->out, policy->service->name);
	strbuf_adds(import->out, " needs no other lines.\n");
}

void
import_write(const struct import_services *services, struct dnsbls *dnsbls,
    struct strbuf *out)
{
	struct import import = { .services = services, .out = out };

	import.policies = xcalloc(services->n, sizeof *import.policies);
	for (size_t i = 0; i < services->n; i++) {
		import_policy_make(&import.policies[i], &services->list[i],
		    i > 0 ? &import.policies[0] : NULL, dnsbls, &import.keys);
		import_policy_finish(&import.policies[i]);
	}
	write_head(&import);
	write_keys(&import, NULL, "");
	write_main_settings(&import);
	write_scored_sites(&import);
	for (size_t i = 1; i < services->n; i++)
		write_context(&import, &import.policies[i]);
	write_main(&import);
	for (size_t i = 1; i < services->n; i++)
		write_options(&import, &import.policies[i]);
	for (size_t i = 0; i < services->n; i++)
		import_policy_free(&import.policies[i]);
	free(import.policies);
	import_keys_free(&import.keys);
}

/* Whether a value has the address, and not only as a part of a longer word. */
static bool
has_address(const char *value, const char *address)
{
	while ((value = strstr(value, address)) != NULL) {
		value += strlen(address);
		if (strchr(" \t,}", *value) != NULL)
			return true;
	}
	return false;
}

char *
import_find_call(const struct import_services *services, const char *address)
{
	for (size_t i = 0; i < services->n; i++) {
		const struct import_service *service = &services->list[i];

		for (size_t j = 0; j < service->set.n; j++)
			if (has_address(service->set.list[j].value, address))
				return xasprintf("%s%s%s", service->name,
				    service->name[0] != '\0' ? "/" : "",
				    service->set.list[j].name);
	}
	return NULL;
}
