/*
 * From the values of one service to what policyd is to do for it.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import_policy.h"
#include "conf_text.h"
#include "import.h"
#include "import_recipients.h"
#include "mem.h"
#include "policy.h"

#define SOCKET "unix:" IMPORT_SOCKET

static const char of_stress[] = "it depends on stress, which Postfix knows";

/* Takes ownership of value and notes. */
static void
add_setting(struct import_policy *policy, const char *name,
    struct strbuf *value, struct strbuf *notes, bool is_list)
{
	policy->settings = xreallocarray(policy->settings,
	    policy->nsettings + 1, sizeof *policy->settings);
	strbuf_adds(value, "");
	strbuf_adds(notes, "");
	policy->settings[policy->nsettings++] = (struct import_setting){
		.name = xstrdup(name),
		.value = strbuf_detach(value),
		.notes = strbuf_detach(notes),
		.is_list = is_list,
	};
}

static const struct import_setting *
find_setting(const struct import_policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->nsettings; i++)
		if (strcmp(policy->settings[i].name, name) == 0)
			return &policy->settings[i];
	return NULL;
}

/* In their values Postfix puts nothing in place of $1: it skips the rule. */
static const char *const of_transports[] = { "transport_maps",
	"sender_dependent_default_transport_maps",
	"sender_dependent_relayhost_maps" };

static bool
is_of_transports(const char *name)
{
	for (size_t i = 0; i < sizeof of_transports / sizeof of_transports[0];
	     i++)
		if (strcmp(of_transports[i], name) == 0)
			return true;
	return false;
}

static void
look_for_group(void *arg, const char *value)
{
	bool *has_group = arg;

	*has_group |= strchr(value, '$') != NULL;
}

/* A table as policyd reads it; NULL with the reason in why. */
static char *
convert_table(const char *name, const char *word, struct strbuf *why)
{
	bool has_group = false;
	char *table = NULL;

	if (strcmp(name, "local_recipient_maps") == 0)
		table = table_index_word(word);
	if (table == NULL)
		table = import_table(word, look_for_group, &has_group, why);
	if (!has_group || !is_of_transports(name))
		return table;
	strbuf_addf(why, "a $1 in %s, which Postfix does not replace there",
	    word);
	free(table);
	return NULL;
}

/*
 * A list of domains or networks, without what policyd cannot read.  Returns
 * the reason when something had to be left out, else NULL; is_changed: it is
 * not as Postfix has it.
 */
