#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf.h"
#include "dnsbl_score.h"
#include "guard_policy.h"
#include "own_address.h"
#include "policy_params.h"
#include "program.h"
#include "rate_policy.h"
#include "stage.h"

struct conf_passage;
struct dnsbls;
struct match_list;
struct postfix_values;
struct request;
struct table;
struct tables;
struct value_program;
struct value_programs;

/* What one context (`submission/...`, or none) says, ready for use. */
struct policy {
	char *context;   /* "" for what stands without one */
	uint64_t number; /* no other has it, nor one before a reload; not 0 */
	bool is_stressed;
	struct policy *under_stress; /* NULL: as this one */
	struct policy_params params;
	struct program *lists[STAGE_COUNT];
	struct restriction_classes classes;
	struct match_list *mynetworks;
	struct match_list *mydestination;
	struct match_list *relay_domains;
	struct match_list *virtual_alias_domains;
	struct match_list *virtual_mailbox_domains;
	struct table *hosts; /* names that no DNS is asked for; NULL: none */
	struct table_list rbl_reply_maps;
	struct table_list smtpd_sender_login_maps;
	bool has_address_maps; /* some list asks for them */
	struct table_list address_maps[ADDRESS_MAPS];
	struct rate_policy rates;
	struct guard_policy guard;
	struct program *maps_rbl; /* a reject_rbl_client for each */
	struct dnsbl_score dnsbl_score;
	struct own_addresses own_addresses;
	char *expand_filter; /* smtpd_expansion_filter, unescaped */
	bool access_parents_are_dotted;
	bool transport_parents_are_dotted;
	struct value_programs *value_programs;
};

/*
 * One generation of the configuration: immutable, and counted, because an
 * evaluation may outlive a reload.
 */
struct policies {
	unsigned refs;
	struct conf *conf;
	struct tables *tables;
	size_t n;
	struct policy **policies; /* the first has no context */
	char **unknown;           /* values of requests that were logged */
	size_t nunknown;
};

/* Where a configuration comes from. */
struct policy_source {
	const char *path;
	const struct conf_passage *passage; /* in place of the file; or NULL */
	struct postfix_values *values;      /* NULL: Postfix is asked, once */
	struct dnsbls *dnsbls;
	const struct restrictions *restrictions; /* that a list may name */
	/* of what is for the daemon alone, errors in err; NULL: none */
	void (*check)(const struct policies *, struct strbuf *err);
};

/*
 * Read and parse the configuration.  Tables are known afterwards, not read.
 * Returns NULL with the errors in err, one a line, and says of what kind.
 */
struct policies *policies_read(struct policy_source *, enum conf_result *,
    struct strbuf *err);
struct policies *policies_hold(struct policies *);
void policies_release(struct policies *); /* NULL is fine */

/* The parameters that concern the daemon. */
const struct policy_params *policies_params(const struct policies *);

/*
 * The policy and the list that the policy_context of a request names: a list
 * (smtpd_client_restrictions), a context, or context/list.
 * stage: STAGE_COUNT for all lists.  Returns false for an unknown context,
 * with what stands without one.
 */
bool policies_find(const struct policies *, const struct request *,
    const struct policy **, enum stage *stage);

/*
 * The policy_context whose answer may be OK: for clients that may relay by
 * `policyctl allow --relay`.  It is no context of policyd.cf.
 */
#define POLICY_CONTEXT_RELAY "dynamic_relay_clients"
bool policy_context_is_relay(const char *policy_context);

/* Where the state is kept; NULL, with the reason in err, when state_database
 * is no gdbm:/path. */
const char *policy_state_path(const struct policy_params *, struct strbuf *err);

/* Whether any list, or class, names the restriction. */
bool policies_use(const struct policies *, const char *restriction);

/* Log a value of a request that nobody knows, once; then: what follows. */
void policies_note_unknown(struct policies *, const char *attribute,
    const char *value, const char *then);

/*
 * The program of a table's value that is a list of restrictions; parsed once
 * and kept (bounded): value_program.h.
 */
struct value_program *policy_value_program(const struct policy *,
    const char *table, const char *value);

#endif
