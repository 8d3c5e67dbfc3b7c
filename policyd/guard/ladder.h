#ifndef LADDER_H
#define LADDER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "guard_limits.h"
#include "places.h"

/*
 * What one recipient from one place means for a login: the ladder, a pure
 * function.
 */
enum rung {
	RUNG_FREE,      /* may pass */
	RUNG_LIMITED,   /* the budget of its place is used up */
	RUNG_LOCKED,    /* no place but his own may send */
	RUNG_SUSPENDED, /* the login may not */
	RUNG_COUNT,
};

enum standing { /* of a place */
	STANDING_OWN,
	STANDING_NEW, /* his own, since less than a day */
	STANDING_STRANGE,
};

enum standing ladder_standing(const struct places *, const struct place *,
    bool is_familiar, time_t now);

struct ladder_case {
	const struct places *places; /* as of now */
	const struct guard_limits *limits;
	const char *origin;
	const struct place *place; /* of the origin; NULL: none of his */
	bool is_familiar;          /* a place of everybody */
	bool is_try;               /* of a recipient */
	uint32_t recipient;        /* recent_hash */
	uint64_t wanted;          /* recipients; 0: only whether it may go on */
	const uint64_t *reserved; /* of each count, for messages on their way */
	time_t now;
};

struct ladder {
	enum rung rung;
	enum standing standing;
	enum places_count count;      /* that its recipients count for */
	struct guard_budget budget;   /* of its place */
	uint64_t sent_hour, sent_day; /* of them used, with what is reserved */
	/* of strange places, as if this recipient had been tried: */
	uint64_t tried_hour, tried_day;
	uint64_t lock_above;    /* recipients tried in a day */
	uint64_t suspend_above; /* in an hour from many places */
	uint64_t origins;       /* strange ones in an hour */
	bool is_retry; /* as by a queue: locks nothing, from wherever */
	bool locks;    /* this recipient is one too many */
};

void ladder_climb(struct ladder *, const struct ladder_case *);

#endif
