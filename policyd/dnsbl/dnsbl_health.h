#ifndef DNSBL_HEALTH_H
#define DNSBL_HEALTH_H

#include <stdbool.h>
#include <time.h>

#include "latency.h"
#include "resolver.h"
#include "strbuf.h"

/*
 * Whether a DNS list can be believed.  Nothing is asked here: what came of
 * lookups, tests (RFC 5782, 5) and proofs goes in, the state comes out.
 *
 * It is part of a list and lives with it.  A list that is to be tested begins
 * DNSBL_UNTESTED, any other DNSBL_UNWATCHED.  What is told to it says
 * whether the state has changed, so that it can be logged:
 *
 *	dnsbl_health_init(&list->health, true, now);
 *	...
 *	was = list->health.state;
 *	if (dnsbl_health_answered(&list->health, answer, now))
 *		log_change(list, was);
 *	...
 *	dnsbl_health_free(&list->health);
 */
enum dnsbl_state {
	DNSBL_UNTESTED,    /* no test has been answered: counts as not listed */
	DNSBL_OK,          /* the last test was good */
	DNSBL_UNTESTABLE,  /* has no test points: used */
	DNSBL_UNWATCHED,   /* not to be tested: used */
	DNSBL_FAILING,     /* gives no answers: not waited for */
	DNSBL_QUARANTINED, /* gives wrong answers: counts as not listed */
};

/* What an answer of a list means. */
enum dnsbl_outcome {
	DNSBL_SAYS_NO,
	DNSBL_SAYS_YES,
	DNSBL_REFUSES, /* 127.255.255.x: not for you */
	DNSBL_IS_ODD,  /* 127.0.0.1, or an address outside of 127.0.0.0/8 */
	DNSBL_SAYS_NOTHING, /* no answer, or not a usable one */
};

#define DNSBL_FAILURES_MAX 10 /* lookups in a row: then it is failing */

struct dnsbl_health {
	enum dnsbl_state state;
	enum dnsbl_state before_failing;
	bool is_tested;
	bool is_gone;         /* quarantined because the zone does not exist */
	bool test_failed;     /* the last test: it got no answer */
	struct strbuf reason; /* of the state; empty: nothing to say */
	struct strbuf remedy; /* what the administrator can do */
	time_t since;
	time_t last_test; /* 0: none yet */
	time_t last_lookup;
	unsigned failures_in_row;
	unsigned long queries, hits, failures;
	struct latency latency; /* of lookups, in ms */
};

/* What came of a test: the answers for its two points and, when the list has
 * neither, for the zone itself. */
struct dnsbl_test {
	const struct dns_answer *listed;   /* what must be listed */
	const struct dns_answer *unlisted; /* what must not be */
	const struct dns_answer *zone;     /* NULL: was not asked */
	const char *if_listed; /* the reason to give when unlisted is listed */
};

void dnsbl_health_init(struct dnsbl_health *, bool is_tested, time_t now);
/* It is to be tested from now on, or not any more; the counters stay. */
void dnsbl_health_restart(struct dnsbl_health *, bool is_tested, time_t now);
void dnsbl_health_free(struct dnsbl_health *);

/* Of several records a refusal outweighs a listing, and that what is odd. */
enum dnsbl_outcome dnsbl_outcome_of(const struct dns_answer *);

/*
 * Whether clients are looked up in it, and hits with a good proof count.  A
 * quarantined list is not used, unless all that is wrong with it is that its
 * zone does not exist (is_gone): private lists may have entries in a zone that
 * itself has no name, and the first good proof ends their quarantine.
 */
bool dnsbl_health_is_used(const struct dnsbl_health *);

/* Whether its first test has not ended yet. */
bool dnsbl_health_is_new(const struct dnsbl_health *);

/*
 * Whether it seems to give no answers: DNSBL_FAILURES_MAX lookups in a row, or
 * its first test, got none.  It may be the resolver's fault, see
 * dnsbl_health_fails.
 */
bool dnsbl_health_is_suspect(const struct dnsbl_health *);

/* Whether a test has to ask for the zone itself, too. */
bool dnsbl_test_needs_zone(const struct dnsbl_test *);

/* What follows may change the state, and returns whether it has. */
bool dnsbl_health_tested(struct dnsbl_health *, const struct dnsbl_test *,
    time_t now);

/* An answer that came from the network, for a client or a probe. */
bool dnsbl_health_answered(struct dnsbl_health *, const struct dns_answer *,
    time_t now);

/* It is suspect, and others are not: it, not the resolver, fails. */
bool dnsbl_health_fails(struct dnsbl_health *, time_t now);

/* The proof for a hit: something nobody lists, asked after the hit came. */
bool dnsbl_health_proved(struct dnsbl_health *, const struct dns_answer *,
    time_t now);

const char *dnsbl_state_name(enum dnsbl_state);

#endif
