#include "testing.h"
#include "testing_clock.h"

START_TEST(all_of_it_comes_from_the_source)
{
	testing_clock_begin();
	testing_clock_pass(5250);
	ck_assert_int_eq(clock_now(), 6);
	ck_assert_int_eq(clock_ms(), 6250);
	ck_assert_int_eq(clock_coarse_ms(), 6250);
	ck_assert_int_eq(clock_us(), 6250000);
	ck_assert_double_eq(clock_cpu_seconds(), 6.25);
	testing_clock_fly(50);
	ck_assert_int_eq(clock_ms(), 6250);
	ck_assert_int_eq(clock_ms(), 6300);
}
END_TEST

START_TEST(the_source_is_the_system)
{
	long before = clock_ms();

	ck_assert_int_ge(clock_ms(), before);
	ck_assert_int_ge(clock_us() / 1000, before);
	ck_assert_int_ge(clock_now(), 1700000000);
	ck_assert_double_ge(clock_cpu_seconds(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("clock");
	TCase *tc = tcase_create("clock");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, the_source_is_the_system);
	tcase_add_test(tc, all_of_it_comes_from_the_source);
	return testing_run(suite);
}
