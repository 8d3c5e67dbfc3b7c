/*
 * Policies and facts for tests.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "testing_policy.h"
#include "dns_message.h"
#include "guard.h"
#include "live_clients.h"
#include "log.h"
#include "mem.h"
#include "postfix_values.h"
#include "rates.h"
#include "restriction_table.h"
#include "state.h"
#include "suspensions.h"
#include "table.h"
#include "table_search.h"

#define WAITING_MAX 32

/* A question that waits for testing_policy_release. */
struct waiting {
	struct testing_policy *testing;
	char *question;
	enum dns_type type;
	resolver_done *dns_done;
	dnsbl_done *dnsbl_done;
	table_lookup_done *table_done;
	void *arg;
};

struct testing_policy {
	struct event_base *base;
	struct policy_source source;
	struct policies *policies;
	struct fact_source facts;
	const struct testing_fact *table;
	struct evaluation *evaluation;
	struct request request;
	struct transaction transaction;
	char *text; /* of the request */
	struct strbuf action, asked;
	bool is_answered;
	bool is_held;
	struct waiting *waiting[WAITING_MAX];
	unsigned cancelled;
	struct state *state; /* NULL: nothing is remembered */
	struct live_clients *clients;
};

static const char *
find_answer(const struct testing_policy *testing, const char *question)
{
	for (const struct testing_fact *fact = testing->table;
	     fact != NULL && fact->question != NULL; fact++)
		if (strcmp(fact->question, question) == 0)
			return fact->answer;
	return NULL;
}

static void
read_record(struct dns_record *record, enum dns_type type, char *text)
{
	char *name;

	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		ck_assert(ip_parse(&record->ip, text));
		break;
	case DNS_MX:
		record->preference = (unsigned)strtoul(text, &name, 10);
		text = name + 1;
		/* fall through */
	case DNS_NS:
	case DNS_PTR:
		record->name = strcmp(text, ".") == 0 ? "" : text;
		break;
	case DNS_TXT:
		record->text = text;
		record->textlen = strlen(text);
		break;
	}
}

/* The text stands behind the records, as they point to it. */
static struct dns_answer *
make_answer(const char *text, enum dns_type type)
{
	struct dns_answer *answer;
	char *copy, *record;

	if (text == NULL)
		return dns_answer_new(DNS_NOT_FOUND, NULL);
	if (strcmp(text, "fail") == 0)
		return dns_answer_new(DNS_FAILED, "SERVFAIL");
	if (strcmp(text, "malformed") == 0)
		return dns_answer_new(DNS_MALFORMED, "bad name");
	answer = xcalloc(1,
	    sizeof *answer + DNS_RECORDS_MAX * sizeof(struct dns_record) +
		strlen(text) + 1);
	copy = (char *)&answer->records[DNS_RECORDS_MAX];
	memcpy(copy, text, strlen(text) + 1);
	answer->refs = 1;
	answer->status = DNS_FOUND;
	while ((record = strsep(&copy, ";")) != NULL) {
		ck_assert_uint_lt(answer->nrecords, DNS_RECORDS_MAX);
		read_record(&answer->records[answer->nrecords++], type,
		    record + strspn(record, " "));
	}
	return answer;
}

static void
answer_dns(struct testing_policy *testing, const char *question,
    enum dns_type type, resolver_done *done, void *arg)
{
	struct dns_answer *answer =
	    make_answer(find_answer(testing, question), type);

	done(arg, answer);
	dns_answer_release(answer);
}

static void
answer_dnsbl(struct testing_policy *testing, const char *question,
    dnsbl_done *done, void *arg)
{
	const char *text = find_answer(testing, question);
	struct dnsbl_answer answer = { .text = "", .why = "" };

	if (text == NULL) {
		answer.result = DNSBL_NOT_LISTED;
	} else if (strcmp(text, "fail") == 0) {
		answer.result = DNSBL_FAILED;
	} else {
		answer.result = DNSBL_LISTED;
		answer.text = text;
		answer.why = "127.0.0.2";
	}
	done(arg, &answer);
}

