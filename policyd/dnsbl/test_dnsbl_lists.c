/*
 * Which lists there are.
 */
#include "testing_dnsbl.h"

START_TEST(a_zone_and_a_kind_are_one_list_however_written)
{
	struct dnsbl_list *list, *same, *other;

	start();
	list = dnsbl_list_hold(dnsbls, "bl.test", DNSBL_IP4);
	same = dnsbl_list_hold(dnsbls, "BL.Test.", DNSBL_IP4);
	other = dnsbl_list_hold(dnsbls, "bl.test", DNSBL_IP6);
	ck_assert_ptr_eq(list, same);
	ck_assert_ptr_ne(list, other);
	ck_assert_str_eq(list->zone, "bl.test");
	dnsbl_list_release(dnsbls, same);
	ck_assert_ptr_eq(TAILQ_FIRST(&dnsbls->lists), list);
	dnsbl_list_release(dnsbls, list); /* the last who uses it */
	ck_assert_ptr_eq(TAILQ_FIRST(&dnsbls->lists), other);
	dnsbl_list_release(dnsbls, other);
	ck_assert(TAILQ_EMPTY(&dnsbls->lists));
}
END_TEST

START_TEST(lists_are_numbered_anew_when_one_goes)
{
	struct dnsbl_list *first, *second;

	start();
	first = dnsbl_list_hold(dnsbls, "a.test", DNSBL_IP4);
	second = dnsbl_list_hold(dnsbls, "b.test", DNSBL_IP4);
	ck_assert_uint_eq(second->number, 1);
	dnsbl_list_release(dnsbls, first);
	ck_assert_uint_eq(second->number, 0);
	dnsbl_list_release(dnsbls, second);
}
END_TEST

START_TEST(untested_are_named_in_any_spelling)
{
	static const char *const values[] = { "bl.test", "a.test, BL.TEST",
		"bl.test. b.test", "a.test\n\tbl.test" };
	struct dnsbl_list *list;

	start();
	list = dnsbl_list_hold(dnsbls, "bl.test", DNSBL_IP4);
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		options.untested = values[i];
		dnsbls_configure(dnsbls, &dns, &options);
		ck_assert_int_eq(list->health.state, DNSBL_UNWATCHED);
		options.untested = "l.test test bl.testing";
		dnsbls_configure(dnsbls, &dns, &options);
		ck_assert_int_eq(list->health.state, DNSBL_UNTESTED);
	}
	dnsbl_list_release(dnsbls, list);
}
END_TEST

START_TEST(what_a_reload_does_not_change_stays)
{
	struct dnsbl_list *list;

	start();
	list = dnsbl_list_hold(dnsbls, "bl.test", DNSBL_IP4);
	event_base_loop(base, EVLOOP_NONBLOCK); /* its first test */
	ck_assert_int_eq(list->health.state, DNSBL_OK);
	dnsbls_configure(dnsbls, &dns, &options);
	ck_assert_int_eq(list->health.state, DNSBL_OK);
	dnsbl_list_release(dnsbls, list);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_lists");
	TCase *tc = tcase_create("dnsbl_lists");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_zone_and_a_kind_are_one_list_however_written);
	tcase_add_test(tc, lists_are_numbered_anew_when_one_goes);
	tcase_add_test(tc, untested_are_named_in_any_spelling);
	tcase_add_test(tc, what_a_reload_does_not_change_stays);
	return testing_run(suite);
}
