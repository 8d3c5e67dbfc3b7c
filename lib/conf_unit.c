/*
 * Numbers with a unit behind them: times and sizes.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

/* A number and one letter of units; the letter's place gives the factor. */
static int
parse_with_unit(const char *text, const char *units, const long *factors,
    long *value)
{
	const char *unit;
	char *end;
	long number;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	number = strtol(text, &end, 10);
	if (errno != 0)
		return -1;
	if (*end == '\0') {
		*value = number;
		return 0;
	}
	unit = strchr(units, tolower((unsigned char)*end));
	if (unit == NULL || end[1] != '\0' ||
	    number > LONG_MAX / factors[unit - units])
		return -1;
	*value = number * factors[unit - units];
	return 0;
}

int
conf_parse_time(const char *text, long *seconds)
{
	static const long factors[] = { 1, 60, 3600, 86400, 604800 };

	return parse_with_unit(text, "smhdw", factors, seconds);
}

int
conf_parse_size(const char *text, long *bytes)
{
	static const long factors[] = { 1L << 10, 1L << 20, 1L << 30 };

	return parse_with_unit(text, "kmg", factors, bytes);
}
