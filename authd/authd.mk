AUTHD_PROGRAMS :=
AUTHD_MODULES  := authd_config
AUTHD_TESTS    :=
AUTHD_PACKAGES := libsasl2 libcrypt libidn nettle
