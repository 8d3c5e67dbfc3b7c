#include <malloc.h>
#include <sys/resource.h>

#include <event2/event.h>

#include "resolver.h"
#include "testing.h"
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
	return testing_run(suite);
}
