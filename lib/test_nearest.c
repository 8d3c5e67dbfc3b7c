#include <string.h>

#include "testing.h"
#include "nearest.h"

static const char *
hint(const char *word)
{
	static const char *const names[] = { "stats", "lists", "help", "log",
		"reject_unknown_client_hostname",
		"reject_unknown_sender_domain" };
	struct nearest n;

	nearest_init(&n, word);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		nearest_offer(&n, names[i]);
	return nearest_hint(&n);
}

START_TEST(names_the_nearest)
{
	static const struct {
		const char *word, *hint;
	} cases[] = {
		{ "stat", ", did you mean stats?" },
		{ "sttas", ", did you mean stats?" },
		{ "HELP", ", did you mean help?" },
		{ "hepl", ", did you mean help?" },
		{ "reject_unknown_clinet_hostnam",
		    ", did you mean reject_unknown_client_hostname?" },
		{ "reject_unkown_sender_domain",
		    ", did you mean reject_unknown_sender_domain?" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_str_eq(hint(cases[i].word), cases[i].hint);
}
END_TEST

START_TEST(is_silent_when_nothing_is_near)
{
	static const char *const words[] = { "", "x", "lo9gs0",
		"permit_mynetworks", "restart" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		ck_assert_str_eq(hint(words[i]), "");
}
END_TEST

START_TEST(keeps_the_first_of_equally_near_names)
{
	struct nearest n;

	nearest_init(&n, "cat");
	nearest_offer(&n, "cut");
	nearest_offer(&n, "cap");
	ck_assert_str_eq(n.best, "cut");
	ck_assert_uint_eq(n.distance, 1);
}
END_TEST

START_TEST(knows_a_name_by_another)
{
	struct nearest n;

	nearest_init(&n, "suspnd");
	nearest_offer(&n, "user suspend");
	ck_assert_ptr_null(n.best);
	nearest_offer_as(&n, "suspend", "user suspend");
	ck_assert_str_eq(nearest_hint(&n), ", did you mean user suspend?");
}
END_TEST

START_TEST(bears_names_of_any_length)
{
	char word[1000];
	struct nearest n;

	memset(word, 'a', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	nearest_init(&n, word);
	nearest_offer(&n, word);
	ck_assert_ptr_null(n.best);
	word[127] = '\0';
	nearest_offer(&n, word);
	ck_assert_uint_eq(strlen(nearest_hint(&n)),
	    strlen(", did you mean ?") + 127);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("nearest");
	TCase *tc = tcase_create("nearest");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, names_the_nearest);
	tcase_add_test(tc, is_silent_when_nothing_is_near);
	tcase_add_test(tc, keeps_the_first_of_equally_near_names);
	tcase_add_test(tc, knows_a_name_by_another);
	tcase_add_test(tc, bears_names_of_any_length);
	return testing_run(suite);
}