static void
answer_table(struct testing_policy *testing, const char *question,
    table_lookup_done *done, void *arg)
{
	const char *text = find_answer(testing, question);
	struct table_lookup_answer answer = { .text =
						  text != NULL ? text : "" };

	if (text == NULL)
		answer.result = LOOKUP_NOT_FOUND;
	else if (strcmp(text, "fail") == 0)
		answer.result = LOOKUP_TEMPFAIL;
	else
		answer.result = LOOKUP_FOUND;
	done(arg, &answer);
}

static struct waiting *
hold(struct testing_policy *testing, const char *question)
{
	struct waiting *waiting = xcalloc(1, sizeof *waiting);
	size_t i = 0;

	while (testing->waiting[i] != NULL)
		ck_assert_uint_lt(++i, WAITING_MAX);
	testing->waiting[i] = waiting;
	waiting->testing = testing;
	waiting->question = xstrdup(question);
	return waiting;
}

static void
note(struct testing_policy *testing, const char *question)
{
	if (testing->asked.len > 0)
		strbuf_adds(&testing->asked, ", ");
	strbuf_adds(&testing->asked, question);
}

static void *
ask_dns(void *ctx, const char *name, enum dns_type type, resolver_done *done,
    void *arg)
{
	struct testing_policy *testing = ctx;
	char *question = xasprintf("%s %s", dns_type_name(type), name);
	struct waiting *waiting = NULL;

	note(testing, question);
	if (testing->is_held) {
		waiting = hold(testing, question);
		waiting->type = type;
		waiting->dns_done = done;
		waiting->arg = arg;
	} else {
		answer_dns(testing, question, type, done, arg);
	}
	free(question);
	return waiting;
}

static void *
ask_dnsbl(void *ctx, struct dnsbl_site *site, enum dnsbl_kind kind,
    const char *label, dnsbl_done *done, void *arg)
{
	struct testing_policy *testing = ctx;
	char *question = xasprintf("%s.%s", label, dnsbl_site_word(site));
	struct waiting *waiting = NULL;

	(void)kind;
	note(testing, question);
	if (testing->is_held) {
		waiting = hold(testing, question);
		waiting->dnsbl_done = done;
		waiting->arg = arg;
	} else {
		answer_dnsbl(testing, question, done, arg);
	}
	free(question);
	return waiting;
}

static void *
ask_table(void *ctx, const struct tables_snapshot *snapshot,
    const struct table *table, const char *key, table_lookup_done *done,
    void *arg)
{
	struct testing_policy *testing = ctx;
	char *question = xasprintf("%s %s", table_word(table), key);
	struct waiting *waiting = NULL;

	(void)snapshot;
	note(testing, question);
	if (testing->is_held) {
		waiting = hold(testing, question);
		waiting->table_done = done;
		waiting->arg = arg;
	} else {
		answer_table(testing, question, done, arg);
	}
	free(question);
	return waiting;
}

/* Take a question out of those that wait. */
static void
forget(struct waiting *waiting)
{
	struct testing_policy *testing = waiting->testing;

	for (size_t i = 0; i < WAITING_MAX; i++)
		if (testing->waiting[i] == waiting)
			testing->waiting[i] = NULL;
	free(waiting->question);
	free(waiting);
}

static void
cancel(void *question)
{
	struct waiting *waiting = question;

	waiting->testing->cancelled++;
	forget(waiting);
}

static void
answer_waiting(struct testing_policy *testing, const char *question)
{
	struct waiting *waiting = NULL;

	for (size_t i = 0; i < WAITING_MAX && waiting == NULL; i++)
		if (testing->waiting[i] != NULL &&
		    strcmp(testing->waiting[i]->question, question) == 0)
			waiting = testing->waiting[i];
	ck_assert_msg(waiting != NULL, "%s was not asked", question);
	if (waiting->dns_done != NULL)
		answer_dns(testing, question, waiting->type, waiting->dns_done,
		    waiting->arg);
	else if (waiting->dnsbl_done != NULL)
		answer_dnsbl(testing, question, waiting->dnsbl_done,
		    waiting->arg);
	else
		answer_table(testing, question, waiting->table_done,
		    waiting->arg);
	forget(waiting);
}

