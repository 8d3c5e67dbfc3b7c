/*
 * Configurations: a file and what Postfix says become policies, one for each
 * context, with their lists parsed.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <netdb.h>

#include "policy.h"
#include "dnsbl_key.h"
#include "log.h"
#include "login_lists.h"
#include "match_list.h"
#include "mem.h"
#include "postfix_values.h"
#include "reply_check.h"
#include "request.h"
#include "table.h"
#include "value_program.h"

#define UNKNOWN_MAX 100 /* that are logged */

/* What is pasted from main.cf together with lists of restrictions. */
static const char *const of_postfix[] = { "postscreen_", "smtpd_", "smtp_",
	"disable_", "strict_", "milter_", "virtual_", "local_", "relay_",
	"address_verify_", "unverified_", "permit_mx_backup_", NULL };

/* $stress where the request tells of it: what master(8) passes to smtpd. */
static const char under_stress[] = "yes";

/* Reading of one file. */
struct reader {
	struct policies *policies;
	struct dnsbls *dnsbls;
	const struct restrictions *restrictions;
	struct strbuf *warnings, *err;
};

/* The byte of an escape as in C, \t or \40; text moves behind it. */
static char
unescape_byte(const char **text)
{
	static const char letters[] = "abfnrtv", bytes[] = "\a\b\f\n\r\t\v";
	const char *letter = strchr(letters, **text);
	unsigned value = 0;
	int digits;

	if (letter != NULL && *letter != '\0') {
		(*text)++;
		return bytes[letter - letters];
	}
	for (digits = 0; digits < 3 && **text >= '0' && **text <= '7'; digits++)
		value = value * 8 + (unsigned)(*(*text)++ - '0');
	return digits > 0 ? (char)value : *(*text)++;
}

static char *
unescape(const char *text)
{
	struct strbuf out = { 0 };

	while (*text != '\0')
		if (*text == '\\' && text[1] != '\0') {
			text++;
			strbuf_addc(&out, unescape_byte(&text));
		} else {
			strbuf_addc(&out, *text++);
		}
	strbuf_adds(&out, "");
	return strbuf_detach(&out);
}

/* One of the lists that Postfix and policyd share. */
static struct match_list *
read_match_list(struct reader *reader, const char *name,
    const struct conf_text *value, enum match_list_kind kind)
{
	struct conf_origin origin = conf_text_origin(value, 0);
	struct match_list *list = match_list_parse(value, kind,
	    reader->policies->tables, reader->warnings, reader->err);

	/* The line to mend is not in policyd.cf: say what to write there. */
	if (list == NULL && origin.line == 0 && origin.file != NULL)
		strbuf_addf(reader->err,
		    "%s (from %s) cannot be used as it is: write another "
		    "\"%s = ...\" to policyd.cf\n",
		    name, origin.file, name);
	return list;
}

/* Those for which parent_domain_matches_subdomains says so. */
struct parents {
	bool mynetworks, relay_domains, access_maps, transport_maps;
};

static bool
is_named(const struct match_list *list, struct table_view *tables,
    const char *name)
{
	return match_list_domain(list, tables, name).result == LOOKUP_FOUND;
}

/* That is a list of patterns, too, for names of lists.  They are needed now:
 * its tables are its own, and read at once. */
static struct parents
read_parents(struct reader *reader, const struct policy *policy)
{
	struct tables *tables = tables_new();
	struct match_list *list =
	    match_list_parse(&policy->params.parent_domain_matches_subdomains,
		MATCH_DOMAIN, tables, reader->warnings, reader->err);
	struct parents parents = { 0 };
	struct table_view now;

	if (list != NULL && tables_load(tables, reader->err) == CONF_OK) {
		now = table_view(tables_hold(tables));
		parents = (struct parents){
			.mynetworks = is_named(list, &now, "mynetworks"),
			.relay_domains = is_named(list, &now, "relay_domains"),
			.access_maps =
			    is_named(list, &now, "smtpd_access_maps"),
			.transport_maps =
			    is_named(list, &now, "transport_maps"),
		};
		tables_release(now.snapshot);
	}
	match_list_free(list);
	tables_free(tables);
	return parents;
}

