#!/bin/sh
# Import says what newer versions of Postfix took away, and does not tell to
# leave out what fails on purpose.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

command -v postconf >/dev/null || skip_all 'needs postconf'

mkdir "$T/old"
: >"$T/old/master.cf"
cat >"$T/old/main.cf" <<'END'
compatibility_level = 3.6
smtpd_helo_restrictions = warn_if_reject permit_naked_ip_address, reject_maps_rbl
smtpd_sender_restrictions = reject_unknown_sender_domain
smtpd_recipient_restrictions = check_relay_domains, reject_non_fqdn_sender,
    check_recipient_access fail:closed, permit
END
"$POLICYCTL" import "$T/old" >"$T/policyd.cf" 2>"$T/import.log"
is $? 0 'a main.cf with old words is imported'

# says TEXT NAME
says() {
	like "$(cat "$T/policyd.cf")" "*$1*" "$2"
}

gone='# Postfix 3.9 and later answer 451 to'
says "$gone warn_if_reject permit_naked_ip_address: write permit_mynetworks" \
    'permit_naked_ip_address is gone'
says "$gone reject_maps_rbl: write reject_rbl_client ZONE" \
    'reject_maps_rbl is gone'
says "$gone check_relay_domains: write reject_unauth_destination" \
    'check_relay_domains is gone'
is "$(grep -c "$gone" "$T/policyd.cf")" 3 'and nothing else'
says 'fail:closed: *every lookup in it fails (451)' \
    'a table that always fails does so on purpose'
says '#|     check_recipient_access fail:closed' 'and stays in main.cf'
done_testing
