#ifndef FACT_STATE_H
#define FACT_STATE_H

#include "facts.h"
#include "strbuf.h"

struct event_base;
struct rate_reservation;

/*
 * What policyd remembers, from a text file, for tests of a configuration: of
 * clients that commands let in or shut out, of what was counted, and of logins.
 * A fact stands there as explain shows it:
 *
 *	client 192.0.2.9: deny 192.0.2.0/24, 60m left: port scan
 *	recipients of sasl_username fred in 1h: 5 of 5, and 0 reserved
 *	fred@example.org: suspended by the guard for 3h: 5 strange places
 *	passwords of fred from 192.0.2.7: app password scanner (limit 9/1d)
 *	places of fred@example.org: own work.example; habit 12 in 1h
 */
struct fact_state;

struct fact_state *fact_state_new(void);
void fact_state_free(struct fact_state *); /* NULL is fine */

/* One fact; line is changed.  Returns 0 or -1 with the reason in err. */
int fact_state_add(struct fact_state *, char *line, struct strbuf *err);

/*
 * A memory that begins with these facts, and is kept nowhere.  What is asked
 * of a source changes it as it does in the daemon.  Stays where it is until
 * fact_memory_end.
 */
struct fact_memory {
	struct state *state; /* NULL: it has not begun */
	struct live_clients *clients;
	struct suspensions *suspensions;
	struct rates *rates;
	struct guard *guard;
	struct rate_reservation *reserved;
};
void fact_memory_begin(struct fact_memory *, const struct fact_state *,
    struct event_base *);
void fact_memory_end(struct fact_memory *);
void fact_memory_source(const struct fact_memory *, struct fact_source *);

#endif
