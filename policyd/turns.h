#ifndef TURNS_H
#define TURNS_H

struct event;
struct event_base;

/*
 * Whose turn it is in the loop.  Requests go before DNS and timers: what is
 * known is answered at once, also while thousands of lookups are begun,
 * repeated and given up.  But they do not go before them for ever.
 */
struct turns;

/* A loop in which there can be turns; in another one all are equal. */
struct event_base *turns_loop_new(void);

struct turns *turns_new(struct event_base *);
void turns_free(struct turns *);

/* To be called by the callback of a client's event, which comes back. */
void turns_take(struct turns *, struct event *);

#endif
