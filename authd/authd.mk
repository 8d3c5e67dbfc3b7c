# From the top: a room may include from those that stand after it.
AUTHD_ROOMS    := authd
AUTHD_PROGRAMS := authctl authd
AUTHD_PACKAGES := libsasl2 libcrypt libidn nettle

# Users and their passwords.
AUTHD_MODULES  := app_hash apr1 argon2 authd_config cram_md5 credential \
	crypt_scheme digest_scheme encoding pbkdf2_scheme scram \
	user_name user_record userdb userdb_edit
AUTHD_TESTS    := test_credential test_password_scheme test_user_name test_user_record test_userdb

# The tool alone.
AUTHD_MODULES  += authctl_app authctl_ask authctl_batch authctl_change \
	authctl_export authctl_find authctl_import authctl_output authctl_parse \
	authctl_show authctl_user date derivation dump import import_ldif \
	import_line \
	import_sasldb import_scheme password_input replacement secret_input
AUTHD_TESTS    += test_date test_import
AUTHD_FUZZERS  += fuzz_auth_line fuzz_import

# The daemon alone.
AUTHD_MODULES  += auth_answer auth_client auth_line auth_request authd_control authd_metrics census conversation \
	fake_secret half_open hash_queue identity login_rules mech mech_message mech_secret \
	penalty realm_hint sasl_library saslauthd source stats success_cache wipe worker
AUTHD_TESTS    += test_auth_client test_auth_line test_auth_refusal test_give_up \
	test_hash_queue test_nobody test_mech test_mech_confirm test_penalty \
	test_sasl_library test_saslauthd test_source test_success_cache
