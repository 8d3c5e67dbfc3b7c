/*
 * reject_app_password_mismatch: what may be sent with an app password.
 *
 * All passwords that a login used from an address within the last hour stand
 * for what comes from there: every rule of each counts.  Where the user's own
 * password was used from there, too, whoever sends may be the user: then only
 * limits count.
 */
#include <string.h>

#include "restrict.h"
#include "app_login.h"
#include "arena.h"
#include "destination.h"
#include "inquiry.h"
#include "policy.h"
#include "rate_refusal.h"
#include "rates.h"
#include "stage.h"

static bool
has_own_password(const struct app_logins *logins)
{
	for (size_t i = 0; i < logins->n; i++)
		if (logins->logins[i].label[0] == '\0')
			return true;
	return false;
}

static size_t
count_words(const char *list)
{
	size_t n = 1;

	while ((list = strchr(list, ',')) != NULL) {
		list++;
		n++;
	}
	return n;
}

typedef bool permits_fn(const char *rule, const void *what);

/* Of the passwords whose rule does not permit it the one that permits least;
 * NULL: all permit it. */
static const struct app_login *
find_offended(const struct app_logins *logins, enum app_rule rule,
    permits_fn *permits, const void *what)
{
	const struct app_login *strictest = NULL;

	for (size_t i = 0; i < logins->n; i++) {
		const struct app_login *login = &logins->logins[i];
		const char *text = login->rules[rule];

		if (text[0] == '\0' || permits(text, what))
			continue;
		if (strictest == NULL ||
		    count_words(text) < count_words(strictest->rules[rule]))
			strictest = login;
	}
	return strictest;
}

static bool
permits_client(const char *networks, const void *what)
{
	const struct request *request = what;
	struct strbuf err = { 0 };
	struct arena arena = { 0 };
	char *rest = arena_strdup(&arena, networks), *word;
	bool is_in = false;

	while (!is_in && (word = strsep(&rest, ",")) != NULL) {
		struct cidr network;

		if (cidr_parse(&network, word, &err) == 0)
			is_in = cidr_match(&network, &request->client);
	}
	strbuf_free(&err);
	arena_free(&arena);
	return is_in;
}

static bool
permits_address(const char *list, const void *what)
{
	const struct destination *dest = what;

	return !dest->is_routed && app_rule_has(list, dest->address);
}

static bool
permits_nobody(const char *list, const void *what)
{
	(void)list;
	(void)what;
	return false;
}

static enum verdict
refuse(struct inquiry *inq, const struct app_login *login, int code,
    struct subject subject, const char *what, struct action *action)
{
	return action_reject(action, code, "5.7.1", subject,
	    arena_printf(inq->arena, "app password %s may not %s", login->label,
		what));
}

static struct subject
login_subject(struct inquiry *inq)
{
	return (struct subject){ REPLY_LOGIN, inq->request->sasl_username };
}

/* An address that a list of rules must have; the null sender no list has. */
static enum verdict
check_address(struct inquiry *inq, const struct app_logins *logins,
    enum app_rule rule, const char *address, struct action *action)
{
	bool is_sender = rule == APP_SENDERS;
	const struct app_login *offended;

	if (find_offended(logins, rule, permits_nobody, NULL) == NULL)
		return VERDICT_DUNNO; /* there are no rules */
	if (address[0] == '\0') {
		offended = find_offended(logins, rule, permits_nobody, NULL);
	} else {
		const struct destination *dest =
		    inquiry_destination(inq, address);

		if (dest == NULL) {
			action_lookup_failure(action, inq->arena, address);
			return VERDICT_REJECT;
		}
		offended = find_offended(logins, rule, permits_address, dest);
	}
	if (offended == NULL)
		return VERDICT_DUNNO;
	return refuse(inq, offended, is_sender ? 553 : 554,
	    (struct subject){ is_sender ? REPLY_SENDER : REPLY_RECIPIENT,
		address },
	    is_sender ? "send as this sender" : "send to this recipient",
	    action);
}

static enum verdict
check_network(struct inquiry *inq, const struct app_logins *logins,
    struct action *action)
{
	const struct app_login *offended =
	    find_offended(logins, APP_NETWORKS, permits_client, inq->request);

