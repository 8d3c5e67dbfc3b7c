/*
 * The table of restrictions: names, arguments and meaning are those of
 * postconf(5).
 */
#include "restriction_table.h"
#include "dnsbl_reply.h"
#include "conf.h"
#include "restrict.h"

static const struct restriction rows[] = {
	{ .name = "permit",
	    .eval = restrict_permit,
	    .doc = "Permit: the rest of this list is skipped. The "
		   "lists behind it are not." },
	{ .name = "reject",
	    .is_guard = true,
	    .eval = restrict_reject,
	    .doc = "Reject, with reject_code." },
	{ .name = "defer",
	    .is_guard = true,
	    .eval = restrict_defer,
	    .doc = "Defer: refuse with defer_code, for now." },
	{ .name = "defer_if_permit",
	    .eval = restrict_defer_if_permit,
	    .doc = "Defer at the end, should nothing refuse the "
		   "request." },
	{ .name = "defer_if_reject",
	    .eval = restrict_defer_if_reject,
	    .doc = "Make a later refusal by the same list a temporary "
		   "one." },
	{ .name = "warn_if_reject",
	    .doc = "A prefix: the restriction behind it only logs what "
		   "it would refuse." },
	{ .name = "permit_mynetworks",
	    .needs = RESTRICTION_NEEDS_NETWORKS,
	    .eval = permit_mynetworks,
	    .doc = "Permit clients in mynetworks." },
	{ .name = "permit_sasl_authenticated",
	    .eval = permit_sasl_authenticated,
	    .doc = "Permit clients that are logged in." },
	{ .name = "permit_auth_destination",
	    .needs = RESTRICTION_NEEDS_DOMAINS,
	    .eval = permit_auth_destination,
	    .doc = "Permit when mail to the recipient may be relayed "
		   "for anybody: to mydestination, "
		   "virtual_alias_domains, virtual_mailbox_domains or "
		   "relay_domains." },
	{ .name = "reject_unauth_destination",
	    .needs = RESTRICTION_NEEDS_DOMAINS,
	    .is_guard = true,
	    .eval = reject_unauth_destination,
	    .doc = "Reject when mail to the recipient may not be "
		   "relayed for anybody, with "
		   "relay_domains_reject_code." },
	{ .name = "defer_unauth_destination",
	    .needs = RESTRICTION_NEEDS_DOMAINS,
	    .is_guard = true,
	    .eval = defer_unauth_destination,
	    .doc = "The same with the code less 100, as 454." },
	{ .name = "reject_plaintext_session",
	    .eval = reject_plaintext_session,
	    .doc = "Reject when the session is not encrypted, with "
		   "plaintext_reject_code." },
	{ .name = "reject_multi_recipient_bounce",
	    .eval = reject_multi_recipient_bounce,
	    .doc = "Reject the null sender with more than one "
		   "recipient, with "
		   "multi_recipient_bounce_reject_code." },
	{ .name = "reject_unknown_client_hostname",
	    .eval = reject_unknown_client_hostname,
	    .doc = "Reject when the client address has no name that "
		   "leads back to it, with unknown_client_reject_code; "
		   "with 450 while DNS fails." },
	{ .name = "reject_unknown_reverse_client_hostname",
	    .eval = reject_unknown_reverse_client_hostname,
	    .doc = "Reject when the client address has no PTR record, "
		   "with unknown_client_reject_code; with 450 while "
		   "DNS fails." },
	{ .name = "reject_invalid_helo_hostname",
	    .eval = reject_invalid_helo_hostname,
	    .doc = "Reject when the HELO name is neither a host name "
		   "nor an address, with invalid_hostname_reject_code." },
	{ .name = "reject_non_fqdn_helo_hostname",
	    .eval = reject_non_fqdn_helo_hostname,
	    .doc = "Reject when the HELO name is no host name with a "
		   "domain, with non_fqdn_reject_code." },
	{ .name = "reject_unknown_helo_hostname",
	    .eval = reject_unknown_helo_hostname,
	    .doc = "Reject when the HELO name has no A, AAAA or MX "
		   "record, with unknown_hostname_reject_code. When "
		   "DNS fails, unknown_helo_hostname_tempfail_action "
		   "is taken." },
	{ .name = "reject_non_fqdn_sender",
	    .eval = reject_non_fqdn_sender,
	    .doc = "Reject when the sender has no complete domain, "
		   "with non_fqdn_reject_code." },
	{ .name = "reject_non_fqdn_recipient",
	    .eval = reject_non_fqdn_recipient,
	    .doc = "Reject when the recipient has no complete domain, "
		   "with non_fqdn_reject_code." },
	{ .name = "reject_unknown_sender_domain",
	    .needs = RESTRICTION_NEEDS_DOMAINS,
	    .eval = reject_unknown_sender_domain,
	    .doc = "Reject when the sender's domain is not ours and "
		   "has no MX, A or AAAA record, with "
		   "unknown_address_reject_code, or accepts no mail "
		   "(RFC 7505). When DNS fails, "
		   "unknown_address_tempfail_action is taken." },
	{ .name = "reject_unknown_recipient_domain",
	    .needs = RESTRICTION_NEEDS_DOMAINS,
	    .eval = reject_unknown_recipient_domain,
	    .doc = "The same for the recipient's domain." },
	{ .name = "reject_unlisted_recipient",
	    .needs = RESTRICTION_NEEDS_RECIPIENTS,
	    .eval = reject_unlisted,
	    .variant = REPLY_RECIPIENT,
	    .doc = "Reject when the recipient is none that its domain has: see "
		   "Unlisted recipients above. A table cannot name it." },
	{ .name = "check_recipient_maps",
	    .needs = RESTRICTION_NEEDS_RECIPIENTS,
	    .eval = reject_unlisted,
	    .variant = REPLY_RECIPIENT,
	    .doc = "The same, as old how-tos have it." },
	{ .name = "reject_unlisted_sender",
	    .needs = RESTRICTION_NEEDS_RECIPIENTS,
	    .eval = reject_unlisted,
	    .variant = REPLY_SENDER,
	    .doc = "The same for the sender." },
	{ .name = "reject_sender_login_mismatch",
	    .needs = RESTRICTION_NEEDS_LOGINS,
	    .eval = reject_sender_login_mismatch,
	    .doc = "reject_authenticated_sender_login_mismatch and "
		   "reject_unauthenticated_sender_login_mismatch in "
		   "one." },
	{ .name = "reject_authenticated_sender_login_mismatch",
	    .is_of_logins = true,
	    .needs = RESTRICTION_NEEDS_LOGINS,
	    .eval = reject_authenticated_sender_login_mismatch,
	    .doc = "Reject when the client is logged in, and "
		   "smtpd_sender_login_maps does not name its login as "
		   "an owner of the sender." },
	{ .name = "reject_unauthenticated_sender_login_mismatch",
	    .needs = RESTRICTION_NEEDS_LOGINS,
	    .eval = reject_unauthenticated_sender_login_mismatch,
	    .doc = "Reject when the client is not logged in, and the "
		   "sender has an owner in smtpd_sender_login_maps." },
	{ .name = "reject_known_sender_login_mismatch",
	    .needs = RESTRICTION_NEEDS_LOGINS,
	    .eval = reject_known_sender_login_mismatch,
	    .doc = "As reject_sender_login_mismatch, but a sender "
		   "without an owner passes." },
	{ .name = "reject_app_password_mismatch",
	    .is_of_logins = true,
	    .needs = RESTRICTION_NEEDS_DOMAINS,
	    .eval = reject_app_password_mismatch,
	    .doc = "Reject what may not be sent with the app password by which "
		   "the client logged in: another sender (553), another "
		   "recipient (554), from another network (554), or more than "
		   "its limit (rate_limit_reject_code). See Devices above." },
	{ .name = "reject_rate_limit",
	    .eval = reject_rate_limit,
	    .doc = "Reject what would be more than a limit of "
		   "recipient_rate_limits, message_rate_limits, "
		   "byte_rate_limits or distinct_recipient_rate_limits lets "
		   "pass, with rate_limit_reject_code; what passes is counted. "
		   "Only where there is a limit, and at RCPT, DATA and the end "
		   "of data." },
	{ .name = "reject_sasl_takeover",
	    .is_of_logins = true,
	    .eval = reject_sasl_takeover,
	    .doc = "Refuse mail of a login, with 450, that more of is sent "
		   "than a stolen password should be worth: from places that "
		   "are not its own, or from many at once. See "
		   "sekisho-guard(7). It stands before "
		   "permit_sasl_authenticated; with warn_if_reject nobody is "
		   "refused, locked or suspended, but places are learned." },
	{ .name = "reject_rbl_client",
	    .argument = ARGUMENT_BLOCKLIST,
	    .needs = RESTRICTION_NEEDS_REPLIES,
	    .eval = reject_rbl_client,
	    .doc = "Reject when the DNSBL lists the client's address, "
		   "with maps_rbl_reject_code. With a filter only its "
		   "answers count: zone=127.0.0.[2..11]." },
	{ .name = "reject_rhsbl_client",
	    .argument = ARGUMENT_NAME_BLOCKLIST,
	    .needs = RESTRICTION_NEEDS_REPLIES,
	    .eval = reject_rhsbl_client,
	    .doc = "Reject when the DNSBL lists the client's name." },
	{ .name = "reject_rhsbl_reverse_client",
	    .argument = ARGUMENT_NAME_BLOCKLIST,
	    .needs = RESTRICTION_NEEDS_REPLIES,
	    .eval = reject_rhsbl_reverse_client,
	    .doc = "Reject when the DNSBL lists the client's PTR name." },
	{ .name = "reject_rhsbl_helo",
	    .argument = ARGUMENT_NAME_BLOCKLIST,
	    .needs = RESTRICTION_NEEDS_REPLIES,
	    .eval = reject_rhsbl_helo,
	    .doc = "Reject when the DNSBL lists the HELO name." },
	{ .name = "reject_rhsbl_sender",
	    .argument = ARGUMENT_NAME_BLOCKLIST,
	    .needs = RESTRICTION_NEEDS_REPLIES,
	    .eval = reject_rhsbl_sender,
	    .doc = "Reject when the DNSBL lists the domain of the "
		   "sender." },
	{ .name = "reject_rhsbl_recipient",
	    .argument = ARGUMENT_NAME_BLOCKLIST,
	    .needs = RESTRICTION_NEEDS_REPLIES,
	    .eval = reject_rhsbl_recipient,
	    .doc = "Reject when the DNSBL lists the domain of the "
		   "recipient." },
	{ .name = "permit_dnswl_client",
	    .argument = ARGUMENT_ALLOWLIST,
	    .needs = RESTRICTION_NEEDS_DOMAINS,
	    .eval = permit_dnswl_client,
	    .doc = "Permit when the list has the client's address and, "
		   "at RCPT, the recipient is one that "
		   "permit_auth_destination permits." },
	{ .name = "permit_rhswl_client",
	    .argument = ARGUMENT_NAME_ALLOWLIST,
	    .needs = RESTRICTION_NEEDS_DOMAINS,
	    .eval = permit_rhswl_client,
	    .doc = "Permit when the list has the client's name and, at "
		   "RCPT, the recipient is one that "
		   "permit_auth_destination permits." },
	{ .name = "reject_dnsbl_score",
	    .eval = reject_dnsbl_score,
	    .doc = "Reject when the weights of the dnsbl_sites that "
		   "list the client's address add up to "
		   "dnsbl_reject_threshold, with maps_rbl_reject_code." },
	{ .name = "check_dynamic_client_access",
	    .eval = check_dynamic_client_access,
	    .doc = "Permit clients that policyctl allow let in, and reject "
		   "those that policyctl deny shut out, with "
		   "access_map_reject_code. The smallest network that has the "
		   "address counts." },
	{ .name = "check_client_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_client_access,
	    .doc = "Look up the client's name and its parents, then "
		   "its address and its networks." },
	{ .name = "check_reverse_client_hostname_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_reverse_client_hostname_access,
	    .doc = "The same with the name of the PTR record. A table "
		   "that permits is refused." },
	{ .name = "check_helo_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_helo_access,
	    .doc = "Look up the HELO name and its parents." },
	{ .name = "check_sender_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_sender_access,
	    .doc = "Look up the sender: address, domain and its "
		   "parents, user@." },
	{ .name = "check_recipient_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_recipient_access,
	    .doc = "Look up the recipient: address, domain and its "
		   "parents, user@." },
	{ .name = "check_etrn_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_etrn_access,
	    .doc = "Look up the domain of ETRN and its parents." },
	{ .name = "check_sasl_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_sasl_access,
	    .doc = "Look up the login." },
	{ .name = "check_client_a_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_client_servers,
	    .variant = SERVERS_A,
	    .doc = "Look up the addresses of the client's name. A "
		   "table that permits is refused." },
	{ .name = "check_client_mx_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_client_servers,
	    .variant = SERVERS_MX,
	    .doc = "Look up the MX hosts of the client's name, and "
		   "their addresses. A table that permits is refused." },
	{ .name = "check_client_ns_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_client_servers,
	    .variant = SERVERS_NS,
	    .doc = "Look up the name servers of the client's name, and "
		   "their addresses. A table that permits is refused." },
	{ .name = "check_reverse_client_hostname_a_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_reverse_client_servers,
	    .variant = SERVERS_A,
	    .doc = "Look up the addresses of the client's PTR name. A "
		   "table that permits is refused." },
	{ .name = "check_reverse_client_hostname_mx_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_reverse_client_servers,
	    .variant = SERVERS_MX,
	    .doc = "Look up the MX hosts of the client's PTR name, and "
		   "their addresses. A table that permits is refused." },
	{ .name = "check_reverse_client_hostname_ns_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_reverse_client_servers,
	    .variant = SERVERS_NS,
	    .doc = "Look up the name servers of the client's PTR name, "
		   "and their addresses. A table that permits is "
		   "refused." },
	{ .name = "check_helo_a_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_helo_servers,
	    .variant = SERVERS_A,
	    .doc = "Look up the addresses of the HELO name. A table "
		   "that permits is refused." },
	{ .name = "check_helo_mx_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_helo_servers,
	    .variant = SERVERS_MX,
	    .doc = "Look up the MX hosts of the HELO name, and their "
		   "addresses. A table that permits is refused." },
	{ .name = "check_helo_ns_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_helo_servers,
	    .variant = SERVERS_NS,
	    .doc = "Look up the name servers of the HELO name, and "
		   "their addresses. A table that permits is refused." },
	{ .name = "check_sender_a_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_sender_servers,
	    .variant = SERVERS_A,
	    .doc = "Look up the addresses of the sender's domain. A "
		   "table that permits is refused." },
	{ .name = "check_sender_mx_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_sender_servers,
	    .variant = SERVERS_MX,
	    .doc = "Look up the MX hosts of the sender's domain, and "
		   "their addresses. A table that permits is refused." },
	{ .name = "check_sender_ns_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_sender_servers,
	    .variant = SERVERS_NS,
	    .doc = "Look up the name servers of the sender's domain, "
		   "and their addresses. A table that permits is "
		   "refused." },
	{ .name = "check_recipient_a_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_recipient_servers,
	    .variant = SERVERS_A,
	    .doc = "Look up the addresses of the recipient's domain. A "
		   "table that permits is refused." },
	{ .name = "check_recipient_mx_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_recipient_servers,
	    .variant = SERVERS_MX,
	    .doc = "Look up the MX hosts of the recipient's domain, "
		   "and their addresses. A table that permits is "
		   "refused." },
	{ .name = "check_recipient_ns_access",
	    .argument = ARGUMENT_TABLE,
	    .eval = check_recipient_servers,
	    .variant = SERVERS_NS,
	    .doc = "Look up the name servers of the recipient's "
		   "domain, and their addresses. A table that permits "
		   "is refused." },
	{ .name = "reject_unknown_client",
	    .eval = reject_unknown_client_hostname,
	    .doc = "Old name of reject_unknown_client_hostname." },
	{ .name = "reject_unknown_hostname",
	    .eval = reject_unknown_helo_hostname,
	    .doc = "Old name of reject_unknown_helo_hostname." },
	{ .name = "reject_invalid_hostname",
	    .eval = reject_invalid_helo_hostname,
	    .doc = "Old name of reject_invalid_helo_hostname." },
	{ .name = "reject_non_fqdn_hostname",
	    .eval = reject_non_fqdn_helo_hostname,
	    .doc = "Old name of reject_non_fqdn_helo_hostname." },
	{ .name = "reject_unknown_address",
	    .needs = RESTRICTION_NEEDS_DOMAINS,
	    .eval = reject_unknown_sender_domain,
	    .doc = "Old name of reject_unknown_sender_domain." },
	{ .name = "reject_rbl",
	    .argument = ARGUMENT_BLOCKLIST,
	    .needs = RESTRICTION_NEEDS_REPLIES,
	    .eval = reject_rbl_client,
	    .doc = "Old name of reject_rbl_client." },
	{ .name = "check_relay_domains",
	    .needs = RESTRICTION_NEEDS_DOMAINS,
	    .is_guard = true,
	    .eval = check_relay_domains,
	    .doc = "Old form of reject_unauth_destination, which permits what "
		   "it does not reject, and clients in relay_domains.",
	    .instead = "reject_unauth_destination" },
	{ .name = "permit_naked_ip_address",
	    .eval = permit_naked_ip_address,
	    .doc = "Old: permit when the HELO name is an IPv4 address without "
		   "brackets.",
	    .instead = "permit_mynetworks or permit_sasl_authenticated" },
	{ .name = "reject_maps_rbl",
	    .needs = RESTRICTION_NEEDS_REPLIES,
	    .eval = reject_maps_rbl,
	    .doc = "Old: reject_rbl_client with each of maps_rbl_domains.",
	    .instead = "reject_rbl_client ZONE" },
	{ .name = "check_policy_service",
	    .argument = ARGUMENT_WORD,
	    .refusal = "one policy service does not ask another" },
	{ .name = "check_ccert_access",
	    .argument = ARGUMENT_WORD,
	    .refusal = "a policy request does not hold the whole "
		       "certificate" },
	{ .name = "permit_inet_interfaces",
	    .refusal = "a policy request does not say which of them the "
		       "client is on" },
	{ .name = "permit_mx_backup",
	    .refusal = "it needs Postfix's own interfaces and mail routing" },
	{ .name = "permit_tls_all_clientcerts",
	    .refusal = "a policy request does not say whether a "
		       "certificate is trusted" },
	{ .name = "permit_tls_clientcerts",
	    .refusal = "a policy request does not say whether a "
		       "certificate is trusted" },
	{ .name = "reject_unauth_pipelining",
	    .refusal = "only smtpd sees when a command arrives" },
	{ .name = "reject_unverified_recipient",
	    .refusal = "only Postfix can probe an address" },
	{ .name = "reject_unverified_sender",
	    .refusal = "only Postfix can probe an address" },
	{ .name = "sleep",
	    .argument = ARGUMENT_WORD,
	    .refusal = "a policy service must not hold up smtpd" },
};

