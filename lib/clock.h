#ifndef CLOCK_H
#define CLOCK_H

#include <time.h>

/*
 * The time; nobody else asks for it.  What is kept for longer than one request
 * counts on the wall clock, what bounds a request on the one that never goes
 * back.
 */
time_t clock_now(void);         /* seconds since the epoch */
long clock_ms(void);            /* of the clock that never goes back */
long clock_coarse_ms(void);     /* the same some ms late, for a quarter */
long long clock_us(void);       /* microseconds of it */
double clock_cpu_seconds(void); /* that this thread has used */

/* Where all of it comes from: clock_gettime(2), until a test sets another one.
 * To be called while there is one thread. */
typedef int clock_source(clockid_t, struct timespec *);
void clock_set_source(clock_source *);

#endif
