#ifndef JSON_PLAIN_H
#define JSON_PLAIN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The bytes that stand in a string of JSON as they are meant, whatever is
 * before and behind them: printable ASCII but '"' and '\\', which is most of
 * any text.
 */
extern const bool json_is_plain[UCHAR_MAX + 1];

/* How many of them text begins with. */
static inline size_t
json_plain_len(const char *text)
{
	size_t len = 0;

	while (json_is_plain[(unsigned char)text[len]])
		len++;
	return len;
}

#endif
