/*
 * Who is listed: tables of recipients, as far as t/74-unlisted.t cannot tell.
 */
#include <stdlib.h>
#include <string.h>

#include "testing_policy.h"

#define HOME                                                                   \
	"myorigin = home.example\nmydestination = home.example\n"              \
	"virtual_mailbox_domains = box.example\n"                              \
	"recipient_delimiter = +\n"
#define LISTED "smtpd_recipient_restrictions = reject_unlisted_recipient\n"
#define MAIL   "protocol_state=RCPT client_address=192.0.2.1 sender=a@b.example "

#define ALIASES "proxy:mysql:/aliases"
#define BOXES   "proxy:mysql:/boxes"
#define ROUTES  "proxy:mysql:/routes"
#define BROKEN  "proxy:mysql:/broken"

static const struct testing_fact facts[] = {
	{ ALIASES " info@box.example", "ann@box.example" },
	{ BOXES " ann@box.example", "box.example/ann/" },
	{ BROKEN " ann@box.example", "fail" },
	{ BROKEN " @box.example", "fail" },
	{ "1.2.0.192.bl.example", "" },
	{ NULL, NULL },
};

static const struct {
	const char *config, *request, *action;
} decisions[] = {
	/* a table's answer comes too late to have other tables read */
	{ "smtpd_recipient_restrictions = check_recipient_access "
	  "inline:{{box.example=reject_unlisted_recipient}}",
	    MAIL "recipient=ann@box.example",
	    "451 4.3.5 Server configuration error" },
	{ "smtpd_recipient_restrictions = check_recipient_access "
	  "inline:{{box.example=reject_unlisted_recipient}}, listed\n"
	  "smtpd_restriction_classes = listed\n"
	  "listed = reject_unlisted_recipient\n"
	  "virtual_mailbox_maps = " BOXES,
	    MAIL "recipient=bob@box.example",
	    "550 5.1.1 <bob@box.example>: Recipient address rejected: User "
	    "unknown in virtual mailbox table" },
	/* what is found before does not ask */
	{ LISTED "virtual_alias_maps = inline:{ann@box.example=x}, " BROKEN,
	    MAIL "recipient=ann@box.example", "DUNNO" },
	{ LISTED "virtual_alias_maps = inline:{@box.example=x}, " BROKEN,
	    MAIL "recipient=bob@box.example", "DUNNO" },
	{ LISTED "virtual_alias_maps = inline:{@box.example=x}, " BROKEN,
	    MAIL "recipient=ann@box.example",
	    "451 4.3.0 <ann@box.example>: Temporary lookup failure" },
	{ LISTED "transport_maps = inline:{box.example=error:}\n"
		 "relocated_maps = " BROKEN,
	    MAIL "recipient=ann@box.example",
	    "451 4.3.0 <ann@box.example>: Temporary lookup failure" },
	/* an empty value is another failure, but not where transports are */
	{ LISTED "virtual_alias_maps = inline:{ann@box.example=}",
	    MAIL "recipient=ann@box.example",
	    "451 4.3.5 Server configuration error" },
	{ LISTED "transport_maps = inline:{ann@box.example=}",
	    MAIL "recipient=ann@box.example",
	    "451 4.3.0 <ann@box.example>: Temporary lookup failure" },
	{ LISTED "local_transport =", MAIL "recipient=ann@home.example",
	    "451 4.3.0 <ann@home.example>: Temporary lookup failure" },
	/* expressions see a transport's address as it is written */
	{ LISTED "transport_maps = pcre:{{/^Bob@/i error:capital}}\n"
		 "virtual_mailbox_maps = pcre:{{/^bob@/i x}}",
	    MAIL "recipient=bob@box.example", "DUNNO" },
	{ LISTED "transport_maps = pcre:{{/^Bob@/i error:capital}}",
	    MAIL "recipient=Bob@box.example",
	    "550 5.1.1 <Bob@box.example>: Recipient address rejected: "
	    "capital" },
	{ LISTED "relocated_maps = pcre:{{/^(.*)@/ $$1@new.example}}",
	    MAIL "recipient=Bob@box.example",
	    "550 5.1.6 <Bob@box.example>: Recipient address rejected: User has "
	    "moved to Bob@new.example" },
	/* nobody to speak of */
	{ LISTED, MAIL "recipient=", "DUNNO" },
	{ "smtpd_sender_restrictions = reject_unlisted_sender",
	    "protocol_state=RCPT client_address=192.0.2.1 sender= "
	    "recipient=a@home.example",
	    "DUNNO" },
};

START_TEST(decides_as_postfix)
{
	testing_policy_check(HOME, decisions[_i].config, facts,
	    decisions[_i].request, decisions[_i].action);
}
END_TEST

START_TEST(all_tables_are_asked_at_once)
{
	struct testing_policy *testing = testing_policy_new(HOME
	    "smtpd_recipient_restrictions = reject_unlisted_recipient, "
	    "reject_rbl_client bl.example\n"
	    "virtual_alias_maps = " ALIASES "\n"
	    "virtual_mailbox_maps = " BOXES "\ntransport_maps = " ROUTES,
	    facts);

	testing_policy_begin(testing, MAIL "recipient=Ann+x@box.example");
	ck_assert_str_eq(testing_policy_asked(testing),
	    ROUTES " ann+x@box.example, " ROUTES " ann@box.example, " ROUTES
		   " box.example, " ROUTES " .example, " ROUTES " *, " ALIASES
		   " ann+x@box.example, " ALIASES " ann@box.example, " ALIASES
		   " @box.example, " BOXES " ann+x@box.example, " BOXES
		   " ann@box.example, " BOXES
		   " @box.example, 1.2.0.192.bl.example");
	testing_policy_free(testing);
}
END_TEST

START_TEST(tables_that_nobody_asks_for_may_be_wrong)
{
	struct testing_policy *unasked = testing_policy_new(HOME
	    "virtual_alias_maps = mysql:/aliases\n"
	    "smtpd_recipient_restrictions = reject_non_fqdn_recipient",
	    facts);
	char *asked = testing_policy_errors(
	    HOME LISTED "virtual_alias_maps = mysql:/aliases\n");

	ck_assert_ptr_nonnull(strstr(asked, "write proxy:mysql:/aliases"));
	testing_policy_free(unasked);
	free(asked);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("restrict_unlisted");
	TCase *tcase = tcase_create("restrict_unlisted");

	tcase_add_loop_test(tcase, decides_as_postfix, 0,
	    sizeof decisions / sizeof decisions[0]);
	tcase_add_test(tcase, all_tables_are_asked_at_once);
	tcase_add_test(tcase, tables_that_nobody_asks_for_may_be_wrong);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
