#ifndef RATE_WINDOW_H
#define RATE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * How much was counted lately, for a limit of so much in a time.  The time is
 * cut into twelve parts, and the sum is over thirteen: the one that goes on,
 * and twelve before it.  So what is kept below a limit by it is below it in
 * any span of that time, and nothing older than 13/12 of it is held against
 * anybody.
 *
 * A window is as of some moment: that of its record in the state.  Before it is
 * used it is moved to the present.
 */
#define RATE_PARTS 13

struct rate_window {                 /* all-zero: nothing */
	uint64_t counts[RATE_PARTS]; /* the newest part first */
};

/* The number of the part that a moment is in. */
long long rate_window_part(long length, time_t when);

/* length: of the time, in seconds; it is the same for all calls. */
void rate_window_move(struct rate_window *, long length, time_t from,
    time_t to);
uint64_t rate_window_sum(const struct rate_window *);

/* Seconds from now, the moment of the window, until no more than most is left
 * of it; 0: that is so. */
long rate_window_wait(const struct rate_window *, long length, time_t now,
    uint64_t most);

/* Seconds that a window is worth keeping from now on. */
long rate_window_life(long length);

/* By how many parts a window is moved; of all: RATE_PARTS. */
size_t rate_window_shift(long length, time_t from, time_t to);

/* As bytes, few where little was counted.  Encode returns how many; decode
 * returns false when they are none. */
#define RATE_WINDOW_BYTES_MAX (RATE_PARTS * 10)
size_t rate_window_encode(const struct rate_window *, char *out);
bool rate_window_decode(struct rate_window *, const char *bytes, size_t len);

/* The sum of an encoded window after a move by some parts, as far as its bytes
 * can be read. */
uint64_t rate_window_sum_encoded(const char *bytes, size_t len, size_t shift);

/* Whether the newest part of an encoded window, with so much more in it, takes
 * as many bytes as it has; more: what it is then.  Set it there. */
bool rate_window_can_add(const char *bytes, size_t len, uint64_t amount,
    uint64_t *more);
void rate_window_set_newest(char *bytes, uint64_t count);

#endif
