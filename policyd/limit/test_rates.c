/*
 * What is reserved and counted, in a state with a clock that the test moves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "rates.h"
#include "rate_report.h"
#include "state_report.h"
#include "testing_state.h"

#define NOW  1700000100 /* the beginning of a twelfth of an hour */
#define HOUR 3600

struct desk {
	struct event_base *base;
	char *dir, *path;
	struct state *state;
	struct rates *rates;
	struct rate_limit limit;
	bool counts_now;
};

static void
desk_open(struct desk *desk)
{
	desk->state = state_new(desk->base, desk->path, 64 * 1024 * 1024,
	    state_kinds, STATE_KINDS);
	state_open(desk->state);
	desk->rates = rates_new(desk->state);
}

static void
desk_begin(struct desk *desk, uint64_t most)
{
	testing_now = NOW;
	clock_set_source(testing_wall_clock);
	*desk = (struct desk){ .limit = { .most = most, .length = HOUR } };
	desk->base = event_base_new();
	desk->dir = testing_make_dir();
	desk->path = xasprintf("%s/state.gdbm", desk->dir);
	desk_open(desk);
}

static void
desk_restart(struct desk *desk)
{
	rates_free(desk->rates);
	state_free(desk->state);
	desk_open(desk);
}

static void
desk_end(struct desk *desk)
{
	rates_free(desk->rates);
	state_free(desk->state);
	event_base_free(desk->base);
	free(desk->path);
	testing_remove_dir(desk->dir);
}

/* A connection of a client that speaks for fred. */
struct connection {
	struct desk *desk;
	struct rate_reservation *held;
};

static void
request_of(struct request *request, enum protocol_state state,
    const char *instance)
{
	request_init(request);
	request->state = state;
	request->instance = instance;
}

/* Ask for some of a unit; it is taken if there is room.  Returns the seconds to
 * wait. */
static long
want(struct connection *connection, const char *instance, enum rate_unit unit,
    uint64_t amount, const char *recipient)
{
	struct desk *desk = connection->desk;
	struct request request;
	struct arena arena = { 0 };
	struct rate_want wanted = {
		.item = {
			.counter = { unit, RATE_SASL_USERNAME, "fred",
			    unit == RATE_DISTINCT_RECIPIENTS ? HOUR : 0 },
			.limits = &desk->limit,
			.nlimits = 1,
		},
		.amount = amount,
	};
	const struct rate_order order = {
		.request = &request,
		.whose = "",
		.wants = &wanted,
		.n = 1,
		.nlimits = 1,
		.counts_now = desk->counts_now,
	};
	struct rate_answer answer;

	rate_item_identify(&wanted.item, recipient, &arena);
	request_of(&request, STATE_RCPT, instance);
	rates_begin(desk->rates, &request, connection->held);
	rates_look(desk->rates, &order, testing_now, &answer);
	if (answer.wait == 0)
		rates_take(desk->rates, &order, &connection->held);
	arena_free(&arena);
	return answer.wait;
}

static bool
rcpt(struct connection *connection, const char *instance)
{
	return want(connection, instance, RATE_RECIPIENTS, 1, NULL) == 0;
}

static void
end_of_message(struct desk *desk, const char *instance, const char *recipients,
    const char *size)
{
	struct request request;

	request_of(&request, STATE_END_OF_MESSAGE, instance);
	request.recipient_count = recipients;
	request.size = size;
	rates_end(desk->rates, &request, true);
}

/* Returns how many pieces it came in. */
static size_t
tell(struct desk *desk, const struct rate_query *query, struct strbuf *out)
{
	struct rate_report *report = rate_report_new(desk->state, query);
	size_t n = 1;

	while (rate_report_next(report, out))
		n++;
	rate_report_free(report);
	return n;
}

static void
expect_count(struct desk *desk, const char *line)
{
	const struct rate_query query = { .value = "FRED" };
	struct strbuf out = { 0 };

	tell(desk, &query, &out);
	testing_eat(&out, line);
}

START_TEST(reserves_and_commits_on_whatever_connection)
{
	struct desk desk;
	struct connection one = { &desk, NULL };

	desk_begin(&desk, 3);
	ck_assert(rcpt(&one, "a"));
	ck_assert(rcpt(&one, "a"));
	ck_assert(rcpt(&one, "a"));
	ck_assert(!rcpt(&one, "a"));
	expect_count(&desk, "");
	end_of_message(&desk, "a", "2", "0");
	ck_assert_ptr_null(one.held);
	expect_count(&desk, "sasl_username fred: 2 of 3 recipients in 1h\n");
	ck_assert(rcpt(&one, "b"));
	ck_assert(!rcpt(&one, "b"));
	end_of_message(&desk, "b", "9", "0");
	expect_count(&desk, "sasl_username fred: 3 of 3 recipients in 1h\n");
	desk_end(&desk);
}
END_TEST

