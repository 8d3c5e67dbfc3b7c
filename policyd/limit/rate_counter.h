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

/* The windows of a record (key NULL: there is none) as of now: of all limits,
 * and as many that are no more in force. */
#define RATE_WINDOWS_MAX (2 * RATE_LIMITS_MAX)
struct rate_windows {
	struct rate_kept {
		long length;
		uint64_t most; /* the limit that was in force */
		uint64_t sum;  /* of the window */
		struct rate_window window;
	} kept[RATE_WINDOWS_MAX];
	size_t n;
};
void rate_counter_read(const struct state_record *, time_t now,
    struct rate_windows *);

/* That of a length; an empty one where there is none. */
const struct rate_kept *rate_windows_find(const struct rate_windows *,
    long length);

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
