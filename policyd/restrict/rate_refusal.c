/*
 * What a request counts, and how a limit refuses.
 */
#include <stdlib.h>

#include "rate_refusal.h"
#include "arena.h"
#include "policy.h"
#include "time_left.h"

bool
rate_counts_request(const struct request *request)
{
	return request->state == STATE_RCPT || request->state == STATE_DATA ||
	    request->state == STATE_END_OF_MESSAGE;
}

uint64_t
rate_amount_of_request(const struct request *request, enum rate_unit unit)
{
	bool is_rcpt = request->state == STATE_RCPT;

	switch (unit) {
	case RATE_RECIPIENTS:
		return is_rcpt ? 1
			       : strtoull(request->recipient_count, NULL, 10);
	case RATE_MESSAGES:
		return 1;
	case RATE_BYTES:
		return strtoull(request->size, NULL, 10);
	case RATE_DISTINCT_RECIPIENTS:
		return request->recipient[0] != '\0';
	case RATE_UNITS:
		break;
	}
	abort();
}

void
rate_order_begin(struct rate_order *order, const struct inquiry *inq,
    const struct rate_want *wants)
{
	*order = (struct rate_order){
		.request = inq->request,
		.whose = "",
		.wants = wants,
		.counts_now =
		    inq->policy->lists[STAGE_END_OF_DATA]->nsteps == 0,
	};
}

static void
raise_alarm(struct inquiry *inq, const struct rate_answer *answer)
{
	uint64_t count = answer->counted + answer->reserved + answer->wanted;
	struct rate_alarm *alarm;

	if (answer->wanted == 0 || count < rate_alarm_from(answer->limit->most))
		return;
	alarm = arena_alloc(inq->arena, sizeof *alarm);
	alarm->want = answer->want;
	alarm->limit = answer->limit;
	alarm->is_refused = answer->wait > 0;
	alarm->count = alarm->is_refused ? count - answer->wanted : count;
	inquiry_alarm(inq, alarm);
}

enum verdict
rate_refuse(struct inquiry *inq, const struct rate_order *order,
    struct action *action)
{
	const struct rate_answer *answers = inquiry_rates(inq, order);
	const struct rate_answer *worst = NULL;
	struct strbuf again = { 0 };
	const struct rate_counter *counter;
	const char *text;
	long wait = 0;

	for (size_t i = 0; i < order->nlimits; i++) {
		raise_alarm(inq, &answers[i]);
		if (answers[i].wait > wait) {
			wait = answers[i].wait;
			worst = &answers[i];
		}
	}
	if (worst == NULL)
		return VERDICT_DUNNO;
	counter = &worst->want->item.counter;
	time_left_add(&again, wait);
	text = arena_printf(inq->arena,
	    "limit of %llu %s in %s%s%s reached, again in %s",
	    (unsigned long long)worst->limit->most,
	    rate_unit_name(counter->unit), worst->limit->time,
	    order->whose[0] != '\0' ? " for app password " : "", order->whose,
	    strbuf_str(&again));
	strbuf_free(&again);
	return action_reject(action,
	    (int)inq->policy->params.rate_limit_reject_code, "4.7.1",
	    rate_key_subject(counter->key, inq->request, inq->arena), text);
}
