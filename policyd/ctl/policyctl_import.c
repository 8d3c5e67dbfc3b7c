/*
 * policyctl import: ask postconf, write policyd.cf to standard output, once
 * policyd would start with it.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <event2/event.h>

#include "policyctl_command.h"
#include "conf_file.h"
#include "daemon.h"
#include "dnsbl.h"
#include "import.h"
#include "mem.h"
#include "policy.h"
#include "postfix_values.h"
#include "restriction_table.h"
#include "table.h"

#define EXIT_REFUSED 1

/* What is needed to read a configuration as policyd reads it. */
struct reading {
	struct import_services services;
	struct event_base *base;
	struct policy_source source;
	char *call; /* where policyd is asked already; NULL: nowhere */
	bool has_user;
};

/* What `policyd -t` says of the result; nothing it says may be left. */
static int
check(struct policyctl *ctl, struct reading *reading)
{
	const struct conf_passage passage = {
		.path = "policyd.cf",
		.first = 1,
		.bytes = strbuf_str(&ctl->out),
		.len = ctl->out.len,
	};
	struct policies *policies;
	enum conf_result result;
	struct strbuf err = { 0 };

	reading->source.passage = &passage;
	policies = policies_read(&reading->source, &result, &err);
	reading->source.passage = NULL;
	if (policies != NULL)
		result = tables_load(policies->tables, &err);
	if (result != CONF_OK)
		strbuf_addf(&ctl->err,
		    "policyd would not start with what this main.cf says:\n%s",
		    strbuf_str(&err));
	policies_release(policies);
	strbuf_free(&err);
	return result == CONF_OK ? EX_OK : EX_CONFIG;
}

/* Rules that have moved are not in main.cf any more. */
static int
refuse(struct policyctl *ctl, const char *list)
{
	strbuf_addf(&ctl->err,
	    "%s asks policyd already: the rules stand in %s; take what you "
	    "want to import back into Postfix's files first\n",
	    list, ctl->config_path);
	return EXIT_REFUSED;
}

/* An address of policyd as main.cf may have it: below queue_directory, or as
 * it is. */
static char *
find_call_of(const struct import_services *services, const char *address)
{
	const char *queue =
	    postconf_value(&services->places, "queue_directory");
	const char *path = strchr(address, ':');
	char *call = import_find_call(services, address);

	if (call != NULL || queue == NULL || path == NULL)
		return call;
	path++;
	if (strncmp(path, queue, strlen(queue)) == 0 &&
	    path[strlen(queue)] == '/')
		call = import_find_call(services, path + strlen(queue) + 1);
	return call;
}

/* The list that asks policyd, where its configuration makes it listen. */
static char *
find_call(const struct policyctl *ctl, const struct import_services *services)
{
	struct conf *conf = conf_new(policyd_params, npolicyd_params);
	struct strbuf ignored = { 0 };
	struct conf_text listen = { 0 };
	struct conf_word word;
	char *call = import_find_call(services, IMPORT_SOCKET);
	size_t pos = 0;

	conf_read(conf, ctl->config_path, &ignored);
	conf_get(conf, NULL, "listen", false, &listen, &ignored);
	while (call == NULL &&
	    conf_next_word(&listen, &pos, &word, &ignored) == 1) {
		char *address;

		conf_word_unbrace(&word);
		address = xstrndup(word.start, strcspn(word.start, ", \t}"));
		call = find_call_of(services, address);
		free(address);
	}
	conf_text_free(&listen);
	strbuf_free(&ignored);
	conf_free(conf);
	return call;
}

static int
convert(struct policyctl *ctl, struct reading *reading)
{
	int code;

	if (reading->call != NULL)
		return refuse(ctl, reading->call);
	if (!reading->has_user)
		strbuf_adds(&ctl->out,
		    "# The user " POLICYD_USER " does not exist yet, so it was "
		    "not tried whether it\n"
		    "# can read the tables: import again when it does.\n");
	import_write(&reading->services, reading->source.dnsbls, &ctl->out);
	code = check(ctl, reading);
	if (code != EX_OK)
		strbuf_truncate(&ctl->out, 0);
	return code;
}

/* All that root can read, then what policyd's user can. */
static int
ask(struct policyctl *ctl, struct reading *reading, const char *directory)
{
	static const struct dnsbl_dns nobody = { 0 };
	static const struct dnsbl_options untested = { .untested = "" };
	struct strbuf ignored = { 0 };

	if (import_services_ask(&reading->services, directory, &ctl->err) == -1)
		return -1;
	reading->call = find_call(ctl, &reading->services);
	reading->source.values = postfix_values_ask(directory, &ctl->err);
	if (reading->source.values == NULL)
		return -1;
	reading->has_user = daemon_check_user(POLICYD_USER, &ignored) == 0;
	if (reading->has_user && daemon_become(POLICYD_USER, &ctl->err) == -1)
		return -1;
	strbuf_free(&ignored);
	reading->base = event_base_new();
	if (reading->base == NULL)
		abort();
	reading->source.dnsbls = dnsbls_new(reading->base, &nobody, &untested);
	reading->source.restrictions = &restriction_table;
	return 0;
}

int
policyctl_import(struct policyctl *ctl)
{
	const char *given = ctl->nwords > 0 ? ctl->words[0] : IMPORT_DIRECTORY;
	char *directory = realpath(given, NULL);
	struct reading reading = { 0 };
	int code = EX_NOINPUT;

	if (ask(ctl, &reading, directory != NULL ? directory : given) == -1)
		strbuf_addc(&ctl->err, '\n');
	else
		code = convert(ctl, &reading);
	dnsbls_free(reading.source.dnsbls);
	if (reading.base != NULL)
		event_base_free(reading.base);
	postfix_values_free(reading.source.values);
	free(reading.call);
	import_services_free(&reading.services);
	free(directory);
	return code;
}
