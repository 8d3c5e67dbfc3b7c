#include "testing.h"
#include "date.h"

START_TEST(reads_what_administrators_write)
{
	static const struct {
		const char *text;
		time_t date;
	} cases[] = {
		{ "never", 0 },
		{ "now", 1000 },
		{ "+30d", 1000 + 30 * 86400 },
		{ "+90s", 1090 },
		{ "2027-01-31", 1801353600 },
		{ "2027-01-31T18:00", 1801418400 },
		{ "2027-01-31T18:00Z", 1801418400 },
		{ "2027-01-31T18:00:30", 1801418430 },
		{ "2027-01-31T18:00:30Z", 1801418430 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf err = { 0 };
		time_t date = -1;

		ck_assert_msg(date_parse(cases[i].text, 1000, &date, &err) == 0,
		    "%s", cases[i].text);
		ck_assert_int_eq(date, cases[i].date);
	}
}
END_TEST

START_TEST(refuses_what_is_no_date)
{
	static const char *const texts[] = { "", "tomorrow", "2027",
		"2027-13-01", "2027-02-30", "2027-01-31 18:00", "1969-12-31",
		"+", "+x", "-1d", "30d", "2027-01-31T18:00:30+02:00" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct strbuf err = { 0 };
		time_t date;

		ck_assert_msg(date_parse(texts[i], 1000, &date, &err) == -1,
		    "%s", texts[i]);
		ck_assert_uint_gt(err.len, 0);
		strbuf_free(&err);
	}
}
END_TEST

START_TEST(prints_what_it_reads)
{
	struct strbuf out = { 0 };

	date_add(&out, 1801418430);
	testing_eat(&out, "2027-01-31T18:00:30Z");
	date_add(&out, 0);
	testing_eat(&out, "never");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("date");
	TCase *tc = tcase_create("date");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, reads_what_administrators_write);
	tcase_add_test(tc, refuses_what_is_no_date);
	tcase_add_test(tc, prints_what_it_reads);
	return testing_run(suite);
}
