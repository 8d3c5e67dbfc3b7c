#ifndef RATE_COUNTER_H
#define RATE_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "arena.h"
#include "rate_limit.h"
#include "rate_window.h"
#include "state.h"

/*
 * What was counted for one value of a key in one time, kept in the state.
 * Two records of a counter can be merged: their parts are added up.
 */
struct rate_counter {
	enum rate_unit unit;
	enum rate_key key;
	const char *value;
	long length; /* of its window, in seconds */
};

/* The key of a record.  Values that are no addresses for their length alone
 * are one from RATE_VALUE_MAX on. */
#define RATE_VALUE_MAX 512
struct state_key rate_counter_id(const struct rate_counter *, struct arena *);

/* Of one of the recipients that a counter has met. */
struct state_key rate_recipient_id(const struct state_key *counter,
    const char *recipient, struct arena *);

/* The window of a record (key NULL: there is none) as of now; returns its
 * sum. */
uint64_t rate_counter_window(const struct state_record *, long length,
    time_t now, struct rate_window *);
/* most: the limit in force, for people. */
void rate_counter_add(struct state *, const struct state_key *, long length,
    uint64_t most, uint64_t amount, time_t now);

/* Whether the recipient was met within the window; meet counts it there, if it
 * was not. */
bool rate_recipient_was_met(struct state *, const struct state_key *recipient,
    long length, time_t now);
void rate_recipient_meet(struct state *, const struct state_key *counter,
    const struct state_key *recipient, long length, uint64_t most, time_t now);

/* A record of the state as a counter; the value is borrowed until the next
 * call.  Returns false for others. */
struct rate_reading {
	struct rate_counter counter;
	uint64_t most, count;
};
bool rate_reading_of(struct rate_reading *, const struct state_record *,
    time_t now);

#endif