static char *
convert_pattern_list(const char *name, const char *value,
    struct strbuf *converted, bool *is_changed)
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
			table = convert_table(name, bare, &why);
		if (table == NULL && problem == NULL)
			problem = xasprintf("it needs %s, and there is %s",
			    name, strbuf_str(&why));
		if (table == NULL || strcmp(table, bare) != 0)
			*is_changed = true;
		if (table != NULL) {
			if (converted->len > 0)
				strbuf_adds(converted, ", ");
			strbuf_add(converted, item, (size_t)(bare - item));
			conf_add_value(converted, table);
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
note_problem(struct import_policy *policy, enum restriction_need need,
    char *problem)
{
	if (policy->problems[need] == NULL)
		policy->problems[need] = problem;
	else
		free(problem);
	policy->context.problems[need] = policy->problems[need];
}

/* The parameters that are lists of patterns; of what depends on them. */
static const struct {
	const char *name;
	enum restriction_need need;
} pattern_lists[] = {
	{ "mynetworks", RESTRICTION_NEEDS_NETWORKS },
	{ "mydestination", RESTRICTION_NEEDS_DOMAINS },
	{ "relay_domains", RESTRICTION_NEEDS_DOMAINS },
	{ "virtual_alias_domains", RESTRICTION_NEEDS_DOMAINS },
	{ "virtual_mailbox_domains", RESTRICTION_NEEDS_DOMAINS },
	{ "smtpd_sender_login_maps", RESTRICTION_NEEDS_LOGINS },
	{ "rbl_reply_maps", RESTRICTION_NEEDS_REPLIES },
	{ "canonical_maps", RESTRICTION_NEEDS_RECIPIENTS },
	{ "local_recipient_maps", RESTRICTION_NEEDS_RECIPIENTS },
	{ "recipient_canonical_maps", RESTRICTION_NEEDS_RECIPIENTS },
	{ "relay_recipient_maps", RESTRICTION_NEEDS_RECIPIENTS },
	{ "relocated_maps", RESTRICTION_NEEDS_RECIPIENTS },
	{ "sender_canonical_maps", RESTRICTION_NEEDS_RECIPIENTS },
	{ "sender_dependent_default_transport_maps",
	    RESTRICTION_NEEDS_RECIPIENTS },
	{ "sender_dependent_relayhost_maps", RESTRICTION_NEEDS_RECIPIENTS },
	{ "transport_maps", RESTRICTION_NEEDS_RECIPIENTS },
	{ "virtual_alias_maps", RESTRICTION_NEEDS_RECIPIENTS },
	{ "virtual_mailbox_maps", RESTRICTION_NEEDS_RECIPIENTS },
};

#define NPATTERN_LISTS (sizeof pattern_lists / sizeof pattern_lists[0])

/* NULL: the value is a plain one. */
static const enum restriction_need *
pattern_list_need(const char *name)
{
	for (size_t i = 0; i < NPATTERN_LISTS; i++)
		if (strcmp(pattern_lists[i].name, name) == 0)
			return &pattern_lists[i].need;
	return NULL;
}

/* These are for trivial-rewrite(8), which says what an address is, and does not
 * know the options of smtpd. */
static const char *const of_rewriting[] = { "mydestination", "relay_domains",
	"virtual_alias_domains", "virtual_mailbox_domains", "mydomain",
	"myorigin", "inet_interfaces", "proxy_interfaces",
	"empty_address_recipient", "allow_percent_hack", "append_at_myorigin",
	"append_dot_mydomain", "resolve_dequoted_address",
	"resolve_null_domain", "resolve_numeric_domain", "swap_bangpath",
	"local_transport", "virtual_transport", "relay_transport",
	"default_transport", "relayhost", "relocated_maps", "transport_maps",
	"sender_dependent_default_transport_maps",
	"sender_dependent_relayhost_maps" };

static bool
is_of_rewriting(const char *name)
{
	for (size_t i = 0; i < sizeof of_rewriting / sizeof of_rewriting[0];
	     i++)
		if (strcmp(of_rewriting[i], name) == 0)
			return true;
	return false;
}

/* Who says what a parameter is. */
static const struct import_service *
source_of(const struct import_policy *policy, const char *name)
{
	return policy->main_cf != NULL && is_of_rewriting(name)
	    ? policy->main_cf->service
	    : policy->service;
}

static const char *
set_value(const struct import_policy *policy, const char *name)
{
	return import_service_value(source_of(policy, name), name);
}

/* Whether main.cf has the same to share, so that policyd asks Postfix. */
static bool
is_as_in_main_cf(const struct import_policy *policy, const char *name,
    const char *value)
{
	const char *other = policy->main_cf != NULL
	    ? postconf_value(&policy->main_cf->service->shared, name)
	    : NULL;

	return policy->main_cf == NULL ||
	    (other != NULL && strcmp(value, other) == 0);
}

/* What the same name means to smtpd under stress, when that is something else.
 */
static const char *
stressed_value(const struct import_policy *policy, const char *name)
{
	const char *value = set_value(policy, name);
	const char *stressed =
	    postconf_value(&source_of(policy, name)->stressed, name);

	if (is_of_rewriting(name) || stressed == NULL || value == NULL ||
	    strcmp(value, stressed) == 0)
		return NULL;
	return stressed;
}

/* A value as policyd.cf is to have it; returns as convert_pattern_list does. */
static char *
convert_value(const char *name, const char *value, struct strbuf *converted,
    bool *is_changed)
{
	if (pattern_list_need(name) != NULL)
		return convert_pattern_list(name, value, converted, is_changed);
	conf_add_value(converted, value);
	return NULL;
}

/* The same, beside what it is without stress. */
static char *
convert_stressed(const char *name, const char *stressed,
    struct strbuf *converted)
{
	struct strbuf other = { 0 }, both = { 0 };
	bool ignored;
	char *problem = convert_value(name, stressed, &other, &ignored);

	strbuf_addf(&both, "${stress?{%s}:{%s}}", strbuf_str(&other),
	    strbuf_str(converted));
	strbuf_free(&other);
	strbuf_free(converted);
	*converted = both;
	return problem;
}

/* Networks, domains and names: policyd takes them from Postfix, if it can. */
static void
read_shared(struct import_policy *policy, const char *name)
{
	const char *value =
	    postconf_value(&source_of(policy, name)->shared, name);
	const char *stressed = stressed_value(policy, name);
	const enum restriction_need *need = pattern_list_need(name);
	struct strbuf converted = { 0 }, notes = { 0 };
	bool is_changed = false;
	char *problem = NULL;

	if (value == NULL)
		return;
	problem = convert_value(name, value, &converted, &is_changed);
	if (stressed != NULL && problem == NULL)
		problem = convert_stressed(name, stressed, &converted);
	if (problem != NULL)
		strbuf_adds(&notes,
		    "# What policyd cannot read is left out here; what needs "
		    "it stays in main.cf.\n");
	if (is_changed || stressed != NULL ||
	    !is_as_in_main_cf(policy, name, value))
		add_setting(policy, name, &converted, &notes, false);
	if (need != NULL)
		note_problem(policy, *need, problem);
	strbuf_free(&converted);
	strbuf_free(&notes);
}

/* One of the parameters that name tables. */
static void
read_maps(struct import_policy *policy, const char *name,
    enum restriction_need need)
{
	struct strbuf converted = { 0 }, notes = { 0 };
	bool is_changed;
	char *problem = NULL;

	if (stressed_value(policy, name) != NULL)
		problem = xasprintf("it needs %s, and %s", name, of_stress);
	else
		problem = convert_pattern_list(name, set_value(policy, name),
		    &converted, &is_changed);
	if (problem == NULL)
		add_setting(policy, name, &converted, &notes, false);
	note_problem(policy, need, problem);
	strbuf_free(&converted);
	strbuf_free(&notes);
}

static void
read_plain(struct import_policy *policy, const struct conf_param *param)
{
	const char *value = set_value(policy, param->name);
	const char *stressed = stressed_value(policy, param->name);
	struct strbuf text = { 0 }, notes = { 0 };

	if (param->type == CONF_RAW)
		strbuf_adds(&text, value);
	else
		conf_add_value(&text, value);
	if (param->type != CONF_RAW && stressed != NULL)
		convert_stressed(param->name, stressed, &text);
	add_setting(policy, param->name, &text, &notes, false);
}

/* One that both know; lists come later. */
static void
read_parameter(struct import_policy *policy, const struct conf_param *param)
{
	const enum restriction_need *need = pattern_list_need(param->name);

	if ((param->flags & CONF_FROM_POSTFIX) != 0)
		read_shared(policy, param->name);
	else if (set_value(policy, param->name) == NULL ||
	    param->offset < offsetof(struct policy_params, lists) ||
	    stage_find(param->name) != STAGE_COUNT ||
	    strcmp(param->name, "smtpd_restriction_classes") == 0)
		return;
	else if (need != NULL)
		read_maps(policy, param->name, *need);
	else
		read_plain(policy, param);
}

/* What else stands against looking for recipients. */
static void
note_recipient_problems(struct import_policy *policy)
{
	const char *domains = policy->problems[RESTRICTION_NEEDS_DOMAINS];
	const char *delay = set_value(policy, "smtpd_delay_reject");
	char *problem = import_recipients_problem(policy->service,
	    policy->main_cf != NULL ? policy->main_cf->service : NULL);

	note_problem(policy, RESTRICTION_NEEDS_RECIPIENTS, problem);
	if (domains != NULL)
		note_problem(policy, RESTRICTION_NEEDS_RECIPIENTS,
		    xstrdup(domains));
	policy->context.is_delayed =
	    delay == NULL || strcasecmp(delay, "yes") == 0;
}

static void
parse_list(struct import_policy *policy, struct import_list *list,
    const char *name)
{
	const char *value = set_value(policy, name);
	const char *stressed = stressed_value(policy, name);
	struct strbuf both = { 0 };

	if (stressed != NULL) {
		conf_add_value(&both, value);
		convert_stressed(name, stressed, &both);
		import_list_take_whole(list, name, strbuf_str(&both),
		    of_stress);
		strbuf_free(&both);
	} else {
		import_list_parse(list, name, value != NULL ? value : "",
		    &policy->context);
	}
}

/* Classes may hold classes that are named before them. */
static void
parse_classes(struct import_policy *policy)
{
	const char *names = set_value(policy, "smtpd_restriction_classes");
	struct restriction_classes *known = &policy->context.names;
	struct conf_text text = { 0 };
	struct strbuf err = { 0 };
	struct conf_word word;
	size_t pos = 0;

	conf_text_set(&text, names != NULL ? names : "",
	    (struct conf_origin){ "", 0 });
	while (conf_next_word(&text, &pos, &word, &err) == 1) {
		char *name = conf_word_dup(&word);
		struct import_list list;

		parse_list(policy, &list, name);
		policy->classes = xreallocarray(policy->classes,
		    policy->nclasses + 1, sizeof *policy->classes);
		policy->classes[policy->nclasses++] = list;
		policy->context.classes = policy->classes;
		policy->context.nclasses = policy->nclasses;
		known->classes = xreallocarray(known->classes, known->n + 1,
		    sizeof *known->classes);
		known->classes[known->n++] =
		    (struct restriction_class){ .name = name };
	}
	conf_text_free(&text);
	strbuf_free(&err);
}

/* What of a list moves, with a note for each that does not, and for what is
 * about to be history. */
static void
add_list_setting(struct import_policy *policy, const struct import_list *list)
{
	struct strbuf value = { 0 }, notes = { 0 };

	for (size_t i = 0; i < list->n; i++) {
		const struct import_item *item = &list->items[i];

		if (item->instead != NULL)
			strbuf_addf(&notes,
			    "# Postfix 3.9 and later answer 451 to %s: write "
			    "%s\n",
			    item->original, item->instead);
		if (item->reason != NULL)
			strbuf_addf(&notes, "# stays in %s: %s\n#\t%s\n",
			    policy->main_cf != NULL ? policy->service->name
						    : "main.cf",
			    item->text, item->reason);
		else if (import_list_is_worth_it(list))
			strbuf_addf(&value, "\n    %s", item->text);
	}
	add_setting(policy, list->name, &value, &notes, true);
}

static void
add_class_settings(struct import_policy *policy)
{
	struct strbuf names = { 0 }, notes = { 0 };

	for (size_t i = 0; i < policy->nclasses; i++)
		if (import_list_moves_all(&policy->classes[i]))
			strbuf_addf(&names, "%s%s", names.len > 0 ? ", " : "",
			    policy->classes[i].name);
	if (names.len > 0)
		add_setting(policy, "smtpd_restriction_classes", &names, &notes,
		    true);
	for (size_t i = 0; i < policy->nclasses; i++)
		if (import_list_moves_all(&policy->classes[i]))
			add_list_setting(policy, &policy->classes[i]);
	strbuf_free(&names);
	strbuf_free(&notes);
}

/* Whether anything that moves does. */
static bool
needs(const struct import_policy *policy, enum restriction_need need)
{
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++)
		if (import_list_needs(&policy->lists[stage], need))
			return true;
	for (size_t i = 0; i < policy->nclasses; i++)
		if (import_list_needs(&policy->classes[i], need))
			return true;
	return false;
}

