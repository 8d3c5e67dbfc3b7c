/*
 * Facts of one evaluation: DNS answers, verdicts of DNS lists, and what was
 * searched for in tables.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "facts.h"
#include "arena.h"
#include "mem.h"
#include "table_search.h"

enum fact_state {
	FACT_WAITING, /* asked, no answer yet */
	FACT_KNOWN,
	FACT_FAILED, /* too late, or too much was asked for */
};

/* A hostile domain can ask for FACTS_MAX, and each walk looks at them all. */
#define BUCKETS 64

struct fact {
	struct fact *next; /* of all */
	struct fact *next_in_bucket;
	struct facts *facts;
	enum fact_state state;
	uint32_t hash;
	void *question;   /* open with the source, or NULL */
	const char *name; /* domain, or label under the list's zone */
	enum dns_type type;
	struct dns_answer *answer;
	struct dnsbl_site *site; /* NULL: not of a DNS list */
	enum dnsbl_kind kind;
	struct dnsbl_answer verdict;
	const struct table *table; /* NULL: not of a table */
	struct search_answer found;
};

struct facts {
	const struct fact_source *source;
	void (*arrived)(void *arg);
	void *arg;
	bool one_at_a_time;
	bool expired;
	struct fact
	    *asking; /* its answer, if it comes now, is not waited for */
	size_t n, nwaiting;
	bool is_searching;
	long long search_left_us;
	struct fact *first;
	struct fact *buckets[BUCKETS];
	struct arena arena;
};

static const struct dns_answer failed_answer = {
	.status = DNS_FAILED,
	.reason = "no answer in time",
};

static const struct dnsbl_answer failed_verdict = {
	.result = DNSBL_FAILED,
	.text = "",
	.why = "no answer in time",
};

static const struct search_answer failed_search = { LOOKUP_TEMPFAIL, "" };

void *
facts_ask_dnsbl(void *ctx, struct dnsbl_site *site, enum dnsbl_kind kind,
    const char *label, dnsbl_done *done, void *arg)
{
	(void)ctx;
	return dnsbl_ask(site, kind, label, done, arg);
}

void *
facts_look_dnsbl(void *ctx, struct dnsbl_site *site, enum dnsbl_kind kind,
    const char *label, dnsbl_done *done, void *arg)
{
	(void)ctx;
	return dnsbl_look(site, kind, label, done, arg);
}

void
facts_cancel_dnsbl(void *question)
{
	dnsbl_cancel(question);
}

struct facts *
facts_new(const struct fact_source *source, void (*arrived)(void *arg),
    void *arg)
{
	struct facts *facts = xcalloc(1, sizeof(*facts));

	facts->source = source;
	facts->arrived = arrived;
	facts->arg = arg;
	return facts;
}

static void
fact_close(struct fact *fact)
{
	if (fact->state != FACT_WAITING)
		return;
	fact->state = FACT_FAILED;
	fact->facts->nwaiting--;
	if (fact->question == NULL)
		return;
	if (fact->table != NULL)
		table_search_cancel(fact->question);
	else if (fact->site != NULL)
		fact->facts->source->cancel_dnsbl(fact->question);
	else
		fact->facts->source->cancel_dns(fact->question);
	fact->question = NULL;
}

void
facts_cancel(struct facts *facts)
{
	struct fact *fact = facts->first;

	for (; facts->nwaiting > 0 && fact != NULL; fact = fact->next)
		fact_close(fact);
}

void
facts_expire(struct facts *facts)
{
	facts->expired = true;
	facts_cancel(facts);
}

void
facts_begin(struct facts *facts, bool one_at_a_time)
{
	facts_cancel(facts);
	for (struct fact *fact = facts->first; fact != NULL; fact = fact->next)
		dns_answer_release(fact->answer);
	arena_reset(&facts->arena);
	facts->first = NULL;
	memset(facts->buckets, 0, sizeof(facts->buckets));
	facts->n = 0;
	facts->expired = false;
	facts->is_searching = false;
	facts->search_left_us = SEARCH_CPU_US;
	facts->one_at_a_time = one_at_a_time;
}

void
facts_free(struct facts *facts)
{
	if (facts == NULL)
		return;
	facts_begin(facts, false);
	arena_free(&facts->arena);
	free(facts);
}

static uint32_t
hash_name(uint32_t hash, const char *name)
{
	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return hash;
}

/* A new fact, or NULL when nothing more may be asked now. */
static struct fact *
fact_add(struct facts *facts, uint32_t hash, const char *name)
{
	struct fact *fact;

	fact = arena_alloc(&facts->arena, sizeof(*fact));
	fact->facts = facts;
	fact->hash = hash;
	fact->name = arena_strdup(&facts->arena, name);
	fact->state = FACT_WAITING;
	fact->next = facts->first;
	facts->first = fact;
	fact->next_in_bucket = facts->buckets[hash % BUCKETS];
	facts->buckets[hash % BUCKETS] = fact;
	facts->n++;
	facts->nwaiting++;
	return fact;
}

static bool
facts_are_closed(const struct facts *facts)
{
	return facts->expired || facts->n >= FACTS_MAX;
}

