/*
 * Steps of the wall clock.
 */
#include "state_clock.h"
#include "clock.h"

#define MS_PER_SECOND 1000

/* A smaller step back is made up for by nobody. */
#define STEP_SECONDS 10

/* So near to where it would be, a clock is right again. */
#define RIGHT_SECONDS 60

static void
add_step(struct state_clock *clock, time_t at, time_t forward)
{
	clock->steps[++clock->epoch] = (struct state_clock_step){
		.at = (uint32_t)at,
		.forward = (uint32_t)forward,
	};
}

void
state_clock_begin(struct state_clock *clock)
{
	clock->now = clock_now();
	clock->right = 0;
	add_step(clock, clock->now, 0);
}

static void
set_back(struct state_clock *clock, time_t now)
{
	if (clock->right == 0 && clock->now - now >= STEP_SECONDS) {
		clock->right = clock->now;
		clock->moment = clock_coarse_ms();
	}
	add_step(clock, now, 0);
}

/* Whether a step forward made up for those back. */
static bool
is_right_again(const struct state_clock *clock, time_t now)
{
	time_t right =
	    clock->right + (clock_coarse_ms() - clock->moment) / MS_PER_SECOND;

	return now - clock->now >= STEP_SECONDS &&
	    now >= right - RIGHT_SECONDS && now <= right + RIGHT_SECONDS;
}

time_t
state_clock_look(struct state_clock *clock)
{
	time_t now = clock_now();

	if (now < clock->now) {
		set_back(clock, now);
	} else if (clock->right != 0 && is_right_again(clock, now)) {
		add_step(clock, clock->steps[clock->epoch].at,
		    now - clock->now);
		clock->right = 0;
	}
	clock->now = now;
	return now;
}

static bool
follow(struct state_entry *entry, const struct state_clock_step *step)
{
	uint32_t length = entry->expires - entry->since;

	if (entry->since < step->at ||
	    (step->forward == 0 && entry->since == step->at))
		return false;
	if (step->forward == 0)
		entry->since = step->at;
	else
		entry->since += step->forward;
	if (entry->expires != 0)
		entry->expires = entry->since + length;
	return true;
}

bool
state_clock_settle(const struct state_clock *clock, struct state_entry *entry)
{
	bool has_changed = false;

	while (entry->epoch != clock->epoch)
		has_changed |= follow(entry, &clock->steps[++entry->epoch]);
	return has_changed;
}
