/*
 * Facts from tables and from lists of patterns.
 */
#include "providers.h"
#include "table_lookup.h"
#include "table_search.h"

static const char too_slow[] = "the search took too long";

static void
print_table_name(const struct fact *fact, struct strbuf *out)
{
	strbuf_addf(out, "%s in %s", fact->key.name,
	    table_word(fact->key.place));
}

static void
print_table_value(const struct fact *fact, struct strbuf *out)
{
	const struct table_answer *answer = fact->value;

	switch (answer->result) {
	case LOOKUP_FOUND:
		strbuf_adds(out, answer->value);
		break;
	case LOOKUP_NOT_FOUND:
		strbuf_adds(out, "not found");
		break;
	case LOOKUP_TEMPFAIL:
		strbuf_adds(out,
		    answer->value != NULL ? answer->value
					  : "the table cannot be read");
		break;
	}
}

/* Searches, by a thread of ours. */

static void
on_search(void *arg, enum lookup result, const char *value, long long left_us)
{
	struct fact *fact = arg;
	struct facts *facts = fact->facts;
	struct table_answer *answer =
	    arena_alloc(&facts->arena, sizeof *answer);

	facts->is_searching = false;
	facts->search_left_us = left_us;
	answer->result = result;
	answer->value = result == LOOKUP_TEMPFAIL
	    ? too_slow
	    : arena_strdup(&facts->arena, value);
	fact_know(fact, answer);
}

static void *
ask_search(struct fact *fact)
{
	struct facts *facts = fact->facts;
	void *search = NULL;

	if (facts->is_searching)
		return NULL;
	if (facts->search_left_us > 0)
		search = table_search_start(facts->source->searches,
		    facts->input.tables, fact->key.place, fact->key.name,
		    facts->search_left_us, on_search, fact);
	facts->is_searching = search != NULL;
	if (search == NULL)
		fact_fail(fact);
	return search;
}

static void
cancel_search(struct fact *fact)
{
	table_search_cancel(fact->question);
}

static const struct table_answer late_search = { LOOKUP_TEMPFAIL, too_slow, 0 };

static const struct fact_provider searches = {
	.name = "table",
	.work = FACT_BY_TABLE,
	.late = &late_search,
	.ask = ask_search,
	.cancel = cancel_search,
	.print_name = print_table_name,
	.print_value = print_table_value,
};

/* Lookups, by a server. */

static void
on_lookup(void *arg, const struct table_lookup_answer *given)
{
	struct fact *fact = arg;
	struct arena *arena = &fact->facts->arena;
	struct table_answer *answer = arena_alloc(arena, sizeof *answer);

	answer->result = given->result;
	answer->value = arena_strdup(arena, given->text);
	fact->ms = given->ms;
	fact->from_cache = given->from_cache;
	fact_know(fact, answer);
}

static void *
ask_lookup(struct fact *fact)
{
	struct facts *facts = fact->facts;

	return facts->source->ask_table(facts->source->ctx, facts->input.tables,
	    fact->key.place, fact->key.name, on_lookup, fact);
}

static void
cancel_lookup(struct fact *fact)
{
	fact->facts->source->cancel_table(fact->question);
}

static const struct table_answer late_lookup = { LOOKUP_TEMPFAIL,
	"no answer in time", 0 };

static const struct fact_provider lookups = {
	.name = "table",
	.work = FACT_BY_TABLE,
	.late = &late_lookup,
	.ask = ask_lookup,
	.cancel = cancel_lookup,
	.print_name = print_table_name,
	.print_value = print_table_value,
};

void
facts_cancel_table(void *question)
{
	table_lookup_cancel(question);
}

const struct fact *
facts_table(struct facts *facts, const struct table *table, const char *name)
{
	const bool is_elsewhere =
	    table_service_name(facts->input.tables, table) != NULL;
	const struct fact_key key = { is_elsewhere ? &lookups : &searches,
		table, 0, name };

	return facts_get(facts, &key);
}