START_TEST(what_others_reserved_is_taken)
{
	struct desk desk;
	struct connection one = { &desk, NULL }, two = { &desk, NULL };

	desk_begin(&desk, 2);
	ck_assert(rcpt(&one, "a"));
	ck_assert(rcpt(&two, "b"));
	ck_assert(!rcpt(&one, "a"));
	ck_assert(!rcpt(&two, "b"));
	rates_leave(two.held);
	ck_assert_ptr_null(two.held);
	ck_assert(rcpt(&one, "a"));
	rates_leave(one.held);
	expect_count(&desk, "");
	desk_end(&desk);
}
END_TEST

START_TEST(another_message_on_the_connection_releases)
{
	struct desk desk;
	struct connection one = { &desk, NULL };

	desk_begin(&desk, 2);
	ck_assert(rcpt(&one, "a"));
	ck_assert(rcpt(&one, "a"));
	ck_assert(rcpt(&one, "b"));
	ck_assert(rcpt(&one, "b"));
	end_of_message(&desk, "a", "2", "0"); /* too late */
	expect_count(&desk, "");
	desk_end(&desk);
}
END_TEST

START_TEST(ten_minutes_without_a_recipient_release)
{
	struct desk desk;
	struct connection one = { &desk, NULL }, two = { &desk, NULL };

	desk_begin(&desk, 2);
	ck_assert(rcpt(&one, "a"));
	testing_now += 599;
	ck_assert(rcpt(&one, "a"));
	testing_now += 599;
	ck_assert(!rcpt(&two, "b"));
	testing_now += 1;
	ck_assert(rcpt(&two, "b"));
	ck_assert_ptr_null(one.held);
	desk_end(&desk);
}
END_TEST

START_TEST(a_clock_set_back_holds_no_reservation_for_ever)
{
	struct desk desk;
	struct connection one = { &desk, NULL }, two = { &desk, NULL };

	desk_begin(&desk, 1);
	testing_now += 365L * 86400;
	ck_assert(rcpt(&one, "a"));
	testing_now = NOW;
	ck_assert(!rcpt(&two, "b"));
	testing_now += 600;
	ck_assert(rcpt(&two, "b"));
	desk_end(&desk);
}
END_TEST

START_TEST(a_clock_set_back_ends_a_count_one_length_later)
{
	struct desk desk;
	struct connection one = { &desk, NULL };

	desk_begin(&desk, 1);
	desk.counts_now = true;
	testing_now += 365L * 86400;
	ck_assert(rcpt(&one, "a"));
	testing_now = NOW;
	ck_assert(!rcpt(&one, "b"));
	desk_restart(&desk);
	one.held = NULL;
	testing_now += HOUR;
	ck_assert(!rcpt(&one, "b"));
	testing_now += HOUR / 12;
	ck_assert(rcpt(&one, "b"));
	desk_end(&desk);
}
END_TEST

START_TEST(counts_over_a_restart)
{
	struct desk desk;
	struct connection one = { &desk, NULL };

	desk_begin(&desk, 2);
	ck_assert(rcpt(&one, "a"));
	end_of_message(&desk, "a", "1", "0");
	ck_assert(rcpt(&one, "b"));
	desk_restart(&desk);
	ck_assert_ptr_null(one.held);
	expect_count(&desk, "sasl_username fred: 1 of 2 recipients in 1h\n");
	desk_end(&desk);
}
END_TEST

START_TEST(no_more_at_the_seam_of_two_hours)
{
	struct desk desk;
	struct connection one = { &desk, NULL };
	char instance[32];
	long passed = 0, first = 0;

	desk_begin(&desk, 10);
	desk.counts_now = true;
	for (testing_now = NOW + HOUR - 10; testing_now < NOW + 3 * HOUR;
	     testing_now++) {
		snprintf(instance, sizeof instance, "%ld", testing_now);
		if (!rcpt(&one, instance))
			continue;
		if (++passed == 11) {
			ck_assert_int_ge(testing_now - first, HOUR);
			ck_assert_int_le(testing_now - first, HOUR + HOUR / 12);
		}
		if (first == 0)
			first = testing_now;
	}
	ck_assert_int_ge(passed, 20);
	desk_end(&desk);
}
END_TEST

