#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

/*
 * The known name that a mistyped word is nearest to.  Offer every known name
 * in turn; best is NULL as long as none is near enough to be worth a hint.
 */
struct nearest {
	const char *word;
	const char *best;
	size_t distance; /* edits from word to best */
};

void nearest_init(struct nearest *, const char *word);
void nearest_offer(struct nearest *, const char *name);

/* Likewise a name that the word may mean by another one, too. */
void nearest_offer_as(struct nearest *, const char *other, const char *name);

/* ", did you mean NAME?" or "", in a static buffer. */
const char *nearest_hint(const struct nearest *);

#endif
