#ifndef NOTES_H
#define NOTES_H

#include <stdbool.h>

#include "arena.h"

struct rate_alarm;
struct rate_order;
struct step;
struct suspension;

/*
 * Notes: all that a decision leaves behind beside its action.  No restriction
 * and no walk writes, logs or counts; it leaves a note, and says under which
 * answer that counts.  Whoever asked for the decision takes what counts, or
 * drops it: the daemon logs and counts, explain remembers only for itself.
 *
 *	notes_add(notes, arena, NOTE_LOG, NOTE_ALWAYS)->text = line;
 *	...
 *	notes_take(notes, takers, arg);		the answer is there
 *
 * Notes live in the arena they were left in, as long as the decision.
 */
enum note_kind {
	NOTE_LOG,     /* text: a line of the log */
	NOTE_FAULT,   /* text: what is wrong with the configuration; is_told */
	NOTE_ANSWER,  /* text: the line on the answer, without the time it
		       * took; list, judge: who answers so */
	NOTE_ASIDE,   /* text: what is done beside the answer */
	NOTE_HIT,     /* step: it had an opinion */
	NOTE_PASSED,  /* the recipient is one of its transaction */
	NOTE_RATES,   /* order: what it is to be counted as */
	NOTE_END,     /* of the message, whatever the answer */
	NOTE_SUSPEND, /* suspension: it begins */
	NOTE_GUARD,   /* guarded: what the guard learns */
	NOTE_ALARM,   /* alarm: a limit is near, or reached */
	NOTE_KINDS,
};

enum note_when {
	NOTE_ALWAYS,
	NOTE_IF_PASSED, /* nothing was refused or put off */
	NOTE_IF_ANSWER, /* the answer is that of the step that left it */
};

struct note {
	struct note *next;
	enum note_kind kind;
	enum note_when when;
	unsigned number; /* IF_ANSWER: of the step that left it */
	const char *text;
	const char *list; /* ANSWER: where the answer comes from */
	union {
		struct step *step;
		const struct step *judge;
		bool *is_told; /* somebody has logged it */
		const struct rate_order *order;
		const struct rate_alarm *alarm;
		const struct suspension *suspension;
		const struct guard_order *guarded;
	};
};

struct notes { /* all-zero: none */
	struct note *first, *last;
	bool has_passed;  /* how it ended */
	unsigned decider; /* number of the step whose answer it is; 0: none */
};

/* A new last note, to be filled in. */
struct note *notes_add(struct notes *, struct arena *, enum note_kind,
    enum note_when);

bool notes_have(const struct notes *, enum note_kind);

/* Call for each note that counts the function for its kind; without one (NULL)
 * it is dropped. */
typedef void note_taker(void *arg, const struct note *);
void notes_take(const struct notes *, note_taker *const takers[NOTE_KINDS],
    void *arg);

#endif
