/*
 * relay-test --static: strangers, senders and forms of recipients, put through
 * what main.cf and master.cf say.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include <event2/event.h>

#include "relay_static.h"
#include "conf_file.h"
#include "dnsbl.h"
#include "evaluation.h"
#include "fact_file.h"
#include "import.h"
#include "import_policy.h"
#include "log.h"
#include "mem.h"
#include "policyctl_command.h"
#include "postfix_values.h"
#include "relay_facts.h"
#include "relay_form.h"
#include "relay_request.h"
#include "relay_trust.h"
#include "restriction_table.h"
#include "table.h"
#include "table_search.h"
#include "trace.h"

#define EXIT_OPEN 1

/* Contexts of the configuration that is made here: questions of our own. */
#define IS_OURS     "is-ours"
#define IS_NEIGHBOR "is-neighbor"
#define QUESTIONS                                                              \
	IS_OURS "/allow_untrusted_routing = no\n" IS_OURS                      \
		"/smtpd_recipient_restrictions = permit_auth_destination, "    \
		"reject\n" IS_NEIGHBOR                                         \
		"/smtpd_recipient_restrictions = permit_mynetworks, reject\n"

static const struct relay_stranger strangers[] = {
	{ "5.45.67.89", "unknown", "unknown" },
	{ "45.67.89.10", "mail.%s", "mail.%s" },
	{ "77.88.99.11", "unknown", "mail.%d" },
	{ "101.102.103.104", "unknown", "localhost" },
	{ "150.161.172.183", "unknown", "%o" },
	{ "211.12.23.34", "unknown", "unknown" },
	{ "2a02:f1e2::77", "unknown", "unknown" },
};

#define NSTRANGERS (sizeof strangers / sizeof strangers[0])

/* What stands for permit_mx_backup: the domain of the forms has this host as a
 * backup, as anybody can have it by a record in his DNS. */
#define MX_BACKUP          "permit_mx_backup"
#define MX_BACKUP_PERMITS  "check_recipient_access " MX_BACKUP_ARGUMENT
#define MX_BACKUP_ARGUMENT "inline:{{" RELAY_FOREIGN " = OK " MX_BACKUP "}}"
#define MX_BACKUP_NETWORKS "permit_mx_backup_networks"

#define XCLIENT_HOSTS "smtpd_authorized_xclient_hosts"

/* What lets strangers through, and the first who came. */
struct hole {
	char *cause;
	char *request; /* for explain */
	size_t n;
};

struct site {
	struct policyctl *ctl;
	struct import_services services;
	struct event_base *base;
	struct fact_file *nothing; /* what DNS lists have */
	struct policy_source source;
	struct fact_source facts;
	struct relay_host host;
	struct import_keys keys;
	struct import_policy main_cf;
	struct relay_neighbors neighbors;
	struct strbuf unasked; /* lines */

	/* of the service at work */
	struct postconf_values values; /* lists, and whom it trusts */
	struct policies *policies;
	struct evaluation *evaluation;
	struct trace trace;
	bool is_answered, passes;
	size_t ntries, nholes;
	struct hole *holes;
};

/* What policyd.cf says, or Postfix's own place. */
static char *
directory_of(struct policyctl *ctl)
{
	struct conf *conf = conf_new(policyd_params, npolicyd_params);
	struct conf_text value = { 0 };
	struct strbuf ignored = { 0 };
	char *directory = NULL;

	conf_read(conf, ctl->config_path, &ignored);
	if (conf_get(conf, NULL, "postfix_config_directory", false, &value,
		&ignored) == 0)
		directory = xstrdup(conf_text_str(&value));
	if (directory == NULL || directory[0] == '\0') {
		free(directory);
		directory = xstrdup(IMPORT_DIRECTORY);
	}
	conf_text_free(&value);
	strbuf_free(&ignored);
	conf_free(conf);
	return directory;
}

static int
site_open(struct site *site, struct policyctl *ctl, const char *directory)
{
	static const struct dnsbl_options untested = { .untested = "" };
	struct dnsbl_dns nobody;

	site->ctl = ctl;
	site->nothing = fact_file_new();
	site->base = event_base_new();
	if (site->base == NULL)
		abort();
	nobody = fact_file_dns(site->nothing);
	site->source.path = ctl->config_path;
	site->source.dnsbls = dnsbls_new(site->base, &nobody, &untested);
	site->source.restrictions = &restriction_table;
	site->facts = relay_facts(&site->unasked);
	site->facts.searches = table_searches_new(site->base);
	site->source.values = postfix_values_ask(directory, &ctl->err);
	if (site->source.values == NULL)
		return -1;
	return import_services_ask(&site->services, directory, &ctl->err);
}

