#ifndef DNSBL_PROOF_H
#define DNSBL_PROOF_H

#include <stdbool.h>
#include <sys/queue.h>

#include "dnsbl_list.h"

/*
 * Proof that a list does not list the world: a hit counts only when, after it
 * came from the network, the same list said no to a name nobody has asked for
 * before.  One proof of a list is under way at a time; hits that come
 * meanwhile share the next.  How it ended is kept as long as the hit: a wrong
 * answer must not meet a good proof later.
 *
 * A list has a prover as long as it lives.  A waiter belongs to who waits, is
 * in use from a WAITING until done is called, and must not go before that
 * without dnsbl_waiter_cancel:
 *
 *	q->waiter = (struct dnsbl_waiter){ .done = on_proof, .arg = q };
 *	switch (dnsbl_prove(list->prover, name, answer, &q->waiter)) {
 *	case DNSBL_PROOF_GOOD:     it counts
 *	case DNSBL_PROOF_BAD:      it does not
 *	case DNSBL_PROOF_WAITING:  on_proof is, or was, called
 *	}
 */
struct dnsbl_prover;

enum dnsbl_proof {
	DNSBL_PROOF_GOOD,
	DNSBL_PROOF_BAD,
	DNSBL_PROOF_WAITING,
};

struct dnsbl_waiter {
	LIST_ENTRY(dnsbl_waiter) link;
	void *question; /* of one who only looks; NULL: it is in the list */
	const struct dnsbl_dns *dns;
	void (*done)(void *arg, bool is_good);
	void *arg;
};

/* A proof has ended, with this answer: what the list is worth now decides on
 * the hits when the listener returns. */
typedef void dnsbl_proved(void *arg, struct dnsbl_list *,
    const struct dns_answer *);

/* The list is borrowed. */
struct dnsbl_prover *dnsbl_prover_new(struct dnsbl_list *, dnsbl_proved *,
    void *arg);
void dnsbl_prover_free(struct dnsbl_prover *); /* no one is told */

/*
 * Ask whether a hit counts.  name: what was asked for; answer: what came.
 * WAITING: waiter->done is called, perhaps before dnsbl_prove returns.
 * Without a waiter (NULL) the hit is proved for later.
 */
enum dnsbl_proof dnsbl_prove(struct dnsbl_prover *, const char *name,
    const struct dns_answer *answer, struct dnsbl_waiter *waiter);

/* The same for one who only looks: his proof is for him alone, nothing is kept
 * of it, and the list's health does not learn of it. */
enum dnsbl_proof dnsbl_look_for_proof(struct dnsbl_prover *, const char *name,
    const struct dns_answer *answer, struct dnsbl_waiter *waiter);
void dnsbl_waiter_cancel(struct dnsbl_waiter *);

#endif
