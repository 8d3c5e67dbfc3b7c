AUTHD_PROGRAMS :=
AUTHD_MODULES  :=
AUTHD_TESTS    :=
AUTHD_PACKAGES := libsasl2 libcrypt libidn nettle
