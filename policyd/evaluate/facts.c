/*
 * What is remembered of the facts of one request.
 */
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "mem.h"
#include "providers.h"

struct facts *
facts_new(const struct fact_source *source, void (*arrived)(void *arg),
    void *arg)
{
	struct facts *facts = xcalloc(1, sizeof *facts);

	facts->source = source;
	facts->arrived = arrived;
	facts->arg = arg;
	return facts;
}

static const struct {
	size_t asked, waiting; /* at most */
} bounds[FACT_WORKS] = {
	[FACT_AT_HAND] = { SIZE_MAX, SIZE_MAX },
	[FACT_BY_DNS] = { FACTS_MAX, FACTS_MAX },
	[FACT_BY_TABLE] = { FACTS_KEYS_MAX, FACTS_KEYS_OPEN },
};

static bool
any_waits(const struct facts *facts)
{
	for (size_t i = 0; i < FACT_WORKS; i++)
		if (facts->nwaiting[i] > 0)
			return true;
	return false;
}

/* End all that waits. */
static void
stop(struct facts *facts, enum fact_status status)
{
	struct fact *fact = facts->first;

	for (; any_waits(facts); fact = fact->next) {
		if (fact->status != FACT_WAITING)
			continue;
		fact->key.provider->cancel(fact);
		fact->question = NULL;
		fact->status = status;
		if (status == FACT_FAILED)
			fact->value = fact->key.provider->late;
		facts->nwaiting[fact->key.provider->work]--;
	}
}

void
facts_cancel(struct facts *facts)
{
	stop(facts, FACT_UNASKED);
}

void
facts_expire(struct facts *facts)
{
	facts->is_expired = true;
	stop(facts, FACT_FAILED);
}

static void
forget_all(struct facts *facts)
{
	for (struct fact *fact = facts->first; fact != NULL; fact = fact->next)
		if (fact->status == FACT_KNOWN &&
		    fact->key.provider->forget != NULL)
			fact->key.provider->forget(fact);
	arena_reset(&facts->arena);
	facts->first = NULL;
	memset(facts->buckets, 0, sizeof facts->buckets);
	memset(facts->nasked, 0, sizeof facts->nasked);
}

void
facts_begin(struct facts *facts, const struct facts_input *input)
{
	static const struct facts_input nothing = { 0 };

	facts_cancel(facts);
	if (facts->first != NULL) /* else the last request's end did it */
		forget_all(facts);
	facts->is_expired = false;
	facts->input = input != NULL ? *input : nothing;
	providers_begin(facts);
}

void
facts_free(struct facts *facts)
{
	if (facts == NULL)
		return;
	facts_begin(facts, NULL);
	arena_free(&facts->arena);
	strbuf_free(&facts->value);
	free(facts);
}

static uint32_t
hash_key(const struct fact_key *key)
{
	uint32_t hash = 2166136261U + key->type;

	for (const char *c = key->name; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619U;
	return hash ^ (uint32_t)(uintptr_t)key->place;
}

static bool
is_for(const struct fact *fact, const struct fact_key *key)
{
	return fact->key.place == key->place && fact->key.type == key->type &&
	    fact->key.provider == key->provider &&
	    strcmp(fact->key.name, key->name) == 0;
}

static struct fact *
fact_add(struct facts *facts, const struct fact_key *key, uint32_t hash)
{
	struct fact *fact = arena_alloc(&facts->arena, sizeof *fact);

	fact->facts = facts;
	fact->hash = hash;
	fact->key = *key;
	fact->key.name = arena_strdup(&facts->arena, key->name);
	fact->next = facts->first;
	facts->first = fact;
	fact->next_in_bucket = facts->buckets[hash % FACTS_BUCKETS];
	facts->buckets[hash % FACTS_BUCKETS] = fact;
	return fact;
}

void
fact_know(struct fact *fact, const void *value)
{
	bool was_waiting = fact->status == FACT_WAITING;

	fact->status = FACT_KNOWN;
	fact->value = value;
	fact->question = NULL;
	if (!was_waiting)
		return;
	fact->facts->nwaiting[fact->key.provider->work]--;
	fact->facts->arrived(fact->facts->arg);
}

void
fact_fail(struct fact *fact)
{
	fact->status = FACT_FAILED;
	fact->value = fact->key.provider->late;
}

/* Ask for it, if that can be now. */
static void
ask(struct fact *fact)
{
	struct facts *facts = fact->facts;
	enum fact_work work = fact->key.provider->work;

	if (work != FACT_AT_HAND) {
		if (facts->is_expired ||
		    facts->nasked[work] == bounds[work].asked) {
			fact_fail(fact);
			return;
		}
		if (facts->nwaiting[work] == bounds[work].waiting ||
		    (facts->input.one_at_a_time && any_waits(facts)))
			return;
	}
	fact->question = fact->key.provider->ask(fact);
	if (fact->question != NULL) {
		fact->status = FACT_WAITING;
		facts->nwaiting[work]++;
	}
	facts->nasked[work] += fact->status != FACT_UNASKED;
}

const struct fact *
facts_get(struct facts *facts, const struct fact_key *key)
{
	uint32_t hash = hash_key(key);
	struct fact *fact = facts->buckets[hash % FACTS_BUCKETS];

	while (fact != NULL && (fact->hash != hash || !is_for(fact, key)))
		fact = fact->next_in_bucket;
	if (fact == NULL)
		fact = fact_add(facts, key, hash);
	if (fact->status == FACT_UNASKED)
		ask(fact);
	return fact;
}

const struct fact *
fact_seen(struct arena *arena, const struct fact_key *key, const void *value)
{
	struct fact *fact = arena_alloc(arena, sizeof *fact);

	fact->key = *key;
	fact->status = FACT_KNOWN;
	fact->value = value;
	return fact;
}