static void
site_close(struct site *site)
{
	import_policy_free(&site->main_cf);
	import_keys_free(&site->keys);
	table_searches_free(site->facts.searches);
	import_services_free(&site->services);
	postfix_values_free(site->source.values);
	dnsbls_free(site->source.dnsbls);
	event_base_free(site->base);
	fact_file_free(site->nothing);
	relay_neighbors_free(&site->neighbors);
	strbuf_free(&site->unasked);
}

/* Whether a list of the service has the stranger. */
static bool
list_has(const struct site *site, const char *name, const char *address,
    struct strbuf *err)
{
	const char *value = postconf_value(&site->values, name);
	struct ip ip;

	return value != NULL && ip_parse(&ip, address) &&
	    relay_list_has(name, value, &ip, err);
}

/* Whether permit_mx_backup lets through what goes to a stranger's host. */
static bool
is_backup_of_strangers(const struct site *site)
{
	const char *value = postconf_value(&site->values, MX_BACKUP_NETWORKS);
	struct strbuf ignored = { 0 };
	bool result = value == NULL || value[0] == '\0';

	for (size_t i = 0; i < NSTRANGERS; i++)
		result = result ||
		    list_has(site, MX_BACKUP_NETWORKS, strangers[i].address,
			&ignored);
	strbuf_free(&ignored);
	return result;
}

/* What stays behind is named; policyd itself never permits. */
static void
name_silent(struct site *site, const char *service, const char *list,
    const struct import_item *item)
{
	if (strstr(item->text, IMPORT_SOCKET) == NULL)
		strbuf_addf(&site->ctl->out,
		    "not looked at: %s in %s%s%s: %s\n", item->text, service,
		    service[0] != '\0' ? ", " : "", list, item->reason);
}

/* What of a list policyd can evaluate. */
static void
add_list(struct site *site, const struct import_policy *policy,
    const char *name, const char *value, struct strbuf *text)
{
	struct import_list list;

	import_list_parse(&list, "", value, &policy->context);
	strbuf_addf(text, "%s =", name);
	for (size_t i = 0; i < list.n; i++) {
		const struct import_item *item = &list.items[i];

		if (item->reason == NULL)
			strbuf_addf(text, "\n    %s", item->text);
		else if (strcmp(item->text, MX_BACKUP) == 0 &&
		    is_backup_of_strangers(site))
			strbuf_adds(text, "\n    " MX_BACKUP_PERMITS);
		else
			name_silent(site, policy->service->name, name, item);
	}
	strbuf_addc(text, '\n');
	import_list_free(&list);
}

/* The lists with Postfix's defaults, which import leaves alone. */
static int
add_lists(struct site *site, const struct import_policy *policy,
    struct strbuf *text)
{
	const char *names[] = { stage_list_name(STAGE_CLIENT),
		stage_list_name(STAGE_HELO), stage_list_name(STAGE_SENDER),
		stage_list_name(STAGE_RELAY), stage_list_name(STAGE_RECIPIENT),
		XCLIENT_HOSTS, MX_BACKUP_NETWORKS, "mynetworks",
		"mynetworks_style", "smtpd_sasl_auth_enable", NULL };
	const struct postconf_values *values = &site->values;
	int result = master_service_ask(policy->service->master,
	    site->services.directory, "-x", names, &site->values,
	    &site->ctl->err);

	for (size_t i = 0; result == 0 && i < values->n; i++)
		if (stage_find(values->list[i].name) != STAGE_COUNT)
			add_list(site, policy, values->list[i].name,
			    values->list[i].value, text);
	return result;
}

static void
add_settings(const struct import_policy *policy, struct strbuf *text)
{
	for (size_t i = 0; i < policy->nsettings; i++) {
		const struct import_setting *setting = &policy->settings[i];

		if (stage_find(setting->name) == STAGE_COUNT)
			strbuf_addf(text, "%s = %s\n", setting->name,
			    setting->value);
	}
	strbuf_adds(text, QUESTIONS);
}