#define NROWS (sizeof rows / sizeof rows[0])

static const struct restriction class_name = {
	.name = "class",
	.eval = restrict_class,
};

static const struct restriction fault = {
	.name = "error",
	.eval = restrict_fault,
};

static const struct restriction bare_table = {
	.name = "table",
	.argument = ARGUMENT_TABLE,
	.eval = check_bare_table,
};

const struct restrictions restriction_table = {
	.rows = rows,
	.n = NROWS,
	.class_name = &class_name,
	.fault = &fault,
	.bare_table = &bare_table,
	.check_reply = dnsbl_reply_check,
};

/* One item of a list, its text with a full stop of its own. */
static void
print_row(const struct restriction *row, struct strbuf *out)
{
	strbuf_addf(out, ".It Ic %s", row->name);
	if (row->argument != ARGUMENT_NONE)
		strbuf_addf(out, " Ar %s", argument_kind_name(row->argument));
	if (row->refusal != NULL) {
		strbuf_addf(out, "\nNot for a policy service: %s.\n",
		    row->refusal);
	} else {
		strbuf_addc(out, '\n');
		conf_mdoc_text(out, row->doc);
		strbuf_addc(out, '\n');
	}
}

void
restrictions_print_mdoc(struct strbuf *out)
{
	strbuf_adds(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < NROWS; i++)
		print_row(&rows[i], out);
	strbuf_adds(out, ".El\n");
}
