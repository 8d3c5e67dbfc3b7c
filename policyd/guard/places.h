#ifndef PLACES_H
#define PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "rate_window.h"
#include "recent.h"

/*
 * What the guard knows of one login: the places that it is used from, and how
 * much it sends.  A place is an origin (client_origin.h).  It becomes the
 * user's own by uses on two days.
 *
 * All of it can be merged with what another host knows: the first use is the
 * smaller, the last use the larger one, counts are added up.
 */
#define PLACES_MAX     16
#define PLACE_NAME_MAX 255 /* origins that are longer are one from here on */
#define PLACE_LIFE     (60L * 86400)
#define PLACE_APART    (12L * 3600) /* between the first use and another */

struct place {
	const char *origin; /* borrowed; not ended by a NUL */
	size_t len;
	time_t first, last; /* of the uses that count */
	bool is_own;
	bool was_locked; /* does not become his own before a resume */
};

#define PLACES_HOUR 3600L
#define PLACES_DAY  86400L

enum places_count {    /* of recipients, but for the last */
	COUNT_OWN,     /* accepted from his own places */
	COUNT_STRANGE, /* accepted from others */
	COUNT_TRIED,   /* tried from others, each once a day */
	COUNT_HELD,    /* messages put on hold */
	PLACES_COUNTS,
};

struct places_tally {
	struct rate_window hour, day;
};

struct busy_hour {
	unsigned accepted;
	time_t at; /* when that was reached */
};

struct places {   /* all-zero: of a login that was never seen */
	size_t n; /* in list */
	struct places_tally counts[PLACES_COUNTS];
	time_t locked_until; /* 0: not locked */
	/* The highest hours of accepted recipients: of the days before
	 * yesterday, fading; of yesterday; of today. */
	double habit;
	struct busy_hour yesterday, today;
	unsigned in_hour; /* accepted in the present one */
	/* Days on which he was at many places that were not his own; fading. */
	double roamed;
	time_t as_of; /* what all this is as of */

	/* What is large stands last: as a rule little of it is set. */
	struct place list[PLACES_MAX];
	struct recent tried;   /* recipients in a day */
	struct recent strange; /* other places that were used in an hour */
};

/* Never seen; touches no more than is set then. */
void places_init(struct places *);

/* Of numbers that are not whole stays what is written of them: before what has
 * changed is kept or encoded. */
void places_settle(struct places *);

/* Encode returns how many bytes, and leaves what decode makes of them: both
 * borrow them.  Decode, into what init has left, returns false when they are
 * none. */
#define PLACES_BYTES_MAX                                                       \
	(256 + 2 * RECENT_BYTES_MAX +                                          \
	    2 * PLACES_COUNTS * (2 + RATE_WINDOW_BYTES_MAX) +                  \
	    PLACES_MAX * (PLACE_NAME_MAX + 32))
size_t places_encode(struct places *, char *out);
bool places_decode(struct places *, const char *bytes, size_t len);

/* What they borrow of some bytes they borrow of a copy. */
void places_rebase(struct places *, const char *bytes, const char *copy);

/* What they have become when time has gone on. */
void places_move(struct places *, time_t now);

/* The highest hour of accepted recipients of the days before today, without
 * those of the last half day. */
double places_habit(const struct places *, time_t now);

/* Whether it is usual that he is at many places. */
bool places_roam(const struct places *);

/* NULL: it is not among them. */
const struct place *places_find(const struct places *, const char *origin);

/* The next two return whether anything has changed that is worth writing down;
 * origin: borrowed. */

/* A use that counts.  The time of the last one is kept a bit late: alone it is
 * not worth writing down, and left out unless others are written anyway. */
bool places_use(struct places *, const char *origin, time_t now,
    bool is_written);

/* A recipient tried from a place that is not his own.  One that was tried
 * before and is refused again, as of a queue that waits, is no use of the
 * place. */
bool places_try(struct places *, const char *origin, uint32_t recipient,
    bool has_passed, time_t now);

/* So much was accepted, or put on hold. */
void places_add(struct places *, enum places_count, uint64_t amount,
    time_t now);

/* Refuse, until then, all places but his own. */
void places_lock(struct places *, time_t until);

/* An administrator says that all is well. */
void places_resume(struct places *);

/* The mark of a place in strange. */
uint32_t place_hash(const char *origin);

#endif
