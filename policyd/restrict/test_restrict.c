/*
 * Each restriction: when it acts, and what it says.
 */
#include <string.h>

#include "mem.h"
#include "testing_policy.h"

#define CLIENT                                                                 \
	"client_name=mx.good.example client_address=192.0.2.1 "                \
	"reverse_client_name=mx.good.example helo_name=mx.good.example "
#define NAMELESS                                                               \
	"client_name=unknown client_address=192.0.2.9 "                        \
	"reverse_client_name=unknown "
#define HOME                                                                   \
	"myhostname = mail.home.example\nmydomain = home.example\n"            \
	"mydestination = $myhostname, localhost, home.example\n"               \
	"relay_domains = relay.example\n"                                      \
	"virtual_alias_domains = alias.example\n"                              \
	"virtual_mailbox_domains = box.example\n"                              \
	"inet_interfaces = loopback-only\nrecipient_delimiter = +\n"           \
	"mynetworks = 127.0.0.0/8 [::1]/128 192.0.2.0/28\n"

static const struct testing_fact facts[] = {
	{ "MX good.example", "10 mx.good.example" },
	{ "A mx.good.example", "192.0.2.1" },
	{ "NS good.example", "ns.good.example" },
	{ "A ns.good.example", "192.0.2.53" },
	{ "A aonly.example", "192.0.2.2" },
	{ "AAAA six.example", "2001:db8::6" },
	{ "MX null.example", "0 ." },
	{ "MX tmp.example", "fail" },
	{ "MX half.example", "fail" },
	{ "A half.example", "192.0.2.3" },
	{ "MX odd.example", "malformed" },
	{ "A odd.example", "192.0.2.3" },
	{ "MX xn--bcher-kva.example", "10 mx.good.example" },
	{ "PTR 10.2.0.192.in-addr.arpa", "fail" },
	{ "A forged.example", "192.0.2.77" },
	{ "A slow.example", "fail" },
	{ "MX two.example", "10 one.two.example; 20 192.0.2.66" },
	{ "A one.two.example", "192.0.2.61; 192.0.2.62" },

	{ "5.2.0.192.bl.example", "Listed, see http://bl.example/" },
	{ "6.2.0.192.bl.example", "" },
	{ "6.2.0.192.sesame.bl.example", "" },
	{ "6.2.0.192.0123456789abcdef0123.bl.example", "" },
	{ "7.2.0.192.bl.example", "a\r\nb\x01\xff" },
	{ "9.2.0.192.bl.example", "fail" },
	{ "8.2.0.192.bl.example=127.0.0.2", "filtered" },
	{ "5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
	  ".bl.example",
	    "six" },
	{ "spam.example.rhsbl.example", "" },
	{ "1.2.0.192.wl.example", "" },
	{ "2.2.0.192.wl.example", "fail" },
	{ "mx.good.example.rhswl.example", "" },
	{ NULL, NULL },
};

struct verdict_case {
	const char *config, *request, *action;
};

