/*
 * The parameters of policyd.cf(5): its own, and those of Postfix 3.7 that
 * restrictions depend on, with Postfix's names and defaults.
 */
#include "policy_params.h"
#include "mem.h"

#define FIELD(name)      offsetof(struct policy_params, name)
#define LIST(stage)      offsetof(struct policy_params, lists[stage])
#define LIMITS(unit)     offsetof(struct policy_params, rate_limits[unit])
#define LIMIT_MAPS(unit) offsetof(struct policy_params, rate_limit_maps[unit])
#define ADDRESS_MAP(map) offsetof(struct policy_params, address_maps[map])

#define CODE     "400..599"
#define TEMPFAIL "defer_if_permit|defer"

const struct listener_defaults policyd_client_defaults = {
	.owner = "postfix",
	.group = "postfix",
	.mode = 0660,
};

const struct conf_param policyd_params[] = {
	{ "user", CONF_STRING, CONF_AT_START, FIELD(user), "sekisho-policyd",
	    "name",
	    "Whom policyd becomes when root starts it. "
	    "Empty: it stays the user that started it." },
	{ "listen", CONF_TEXT, CONF_AT_START, FIELD(listen),
	    "unix:/var/spool/postfix/private/sekisho-policy", "address ...",
	    "Where Postfix asks (check_policy_service). Each address is "
	    "unix:PATH or inet:ADDRESS:PORT, plain or as { ADDRESS, owner = "
	    "U, group = G, mode = 0660 }." },
	{ "control_socket", CONF_TEXT, CONF_AT_START, FIELD(control_socket),
	    "unix:/run/sekisho/policyd.ctl", "address",
	    "Where policyctl asks: unix:PATH, because who may change things "
	    "is told by the peer's user. Empty: nowhere." },
	{ "metrics_listen", CONF_TEXT, CONF_AT_START, FIELD(metrics_listen), "",
	    "address",
	    "Where Prometheus gets metrics by HTTP (/metrics): "
	    "inet:127.0.0.1:PORT or unix:PATH. Empty: nowhere." },
	{ "metrics_top_users", CONF_INT, 0, FIELD(metrics_top_users), "0",
	    "0..1000",
	    "So many logins, those nearest to their rate limits, have metrics "
	    "with their names, as 20; a login once for each of its limits. 0: "
	    "none." },
	{ "pid_file", CONF_STRING, CONF_AT_START, FIELD(pid_file),
	    "/run/sekisho/policyd.pid", "path",
	    "Written and locked, but not with -f. Empty: none." },
	{ "log_level", CONF_CHOICE, 0, FIELD(log_level), "info",
	    "error|warn|info|debug", "What is logged: this much or worse." },
	{ "control_admins", CONF_TEXT, 0, FIELD(control_admins), "", "user ...",
	    "Who may change things by policyctl beside root and policyd's own "
	    "user. They need the right to open control_socket, too, as members "
	    "of the group sekisho have it." },
	{ "authd_control", CONF_STRING, CONF_AT_START, FIELD(authd_control),
	    "unix:/run/sekisho/authd.ctl", "address",
	    "Where authd tells who is suspended and who logs in: its "
	    "control_socket. As long as it does not, what it said before "
	    "counts, and nobody is refused for what it did not say. Empty: "
	    "nowhere." },
	{ "state_database", CONF_TEXT, CONF_AT_START, FIELD(state_database),
	    "gdbm:/var/lib/sekisho/policy/state.gdbm", "gdbm:path",
	    "Where policyd keeps what it remembers between requests: whom "
	    "policyctl allowed and denied, and what was counted for rate "
	    "limits. Beside it are path.journal, the "
	    "changes since it was written, path.lock and, for a moment, "
	    "path.new." },
	{ "state_limit", CONF_SIZE, CONF_AT_START, FIELD(state_limit), "64m",
	    "size",
	    "Memory for it. Each kind has its share and takes nothing from "
	    "another: clients a fifth, which is enough for 100000 of them, "
	    "rates three tenths, which is enough for 150000 counters. What is "
	    "full forgets the counters that would end first. Places of logins "
	    "have a fifth, which is enough for 25000 of them, what authctl "
	    "incident tells a fifth, which is enough for 60000 messages, "
	    "five days of 1000 users; one login that sends very many has an "
	    "eighth of that and then loses the oldest of its own, "
	    "suspensions and the passwords that logins used a twentieth." },
	{ "postfix_config_directory", CONF_STRING, CONF_AT_START,
	    FIELD(postfix_config_directory), "/etc/postfix", "path",
	    "The main.cf that policyd takes its networks, domains and names "
	    "from. Empty: Postfix is not asked." },
	{ "resolver", CONF_STRING, 0, FIELD(resolver), "system", "server ...",
	    "Who is asked for DNS: system (resolv.conf), recursive (policyd "
	    "itself), or ADDRESS@PORT of servers; then any "
	    "ZONE=ADDRESS@PORT that answer for one zone." },
	{ "dns_timeout", CONF_TIME, 0, FIELD(dns_timeout), "5s", "time",
	    "How long a request waits for DNS and for tables that a server "
	    "has, whatever it asks." },
	{ "proxy_cache_time", CONF_TIME, 0, FIELD(proxy_cache_time), "60s",
	    "time",
	    "How long an answer from a table that a server has (proxy:, "
	    "socketmap:, tcp:) is kept, be it a value or none. A failed lookup "
	    "is kept for a second. 0: each request asks." },
	{ "dns_parallel", CONF_BOOL, 0, FIELD(dns_parallel), "yes", "yes|no",
	    "Ask for all that a request needs at once. no: one after the "
	    "other, and no more than Postfix would ask, for lists that count "
	    "queries." },
	{ "dns_cache_size", CONF_SIZE, 0, FIELD(dns_cache_size), "64m", "size",
	    "Memory for answers of DNS." },
	{ "dnsbl_strict", CONF_BOOL, 0, FIELD(dnsbl_strict), "yes", "yes|no",
	    "Do not take refusals (127.255.255.x), 127.0.0.1 and addresses "
	    "outside of 127.0.0.0/8 for a listing. no: Postfix's reading." },
	{ "dnsbl_test_interval", CONF_TIME, 0, FIELD(dnsbl_test_interval),
	    "30m", "time",
	    "How often each list is tested (RFC 5782). 0: no list is tested, "
	    "proved or quarantined." },
	{ "dnsbl_untested", CONF_TEXT, 0, FIELD(dnsbl_untested), "", "zone ...",
	    "Lists that hold their own test points on purpose: they are "
	    "never tested or quarantined." },
	{ "dnsbl_sites", CONF_TEXT, 0, FIELD(dnsbl_sites), "",
	    "zone[=filter][*weight] ...",
	    "The lists of reject_dnsbl_score, in the syntax of "
	    "postscreen_dnsbl_sites." },
	{ "dnsbl_reject_threshold", CONF_INT, 0, FIELD(dnsbl_reject_threshold),
	    "1", "1..1000", "The score at which reject_dnsbl_score rejects." },

	{ "smtpd_client_restrictions", CONF_TEXT, 0, LIST(STAGE_CLIENT), "",
	    "restriction ...", "Evaluated at connection, or at RCPT." },
	{ "smtpd_helo_restrictions", CONF_TEXT, 0, LIST(STAGE_HELO), "",
	    "restriction ...", "Evaluated at HELO, or at RCPT." },
	{ "smtpd_sender_restrictions", CONF_TEXT, 0, LIST(STAGE_SENDER), "",
	    "restriction ...", "Evaluated at MAIL, or at RCPT." },
	{ "smtpd_relay_restrictions", CONF_TEXT, 0, LIST(STAGE_RELAY), "",
	    "restriction ...", "Evaluated at RCPT." },
	{ "smtpd_recipient_restrictions", CONF_TEXT, 0, LIST(STAGE_RECIPIENT),
	    "", "restriction ...", "Evaluated at RCPT." },
	{ "smtpd_data_restrictions", CONF_TEXT, 0, LIST(STAGE_DATA), "",
	    "restriction ...", "Evaluated at DATA." },
	{ "smtpd_end_of_data_restrictions", CONF_TEXT, 0,
	    LIST(STAGE_END_OF_DATA), "", "restriction ...",
	    "Evaluated at the end of the message." },
	{ "smtpd_etrn_restrictions", CONF_TEXT, 0, LIST(STAGE_ETRN), "",
	    "restriction ...", "Evaluated at ETRN." },
	{ "smtpd_restriction_classes", CONF_TEXT, 0,
	    FIELD(smtpd_restriction_classes), "", "name ...",
	    "Names of lists of restrictions; each is a parameter of its "
	    "own." },
	{ "smtpd_delay_reject", CONF_BOOL, 0, FIELD(smtpd_delay_reject), "yes",
	    "yes|no",
	    "Evaluate the client, helo and sender lists at RCPT (and ETRN) "
	    "only." },
	{ "smtpd_relay_before_recipient_restrictions", CONF_BOOL, 0,
	    FIELD(smtpd_relay_before_recipient_restrictions), "yes", "yes|no",
	    "Evaluate the relay list before the recipient list." },
	{ "stress", CONF_STRING, 0, FIELD(stress), "", "text",
	    "What $stress stands for while smtpd is not under stress. A "
	    "request that tells of stress makes it yes, for itself." },

	{ "access_map_defer_code", CONF_INT, 0, FIELD(access_map_defer_code),
	    "450", CODE,
	    "Reply code for DEFER and DEFER_IF_* in an access table. Set it "
	    "here if main.cf does: Postfix sends it, too, for what policyd "
	    "leaves to it to put off." },
	{ "access_map_reject_code", CONF_INT, 0, FIELD(access_map_reject_code),
	    "554", CODE, "Reply code for REJECT in an access table." },
	{ "defer_code", CONF_INT, 0, FIELD(defer_code), "450", CODE,
	    "Reply code of defer." },
	{ "invalid_hostname_reject_code", CONF_INT, 0,
	    FIELD(invalid_hostname_reject_code), "501", CODE,
	    "Reply code of reject_invalid_helo_hostname." },
	{ "maps_rbl_domains", CONF_TEXT, 0, FIELD(maps_rbl_domains), "",
	    "zone ...", "The lists of the old reject_maps_rbl." },
	{ "maps_rbl_reject_code", CONF_INT, 0, FIELD(maps_rbl_reject_code),
	    "554", CODE, "Reply code of reject_rbl_* and reject_rhsbl_*." },
	{ "multi_recipient_bounce_reject_code", CONF_INT, 0,
	    FIELD(multi_recipient_bounce_reject_code), "550", CODE,
	    "Reply code of reject_multi_recipient_bounce." },
	{ "non_fqdn_reject_code", CONF_INT, 0, FIELD(non_fqdn_reject_code),
	    "504", CODE, "Reply code of reject_non_fqdn_*." },
	{ "plaintext_reject_code", CONF_INT, 0, FIELD(plaintext_reject_code),
	    "450", CODE, "Reply code of reject_plaintext_session." },
	{ "reject_code", CONF_INT, 0, FIELD(reject_code), "554", CODE,
	    "Reply code of reject." },
	{ "relay_domains_reject_code", CONF_INT, 0,
	    FIELD(relay_domains_reject_code), "554", CODE,
	    "Reply code of reject_unauth_destination." },
	{ "unknown_address_reject_code", CONF_INT, 0,
	    FIELD(unknown_address_reject_code), "450", CODE,
	    "Reply code of reject_unknown_sender_domain and "
	    "reject_unknown_recipient_domain." },
	{ "unknown_client_reject_code", CONF_INT, 0,
	    FIELD(unknown_client_reject_code), "450", CODE,
	    "Reply code of reject_unknown_client_hostname and "
	    "reject_unknown_reverse_client_hostname." },
	{ "unknown_hostname_reject_code", CONF_INT, 0,
	    FIELD(unknown_hostname_reject_code), "450", CODE,
	    "Reply code of reject_unknown_helo_hostname." },
	{ "reject_tempfail_action", CONF_STRING, 0,
	    FIELD(reject_tempfail_action), "defer_if_permit", TEMPFAIL,
	    "What a temporary failure of DNS means to a reject_unknown_*." },
	{ "unknown_address_tempfail_action", CONF_CHOICE, 0,
	    FIELD(unknown_address_tempfail_action), "$reject_tempfail_action",
	    TEMPFAIL, "The same for sender and recipient domains." },
	{ "unknown_helo_hostname_tempfail_action", CONF_CHOICE, 0,
	    FIELD(unknown_helo_hostname_tempfail_action),
	    "$reject_tempfail_action", TEMPFAIL,
	    "The same for the HELO name." },
	{ "default_rbl_reply", CONF_RAW, 0, FIELD(default_rbl_reply),
	    "$rbl_code Service unavailable; $rbl_class [$rbl_what] blocked "
	    "using $rbl_domain${rbl_reason?; $rbl_reason}",
	    "template",
	    "The reply for what a DNSBL lists. One that cannot be expanded is "
	    "an error, as Postfix's smtpd would end; for one without a reply "
	    "code Postfix sends 450 4.7.1: policyd warns, and does so, too." },
	{ "rbl_reply_maps", CONF_TEXT, 0, FIELD(rbl_reply_maps), "",
	    "type:name ...",
	    "Templates for single lists. One that cannot be expanded is "
	    "logged, and default_rbl_reply takes its place." },
	{ "smtpd_expansion_filter", CONF_RAW, 0, FIELD(smtpd_expansion_filter),
	    "\\t\\40!\"#$%&'()*+,-./0123456789:;<=>?@"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`"
	    "abcdefghijklmnopqrstuvwxyz{|}~",
	    "characters",
	    "What values in a reply template may hold; the rest becomes _." },

	{ "myhostname", CONF_STRING, CONF_FROM_POSTFIX, FIELD(myhostname),
	    "localhost.$mydomain", "name", "The name of this mail server." },
	{ "mydomain", CONF_STRING, CONF_FROM_POSTFIX, FIELD(mydomain),
	    "localdomain", "domain", "Its domain." },
	{ "myorigin", CONF_STRING, CONF_FROM_POSTFIX, FIELD(myorigin),
	    "$myhostname", "domain",
	    "The domain of addresses without one, or the path of a file "
	    "that holds it." },
	{ "mydestination", CONF_TEXT, CONF_FROM_POSTFIX, FIELD(mydestination),
	    "$myhostname, localhost.$mydomain, localhost", "pattern ...",
	    "Domains that are delivered here." },
	{ "mynetworks", CONF_TEXT, CONF_FROM_POSTFIX, FIELD(mynetworks),
	    "127.0.0.0/8 [::1]/128", "pattern ...",
	    "Clients that are trusted." },
	{ "relay_domains", CONF_TEXT, CONF_FROM_POSTFIX, FIELD(relay_domains),
	    "", "pattern ...", "Domains that mail is relayed to." },
	{ "virtual_alias_domains", CONF_TEXT, CONF_FROM_POSTFIX,
	    FIELD(virtual_alias_domains), "", "pattern ...",
	    "Domains of aliases." },
	{ "virtual_mailbox_domains", CONF_TEXT, CONF_FROM_POSTFIX,
	    FIELD(virtual_mailbox_domains), "", "pattern ...",
	    "Domains of virtual mailboxes." },
	{ "inet_interfaces", CONF_TEXT, CONF_FROM_POSTFIX,
	    FIELD(inet_interfaces), "all", "address ...",
	    "Our own addresses." },
	{ "proxy_interfaces", CONF_TEXT, CONF_FROM_POSTFIX,
	    FIELD(proxy_interfaces), "", "address ...",
	    "Addresses by which we are reached through others." },
	{ "parent_domain_matches_subdomains", CONF_TEXT, CONF_FROM_POSTFIX,
	    FIELD(parent_domain_matches_subdomains),
	    "debug_peer_list,fast_flush_domains,mynetworks,"
	    "permit_mx_backup_networks,qmqpd_authorized_clients,"
	    "relay_domains,smtpd_access_maps",
	    "name ...",
	    "Lists in which a domain stands for its subdomains, too." },
	{ "recipient_delimiter", CONF_STRING, CONF_FROM_POSTFIX,
	    FIELD(recipient_delimiter), "", "characters",
	    "What begins an address extension." },
	{ "empty_address_recipient", CONF_STRING, 0,
	    FIELD(empty_address_recipient), "MAILER-DAEMON", "name",
	    "Who stands for an empty local part." },
	{ "smtpd_null_access_lookup_key", CONF_STRING, 0,
	    FIELD(smtpd_null_access_lookup_key), "<>", "key",
	    "What check_sender_access looks up for the null sender." },
	{ "smtpd_sender_login_maps", CONF_TEXT, 0,
	    FIELD(smtpd_sender_login_maps), "", "type:name ...",
	    "The logins that own a sender address." },
	{ "local_recipient_maps", CONF_TEXT, CONF_FROM_POSTFIX,
	    ADDRESS_MAP(MAP_LOCAL_RECIPIENT), "", "type:name ...",
	    "Who has mail in a domain of mydestination. Empty: anybody." },
	{ "virtual_mailbox_maps", CONF_TEXT, CONF_FROM_POSTFIX,
	    ADDRESS_MAP(MAP_VIRTUAL_MAILBOX), "", "type:name ...",
	    "Who has mail in a domain of virtual_mailbox_domains. Empty: "
	    "anybody." },
	{ "relay_recipient_maps", CONF_TEXT, CONF_FROM_POSTFIX,
	    ADDRESS_MAP(MAP_RELAY_RECIPIENT), "", "type:name ...",
	    "Who has mail in a domain of relay_domains. Empty: anybody." },
	{ "virtual_alias_maps", CONF_TEXT, CONF_FROM_POSTFIX,
	    ADDRESS_MAP(MAP_VIRTUAL_ALIAS), "", "type:name ...",
	    "Addresses that become others, in any domain." },
	{ "canonical_maps", CONF_TEXT, CONF_FROM_POSTFIX,
	    ADDRESS_MAP(MAP_CANONICAL), "", "type:name ...",
	    "The same, of senders and recipients." },
	{ "recipient_canonical_maps", CONF_TEXT, CONF_FROM_POSTFIX,
	    ADDRESS_MAP(MAP_RECIPIENT_CANONICAL), "", "type:name ...",
	    "The same, of recipients; senders are looked up, too." },
	{ "sender_canonical_maps", CONF_TEXT, CONF_FROM_POSTFIX,
	    ADDRESS_MAP(MAP_SENDER_CANONICAL), "", "type:name ...",
	    "The same, of senders." },
	{ "relocated_maps", CONF_TEXT, CONF_FROM_POSTFIX,
	    ADDRESS_MAP(MAP_RELOCATED), "", "type:name ...",
	    "Who has moved, and to where." },
	{ "transport_maps", CONF_TEXT, CONF_FROM_POSTFIX,
	    ADDRESS_MAP(MAP_TRANSPORT), "", "type:name ...",
	    "Transports of addresses and domains. What has error or retry is "
	    "refused." },
	{ "sender_dependent_default_transport_maps", CONF_TEXT,
	    CONF_FROM_POSTFIX, ADDRESS_MAP(MAP_SENDER_TRANSPORT), "",
	    "type:name ...", "What comes before default_transport." },
	{ "sender_dependent_relayhost_maps", CONF_TEXT, CONF_FROM_POSTFIX,
	    ADDRESS_MAP(MAP_SENDER_RELAYHOST), "", "type:name ...",
	    "What comes before relayhost." },
	{ "local_transport", CONF_STRING, CONF_FROM_POSTFIX,
	    FIELD(local_transport), "local:$myhostname", "transport:nexthop",
	    "The transport of mydestination." },
	{ "virtual_transport", CONF_STRING, CONF_FROM_POSTFIX,
	    FIELD(virtual_transport), "virtual", "transport:nexthop",
	    "The transport of virtual_mailbox_domains." },
	{ "relay_transport", CONF_STRING, CONF_FROM_POSTFIX,
	    FIELD(relay_transport), "relay", "transport:nexthop",
	    "The transport of relay_domains." },
	{ "default_transport", CONF_STRING, CONF_FROM_POSTFIX,
	    FIELD(default_transport), "smtp", "transport:nexthop",
	    "The transport of all other domains." },
	{ "relayhost", CONF_STRING, CONF_FROM_POSTFIX, FIELD(relayhost), "",
	    "host",
	    "What a relay_transport or default_transport of error says, if it "
	    "has no text." },
	{ "unknown_local_recipient_reject_code", CONF_INT, 0,
	    FIELD(unknown_local_recipient_reject_code), "550", CODE,
	    "Reply code for whom local_recipient_maps lacks." },
	{ "unknown_virtual_mailbox_reject_code", CONF_INT, 0,
	    FIELD(unknown_virtual_mailbox_reject_code), "550", CODE,
	    "Reply code for whom virtual_mailbox_maps lacks." },
	{ "unknown_relay_recipient_reject_code", CONF_INT, 0,
	    FIELD(unknown_relay_recipient_reject_code), "550", CODE,
	    "Reply code for whom relay_recipient_maps lacks." },
	{ "unknown_virtual_alias_reject_code", CONF_INT, 0,
	    FIELD(unknown_virtual_alias_reject_code), "550", CODE,
	    "Reply code for whom virtual_alias_maps lacks in a domain of "
	    "virtual_alias_domains." },
	{ "show_user_unknown_table_name", CONF_BOOL, 0,
	    FIELD(show_user_unknown_table_name), "yes", "yes|no",
	    "Say which table lacks the address." },
	{ "recipient_rate_limits", CONF_TEXT, 0, LIMITS(RATE_RECIPIENTS), "",
	    "key N/time ...",
	    "How many recipients reject_rate_limit lets pass: see Rate limits "
	    "above." },
	{ "message_rate_limits", CONF_TEXT, 0, LIMITS(RATE_MESSAGES), "",
	    "key N/time ...",
	    "How many messages. Only a call of policyd from "
	    "smtpd_end_of_data_restrictions tells of those that came to their "
	    "end." },
	{ "byte_rate_limits", CONF_TEXT, 0, LIMITS(RATE_BYTES), "",
	    "key N/time ...",
	    "How many bytes of messages, whatever the number of recipients. "
	    "Before the end of a message it is the size that the client "
	    "declared." },
	{ "distinct_recipient_rate_limits", CONF_TEXT, 0,
	    LIMITS(RATE_DISTINCT_RECIPIENTS), "", "key N/time ...",
	    "How many different recipients. One that was counted in the same "
	    "time is never refused." },
	{ "recipient_rate_limit_maps", CONF_TEXT, 0,
	    LIMIT_MAPS(RATE_RECIPIENTS), "", "type:name ...",
	    "Other limits for some logins, in place of those of "
	    "sasl_username: the login, then @domain, to none or N/time ..." },
	{ "message_rate_limit_maps", CONF_TEXT, 0, LIMIT_MAPS(RATE_MESSAGES),
	    "", "type:name ...", "The same for messages." },
	{ "byte_rate_limit_maps", CONF_TEXT, 0, LIMIT_MAPS(RATE_BYTES), "",
	    "type:name ...", "The same for bytes." },
	{ "distinct_recipient_rate_limit_maps", CONF_TEXT, 0,
	    LIMIT_MAPS(RATE_DISTINCT_RECIPIENTS), "", "type:name ...",
	    "The same for different recipients." },
	{ "rate_limit_exempt_restrictions", CONF_TEXT, 0,
	    FIELD(rate_limit_exempt_restrictions), "", "restriction ...",
	    "What these permit is neither limited nor counted." },
	{ "rate_limit_reject_code", CONF_INT, 0, FIELD(rate_limit_reject_code),
	    "450", CODE, "Reply code of reject_rate_limit." },
	{ "takeover_action", CONF_CHOICE, 0, FIELD(takeover_action), "reject",
	    "reject|hold|warn",
	    "What reject_sasl_takeover does with mail beyond a budget, and from "
	    "places that are locked: refuse it for now, put it on hold "
	    "(postsuper -H lets it go), or let it pass with a line of the log. "
	    "warn locks and suspends nobody." },
	{ "takeover_strange_recipient_limits", CONF_TEXT, 0,
	    FIELD(takeover_strange_recipient_limits), "50/1h 100/1d",
	    "N/1h N/1d",
	    "How many recipients of a login pass from places that are not its "
	    "own; where the habit of a login is higher, so much in an hour "
	    "does, up to twice the limit, and twice that in a day." },
	{ "takeover_own_recipient_limits", CONF_TEXT, 0,
	    FIELD(takeover_own_recipient_limits), "200/1h 400/1d", "N/1h N/1d",
	    "How many from its own places; where three times the habit is "
	    "more, that, and twice that in a day." },
	{ "takeover_strange_origins", CONF_TEXT, 0,
	    FIELD(takeover_strange_origins), "3/1h 5/1h", "N/1h N/1h",
	    "With so many places in an hour that are not its own, a login may "
	    "send two fifths of takeover_strange_recipient_limits; with so "
	    "many it is suspended once more than 60 recipients were tried." },
	{ "takeover_exempt_maps", CONF_TEXT, 0, FIELD(takeover_exempt_maps), "",
	    "type:name ...",
	    "Other limits for some logins: the login, then @domain, to none "
	    "or to own N/1h N/1d strange N/1h N/1d. Where one of two times "
	    "is missing, a day has twice the hour's limit." },
	{ "takeover_familiar_networks", CONF_TEXT, 0,
	    FIELD(takeover_familiar_networks), "$mynetworks", "pattern ...",
	    "Clients that are every login's own place, as a webmail server." },
	{ "takeover_learning_time", CONF_TIME, 0, FIELD(takeover_learning_time),
	    "14d", "time",
	    "How long nobody is refused, locked or suspended, but places are "
	    "learned; it is counted from the first start with "
	    "reject_sasl_takeover in a list, and not begun again." },
	{ "takeover_lock_time", CONF_TIME, 0, FIELD(takeover_lock_time), "3d",
	    "time",
	    "How long places that are not a login's own stay locked, unless it "
	    "is resumed." },
	{ "takeover_hold_limit", CONF_INT, 0, FIELD(takeover_hold_limit), "200",
	    "0..1000000",
	    "How many messages of a login are put on hold in a day; the rest "
	    "is refused." },
	{ "allow_percent_hack", CONF_BOOL, 0, FIELD(allow_percent_hack), "yes",
	    "yes|no", "Take user%domain for user@domain." },
	{ "allow_untrusted_routing", CONF_BOOL, 0,
	    FIELD(allow_untrusted_routing), "no", "yes|no",
	    "Take user@elsewhere@domain for an authorised destination." },
	{ "append_at_myorigin", CONF_BOOL, 0, FIELD(append_at_myorigin), "yes",
	    "yes|no", "Add @myorigin to addresses without a domain." },
	{ "append_dot_mydomain", CONF_BOOL, 0, FIELD(append_dot_mydomain), "no",
	    "yes|no", "Add .mydomain to domains without a dot." },
	{ "resolve_dequoted_address", CONF_BOOL, 0,
	    FIELD(resolve_dequoted_address), "yes", "yes|no",
	    "Look for routing operators in quoted local parts, too." },
	{ "resolve_null_domain", CONF_BOOL, 0, FIELD(resolve_null_domain), "no",
	    "yes|no", "Take user@ for user." },
	{ "resolve_numeric_domain", CONF_BOOL, 0, FIELD(resolve_numeric_domain),
	    "no", "yes|no", "Take user@1.2.3.4 for user@[1.2.3.4]." },
	{ "smtputf8_enable", CONF_BOOL, 0, FIELD(smtputf8_enable), "yes",
	    "yes|no", "Understand internationalised domain names." },
	{ "swap_bangpath", CONF_BOOL, 0, FIELD(swap_bangpath), "yes", "yes|no",
	    "Take site!user for user@site." },
};

const size_t npolicyd_params = sizeof policyd_params / sizeof policyd_params[0];

const char **
policyd_shared_names(void)
{
	const char **names = xcalloc(npolicyd_params + 1, sizeof *names);
	size_t n = 0;

	for (size_t i = 0; i < npolicyd_params; i++)
		if ((policyd_params[i].flags & CONF_FROM_POSTFIX) != 0)
			names[n++] = policyd_params[i].name;
	return names;
}
