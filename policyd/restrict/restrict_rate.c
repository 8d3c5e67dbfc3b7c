/*
 * reject_rate_limit: how much of what one may send in a time.
 */
#include "restrict.h"
#include "arena.h"
#include "inquiry.h"
#include "login_lookup.h"
#include "policy.h"
#include "rate_refusal.h"
#include "rates.h"

/* What a request wants, while that is found out. */
struct shopping {
	struct inquiry *inq;
	struct rate_order *order;
	struct rate_want *wants; /* the order's */
	const char *values[RATE_KEYS];
	bool has_value[RATE_KEYS]; /* it was looked for */
};

/* The value of a key in the request; NULL: it has none. */
static const char *
value_of(struct shopping *shopping, enum rate_key key)
{
	struct inquiry *inq = shopping->inq;

	if (!shopping->has_value[key])
		shopping->values[key] =
		    rate_key_value(key, inq->request, inq->arena);
	shopping->has_value[key] = true;
	return shopping->values[key];
}

/* Limits of one counter. */
static void
add_want(struct shopping *shopping, enum rate_unit unit, uint64_t amount,
    const struct rate_limit limits[], size_t n)
{
	const char *value = value_of(shopping, limits->key);
	struct rate_want *want = &shopping->wants[shopping->order->n];
	const char *recipient = NULL;

	if (value == NULL)
		return;
	*want = (struct rate_want){
		.item = {
			.counter = { unit, limits->key, value, 0 },
			.limits = limits,
			.nlimits = n,
		},
		.amount = amount,
	};
	if (unit == RATE_DISTINCT_RECIPIENTS) {
		recipient = value_of(shopping, RATE_RECIPIENT);
		want->item.counter.length = limits->length;
	}
	rate_item_identify(&want->item, recipient, shopping->inq->arena);
	shopping->order->n++;
	shopping->order->nlimits += n;
}

/* but: a key whose limits do not count; RATE_KEYS: all do. */
static void
add_wants(struct shopping *shopping, enum rate_unit unit,
    const struct rate_limits *limits, enum rate_key but)
{
	uint64_t amount = rate_amount_of_request(shopping->inq->request, unit);
	size_t n;

	for (size_t i = 0; amount > 0 && i < limits->n; i += n) {
		n = unit == RATE_DISTINCT_RECIPIENTS
		    ? 1
		    : rate_limits_of_key(limits, i);
		if (limits->limits[i].key != but)
			add_want(shopping, unit, amount, &limits->limits[i], n);
	}
}

/* The limits of a login in place of those of all; NULL: it has none of its own.
 * Returns TEMPFAIL when that cannot be told. */
static enum lookup
find_own_limits(struct shopping *shopping, enum rate_unit unit,
    const struct rate_limits **own)
{
	struct inquiry *inq = shopping->inq;
	struct rate_limits *limits;
	struct strbuf err = { 0 };
	const char *value;
	enum lookup result =
	    login_lookup(inq, &inq->policy->rates.maps[unit], &value);

	*own = NULL;
	if (result != LOOKUP_FOUND)
		return result;
	limits = arena_alloc(inq->arena, sizeof *limits);
	if (rate_limits_parse_value(limits, value, &err) == -1) {
		inquiry_log(inq, "limits of %s in %s: %s",
		    inq->request->sasl_username, rate_unit_name(unit),
		    strbuf_str(&err));
		strbuf_free(&err);
		return LOOKUP_TEMPFAIL;
	}
	*own = limits;
	return LOOKUP_FOUND;
}

static enum lookup
add_unit(struct shopping *shopping, enum rate_unit unit)
{
	const struct rate_limits *limits =
	    &shopping->inq->policy->rates.limits[unit];
	const struct rate_limits *own;

	if (find_own_limits(shopping, unit, &own) == LOOKUP_TEMPFAIL)
		return LOOKUP_TEMPFAIL;
	add_wants(shopping, unit, limits,
	    own == NULL ? RATE_KEYS : RATE_SASL_USERNAME);
	if (own != NULL)
		add_wants(shopping, unit, own, RATE_KEYS);
	return LOOKUP_FOUND;
}

/* Make room for all that there may be. */
static void
shopping_begin(struct shopping *shopping, struct inquiry *inq)
{
	const struct policy *policy = inq->policy;

	shopping->inq = inq;
	shopping->wants = arena_alloc_unset(inq->arena,
	    policy->rates.counters_max * sizeof shopping->wants[0]);
	shopping->order =
	    arena_alloc_unset(inq->arena, sizeof *shopping->order);
	rate_order_begin(shopping->order, inq, shopping->wants);
	shopping->order->by = policy->number;
}

/* Whether the message can want no more than it was given at RCPT: more bytes
 * may have come than were said. */
static bool
has_all(const struct inquiry *inq)
{
	const struct policy *policy = inq->policy;

	return inq->request->state != STATE_RCPT &&
	    !policy->rates.uses[RATE_BYTES] && inquiry_was_given(inq);
}

enum verdict
reject_rate_limit(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const struct policy *policy = inq->policy;
	struct shopping shopping = { 0 };
	enum verdict verdict;

	(void)arg;
	if (!policy->rates.is_used || !rate_counts_request(inq->request))
		return VERDICT_DUNNO;
	verdict = inquiry_run(inq, policy->rates.exempt, inq->subject, action);
	if (verdict == VERDICT_REJECT)
		return verdict;
	if (verdict == VERDICT_PERMIT || has_all(inq))
		return VERDICT_DUNNO;
	shopping_begin(&shopping, inq);
	for (size_t unit = 0; unit < RATE_UNITS; unit++)
		if (policy->rates.uses[unit] &&
		    add_unit(&shopping, (enum rate_unit)unit) ==
			LOOKUP_TEMPFAIL)
			return action_fault(action);
	inquiry_take(inq, shopping.order);
	return rate_refuse(inq, shopping.order, action);
}
