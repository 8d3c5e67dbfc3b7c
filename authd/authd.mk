AUTHD_PROGRAMS := authctl authd
AUTHD_MODULES  := app_hash authctl_app authctl_ask authctl_batch authctl_change \
	authctl_parse authctl_show authctl_user authd_config cram_md5 credential \
	crypt_scheme date encoding password_input random_bytes scram user_name \
	user_record userdb userdb_edit
AUTHD_TESTS    := test_credential test_user_name test_user_record
AUTHD_PACKAGES := libsasl2 libcrypt libidn nettle

# The daemon alone.
AUTHD_MODULES  += auth_client auth_line authd_control census clock conversation \
	fake_secret hash_queue identity login_rules mech mech_secret \
	penalty sasl_library saslauthd source stats success_cache tally wipe worker
