# What random configurations and dialogues are made of (Random.pm): the shapes
# that tell implementations apart, in the zones of the lab.  loop1.test is not
# among the names: Postfix follows a loop of aliases that nsd gives it, where
# the resolver that it usually has fails.
package Words;
use strict;
use warnings;
no warnings 'qw'; # commas are meant

our @helos = qw(mail.good.test good.test foo foo. foo.bar. . .. a,b <x> []
    nodot gone.nowhere.test x.servfail.test helo-a.test helo-mx.test
    helo-null.test mxnumeric.test mxservfail.test badmx.test sixonly.test
    txtonly.test alias.test deadalias.test servalias.test
    evil.test EVIL.test sub.evil.test mxevil.test bad.helo.test
    good.helo.test listed.test localhost filed filed.test inside.home.test
    192.0.2.10 192.0.2.1 1.2.3 127.1 2001:db8::10 [192.0.2.10] [192.0.2.1]
    [192.0.2.300] [IPv6:2001:db8::1] [2001:db8::1] -bad.test under_score.test
    .evil.test evil.test. a@evil.test xn--bcher-kva.test);

our @domains = qw(good.test GOOD.Test good.test. sub.good.test mail.good.test
    home.test HOME.test home.test. home.test.. .home.test inside.home.test
    relay.test sub.relay.test x.sub.relay.test alias.example sub.alias.example
    box.example sub.box.example other.test gone.nowhere.test x.servfail.test
    nullmx.test nullmxa.test badmx.test mxonly.test mxgone.test mxevil.test
    mxtwo.test mxself.test mxnumeric.test mxservfail.test aonly.test
    sixonly.test txtonly.test alias.test deadalias.test
    servalias.test listed.test mx.listed.test evil.test EVIL.Test
    a.dyn.evil.test bücher.test xn--bcher-kva.test straße.test
    under_score.test -bad.test dom.1 x.y.1 localhost nodot filed.test host
    [192.0.2.66] [127.0.0.1] [198.51.100.66] [IPv6:2001:db8:bad::1]
    [IPv6:::1] [999.1.2.3] [1.2.3] 1.2.3.4 127.0.0.1 2001:db8::1);
our @usual_domains = qw(good.test home.test relay.test other.test evil.test);

our @users = ('a', 'b', 'user', 'User', 'user+ext', 'user+ext+more', '+ext',
    'user-ext', 'abuse', 'postmaster', 'owner-x', 'list-request', 'x.y',
    'x..y', 'bü', 'a=b', 'a/b', 'b%other.test', 'b%home.test', 'b%relay.test',
    'other.test!b', 'home.test!b', 'relay.test!x', 'b%', '%b', '"b c"', '""',
    '"x+y"', '"a\"b"', '"b@other.test"', '"b%other.test"', '"b!home.test"',
    'b@other.test', 'b@home.test');
our @usual_users = qw(a b user user+ext);

# Whole addresses of odd shape.
our @odd_addresses = ('<b@>', '<@home.test>', '<@other.test:b@home.test>',
    '<@home.test,@x:b@other.test>', '<user>', '<user+ext>', '<other.test!b>',
    '<b%other.test>', '<"b@other.test">', '<"b@home.test">', '<home.test!b>',
    '<a!b!c>', '<@>', '<a.>', '<a@b@c>', '<"b c">',
    '<b%home.test%other.test>', '<b%other.test%home.test@home.test>',
    '<other.test!home.test!b@home.test>');

our @logins = qw(joe JOE joe@home.test ann jim);
our @etrns = qw(relay.test good.test other.test sub.relay.test RELAY.test);

# Keys of tables.
our @client_keys = qw(mail.good.test good.test .good.test evil.test .evil.test
    dyn.evil.test test .test 192.0.2.10 192.0.2.12 192.0.2 192.0 192
    198.51.100 198.51 203.0.113 198.51.100.66 192.0.2.66 192.0.2.80
    2001:db8::10 2001:db8:bad 2001:db8:1 2001:db8 2001 unknown home.test
    .home.test inside.home.test mx.evil.test ns.evil.test ns.good.test
    mx.listed.test mxself.test ns.test 127.0.0 127.0.0.1 ::1 203.0.113.77
    gone.good.test mail);
our @helo_keys = qw(mail.good.test good.test .good.test foo foo. foo.bar. bar.
    1.2 1.2.3 192.0.2.10 192.0 [192.0.2.10] evil.test .evil.test helo.test
    test .test test. bücher.test xn--bcher-kva.test [ipv6:2001:db8::1]
    2001:db8 localhost 2.1] .2.1] 2.3 .2.3 . a,b <x>);
our @address_keys = qw(a@good.test user@ user+ext@ user@home.test
    user+ext@home.test b@ good.test .good.test test .test home.test relay.test
    .relay.test sub.relay.test other.test <> evil.test a@evil.test
    user@evil.test user-ext@ user b@home.test @good.test @home.test
    [192.0.2.66] [127.0.0.1] 1.2.3.4 xn--bcher-kva.test bücher.test
    User@good.test b%other.test@ b%other.test b@other.test@home.test
    b@other.test 1 abuse@home.test owner-x@ owner@ list@ x@ +ext@ a@GOOD.test
    host.home.test host a@good.test. mx.home.test);