START_TEST(waits_as_long_as_it_says)
{
	struct desk desk;
	struct connection one = { &desk, NULL };
	long wait;

	desk_begin(&desk, 1);
	desk.counts_now = true;
	testing_now += 123;
	ck_assert(rcpt(&one, "a"));
	wait = want(&one, "b", RATE_RECIPIENTS, 1, NULL);
	testing_now += wait - 1;
	ck_assert_int_eq(want(&one, "b", RATE_RECIPIENTS, 1, NULL), 1);
	testing_now += 1;
	ck_assert_int_eq(want(&one, "b", RATE_RECIPIENTS, 1, NULL), 0);
	desk_end(&desk);
}
END_TEST

START_TEST(a_message_counts_once)
{
	struct desk desk;
	struct connection one = { &desk, NULL };

	desk_begin(&desk, 2);
	for (int i = 0; i < 2; i++) {
		desk.counts_now = i == 1;
		for (int j = 0; j < 5; j++)
			ck_assert_int_eq(want(&one, i == 0 ? "a" : "b",
					     RATE_MESSAGES, 1, NULL),
			    0);
		end_of_message(&desk, i == 0 ? "a" : "b", "5", "0");
	}
	ck_assert_int_gt(want(&one, "c", RATE_MESSAGES, 1, NULL), 0);
	expect_count(&desk, "sasl_username fred: 2 of 2 messages in 1h\n");
	desk_end(&desk);
}
END_TEST

START_TEST(bytes_are_those_that_came)
{
	struct desk desk;
	struct connection one = { &desk, NULL };

	desk_begin(&desk, 1000);
	ck_assert_int_eq(want(&one, "a", RATE_BYTES, 800, NULL), 0);
	ck_assert_int_eq(want(&one, "a", RATE_BYTES, 900, NULL), 0);
	ck_assert_int_gt(want(&one, "a", RATE_BYTES, 1001, NULL), 0);
	end_of_message(&desk, "a", "1", "300");
	expect_count(&desk, "sasl_username fred: 300 of 1000 bytes in 1h\n");
	desk_end(&desk);
}
END_TEST

static long
meet(struct connection *connection, const char *instance, int recipient)
{
	char address[32];

	snprintf(address, sizeof address, "%d@example.org", recipient);
	return want(connection, instance, RATE_DISTINCT_RECIPIENTS, 1, address);
}