/* Make the policies of one service.  Returns an exit code. */
static int
read_service(struct site *site, const struct import_service *service)
{
	bool is_main = service == &site->services.list[0];
	struct import_policy other = { 0 };
	struct import_policy *policy = is_main ? &site->main_cf : &other;
	struct conf_passage passage = { .path = service->name[0] != '\0'
		    ? service->name
		    : "main.cf",
		.first = 1 };
	struct strbuf text = { 0 };
	enum conf_result result = CONF_UNREADABLE;

	import_policy_make(policy, service, is_main ? NULL : &site->main_cf,
	    site->source.dnsbls, &site->keys);
	add_settings(policy, &text);
	if (add_lists(site, policy, &text) == 0) {
		for (size_t i = 0; i < site->keys.n; i++)
			strbuf_addf(&text, "%s = %s\n", site->keys.list[i].name,
			    site->keys.list[i].value);
		passage.bytes = strbuf_str(&text);
		passage.len = text.len;
		site->source.passage = &passage;
		site->policies =
		    policies_read(&site->source, &result, &site->ctl->err);
		site->source.passage = NULL;
	}
	if (site->policies != NULL)
		result = tables_load(site->policies->tables, &site->ctl->err);
	if (result == CONF_OK)
		site->evaluation = evaluation_new(site->base, &site->facts);
	if (!is_main)
		import_policy_free(policy);
	strbuf_free(&text);
	return result == CONF_OK ? EX_OK
	    : result == CONF_BAD ? EX_CONFIG
				 : EX_NOINPUT;
}

static void
forget_service(struct site *site)
{
	evaluation_free(site->evaluation);
	policies_release(site->policies);
	postconf_values_free(&site->values);
	trace_free(&site->trace);
	for (size_t i = 0; i < site->nholes; i++) {
		free(site->holes[i].cause);
		free(site->holes[i].request);
	}
	free(site->holes);
	site->evaluation = NULL;
	site->policies = NULL;
	site->values = (struct postconf_values){ 0 };
	site->trace = (struct trace){ 0 };
	site->holes = NULL;
	site->nholes = site->ntries = 0;
}

static void
on_answer(void *arg, const struct decision *decision)
{
	struct site *site = arg;

	site->is_answered = true;
	site->passes =
	    decision->kind == ANSWER_PASS || decision->kind == ANSWER_EFFECT;
}

/* Whether smtpd would let the request pass; the trace says how. */
static bool
passes(struct site *site, const struct request *request)
{
	struct transaction transaction = { 0 };
	struct evaluation_input input = { .policies = site->policies,
		.request = request,
		.transaction = &transaction,
		.trace = &site->trace };

	trace_free(&site->trace);
	site->trace = (struct trace){ .keeps_all = true };
	site->is_answered = false;
	evaluation_clear(site->evaluation);
	evaluation_start(site->evaluation, &input, on_answer, site);
	while (!site->is_answered)
		event_base_loop(site->base, EVLOOP_ONCE);
	return site->passes;
}

/* The step that permitted last within the list at i; NULL: none did. */
static const struct step *
find_permit(const struct trace *trace, size_t i)
{
	const struct step *step = NULL;

	while (++i < trace->n &&
	    (trace->entries[i].kind != TRACE_LIST ||
		trace->entries[i].depth > 0))
		if (trace->entries[i].kind == TRACE_STEP &&
		    trace->entries[i].verdict == VERDICT_PERMIT)
			step = trace->entries[i].step;
	return step;
}

static void
add_step(struct strbuf *out, const struct step *step)
{
	const char *argument = step_shown_argument(step);

	if (argument != NULL && strcmp(argument, MX_BACKUP_ARGUMENT) == 0)
		strbuf_adds(out, MX_BACKUP);
	else
		strbuf_addf(out, "%s%s%s", step->restriction->name,
		    argument != NULL ? " " : "",
		    argument != NULL ? argument : "");
}

/* Which restrictions of relay control permit it, and because: "", or of what
 * else. */