/* What was looked up, by whomever. */

static const struct fact_provider tables = {
	.name = "table",
	.print_name = print_table_name,
	.print_value = print_table_value,
};

const struct fact *
fact_of_table(struct arena *arena, const struct table *table, const char *name,
    enum lookup result, const char *value)
{
	const struct fact_key key = { &tables, table, 0, name };
	struct table_answer *answer = arena_alloc(arena, sizeof *answer);

	*answer = (struct table_answer){ .result = result, .value = value };
	return fact_seen(arena, &key, answer);
}

bool
fact_is_miss(const struct fact *fact, const struct table *table)
{
	const struct table_answer *answer = fact->value;

	return fact->key.provider == &tables && fact->key.place == table &&
	    answer->result == LOOKUP_NOT_FOUND;
}

const struct fact *
fact_of_miss(struct arena *arena, const struct fact *before,
    const struct table *table, const char *name)
{
	struct fact_key key = { &tables, table, 0, name };
	struct table_answer *answer;
	unsigned nkeys = 0;

	if (before != NULL) {
		const struct table_answer *others = before->value;

		nkeys = others->nkeys;
		if (nkeys > MISSES_SHOWN)
			return before;
		key.name = arena_printf(arena, "%s, %s", before->key.name,
		    nkeys < MISSES_SHOWN ? name : "...");
	} else {
		key.name = arena_strdup(arena, name);
	}
	answer = arena_alloc(arena, sizeof *answer);
	answer->result = LOOKUP_NOT_FOUND;
	answer->nkeys = nkeys + 1;
	return fact_seen(arena, &key, answer);
}

/* What takes long waits: what is found without it counts for nothing. */
static enum lookup
look_later(void *arg, const struct table *table, const char *key,
    struct strbuf *value)
{
	struct facts *facts = arg;
	const struct fact *fact = facts_table(facts, table, key);
	const struct table_answer *answer = fact->value;

	if (answer == NULL) {
		facts->misses_table = true;
		return LOOKUP_NOT_FOUND;
	}
	if (answer->result == LOOKUP_TEMPFAIL) {
		facts->failed_table = table;
		facts->failure = answer->value;
	} else {
		strbuf_adds(value, answer->value);
	}
	return answer->result;
}

void
providers_begin(struct facts *facts)
{
	facts->tables = table_view(facts->input.tables);
	facts->tables.later = look_later;
	facts->tables.arg = facts;
	facts->misses_table = false;
	facts->failed_table = NULL;
	facts->is_searching = false;
	facts->search_left_us = SEARCH_CPU_US;
}

/* Lists of patterns. */

static void
print_list_name(const struct fact *fact, struct strbuf *out)
{
	const struct list_answer *answer = fact->value;

	if (answer->client_name != NULL)
		strbuf_addf(out, "%s[%s]", answer->client_name, fact->key.name);
	else
		strbuf_adds(out, fact->key.name);
	strbuf_addf(out, " in %s", (const char *)fact->key.place);
}

static void
print_list_value(const struct fact *fact, struct strbuf *out)
{
	static const char *const results[] = {
		[LOOKUP_FOUND] = "matches",
		[LOOKUP_NOT_FOUND] = "no match",
		[LOOKUP_TEMPFAIL] = "failed",
	};
	const struct list_answer *answer = fact->value;

	strbuf_adds(out, results[answer->match.result]);
	if (answer->match.item == NULL)
		return;
	strbuf_adds(out, ": ");
	match_item_print(answer->match.item, out);
}

static const struct fact_provider lists = {
	.name = "list",
	.print_name = print_list_name,
	.print_value = print_list_value,
};

const struct fact *
fact_of_list(struct arena *arena, const char *list_name, const char *name,
    const char *client_name, struct match match)
{
	const struct fact_key key = { &lists, list_name, 0, name };
	struct list_answer *answer = arena_alloc(arena, sizeof *answer);

	*answer = (struct list_answer){ match, client_name };
	return fact_seen(arena, &key, answer);
}
