#ifndef POLICY_PARAMS_H
#define POLICY_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "listener.h"
#include "rate_limit.h"
#include "stage.h"

/* Tables that say what becomes of an address. */
enum address_map {
	MAP_RECIPIENT_CANONICAL,
	MAP_SENDER_CANONICAL,
	MAP_CANONICAL,
	MAP_VIRTUAL_ALIAS,
	MAP_LOCAL_RECIPIENT,
	MAP_VIRTUAL_MAILBOX,
	MAP_RELAY_RECIPIENT,
	MAP_TRANSPORT,
	MAP_RELOCATED,
	MAP_SENDER_TRANSPORT, /* sender_dependent_default_transport_maps */
	MAP_SENDER_RELAYHOST,
	ADDRESS_MAPS,
};

/* The parameters of policyd.cf, as policyd_params describes them. */
struct policy_params {
	/* the daemon */
	char *user;
	struct conf_text listen;
	struct conf_text control_socket;
	struct conf_text metrics_listen;
	long metrics_top_users;
	char *pid_file;
	int log_level;
	struct conf_text state_database;
	long state_limit;
	struct conf_text control_admins;
	char *authd_control;
	char *postfix_config_directory;
	char *resolver;
	long dns_timeout;
	long proxy_cache_time;
	bool dns_parallel;
	long dns_cache_size;
	bool dnsbl_strict;
	long dnsbl_test_interval;
	struct conf_text dnsbl_untested;
	struct conf_text dnsbl_sites;
	long dnsbl_reject_threshold;

	/* the lists */
	struct conf_text lists[STAGE_COUNT];
	struct conf_text smtpd_restriction_classes;
	bool smtpd_delay_reject;
	bool smtpd_relay_before_recipient_restrictions;
	char *stress;

	/* replies */
	long access_map_defer_code;
	long access_map_reject_code;
	long defer_code;
	long invalid_hostname_reject_code;
	long maps_rbl_reject_code;
	long multi_recipient_bounce_reject_code;
	long non_fqdn_reject_code;
	long plaintext_reject_code;
	long reject_code;
	long relay_domains_reject_code;
	long unknown_address_reject_code;
	long unknown_client_reject_code;
	long unknown_hostname_reject_code;
	char *reject_tempfail_action;
	int unknown_address_tempfail_action;
	int unknown_helo_hostname_tempfail_action;
	struct conf_text default_rbl_reply;
	struct conf_text maps_rbl_domains;
	struct conf_text rbl_reply_maps;
	struct conf_text smtpd_expansion_filter;

	/* addresses and networks */
	char *myhostname;
	char *mydomain;
	char *myorigin;
	struct conf_text mydestination;
	struct conf_text mynetworks;
	struct conf_text relay_domains;
	struct conf_text virtual_alias_domains;
	struct conf_text virtual_mailbox_domains;
	struct conf_text inet_interfaces;
	struct conf_text proxy_interfaces;
	struct conf_text parent_domain_matches_subdomains;
	char *recipient_delimiter;
	char *empty_address_recipient;
	char *smtpd_null_access_lookup_key;
	struct conf_text smtpd_sender_login_maps;

	/* what becomes of an address */
	struct conf_text address_maps[ADDRESS_MAPS];
	char *local_transport;
	char *virtual_transport;
	char *relay_transport;
	char *default_transport;
	char *relayhost;
	long unknown_local_recipient_reject_code;
	long unknown_relay_recipient_reject_code;
	long unknown_virtual_alias_reject_code;
	long unknown_virtual_mailbox_reject_code;
	bool show_user_unknown_table_name;

	struct conf_text rate_limits[RATE_UNITS];
	struct conf_text rate_limit_maps[RATE_UNITS];
	struct conf_text rate_limit_exempt_restrictions;
	long rate_limit_reject_code;
	int takeover_action;
	struct conf_text takeover_strange_recipient_limits;
	struct conf_text takeover_own_recipient_limits;
	struct conf_text takeover_strange_origins;
	struct conf_text takeover_exempt_maps;
	struct conf_text takeover_familiar_networks;
	long takeover_learning_time;
	long takeover_lock_time;
	long takeover_hold_limit;
	bool allow_percent_hack;
	bool allow_untrusted_routing;
	bool append_at_myorigin;
	bool append_dot_mydomain;
	bool resolve_dequoted_address;
	bool resolve_null_domain;
	bool resolve_numeric_domain;
	bool smtputf8_enable;
	bool swap_bangpath;
};

/* Values of *_tempfail_action. */
enum tempfail_action {
	TEMPFAIL_DEFER_IF_PERMIT,
	TEMPFAIL_DEFER,
};

/* Values of takeover_action. */
enum takeover_action {
	TAKEOVER_REJECT,
	TAKEOVER_HOLD,
	TAKEOVER_WARN,
};

/* Who may connect to listen, unless it says so. */
extern const struct listener_defaults policyd_client_defaults;

extern const struct conf_param policyd_params[];
extern const size_t npolicyd_params;

/* The names of those that are taken from Postfix, NULL behind the last; free
 * the array. */
const char **policyd_shared_names(void);

#endif