static char *
find_cause(const struct trace *trace, const char *because)
{
	struct strbuf cause = { 0 };

	for (size_t i = 0; i < trace->n; i++) {
		const struct trace_entry *entry = &trace->entries[i];
		enum stage stage =
		    entry->kind == TRACE_LIST && entry->depth == 0
		    ? stage_find(entry->list)
		    : STAGE_COUNT;
		const struct step *step;

		if (stage != STAGE_RELAY && stage != STAGE_RECIPIENT)
			continue;
		step = find_permit(trace, i);
		if (step == NULL)
			continue;
		strbuf_adds(&cause, cause.len > 0 ? ", " : "");
		add_step(&cause, step);
		strbuf_addf(&cause, " permits in %s", entry->list);
	}
	if (cause.len == 0)
		strbuf_adds(&cause, "nothing refuses it");
	strbuf_adds(&cause, because);
	return strbuf_detach(&cause);
}

/* One that has this cause is shown; the others are counted. */
static void
note_hole(struct site *site, const char *because, const char *request)
{
	char *cause = find_cause(&site->trace, because);

	for (size_t i = 0; i < site->nholes; i++)
		if (strcmp(site->holes[i].cause, cause) == 0) {
			site->holes[i].n++;
			free(cause);
			return;
		}
	site->holes =
	    xreallocarray(site->holes, site->nholes + 1, sizeof *site->holes);
	site->holes[site->nholes++] = (struct hole){ .cause = cause,
		.request = xstrdup(request),
		.n = 1 };
}

/* Whether the stranger may say so, and a login counts. */
static bool
is_believed(const struct site *site, const struct relay_stranger *stranger,
    const struct relay_pretence *xclient)
{
	const char *has_logins =
	    postconf_value(&site->values, "smtpd_sasl_auth_enable");
	struct strbuf ignored = { 0 };
	bool result =
	    list_has(site, XCLIENT_HOSTS, stranger->address, &ignored);

	strbuf_free(&ignored);
	if (xclient->login == NULL)
		return result;
	return result && has_logins != NULL &&
	    strcasecmp(has_logins, "yes") == 0;
}

/* Whether the host would let it through and send it elsewhere; the trace tells
 * of that. */
static bool
relays(struct site *site, struct request *request,
    const struct relay_form *form)
{
	bool is_kept;

	if (!passes(site, request))
		return false;
	if (!form->is_for_us)
		return true;
	request->policy_context = IS_OURS "/smtpd_recipient_restrictions";
	is_kept = passes(site, request);
	request->policy_context = "";
	return !is_kept && passes(site, request);
}

static void
try_form(struct site *site, const struct relay_stranger *stranger,
    const struct relay_form *form, const char *because)
{
	struct relay_request made;
	struct strbuf text = { 0 };

	if (form->xclient != NULL) {
		if (!is_believed(site, stranger, form->xclient))
			return;
		because = ", and " XCLIENT_HOSTS " lets strangers be others";
	}
	relay_request_make(&made, stranger, form, &site->host);
	site->ntries++;
	if (relays(site, &made.request, form)) {
		relay_request_print(&made.request, &text);
		note_hole(site, because, strbuf_str(&text));
	}
	strbuf_free(&text);
	relay_request_free(&made);
}

/* Those whom nobody has named, but mynetworks_style has made friends. */
static void
try_neighbors(struct site *site)
{
	const char *style = postconf_value(&site->values, "mynetworks_style");
	char *because = xasprintf(
	    ", and mynetworks is what mynetworks_style = %s makes", style);
	struct strbuf ignored = { 0 };

	for (size_t i = 0; i < site->neighbors.n; i++) {
		const struct relay_stranger neighbor = {
			strbuf_str(&site->neighbors.addresses[i]), "unknown",
			"unknown"
		};

		if (list_has(site, "mynetworks", neighbor.address, &ignored))
			try_form(site, &neighbor, &relay_forms[0], because);
	}
	strbuf_free(&ignored);
	free(because);
}

static void
name_unreadable(struct site *site, const struct import_service *service)
{
	struct strbuf err = { 0 };

	list_has(site, XCLIENT_HOSTS, strangers[0].address, &err);
	if (err.len > 0) /* lines */
		strbuf_addf(&site->ctl->out,
		    "not looked at: " XCLIENT_HOSTS " in %s: %s",
		    service->name[0] != '\0' ? service->name : "main.cf",
		    strbuf_str(&err));
	strbuf_free(&err);
}

