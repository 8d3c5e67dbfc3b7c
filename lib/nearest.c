/*
 * The nearest known name, by the number of edits: a letter too many, one
 * missing, a wrong one, two neighbours swapped; letters without case.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "nearest.h"

/* Longer words and names get no hint. */
#define NAME_MAX_LEN 127

void
nearest_init(struct nearest *n, const char *word)
{
	*n = (struct nearest){ .word = word };
}

/* At most this many edits: one, and one more for every five letters. */
static size_t
limit(size_t len)
{
	size_t edits = 1 + len / 5;

	return edits < len ? edits : len > 0 ? len - 1 : 0;
}

static bool
same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance, row by row. */
static size_t
edits(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t rows[3][NAME_MAX_LEN + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= blen; j++)
		above[j] = j;
	for (size_t i = 1; i <= alen; i++) {
		size_t *spare = before;

		row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			row[j] = above[j - 1] + !same(a[i - 1], b[j - 1]);
			row[j] = least(row[j], above[j] + 1);
			row[j] = least(row[j], row[j - 1] + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[blen];
}

void
nearest_offer(struct nearest *n, const char *name)
{
	nearest_offer_as(n, name, name);
}

void
nearest_offer_as(struct nearest *n, const char *other, const char *name)
{
	size_t wordlen = strlen(n->word), otherlen = strlen(other);
	size_t most = limit(wordlen), distance;

	if (wordlen > NAME_MAX_LEN || otherlen > NAME_MAX_LEN ||
	    wordlen > otherlen + most || otherlen > wordlen + most)
		return;
	distance = edits(n->word, wordlen, other, otherlen);
	if (distance > most || (n->best != NULL && distance >= n->distance))
		return;
	n->best = name;
	n->distance = distance;
}

const char *
nearest_hint(const struct nearest *n)
{
	static char hint[sizeof ", did you mean ?" + NAME_MAX_LEN];

	if (n->best == NULL)
		return "";
	snprintf(hint, sizeof hint, ", did you mean %s?", n->best);
	return hint;
}
