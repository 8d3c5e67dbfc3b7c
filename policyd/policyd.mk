# From the top: a room may include from those that stand after it.
POLICYD_ROOMS    := policyd
POLICYD_PROGRAMS := policyd policyctl
POLICYD_MODULES  := dns_key dnsbl_key dns_message dnsbl dnsbl_filter dnsbl_health dnsbl_proof \
	dnsbl_report dnsbl_score dnsbl_sites dnsbl_unlisted \
	dnsbl_watch effort engine_pcre engine_regexp match_list \
	postconf postfix_values providers resolv_conf resolver resolver_config \
	table table_cidr table_gdbm table_hash table_hosts table_job \
	table_pattern table_search table_static table_text table_type upstream
# requests, evaluation, restrictions
POLICYD_MODULES  += access_action access_map action address_order \
	client_name decision_log destination dnsbl_reply evaluation explain \
	explain_print facts host_lookup host_name mail_address \
	mail_host own_address policy policy_client policy_params \
	policyd_control policyd_metrics policyd_reload program reply reply_template \
	request restrict_access restrict_address restrict_client \
	restrict_dnsbl restrict_generic restrict_helo restrict_login \
	restrict_server restriction rules stage trace trace_words \
	transaction value_program
# policyctl
POLICYD_MODULES  += fact_file import import_key import_list import_policy \
	import_service mail_log policyctl_ask \
	policyctl_explain policyctl_import policyctl_test scenario
POLICYD_TESTS    := test_dns_message test_dnsbl test_dnsbl_filter \
	test_dnsbl_health test_dnsbl_proof test_dnsbl_score test_dnsbl_unlisted \
	test_dnsbl_watch test_facts test_match_list test_postfix_values \
	test_resolver test_resolver_config test_table
# tests of policies, with policyd/testing_policy.c
POLICYD_POLICY_TESTS := test_access_action test_access_map test_decision_log \
	test_destination test_evaluation test_explain test_restrict \
	test_table_search
POLICYD_TESTS    += test_host_name test_mail_address test_mail_log \
	test_policy_client test_program test_reply test_request test_scenario \
	test_stage $(POLICYD_POLICY_TESTS)
POLICYD_FUZZERS  := fuzz_dns_message fuzz_mail_log fuzz_request
POLICYD_PACKAGES := libunbound libpcre2-8
