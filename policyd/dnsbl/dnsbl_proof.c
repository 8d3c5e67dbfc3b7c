/*
 * Hits of DNS lists and their proofs.
 */
#include <stdlib.h>
#include <string.h>

#include "dnsbl_proof.h"
#include "clock.h"
#include "mem.h"
#include "ttl_cache.h"

/* The resolver keeps hits for an hour at most; time is read coarsely there, so
 * keep a proof a little longer than its hit. */
#define GOOD_TTL_MAX (3600 + 1)
#define BAD_TTL_MAX  (24 * 3600)

/* A hit that waits for its proof. */
struct hit {
	TAILQ_ENTRY(hit) link;
	char *name;
	struct dns_answer *answer;
	LIST_HEAD(, dnsbl_waiter) waiters;
};

TAILQ_HEAD(hit_list, hit);

struct dnsbl_prover {
	struct dnsbl_list *list;
	dnsbl_proved *proved;
	void *arg;
	bool is_busy; /* a proof is under way */
	void *question;
	struct hit_list current; /* hits that it is for */
	struct hit_list next;    /* hits that came after it was asked */
};

/* What is kept of a hit: one of these. */
static char good_hit, bad_hit;

struct dnsbl_prover *
dnsbl_prover_new(struct dnsbl_list *list, dnsbl_proved *proved, void *arg)
{
	struct dnsbl_prover *prover = xcalloc(1, sizeof *prover);

	prover->list = list;
	prover->proved = proved;
	prover->arg = arg;
	TAILQ_INIT(&prover->current);
	TAILQ_INIT(&prover->next);
	return prover;
}

static void
hit_free(struct hit_list *from, struct hit *hit)
{
	TAILQ_REMOVE(from, hit, link);
	dns_answer_release(hit->answer);
	free(hit->name);
	free(hit);
}

void
dnsbl_prover_free(struct dnsbl_prover *prover)
{
	if (prover->question != NULL)
		prover->list->shared->dns.cancel(prover->question);
	while (!TAILQ_EMPTY(&prover->current))
		hit_free(&prover->current, TAILQ_FIRST(&prover->current));
	while (!TAILQ_EMPTY(&prover->next))
		hit_free(&prover->next, TAILQ_FIRST(&prover->next));
	free(prover);
}

static void
remember(struct dnsbl_prover *prover, const char *name,
    const struct dns_answer *answer, bool is_good)
{
	unsigned max = is_good ? GOOD_TTL_MAX : BAD_TTL_MAX;
	unsigned ttl = answer->ttl < max ? answer->ttl + 1 : max;

	ttl_cache_put(prover->list->shared->hits, name, strlen(name),
	    is_good ? &good_hit : &bad_hit, 0,
	    clock_coarse_ms() + (uint64_t)ttl * 1000);
}

/* End the wait of hits.  Waiters may ask and cancel meanwhile. */
static void
settle(struct dnsbl_prover *prover, struct hit_list *hits, bool is_good)
{
	struct hit *hit;

	while ((hit = TAILQ_FIRST(hits)) != NULL) {
		struct dnsbl_waiter *waiter;

		remember(prover, hit->name, hit->answer, is_good);
		while ((waiter = LIST_FIRST(&hit->waiters)) != NULL) {
			LIST_REMOVE(waiter, link);
			waiter->done(waiter->arg, is_good);
		}
		hit_free(hits, hit);
	}
}

static void on_proof(void *arg, const struct dns_answer *answer);

static void
start_proof(struct dnsbl_prover *prover)
{
	const struct dnsbl_dns *dns = &prover->list->shared->dns;
	char name[DNSBL_NAME_MAX + 1];
	void *question;

	prover->is_busy = true;
	TAILQ_CONCAT(&prover->current, &prover->next, link);
	dnsbl_random_name(prover->list, name);
	question = dns->ask(dns->ctx, name, DNS_A, on_proof, prover);
	if (question != NULL)
		prover->question = question;
}

static void
on_proof(void *arg, const struct dns_answer *answer)
{
	struct dnsbl_prover *prover = arg;
	struct dnsbl_list *list = prover->list;
	struct hit_list proved;
	bool is_good;

	prover->question = NULL;
	prover->is_busy = false;
	TAILQ_INIT(&proved);
	TAILQ_CONCAT(&proved, &prover->current, link);
	prover->proved(prover->arg, list, answer);
	is_good = dnsbl_outcome_of(answer) == DNSBL_SAYS_NO &&
	    dnsbl_health_is_used(&list->health);
	settle(prover, &proved, is_good);
	if (prover->is_busy || TAILQ_EMPTY(&prover->next))
		return;
	if (dnsbl_health_is_used(&list->health))
		start_proof(prover);
	else
		settle(prover, &prover->next, false);
}

