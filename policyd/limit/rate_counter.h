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
 * What was counted for one value of a key, in one or several times, kept in
 * the state: a window for each.  Two records of a counter can be merged: the
 * parts of their windows are added up.
 */
struct rate_counter {
	enum rate_unit unit;
	enum rate_key key;
	const char *value;
	/* Of its only window, in seconds, where recipients are told apart: one
	 * may be new in an hour, and not in a day.  0: of any windows. */
	long length;
};

/* The key of a record.  Values that are no addresses for their length alone
 * are one from RATE_VALUE_MAX on. */
#define RATE_VALUE_MAX 512
struct state_key rate_counter_id(const struct rate_counter *, struct arena *);

/* Of one of the recipients that a counter has met. */
struct state_key rate_recipient_id(const struct state_key *counter,
    const char *recipient, struct arena *);

/* How much a record (key NULL: there is none) has in the window of a length, as
 * of now; and that window. */
uint64_t rate_counter_sum(const struct state_record *, long length, time_t now);
void rate_counter_window(const struct state_record *, long length, time_t now,
    struct rate_window *);

/* Count it in the window of each limit. */
void rate_counter_add(struct state *, const struct state_key *,
    const struct rate_limit[], size_t n, uint64_t amount, time_t now);

/* Whether the recipient was met within the window; meet counts it there, if it
 * was not. */
bool rate_recipient_was_met(struct state *, const struct state_key *recipient,
    long length, time_t now);
void rate_recipient_meet(struct state *, const struct state_key *counter,
    const struct state_key *recipient, const struct rate_limit *, time_t now);

/* What a window of a record of the state has counted; the value is borrowed
 * until the next call. */
struct rate_reading {
	struct rate_counter counter; /* with the window's length */
	uint64_t most, count;
};

/* Call fn for each window of a record. */
void rate_readings_of(const struct state_record *, time_t now,
    void (*fn)(void *arg, const struct rate_reading *), void *arg);

#endif
