AUTHD_PROGRAMS := authctl authd
AUTHD_PACKAGES := libsasl2 libcrypt libidn nettle

# From the top: a room may include from those that stand after it.
AUTHD_ROOMS := authd authd/ctl authd/protocol authd/login authd/users

# the doors: the daemon
AUTHD_MODULES += authd_control authd_metrics authd_news authd_policyd

# ctl: the tool, what it reads and writes
AUTHD_MODULES += $(addprefix ctl/,authctl_app authctl_apply authctl_ask authctl_batch authctl_top \
	authctl_change authctl_doctor authctl_export authctl_find \
	authctl_import authctl_incident authctl_output authctl_parse authctl_show \
	authctl_suspend authctl_user authd_patient date doctor_rehash doctor_relay doctor_smtpd \
	doctor_users dump import import_ldif \
	import_line import_sasldb import_scheme password_input rehash_files replacement \
	secret_input shown_login)
AUTHD_TESTS += $(addprefix ctl/,test_date test_import test_replacement)
AUTHD_FUZZERS += $(addprefix ctl/,fuzz_import)

# protocol: what mail servers speak
AUTHD_MODULES += $(addprefix protocol/,auth_answer auth_client auth_line \
	auth_request half_open saslauthd)
AUTHD_TESTS += $(addprefix protocol/,test_auth_client test_auth_line \
	test_auth_refusal test_give_up test_nobody test_saslauthd)
AUTHD_FUZZERS += $(addprefix protocol/,fuzz_auth_line)

# login: a conversation, from its mechanism to the answer
AUTHD_MODULES += $(addprefix login/,authd_config census conversation due \
	fake_secret guard_list hash_queue identity last_login_file \
	last_logins login_rules mech mech_message mech_secret penalty realm_hint rehash_spool sasl_library source \
	stats success_cache wipe worker)
AUTHD_TESTS += $(addprefix login/,test_authd_config test_due \
	test_guard_list test_hash_queue \
	test_last_logins test_mech \
	test_mech_confirm test_mech_message test_penalty test_sasl_library \
	test_source test_success_cache)

# users: the database, records, secrets
AUTHD_MODULES += $(addprefix users/,app_hash app_rule apr1 argon2 cram_md5 credential \
	crypt_scheme derivation digest_scheme encoding pbkdf2_scheme rehash scram \
	user_name user_record userdb userdb_edit userdb_news)
AUTHD_TESTS += $(addprefix users/,test_credential test_password_scheme test_rehash \
	test_user_name test_user_record test_userdb test_userdb_news)
AUTHD_FUZZERS += $(addprefix users/,fuzz_rehash)
