POLICYD_PROGRAMS := policyd policyctl
POLICYD_PACKAGES := libunbound libpcre2-8 libpsl icu-uc

# From the top: a room may include from those that stand after it.
POLICYD_ROOMS := policyd policyd/ctl policyd/restrict policyd/evaluate \
	policyd/policy policyd/guard policyd/limit policyd/dnsbl policyd/state policyd/table \
	policyd/dns policyd/smtp

# the doors: the daemon, and tests of all rooms together
POLICYD_MODULES += policy_client policyd_authd policyd_clients \
	policyd_control policyd_incident policyd_metrics policyd_rates policyd_reload \
	policyd_suspensions
POLICYD_TESTS += test_policy_client
POLICYD_POLICY_TESTS += test_decide test_decision_log test_destination test_evaluation \
	test_explain test_suspended_login test_table_search \
	test_table_waits

# ctl: the tool, what it reads and writes
POLICYD_MODULES += $(addprefix ctl/,doctor_hook doctor_limits doctor_lists doctor_network \
	doctor_tables fact_file fact_state import import_key import_list import_policy \
	import_proxy import_recipients import_service mail_log policy_hook policyctl_ask \
	policyctl_clients policyctl_doctor policyctl_explain policyctl_import \
	policyctl_rates policyctl_relay_test policyctl_test policyctl_top policyd_patient \
	relay_facts relay_form relay_request relay_static relay_trust scenario smtp_probe)
POLICYD_TESTS += $(addprefix ctl/,test_mail_log test_scenario test_smtp_probe)
POLICYD_FUZZERS += $(addprefix ctl/,fuzz_mail_log)

# restrict: the table of restrictions, and what stands behind it
POLICYD_MODULES += $(addprefix restrict/,access_action access_map \
	address_lookup address_order dnsbl_reply host_lookup login_lookup mail_host \
	mail_transport rate_refusal restrict_access restrict_address restrict_app_password \
	restrict_client restrict_dnsbl restrict_generic \
	restrict_helo restrict_login restrict_rate restrict_server \
	restrict_takeover restrict_unlisted restriction_table)
POLICYD_TESTS += $(addprefix restrict/,test_program)
POLICYD_POLICY_TESTS += $(addprefix restrict/,test_access_action \
	test_access_map test_never_ok test_restrict test_restrict_app_password \
	test_restrict_rate test_restrict_takeover test_restrict_unlisted \
	test_restriction_table)

# evaluate: lists, walked with facts; what is told of it
POLICYD_MODULES += $(addprefix evaluate/,answer client_name decide \
	decision_log evaluation explain explain_print facts inquiry notes \
	provider_dns provider_request provider_state provider_table rules suspended_login \
	trace trace_words walk)
POLICYD_TESTS += $(addprefix evaluate/,test_facts test_notes)

# policy: configuration, and what Postfix says, become policies
POLICYD_MODULES += $(addprefix policy/,destination guard_policy login_lists own_address policy \
	policy_params postfix_values program rate_policy reply_check \
	restriction table_list value_program)
POLICYD_TESTS += $(addprefix policy/,test_postfix_values)

# guard: passwords that were stolen
POLICYD_MODULES += $(addprefix guard/,events guard guard_limits guard_words incident ladder \
	places places_cache recent suspensions)
POLICYD_TESTS += $(addprefix guard/,test_events test_guard test_guard_limits test_guard_words \
	test_ladder \
	test_places test_places_cache test_suspensions)

# limit: who may how much, and whom a command let in
POLICYD_MODULES += $(addprefix limit/,app_login client_network client_origin live_client \
	live_clients rate_counter rate_key rate_limit rate_line rate_report \
	rate_reservation rate_window rates time_left top_logins)
POLICYD_TESTS += $(addprefix limit/,test_app_login test_client_origin \
	test_live_clients test_rate_counter test_rate_limit \
	test_rate_window test_rates test_top_logins)

# dnsbl: lists, their health, proof and score
POLICYD_MODULES += $(addprefix dnsbl/,dnsbl dnsbl_filter dnsbl_health \
	dnsbl_judge dnsbl_key dnsbl_list dnsbl_lists dnsbl_proof dnsbl_question \
	dnsbl_report dnsbl_score dnsbl_unlisted dnsbl_watch)
POLICYD_TESTS += $(addprefix dnsbl/,test_dnsbl test_dnsbl_filter \
	test_dnsbl_health test_dnsbl_judge test_dnsbl_key test_dnsbl_list \
	test_dnsbl_lists test_dnsbl_proof test_dnsbl_report test_dnsbl_score \
	test_dnsbl_unlisted test_dnsbl_watch)

# state: what is remembered, in memory and in files
POLICYD_MODULES += $(addprefix state/,journal journal_file journal_writer \
	snapshot state state_clock state_kinds state_record state_report \
	state_table)
POLICYD_TESTS += $(addprefix state/,test_journal test_journal_writer \
	test_state test_state_table)

# table: types of lookup tables, match lists
POLICYD_MODULES += $(addprefix table/,effort engine_pcre engine_regexp \
	match_list proxymap_door service_connection service_name \
	service_protocol table table_cidr table_gdbm table_hash table_hosts \
	table_job table_lookup table_pattern table_search table_service \
	table_static table_text table_type)
POLICYD_TESTS += $(addprefix table/,test_match_list test_service_name \
	test_service_protocol test_table test_table_lookup)
POLICYD_FUZZERS += $(addprefix table/,fuzz_service_protocol)

# dns: the resolver, and what it says
POLICYD_MODULES += $(addprefix dns/,dns_answer dns_key dns_message \
	lookup_pace resolv_conf resolver resolver_config upstream)
POLICYD_TESTS += $(addprefix dns/,test_dns_answer test_dns_key \
	test_dns_message test_lookup_pace test_resolv_conf test_resolver \
	test_resolver_config test_upstream)
POLICYD_FUZZERS += $(addprefix dns/,fuzz_dns_message)

# smtp: what Postfix's words mean
POLICYD_MODULES += $(addprefix smtp/,action host_name mail_address reply \
	reply_template request stage transaction utf8_fold)
POLICYD_TESTS += $(addprefix smtp/,test_host_name test_mail_address \
	test_reply test_request test_stage test_utf8_fold)
POLICYD_FUZZERS += $(addprefix smtp/,fuzz_request)

# with policyd/restrict/testing_policy.c
POLICYD_TESTS += $(POLICYD_POLICY_TESTS)
