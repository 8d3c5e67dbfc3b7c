POLICYD_PROGRAMS :=
POLICYD_MODULES  := dns_message resolver resolver_config ttl_cache upstream
POLICYD_TESTS    := test_dns_message test_resolver
POLICYD_PACKAGES := libunbound libpcre2-8 libidn
