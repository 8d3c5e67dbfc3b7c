LIB_MODULES := arena child cidr clock command_line conf conf_file conf_manual \
	conf_text conf_unit control control_ask control_words daemon daemon_check doctor \
	figures file_check heap histogram inherited_sockets json json_line key_hash latency \
	listen_value listener log log_sink log_stream log_writer macro \
	master_cf mem metric_counts metrics metrics_read metrics_server nearest outbound outbound_check port_holder \
	pool postconf postfix_setup printable random_bytes reach rights sandbox \
	socket_address sorted startup store strbuf tally text thread top ttl_cache utf8 watch \
	watch_link watch_read word_list
LIB_TESTS   := test_arena test_child test_cidr test_clock \
	test_command_line test_conf test_control test_control_words test_daemon \
	test_doctor test_figures test_heap test_json test_json_line test_key_hash \
	test_listener test_log test_macro test_master_cf test_mem test_metrics \
	test_nearest test_pool test_printable test_rights test_sandbox test_socket_address \
	test_sorted test_startup test_store test_strbuf test_tally test_text test_thread \
	test_ttl_cache test_utf8 test_watch test_watch_link