/* Read a configuration; tables, too. */
static struct policies *
read_config(struct policy_source *source, const char *config,
    struct strbuf *err)
{
	char path[] = "/tmp/sekisho-policy.XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	enum conf_result result;
	struct policies *policies;

	ck_assert_ptr_nonnull(file);
	fprintf(file, "postfix_config_directory =\n%s\n", config);
	ck_assert_int_eq(fclose(file), 0);
	source->path = path;
	policies = policies_read(source, &result, err);
	unlink(path);
	if (policies != NULL && tables_load(policies->tables, err) != CONF_OK) {
		policies_release(policies);
		policies = NULL;
	}
	return policies;
}

static void
open_source(struct testing_policy *testing)
{
	static const struct dnsbl_dns nobody = { 0 };
	static const struct dnsbl_options untested = { .untested = "" };

	testing->base = event_base_new();
	testing->source.dnsbls = dnsbls_new(testing->base, &nobody, &untested);
	testing->source.restrictions = &restriction_table;
}

static void
close_source(struct testing_policy *testing)
{
	policies_release(testing->policies);
	postfix_values_free(testing->source.values);
	dnsbls_free(testing->source.dnsbls);
	event_base_free(testing->base);
}

struct testing_policy *
testing_policy_new(const char *config, const struct testing_fact *facts)
{
	struct testing_policy *testing = xcalloc(1, sizeof *testing);
	struct strbuf err = { 0 };

	log_set_level(LOG_LEVEL_ERROR);
	open_source(testing);
	testing->table = facts;
	testing->policies = read_config(&testing->source, config, &err);
	ck_assert_msg(testing->policies != NULL, "%s", strbuf_str(&err));
	strbuf_free(&err);
	testing->facts = (struct fact_source){ .ask_dns = ask_dns,
		.cancel_dns = cancel,
		.ask_dnsbl = ask_dnsbl,
		.ask_table = ask_table,
		.cancel_table = cancel,
		.cancel_dnsbl = cancel,
		.ctx = testing,
		.searches = table_searches_new(testing->base) };
	testing->evaluation = evaluation_new(testing->base, &testing->facts);
	return testing;
}

void
testing_policy_free(struct testing_policy *testing)
{
	evaluation_free(testing->evaluation);
	guard_free(testing->facts.guard);
	rates_free(testing->facts.rates);
	live_clients_free(testing->clients);
	suspensions_free(testing->facts.suspensions);
	state_free(testing->state);
	table_searches_free(testing->facts.searches);
	close_source(testing);
	strbuf_free(&testing->action);
	strbuf_free(&testing->asked);
	free(testing->text);
	free(testing);
}

char *
testing_policy_errors(const char *config)
{
	struct testing_policy testing = { 0 };
	struct strbuf err = { 0 };

	open_source(&testing);
	testing.policies = read_config(&testing.source, config, &err);
	ck_assert_ptr_null(testing.policies);
	close_source(&testing);
	return strbuf_detach(&err);
}

/* %20 in a value is a blank. */
static void
unescape(char *text)
{
	char *blank;

	while ((blank = strstr(text, "%20")) != NULL) {
		*blank = ' ';
		memmove(blank + 1, blank + 3, strlen(blank + 3) + 1);
	}
}

static void
read_request(struct testing_policy *testing, const char *request)
{
	char *rest, *word, *equals;

	free(testing->text);
	testing->text = xstrdup(request);
	request_init(&testing->request);
	rest = testing->text;
	while ((word = strsep(&rest, " ")) != NULL) {
		if (*word == '\0')
			continue;
		equals = strchr(word, '=');
		ck_assert_msg(equals != NULL, "%s", word);
		unescape(equals + 1);
		ck_assert_msg(request_set(&testing->request, word,
				  (size_t)(equals - word), equals + 1),
		    "%s", word);
	}
	request_complete(&testing->request);
}

