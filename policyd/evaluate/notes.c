/*
 * What decisions leave behind.
 */
#include <stdlib.h>

#include "notes.h"

struct note *
notes_add(struct notes *notes, struct arena *arena, enum note_kind kind,
    enum note_when when)
{
	struct note *note = arena_alloc(arena, sizeof *note);

	note->kind = kind;
	note->when = when;
	if (notes->last != NULL)
		notes->last->next = note;
	else
		notes->first = note;
	notes->last = note;
	return note;
}

bool
notes_have(const struct notes *notes, enum note_kind kind)
{
	const struct note *note = notes->first;

	while (note != NULL && note->kind != kind)
		note = note->next;
	return note != NULL;
}

static bool
counts(const struct notes *notes, const struct note *note)
{
	switch (note->when) {
	case NOTE_ALWAYS:
		return true;
	case NOTE_IF_PASSED:
		return notes->has_passed;
	case NOTE_IF_ANSWER:
		return note->number == notes->decider;
	}
	abort();
}

void
notes_take(const struct notes *notes, note_taker *const takers[NOTE_KINDS],
    void *arg)
{
	for (const struct note *note = notes->first; note != NULL;
	     note = note->next)
		if (takers[note->kind] != NULL && counts(notes, note))
			takers[note->kind](arg, note);
}
