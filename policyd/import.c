/*
 * policyctl import: from a running main.cf to policyd.cf.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import.h"
#include "import_list.h"
#include "conf_text.h"
#include "mem.h"
#include "policy.h"
#include "stage.h"

#define HOOK "check_policy_service unix:private/sekisho-policy"

const char *const import_shared_names[] = { "mynetworks", "mydestination",
	"relay_domains", "virtual_alias_domains", "virtual_mailbox_domains",
	NULL };

struct import {
	const struct import_source *source;
	struct strbuf *out;
	struct import_context context;
	struct import_list *classes;
	size_t nclasses;
	struct import_list lists[STAGE_COUNT];
	char *problems[IMPORT_NEED_COUNT]; /* NULL: none */
};

static const char *
set_value(const struct import *import, const char *name)
{
	return postconf_value(import->source->set, name);
}

/* A value as policyd.cf has it: what postconf -x expanded stays so. */
static void
add_value(struct strbuf *out, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '$')
			strbuf_addc(out, '$');
		strbuf_addc(out, *value);
	}
}

/*
 * A list of domains or networks, without what policyd cannot read.  Returns
 * the reason when something had to be left out, else NULL; is_changed: it is
 * not as Postfix has it.
 */
static char *
convert_pattern_list(const struct import *import, const char *name,
    const char *value, struct strbuf *converted, bool *is_changed)
{
	struct conf_text text = { 0 };
	struct strbuf err = { 0 };
	struct conf_word word;
	char *problem = NULL;
	size_t pos = 0;

	*is_changed = false;
	conf_text_set(&text, value, (struct conf_origin){ "", 0 });
	while (conf_next_word(&text, &pos, &word, &err) == 1) {
		char *item = conf_word_dup(&word), *table = NULL;
		const char *bare = item + strspn(item, "!");
		struct strbuf why = { 0 };

		if (bare[0] == '/' || !table_is_word(bare))
			table = xstrdup(bare);
		else
			table = import_table(&import->context, bare, &why);
		if (table == NULL && problem == NULL)
			problem = xasprintf("it needs %s, and there is %s",
			    name, strbuf_str(&why));
		if (table == NULL || strcmp(table, bare) != 0)
			*is_changed = true;
		if (table != NULL) {
			if (converted->len > 0)
				strbuf_adds(converted, ", ");
			strbuf_add(converted, item, (size_t)(bare - item));
			add_value(converted, table);
		}
		strbuf_free(&why);
		free(table);
		free(item);
	}
	conf_text_free(&text);
	strbuf_free(&err);
	return problem;
}

/* Takes ownership of the problem; the first one of a need counts. */
static void
note_problem(struct import *import, enum import_need need, char *problem)
{
	if (import->problems[need] == NULL)
		import->problems[need] = problem;
	else
		free(problem);
	import->context.problems[need] = import->problems[need];
}

/* Networks and domains: policyd takes them from Postfix, if it can. */
static void
write_shared(struct import *import)
{
	struct strbuf *out = import->out, converted = { 0 };
	bool is_changed;

	strbuf_adds(out,
	    "# mynetworks, mydestination, relay_domains and so on: policyd "
	    "asks Postfix.\n");
	for (size_t i = 0; import_shared_names[i] != NULL; i++) {
		const char *name = import_shared_names[i];
		const char *value =
		    postconf_value(import->source->shared, name);
		char *problem;

		if (value == NULL)
			continue;
		strbuf_truncate(&converted, 0);
		problem = convert_pattern_list(import, name, value, &converted,
		    &is_changed);
		if (problem != NULL)
			strbuf_addf(out,
			    "# What policyd cannot read is left out here; what "
			    "needs it stays in main.cf.\n");
		if (is_changed)
			strbuf_addf(out, "%s = %s\n", name,
			    strbuf_str(&converted));
		note_problem(import,
		    strcmp(name, "mynetworks") == 0 ? IMPORT_NEED_NETWORKS
						    : IMPORT_NEED_DOMAINS,
		    problem);
	}
	strbuf_addc(out, '\n');
	strbuf_free(&converted);
}

static bool
is_shared(const char *name)
{
	for (size_t i = 0; import_shared_names[i] != NULL; i++) {
		if (strcmp(name, import_shared_names[i]) == 0)
			return true;
	}
	return strcmp(name, "myhostname") == 0 ||
	    strcmp(name, "mydomain") == 0 || strcmp(name, "myorigin") == 0 ||
	    strcmp(name, "inet_interfaces") == 0 ||
	    strcmp(name, "proxy_interfaces") == 0 ||
	    strcmp(name, "recipient_delimiter") == 0 ||
	    strcmp(name, "parent_domain_matches_subdomains") == 0;
}

