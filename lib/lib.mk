LIB_MODULES := cidr control_words log mem nearest socket_address strbuf
LIB_TESTS   := test_cidr test_control_words test_nearest test_socket_address
