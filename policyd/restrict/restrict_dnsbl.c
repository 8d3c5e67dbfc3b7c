/*
 * DNS lists of addresses and names: reject_rbl_*, reject_rhsbl_*,
 * permit_dnswl_*, permit_rhswl_*.
 */
#include <string.h>
#include <strings.h>

#include "restrict.h"
#include "destination.h"
#include "dnsbl_reply.h"
#include "evaluation.h"
#include "host_name.h"
#include "policy.h"
#include "trace.h"

/* Ask a list for a label; names what it is in the reply. */
static enum verdict
reject_if_listed(struct evaluation *ev, const struct argument *arg,
    enum dnsbl_kind kind, const char *label, struct subject subject,
    struct action *action)
{
	struct listing listing = { ev, arg, NULL, subject };

	listing.answer = evaluation_dnsbl(ev, arg->site, kind, label);
	if (listing.answer == NULL)
		return VERDICT_WAITING;
	if (listing.answer->result != DNSBL_LISTED)
		return VERDICT_DUNNO;
	return dnsbl_reject(&listing, action);
}

/* The label of the client's address; false when it has none. */
static bool
client_label(struct evaluation *ev, enum dnsbl_kind *kind, const char **label)
{
	char *text = arena_alloc(evaluation_arena(ev), DNSBL_LABEL_SIZE);

	*label = text;
	return dnsbl_label(&evaluation_request(ev)->client, kind, text);
}

/* The label of a name or of an address's domain; NULL: not to be asked. */
static const char *
name_label(struct evaluation *ev, const char *name)
{
	const char *at = strrchr(name, '@');
	const char *domain = at != NULL ? at + 1 : name;

	if (domain[0] == '\0' || domain[0] == '[')
		return NULL;
	domain = domain_to_ascii(evaluation_policy(ev), evaluation_arena(ev),
	    domain);
	if (!host_name_is_valid(domain) || host_name_ends_numeric(domain))
		return NULL;
	return domain;
}

enum verdict
reject_rbl_client(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	struct subject subject = { REPLY_CLIENT,
		evaluation_request(ev)->client_address };
	enum dnsbl_kind kind;
	const char *label;

	if (!client_label(ev, &kind, &label))
		return VERDICT_DUNNO;
	return reject_if_listed(ev, arg, kind, label, subject, action);
}

/* As old how-tos have it: the lists stand in maps_rbl_domains. */
enum verdict
reject_maps_rbl(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return evaluation_run(ev, evaluation_policy(ev)->maps_rbl,
	    evaluation_subject(ev), action);
}

static enum verdict
reject_name(struct evaluation *ev, const struct argument *arg,
    enum reply_class class, const char *name, struct action *action)
{
	const char *label = name_label(ev, name);

	if (label == NULL)
		return VERDICT_DUNNO;
	return reject_if_listed(ev, arg, DNSBL_NAME, label,
	    (struct subject){ class, name }, action);
}

enum verdict
reject_rhsbl_client(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const char *name = evaluation_request(ev)->client_name;

	if (strcasecmp(name, "unknown") == 0)
		return VERDICT_DUNNO;
	return reject_name(ev, arg, REPLY_CLIENT, name, action);
}

enum verdict
reject_rhsbl_reverse_client(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const char *name = evaluation_request(ev)->reverse_client_name;

	if (strcasecmp(name, "unknown") == 0)
		return VERDICT_DUNNO;
	return reject_name(ev, arg, REPLY_REVERSE_CLIENT, name, action);
}

enum verdict
reject_rhsbl_helo(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	return reject_name(ev, arg, REPLY_HELO,
	    evaluation_request(ev)->helo_name, action);
}

enum verdict
reject_rhsbl_sender(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	return reject_name(ev, arg, REPLY_SENDER,
	    evaluation_request(ev)->sender, action);
}

enum verdict
reject_rhsbl_recipient(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	return reject_name(ev, arg, REPLY_RECIPIENT,
	    evaluation_request(ev)->recipient, action);
}

/* An allow list never opens the way to a foreign destination; VRFY and what
 * comes after RCPT open no way.
 * Returns 1 when there is none of that, 0, or -1 when a table failed. */
static int
may_be_allowed(struct evaluation *ev)
{
	const struct policy *policy = evaluation_policy(ev);
	const struct request *request = evaluation_request(ev);
	struct destination dest;

	if (request->state != STATE_RCPT || request->recipient[0] == '\0')
		return 1;
	if (destination_resolve(&dest, policy, evaluation_tables(ev),
		evaluation_arena(ev), request->recipient) == -1)
		return -1;
	return destination_is_authorised(&dest, policy);
}

