AUTHD_PROGRAMS :=
AUTHD_MODULES  := authd_config user_name
AUTHD_TESTS    := test_user_name
AUTHD_PACKAGES := libsasl2 libcrypt libidn nettle
