/*
 * Points in time as text (RFC 3339, UTC).
 */
#include <string.h>

#include "date.h"
#include "conf.h"

static int
parse_absolute(const char *text, time_t *date)
{
	static const char *const forms[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M",
		"%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ" };

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, forms[i], &tm);
		int day = tm.tm_mday;

		if (end == NULL || *end != '\0')
			continue;
		*date = timegm(&tm);
		if (tm.tm_mday != day) /* 31 February */
			return -1;
		return *date > 0 ? 0 : -1;
	}
	return -1;
}

int
date_parse(const char *text, time_t now, time_t *date, struct strbuf *err)
{
	long seconds;

	if (strcmp(text, "never") == 0) {
		*date = 0;
		return 0;
	}
	if (strcmp(text, "now") == 0) {
		*date = now;
		return 0;
	}
	if (*text == '+' && conf_parse_time(text + 1, &seconds) == 0 &&
	    seconds >= 0) {
		*date = now + seconds;
		return 0;
	}
	if (parse_absolute(text, date) == 0)
		return 0;
	strbuf_addf(err,
	    "no date: \"%s\" (2027-01-31, 2027-01-31T18:00Z, +30d, now or "
	    "never)",
	    text);
	return -1;
}

void
date_add(struct strbuf *out, time_t date)
{
	struct tm tm;
	char text[40];

	if (date == 0 || gmtime_r(&date, &tm) == NULL ||
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
		strbuf_adds(out, "never");
		return;
	}
	strbuf_adds(out, text);
}
