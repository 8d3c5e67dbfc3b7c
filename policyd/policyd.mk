POLICYD_PROGRAMS :=
POLICYD_MODULES  := dns_message
POLICYD_TESTS    := test_dns_message
POLICYD_PACKAGES := libunbound libpcre2-8 libidn