#define CASES(name, ...)                                                       \
	static const struct verdict_case name##_cases[] = { __VA_ARGS__ };     \
	START_TEST(name)                                                       \
	{                                                                      \
		check(&name##_cases[_i]);                                      \
	}                                                                      \
	END_TEST

static void
check(const struct verdict_case *decision)
{
	testing_policy_check(HOME, decision->config, facts, decision->request,
	    decision->action);
}

#define CLIENTS(list)   "smtpd_client_restrictions = " list "\n"
#define HELO(list)      "smtpd_helo_restrictions = " list "\n"
#define SENDER(list)    "smtpd_sender_restrictions = " list "\n"
#define RECIPIENT(list) "smtpd_recipient_restrictions = " list "\n"

CASES(client, { CLIENTS("permit_mynetworks, reject"), CLIENT, "DUNNO" },
    { CLIENTS("permit_mynetworks, defer"),
	"client_name=x client_address=192.0.2.16",
	"450 4.3.2 <x[192.0.2.16]>: Client host rejected: Try again later" },
    { CLIENTS("permit_mynetworks, defer"), "client_name=x client_address=::1",
	"DUNNO" },
    { CLIENTS("permit_sasl_authenticated, reject"), "sasl_username=joe",
	"DUNNO" },
    { CLIENTS("permit_sasl_authenticated, reject"), CLIENT,
	"554 5.7.1 <mx.good.example[192.0.2.1]>: Client host rejected: "
	"Access denied" },
    { CLIENTS("reject_unknown_client_hostname"), CLIENT, "DUNNO" },
    { CLIENTS("reject_unknown_client"), NAMELESS,
	"450 4.7.25 Client host rejected: cannot find your hostname, "
	"[192.0.2.9]" },
    { CLIENTS("reject_unknown_client") "unknown_client_reject_code = 550\n",
	NAMELESS,
	"550 5.7.25 Client host rejected: cannot find your hostname, "
	"[192.0.2.9]" },
    /* while DNS fails it is 450 */
    { CLIENTS("reject_unknown_client") "unknown_client_reject_code = 550\n",
	"client_name=unknown client_address=192.0.2.10 "
	"reverse_client_name=unknown",
	"450 4.7.25 Client host rejected: cannot find your hostname, "
	"[192.0.2.10]" },
    { CLIENTS("reject_unknown_client") "unknown_client_reject_code = 550\n",
	"client_name=unknown client_address=192.0.2.10 "
	"reverse_client_name=forged.example",
	"550 5.7.25 Client host rejected: cannot find your hostname, "
	"[192.0.2.10]" },
    { CLIENTS("reject_unknown_client") "unknown_client_reject_code = 550\n",
	"client_name=unknown client_address=192.0.2.10 "
	"reverse_client_name=slow.example",
	"450 4.7.25 Client host rejected: cannot find your hostname, "
	"[192.0.2.10]" },
    { CLIENTS("reject_unknown_reverse_client_hostname"), NAMELESS,
	"450 4.7.1 Client host rejected: cannot find your reverse hostname, "
	"[192.0.2.9]" },
    { CLIENTS("reject_unknown_reverse_client_hostname"),
	"client_name=unknown client_address=192.0.2.9 "
	"reverse_client_name=x.example",
	"DUNNO" },
    { CLIENTS("reject_plaintext_session"), CLIENT,
	"450 4.7.1 Session encryption is required" },
    { CLIENTS("reject_plaintext_session"), "encryption_protocol=TLSv1.3",
	"DUNNO" })

CASES(helo,
    { HELO("reject_invalid_helo_hostname"), "helo_name=mx.example", "DUNNO" },
    { HELO("reject_invalid_helo_hostname"), "helo_name=foo.", "DUNNO" },
    { HELO("reject_invalid_helo_hostname"), "helo_name=192.0.2.1", "DUNNO" },
    { HELO("reject_invalid_helo_hostname"), "helo_name=foo..",
	"501 5.5.2 <foo..>: Helo command rejected: Invalid name" },
    { HELO("reject_invalid_hostname"), "helo_name=foo!bar",
	"501 5.5.2 <foo!bar>: Helo command rejected: Invalid name" },
    { HELO("reject_invalid_helo_hostname"), "helo_name=[192.0.2.1]", "DUNNO" },
    { HELO("reject_invalid_helo_hostname"), "helo_name=[IPV6:2001:db8::1]",
	"DUNNO" },
    { HELO("reject_invalid_helo_hostname"), "helo_name=[2001:db8::1]",
	"501 5.5.2 <[2001:db8::1]>: Helo command rejected: invalid ip "
	"address" },
    { HELO("reject_non_fqdn_helo_hostname"), "helo_name=foo",
	"504 5.5.2 <foo>: Helo command rejected: need fully-qualified "
	"hostname" },
    { HELO("reject_non_fqdn_helo_hostname"), "helo_name=192.0.2.1",
	"504 5.5.2 <192.0.2.1>: Helo command rejected: need fully-qualified "
	"hostname" },
    { HELO("reject_non_fqdn_helo_hostname"), "helo_name=foo.bar.", "DUNNO" },
    { HELO("reject_non_fqdn_hostname"), "helo_name=[1.2.3]",
	"501 5.5.2 <[1.2.3]>: Helo command rejected: invalid ip address" },
    { HELO("reject_unknown_helo_hostname"), "helo_name=mx.good.example",
	"DUNNO" },
    { HELO("reject_unknown_helo_hostname"), "helo_name=null.example", "DUNNO" },
    { HELO("reject_unknown_helo_hostname"), "helo_name=half.example", "DUNNO" },
    { HELO("reject_unknown_helo_hostname"), "helo_name=nx.example",
	"450 4.7.1 <nx.example>: Helo command rejected: Host not found" },
    { HELO("reject_unknown_hostname") "unknown_hostname_reject_code = 550\n",
	"helo_name=nx.example",
	"550 5.7.1 <nx.example>: Helo command rejected: Host not found" },
    { HELO("reject_unknown_helo_hostname"), "helo_name=tmp.example",
	"DEFER_IF_PERMIT 4.7.1 <tmp.example>: Helo command rejected: Host not "
	"found" },
    { HELO(
	  "reject_unknown_helo_hostname") "unknown_helo_hostname_tempfail_action = defer\n",
	"helo_name=tmp.example",
	"450 4.7.1 <tmp.example>: Helo command rejected: Host not found" },
    /* i: heed the case */
    { HELO("check_helo_access pcre:{{/^(WIN-[A-Z]+)$$/i REJECT $$1}}"),
	"helo_name=WIN-ABC",
	"554 5.7.1 <WIN-ABC>: Helo command rejected: WIN-ABC" },
    { HELO("reject_unknown_helo_hostname"), "helo_name=foo.bar.",
	"450 4.7.1 <foo.bar.>: Helo command rejected: Host not found" })

CASES(sender, { SENDER("reject_non_fqdn_sender"), "sender=", "DUNNO" },
    { SENDER("reject_non_fqdn_sender"), "sender=a@b.example.", "DUNNO" },
    { SENDER("reject_non_fqdn_sender"), "sender=a@[192.0.2.1]", "DUNNO" },
    { SENDER("reject_non_fqdn_sender"), "sender=a@host",
	"504 5.5.2 <a@host>: Sender address rejected: need fully-qualified "
	"address" },
    { SENDER("reject_non_fqdn_sender"), "sender=a",
	"504 5.5.2 <a>: Sender address rejected: need fully-qualified "
	"address" },
    { SENDER("reject_unknown_sender_domain"), "sender=a@good.example",
	"DUNNO" },
    { SENDER("reject_unknown_sender_domain"), "sender=", "DUNNO" },
    { SENDER("reject_unknown_sender_domain"), "sender=a@six.example", "DUNNO" },
    { SENDER("reject_unknown_sender_domain"), "sender=a@half.example",
	"DUNNO" },
    { SENDER("reject_unknown_sender_domain"), "sender=a@home.example",
	"DUNNO" },
    { SENDER("reject_unknown_sender_domain"), "sender=a@[192.0.2.9]", "DUNNO" },
    { SENDER("reject_unknown_sender_domain"), "sender=a@bücher.example",
	"DUNNO" },
    { SENDER("reject_unknown_sender_domain"), "sender=a@nx.relay.example",
	"450 4.1.8 <a@nx.relay.example>: Sender address rejected: Domain not "
	"found" },
    { SENDER("reject_unknown_address"), "sender=a@NX.example.",
	"450 4.1.8 <a@NX.example.>: Sender address rejected: Domain not "
	"found" },
    { SENDER("reject_unknown_sender_domain"), "sender=a@null.example",
	"550 5.7.27 <a@null.example>: Sender address rejected: Domain "
	"null.example does not accept mail (nullMX)" },
    { SENDER("reject_unknown_sender_domain"), "sender=a@odd.example",
	"450 4.1.8 <a@odd.example>: Sender address rejected: Malformed DNS "
	"server reply" },
    { SENDER("reject_unknown_sender_domain"), "sender=a@tmp.example",
	"DEFER_IF_PERMIT 4.1.8 <a@tmp.example>: Sender address rejected: "
	"Domain not found" },
    { SENDER(
	  "reject_unknown_sender_domain") "unknown_address_tempfail_action = defer\n",
	"sender=a@tmp.example",
	"450 4.1.8 <a@tmp.example>: Sender address rejected: Domain not "
	"found" })

CASES(recipient,
    { RECIPIENT("reject_unauth_destination"), "recipient=a@home.example",
	"DUNNO" },
    { RECIPIENT("reject_unauth_destination"), "recipient=a@sub.relay.example",
	"DUNNO" },
    { RECIPIENT("reject_unauth_destination"), "recipient=a@alias.example",
	"DUNNO" },
    { RECIPIENT("reject_unauth_destination"), "recipient=a@sub.box.example",
	"554 5.7.1 <a@sub.box.example>: Relay access denied" },
    { RECIPIENT("reject_unauth_destination"), "recipient=A@Else.Example",
	"554 5.7.1 <A@Else.Example>: Relay access denied" },
    { RECIPIENT("defer_unauth_destination") "relay_domains_reject_code = 550\n",
	"recipient=a@else.example",
	"450 4.7.1 <a@else.example>: Relay access denied" },
    { RECIPIENT("reject_unauth_destination"),
	"recipient=a%else.example@home.example",
	"554 5.7.1 <a%else.example@home.example>: Relay access denied" },
    { RECIPIENT("permit_auth_destination, reject"), "recipient=a@box.example",
	"DUNNO" },
    { RECIPIENT("permit_auth_destination, defer"), "recipient=a@else.example",
	"450 4.3.2 <a@else.example>: Recipient address rejected: Try again "
	"later" },
    { "smtpd_data_restrictions = reject_unauth_destination\n",
	"protocol_state=DATA", "DUNNO" },
    { RECIPIENT("reject_non_fqdn_recipient"), "recipient=a@host",
	"504 5.5.2 <a@host>: Recipient address rejected: need "
	"fully-qualified address" },
    { RECIPIENT("reject_unknown_recipient_domain"), "recipient=a@nx.example",
	"450 4.1.2 <a@nx.example>: Recipient address rejected: Domain not "
	"found" },
    { RECIPIENT("reject_unknown_recipient_domain"), "recipient=a@null.example",
	"556 5.1.10 <a@null.example>: Recipient address rejected: Domain "
	"null.example does not accept mail (nullMX)" })

#define LOGIN                                                                  \
	"smtpd_sender_login_maps = inline:{{joe@home.example=joe},"            \
	"{team@home.example=joe ann},{@relay.example=ann},{local=joe}}\n"

CASES(login,
    { LOGIN SENDER("reject_sender_login_mismatch"),
	"sasl_username=JOE sender=joe@home.example", "DUNNO" },
    { LOGIN SENDER("reject_sender_login_mismatch"),
	"sasl_username=ann sender=team@home.example", "DUNNO" },
    { LOGIN SENDER("reject_sender_login_mismatch"),
	"sasl_username=joe sender=joe+x@home.example", "DUNNO" },
    { LOGIN SENDER("reject_sender_login_mismatch"),
	"sasl_username=joe sender=local@home.example", "DUNNO" },
    { LOGIN SENDER("reject_sender_login_mismatch"),
	"sasl_username=joe sender=local@else.example",
	"553 5.7.1 <local@else.example>: Sender address rejected: not owned "
	"by user joe" },
    { LOGIN SENDER("reject_sender_login_mismatch"),
	"sasl_username=ann sender=joe@home.example",
	"553 5.7.1 <joe@home.example>: Sender address rejected: not owned by "
	"user ann" },
    { LOGIN SENDER("reject_sender_login_mismatch"), "sender=any@relay.example",
	"553 5.7.1 <any@relay.example>: Sender address rejected: not logged "
	"in" },
    { LOGIN SENDER("reject_known_sender_login_mismatch"),
	"sasl_username=ann sender=x@else.example", "DUNNO" },
    { LOGIN SENDER("reject_known_sender_login_mismatch"),
	"sasl_username=ann sender=joe@home.example",
	"553 5.7.1 <joe@home.example>: Sender address rejected: not owned by "
	"user ann" },
    { LOGIN SENDER("reject_authenticated_sender_login_mismatch"),
	"sender=joe@home.example", "DUNNO" },
    { LOGIN SENDER("reject_unauthenticated_sender_login_mismatch"),
	"sasl_username=ann sender=joe@home.example", "DUNNO" })

CASES(dnsbl, { CLIENTS("reject_rbl_client bl.example"), CLIENT, "DUNNO" },
    { CLIENTS("reject_rbl_client bl.example"), "client_address=192.0.2.9",
	"DUNNO" },
    { CLIENTS("reject_rbl_client bl.example"), "client_address=192.0.2.5",
	"554 5.7.1 Service unavailable; Client host [192.0.2.5] blocked using "
	"bl.example; Listed, see http://bl.example/" },
    { CLIENTS("reject_rbl bl.example"), "client_address=192.0.2.6",
	"554 5.7.1 Service unavailable; Client host [192.0.2.6] blocked using "
	"bl.example" },
    { CLIENTS("reject_rbl_client bl.example"), "client_address=2001:db8::5",
	"554 5.7.1 Service unavailable; Client host [2001:db8::5] blocked "
	"using bl.example; six" },
    /* what a stranger wrote into DNS does not get out of the line */
    { CLIENTS("reject_rbl_client bl.example"), "client_address=192.0.2.7",
	"554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using "
	"bl.example; a__b__" },
    { CLIENTS("reject_rbl_client bl.example=127.0.0.2"),
	"client_address=192.0.2.8",
	"554 5.7.1 Service unavailable; Client host [192.0.2.8] blocked using "
	"bl.example; filtered" },
    { CLIENTS("reject_rbl_client bl.example") "maps_rbl_reject_code = 450\n",
	"client_address=192.0.2.6",
	"450 4.7.1 Service unavailable; Client host [192.0.2.6] blocked using "
	"bl.example" },
    { CLIENTS(
	  "reject_rbl_client bl.example") "default_rbl_reply = $rbl_code 5.1.8 $rbl_class $rbl_what "
					  "${rbl_reason?{why: $rbl_reason}:{no why}}\n",
	"client_address=192.0.2.6", "554 5.0.0 Client host 192.0.2.6 no why" },
    { CLIENTS("reject_rbl_client bl.example") "default_rbl_reply = go away\n",
	"client_address=192.0.2.6", "450 4.7.1 Service unavailable" },
    { CLIENTS(
	  "reject_rbl_client bl.example") "rbl_reply_maps = inline:{{bl.example = 550 mapped}}\n",
	"client_address=192.0.2.6", "550 5.7.1 mapped" },
    { CLIENTS(
	  "reject_rbl_client bl.example=127.0.0.2") "rbl_reply_maps = inline:{{bl.example = 550 zone}}\n",
	"client_address=192.0.2.8", "550 5.7.1 zone" },
    { CLIENTS(
	  "reject_rbl_client bl.example=127.0.0.2") "rbl_reply_maps = inline:{{bl.example = 550 zone}}, "
						    "pcre:{{/=127/ 550 filter}}\n",
	"client_address=192.0.2.8", "550 5.7.1 filter" },
    { HELO("reject_rhsbl_helo rhsbl.example"), "helo_name=spam.example",
	"554 5.7.1 Service unavailable; Helo command [spam.example] blocked "
	"using rhsbl.example" },
    { HELO("reject_rhsbl_helo rhsbl.example"), "helo_name=spam.example.",
	"DUNNO" },
    { SENDER("reject_rhsbl_sender rhsbl.example"), "sender=a@spam.example",
	"554 5.7.1 Service unavailable; Sender address [a@spam.example] "
	"blocked using rhsbl.example" },
    { RECIPIENT("reject_rhsbl_recipient rhsbl.example"),
	"recipient=a@spam.example",
	"554 5.7.1 Service unavailable; Recipient address [a@spam.example] "
	"blocked using rhsbl.example" },
    { CLIENTS("reject_rhsbl_client rhsbl.example"),
	"client_name=spam.example client_address=192.0.2.1",
	"554 5.7.1 Service unavailable; Client host [spam.example] blocked "
	"using rhsbl.example" },
    { CLIENTS("reject_rhsbl_reverse_client rhsbl.example"),
	"reverse_client_name=spam.example",
	"554 5.7.1 Service unavailable; Unverified Client host "
	"[spam.example] blocked using rhsbl.example" },
    { RECIPIENT("permit_dnswl_client wl.example, reject"),
	CLIENT "recipient=a@home.example", "DUNNO" },
    { RECIPIENT("permit_dnswl_client wl.example, defer"),
	CLIENT "recipient=a@else.example",
	"450 4.3.2 <a@else.example>: Recipient address rejected: Try again "
	"later" },
    { RECIPIENT("permit_dnswl_client wl.example, reject"),
	"client_address=192.0.2.2 recipient=a@home.example",
	"450 4.7.1 <192.0.2.2>: Client host rejected: Service unavailable" },
    { CLIENTS("permit_rhswl_client rhswl.example, reject"),
	CLIENT "recipient=a@home.example", "DUNNO" },
    { CLIENTS("reject_dnsbl_score") "dnsbl_sites = bl.example*2 wl.example*-3\n"
				    "dnsbl_reject_threshold = 2\n",
	"client_address=192.0.2.6",
	"554 5.7.1 Service unavailable; Client host [192.0.2.6] blocked using "
	"bl.example" },
    { CLIENTS("reject_dnsbl_score") "dnsbl_sites = bl.example*2 wl.example*-3\n"
				    "dnsbl_reject_threshold = 3\n",
	"client_address=192.0.2.6", "DUNNO" },
    /* the key of a list is nobody's business */
    { CLIENTS("reject_dnsbl_score") "key = sesame\n"
				    "dnsbl_sites = ${key}.bl.example\n",
	"client_address=192.0.2.6",
	"554 5.7.1 Service unavailable; Client host [192.0.2.6] blocked using "
	"bl.example" },
    { CLIENTS("reject_rbl_client $key.bl.example") "key = sesame\n",
	"client_address=192.0.2.6",
	"554 5.7.1 Service unavailable; Client host [192.0.2.6] blocked using "
	"bl.example" },
    { CLIENTS(
	  "reject_maps_rbl") "key = sesame\nmaps_rbl_domains = $key.bl.example\n",
	"client_address=192.0.2.6",
	"554 5.7.1 Service unavailable; Client host [192.0.2.6] blocked using "
	"bl.example" },
    { CLIENTS("reject_rbl_client 0123456789abcdef0123.bl.example"),
	"client_address=192.0.2.6",
	"554 5.7.1 Service unavailable; Client host [192.0.2.6] blocked using "
	"bl.example" },
    { CLIENTS("reject_rbl_client bl.$top") "top = example\n",
	"client_address=192.0.2.6",
	"554 5.7.1 Service unavailable; Client host [192.0.2.6] blocked using "
	"bl.example" })

#define TABLE(entries) "inline:{" entries "}"

CASES(access_table,
    /* names before addresses, and parents of both */
    { CLIENTS("check_client_access " TABLE("{good.example=REJECT name},"
					   "{192.0.2.1=OK}")),
	CLIENT,
	"554 5.7.1 <mx.good.example[192.0.2.1]>: Client host rejected: "
	"name" },
    { CLIENTS("check_client_access " TABLE("{192.0.2=450 net}")), CLIENT,
	"450 4.7.1 <mx.good.example[192.0.2.1]>: Client host rejected: net" },
    { CLIENTS("check_client_access " TABLE("{2001:db8=550 5.1.1 net}")),
	"client_name=unknown client_address=2001:db8::1",
	"550 5.0.0 <unknown[2001:db8::1]>: Client host rejected: net" },
    { CLIENTS(TABLE("{192.0.2.1=REJECT}")), CLIENT,
	"554 5.7.1 <mx.good.example[192.0.2.1]>: Client host rejected: "
	"Access denied" },
    { "parent_domain_matches_subdomains =\n" CLIENTS(
	  "check_client_access " TABLE("{good.example=REJECT plain},"
				       "{.good.example=REJECT dot}")),
	CLIENT,
	"554 5.7.1 <mx.good.example[192.0.2.1]>: Client host rejected: dot" },
    { CLIENTS("check_reverse_client_hostname_access " TABLE(
	  "{mx.good.example=OK}")),
	CLIENT, "451 4.3.5 Server configuration error" },
    { HELO("check_helo_access " TABLE("{1.2=REJECT},{3.4=REJECT}")),
	"helo_name=1.2.3.4", "DUNNO" },
    { HELO("check_helo_access " TABLE("{example=DEFER}")),
	"helo_name=A.Example",
	"450 4.7.1 <A.Example>: Helo command rejected: Access denied" },
    { SENDER("check_sender_access " TABLE("{<>=REJECT null}")),
	"sender=", "554 5.7.1 <>: Sender address rejected: null" },
    { SENDER("check_sender_access " TABLE("{user@x.example=REJECT bare}")),
	"sender=user+ext@X.example",
	"554 5.7.1 <user+ext@X.example>: Sender address rejected: bare" },
    { SENDER("check_sender_access " TABLE("{user@=REJECT 5.1.8 local}")),
	"sender=user+ext@x.example",
	"554 5.1.8 <user+ext@x.example>: Sender address rejected: local" },
    { SENDER("check_sender_access " TABLE(
	  "{mail.home.example=REJECT}")) "myorigin = $myhostname\n",
	"sender=user",
	"554 5.7.1 <user>: Sender address rejected: Access denied" },
    /* a routed recipient is never permitted */
    { RECIPIENT(
	  "check_recipient_access " TABLE("{relay.example=OK}") ", defer"),
	"recipient=a%b@relay.example",
	"450 4.3.2 <a%b@relay.example>: Recipient address rejected: Try again "
	"later" },
    { RECIPIENT("check_recipient_access " TABLE("{a@home.example=REJECT}")),
	"recipient=a%home.example@home.example",
	"554 5.7.1 <a%home.example@home.example>: Recipient address rejected: "
	"Access denied" },
    { CLIENTS("check_sasl_access " TABLE("{joe=REJECT locked}")),
	"sasl_username=joe",
	"554 5.7.1 <joe>: SASL login name rejected: locked" },
    { "smtpd_etrn_restrictions = check_etrn_access " TABLE(
	  "{d.example=REJECT}") "\n",
	"protocol_state=ETRN etrn_domain=x.d.example",
	"554 5.7.1 <x.d.example>: Etrn command rejected: Access denied" })

#define ACTION(value)                                                          \
	RECIPIENT(                                                             \
	    "check_recipient_access " TABLE("{a@home.example=" value "}")),    \
	    "sender=s@x.example recipient=a@home.example"
#define REFUSED "<a@home.example>: Recipient address rejected: "

CASES(access_action, { ACTION("OK"), "DUNNO" }, { ACTION("554"), "DUNNO" },
    { ACTION("dunno whatever"), "DUNNO" },
    { ACTION("reject"), "554 5.7.1 " REFUSED "Access denied" },
    { ACTION("REJECT   two  blanks"), "554 5.7.1 " REFUSED "two  blanks" },
    { ACTION("REJECT 4.1.7 text"), "554 5.1.3 " REFUSED "text" },
    { ACTION("550 5.1.1"), "550 5.1.1 " REFUSED "Access denied" },
    { ACTION("450 text"), "450 4.7.1 " REFUSED "text" },
    { ACTION("599 5.999.999 odd"), "599 5.999.999 " REFUSED "odd" },
    { ACTION("DEFER 4.1.0 x"), "450 4.1.0 " REFUSED "x" },
    { ACTION("DEFER_IF_PERMIT 4.2.0 x"), "DEFER_IF_PERMIT 4.2.0 " REFUSED "x" },
    { ACTION("DEFER_IF_REJECT"),
	"DEFER_IF_REJECT 4.7.1 " REFUSED "Service unavailable" },
    { ACTION("WARN look"), "DUNNO" },
    { ACTION("REDIRECT b@home.example"), "REDIRECT b@home.example" },
    { ACTION("REDIRECT nowhere"), "DUNNO" },
    { ACTION("FILTER smtp:[127.0.0.1]"), "FILTER smtp:[127.0.0.1]" },
    { ACTION("FILTER smtp"), "DUNNO" },
    { ACTION("BCC b@home.example"), "BCC b@home.example" },
    { ACTION("PREPEND X-A: b"), "PREPEND X-A: b" },
    { ACTION("PREPEND nothing"), "DUNNO" },
    { ACTION("DISCARD quietly"), "DISCARD quietly" },
    { ACTION("reject_unauth_destination, reject"),
	"554 5.7.1 " REFUSED "Access denied" },
    { ACTION("defer_if_reject, reject"),
	"450 4.7.0 " REFUSED "defer_if_reject requested" },
    { ACTION("nosuchthing"), "451 4.3.5 Server configuration error" },
    { ACTION("hash:/etc/x"), "451 4.3.5 Server configuration error" })

#define SERVERS(check, entries) check " " TABLE(entries)

CASES(servers,
    { SENDER(SERVERS("check_sender_mx_access", "{192.0.2.1=REJECT mx}")),
	"sender=a@good.example",
	"554 5.7.1 <a@good.example>: Sender address rejected: mx" },
    { SENDER(SERVERS("check_sender_mx_access", "{good.example=450 name}")),
	"sender=a@good.example",
	"450 4.7.1 <a@good.example>: Sender address rejected: name" },
    { SENDER(SERVERS("check_sender_mx_access", "{192.0.2.1=OK}")),
	"sender=a@good.example", "451 4.3.5 Server configuration error" },
    { SENDER(SERVERS("check_sender_mx_access", "{192.0.2.1=DUNNO}")),
	"sender=a@good.example", "DUNNO" },
    /* no MX: the name itself */
    { SENDER(SERVERS("check_sender_mx_access", "{192.0.2.2=REJECT}")),
	"sender=a@aonly.example",
	"554 5.7.1 <a@aonly.example>: Sender address rejected: "
	"Access denied" },
    { SENDER(SERVERS("check_sender_mx_access", "{example=REJECT}")),
	"sender=a@null.example", "DUNNO" },
    { SENDER(SERVERS("check_sender_mx_access", "{example=REJECT}")),
	"sender=a@tmp.example", "DUNNO" },
    { SENDER(SERVERS("check_sender_mx_access", "{192.0.2.62=REJECT}")),
	"sender=a@two.example",
	"554 5.7.1 <a@two.example>: Sender address rejected: "
	"Access denied" },
    { SENDER(SERVERS("check_sender_mx_access", "{192.0.2.66=REJECT}")),
	"sender=a@two.example",
	"554 5.7.1 <a@two.example>: Sender address rejected: "
	"Access denied" },
    { SENDER(SERVERS("check_sender_mx_access", "{10.1=REJECT}")),
	"sender=a@[10.1.2.3]",
	"554 5.7.1 <a@[10.1.2.3]>: Sender address rejected: "
	"Access denied" },
    { SENDER(SERVERS("check_sender_ns_access", "{10.1=REJECT}")),
	"sender=a@[10.1.2.3]", "DUNNO" },
    /* no NS: that of a parent */
    { SENDER(SERVERS("check_sender_ns_access", "{ns.good.example=REJECT}")),
	"sender=a@x.y.good.example",
	"554 5.7.1 <a@x.y.good.example>: Sender address rejected: "
	"Access denied" },
    { SENDER(SERVERS("check_sender_a_access",
	  "{aonly.example=REJECT name},"
	  "{192.0.2.2=REJECT a}")),
	"sender=a@aonly.example",
	"554 5.7.1 <a@aonly.example>: Sender address rejected: a" },
    { HELO(SERVERS("check_helo_a_access", "{192.0.2.1=REJECT}")), CLIENT,
	"554 5.7.1 <mx.good.example>: Helo command rejected: "
	"Access denied" },
    { CLIENTS(SERVERS("check_client_ns_access", "{ns.good.example=REJECT}")),
	CLIENT,
	"554 5.7.1 <mx.good.example[192.0.2.1]>: Client host rejected: "
	"Access denied" },
    { CLIENTS(SERVERS("check_client_mx_access", "{192.0.2=REJECT}")), NAMELESS,
	"DUNNO" },
    { CLIENTS(SERVERS("check_reverse_client_hostname_a_access",
	  "{192.0.2.1=REJECT}")),
	CLIENT,
	"554 5.7.1 <mx.good.example>: Unverified Client host rejected: "
	"Access denied" },
    { RECIPIENT(SERVERS("check_recipient_mx_access", "{192.0.2.1=REJECT}")),
	"recipient=a@good.example",
	"554 5.7.1 <a@good.example>: Recipient address rejected: "
	"Access denied" })

/* Five hosts with as many addresses as an answer may have: 10.HOST.0.N */
#define FLOOD_HOSTS 5

static struct testing_fact *
flood(void)
{
	struct testing_fact *flood = xcalloc(FLOOD_HOSTS + 2, sizeof *flood);
	struct strbuf hosts = { 0 };

	for (int host = 0; host < FLOOD_HOSTS; host++) {
		struct strbuf addresses = { 0 };

		for (int n = 0; n < 100; n++)
			strbuf_addf(&addresses, "%s10.%d.0.%d",
			    n > 0 ? "; " : "", host, n);
		strbuf_addf(&hosts, "%s10 h%d.example", host > 0 ? "; " : "",
		    host);
		flood[host].question = xasprintf("A h%d.example", host);
		flood[host].answer = strbuf_detach(&addresses);
	}
	flood[FLOOD_HOSTS].question = "MX flood.example";
	flood[FLOOD_HOSTS].answer = strbuf_detach(&hosts);
	return flood;
}

static void
flood_free(struct testing_fact *flood)
{
	for (struct testing_fact *fact = flood; fact->question != NULL;
	     fact++) {
		if (fact != &flood[FLOOD_HOSTS])
			free((char *)fact->question);
		free((char *)fact->answer);
	}
	free(flood);
}

START_TEST(looks_at_so_many_addresses_of_a_name)
{
	struct testing_fact *table = flood();
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_sender_restrictions = check_sender_mx_access "
	    "inline:{ {10.2.0.49=REJECT last}, {10.2.0.50=REJECT} }",
	    table);
	struct testing_policy *beyond = testing_policy_new(
	    "smtpd_sender_restrictions = check_sender_mx_access "
	    "inline:{10.2.0.50=REJECT}",
	    table);
	const char *request = "protocol_state=RCPT client_address=192.0.2.1 "
			      "sender=a@flood.example recipient=b@c.example";

	ck_assert_ptr_nonnull(
	    strstr(testing_policy_ask(testing, request), "last"));
	ck_assert_str_eq(testing_policy_ask(beyond, request), "DUNNO");
	testing_policy_free(testing);
	testing_policy_free(beyond);
	flood_free(table);
}
END_TEST

