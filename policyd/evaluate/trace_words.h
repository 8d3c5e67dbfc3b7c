#ifndef TRACE_WORDS_H
#define TRACE_WORDS_H

#include <stdbool.h>

#include "strbuf.h"
#include "trace.h"

/*
 * What a walk recorded in words, for explain and for the log.  They hold what
 * came from outside as it came.
 */

/* A step as it is written in its list. */
void trace_words_step(struct strbuf *out, const struct step *);

/* A fact or remark: what was asked, and what came. */
struct fact_text {
	struct strbuf name, value;
	const char *kind; /* of a fact; NULL: it is a remark */
	bool has_time, from_cache;
	unsigned ms;
};

/* Returns false when the entry is none.  fact_text_free follows always. */
bool fact_text_make(struct fact_text *, const struct trace_entry *);
void fact_text_free(struct fact_text *);

/* Append a fact as "NAME: VALUE (cached)", or nothing when it is none. */
void trace_words_fact(struct strbuf *out, const struct trace_entry *);

#endif