static void
read_match_lists(struct reader *reader, struct policy *policy)
{
	const struct policy_params *params = &policy->params;
	struct parents parents = read_parents(reader, policy);

	policy->mynetworks =
	    read_match_list(reader, "mynetworks", &params->mynetworks,
		parents.mynetworks ? MATCH_HOST_PARENTS : MATCH_HOST_DOTTED);
	policy->relay_domains = read_match_list(reader, "relay_domains",
	    &params->relay_domains,
	    parents.relay_domains ? MATCH_DOMAIN_PARENTS : MATCH_DOMAIN_DOTTED);
	policy->mydestination = read_match_list(reader, "mydestination",
	    &params->mydestination, MATCH_DOMAIN);
	policy->virtual_alias_domains =
	    read_match_list(reader, "virtual_alias_domains",
		&params->virtual_alias_domains, MATCH_DOMAIN);
	policy->virtual_mailbox_domains =
	    read_match_list(reader, "virtual_mailbox_domains",
		&params->virtual_mailbox_domains, MATCH_DOMAIN);
	policy->guard.familiar = read_match_list(reader,
	    "takeover_familiar_networks", &params->takeover_familiar_networks,
	    parents.mynetworks ? MATCH_HOST_PARENTS : MATCH_HOST_DOTTED);
	policy->access_parents_are_dotted = !parents.access_maps;
	policy->transport_parents_are_dotted = !parents.transport_maps;
}

static void
read_classes(struct reader *reader, struct policy *policy)
{
	struct restriction_classes *classes = &policy->classes;
	struct program_context context = {
		.restrictions = reader->restrictions,
		.tables = reader->policies->tables,
		.dnsbls = reader->dnsbls,
		.classes = classes,
		.bare_table = reader->restrictions->bare_table,
	};
	const char *name = policy->context[0] != '\0' ? policy->context : NULL;
	struct conf_text text = { 0 };
	struct conf_word word;
	size_t pos = 0;

	while (conf_next_word(&policy->params.smtpd_restriction_classes, &pos,
		   &word, reader->err) == 1) {
		classes->classes = xreallocarray(classes->classes,
		    classes->n + 1, sizeof *classes->classes);
		classes->classes[classes->n++] =
		    (struct restriction_class){ .name = conf_word_dup(&word) };
	}
	for (size_t i = 0; i < classes->n; i++) {
		struct restriction_class *class = &classes->classes[i];

		if (conf_get(reader->policies->conf, name, class->name, false,
			&text, reader->err) == 0)
			class->program =
			    program_parse(&text, &context, reader->err);
		conf_text_free(&text);
	}
}

static void
read_lists(struct reader *reader, struct policy *policy)
{
	struct program_context context = {
		.restrictions = reader->restrictions,
		.tables = reader->policies->tables,
		.dnsbls = reader->dnsbls,
		.classes = &policy->classes,
	};
	const char *check;

	for (int stage = 0; stage < STAGE_COUNT; stage++) {
		check = stage_table_check((enum stage)stage);
		context.bare_table = check != NULL
		    ? restriction_find(reader->restrictions, check)
		    : NULL;
		policy->lists[stage] = program_parse(
		    &policy->params.lists[stage], &context, reader->err);
	}
	context.tables = NULL;
	context.bare_table = NULL;
	policy->value_programs = value_programs_new(&context);
}

/* The zones of maps_rbl_domains, each behind the restriction it stands for. */
static struct program *
read_maps_rbl(struct reader *reader, const struct policy *policy)
{
	const struct conf_text *zones = &policy->params.maps_rbl_domains;
	struct program_context context = {
		.restrictions = reader->restrictions,
		.dnsbls = reader->dnsbls,
		.classes = &policy->classes,
	};
	struct conf_text list = { 0 };
	struct strbuf text = { 0 };
	struct program *program;
	struct conf_word word;
	size_t pos = 0;

	while (conf_next_word(zones, &pos, &word, reader->err) == 1) {
		strbuf_addf(&text, "reject_rbl_client %.*s ", (int)word.len,
		    word.start);
		if (dnsbl_key_is_taken_in(zones, &word))
			dnsbls_add_key(reader->dnsbls, word.start);
	}
	conf_text_set(&list, strbuf_str(&text), conf_text_origin(zones, 0));
	program = program_parse(&list, &context, reader->err);
	conf_text_free(&list);
	strbuf_free(&text);
	return program;
}

static void
read_rates(struct reader *reader, struct policy *policy)
{
	const struct policy_params *params = &policy->params;
	struct rate_policy *rates = &policy->rates;
	struct program_context context = {
		.restrictions = reader->restrictions,
		.tables = reader->policies->tables,
		.dnsbls = reader->dnsbls,
		.classes = &policy->classes,
	};

	for (enum rate_unit unit = 0; unit < RATE_UNITS; unit++) {
		rate_limits_parse(&rates->limits[unit], unit,
		    &params->rate_limits[unit], reader->err);
		table_list_read(&rates->maps[unit],
		    &params->rate_limit_maps[unit], reader->policies->tables,
		    reader->err);
		rate_policy_note_unit(rates, unit);
	}
	rates->exempt = program_parse(&params->rate_limit_exempt_restrictions,
	    &context, reader->err);
}