our @networks = qw(192.0.2.0/24 192.0.2.10 192.0.2.64/26 198.51.100.0/24
    198.51.100.66/32 203.0.113.0/25 127.0.0.0/8 0.0.0.0/0 ::/0
    2001:db8::/32 2001:db8:bad::/48 2001:db8:1::5 !192.0.2.0/24);

# Values of access tables.  Not here:
# - HOLD, FILTER and the like with an argument that works, and DISCARD: one
#   action a reply, so beside a refusal or a deferral to come they differ;
# - a code without a text (REJECT 5.7.1): policyd has to say something.
our @actions = ('OK', 'ok', 'ok text', 'RELAY', '1', '12345', '554', 'DUNNO',
    'dunno x', 'REJECT', 'reject no way', 'REJECT 5.1.1 gone',
    'REJECT 4.1.8 odd', 'REJECT  5.1.1  two  blanks', 'REJECT bü text',
    'DEFER', 'DEFER 5.1.2 wait', 'DEFER_IF_PERMIT',
    'DEFER_IF_PERMIT 4.1.7 put off', 'DEFER_IF_REJECT',
    'defer_if_reject 5.1.2 put off', '450 busy', '450 5.7.1 x',
    '550 5.1.0 full', '550 5.1.9 nine', '550 2.1.5 two', '550 5.10.1 ten',
    '555 5.1.10 ten', '550 5.1.1x odd', "550 5.7.1\ttab", '554 no',
    '421 4.3.0 going', '521 5.2.0 bye', '599 x', '500 4.2.2 x', '400 x',
    '45 x', '4500 x', '250 x', 'WARN hey', 'INFO hey', 'BCC nowhere',
    'REDIRECT nowhere', 'FILTER nowhere', 'PREPEND nowhere', 'nosuch',
    'permit', 'reject', 'defer', 'defer_if_permit', 'defer_if_reject',
    'DUNNO, reject', 'OK, reject', 'REJECT,x', 'DEFER_IF_REJECT, reject',
    'reject_unknown_client_hostname, permit', 'warn_if_reject reject',
    'warn_if_reject, reject_unauth_destination', 'permit_mynetworks reject',
    'class_a', 'class_b', 'class_c', 'class_a class_b', 'class_w',
    'warn_if_reject class_a', 'warn_if_reject class_b, reject',
    'reject_rbl_client bl.test', 'reject_rhsbl_sender rhs.test',
    'permit_mynetworks, reject_rbl_client bl.test=127.0.0.2, reject',
    'check_client_access', 'reject_invalid_hostname',
    'reject_non_fqdn_sender,reject_non_fqdn_recipient',
    'reject_unauth_destination', 'permit_auth_destination, reject',
    'defer_unauth_destination', 'permit_sasl_authenticated',
    'reject_plaintext_session', 'reject_unknown_sender_domain',
    'reject_unknown_recipient_domain', 'reject_sender_login_mismatch',
    'reject_unknown_helo_hostname reject_invalid_helo_hostname',
    'warn_if_reject reject_unknown_sender_domain');

# Restrictions without an argument.  Not here: permit_naked_ip_address, which
# permits what is no address when warn_if_reject is before it.
our @final = qw(permit reject defer reject);
our @plain = qw(permit_mynetworks permit_sasl_authenticated
    reject_unknown_client_hostname reject_unknown_reverse_client_hostname
    reject_unknown_client reject_plaintext_session defer_if_permit
    defer_if_reject reject_invalid_helo_hostname reject_non_fqdn_helo_hostname
    reject_unknown_helo_hostname reject_invalid_hostname
    reject_non_fqdn_hostname reject_unknown_hostname reject_non_fqdn_sender
    reject_unknown_sender_domain reject_unknown_address
    Reject_Unknown_Sender_Domain reject_sender_login_mismatch
    reject_known_sender_login_mismatch
    reject_authenticated_sender_login_mismatch
    reject_unauthenticated_sender_login_mismatch
    reject_multi_recipient_bounce
    class_a class_b class_c class_w);
our @for_recipients = qw(reject_non_fqdn_recipient
    reject_unknown_recipient_domain permit_auth_destination
    reject_unauth_destination defer_unauth_destination);

# Restrictions with a DNSBL, and the zones for each.
our @with_zone = (
	[ [ qw(reject_rbl_client) ],
	  [ qw(bl.test BL.test bl.test=127.0.0.2 bl.test=127.0.0.[2..4]
	    bl.test=127.0.0.[2;10] bl.test=127.0.0.[2;3..4;8..11] odd.test
	    all.test gone.test x.servfail.test) ] ],
	[ [ qw(reject_rhsbl_client reject_rhsbl_reverse_client reject_rhsbl_helo
	    reject_rhsbl_sender reject_rhsbl_recipient) ],
	  [ qw(rhs.test rhs.test=127.0.0.2 rhs.test=127.0.0.[3;8] all.test
	    x.servfail.test) ] ],
	[ [ qw(permit_dnswl_client) ],
	  [ qw(wl.test wl.test=127.0.[2..9].[0..3] wl.test=127.0.5.1 all.test
	    x.servfail.test) ] ],
	[ [ qw(permit_rhswl_client) ],
	  [ qw(rwl.test rwl.test=127.0.0.2 all.test x.servfail.test) ] ],
);

