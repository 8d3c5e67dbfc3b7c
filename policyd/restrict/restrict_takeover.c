/*
 * reject_sasl_takeover: has somebody else got the password?
 */
#include <stdlib.h>
#include <strings.h>

#include "restrict.h"
#include "arena.h"
#include "client_origin.h"
#include "guard.h"
#include "inquiry.h"
#include "login_lookup.h"
#include "policy.h"
#include "time_left.h"

#define REPLY_CODE     450
#define REPLY_CODE_END 421 /* smtpd hangs up */

/* A request, while it is looked at. */
struct looking {
	struct inquiry *inq;
	const struct guard_view *view;
	const struct place *place; /* of the client; NULL: none of his */
	struct guard_limits limits;
	struct ladder ladder;
	struct guard_order *order;
};

/* The limits of the login.  Returns NOT_FOUND when it has none at all. */
static enum lookup
find_limits(struct looking *looking)
{
	struct inquiry *inq = looking->inq;
	struct strbuf err = { 0 };
	const char *value;
	enum lookup result =
	    login_lookup(inq, &inq->policy->guard.exempt, &value);

	looking->limits = inq->policy->guard.limits;
	if (result == LOOKUP_NOT_FOUND)
		return LOOKUP_FOUND;
	if (result == LOOKUP_TEMPFAIL)
		return result;
	if (strcasecmp(value, "none") == 0)
		return LOOKUP_NOT_FOUND;
	if (guard_limits_parse_value(&looking->limits, value, &err) == 0)
		return LOOKUP_FOUND;
	inquiry_log(inq, "takeover_exempt_maps: %s: %s",
	    inq->request->sasl_username, strbuf_str(&err));
	strbuf_free(&err);
	return LOOKUP_TEMPFAIL;
}

static bool
ends_are_told(const struct inquiry *inq)
{
	return inq->policy->lists[STAGE_END_OF_DATA]->nsteps > 0;
}

/* How many recipients the request is about that were not counted before. */
static uint64_t
wanted(const struct looking *looking)
{
	const struct inquiry *inq = looking->inq;

	if (inq->request->state == STATE_RCPT)
		return 1;
	if (inq->request->state == STATE_END_OF_MESSAGE && ends_are_told(inq) &&
	    !looking->view->is_reserved)
		return strtoull(inq->request->recipient_count, NULL, 10);
	return 0;
}

static struct guard_order *
new_order(const struct looking *looking, const char *origin, bool is_familiar)
{
	struct inquiry *inq = looking->inq;
	const struct request *request = inq->request;
	struct guard_order *order = arena_alloc(inq->arena, sizeof *order);

	order->request = request;
	order->view = looking->view;
	order->origin = origin;
	order->is_familiar = is_familiar;
	order->is_try = request->state == STATE_RCPT &&
	    ladder_standing(looking->view->places, looking->place, is_familiar,
		looking->view->now) == STANDING_STRANGE;
	if (order->is_try)
		order->recipient =
		    recent_hash(arena_lower(inq->arena, request->recipient));
	order->wanted = wanted(looking);
	order->counts_now =
	    !ends_are_told(inq) || request->state == STATE_END_OF_MESSAGE;
	return order;
}

static void
climb(struct looking *looking)
{
	struct guard_order *order = looking->order;
	const struct ladder_case at = {
		.places = looking->view->places,
		.limits = &looking->limits,
		.origin = order->origin,
		.place = looking->place,
		.is_familiar = order->is_familiar,
		.is_try = order->is_try,
		.recipient = order->recipient,
		.wanted = order->wanted,
		.reserved = looking->view->reserved,
		.now = looking->view->now,
	};

	ladder_climb(&looking->ladder, &at);
	order->count = looking->ladder.count;
}

static bool
is_learning(const struct looking *looking)
{
	const struct guard_view *view = looking->view;
	long length = looking->inq->policy->params.takeover_learning_time;

	return length > 0 &&
	    (view->began == 0 || view->now < view->began + length);
}

/* Whether nobody is refused, locked or suspended. */
static bool
only_warns(const struct looking *looking)
{
	return looking->inq->policy->params.takeover_action == TAKEOVER_WARN ||
	    is_learning(looking);
}

static const char *
reply_words(const struct ladder *ladder)
{
	switch (ladder->rung) {
	case RUNG_SUSPENDED:
		return "suspended";
	case RUNG_LOCKED:
		return "sending from a new place is locked";
	case RUNG_LIMITED:
		return ladder->standing == STANDING_OWN
		    ? "sending much more than usual is limited"
		    : "sending from a new place is limited";
	case RUNG_FREE:
	case RUNG_COUNT:
		break;
	}
	abort();
}

/* What is beyond the reply: a lock, a suspension. */
static void
note_consequences(struct looking *looking)
{
	struct inquiry *inq = looking->inq;
	const struct ladder *ladder = &looking->ladder;
	long lock_time = inq->policy->params.takeover_lock_time;

	if (inquiry_only_warns(inq))
		return;
	if (ladder->rung == RUNG_SUSPENDED) {
		inquiry_suspend(inq, 0,
		    arena_printf(inq->arena,
			"%llu recipients tried in an hour from %llu places "
			"that are not his own",
			(unsigned long long)ladder->tried_hour,
			(unsigned long long)ladder->origins));
	} else if (ladder->locks) {
		looking->order->locked_until = looking->view->now + lock_time;
		inquiry_log(inq,
		    "takeover: lock user=<%s> place=%s tried=%llu seconds=%ld",
		    inq->request->sasl_username, looking->order->origin,
		    (unsigned long long)ladder->tried_day, lock_time);
	}
}