static void
read_origin(struct reader *reader, struct policy_params *params)
{
	struct strbuf why = { 0 };
	char *domain;

	if (params->myorigin[0] != '/')
		return;
	domain = postfix_origin(params->myorigin, &why);
	if (domain == NULL) {
		conf_error(reader->err, (struct conf_origin){ 0 },
		    "myorigin: %s", strbuf_str(&why));
		strbuf_free(&why);
		return;
	}
	free(params->myorigin);
	params->myorigin = domain;
}

/* Whether a restriction is what is looked for. */
typedef bool restriction_test(const struct restriction *, const void *arg);

static bool
has_name(const struct restriction *restriction, const void *name)
{
	return strcmp(restriction->name, name) == 0;
}

static bool
needs_recipients(const struct restriction *restriction, const void *arg)
{
	(void)arg;
	return restriction->needs == RESTRICTION_NEEDS_RECIPIENTS;
}

static bool
program_has(const struct program *program, restriction_test *test,
    const void *arg)
{
	for (size_t i = 0; program != NULL && i < program->nsteps; i++)
		if (test(program->steps[i].restriction, arg))
			return true;
	return false;
}

/* Whether one of its lists or classes has it. */
static bool
policy_has(const struct policy *policy, restriction_test *test, const void *arg)
{
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		if (program_has(policy->lists[stage], test, arg))
			return true;
	for (size_t i = 0; i < policy->classes.n; i++)
		if (program_has(policy->classes.classes[i].program, test, arg))
			return true;
	return program_has(policy->rates.exempt, test, arg);
}

/* They may be large, and some Postfix alone can read: not before somebody asks
 * for them. */
static void
read_address_maps(struct reader *reader, struct policy *policy)
{
	policy->has_address_maps = policy_has(policy, needs_recipients, NULL);
	for (enum address_map map = 0;
	     policy->has_address_maps && map < ADDRESS_MAPS; map++) {
		const struct conf_text *value =
		    &policy->params.address_maps[map];
		struct table_list *list = &policy->address_maps[map];

		if (map == MAP_LOCAL_RECIPIENT)
			table_list_read_local(list, value,
			    reader->policies->tables, reader->err);
		else
			table_list_read(list, value, reader->policies->tables,
			    reader->err);
	}
}

static struct policy *
read_variant(struct reader *reader, const char *context)
{
	struct policies *policies = reader->policies;
	struct policy *policy = xcalloc(1, sizeof *policy);
	static uint64_t last;

	policy->context = xstrdup(context != NULL ? context : "");
	policy->number = ++last;
	/* What cannot be read is empty, so that the rest is checked, too. */
	conf_apply(policies->conf, context, &policy->params, reader->err);
	read_origin(reader, &policy->params);
	policy->expand_filter =
	    unescape(conf_text_str(&policy->params.smtpd_expansion_filter));
	own_addresses_add(&policy->own_addresses,
	    &policy->params.inet_interfaces);
	own_addresses_add(&policy->own_addresses,
	    &policy->params.proxy_interfaces);
	read_match_lists(reader, policy);
	policy->hosts = tables_add_hosts(policies->tables, _PATH_HOSTS);
	table_list_read(&policy->rbl_reply_maps, &policy->params.rbl_reply_maps,
	    reader->policies->tables, reader->err);
	reply_check(policy, reader->restrictions, reader->warnings,
	    reader->err);
	table_list_read(&policy->smtpd_sender_login_maps,
	    &policy->params.smtpd_sender_login_maps, reader->policies->tables,
	    reader->err);
	dnsbl_score_parse(&policy->dnsbl_score, reader->dnsbls,
	    &policy->params.dnsbl_sites, reader->err);
	read_classes(reader, policy);
	policy->maps_rbl = read_maps_rbl(reader, policy);
	read_rates(reader, policy);
	guard_policy_read(&policy->guard, &policy->params, reader->err);
	table_list_read(&policy->guard.exempt,
	    &policy->params.takeover_exempt_maps, reader->policies->tables,
	    reader->err);
	read_lists(reader, policy);
	read_address_maps(reader, policy);
	return policy;
}