/* Their names are looked up all the same. */
START_TEST(asks_for_no_addresses_that_it_would_not_look_at)
{
	struct testing_fact *table = flood();
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_sender_restrictions = check_sender_mx_access "
	    "inline:{{h4.example=REJECT name}}",
	    table);

	ck_assert_ptr_nonnull(
	    strstr(testing_policy_ask(testing,
		       "protocol_state=RCPT client_address=192.0.2.1 "
		       "sender=a@flood.example recipient=b@c.example"),
		"name"));
	ck_assert_ptr_nonnull(
	    strstr(testing_policy_asked(testing), "AAAA h2.example"));
	ck_assert_ptr_null(strstr(testing_policy_asked(testing), "h3.example"));
	testing_policy_free(testing);
	flood_free(table);
}
END_TEST

#define ADD(name)                                                              \
	tcase_add_loop_test(tcase, name, 0,                                    \
	    sizeof name##_cases / sizeof name##_cases[0])

int
main(void)
{
	Suite *suite = suite_create("restrict");
	TCase *tcase = tcase_create("restrict");

	ADD(client);
	ADD(helo);
	ADD(sender);
	ADD(recipient);
	ADD(login);
	ADD(dnsbl);
	ADD(access_table);
	ADD(access_action);
	ADD(servers);
	tcase_add_test(tcase, looks_at_so_many_addresses_of_a_name);
	tcase_add_test(tcase, asks_for_no_addresses_that_it_would_not_look_at);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
