/* Tests of doctor.c. */
#include "testing.h"
#include "doctor.h"

static struct strbuf out, err;

static void
finds(struct doctor *doctor)
{
	doctor_fix(doctor, "type %d", 1);
	doctor_found(doctor, "a \"thing\" is wrong");
	doctor_fix(doctor, "type 1");
	doctor_found(doctor, "the same, seen elsewhere");
	doctor_fix(doctor, "type 2");
	doctor_found(doctor, "another");
}

static void
skips(struct doctor *doctor)
{
	doctor_fix(doctor, "what is not used is forgotten");
	doctor_skip(doctor, "no way to look");
}

static const struct doctor_row rows[] = {
	{ DOCTOR_WARNING, "skips", skips },
	{ DOCTOR_FAULT, "finds", finds },
};

START_TEST(says_each_fix_once)
{
	struct doctor doctor = { 0 };

	doctor_run(&doctor, rows, 2);
	ck_assert_int_eq(doctor_print(&doctor, false, &out, &err), 1);
	testing_eat(&out,
	    "fault finds: a \"thing\" is wrong; fix: type 1\n"
	    "fault finds: another; fix: type 2\n");
	testing_eat(&err, "not checked: skips: no way to look\n");
	ck_assert_int_eq(doctor_print(&doctor, true, &out, &err), 1);
	testing_eat(&out,
	    "[{\"severity\":\"fault\",\"id\":\"finds\",\"what\":\"a "
	    "\\\"thing\\\" is wrong\",\"fix\":\"type 1\"},{\"severity\":"
	    "\"fault\",\"id\":\"finds\",\"what\":\"another\",\"fix\":\"type "
	    "2\"}]\n");
	strbuf_free(&err);
	doctor_free(&doctor);
}
END_TEST

START_TEST(says_that_there_is_nothing)
{
	struct doctor doctor = { 0 };

	doctor_run(&doctor, rows, 1);
	ck_assert_int_eq(doctor_print(&doctor, false, &out, &err), 0);
	testing_eat(&out, "no faults found\n");
	ck_assert_int_eq(doctor_print(&doctor, true, &out, &err), 0);
	testing_eat(&out, "[]\n");
	strbuf_free(&err);
	doctor_free(&doctor);
}
END_TEST

START_TEST(quotes_for_a_shell)
{
	doctor_quote(&out, "private/x=1");
	testing_eat(&out, "private/x=1");
	doctor_quote(&out, "a = 'b' $c");
	testing_eat(&out, "'a = '\\''b'\\'' $c'");
	doctor_quote(&out, "");
	testing_eat(&out, "''");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("doctor");
	TCase *tc = tcase_create("doctor");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, says_each_fix_once);
	tcase_add_test(tc, says_that_there_is_nothing);
	tcase_add_test(tc, quotes_for_a_shell);
	return testing_run(suite);
}