/* What takes in $stress is read for both: the request decides. */
static void
read_policy(struct reader *reader, const char *context)
{
	struct policies *policies = reader->policies;
	struct policy *policy = read_variant(reader, context);

	policies->policies = xreallocarray(policies->policies, policies->n + 1,
	    sizeof(struct policy *));
	policies->policies[policies->n++] = policy;
	if (!conf_takes_in(policies->conf, "stress"))
		return;
	conf_force(policies->conf, "stress", under_stress);
	policy->under_stress = read_variant(reader, context);
	policy->under_stress->is_stressed = true;
	conf_force(policies->conf, "stress", NULL);
}

/* The names of classes are parameters, too, in every context. */
static void
declare_classes(struct conf *conf, const char *context, struct strbuf *err)
{
	struct conf_text value = { 0 };
	struct conf_word word;
	size_t pos = 0;
	char *name;

	if (conf_get(conf, context, "smtpd_restriction_classes", false, &value,
		err) == 0)
		while (conf_next_word(&value, &pos, &word, err) == 1) {
			name = conf_word_dup(&word);
			conf_declare(conf, name);
			free(name);
		}
	conf_text_free(&value);
}

/* Ask Postfix, the first time, and offer what it says. */
static void
offer_postfix_values(struct policy_source *source, struct conf *conf,
    struct strbuf *err)
{
	struct conf_text directory = { 0 };

	if (source->values == NULL &&
	    conf_get(conf, NULL, "postfix_config_directory", false, &directory,
		err) == 0)
		source->values =
		    postfix_values_ask(conf_text_str(&directory), err);
	if (source->values != NULL)
		postfix_values_offer(source->values, conf);
	else if (directory.text != NULL)
		strbuf_addc(err, '\n');
	conf_text_free(&directory);
}

static void
declare_all_classes(struct conf *conf, struct strbuf *err)
{
	const char *const *contexts;
	size_t n = conf_contexts(conf, &contexts);

	declare_classes(conf, NULL, err);
	for (size_t i = 0; i < n; i++)
		declare_classes(conf, contexts[i], err);
}

static void
read_contexts(struct reader *reader)
{
	struct conf *conf = reader->policies->conf;
	const char *const *contexts;
	size_t n = conf_contexts(conf, &contexts);

	declare_all_classes(conf, reader->err);
	if (conf_takes_in(conf, "stress")) {
		conf_force(conf, "stress", under_stress);
		declare_all_classes(conf, reader->err);
		conf_force(conf, "stress", NULL);
	}
	read_policy(reader, NULL);
	for (size_t i = 0; i < n; i++)
		read_policy(reader, contexts[i]);
}

struct policies *
policies_read(struct policy_source *source, enum conf_result *result,
    struct strbuf *err)
{
	struct policies *policies = xcalloc(1, sizeof *policies);
	struct strbuf warnings = { 0 };
	struct reader reader = { policies, source->dnsbls, source->restrictions,
		&warnings, err };
	size_t before = err->len;

	policies->refs = 1;
	policies->conf = conf_new(policyd_params, npolicyd_params);
	conf_set_elsewhere(policies->conf, of_postfix, "main.cf");
	conf_reserve(policies->conf, POLICY_CONTEXT_RELAY);
	policies->tables = tables_new();
	*result = source->passage != NULL
	    ? conf_read_passage(policies->conf, source->passage, err)
	    : conf_read(policies->conf, source->path, err);
	if (*result == CONF_UNREADABLE)
		goto failed;
	offer_postfix_values(source, policies->conf, err);
	read_contexts(&reader);
	if (source->check != NULL)
		source->check(policies, err);
	if (err->len == before)
		rate_policies_check(policies, &warnings);
	if (err->len == before)
		login_lists_check(policies, &warnings);
	log_lines(LOG_LEVEL_WARN, strbuf_str(&warnings));
	strbuf_free(&warnings);
	if (err->len == before)
		return policies;
	*result = CONF_BAD;
failed:
	policies_release(policies);
	return NULL;
}

static void
policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	policy_free(policy->under_stress);
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		program_free(policy->lists[stage]);
	for (size_t i = 0; i < policy->classes.n; i++) {
		free(policy->classes.classes[i].name);
		program_free(policy->classes.classes[i].program);
	}
	free(policy->classes.classes);
	program_free(policy->maps_rbl);
	program_free(policy->rates.exempt);
	for (size_t unit = 0; unit < RATE_UNITS; unit++)
		free(policy->rates.maps[unit].tables);
	free(policy->guard.exempt.tables);
	match_list_free(policy->guard.familiar);
	match_list_free(policy->mynetworks);
	match_list_free(policy->mydestination);
	match_list_free(policy->relay_domains);
	match_list_free(policy->virtual_alias_domains);
	match_list_free(policy->virtual_mailbox_domains);
	free(policy->rbl_reply_maps.tables);
	free(policy->smtpd_sender_login_maps.tables);
	for (size_t map = 0; map < ADDRESS_MAPS; map++)
		free(policy->address_maps[map].tables);
	dnsbl_score_free(&policy->dnsbl_score);
	own_addresses_free(&policy->own_addresses);
	value_programs_free(policy->value_programs);
	conf_values_free(policyd_params, npolicyd_params, &policy->params);
	free(policy->expand_filter);
	free(policy->context);
	free(policy);
}

