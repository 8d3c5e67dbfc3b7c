#ifndef TIME_LEFT_H
#define TIME_LEFT_H

#include "strbuf.h"

/* Seconds as people say them, rounded up: 59s, 12m, 3h, 10d. */
void time_left_add(struct strbuf *, long seconds);

#endif