START_TEST(a_recipient_that_was_met_is_never_refused)
{
	struct desk desk;
	struct connection one = { &desk, NULL }, two = { &desk, NULL };

	desk_begin(&desk, 1000);
	for (int i = 0; i < 1000; i++) {
		const char *instance = i % 2 == 0 ? "a" : "b";

		desk.counts_now = i % 4 >= 2;
		ck_assert_int_eq(meet(&one, instance, i), 0);
		ck_assert_int_eq(meet(&one, instance, i), 0);
		ck_assert_int_eq(meet(&two, "c", i / 2), 0);
		end_of_message(&desk, instance, "1", "0");
		testing_now += i % 2;
	}
	end_of_message(&desk, "c", "1", "0");
	desk_restart(&desk);
	two.held = NULL;
	ck_assert_int_gt(meet(&two, "d", 1000), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(meet(&two, "d", i), 0);
	end_of_message(&desk, "d", "1000", "0");
	expect_count(&desk,
	    "sasl_username fred: 1000 of 1000 distinct recipients in 1h\n");
	desk_end(&desk);
}
END_TEST

START_TEST(recipients_are_forgotten_with_the_window)
{
	struct desk desk;
	struct connection one = { &desk, NULL };

	desk_begin(&desk, 2);
	desk.counts_now = true;
	ck_assert_int_eq(meet(&one, "a", 1), 0);
	testing_now += HOUR / 2;
	ck_assert_int_eq(meet(&one, "b", 2), 0);
	testing_now += HOUR / 2 + HOUR / 12;
	ck_assert_int_eq(meet(&one, "c", 3), 0); /* 1 is over */
	ck_assert_int_gt(meet(&one, "d", 1), 0);
	ck_assert_int_eq(meet(&one, "d", 2), 0); /* anew */
	testing_now += HOUR / 2;
	ck_assert_int_gt(meet(&one, "d", 1), 0);
	desk_end(&desk);
}
END_TEST

/* Returns how much it was. */
static size_t
reset(struct desk *desk, const char *value)
{
	const struct rate_query query = { .value = value };
	struct rate_report *report = rate_report_new(desk->state, &query);
	size_t n;

	while (rate_report_collect(report))
		;
	n = rate_report_forget(report);
	rate_report_free(report);
	return n;
}

START_TEST(reports_and_resets)
{
	struct desk desk;
	struct connection one = { &desk, NULL };
	const struct rate_query json = { .wants_json = true },
				top = { .top = 1 };
	struct strbuf out = { 0 };

	desk_begin(&desk, 100);
	desk.counts_now = true;
	ck_assert(rcpt(&one, "a"));
	ck_assert(rcpt(&one, "a"));
	ck_assert_int_eq(want(&one, "a", RATE_MESSAGES, 1, NULL), 0);
	tell(&desk, &json, &out);
	testing_eat(&out,
	    "[{\"key\":\"sasl_username\",\"value\":\"fred\","
	    "\"unit\":\"recipients\",\"limit\":100,\"window\":3600,"
	    "\"count\":2},"
	    "{\"key\":\"sasl_username\",\"value\":\"fred\","
	    "\"unit\":\"messages\",\"limit\":100,\"window\":3600,"
	    "\"count\":1}]\n");
	tell(&desk, &top, &out);
	testing_eat(&out, "sasl_username fred: 2 of 100 recipients in 1h\n");
	ck_assert_uint_eq(reset(&desk, "freda"), 0);
	ck_assert_uint_eq(reset(&desk, "Fred"), 2);
	expect_count(&desk, "");
	desk_end(&desk);
}
END_TEST

/* A figure of `policyctl state -j`, of rates. */
static unsigned long
figure(struct state *state, const char *name)
{
	struct strbuf out = { 0 };
	char *label = xasprintf("\"%s\":", name);
	const char *at;
	unsigned long number;

	state_describe_json(state, &out);
	at = strstr(strbuf_str(&out), "\"kind\":\"rates\"");
	number = strtoul(strstr(at, label) + strlen(label), NULL, 10);
	free(label);
	strbuf_free(&out);
	return number;
}

/* A limit that is no more in force is remembered until its time is over. */
START_TEST(windows_of_a_counter_are_one_record)
{
	const struct rate_limit limits[] = {
		{ .most = 300, .length = HOUR },
		{ .most = 1000, .length = 24 * HOUR },
	};
	const struct rate_counter counter = { RATE_RECIPIENTS,
		RATE_SASL_USERNAME, "fred", 0 };
	struct arena arena = { 0 };
	const struct state_key id = rate_counter_id(&counter, &arena);
	struct desk desk;

	desk_begin(&desk, 1);
	rate_counter_add(desk.state, &id, limits, 2, 200, testing_now);
	ck_assert_uint_eq(figure(desk.state, "entries"), 1);
	testing_now += HOUR / 2;
	rate_counter_add(desk.state, &id, &limits[1], 1, 300, testing_now);
	desk_restart(&desk);
	expect_count(&desk,
	    "sasl_username fred: 200 of 300 recipients in 1h\n"
	    "sasl_username fred: 500 of 1000 recipients in 1d\n");
	testing_now += HOUR;
	rate_counter_add(desk.state, &id, limits, 2, 1, testing_now);
	expect_count(&desk,
	    "sasl_username fred: 501 of 1000 recipients in 1d\n"
	    "sasl_username fred: 1 of 300 recipients in 1h\n");
	ck_assert_uint_eq(figure(desk.state, "entries"), 1);
	arena_free(&arena);
	desk_end(&desk);
}
END_TEST

#define MILLION    1000000
#define SWEPT_MOST 4096 /* in one turn of the loop */

/* In 160 MB, and when all expire together they go a few in each turn. */
START_TEST(a_million_windows_take_little_and_go_by_and_by)
{
	const struct rate_limit limit = { .most = 300, .length = HOUR };
	struct event_base *base = event_base_new();
	struct state *state;
	unsigned long before, now;

	testing_now = NOW;
	clock_set_source(testing_wall_clock);
	state =
	    state_new(base, "", 1000L * 1000 * 1000, state_kinds, STATE_KINDS);
	for (int i = 0; i < MILLION; i++) {
		char login[32];
		const struct rate_counter counter = { RATE_RECIPIENTS,
			RATE_SASL_USERNAME, login, 0 };
		struct arena arena = { 0 };
		struct state_key id;

		snprintf(login, sizeof login, "user%d@example.org", i);
		id = rate_counter_id(&counter, &arena);
		rate_counter_add(state, &id, &limit, 1, 1, NOW);
		arena_free(&arena);
	}
	ck_assert_uint_eq(figure(state, "entries"), MILLION);
	ck_assert_uint_le(figure(state, "bytes"), 160 * MILLION);
	testing_now += 2 * HOUR;
	before = MILLION;
	for (int turn = 0; turn < 10; turn++) {
		event_base_loop(base, EVLOOP_ONCE);
		now = figure(state, "entries");
		ck_assert_uint_le(before - now, SWEPT_MOST);
		before = now;
	}
	ck_assert_uint_lt(now, MILLION);
	state_free(state);
	event_base_free(base);
}
END_TEST

/* However much there is, nothing else waits for it. */
START_TEST(a_long_report_comes_in_short_pieces)
{
	const struct rate_query all = { 0 };
	struct desk desk;
	struct rate_report *report;
	struct strbuf out = { 0 };
	unsigned long long count, last = 10000;
	size_t nlines = 0;
	bool has_more = true;

	desk_begin(&desk, 100000);
	for (unsigned i = 0; i < 10000; i++) {
		struct rate_counter counter = { RATE_MESSAGES, RATE_SENDER,
			NULL, 0 };
		struct arena arena = { 0 };
		struct state_key id;

		counter.value = arena_printf(&arena, "%u@example.org", i);
		id = rate_counter_id(&counter, &arena);
		rate_counter_add(desk.state, &id, &desk.limit, 1, i * 7 % 10000,
		    NOW);
		arena_free(&arena);
	}
	report = rate_report_new(desk.state, &all);
	while (has_more) {
		size_t before = nlines;

		has_more = rate_report_next(report, &out);
		for (char *rest = out.bytes, *line;
		     (line = strsep(&rest, "\n")) != NULL && *line != '\0';
		     nlines++) {
			ck_assert_int_eq(sscanf(line, "%*s %*s %llu", &count),
			    1);
			ck_assert_uint_lt(count, last);
			last = count;
		}
		ck_assert_uint_le(nlines - before, 256);
		strbuf_free(&out);
	}
	ck_assert_uint_eq(nlines, 9999); /* one has counted nothing */
	rate_report_free(report);
	desk_end(&desk);
}
END_TEST

START_TEST(no_value_steers_a_terminal)
{
	const struct rate_counter counter = { RATE_MESSAGES, RATE_SENDER,
		"a\x1b[31m@x", 0 };
	const struct rate_query all = { 0 };
	struct strbuf out = { 0 };
	struct arena arena = { 0 };
	const struct state_key id = rate_counter_id(&counter, &arena);
	struct desk desk;

	desk_begin(&desk, 5);
	rate_counter_add(desk.state, &id, &desk.limit, 1, 2, NOW);
	arena_free(&arena);
	tell(&desk, &all, &out);
	testing_eat(&out, "sender a\\x1b[31m@x: 2 of 5 messages in 1h\n");
	desk_end(&desk);
}
END_TEST

START_TEST(an_order_without_an_instance_is_counted_at_once)
{
	struct desk desk;
	struct connection one = { &desk, NULL };

	desk_begin(&desk, 1);
	ck_assert(rcpt(&one, ""));
	ck_assert_ptr_null(one.held);
	ck_assert(!rcpt(&one, ""));
	desk_end(&desk);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rates");
	TCase *tcase = tcase_create("rates");

	tcase_add_test(tcase, reserves_and_commits_on_whatever_connection);
	tcase_add_test(tcase, what_others_reserved_is_taken);
	tcase_add_test(tcase, another_message_on_the_connection_releases);
	tcase_add_test(tcase, ten_minutes_without_a_recipient_release);
	tcase_add_test(tcase, a_clock_set_back_holds_no_reservation_for_ever);
	tcase_add_test(tcase, a_clock_set_back_ends_a_count_one_length_later);
	tcase_add_test(tcase, counts_over_a_restart);
	tcase_add_test(tcase, no_more_at_the_seam_of_two_hours);
	tcase_add_test(tcase, waits_as_long_as_it_says);
	tcase_add_test(tcase, a_message_counts_once);
	tcase_add_test(tcase, bytes_are_those_that_came);
	tcase_add_test(tcase, a_recipient_that_was_met_is_never_refused);
	tcase_add_test(tcase, recipients_are_forgotten_with_the_window);
	tcase_add_test(tcase, reports_and_resets);
	tcase_add_test(tcase, windows_of_a_counter_are_one_record);
	tcase_add_test(tcase, a_million_windows_take_little_and_go_by_and_by);
	tcase_add_test(tcase, a_long_report_comes_in_short_pieces);
	tcase_add_test(tcase, no_value_steers_a_terminal);
	tcase_add_test(tcase, an_order_without_an_instance_is_counted_at_once);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