struct policies *
policies_hold(struct policies *policies)
{
	policies->refs++;
	return policies;
}

void
policies_release(struct policies *policies)
{
	if (policies == NULL || --policies->refs > 0)
		return;
	for (size_t i = 0; i < policies->n; i++)
		policy_free(policies->policies[i]);
	free(policies->policies);
	for (size_t i = 0; i < policies->nunknown; i++)
		free(policies->unknown[i]);
	free(policies->unknown);
	tables_free(policies->tables);
	conf_free(policies->conf);
	free(policies);
}

const struct policy_params *
policies_params(const struct policies *policies)
{
	return &policies->policies[0]->params;
}

/* The policy of a context of len bytes, or NULL. */
static const struct policy *
find_context(const struct policies *policies, const char *context, size_t len)
{
	for (size_t i = 1; i < policies->n; i++)
		if (strlen(policies->policies[i]->context) == len &&
		    memcmp(policies->policies[i]->context, context, len) == 0)
			return policies->policies[i];
	return NULL;
}

bool
policy_context_is_relay(const char *policy_context)
{
	return strcmp(policy_context, POLICY_CONTEXT_RELAY) == 0;
}

static bool
find(const struct policies *policies, const char *policy_context,
    const struct policy **policy, enum stage *stage)
{
	const struct policy *found;
	const char *slash;

	*policy = policies->policies[0];
	*stage = STAGE_COUNT;
	if (policy_context[0] == '\0' ||
	    policy_context_is_relay(policy_context))
		return true;
	*stage = stage_find(policy_context);
	if (*stage != STAGE_COUNT)
		return true;
	slash = strchr(policy_context, '/');
	if (slash != NULL)
		*stage = stage_find(slash + 1);
	found = find_context(policies, policy_context,
	    slash != NULL ? (size_t)(slash - policy_context)
			  : strlen(policy_context));
	if (found != NULL)
		*policy = found;
	if (slash != NULL && *stage == STAGE_COUNT)
		return false;
	return found != NULL;
}

bool
policies_find(const struct policies *policies, const struct request *request,
    const struct policy **policy, enum stage *stage)
{
	bool is_known = find(policies, request->policy_context, policy, stage);

	if (request->stress[0] != '\0' && (*policy)->under_stress != NULL)
		*policy = (*policy)->under_stress;
	return is_known;
}

const char *
policy_state_path(const struct policy_params *params, struct strbuf *err)
{
	const char *value = conf_text_str(&params->state_database);

	if (strncmp(value, "gdbm:/", 6) == 0)
		return value + 5;
	conf_error(err, conf_text_origin(&params->state_database, 0),
	    "state_database = %s: expected gdbm: and an absolute path", value);
	return NULL;
}

bool
policies_use(const struct policies *policies, const char *restriction)
{
	for (size_t i = 0; i < policies->n; i++) {
		const struct policy *policy = policies->policies[i];

		if (policy_has(policy, has_name, restriction) ||
		    (policy->under_stress != NULL &&
			policy_has(policy->under_stress, has_name,
			    restriction)))
			return true;
	}
	return false;
}

void
policies_note_unknown(struct policies *policies, const char *attribute,
    const char *value, const char *then)
{
	struct strbuf field = { 0 };

	log_field(&field, attribute, value);
	for (size_t i = 0; i < policies->nunknown; i++)
		if (strcmp(policies->unknown[i], strbuf_str(&field)) == 0)
			goto done;
	if (policies->nunknown == UNKNOWN_MAX)
		goto done;
	policies->unknown = xreallocarray(policies->unknown,
	    policies->nunknown + 1, sizeof(char *));
	policies->unknown[policies->nunknown++] = xstrdup(strbuf_str(&field));
	log_warn("unknown%s: %s", strbuf_str(&field), then);
done:
	strbuf_free(&field);
}

struct value_program *
policy_value_program(const struct policy *policy, const char *table,
    const char *value)
{
	return value_program(policy->value_programs, table, value);
}
