#include <stdio.h>

#include <event2/event.h>

#include "rate_counter.h"
#include "testing_state.h"
#include "top_logins.h"

#define NOW  1700000100
#define HOUR 3600

struct desk {
	struct event_base *base;
	char *dir, *path;
	struct state *state;
	struct top_logins *top;
};

static void
desk_begin(struct desk *desk)
{
	testing_now = NOW;
	clock_set_source(testing_wall_clock);
	desk->base = event_base_new();
	desk->dir = testing_make_dir();
	desk->path = xasprintf("%s/state.gdbm", desk->dir);
	desk->state = state_new(desk->base, desk->path, 64 * 1024 * 1024,
	    state_kinds, STATE_KINDS);
	desk->top = top_logins_new(desk->base, desk->state);
}

static void
desk_end(struct desk *desk)
{
	top_logins_free(desk->top);
	state_free(desk->state);
	event_base_free(desk->base);
	free(desk->path);
	testing_remove_dir(desk->dir);
}

/* Count so many messages of 1000 in an hour. */
static void
count(struct desk *desk, enum rate_key key, const char *value, uint64_t amount)
{
	const struct rate_limit limit = { .most = 1000, .length = HOUR };
	const struct rate_counter counter = { RATE_MESSAGES, key, value, 0 };
	struct arena arena = { 0 };
	const struct state_key id = rate_counter_id(&counter, &arena);

	rate_counter_add(desk->state, &id, &limit, 1, amount, NOW);
	arena_free(&arena);
}

static void
count_user(struct desk *desk, unsigned i, uint64_t amount)
{
	char *login = xasprintf("user%u@example.org", i);

	count(desk, RATE_SASL_USERNAME, login, amount);
	free(login);
}

static void
add_metrics(struct desk *desk, struct strbuf *out)
{
	struct metrics metrics = { .out = out, .program = "x" };

	top_logins_metrics(desk->top, &metrics);
}

/* Look for so many.  Returns how often the loop had its turn meanwhile. */
static size_t
look(struct desk *desk, size_t wanted, struct strbuf *out)
{
	size_t turns = 0;

	top_logins_want(desk->top, wanted);
	while (out->len == 0) {
		event_base_loop(desk->base, EVLOOP_ONCE);
		turns++;
		add_metrics(desk, out);
	}
	return turns;
}

#define HEAD                                                                   \
	"# HELP sekisho_x_user_limit_used_ratio What a login has used of a "   \
	"rate limit.\n"                                                        \
	"# TYPE sekisho_x_user_limit_used_ratio gauge\n"

#define METRIC(user, ratio)                                                    \
	"sekisho_x_user_limit_used_ratio{user=\"" user                         \
	"\",unit=\"messages\",window=\"1h\"} " ratio "\n"

START_TEST(finds_the_nearest_of_many_a_few_at_a_time)
{
	struct strbuf out = { 0 };
	struct desk desk;

	desk_begin(&desk);
	for (unsigned i = 0; i < 10000; i++)
		count_user(&desk, i, i * 7 % 900);
	count_user(&desk, 3, 950);
	count_user(&desk, 9998, 960);
	ck_assert_uint_ge(look(&desk, 2, &out), 5);
	testing_eat(&out,
	    HEAD METRIC("user3@example.org", "0.971")
		METRIC("user9998@example.org", "1.646"));
	desk_end(&desk);
}
END_TEST

START_TEST(tells_of_logins_that_sent_and_of_nobody_else)
{
	struct strbuf out = { 0 };
	struct desk desk;

	desk_begin(&desk);
	count(&desk, RATE_SENDER, "a@example.org", 100);
	count(&desk, RATE_SASL_USERNAME, "idle", 0);
	count(&desk, RATE_SASL_USERNAME, "a\x1b\"b", 10);
	look(&desk, 20, &out);
	testing_eat(&out, HEAD METRIC("a\\\\x1b\\\"b", "0.01"));
	desk_end(&desk);
}
END_TEST

static int
events(const struct desk *desk)
{
	return event_base_get_num_events(desk->base, EVENT_BASE_COUNT_ADDED);
}

START_TEST(looks_at_nothing_unless_asked)
{
	struct strbuf out = { 0 };
	struct desk desk;
	int others;

	desk_begin(&desk);
	count_user(&desk, 1, 10);
	others = events(&desk);
	top_logins_want(desk.top, 20);
	ck_assert_int_eq(events(&desk), others + 1);
	look(&desk, 20, &out);
	strbuf_free(&out);
	top_logins_want(desk.top, 0);
	add_metrics(&desk, &out);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_int_le(events(&desk), others);
	desk_end(&desk);
}
END_TEST

START_TEST(looks_again_when_it_has_seen_all)
{
	struct strbuf out = { 0 };
	struct desk desk;
	int waiting;

	desk_begin(&desk);
	count_user(&desk, 1, 10);
	look(&desk, 20, &out);
	waiting = events(&desk);
	top_logins_want(desk.top, 0);
	ck_assert_int_eq(events(&desk), waiting - 1);
	strbuf_free(&out);
	desk_end(&desk);
}
END_TEST

/* An administrator forgets what was counted. */
static void
forget_user(struct desk *desk, unsigned i)
{
	struct arena arena = { 0 };
	const struct rate_counter counter = { RATE_MESSAGES, RATE_SASL_USERNAME,
		arena_printf(&arena, "user%u@example.org", i), 0 };
	const struct state_key id = rate_counter_id(&counter, &arena);

	ck_assert(state_forget(desk->state, STATE_RATES, id.bytes, id.len));
	arena_free(&arena);
}

static size_t
times_told(const struct strbuf *out, unsigned user)
{
	char *name = xasprintf("\"user%u@", user);
	size_t n = 0;

	for (const char *at = out->bytes; (at = strstr(at, name)) != NULL; at++)
		n++;
	free(name);
	return n;
}

/* Prometheus takes no metric twice, though what was seen comes anew. */
START_TEST(a_counter_is_there_once_while_the_state_grows)
{
	struct strbuf out = { 0 };
	struct desk desk;

	desk_begin(&desk);
	for (unsigned i = 0; i < 5000; i++)
		count_user(&desk, i, i % 100 == 0 ? 500 : 10);
	top_logins_want(desk.top, 100);
	event_base_loop(desk.base, EVLOOP_ONCE);
	for (unsigned i = 5000; i < 50000; i++)
		count_user(&desk, i, 10);
	for (unsigned i = 0; i < 5000; i += 100) {
		forget_user(&desk, i);
		count_user(&desk, i, 500);
	}
	look(&desk, 100, &out);
	for (unsigned i = 0; i < 5000; i += 100)
		ck_assert_uint_le(times_told(&out, i), 1);
	strbuf_free(&out);
	desk_end(&desk);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("top_logins");
	TCase *tcase = tcase_create("top_logins");

	tcase_add_test(tcase, finds_the_nearest_of_many_a_few_at_a_time);
	tcase_add_test(tcase, tells_of_logins_that_sent_and_of_nobody_else);
	tcase_add_test(tcase, looks_at_nothing_unless_asked);
	tcase_add_test(tcase, looks_again_when_it_has_seen_all);
	tcase_add_test(tcase, a_counter_is_there_once_while_the_state_grows);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