# Values of parameters, and how often there is a line.
our @codes = map { [ $_, 0.1, [ qw(450 550 521 421 555 499 599 451) ] ] } qw(
    access_map_reject_code reject_code invalid_hostname_reject_code
    non_fqdn_reject_code unknown_address_reject_code
    unknown_client_reject_code unknown_hostname_reject_code
    maps_rbl_reject_code relay_domains_reject_code plaintext_reject_code
    multi_recipient_bounce_reject_code defer_code);
our @parameters = (@codes,
	[ 'recipient_delimiter', 0.2, [ '', '-', '+-', '-+', '=', '/+' ] ],
	[ 'smtpd_null_access_lookup_key', 0.05, [ '<null>', 'null@x' ] ],
	[ 'unknown_address_tempfail_action', 0.15, [ 'defer',
	    'defer_if_permit', '$reject_tempfail_action' ] ],
	[ 'unknown_helo_hostname_tempfail_action', 0.15,
	  [ qw(defer defer_if_permit) ] ],
	[ 'reject_tempfail_action', 0.1, [ qw(defer defer_if_permit) ] ],
	[ 'smtpd_sender_login_maps', 0.5, [ 'texthash:@T@/logins',
	    'inline:{{a@good.test=joe},{user=ann},{@evil.test=Ann}}',
	    'inline:{{user+ext@good.test=JOE},{@good.test=none}}, ' .
	    'texthash:@T@/logins' ] ],
	[ 'default_rbl_reply', 0.2, [ '$rbl_reason', '200 x',
	    '$rbl_code 5.1.8 $sender $recipient $helo_name',
	    '450 4.1.7 ${rbl_txt:none} $client $client_name',
	    '554 ${sender_name}@${sender_domain} ${recipient_name}',
	    '${rbl_code} ${rbl_class} [${rbl_what}] in ${rbl_domain}' .
	    '${rbl_reason?; $rbl_reason}',
	    '$rbl_code Service (unavailable) $(rbl_class) $$x' ] ],
	[ 'rbl_reply_maps', 0.25, [ 'texthash:@T@/rbl_replies',
	    'texthash:@T@/logins' ] ],
	[ 'smtpd_expansion_filter', 0.05, [ '\t\40abcdefghijklmnopqrstuvwxyz.',
	    'abc012345 ' ] ],
	[ 'smtpd_relay_before_recipient_restrictions', 0.1, [ 'no' ] ],
);

# The same, for all configurations of a round: the address resolver is not the
# single smtpd's, it reads main.cf.
our @house = (
	[ 'mydestination', 0.3, [ 'home.test, !sub.home.test, .home.test',
	    'inline:{{home.test=x},{good.test=x}}', 'home.test, bücher.test',
	    'home.test, xn--bcher-kva.test, 1.2.3.4, [198.51.100.66]' ] ],
	[ 'relay_domains', 0.3, [ 'relay.test, !sub.relay.test', '.relay.test',
	    '!sub.relay.test, relay.test', 'relay.test, $mydestination',
	    'inline:{relay.test=x}', 'relay.test other.test test' ] ],
	[ 'virtual_alias_domains', 0.1, [ '', 'alias.example, *.x',
	    'inline:{alias.example=1}, other.test' ] ],
	[ 'mynetworks', 0.2, [ '198.51.100.0/24',
	    '127.0.0.0/8, !192.0.2.12, 192.0.2.0/24, inside.home.test',
	    '.evil.test, 192.0.2.12', '!192.0.2.10 192.0.2.0/24, [2001:db8::]/32'
	    ] ],
	[ 'myorigin', 0.15, [ qw($myhostname relay.test other.test) ] ],
	[ 'parent_domain_matches_subdomains', 0.25, [ '', 'relay_domains',
	    'smtpd_access_maps', 'mynetworks, relay_domains,smtpd_access_maps'
	    ] ],
	[ 'allow_percent_hack', 0.1, [ 'no' ] ],
	[ 'swap_bangpath', 0.1, [ 'no' ] ],
	[ 'resolve_dequoted_address', 0.1, [ 'no' ] ],
	[ 'append_dot_mydomain', 0.1, [ 'yes' ] ],
	[ 'append_at_myorigin', 0.05, [ 'no' ] ],
	[ 'resolve_null_domain', 0.05, [ 'yes' ] ],
	[ 'resolve_numeric_domain', 0.1, [ 'yes' ] ],
	[ 'allow_untrusted_routing', 0.1, [ 'yes' ] ],
	[ 'smtputf8_enable', 0.05, [ 'no' ] ],
);

1;