static bool
facts_must_wait(const struct facts *facts)
{
	return facts->one_at_a_time && facts->nwaiting > 0;
}

static void
fact_settle(struct fact *fact)
{
	struct facts *facts = fact->facts;

	fact->state = FACT_KNOWN;
	fact->question = NULL;
	facts->nwaiting--;
	if (fact != facts->asking)
		facts->arrived(facts->arg);
}

static void
on_dns(void *arg, const struct dns_answer *answer)
{
	struct fact *fact = arg;

	fact->answer = dns_answer_hold(answer);
	fact_settle(fact);
}

static void
on_dnsbl(void *arg, const struct dnsbl_answer *answer)
{
	struct fact *fact = arg;
	struct arena *arena = &fact->facts->arena;

	fact->verdict = *answer;
	fact->verdict.text = arena_strdup(arena, answer->text);
	fact->verdict.why = arena_strdup(arena, answer->why);
	fact_settle(fact);
}

static void
on_search(void *arg, enum lookup result, const char *value, long long left_us)
{
	struct fact *fact = arg;

	fact->facts->is_searching = false;
	fact->facts->search_left_us = left_us;
	fact->found.result = result;
	fact->found.value = arena_strdup(&fact->facts->arena, value);
	fact_settle(fact);
}

static const struct dns_answer *
fact_answer(const struct fact *fact)
{
	switch (fact->state) {
	case FACT_WAITING:
		return NULL;
	case FACT_KNOWN:
		return fact->answer;
	case FACT_FAILED:
		return &failed_answer;
	}
	abort();
}

static const struct dnsbl_answer *
fact_verdict(const struct fact *fact)
{
	switch (fact->state) {
	case FACT_WAITING:
		return NULL;
	case FACT_KNOWN:
		return &fact->verdict;
	case FACT_FAILED:
		return &failed_verdict;
	}
	abort();
}

static const struct search_answer *
fact_found(const struct fact *fact)
{
	switch (fact->state) {
	case FACT_WAITING:
		return NULL;
	case FACT_KNOWN:
		return &fact->found;
	case FACT_FAILED:
		return &failed_search;
	}
	abort();
}

const struct dns_answer *
facts_dns(struct facts *facts, const char *name, enum dns_type type)
{
	uint32_t hash = hash_name(2166136261U + type, name);
	struct fact *fact;
	void *question;

	for (fact = facts->buckets[hash % BUCKETS]; fact != NULL;
	     fact = fact->next_in_bucket)
		if (fact->hash == hash && fact->site == NULL &&
		    fact->table == NULL && fact->type == type &&
		    strcmp(fact->name, name) == 0)
			return fact_answer(fact);
	if (facts_are_closed(facts))
		return &failed_answer;
	if (facts_must_wait(facts))
		return NULL;
	fact = fact_add(facts, hash, name);
	fact->type = type;
	facts->asking = fact;
	question = facts->source->ask_dns(facts->source->ctx, name, type,
	    on_dns, fact);
	facts->asking = NULL;
	if (fact->state == FACT_WAITING)
		fact->question = question;
	return fact_answer(fact);
}

const struct dnsbl_answer *
facts_dnsbl(struct facts *facts, struct dnsbl_site *site, enum dnsbl_kind kind,
    const char *label)
{
	uint32_t hash = hash_name(kind, label) ^ (uint32_t)(uintptr_t)site;
	struct fact *fact;
	void *question;

	for (fact = facts->buckets[hash % BUCKETS]; fact != NULL;
	     fact = fact->next_in_bucket)
		if (fact->hash == hash && fact->site == site &&
		    fact->kind == kind && strcmp(fact->name, label) == 0)
			return fact_verdict(fact);
	if (facts_are_closed(facts))
		return &failed_verdict;
	if (facts_must_wait(facts))
		return NULL;
	fact = fact_add(facts, hash, label);
	fact->site = site;
	fact->kind = kind;
	facts->asking = fact;
	question = facts->source->ask_dnsbl(facts->source->ctx, site, kind,
	    label, on_dnsbl, fact);
	facts->asking = NULL;
	if (fact->state == FACT_WAITING)
		fact->question = question;
	return fact_verdict(fact);
}

const struct search_answer *
facts_search(struct facts *facts, const struct tables_snapshot *snapshot,
    const struct table *table, const char *key)
{
	uint32_t hash =
	    hash_name(2166136261U, key) ^ (uint32_t)(uintptr_t)table;
	struct fact *fact;

	for (fact = facts->buckets[hash % BUCKETS]; fact != NULL;
	     fact = fact->next_in_bucket)
		if (fact->hash == hash && fact->table == table &&
		    strcmp(fact->name, key) == 0)
			return fact_found(fact);
	if (facts_are_closed(facts) || facts->search_left_us <= 0)
		return &failed_search;
	if (facts_must_wait(facts) || facts->is_searching)
		return NULL;
	fact = fact_add(facts, hash, key);
	fact->table = table;
	fact->question = table_search_start(facts->source->searches, snapshot,
	    table, key, facts->search_left_us, on_search, fact);
	if (fact->question == NULL)
		fact_close(fact);
	else
		facts->is_searching = true;
	return fact_found(fact);
}
