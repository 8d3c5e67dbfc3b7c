/*
 * The pace of lookups.
 */
#include <stdbool.h>

#include "lookup_pace.h"

void
lookup_pace_init(struct lookup_pace *pace)
{
	*pace = (struct lookup_pace){ 0 };
	TAILQ_INIT(&pace->waiting);
}

void
lookup_pace_add(struct lookup_pace *pace, struct lookup_turn *turn,
    void *lookup)
{
	turn->lookup = lookup;
	TAILQ_INSERT_TAIL(&pace->waiting, turn, link);
}

void
lookup_pace_drop(struct lookup_pace *pace, struct lookup_turn *turn)
{
	TAILQ_REMOVE(&pace->waiting, turn, link);
}

static bool
is_crowd(const struct lookup_pace *pace)
{
	return pace->nsent >= LOOKUP_PACE_CROWD;
}

/* Whether the next one has to wait for a reply to another, or for a tick. */
static bool
is_stuck(const struct lookup_pace *pace)
{
	return is_crowd(pace) && pace->permits == 0;
}

unsigned
lookup_pace_pause_us(const struct lookup_pace *pace)
{
	return is_stuck(pace) ? LOOKUP_PACE_TICK_US : 0;
}

void
lookup_pace_begin(struct lookup_pace *pace)
{
	pace->left = LOOKUP_PACE_TURN;
}

static struct lookup_turn *
choose(const struct lookup_pace *pace)
{
	if (is_crowd(pace) && pace->permits % 2 == 0)
		return TAILQ_LAST(&pace->waiting, lookup_turns);
	return TAILQ_FIRST(&pace->waiting);
}

void *
lookup_pace_next(struct lookup_pace *pace)
{
	bool is_first = pace->left == LOOKUP_PACE_TURN;
	struct lookup_turn *turn = choose(pace);

	if (turn == NULL || pace->left == 0 || (!is_first && is_stuck(pace)))
		return NULL;
	if (is_crowd(pace) && pace->permits > 0)
		pace->permits--;
	pace->left--;
	pace->nsent++;
	lookup_pace_drop(pace, turn);
	return turn->lookup;
}

void
lookup_pace_replied(struct lookup_pace *pace)
{
	if (pace->permits + LOOKUP_PACE_BURST <= LOOKUP_PACE_SAVED)
		pace->permits += LOOKUP_PACE_BURST;
}

void
lookup_pace_ended(struct lookup_pace *pace)
{
	pace->nsent--;
}
