/*
 * Lines of the mail log as requests.
 */
#include <stdlib.h>
#include <string.h>

#include "mail_log.h"
#include "mem.h"
#include "testing.h"

/* The attributes a line gives, "name=value name=value". */
static const char *
parsed(const char *text)
{
	static struct strbuf out;
	char *line = xstrdup(text);
	struct request request;
	const char *name;

	strbuf_truncate(&out, 0);
	if (mail_log_parse(&request, line, &out) == 0)
		for (size_t i = 0; (name = request_attribute_name(i)) != NULL;
		     i++)
			if (request_attribute_value(&request, i)[0] != '\0')
				strbuf_addf(&out, "%s%s=%s",
				    out.len > 0 ? " " : "", name,
				    request_attribute_value(&request, i));
	free(line);
	return strbuf_str(&out);
}

#define END  "; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x.example>"
#define RCPT "protocol_state=RCPT protocol_name=ESMTP client_address="
#define WHO  " helo_name=x.example sender=a@b.example recipient=c@d.example"

static const struct {
	const char *line, *request;
} lines[] = {
	{ "Nov 30 07:20:01 mx postfix/smtpd[123]: NOQUEUE: reject: RCPT from "
	  "unknown[192.0.2.1]: 554 5.7.1 Service unavailable; Client host "
	  "[192.0.2.1] blocked using bl.example; see http://x/?a;b=c" END,
	    RCPT "192.0.2.1 client_name=unknown" WHO },
	/* What stands before it, or behind. */
	{ "2026-11-30T07:20:01.123456+01:00 mx postfix/submission/smtpd[1]: "
	  "NOQUEUE: reject: RCPT from x.example[192.0.2.1]:4711: 553 5.7.1 "
	  "<c@d.example>: no" END " sasl_username=<fred@d.example>\r\n",
	    RCPT "192.0.2.1 client_name=x.example client_port=4711" WHO
		 " sasl_username=fred@d.example policy_context=submission" },
	{ "NOQUEUE: reject: RCPT from unknown[2001:db8::1]: 450 4.7.1 no" END,
	    RCPT "2001:db8::1 client_name=unknown" WHO },
	{ "postfix/smtps/smtpd[1]: NOQUEUE: reject: RCPT from "
	  "unknown[IPv6:2001:db8::1]:25: 450 4.7.1 no" END,
	    RCPT "2001:db8::1 client_name=unknown client_port=25" WHO
		 " policy_context=smtps" },
	/* Other actions; a message that has its queue id. */
	{ "postfix/smtpd[9]: 4F9D195432C: hold: RCPT from unknown[192.0.2.1]: "
	  "<c@d.example>: Recipient address triggers HOLD action" END,
	    RCPT "192.0.2.1 client_name=unknown" WHO " queue_id=4F9D195432C" },
	{ "NOQUEUE: reject_warning: RCPT from unknown[192.0.2.1]: 554\nno;"
	  "\r\nfrom=<a@b.example> to=<c@d.example>\nproto=ESMTP "
	  "helo=<x.example>\n",
	    RCPT "192.0.2.1 client_name=unknown" WHO },
	{ "NOQUEUE: milter-reject: RCPT from unknown[192.0.2.1]: 554 no" END,
	    RCPT "192.0.2.1 client_name=unknown" WHO },
	/* postscreen(8) */
	{ "postfix/postscreen[1]: NOQUEUE: reject: RCPT from [192.0.2.1]:4711: "
	  "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using "
	  "bl.example; from=<a@b.example>, to=<c@d.example>, proto=ESMTP, "
	  "helo=<x.example>",
	    RCPT "192.0.2.1 client_port=4711" WHO },
	/* All stages. */
	{ "NOQUEUE: reject: CONNECT from unknown[192.0.2.1]: 554 5.7.1 no; "
	  "proto=SMTP",
	    "protocol_state=CONNECT protocol_name=SMTP "
	    "client_address=192.0.2.1 client_name=unknown" },
	{ "NOQUEUE: reject: EHLO from unknown[192.0.2.1]: 504 5.5.2 <x>: no; "
	  "proto=SMTP helo=<x>",
	    "protocol_state=EHLO protocol_name=SMTP client_address=192.0.2.1 "
	    "client_name=unknown helo_name=x" },
	{ "NOQUEUE: reject: MAIL from unknown[192.0.2.1]: 450 no; from=<> "
	  "proto=ESMTP helo=<x>",
	    "protocol_state=MAIL protocol_name=ESMTP client_address=192.0.2.1 "
	    "client_name=unknown helo_name=x" },
	{ "4F9D195432C: reject: END-OF-MESSAGE from unknown[192.0.2.1]: 554 "
	  "5.7.1 <END-OF-MESSAGE>: no" END,
	    "protocol_state=END-OF-MESSAGE protocol_name=ESMTP "
	    "client_address=192.0.2.1 client_name=unknown" WHO
	    " queue_id=4F9D195432C" },
	{ "NOQUEUE: reject: ETRN from unknown[192.0.2.1]: 554 5.7.1 "
	  "<d.example>: Etrn command rejected: no; proto=SMTP helo=<x>",
	    "protocol_state=ETRN protocol_name=SMTP client_address=192.0.2.1 "
	    "client_name=unknown helo_name=x etrn_domain=d.example" },
	{ "NOQUEUE: reject: VRFY from unknown[192.0.2.1]: 554 5.7.1 <c>: no; "
	  "to=<c> proto=SMTP helo=<x>",
	    "protocol_state=VRFY protocol_name=SMTP client_address=192.0.2.1 "
	    "client_name=unknown helo_name=x recipient=c" },
	/* Addresses are logged in quotes, and a text may look like an end. */
	{ "NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 no; from=<x> "
	  "to=<y>; z; from=<\"a> to=<\\\"b\"@b.example> to=<\"c d\"@d.example> "
	  "proto=SMTP helo=<x>",
	    "protocol_state=RCPT protocol_name=SMTP client_address=192.0.2.1 "
	    "client_name=unknown helo_name=x sender=a> to=<\"b@b.example "
	    "recipient=c d@d.example" },
	{ "NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 decision: "
	  "action=refused client_address=192.0.2.2" END,
	    RCPT "192.0.2.1 client_name=unknown" WHO },
	/* Ours. */
	{ "Nov 30 07:20:01 mx sekisho-policyd[1]: decision: action=refused "
	  "protocol_state=RCPT client_name=unknown client_address=192.0.2.1 "
	  "helo_name=\"a \\\"b\\\" NOQUEUE: reject: RCPT from x[192.0.2.2]: 5\" "
	  "sender=\"\" recipient=\\xc3\\xbc\\\\@d.example policy_context=x/y "
	  "list=smtpd_client_restrictions restriction=\"reject_rbl_client "
	  "bl.example\" fact=\"size=1: sender=2\" ms=25",
	    "protocol_state=RCPT client_address=192.0.2.1 client_name=unknown "
	    "helo_name=a \"b\" NOQUEUE: reject: RCPT from x[192.0.2.2]: 5 "
	    "recipient=\xc3\xbc\\@d.example policy_context=x/y" },
	/* None. */
	{ "postfix/smtpd[1]: connect from unknown[192.0.2.1]",
	    "no line of a decision, such as \"NOQUEUE: reject: RCPT from "
	    "NAME[ADDRESS]: ...\"" },
	{ "",
	    "no line of a decision, such as \"NOQUEUE: reject: RCPT from "
	    "NAME[ADDRESS]: ...\"" },
	{ "NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 5.7.1 Service "
	  "unavailable; from=<a@b.exam",
	    "the end of the line is missing: \"; from=<...> to=<...> "
	    "proto=...\"" },
};

START_TEST(reads_a_line_of_the_log)
{
	ck_assert_str_eq(parsed(lines[_i].line), lines[_i].request);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mail_log");
	TCase *tcase = tcase_create("mail_log");

	tcase_add_loop_test(tcase, reads_a_line_of_the_log, 0,
	    sizeof lines / sizeof lines[0]);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
