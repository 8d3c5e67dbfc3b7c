#include <stdio.h>
#include <string.h>

#include "testing.h"
#include "dnsbl_unlisted.h"

static struct dnsbl_unlisted *unlisted;

static void
setup(void)
{
	unlisted = dnsbl_unlisted_new();
	dnsbl_unlisted_clear(unlisted, 3);
}

static void
teardown(void)
{
	dnsbl_unlisted_free(unlisted);
}

static void
put(const char *label, size_t list, uint64_t now, unsigned ttl)
{
	dnsbl_unlisted_put(unlisted, DNSBL_IP4, label, list, now, ttl);
}

static bool
has(const char *label, size_t list, uint64_t now)
{
	return dnsbl_unlisted_has(unlisted, DNSBL_IP4, label, list, now);
}

START_TEST(knows_what_was_said_of_each_label_by_each_list)
{
	put("4.3.2.1", 1, 1000, 60);
	ck_assert(has("4.3.2.1", 1, 1000));
	ck_assert(!has("4.3.2.1", 0, 1000));
	ck_assert(!has("4.3.2.2", 1, 1000));
	ck_assert(
	    !dnsbl_unlisted_has(unlisted, DNSBL_NAME, "4.3.2.1", 1, 1000));
	put("4.3.2.2", 0, 1000, 60);
	ck_assert(has("4.3.2.1", 1, 1000));
	ck_assert(has("4.3.2.2", 0, 1000));
}
END_TEST

START_TEST(forgets_when_its_time_is_over)
{
	put("4.3.2.1", 0, 1000, 60);
	put("4.3.2.1", 1, 1000, 10);
	put("4.3.2.1", 2, 1000, 0);
	ck_assert(has("4.3.2.1", 0, 60999));
	ck_assert(!has("4.3.2.1", 0, 61000));
	ck_assert(!has("4.3.2.1", 1, 11000));
	ck_assert(!has("4.3.2.1", 2, 1000));
	put("4.3.2.1", 0, 1000, 100000000);
	ck_assert(!has("4.3.2.1", 0, 1000 + DNSBL_UNLISTED_MS));
}
END_TEST

START_TEST(keeps_a_bounded_number_of_lists_and_labels)
{
	char label[DNSBL_LABEL_SIZE], longest[300];

	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	put(longest, 0, 1000, 60);
	ck_assert(!has(longest, 0, 1000));
	put("4.3.2.1", 3, 1000, 60);
	ck_assert(!has("4.3.2.1", 3, 1000));
	put("0", 0, 1000, 60);
	for (unsigned i = 1; i < 200000; i++) {
		snprintf(label, sizeof label, "%u", i);
		put(label, 0, 1000, 60);
	}
	ck_assert(has(label, 0, 1000));
	ck_assert(!has("0", 0, 1000));
	dnsbl_unlisted_clear(unlisted, 1000);
	ck_assert(!has(label, 0, 1000));
	put(label, DNSBL_UNLISTED_LISTS, 1000, 60);
	ck_assert(!has(label, DNSBL_UNLISTED_LISTS, 1000));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_unlisted");
	TCase *tc = tcase_create("dnsbl_unlisted");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, knows_what_was_said_of_each_label_by_each_list);
	tcase_add_test(tc, forgets_when_its_time_is_over);
	tcase_add_test(tc, keeps_a_bounded_number_of_lists_and_labels);
	return testing_run(suite);
}
