LIB_MODULES := log mem strbuf
LIB_TESTS   :=