	if (offended == NULL)
		return VERDICT_DUNNO;
	return refuse(inq, offended, 554, login_subject(inq),
	    arena_printf(inq->arena, "be used from [%s]",
		inq->request->client_address),
	    action);
}

static enum verdict
check_rules(struct inquiry *inq, const struct app_logins *logins,
    struct action *action)
{
	const struct request *request = inq->request;
	enum verdict verdict = check_network(inq, logins, action);

	if (verdict == VERDICT_DUNNO)
		verdict = check_address(inq, logins, APP_SENDERS,
		    request->sender, action);
	if (verdict == VERDICT_DUNNO && request->recipient[0] != '\0')
		verdict = check_address(inq, logins, APP_RECIPIENTS,
		    request->recipient, action);
	return verdict;
}

/* NULL: it has no limit. */
static const struct rate_limit *
limit_of(struct inquiry *inq, const struct app_login *login)
{
	struct rate_limits *limits;
	struct strbuf err = { 0 };

	if (login->rules[APP_LIMIT][0] == '\0')
		return NULL;
	limits = arena_alloc(inq->arena, sizeof *limits);
	if (rate_limits_parse_value(limits, login->rules[APP_LIMIT], &err) ==
	    -1) {
		inquiry_log(inq, "limit of app password %s: %s", login->label,
		    strbuf_str(&err));
		strbuf_free(&err);
		return NULL;
	}
	return limits->n > 0 ? &limits->limits[0] : NULL;
}

/* What the request wants of the limit of a label. */
static struct rate_order *
order_of(struct inquiry *inq, const struct rate_limit *limit, const char *label)
{
	const char *value = arena_printf(inq->arena, "%s/%s",
	    inq->request->sasl_username, label);
	struct rate_order *order = arena_alloc(inq->arena, sizeof *order);
	struct rate_want *want = arena_alloc(inq->arena, sizeof *want);

	*want = (struct rate_want){
		.item = {
			.counter = { RATE_RECIPIENTS, RATE_APP_PASSWORD,
			    arena_lower(inq->arena, value), 0 },
			.limits = limit,
			.nlimits = 1,
		},
		.amount = rate_amount_of_request(inq->request, RATE_RECIPIENTS),
	};
	rate_item_identify(&want->item, NULL, inq->arena);
	rate_order_begin(order, inq, want);
	order->whose = label;
	order->n = order->nlimits = want->amount > 0;
	return order;
}

static enum verdict
check_limits(struct inquiry *inq, const struct app_logins *logins,
    struct action *action)
{
	enum verdict verdict = VERDICT_DUNNO;

	if (!rate_counts_request(inq->request))
		return VERDICT_DUNNO;
	for (size_t i = 0; i < logins->n; i++) {
		const struct app_login *login = &logins->logins[i];
		const struct rate_limit *limit = limit_of(inq, login);
		const struct rate_order *order;

		if (limit == NULL)
			continue;
		order = order_of(inq, limit, login->label);
		inquiry_take(inq, order);
		if (verdict == VERDICT_DUNNO)
			verdict = rate_refuse(inq, order, action);
	}
	return verdict;
}

/* Whether a sender is known by now. */
static bool
is_of_mail(enum protocol_state state)
{
	return state == STATE_MAIL || state == STATE_RCPT ||
	    state == STATE_DATA || state == STATE_END_OF_MESSAGE;
}

enum verdict
reject_app_password_mismatch(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const struct app_logins *logins;
	enum verdict verdict = VERDICT_DUNNO;

	(void)arg;
	if (inq->request->sasl_username[0] == '\0' ||
	    !is_of_mail(inq->request->state))
		return VERDICT_DUNNO;
	logins = inquiry_app_logins(inq);
	if (has_own_password(logins))
		inquiry_remark(inq, "app passwords",
		    "the user's own password was used from there, too: only "
		    "limits count");
	else
		verdict = check_rules(inq, logins, action);
	return verdict != VERDICT_DUNNO ? verdict
					: check_limits(inq, logins, action);
}