static void
setting_free(struct import_setting *setting)
{
	free(setting->name);
	free(setting->value);
	free(setting->notes);
}

/* What nothing in policyd.cf looks at. */
static void
drop_settings(struct import_policy *policy, enum restriction_need need)
{
	size_t n = 0;

	for (size_t i = 0; i < policy->nsettings; i++) {
		struct import_setting *setting = &policy->settings[i];
		const enum restriction_need *of =
		    pattern_list_need(setting->name);

		if (of != NULL && *of == need)
			setting_free(setting);
		else
			policy->settings[n++] = *setting;
	}
	policy->nsettings = n;
}

static void
parse_lists(struct import_policy *policy)
{
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
		struct import_list *list = &policy->lists[stage];

		list->name = stage_list_name(stage);
		if (stage != STAGE_RELAY) /* not even looked at */
			parse_list(policy, list, list->name);
	}
	add_class_settings(policy);
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++)
		if (policy->lists[stage].n > 0)
			add_list_setting(policy, &policy->lists[stage]);
}

/*
 * Each list has a call of its own, in its own place: so that all comes in its
 * old order, and with the old reply.
 */
static void
write_texts(struct import_policy *policy)
{
	const char *context =
	    policy->is_separate ? policy->service->context : "";

	for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
		char *call = xasprintf("check_policy_service { " SOCKET
				       ", policy_context=%s%s%s }",
		    context, context[0] != '\0' ? "/" : "",
		    stage_list_name(stage));

		policy->texts[stage] =
		    import_list_text(&policy->lists[stage], call);
		free(call);
	}
}

