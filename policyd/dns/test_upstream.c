#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>

#include <event2/event.h>
#include <unbound.h>
#include <unbound-event.h>

#include "resolver.h"
#include "testing_clock.h"
#include "testing_log.h"
#include "upstream.h"

/* The soft limit of descriptors while a test runs. */
static struct rlimit before;

static void
setup(void)
{
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
}

static void
teardown(void)
{
	setrlimit(RLIMIT_NOFILE, &before);
}

START_TEST(fewer_questions_are_open_where_descriptors_are_short)
{
	static const struct {
		rlim_t descriptors;
		size_t open_max; /* of 10000 that are wanted */
	} cases[] = {
		{ 20000, 10000 },
		{ 11500, 10000 },
		{ 11499, 9999 },
		{ 4096, 2596 },
		{ 3000, 1500 },
		{ 1024, 512 },
		{ 100, 64 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rlimit limit = { cases[i].descriptors, before.rlim_max };

		if (limit.rlim_cur > limit.rlim_max)
			continue; /* nor may the daemon have them here */
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
		ck_assert_uint_eq(upstream_open_max(10000), cases[i].open_max);
	}
}
END_TEST

START_TEST(is_not_there_before_somebody_asks)
{
	const struct resolver_options options = { "127.0.0.1", 50, 1 << 20 };
	struct event_base *base = event_base_new();
	size_t large = mallinfo2().hblkhd; /* bytes */
	struct strbuf err = { 0 };
	struct resolver *resolver = resolver_new(base, &options, &err);

	ck_assert_int_eq(resolver_configure(resolver, &options, &err), 0);
	ck_assert_int_eq(resolver_flush(resolver, NULL, &err), 0);
	resolver_forget(resolver, "b.test", DNS_A);
	ck_assert_uint_eq(mallinfo2().hblkhd, large);
	resolver_free(resolver);
	event_base_free(base);
}
END_TEST

static bool is_short; /* memory, when the library starts */

/* In place of that of libunbound. */
struct ub_ctx *
ub_ctx_create_event(struct event_base *base)
{
	struct ub_ctx *(*create)(struct event_base *);

	if (is_short)
		return NULL;
	*(void **)&create = dlsym(RTLD_NEXT, "ub_ctx_create_event");
	return create(base);
}

static void
on_answer(void *arg, const struct dns_answer *answer)
{
	*(unsigned *)arg += answer->status == DNS_FAILED;
}

/* So many questions that fail at once. */
static void
ask_in_vain(struct resolver *resolver, struct event_base *base, unsigned wanted)
{
	unsigned failed = 0;

	for (unsigned i = 0; i < wanted; i++) {
		char name[32];

		snprintf(name, sizeof name, "%u.test", i);
		resolver_ask(resolver, name, DNS_A, on_answer, &failed);
		while (failed == i)
			event_base_loop(base, EVLOOP_ONCE);
	}
}

START_TEST(says_once_a_minute_that_it_does_not_start)
{
	const struct resolver_options options = { "127.0.0.1@1", 50, 1 << 20 };
	struct event_base *base = event_base_new();
	struct strbuf err = { 0 };
	struct resolver *resolver;
	unsigned failed = 0;

	testing_clock_begin();
	testing_log_begin("test");
	resolver = resolver_new(base, &options, &err);
	is_short = true;
	ask_in_vain(resolver, base, 5);
	ck_assert_uint_eq(testing_log_count("error: "), 1);
	ck_assert_uint_eq(testing_log_count("failed so: 1\n"), 1);
	testing_clock_pass(60000);
	ask_in_vain(resolver, base, 3);
	ck_assert_uint_eq(testing_log_count("error: "), 2);
	ck_assert_uint_eq(testing_log_count("failed so: 6\n"), 1);
	is_short = false;
	resolver_ask(resolver, "x.test", DNS_A, on_answer, &failed);
	while (testing_log_count("failed before: 8\n") == 0)
		event_base_loop(base, EVLOOP_ONCE);
	resolver_free(resolver);
	testing_log_end();
	event_base_free(base);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("upstream");
	TCase *tc = tcase_create("upstream");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
	    fewer_questions_are_open_where_descriptors_are_short);
	tcase_add_test(tc, is_not_there_before_somebody_asks);
	tcase_add_test(tc, says_once_a_minute_that_it_does_not_start);
	return testing_run(suite);
}
