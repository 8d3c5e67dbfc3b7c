AUTHD_PROGRAMS :=
AUTHD_MODULES  := app_hash authd_config cram_md5 credential crypt_scheme date encoding \
	password_input random_bytes scram user_name user_record userdb \
	userdb_edit
AUTHD_TESTS    := test_credential test_user_name test_user_record
AUTHD_PACKAGES := libsasl2 libcrypt libidn nettle