static enum verdict
permit_if_listed(struct evaluation *ev, const struct argument *arg,
    enum dnsbl_kind kind, const char *label, const char *what,
    struct action *action)
{
	const struct dnsbl_answer *answer;
	int allowed = may_be_allowed(ev);

	if (allowed == -1)
		return action_lookup_failure(action, evaluation_arena(ev),
		    evaluation_request(ev)->recipient);
	if (!allowed)
		return VERDICT_DUNNO;
	answer = evaluation_dnsbl(ev, arg->site, kind, label);
	if (answer == NULL)
		return VERDICT_WAITING;
	switch (answer->result) {
	case DNSBL_LISTED:
		return VERDICT_PERMIT;
	case DNSBL_NOT_LISTED:
		return VERDICT_DUNNO;
	case DNSBL_FAILED:
		break;
	}
	return action_defer_if_reject(action, "4.7.1",
	    (struct subject){ REPLY_CLIENT, what }, "Service unavailable");
}

enum verdict
permit_dnswl_client(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	enum dnsbl_kind kind;
	const char *label;

	if (!client_label(ev, &kind, &label))
		return VERDICT_DUNNO;
	return permit_if_listed(ev, arg, kind, label,
	    evaluation_request(ev)->client_address, action);
}

enum verdict
permit_rhswl_client(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const char *name = evaluation_request(ev)->client_name;
	const char *label = name_label(ev, name);

	if (label == NULL || strcasecmp(name, "unknown") == 0)
		return VERDICT_DUNNO;
	return permit_if_listed(ev, arg, DNSBL_NAME, label, name, action);
}

/* The client whose score is added up. */
struct scored {
	struct evaluation *ev;
	enum dnsbl_kind kind;
	const char *label;
};

static const struct dnsbl_answer *
ask_site(void *arg, struct dnsbl_site *site)
{
	const struct scored *scored = arg;

	return evaluation_dnsbl(scored->ev, site, scored->kind, scored->label);
}

/* Add the sites that list the client, or those that do not, with their
 * weights. */
static void
add_weights(struct strbuf *out, struct scored *scored, bool listed)
{
	const struct dnsbl_score *score =
	    &evaluation_policy(scored->ev)->dnsbl_score;
	const char *between = listed ? "listed by " : "not listed by ";

	for (size_t i = 0; i < score->nsites; i++) {
		struct dnsbl_site *site = score->sites[i].site;
		enum dnsbl_result result = ask_site(scored, site)->result;

		if ((result == DNSBL_LISTED) != listed)
			continue;
		strbuf_addf(out, "%s%s (%d)", between,
		    dnsbl_site_shown_word(site), score->sites[i].weight);
		between = ", ";
	}
	if (between[0] == ',')
		strbuf_adds(out, "; ");
}

/* How the sum comes about, for explain. */
static void
explain_score(struct scored *scored, long sum)
{
	struct trace *trace = evaluation_explained(scored->ev);
	struct strbuf text = { 0 };

	if (trace == NULL)
		return;
	add_weights(&text, scored, true);
	add_weights(&text, scored, false);
	strbuf_addf(&text, "total %ld, dnsbl_reject_threshold %ld", sum,
	    evaluation_policy(scored->ev)->params.dnsbl_reject_threshold);
	trace_remark(trace, "score",
	    arena_strdup(evaluation_arena(scored->ev), strbuf_str(&text)));
	strbuf_free(&text);
}

enum verdict
reject_dnsbl_score(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const struct policy *policy = evaluation_policy(ev);
	struct scored scored = { .ev = ev };
	struct strbuf zones = { 0 };
	const char *text = NULL;
	long sum;

	(void)arg;
	if (!client_label(ev, &scored.kind, &scored.label))
		return VERDICT_DUNNO;
	if (!dnsbl_score_sum(&policy->dnsbl_score, ask_site, &scored, &sum,
		&zones)) {
		strbuf_free(&zones);
		return VERDICT_WAITING;
	}
	explain_score(&scored, sum);
	if (sum >= policy->params.dnsbl_reject_threshold)
		text = arena_printf(evaluation_arena(ev),
		    "Service unavailable; Client host [%s] blocked using %s",
		    evaluation_request(ev)->client_address, strbuf_str(&zones));
	strbuf_free(&zones);
	if (text == NULL)
		return VERDICT_DUNNO;
	return action_reject(action, (int)policy->params.maps_rbl_reject_code,
	    "5.7.1", (struct subject){ REPLY_PLAIN, "" }, text);
}