static struct hit *
find_waiting(struct hit_list *hits, const char *name,
    const struct dns_answer *answer)
{
	struct hit *hit;

	TAILQ_FOREACH(hit, hits, link)
	{
		if ((hit->answer == answer || answer->from_cache) &&
		    strcmp(hit->name, name) == 0)
			return hit;
	}
	return NULL;
}

static struct hit *
hit_new(struct dnsbl_prover *prover, const char *name,
    const struct dns_answer *answer)
{
	struct hit *hit = xcalloc(1, sizeof *hit);

	hit->name = xstrdup(name);
	hit->answer = dns_answer_hold(answer);
	LIST_INIT(&hit->waiters);
	TAILQ_INSERT_TAIL(&prover->next, hit, link);
	return hit;
}

/* What is known of a hit; WAITING: nothing. */
static enum dnsbl_proof
known_proof(struct dnsbl_prover *prover, const char *name,
    const struct dns_answer *answer)
{
	const char *known = ttl_cache_find(prover->list->shared->hits, name,
	    strlen(name), clock_coarse_ms());

	if (known == &bad_hit || !dnsbl_health_is_used(&prover->list->health))
		return DNSBL_PROOF_BAD;
	if (known == &good_hit && answer->from_cache)
		return DNSBL_PROOF_GOOD;
	return DNSBL_PROOF_WAITING;
}

/* The hit that waits for its proof already, or NULL. */
static struct hit *
find_hit(struct dnsbl_prover *prover, const char *name,
    const struct dns_answer *answer)
{
	struct hit *hit = find_waiting(&prover->next, name, answer);

	return hit != NULL ? hit : find_waiting(&prover->current, name, answer);
}

enum dnsbl_proof
dnsbl_prove(struct dnsbl_prover *prover, const char *name,
    const struct dns_answer *answer, struct dnsbl_waiter *waiter)
{
	enum dnsbl_proof proof = known_proof(prover, name, answer);
	struct hit *hit;

	if (proof == DNSBL_PROOF_BAD && !answer->from_cache)
		remember(prover, name, answer, false);
	if (proof != DNSBL_PROOF_WAITING)
		return proof;
	hit = find_hit(prover, name, answer);
	/* It came too late to be proved then: who knows what it was worth. */
	if (hit == NULL && answer->from_cache)
		return DNSBL_PROOF_BAD;
	if (hit == NULL)
		hit = hit_new(prover, name, answer);
	if (waiter != NULL)
		LIST_INSERT_HEAD(&hit->waiters, waiter, link);
	if (!prover->is_busy)
		start_proof(prover);
	return DNSBL_PROOF_WAITING;
}

static void
on_look(void *arg, const struct dns_answer *answer)
{
	struct dnsbl_waiter *waiter = arg;

	waiter->question = NULL;
	waiter->done(waiter->arg, dnsbl_outcome_of(answer) == DNSBL_SAYS_NO);
}

enum dnsbl_proof
dnsbl_look_for_proof(struct dnsbl_prover *prover, const char *name,
    const struct dns_answer *answer, struct dnsbl_waiter *waiter)
{
	enum dnsbl_proof proof = known_proof(prover, name, answer);
	char random_name[DNSBL_NAME_MAX + 1];
	struct hit *hit;
	void *question;

	if (proof != DNSBL_PROOF_WAITING)
		return proof;
	hit = find_hit(prover, name, answer);
	if (hit != NULL) {
		LIST_INSERT_HEAD(&hit->waiters, waiter, link);
		return DNSBL_PROOF_WAITING;
	}
	if (answer->from_cache)
		return DNSBL_PROOF_BAD;
	waiter->dns = &prover->list->shared->dns;
	dnsbl_random_name(prover->list, random_name);
	question = waiter->dns->look(waiter->dns->ctx, random_name, DNS_A,
	    on_look, waiter);
	if (question != NULL)
		waiter->question = question;
	return DNSBL_PROOF_WAITING;
}

void
dnsbl_waiter_cancel(struct dnsbl_waiter *waiter)
{
	if (waiter->question != NULL)
		waiter->dns->cancel(waiter->question);
	else
		LIST_REMOVE(waiter, link);
}