static bool
moves(const struct import_policy *policy, enum stage stage)
{
	return import_list_is_worth_it(&policy->lists[stage]);
}

bool
import_policy_asks(const struct import_policy *policy)
{
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++)
		if (moves(policy, stage))
			return true;
	return false;
}

bool
import_policy_differs(const struct import_policy *policy,
    const struct import_setting *setting)
{
	const struct import_setting *other;

	if (policy->main_cf == NULL)
		return true;
	other = find_setting(policy->main_cf, setting->name);
	if (other == NULL)
		return !setting->is_list || setting->value[0] != '\0';
	return strcmp(setting->value, other->value) != 0;
}

/* A list that is main.cf's alone must not be inherited. */
static void
empty_other_lists(struct import_policy *policy)
{
	for (size_t i = 0; i < policy->main_cf->nsettings; i++) {
		const struct import_setting *other =
		    &policy->main_cf->settings[i];
		struct strbuf value = { 0 }, notes = { 0 };

		if (stage_find(other->name) != STAGE_COUNT &&
		    find_setting(policy, other->name) == NULL)
			add_setting(policy, other->name, &value, &notes, true);
	}
}

static bool
differs_anywhere(const struct import_policy *policy)
{
	for (size_t i = 0; i < policy->nsettings; i++)
		if (import_policy_differs(policy, &policy->settings[i]))
			return true;
	return false;
}