/* One of the parameters that name tables. */
static void
write_maps(struct import *import, const char *name, const char *value)
{
	struct strbuf converted = { 0 };
	bool is_changed;
	char *problem =
	    convert_pattern_list(import, name, value, &converted, &is_changed);

	if (problem != NULL)
		strbuf_addf(import->out, "# %s stays in main.cf: %s\n", name,
		    problem);
	else
		strbuf_addf(import->out, "%s = %s\n", name,
		    strbuf_str(&converted));
	if (strcmp(name, "smtpd_sender_login_maps") == 0)
		note_problem(import, IMPORT_NEED_LOGINS, problem);
	else
		free(problem);
	strbuf_free(&converted);
}

/* Reply codes, maps, switches: every parameter that both know. */
static void
write_parameters(struct import *import)
{
	for (size_t i = 0; i < npolicyd_params; i++) {
		const char *name = policyd_params[i].name;
		const char *value = set_value(import, name);

		if (value == NULL || is_shared(name) ||
		    stage_find(name) != STAGE_COUNT ||
		    strcmp(name, "smtpd_restriction_classes") == 0)
			continue;
		if (strcmp(name, "rbl_reply_maps") == 0 ||
		    strcmp(name, "smtpd_sender_login_maps") == 0) {
			write_maps(import, name, value);
			continue;
		}
		strbuf_addf(import->out, "%s = ", name);
		if (policyd_params[i].type == CONF_RAW)
			strbuf_adds(import->out, value);
		else
			add_value(import->out, value);
		strbuf_addc(import->out, '\n');
	}
	strbuf_addc(import->out, '\n');
}

/* The items that move, with a comment for each that does not, and for what is
 * about to be history. */
static void
write_list(struct import *import, const struct import_list *list)
{
	struct strbuf *out = import->out;

	strbuf_addf(out, "%s =\n", list->name);
	for (size_t i = 0; i < list->n; i++) {
		const struct import_item *item = &list->items[i];

		if (item->instead != NULL)
			strbuf_addf(out,
			    "# Postfix 3.9 and later answer 451 to %s: write "
			    "%s\n",
			    item->original, item->instead);
		if (item->reason != NULL) {
			strbuf_addf(out, "# stays in main.cf: %s\n#\t%s\n",
			    item->original, item->reason);
			continue;
		}
		strbuf_adds(out, "    ");
		add_value(out, item->text);
		strbuf_addc(out, '\n');
	}
	strbuf_addc(out, '\n');
}

/* Classes may hold classes that are named before them. */
static void
parse_classes(struct import *import)
{
	const char *names = set_value(import, "smtpd_restriction_classes");
	struct conf_text text = { 0 };
	struct strbuf err = { 0 };
	struct conf_word word;
	size_t pos = 0;

	conf_text_set(&text, names != NULL ? names : "",
	    (struct conf_origin){ "", 0 });
	while (conf_next_word(&text, &pos, &word, &err) == 1) {
		char *name = conf_word_dup(&word);
		const char *value = set_value(import, name);
		struct import_list list;

		import_list_parse(&list, name, value != NULL ? value : "",
		    &import->context);
		import->classes = xreallocarray(import->classes,
		    import->nclasses + 1, sizeof(*import->classes));
		import->classes[import->nclasses++] = list;
		import->context.classes = import->classes;
		import->context.nclasses = import->nclasses;
	}
	conf_text_free(&text);
	strbuf_free(&err);
}

static void
write_classes(struct import *import)
{
	bool is_first = true;

	for (size_t i = 0; i < import->nclasses; i++) {
		if (!import_list_moves_all(&import->classes[i]))
			continue;
		strbuf_adds(import->out,
		    is_first ? "smtpd_restriction_classes = " : ", ");
		strbuf_adds(import->out, import->classes[i].name);
		is_first = false;
	}
	if (!is_first)
		strbuf_adds(import->out, "\n\n");
	for (size_t i = 0; i < import->nclasses; i++) {
		if (import_list_moves_all(&import->classes[i]))
			write_list(import, &import->classes[i]);
	}
}

static void
parse_lists(struct import *import)
{
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
		const char *name = stage_list_name(stage);
		const char *value = set_value(import, name);

		/* smtpd_relay_restrictions is not even looked at. */
		import_list_parse(&import->lists[stage], name,
		    value != NULL && stage != STAGE_RELAY ? value : "",
		    &import->context);
	}
}

