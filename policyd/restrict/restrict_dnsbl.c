/*
 * DNS lists of addresses and names: reject_rbl_*, reject_rhsbl_*,
 * permit_dnswl_*, permit_rhswl_*.
 */
#include <string.h>

#include "restrict.h"
#include "destination.h"
#include "dnsbl_reply.h"
#include "host_name.h"
#include "inquiry.h"
#include "mail_address.h"
#include "policy.h"

/* Ask a list for a label; names what it is in the reply. */
static enum verdict
reject_if_listed(struct inquiry *inq, const struct argument *arg,
    enum dnsbl_kind kind, const char *label, struct subject subject,
    struct action *action)
{
	struct listing listing = { inq, arg, NULL, subject };

	listing.answer = inquiry_dnsbl(inq, arg->site, kind, label);
	if (listing.answer == NULL)
		return VERDICT_WAITING;
	if (listing.answer->result != DNSBL_LISTED)
		return VERDICT_DUNNO;
	return dnsbl_reject(&listing, action);
}

/* The label of the client's address; false when it has none. */
static bool
client_label(struct inquiry *inq, enum dnsbl_kind *kind, const char **label)
{
	char *text = arena_alloc(inq->arena, DNSBL_LABEL_SIZE);

	*label = text;
	return dnsbl_label(&inq->request->client, kind, text);
}

/* The label of a name or of an address's domain; NULL: not to be asked. */
static const char *
name_label(struct inquiry *inq, const char *name)
{
	const char *domain = mail_address_domain(name, name);

	if (domain[0] == '\0' || domain[0] == '[')
		return NULL;
	domain = domain_to_ascii(inq->policy, inq->arena, domain);
	if (!host_name_is_valid(domain) || host_name_ends_numeric(domain))
		return NULL;
	return domain;
}

enum verdict
reject_rbl_client(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	struct subject subject = { REPLY_CLIENT, inq->request->client_address };
	enum dnsbl_kind kind;
	const char *label;

	if (!client_label(inq, &kind, &label))
		return VERDICT_DUNNO;
	return reject_if_listed(inq, arg, kind, label, subject, action);
}

/* As old how-tos have it: the lists stand in maps_rbl_domains. */
enum verdict
reject_maps_rbl(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return inquiry_run(inq, inq->policy->maps_rbl, inq->subject, action);
}

static enum verdict
reject_name(struct inquiry *inq, const struct argument *arg,
    enum reply_class class, const char *name, struct action *action)
{
	const char *label = name_label(inq, name);

	if (label == NULL)
		return VERDICT_DUNNO;
	return reject_if_listed(inq, arg, DNSBL_NAME, label,
	    (struct subject){ class, name }, action);
}

enum verdict
reject_rhsbl_client(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = inq->request->client_name;

	if (request_name_is_unknown(name))
		return VERDICT_DUNNO;
	return reject_name(inq, arg, REPLY_CLIENT, name, action);
}

enum verdict
reject_rhsbl_reverse_client(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = inq->request->reverse_client_name;

	if (request_name_is_unknown(name))
		return VERDICT_DUNNO;
	return reject_name(inq, arg, REPLY_REVERSE_CLIENT, name, action);
}

enum verdict
reject_rhsbl_helo(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	return reject_name(inq, arg, REPLY_HELO, inq->request->helo_name,
	    action);
}

enum verdict
reject_rhsbl_sender(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	return reject_name(inq, arg, REPLY_SENDER, inq->request->sender,
	    action);
}

enum verdict
reject_rhsbl_recipient(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	return reject_name(inq, arg, REPLY_RECIPIENT, inq->request->recipient,
	    action);
}

/* An allow list never opens the way to a foreign destination; VRFY and what
 * comes after RCPT open no way.
 * Returns 1 when there is none of that, 0, or -1 when a table failed. */
static int
may_be_allowed(struct inquiry *inq)
{
	const struct request *request = inq->request;
	const struct destination *dest;

	if (request->state != STATE_RCPT || request->recipient[0] == '\0')
		return 1;
	dest = inquiry_destination(inq, request->recipient);
	if (dest == NULL)
		return -1;
	return destination_is_authorised(dest, inq->policy);
}

static enum verdict
permit_if_listed(struct inquiry *inq, const struct argument *arg,
    enum dnsbl_kind kind, const char *label, const char *what,
    struct action *action)
{
	const struct dnsbl_answer *answer;
	int allowed = may_be_allowed(inq);

	if (allowed == -1)
		return action_lookup_failure(action, inq->arena,
		    inq->request->recipient);
	if (!allowed)
		return VERDICT_DUNNO;
	answer = inquiry_dnsbl(inq, arg->site, kind, label);
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
permit_dnswl_client(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	enum dnsbl_kind kind;
	const char *label;

	if (!client_label(inq, &kind, &label))
		return VERDICT_DUNNO;
	return permit_if_listed(inq, arg, kind, label,
	    inq->request->client_address, action);
}

enum verdict
permit_rhswl_client(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = inq->request->client_name;
	const char *label = name_label(inq, name);

	if (label == NULL || request_name_is_unknown(name))
		return VERDICT_DUNNO;
	return permit_if_listed(inq, arg, DNSBL_NAME, label, name, action);
}

/* The client whose score is added up. */
struct scored {
	struct inquiry *inq;
	enum dnsbl_kind kind;
	const char *label;
};

static const struct dnsbl_answer *
ask_site(void *arg, struct dnsbl_site *site)
{
	const struct scored *scored = arg;

	return inquiry_dnsbl(scored->inq, site, scored->kind, scored->label);
}

/* Add the sites that list the client, or those that do not, with their
 * weights. */
static void
add_weights(struct strbuf *out, struct scored *scored, bool listed)
{
	const struct dnsbl_score *score = &scored->inq->policy->dnsbl_score;
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
	struct strbuf text = { 0 };

	if (!inquiry_is_explained(scored->inq))
		return;
	add_weights(&text, scored, true);
	add_weights(&text, scored, false);
	strbuf_addf(&text, "total %ld, dnsbl_reject_threshold %ld", sum,
	    scored->inq->policy->params.dnsbl_reject_threshold);
	inquiry_remark(scored->inq, "score",
	    arena_strdup(scored->inq->arena, strbuf_str(&text)));
	strbuf_free(&text);
}

enum verdict
reject_dnsbl_score(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const struct policy *policy = inq->policy;
	struct scored scored = { .inq = inq };
	struct strbuf zones = { 0 };
	const char *text = NULL;
	long sum;

	(void)arg;
	if (!client_label(inq, &scored.kind, &scored.label))
		return VERDICT_DUNNO;
	if (!dnsbl_score_sum(&policy->dnsbl_score, ask_site, &scored, &sum,
		&zones)) {
		strbuf_free(&zones);
		return VERDICT_WAITING;
	}
	explain_score(&scored, sum);
	if (sum >= policy->params.dnsbl_reject_threshold)
		text = arena_printf(inq->arena,
		    "Service unavailable; Client host [%s] blocked using %s",
		    inq->request->client_address, strbuf_str(&zones));
	strbuf_free(&zones);
	if (text == NULL)
		return VERDICT_DUNNO;
	return action_reject(action, (int)policy->params.maps_rbl_reject_code,
	    "5.7.1", (struct subject){ REPLY_PLAIN, "" }, text);
}
