#ifndef RATE_LIMIT_H
#define RATE_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#include "conf_text.h"
#include "rate_key.h"
#include "strbuf.h"

/*
 * How much of what one may send in a time, in words: `sasl_username 300/1h`.
 */
enum rate_unit { /* what is counted; each has its own parameter */
	RATE_RECIPIENTS,
	RATE_MESSAGES,
	RATE_BYTES,
	RATE_DISTINCT_RECIPIENTS,
	RATE_UNITS,
};

const char *rate_unit_name(enum rate_unit);      /* "distinct recipients" ... */
const char *rate_unit_parameter(enum rate_unit); /* "byte_rate_limits" ... */

#define RATE_TIME_MAX 16
struct rate_limit {
	enum rate_key key;
	uint64_t most;
	long length;              /* seconds */
	char time[RATE_TIME_MAX]; /* the same as written */
};

#define RATE_LIMITS_MAX 32
struct rate_limits { /* all-zero: none; those of a key stand together */
	struct rate_limit limits[RATE_LIMITS_MAX];
	size_t n;
};

/* N/TIME.  Returns 0, or -1 with the reason in err. */
int rate_limit_parse_amount(struct rate_limit *, const char *word,
    struct strbuf *err);

/* KEY N/TIME ..., any number of times.  Returns 0, or -1 with lines in err. */
int rate_limits_parse(struct rate_limits *, enum rate_unit,
    const struct conf_text *, struct strbuf *err);

/* How many there are of the key that the first has. */
size_t rate_limits_of_key(const struct rate_limits *, size_t first);

/*
 * What a table says of one login, `none` or N/TIME ...: limits of
 * RATE_SASL_USERNAME.  Returns 0, or -1 with the reason in err.
 */
int rate_limits_parse_value(struct rate_limits *, const char *value,
    struct strbuf *err);

#endif