static bool
is_delayed(const struct import *import)
{
	const char *value = set_value(import, "smtpd_delay_reject");

	return value == NULL || strcasecmp(value, "no") != 0;
}

/* Whether a list of main.cf has to call policyd. */
static bool
needs_call(const struct import *import, enum stage stage)
{
	const struct import_list *lists = import->lists;
	bool early = import_list_moves_any(&lists[STAGE_CLIENT]) ||
	    import_list_moves_any(&lists[STAGE_HELO]);

	switch (stage) {
	case STAGE_CLIENT:
	case STAGE_HELO:
	case STAGE_SENDER:
		return !is_delayed(import) &&
		    import_list_moves_any(&lists[stage]);
	case STAGE_RECIPIENT:
		return import_list_moves_any(&lists[stage]) ||
		    (is_delayed(import) &&
			(early || import_list_moves_any(&lists[STAGE_SENDER])));
	case STAGE_ETRN:
		return import_list_moves_any(&lists[stage]) ||
		    (is_delayed(import) && early);
	case STAGE_DATA:
	case STAGE_END_OF_DATA:
		return import_list_moves_any(&lists[stage]);
	case STAGE_RELAY:
	case STAGE_COUNT:
		return false;
	}
	abort();
}

/* One list of main.cf: the call, what stays, and what permits before it. */
static void
write_main_list(struct import *import, enum stage stage)
{
	const struct import_list *list = &import->lists[stage];
	bool has_call = needs_call(import, stage);
	size_t end = 0; /* behind the last that is kept */

	if (!has_call && !import_list_moves_any(list))
		return; /* it is as it was */
	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].reason != NULL ||
		    (stage == STAGE_RECIPIENT && list->items[i].is_guard))
			end = i + 1;
	}
	strbuf_addf(import->out, "#| %s =\n", list->name);
	if (has_call)
		strbuf_addf(import->out, "#|     %s\n", HOOK);
	for (size_t i = 0; i < end; i++) {
		const struct import_item *item = &list->items[i];

		if (item->reason == NULL && !item->can_permit &&
		    !(stage == STAGE_RECIPIENT && item->is_guard))
			continue;
		strbuf_adds(import->out, "#|     ");
		add_value(import->out, item->original);
		strbuf_addc(import->out, '\n');
	}
}

static void
write_main(struct import *import)
{
	const char *relay = set_value(import, "smtpd_relay_restrictions");
	const struct postconf_values *services = import->source->services;

	strbuf_adds(import->out,
	    "# In main.cf, put these lines in place of the same names "
	    "(sed -n 's/^#| //p'):\n#\n");
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++)
		write_main_list(import, stage);
	strbuf_adds(import->out,
	    "#\n# smtpd_relay_restrictions stays as it is: whether a relay is "
	    "open must not depend\n# on policyd.\n");
	if (relay != NULL && relay[0] == '\0')
		strbuf_adds(import->out,
		    "# It is empty here, so relay control stands in "
		    "smtpd_recipient_restrictions above:\n"
		    "# leave it there.\n");
	for (size_t i = 0; i < services->n; i++) {
		const char *name = strrchr(services->list[i].name, '/');

		if (name != NULL && stage_find(name + 1) != STAGE_COUNT)
			strbuf_addf(import->out,
			    "# master.cf sets %s: it is left as it is.\n",
			    services->list[i].name);
	}
}

void
import_write(const struct import_source *source, struct strbuf *out)
{
	struct import import = { .source = source, .out = out };

	import.context.tables = tables_new();
	strbuf_addf(out,
	    "# policyd.cf, made by policyctl import from %s/main.cf\n\n",
	    source->directory);
	if (strcmp(source->directory, IMPORT_DIRECTORY) != 0)
		strbuf_addf(out, "postfix_config_directory = %s\n\n",
		    source->directory);
	write_shared(&import);
	write_parameters(&import);
	parse_classes(&import);
	parse_lists(&import);
	write_classes(&import);
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
		if (import.lists[stage].n > 0)
			write_list(&import, &import.lists[stage]);
	}
	write_main(&import);
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++)
		import_list_free(&import.lists[stage]);
	for (size_t i = 0; i < import.nclasses; i++) {
		free((char *)import.classes[i].name);
		import_list_free(&import.classes[i]);
	}
	free(import.classes);
	for (size_t i = 0; i < IMPORT_NEED_COUNT; i++)
		free(import.problems[i]);
	tables_free(import.context.tables);
}
