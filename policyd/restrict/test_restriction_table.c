/*
 * The table of restrictions: what is wrong in lists of them, and its rows.
 */
#include <string.h>

#include "mem.h"
#include "restriction_table.h"
#include "testing_policy.h"

#define CLIENTS(list)   "smtpd_client_restrictions = " list "\n"
#define RECIPIENT(list) "smtpd_recipient_restrictions = " list "\n"

struct mistake {
	const char *config, *error;
};

static const struct mistake mistakes[] = {
	{ CLIENTS("reject_rbl_clint bl.example"),
	    "unknown restriction reject_rbl_clint, did you mean "
	    "reject_rbl_client? (policyd.cf(5) lists all)\n" },
	{ CLIENTS("reject_rbl_client"), "ZONE[=FILTER] is missing behind it" },
	{ CLIENTS("reject_rbl_client, reject"),
	    "ZONE[=FILTER] is missing behind it" },
	{ CLIENTS("smtpd_helo_restrictions"),
	    "smtpd_helo_restrictions is a list, not a restriction" },
	{ CLIENTS("check_client_access"), "TYPE:NAME is missing behind it" },
	{ RECIPIENT("reject_unverified_recipient"),
	    "only Postfix can probe an address: keep it in main.cf" },
	{ RECIPIENT("check_policy_service unix:private/x, permit"),
	    "one policy service does not ask another: keep it in main.cf" },
	{ "smtpd_data_restrictions = inline:{{a=b}}\n",
	    "a table needs a check_*_access before it here" },
	{ CLIENTS("check_client_access mysql:/etc/x"), "mysql" },
	{ "smtpd_client_restriction = permit\n", "smtpd_client_restrictions" },
	{ "reject_code = 250\n", "reject_code" },
	{ "default_rbl_reply = 554 $nosuch\n",
	    ":2: default_rbl_reply: unknown name \"nosuch\"\n" },
	{ "default_rbl_reply = 554 ${rbl_reason\n",
	    ":2: default_rbl_reply: a bracket is not closed\n" },
};

START_TEST(says_what_is_wrong)
{
	char *errors = testing_policy_errors(mistakes[_i].config);

	ck_assert_msg(strstr(errors, mistakes[_i].error) != NULL, "%s", errors);
	free(errors);
}
END_TEST

START_TEST(says_all_that_is_wrong)
{
	char *errors = testing_policy_errors(
	    CLIENTS("foo, bar") RECIPIENT("permit_inet_interfaces"));

	ck_assert_ptr_nonnull(strstr(errors, ":2: unknown restriction foo"));
	ck_assert_ptr_nonnull(strstr(errors, ":2: unknown restriction bar"));
	ck_assert_ptr_nonnull(strstr(errors, ":3: permit_inet_interfaces"));
	free(errors);
}
END_TEST

START_TEST(describes_every_restriction)
{
	for (size_t i = 0; i < restriction_table.n; i++) {
		const struct restriction *row = &restriction_table.rows[i];

		ck_assert_ptr_eq(
		    restriction_find(&restriction_table, row->name), row);
		ck_assert((row->doc != NULL) != (row->refusal != NULL));
		ck_assert(row->refusal == NULL || row->eval == NULL);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("restriction_table");
	TCase *tcase = tcase_create("restriction_table");

	tcase_add_loop_test(tcase, says_what_is_wrong, 0,
	    sizeof mistakes / sizeof mistakes[0]);
	tcase_add_test(tcase, says_all_that_is_wrong);
	tcase_add_test(tcase, describes_every_restriction);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
