/*
 * The ladder: budget, lock, suspension.
 */
#include "ladder.h"

#define OF                  5 /* parts of a budget: */
#define STRICT_OF           2 /* where many places are used */
#define ROAMING_OF          4 /* where that is usual */
#define SUSPEND_OF          6
#define SUSPEND_TRIED       60 /* recipients, at least */
#define LOCK_TIMES          2  /* the budget of a day */
#define LOCK_TIMES_ROAMING  4
#define HABIT_MUCH          50
#define HABIT_TIMES_STRANGE 2 /* the habit counts up to so many budgets */
#define HABIT_TIMES_OWN     3
#define HABIT_TIMES_LATE    2
#define LATE_AFTER          (7 * PLACES_DAY)
#define LATE_FOR            (14 * PLACES_DAY)

static uint64_t
smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

enum standing
ladder_standing(const struct places *places, const struct place *place,
    bool is_familiar, time_t now)
{
	if (is_familiar)
		return STANDING_OWN;
	if (place == NULL)
		return places->n == 0 ? STANDING_NEW : STANDING_STRANGE;
	if (!place->is_own)
		return STANDING_STRANGE;
	return now - place->first < PLACES_DAY ? STANDING_NEW : STANDING_OWN;
}

/* His own, but not for long, and long after others. */
static bool
is_latecomer(const struct ladder_case *at)
{
	const struct place *place = at->place;
	time_t oldest = at->now;

	for (size_t i = 0; i < at->places->n; i++)
		if (at->places->list[i].is_own &&
		    at->places->list[i].first < oldest)
			oldest = at->places->list[i].first;
	return place != NULL && place->first - oldest >= LATE_AFTER &&
	    at->now - place->first < LATE_FOR;
}

static uint64_t
count_origins(const struct ladder_case *at)
{
	const struct recent *strange = &at->places->strange;

	return strange->n +
	    (recent_has(strange, place_hash(at->origin)) ? 0 : 1);
}

static void
set_strange_budget(struct ladder *ladder, const struct ladder_case *at)
{
	const struct guard_limits *limits = at->limits;
	uint64_t habit = smaller((uint64_t)places_habit(at->places, at->now),
	    HABIT_TIMES_STRANGE * limits->strange.hour);

	ladder->budget.hour = larger(limits->strange.hour, habit);
	ladder->budget.day = larger(limits->strange.day, 2 * habit);
	if (places_roam(at->places)) {
		ladder->budget.hour = ladder->budget.hour * ROAMING_OF / OF;
		ladder->budget.day = ladder->budget.day * ROAMING_OF / OF;
	} else if (ladder->origins >= limits->strict_origins) {
		ladder->budget.hour = limits->strange.hour * STRICT_OF / OF;
		ladder->budget.day = limits->strange.day * STRICT_OF / OF;
	}
}

static void
set_own_budget(struct ladder *ladder, const struct ladder_case *at)
{
	const struct guard_limits *limits = at->limits;
	double times = is_latecomer(at) ? HABIT_TIMES_LATE : HABIT_TIMES_OWN;
	uint64_t habit = (uint64_t)(times * places_habit(at->places, at->now));

	ladder->budget.hour = larger(limits->own.hour, habit);
	ladder->budget.day = larger(limits->own.day, 2 * habit);
}

/* Above how much that was tried it is no mistake any more: of who sends much,
 * more. */
static void
set_thresholds(struct ladder *ladder, const struct ladder_case *at)
{
	uint64_t base = at->limits->strange.hour;
	uint64_t habit = (uint64_t)places_habit(at->places, at->now);
	uint64_t much = habit > larger(base, HABIT_MUCH) ? habit : 0;
	uint64_t times =
	    places_roam(at->places) ? LOCK_TIMES_ROAMING : LOCK_TIMES;

	ladder->lock_above =
	    larger(times * ladder->budget.day, HABIT_TIMES_OWN * much);
	ladder->suspend_above =
	    larger(larger(SUSPEND_TRIED, base * SUSPEND_OF / OF), 2 * much);
}

static void
look_at_tried(struct ladder *ladder, const struct ladder_case *at)
{
	const struct places_tally *tried = &at->places->counts[COUNT_TRIED];
	bool was_tried = recent_has(&at->places->tried, at->recipient);
	uint64_t more = at->is_try && !was_tried;

	ladder->is_retry = at->is_try && was_tried;
	ladder->tried_hour = rate_window_sum(&tried->hour) + more;
	ladder->tried_day = rate_window_sum(&tried->day) + more;
}

static bool
is_above_budget(const struct ladder *ladder, uint64_t wanted)
{
	return wanted > 0 &&
	    (ladder->sent_hour + wanted > ladder->budget.hour ||
		ladder->sent_day + wanted > ladder->budget.day);
}

static enum rung
rung_of(struct ladder *ladder, const struct ladder_case *at)
{
	if (ladder->standing == STANDING_STRANGE) {
		if (!places_roam(at->places) && !ladder->is_retry &&
		    ladder->origins >= at->limits->hostile_origins &&
		    ladder->tried_hour > ladder->suspend_above)
			return RUNG_SUSPENDED;
		if (at->places->locked_until > at->now)
			return RUNG_LOCKED;
		ladder->locks =
		    !ladder->is_retry && ladder->tried_day > ladder->lock_above;
		if (ladder->locks)
			return RUNG_LOCKED;
	}
	return is_above_budget(ladder, at->wanted) ? RUNG_LIMITED : RUNG_FREE;
}

void
ladder_climb(struct ladder *ladder, const struct ladder_case *at)
{
	const struct places_tally *sent;

	*ladder = (struct ladder){ .standing = ladder_standing(at->places,
				       at->place, at->is_familiar, at->now) };
	ladder->count =
	    ladder->standing == STANDING_OWN ? COUNT_OWN : COUNT_STRANGE;
	if (ladder->standing == STANDING_STRANGE) {
		ladder->origins = count_origins(at);
		look_at_tried(ladder, at);
	}
	if (ladder->standing == STANDING_OWN)
		set_own_budget(ladder, at);
	else
		set_strange_budget(ladder, at);
	if (ladder->standing == STANDING_STRANGE)
		set_thresholds(ladder, at);
	sent = &at->places->counts[ladder->count];
	ladder->sent_hour =
	    rate_window_sum(&sent->hour) + at->reserved[ladder->count];
	ladder->sent_day =
	    rate_window_sum(&sent->day) + at->reserved[ladder->count];
	ladder->rung = rung_of(ladder, at);
}
