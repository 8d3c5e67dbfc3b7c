/*
 * Searches through expressions: what they may take, and who waits for them.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "arena.h"
#include "mem.h"
#include "providers.h"
#include "table_search.h"
#include "testing_policy.h"

#define LONG_US 3600000000LL

static const struct conf_origin here = { "test", 1 };
static struct tables *tables;
static long long now_us, tick_us;

/* A clock that goes on only when somebody looks. */
static long long
ticking(void)
{
	return now_us += tick_us;
}

static struct table *
load(const char *word)
{
	struct strbuf err = { 0 };
	struct table *table;

	tables = tables_new();
	table = tables_add(tables, word, here, &err);
	ck_assert_msg(table != NULL, "%s", strbuf_str(&err));
	ck_assert_int_eq(tables_load(tables, &err), CONF_OK);
	return table;
}

/* An address of len bytes that no expression here matches in a short time. */
static char *
evil(size_t len)
{
	char *subject = xmalloc(len + 1);

	memset(subject, 'a', len);
	memcpy(subject + len - 2, "!b", 3);
	return subject;
}

static enum lookup
find(const char *word, const char *key, long long left_us,
    struct effort *effort)
{
	struct table *table = load(word);
	struct table_view view = table_view(tables_hold(tables));
	struct strbuf value = { 0 };
	enum lookup result;

	view.effort = (struct effort){ .clock = ticking, .left_us = left_us };
	result = table_find(&view, table, key, &value);
	*effort = view.effort;
	tables_release(view.snapshot);
	tables_free(tables);
	strbuf_free(&value);
	return result;
}

/* Each of these would take minutes, or never end. */
static const struct {
	const char *word;
	size_t len;
} dear[] = {
	{ "pcre:{{/(a|aa)+$/ x}}", 1000 },
	{ "pcre:{{/^(a+)+$/ x}}", 50 },
	{ "pcre:{{if /(a|aa)+$/} {/a/ x} {endif}}", 1000 },
	{ "pcre:{{!/(a|aa)+$/ x}}", 1000 },
	{ "regexp:{{/(.+)\\1(.+)\\2x/ x}}", 300 },
	{ "regexp:{{/(.*)(.*)(.*)\\3\\2x/ x}}", 128 },
	{ "regexp:{{/a/!/(.+)\\1(.+)\\2x/ x}}", 300 },
	{ "regexp:{{/^(a|aa)+$/ x}}", 100000 },
};

START_TEST(a_search_that_takes_too_long_has_failed)
{
	char *key = evil(dear[_i].len);
	struct effort effort;

	tick_us = 0;
	ck_assert_int_eq(find(dear[_i].word, key, 50000, &effort),
	    LOOKUP_TEMPFAIL);
	ck_assert(effort.is_spent);
	ck_assert_int_eq(effort.left_us, 0);
	free(key);
}
END_TEST

START_TEST(many_cheap_rules_take_time_too)
{
	struct strbuf word = { 0 };
	struct effort effort;

	strbuf_adds(&word, "pcre:{");
	for (int i = 0; i < 100; i++)
		strbuf_addf(&word, "{/^x%d$/ x} ", i);
	strbuf_adds(&word, "{/b/ found}}");
	tick_us = 10;
	ck_assert_int_eq(find(word.bytes, "b", 500, &effort), LOOKUP_TEMPFAIL);
	ck_assert(effort.is_spent);
	ck_assert_int_eq(find(word.bytes, "b", 50000, &effort), LOOKUP_FOUND);
	ck_assert(!effort.is_spent);
	ck_assert_int_lt(effort.left_us, 50000);
	strbuf_free(&word);
}
END_TEST

struct heard {
	enum lookup result;
	char *value;
	bool is_there;
};

static void
on_answer(void *arg, enum lookup result, const char *value, long long left_us)
{
	struct heard *answer = arg;

	ck_assert_int_lt(left_us, LONG_US);
	answer->result = result;
	answer->value = xstrdup(value);
	answer->is_there = true;
}

START_TEST(the_thread_searches_and_the_loop_hears_of_it)
{
	struct table *table = load("pcre:{{/^(.*)b$/ [$1]}}");
	struct tables_snapshot *snapshot = tables_hold(tables);
	struct event_base *base = event_base_new();
	struct table_searches *searches = table_searches_new(base);
	struct heard first = { 0 }, second = { 0 }, cancelled = { 0 };
	struct table_search *search;

	table_search_start(searches, snapshot, table, "ab", LONG_US, on_answer,
	    &first);
	search = table_search_start(searches, snapshot, table, "aab", LONG_US,
	    on_answer, &cancelled);
	table_search_cancel(search);
	table_search_start(searches, snapshot, table, "c", LONG_US, on_answer,
	    &second);
	tables_release(snapshot);
	tables_free(tables); /* what is open holds what it needs */
	ck_assert(!first.is_there);
	while (!second.is_there)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(first.result, LOOKUP_FOUND);
	ck_assert_str_eq(first.value, "[a]");
	ck_assert_int_eq(second.result, LOOKUP_NOT_FOUND);
	ck_assert(!cancelled.is_there);
	table_searches_free(searches);
	event_base_free(base);
	free(first.value);
	free(second.value);
}
END_TEST

static void
on_arrived(void *arg)
{
	*(bool *)arg = true;
}

static enum lookup
result_of(struct facts *facts, const struct table *table, const char *key)
{
	const struct table_answer *answer =
	    facts_table(facts, table, key)->value;

	return answer->result;
}

