AUTHD_PROGRAMS :=
AUTHD_MODULES  := authd_config user_name user_record
AUTHD_TESTS    := test_user_name test_user_record
AUTHD_PACKAGES := libsasl2 libcrypt libidn nettle