static void
on_answer(void *arg, const struct decision *decision)
{
	struct testing_policy *testing = arg;

	ck_assert(!testing->is_answered);
	testing->is_answered = true;
	strbuf_adds(&testing->action, decision->action);
}

static void
begin(struct testing_policy *testing, const char *request)
{
	struct evaluation_input input = {
		.policies = testing->policies,
		.request = &testing->request,
		.transaction = &testing->transaction,
	};

	testing->is_answered = false;
	strbuf_truncate(&testing->action, 0);
	strbuf_truncate(&testing->asked, 0);
	read_request(testing, request);
	evaluation_start(testing->evaluation, &input, on_answer, testing);
}

const char *
testing_policy_ask(struct testing_policy *testing, const char *request)
{
	testing->is_held = false;
	begin(testing, request);
	testing_policy_wait(testing);
	return strbuf_str(&testing->action);
}

void
testing_policy_check(const char *home, const char *config,
    const struct testing_fact *facts, const char *request, const char *action)
{
	char *both = xasprintf("%s%s\n", home, config);
	struct testing_policy *testing = testing_policy_new(both, facts);

	ck_assert_str_eq(testing_policy_ask(testing, request), action);
	testing_policy_free(testing);
	free(both);
}

void
testing_policy_begin(struct testing_policy *testing, const char *request)
{
	testing->is_held = true;
	begin(testing, request);
}

void
testing_policy_release(struct testing_policy *testing, const char *question)
{
	answer_waiting(testing, question);
	event_base_loop(testing->base, EVLOOP_NONBLOCK);
}

void
testing_policy_release_two(struct testing_policy *testing, const char *one,
    const char *two)
{
	answer_waiting(testing, one);
	answer_waiting(testing, two);
	event_base_loop(testing->base, EVLOOP_NONBLOCK);
}

void
testing_policy_wait(struct testing_policy *testing)
{
	while (!testing->is_answered)
		event_base_loop(testing->base, EVLOOP_ONCE);
}

const char *
testing_policy_asked(const struct testing_policy *testing)
{
	return strbuf_str(&testing->asked);
}

const char *
testing_policy_action(const struct testing_policy *testing)
{
	return testing->is_answered ? strbuf_str(&testing->action) : NULL;
}

unsigned
testing_policy_cancelled(const struct testing_policy *testing)
{
	return testing->cancelled;
}

const struct policies *
testing_policy_policies(const struct testing_policy *testing)
{
	return testing->policies;
}

struct explain
testing_policy_explain(struct testing_policy *testing)
{
	return (struct explain){ .base = testing->base,
		.source = &testing->facts,
		.policies = testing->policies };
}

void
testing_policy_hold(struct testing_policy *testing)
{
	testing->is_held = true;
}

/* In memory only. */
void
testing_policy_count(struct testing_policy *testing)
{
	testing->state =
	    state_new(testing->base, "", 1024 * 1024, state_kinds, STATE_KINDS);
	testing->facts.rates = rates_new(testing->state);
	testing->clients = live_clients_new(testing->state);
	testing->facts.clients = testing->clients;
	testing->facts.suspensions =
	    suspensions_new(testing->base, testing->state, NULL);
	testing->facts.guard =
	    guard_new(testing->state, testing->facts.rates, NULL);
	guard_begin(testing->facts.guard);
	testing->facts.state = testing->state;
}

struct live_clients *
testing_policy_clients(const struct testing_policy *testing)
{
	return testing->clients;
}

struct guard *
testing_policy_guard(const struct testing_policy *testing)
{
	return testing->facts.guard;
}

struct state *
testing_policy_state(const struct testing_policy *testing)
{
	return testing->state;
}

struct suspensions *
testing_policy_suspensions(const struct testing_policy *testing)
{
	return testing->facts.suspensions;
}

void
testing_policy_reconnect(struct testing_policy *testing)
{
	rates_leave(testing->transaction.reservation);
	testing->transaction = (struct transaction){ 0 };
}