/* What the first took is gone for the second. */
START_TEST(all_searches_of_a_request_share_its_time)
{
	struct table *table = load("pcre:{{/^(x+x+)+y/ x}}");
	struct facts_input input = { .tables = tables_hold(tables) };
	struct event_base *base = event_base_new();
	struct fact_source source = { .searches = table_searches_new(base) };
	bool has_arrived = false;
	struct facts *facts = facts_new(&source, on_arrived, &has_arrived);
	const char *dear_key = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@y.example";

	facts_begin(facts, &input);
	ck_assert_ptr_null(facts_table(facts, table, dear_key)->value);
	while (!has_arrived)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(result_of(facts, table, dear_key), LOOKUP_TEMPFAIL);
	ck_assert_int_eq(result_of(facts, table, "a"), LOOKUP_TEMPFAIL);
	ck_assert_int_eq(result_of(facts, table, "a"), LOOKUP_TEMPFAIL);
	facts_begin(facts, &input); /* the next request has its own */
	ck_assert_ptr_null(facts_table(facts, table, "a")->value);
	facts_free(facts);
	table_searches_free(source.searches);
	tables_release(input.tables);
	tables_free(tables);
	event_base_free(base);
}
END_TEST

/* Neither the loop nor the thread has the time for it. */
#define SLOW "pcre:{{/^(x+x+)+y/ DUNNO}}"
#define REQUEST                                                                \
	"protocol_state=RCPT client_address=192.0.2.1 client_name=unknown "    \
	"reverse_client_name=unknown helo_name=h.example "                     \
	"recipient=u@home.example "

static const struct testing_fact facts[] = { { NULL, NULL } };

START_TEST(a_request_waits_for_its_search)
{
	struct testing_policy *testing =
	    testing_policy_new("smtpd_sender_restrictions = "
			       "check_sender_access " SLOW ", permit",
		facts);

	testing_policy_begin(testing,
	    REQUEST "sender=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@y.example");
	ck_assert_ptr_null(testing_policy_action(testing));
	testing_policy_wait(testing);
	ck_assert_str_eq(testing_policy_action(testing),
	    "451 4.3.5 <xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@y.example>: "
	    "Sender address rejected: Server configuration error");
	testing_policy_free(testing);
}
END_TEST

/* In a list of patterns, too: mynetworks is looked at by permit_mynetworks. */
START_TEST(a_list_waits_for_its_search)
{
	struct testing_policy *testing =
	    testing_policy_new("mynetworks = pcre:{{/^(x+x+)+y/ OK}}\n"
			       "smtpd_recipient_restrictions = "
			       "permit_mynetworks, reject",
		facts);

	testing_policy_begin(testing,
	    "protocol_state=RCPT client_address=192.0.2.1 "
	    "client_name=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.y.example "
	    "helo_name=h.example sender=a@b.example recipient=u@home.example");
	ck_assert_ptr_null(testing_policy_action(testing));
	testing_policy_wait(testing);
	ck_assert_int_eq(strncmp(testing_policy_action(testing), "451 ", 4), 0);
	testing_policy_free(testing);
}
END_TEST

/* So does where mail goes, which is found out once. */
START_TEST(a_destination_waits_for_its_search)
{
	struct testing_policy *testing =
	    testing_policy_new("virtual_alias_domains = "
			       "pcre:{{/^(x+x+)+y/ OK}}\n"
			       "smtpd_recipient_restrictions = "
			       "permit_auth_destination, reject",
		facts);

	testing_policy_begin(testing,
	    "protocol_state=RCPT client_address=192.0.2.1 helo_name=h.example "
	    "recipient=u@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.y.example");
	ck_assert_ptr_null(testing_policy_action(testing));
	testing_policy_wait(testing);
	ck_assert_str_eq(testing_policy_action(testing),
	    "451 4.3.0 <u@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.y.example>: "
	    "Temporary lookup failure");
	testing_policy_free(testing);
}
END_TEST

/*
 * A match cannot be stopped, and locks its expression.  The last test: this
 * match takes minutes, and ends with the process.
 */
START_TEST(nobody_waits_for_a_match_that_does_not_end)
{
	struct table *table = load("regexp:{{/(.{1,250}.{1,250}){1,16}x/ x}}");
	struct table_view view = table_view(tables_hold(tables));
	struct event_base *base = event_base_new();
	struct table_searches *searches = table_searches_new(base);
	struct heard first = { 0 }, second = { 0 };
	struct strbuf value = { 0 };
	char *key = evil(2000);

	table_search_start(searches, view.snapshot, table, "a", LONG_US,
	    on_answer, &first);
	table_search_start(searches, view.snapshot, table, key, LONG_US,
	    on_answer, &second);
	while (!first.is_there)
		event_base_loop(base, EVLOOP_ONCE);
	tick_us = 0;
	view.effort = (struct effort){ .clock = ticking, .left_us = 1000 };
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(table_find(&view, table, "a", &value),
		    LOOKUP_NOT_FOUND);
		usleep(1000); /* let the thread go on */
	}
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert(!second.is_there);
	tables_release(view.snapshot);
	tables_free(tables);
	table_searches_free(searches);
	event_base_free(base);
	free(key);
	free(first.value);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("table_search");
	TCase *tc = tcase_create("search");

	tcase_add_loop_test(tc, a_search_that_takes_too_long_has_failed, 0,
	    sizeof dear / sizeof dear[0]);
	tcase_add_test(tc, many_cheap_rules_take_time_too);
	tcase_add_test(tc, the_thread_searches_and_the_loop_hears_of_it);
	tcase_add_test(tc, all_searches_of_a_request_share_its_time);
	tcase_add_test(tc, a_request_waits_for_its_search);
	tcase_add_test(tc, a_list_waits_for_its_search);
	tcase_add_test(tc, a_destination_waits_for_its_search);
	tcase_add_test(tc, nobody_waits_for_a_match_that_does_not_end);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
