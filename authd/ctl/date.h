#ifndef DATE_H
#define DATE_H

#include <time.h>

#include "strbuf.h"

/*
 * Points in time as an administrator writes them, all in UTC:
 * 2027-01-31 (its beginning), 2027-01-31T18:00, 2027-01-31T18:00:30Z,
 * +30d (from now; units of main.cf), now, never (0).
 * Returns 0, or -1 with the reason in err.
 */
int date_parse(const char *text, time_t now, time_t *date, struct strbuf *err);

/* 2027-01-31T18:00:30Z (RFC 3339); "never" for 0. */
void date_add(struct strbuf *out, time_t date);

#endif
