/*
 * How long it takes until something ends, in words.
 */
#include <stddef.h>

#include "time_left.h"

void
time_left_add(struct strbuf *out, long seconds)
{
	static const struct {
		long seconds;
		char letter;
		long below; /* of these: the next larger unit from here on */
	} units[] = {
		{ 1, 's', 120 },
		{ 60, 'm', 120 },
		{ 3600, 'h', 48 },
		{ 86400, 'd', 0 },
	};
	size_t i = 0;
	long count = seconds;

	while (units[i].below != 0 && count >= units[i].below) {
		i++;
		count = (seconds + units[i].seconds - 1) / units[i].seconds;
	}
	strbuf_addf(out, "%ld%c", count, units[i].letter);
}
