#ifndef RESTRICT_H
#define RESTRICT_H

#include "restriction.h"

/* The functions behind the rows of restriction_table.c, by file. */

/* restrict_generic.c */
restriction_fn restrict_permit;
restriction_fn restrict_reject;
restriction_fn restrict_defer;
restriction_fn restrict_defer_if_permit;
restriction_fn restrict_defer_if_reject;
restriction_fn reject_plaintext_session;
restriction_fn reject_multi_recipient_bounce;
restriction_fn restrict_class;
restriction_fn restrict_fault;

/* restrict_client.c */
restriction_fn permit_mynetworks;
restriction_fn permit_sasl_authenticated;
restriction_fn reject_unknown_client_hostname;
restriction_fn reject_unknown_reverse_client_hostname;

/* restrict_helo.c */
restriction_fn reject_invalid_helo_hostname;
restriction_fn reject_non_fqdn_helo_hostname;
restriction_fn reject_unknown_helo_hostname;
restriction_fn permit_naked_ip_address;

/* restrict_address.c */
restriction_fn reject_non_fqdn_sender;
restriction_fn reject_non_fqdn_recipient;
restriction_fn reject_unknown_sender_domain;
restriction_fn reject_unknown_recipient_domain;
restriction_fn permit_auth_destination;
restriction_fn reject_unauth_destination;
restriction_fn defer_unauth_destination;
restriction_fn check_relay_domains;

/* restrict_unlisted.c */
restriction_fn reject_unlisted;

/* restrict_login.c */
restriction_fn reject_authenticated_sender_login_mismatch;
restriction_fn reject_known_sender_login_mismatch;
restriction_fn reject_sender_login_mismatch;
restriction_fn reject_unauthenticated_sender_login_mismatch;

/* restrict_dnsbl.c */
restriction_fn reject_rbl_client;
restriction_fn reject_maps_rbl;
restriction_fn reject_rhsbl_client;
restriction_fn reject_rhsbl_reverse_client;
restriction_fn reject_rhsbl_helo;
restriction_fn reject_rhsbl_sender;
restriction_fn reject_rhsbl_recipient;
restriction_fn permit_dnswl_client;
restriction_fn permit_rhswl_client;
restriction_fn reject_dnsbl_score;

/* restrict_access.c */
restriction_fn check_client_access;
restriction_fn check_dynamic_client_access;
restriction_fn check_reverse_client_hostname_access;
restriction_fn check_helo_access;
restriction_fn check_sender_access;
restriction_fn check_recipient_access;
restriction_fn check_etrn_access;
restriction_fn check_sasl_access;
restriction_fn check_bare_table;

/* restrict_app_password.c */
restriction_fn reject_app_password_mismatch;

/* restrict_rate.c */
restriction_fn reject_rate_limit;

/* restrict_takeover.c */
restriction_fn reject_sasl_takeover;

/* restrict_server.c; the variant of a row: whose names and addresses */
enum servers {
	SERVERS_A, /* of the name itself */
	SERVERS_MX,
	SERVERS_NS,
};
restriction_fn check_client_servers;
restriction_fn check_reverse_client_servers;
restriction_fn check_helo_servers;
restriction_fn check_sender_servers;
restriction_fn check_recipient_servers;

#endif
