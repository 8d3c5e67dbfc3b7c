#ifndef STATE_RECORD_H
#define STATE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "strbuf.h"

/*
 * One thing that is remembered, as it stands in the files: in the snapshot and
 * in the journal it has the same bytes.
 */
struct state_record {
	char kind;    /* the letter of struct state_kind */
	bool is_gone; /* was taken away; has no value */
	time_t since;
	time_t expires;  /* 0: never */
	const char *key; /* borrowed, as value */
	size_t keylen;
	const char *value;
	size_t len;
};

/* A key, and its hash, which is made once for all that look for it. */
struct state_key {
	const char *bytes; /* borrowed */
	size_t len;
	uint32_t hash; /* never 0 */
};
struct state_key state_key_of(const void *bytes, size_t len);

#define STATE_FIND_MAX 8 /* keys that are looked for together */

#define STATE_KEY_MAX   1024
#define STATE_VALUE_MAX UINT16_MAX

/* What a record takes at most in the files. */
#define STATE_RECORD_MAX (STATE_KEY_MAX + STATE_VALUE_MAX + 20)

void state_record_encode(const struct state_record *, struct strbuf *out);

/* The record points into bytes.  Returns false when they are none. */
bool state_record_decode(struct state_record *, const char *bytes, size_t len);

#endif