static bool
may_be_held(const struct looking *looking)
{
	const struct policy_params *params = &looking->inq->policy->params;
	const struct guard_view *view = looking->view;
	uint64_t held = rate_window_sum(&view->places->counts[COUNT_HELD].day) +
	    view->reserved[COUNT_HELD];

	return params->takeover_action == TAKEOVER_HOLD &&
	    (view->is_held || held < (uint64_t)params->takeover_hold_limit);
}

static enum verdict
refuse(struct looking *looking, struct action *action)
{
	struct inquiry *inq = looking->inq;
	const struct ladder *ladder = &looking->ladder;
	bool is_end = ladder->rung == RUNG_SUSPENDED;
	struct action refusal = { 0 };

	action_reject(&refusal, is_end ? REPLY_CODE_END : REPLY_CODE, "4.7.1",
	    (struct subject){ REPLY_LOGIN, inq->request->sasl_username },
	    reply_words(ladder));
	if (only_warns(looking)) {
		inquiry_warn(inq, &refusal.reply);
		return VERDICT_DUNNO;
	}
	note_consequences(looking);
	if (!is_end && may_be_held(looking)) {
		looking->order->is_held = !inquiry_only_warns(inq);
		action->effect = EFFECT_HOLD;
		action->effect_text = reply_words(ladder);
		return VERDICT_DUNNO;
	}
	*action = refusal;
	return VERDICT_REJECT;
}

/* Explain. */

static const char *
standing_words(const struct looking *looking)
{
	if (looking->order->is_familiar)
		return "familiar";
	switch (looking->ladder.standing) {
	case STANDING_OWN:
		return "his own";
	case STANDING_NEW:
		return "his own, but new";
	case STANDING_STRANGE:
		break;
	}
	return "not his own";
}

static void
remark(struct looking *looking)
{
	struct inquiry *inq = looking->inq;
	const struct ladder *ladder = &looking->ladder;
	struct strbuf text = { 0 };

	strbuf_addf(&text,
	    "%s, %s: %llu of %llu recipients in 1h, %llu of %llu in 1d",
	    looking->order->origin, standing_words(looking),
	    (unsigned long long)ladder->sent_hour,
	    (unsigned long long)ladder->budget.hour,
	    (unsigned long long)ladder->sent_day,
	    (unsigned long long)ladder->budget.day);
	inquiry_remark(inq, "place", arena_strdup(inq->arena, text.bytes));
	strbuf_truncate(&text, 0);
	if (ladder->standing == STANDING_STRANGE) {
		strbuf_addf(&text,
		    "with more than %llu tried in 1d (now %llu) places that "
		    "are not his own are locked; with more than %llu in 1h "
		    "(now %llu) from %llu such places (now %llu) the login is "
		    "suspended",
		    (unsigned long long)ladder->lock_above,
		    (unsigned long long)ladder->tried_day,
		    (unsigned long long)ladder->suspend_above,
		    (unsigned long long)ladder->tried_hour,
		    (unsigned long long)looking->limits.hostile_origins,
		    (unsigned long long)ladder->origins);
		inquiry_remark(inq, "next",
		    arena_strdup(inq->arena, text.bytes));
		strbuf_truncate(&text, 0);
	}
	if (is_learning(looking)) {
		long length = inq->policy->params.takeover_learning_time;
		long left = looking->view->began == 0
		    ? length
		    : (long)(looking->view->began + length -
			  looking->view->now);

		strbuf_adds(&text,
		    "nobody is refused yet, places are learned; "
		    "ends in ");
		time_left_add(&text, left);
		inquiry_remark(inq, "learning",
		    arena_strdup(inq->arena, text.bytes));
	}
	strbuf_free(&text);
}

/* The requests of a message. */
static bool
is_of_message(enum protocol_state state)
{
	return state == STATE_RCPT || state == STATE_DATA ||
	    state == STATE_END_OF_MESSAGE;
}

enum verdict
reject_sasl_takeover(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const struct request *request = inq->request;
	struct looking looking = { .inq = inq };
	const char *origin;
	enum lookup familiar, result;

	(void)arg;
	if (request->sasl_username[0] == '\0' || !is_of_message(request->state))
		return VERDICT_DUNNO;
	origin = client_origin(request, inq->arena);
	result = find_limits(&looking);
	if (origin == NULL || result == LOOKUP_NOT_FOUND)
		return VERDICT_DUNNO;
	familiar = inquiry_client_in(inq, inq->policy->guard.familiar,
	    "takeover_familiar_networks");
	if (result == LOOKUP_TEMPFAIL || familiar == LOOKUP_TEMPFAIL)
		return action_fault(action);
	looking.view = inquiry_guard_view(inq);
	looking.place = places_find(looking.view->places, origin);
	looking.order = new_order(&looking, origin, familiar == LOOKUP_FOUND);
	climb(&looking);
	if (inquiry_is_explained(inq))
		remark(&looking);
	inquiry_guard(inq, looking.order);
	if (looking.ladder.rung == RUNG_FREE)
		return VERDICT_DUNNO;
	return refuse(&looking, action);
}