/* Each form from one stranger; each stranger with every sender. */
static void
try_all(struct site *site, const struct import_service *service)
{
	name_unreadable(site, service);
	for (size_t i = 0; i < nrelay_forms; i++)
		try_form(site, &strangers[0], &relay_forms[i], "");
	for (size_t i = 1; i < NSTRANGERS; i++)
		for (size_t j = 0; j < nrelay_forms; j++)
			if (strcmp(relay_forms[j].recipient,
				relay_forms[0].recipient) == 0)
				try_form(site, &strangers[i], &relay_forms[j],
				    "");
	if (import_service_value(service, "mynetworks") == NULL)
		try_neighbors(site);
}

static void
print_holes(struct site *site, const struct import_service *service)
{
	struct strbuf *out = &site->ctl->out;

	for (size_t i = 0; i < site->nholes; i++)
		strbuf_addf(out,
		    "OPEN: %s: %s, %zu of %zu attempts:\n"
		    "    policyctl explain %s\n",
		    service->name[0] != '\0' ? service->name : "main.cf",
		    site->holes[i].cause, site->holes[i].n, site->ntries,
		    site->holes[i].request);
}

/* A domain of the host, and what a literal of it looks like. */
static void
set_host(struct site *site)
{
	const char *name =
	    postconf_value(&site->services.list[0].shared, "myhostname");

	site->host.name = name != NULL ? name : "localhost";
	site->host.literal = "[127.0.0.1]";
}

static int
look_at_all(struct site *site)
{
	size_t nholes = 0, ntries = 0;
	int code = EX_OK;

	set_host(site);
	relay_neighbors_find(&site->neighbors);
	for (size_t i = 0; code == EX_OK && i < site->services.n; i++) {
		code = read_service(site, &site->services.list[i]);
		if (code == EX_OK)
			try_all(site, &site->services.list[i]);
		print_holes(site, &site->services.list[i]);
		nholes += site->nholes;
		ntries += site->ntries;
		forget_service(site);
	}
	if (code != EX_OK)
		return code;
	strbuf_adds(&site->ctl->out, strbuf_str(&site->unasked));
	strbuf_addf(&site->ctl->out, "%zu attempts at %zu %s: %s\n", ntries,
	    site->services.n, site->services.n == 1 ? "service" : "services",
	    nholes > 0 ? "the relay is open"
		       : "the relay is closed to strangers");
	return nholes > 0 ? EXIT_OPEN : EX_OK;
}

static bool
has_main_cf(struct policyctl *ctl, const char *directory)
{
	char *path = xasprintf("%s/main.cf", directory);
	bool result = access(path, R_OK) == 0;

	if (!result)
		strbuf_addf(&ctl->err, "%s: %s\n", path, strerror(errno));
	free(path);
	return result;
}

int
relay_static(struct policyctl *ctl, const char *directory)
{
	struct site site = { 0 };
	int code = EX_NOINPUT;
	char *path;

	if (directory != NULL && !has_main_cf(ctl, directory))
		return code;
	path =
	    directory != NULL ? realpath(directory, NULL) : directory_of(ctl);
	log_set_level(LOG_LEVEL_ERROR);
	if (site_open(&site, ctl, path) == 0)
		code = look_at_all(&site);
	else
		strbuf_addc(&ctl->err, '\n');
	site_close(&site);
	free(path);
	return code;
}

/* As smtpd asks, but nobody is to know when that fails: then it is none. */
bool
relay_is_own_network(struct policyctl *ctl, const struct ip *client)
{
	char *directory = directory_of(ctl);
	struct strbuf address = { 0 };
	struct relay_stranger stranger = { .name = "unknown",
		.reverse_name = "unknown" };
	struct relay_request made;
	struct site site = { 0 };
	struct policyctl silent = { .config_path = ctl->config_path };
	bool result = false;

	ip_print(client, &address);
	stranger.address = strbuf_str(&address);
	if (site_open(&site, &silent, directory) == 0 &&
	    read_service(&site, &site.services.list[0]) == EX_OK) {
		relay_request_make(&made, &stranger, &relay_forms[0],
		    &site.host);
		made.request.policy_context =
		    IS_NEIGHBOR "/smtpd_recipient_restrictions";
		result = passes(&site, &made.request);
		relay_request_free(&made);
	}
	forget_service(&site);
	site_close(&site);
	strbuf_free(&silent.out);
	strbuf_free(&silent.err);
	strbuf_free(&address);
	free(directory);
	return result;
}
