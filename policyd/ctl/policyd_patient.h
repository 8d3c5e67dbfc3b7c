#ifndef POLICYD_PATIENT_H
#define POLICYD_PATIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon_check.h"
#include "dns_answer.h"
#include "doctor.h"
#include "policy.h"
#include "policy_hook.h"
#include "postfix_setup.h"

/*
 * What policyctl doctor looks at, gathered once before the checks: policyd, its
 * policies, and the Postfix that asks it.
 */
struct event_base;

struct policyd_site { /* a DNS list that policyd asks */
	const struct dnsbl_site *site;
	bool is_of_names;
	struct dns_answer *test; /* to its test point; NULL: none */
};

struct policyd_patient {
	const struct policies *policies; /* NULL: not readable by us */
	const struct policy_params *params;
	struct strbuf config_problem;
	size_t nsites;
	struct policyd_site *sites;

	const char *outbound; /* --outbound; NULL: not given */

	bool has_postfix;
	struct strbuf postfix_problem;
	struct postfix_setup postfix;
	struct policy_hooks hooks;

	struct daemon_check policyd;
	bool resolver_fails, some_lookup_fails;
	struct strbuf lists;  /* what it says to `lists` */
	struct strbuf state;  /* ... to `state` */
	struct strbuf tables; /* ... to `tables` */
};

/* Ask the resolver for the root, and each list for its test point. */
void policyd_patient_ask_dns(struct policyd_patient *, struct event_base *);

const struct policyd_patient *policyd_patient(const struct doctor *);

/* Whether some smtpd asks policyd, in the list of a stage (STAGE_COUNT: any);
 * service: NULL: any. */
bool policyd_patient_is_asked(const struct policyd_patient *,
    const struct postfix_service *service, enum stage);

/* Whether policyd.cf has restrictions for a stage. */
bool policyd_patient_has_list(const struct policyd_patient *, enum stage);

/* The checks, as the table of policyctl_doctor.c has them. */
/* doctor_hook.c */
void check_hook_missing(struct doctor *);
void check_hook_dead(struct doctor *);
void check_hook_behind(struct doctor *);
void check_hook_list(struct doctor *);
void check_hook_context(struct doctor *);
void check_end_of_data(struct doctor *);
void check_default_action(struct doctor *);
void check_policy_timeout(struct doctor *);
void check_limits_unseen(struct doctor *);
/* doctor_limits.c */
void check_limits_unused(struct doctor *);
void check_limits_ends(struct doctor *);
void check_limits_behind(struct doctor *);
void check_guard_unused(struct doctor *);
/* doctor_network.c */
void check_networks_world(struct doctor *);
void check_networks_container(struct doctor *);
void check_networks_ipv6(struct doctor *);
void check_submission_sender(struct doctor *);
/* doctor_tables.c */
void check_table_old(struct doctor *);
void check_proxy_unnamed(struct doctor *);
void check_proxymap_missing(struct doctor *);
void check_server_dead(struct doctor *);
void check_table_failing(struct doctor *);
/* doctor_lists.c */
void check_resolver_public(struct doctor *);
void check_resolver_dead(struct doctor *);
void check_resolver_strips(struct doctor *);
void check_dnsbl_state(struct doctor *);
void check_dnsbl_twice(struct doctor *);
void check_dnsbl_filter(struct doctor *);

#endif
