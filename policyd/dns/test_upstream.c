#include <sys/resource.h>

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

int
main(void)
{
	Suite *suite = suite_create("upstream");
	TCase *tc = tcase_create("upstream");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
	    fewer_questions_are_open_where_descriptors_are_short);
	return testing_run(suite);
}
