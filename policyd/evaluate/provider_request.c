/*
 * Facts about the request itself: where its mail goes, when it came, and what
 * came before it.
 */
#include <string.h>

#include "providers.h"
#include "transaction.h"

/* Destinations. */

static void *
find_destination(struct fact *fact)
{
	struct facts *facts = fact->facts;
	struct destination_answer *answer =
	    arena_alloc(&facts->arena, sizeof *answer);

	answer->has_failed =
	    destination_resolve(&answer->destination, facts->input.policy,
		&facts->tables, &facts->arena, fact->key.name) == -1;
	if (facts->misses_table || answer->has_failed)
		fact->value = answer; /* found out anew at the next look */
	else
		fact_know(fact, answer);
	return NULL;
}

static void
print_destination_name(const struct fact *fact, struct strbuf *out)
{
	strbuf_adds(out, "destination of ");
	strbuf_adds(out, fact->key.name);
}

static void
print_destination_value(const struct fact *fact, struct strbuf *out)
{
	static const char *const classes[] = {
		[DESTINATION_LOCAL] = "local (mydestination)",
		[DESTINATION_ALIAS] = "alias (virtual_alias_domains)",
		[DESTINATION_MAILBOX] = "mailbox (virtual_mailbox_domains)",
		[DESTINATION_RELAY] = "relay (relay_domains)",
		[DESTINATION_DEFAULT] =
		    "elsewhere (in none of mydestination, "
		    "virtual_alias_domains, virtual_mailbox_domains, "
		    "relay_domains)",
	};
	const struct destination_answer *answer = fact->value;
	const struct destination *destination = &answer->destination;

	if (answer->has_failed) {
		strbuf_adds(out, "a table cannot be read");
		return;
	}
	if (strcmp(destination->address, fact->key.name) != 0)
		strbuf_addf(out, "%s, ", destination->address);
	strbuf_adds(out, classes[destination->class]);
	if (destination->is_routed)
		strbuf_adds(out, ", the local part routes on");
}

static const struct fact_provider destinations = {
	.name = "destination",
	.ask = find_destination,
	.print_name = print_destination_name,
	.print_value = print_destination_value,
};

const struct fact *
facts_destination(struct facts *facts, const char *address)
{
	const struct fact_key key = { &destinations, NULL, 0, address };

	return facts_get(facts, &key);
}

/* The time. */

static void
print_fixed_name(const struct fact *fact, struct strbuf *out)
{
	strbuf_adds(out, fact->key.name);
}

static void
print_time(const struct fact *fact, struct strbuf *out)
{
	const time_t *now = fact->value;
	char text[64];
	struct tm tm;

	if (localtime_r(now, &tm) != NULL &&
	    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &tm) > 0)
		strbuf_adds(out, text);
}

static const struct fact_provider times = {
	.name = "time",
	.print_name = print_fixed_name,
	.print_value = print_time,
};

const struct fact *
fact_of_time(const struct facts *facts, struct arena *arena)
{
	const struct fact_key key = { &times, NULL, 0, "time" };

	return fact_seen(arena, &key, &facts->input.now);
}

/* The transaction. */

static void
print_number(const struct fact *fact, struct strbuf *out)
{
	strbuf_addf(out, "%u", *(const unsigned *)fact->value);
}

static const struct fact_provider transactions = {
	.name = "transaction",
	.print_name = print_fixed_name,
	.print_value = print_number,
};

const struct fact *
fact_of_transaction(const struct facts *facts, struct arena *arena,
    const struct request *request)
{
	const struct fact_key key = { &transactions, NULL, 0,
		"recipients that passed before" };
	unsigned *passed = arena_alloc(arena, sizeof *passed);

	if (facts->input.transaction != NULL)
		*passed = transaction_passed(facts->input.transaction, request);
	return fact_seen(arena, &key, passed);
}