void
import_policy_make(struct import_policy *policy,
    const struct import_service *service, const struct import_policy *main_cf,
    struct dnsbls *dnsbls, struct import_keys *keys)
{
	*policy =
	    (struct import_policy){ .service = service, .main_cf = main_cf };
	policy->context.dnsbls = dnsbls;
	policy->context.keys = keys;
	policy->context.set = &service->set;
	for (size_t i = 0; i < npolicyd_params; i++)
		read_parameter(policy, &policyd_params[i]);
	note_recipient_problems(policy);
	parse_classes(policy);
	parse_lists(policy);
}

void
import_policy_finish(struct import_policy *policy)
{
	if (!needs(policy, RESTRICTION_NEEDS_RECIPIENTS))
		drop_settings(policy, RESTRICTION_NEEDS_RECIPIENTS);
	if (policy->main_cf != NULL && import_policy_asks(policy)) {
		empty_other_lists(policy);
		policy->is_separate = differs_anywhere(policy);
	}
	write_texts(policy);
}

const char *
import_policy_new_list(const struct import_policy *policy, enum stage stage)
{
	const struct import_policy *main_cf = policy->main_cf;
	const char *text = policy->texts[stage];

	if (main_cf == NULL ||
	    import_service_sets(policy->service, stage_list_name(stage)))
		return moves(policy, stage) ? text : NULL;
	if (!moves(policy, stage) && !moves(main_cf, stage))
		return NULL;
	return strcmp(text, main_cf->texts[stage]) != 0 ? text : NULL;
}

void
import_policy_free(struct import_policy *policy)
{
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
		import_list_free(&policy->lists[stage]);
		free(policy->texts[stage]);
	}
	for (size_t i = 0; i < policy->nclasses; i++) {
		free(policy->context.names.classes[i].name);
		import_list_free(&policy->classes[i]);
	}
	free(policy->context.names.classes);
	free(policy->classes);
	for (size_t i = 0; i < RESTRICTION_NEEDS_COUNT; i++)
		free(policy->problems[i]);
	for (size_t i = 0; i < policy->nsettings; i++)
		setting_free(&policy->settings[i]);
	free(policy->settings);
	*policy = (struct import_policy){ 0 };
}
