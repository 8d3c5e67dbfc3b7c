#ifndef CLOCK_H
#define CLOCK_H

/* Milliseconds of a clock that never goes back (CLOCK_MONOTONIC). */
long clock_ms(void);

#endif
