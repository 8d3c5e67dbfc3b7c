#ifndef STATE_CLOCK_H
#define STATE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "state_table.h"

/*
 * The wall clock of records, and how it was set.  Set back, it would make what
 * runs last longer: a record from the time that is no more runs on from then,
 * for the length it was given.  Set forward again, to where it would be by now,
 * it would end what runs too early: all from between moves along.  An entry
 * follows when it is looked at; its epoch says how far it has.
 */
struct state_clock_step {
	uint32_t at;      /* where the clock was set back to */
	uint32_t forward; /* 0: this is the step back */
};

#define STATE_CLOCK_EPOCHS (UINT8_MAX + 1)

struct state_clock {
	time_t now;    /* when last looked */
	time_t right;  /* the clock before it was set back; 0: it was not */
	long moment;   /* of that step, in ms of the clock that goes on */
	uint8_t epoch; /* the step that was the last */
	struct state_clock_step steps[STATE_CLOCK_EPOCHS];
};

/* At the start: what was made later than now is from a time that is no more. */
void state_clock_begin(struct state_clock *);

/* The time; it may have been set since it was last asked for. */
time_t state_clock_look(struct state_clock *);

/* Let an entry follow.  Returns whether its times have changed. */
bool state_clock_settle(const struct state_clock *, struct state_entry *);

#endif
