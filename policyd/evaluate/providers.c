/*
 * Where facts come from, and what they look like to people.
 */
#include <string.h>

#include "providers.h"
#include "live_clients.h"
#include "table_search.h"
#include "transaction.h"

#define RECORDS_SHOWN 5 /* of a DNS answer */

static const char no_answer[] = "no answer in time";

/* DNS. */

static void
on_dns(void *arg, const struct dns_answer *answer)
{
	struct fact *fact = arg;

	fact->ms = answer->ms;
	fact->from_cache = answer->from_cache;
	fact_know(fact, dns_answer_hold(answer));
}

static void *
ask_dns(struct fact *fact)
{
	const struct fact_source *source = fact->facts->source;

	return source->ask_dns(source->ctx, fact->key.name,
	    (enum dns_type)fact->key.type, on_dns, fact);
}

static void
cancel_dns(struct fact *fact)
{
	fact->facts->source->cancel_dns(fact->question);
}

static void
forget_dns(struct fact *fact)
{
	dns_answer_release((struct dns_answer *)fact->value);
}

static void
print_dns_name(const struct fact *fact, struct strbuf *out)
{
	strbuf_addf(out, "%s %s", dns_type_name((enum dns_type)fact->key.type),
	    fact->key.name);
}

/* One record of an answer. */
static void
add_record(struct strbuf *out, const struct dns_record *record,
    enum dns_type type)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		ip_print(&record->ip, out);
		break;
	case DNS_MX:
		strbuf_addf(out, "%u %s", record->preference,
		    record->name[0] != '\0' ? record->name : ".");
		break;
	case DNS_NS:
	case DNS_PTR:
		strbuf_adds(out, record->name);
		break;
	case DNS_TXT:
		strbuf_add(out, record->text, record->textlen);
		break;
	}
}

static void
add_records(struct strbuf *out, const struct dns_answer *answer,
    enum dns_type type)
{
	size_t n =
	    answer->nrecords < RECORDS_SHOWN ? answer->nrecords : RECORDS_SHOWN;

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_adds(out, ", ");
		add_record(out, &answer->records[i], type);
	}
	if (answer->nrecords > n)
		strbuf_addf(out, " and %zu more", answer->nrecords - n);
}

static void
print_dns_value(const struct fact *fact, struct strbuf *out)
{
	const struct dns_answer *answer = fact->value;

	switch (answer->status) {
	case DNS_FOUND:
		add_records(out, answer, (enum dns_type)fact->key.type);
		break;
	case DNS_NOT_FOUND:
		strbuf_adds(out,
		    answer->is_nxdomain ? "no such name" : "no such record");
		break;
	case DNS_FAILED:
		strbuf_addf(out, "failed: %s", answer->reason);
		break;
	case DNS_MALFORMED:
		strbuf_addf(out, "malformed: %s", answer->reason);
		break;
	}
}

static const struct dns_answer late_answer = {
	.status = DNS_FAILED,
	.reason = no_answer,
};

static const struct fact_provider dns = {
	.name = "dns",
	.takes_time = true,
	.late = &late_answer,
	.ask = ask_dns,
	.cancel = cancel_dns,
	.forget = forget_dns,
	.print_name = print_dns_name,
	.print_value = print_dns_value,
};

const struct fact *
facts_dns(struct facts *facts, const char *name, enum dns_type type)
{
	const struct fact_key key = { &dns, NULL, type, name };

	return facts_get(facts, &key);
}

/* DNS lists. */

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

static void
on_dnsbl(void *arg, const struct dnsbl_answer *answer)
{
	struct fact *fact = arg;
	struct arena *arena = &fact->facts->arena;
	struct dnsbl_answer *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *answer;
	copy->text = arena_strdup(arena, answer->text);
	copy->why = arena_strdup(arena, answer->why);
	fact->ms = answer->ms;
	fact->from_cache = answer->from_cache;
	fact_know(fact, copy);
}

static void *
ask_dnsbl(struct fact *fact)
{
	const struct fact_source *source = fact->facts->source;

	return source->ask_dnsbl(source->ctx,
	    (struct dnsbl_site *)fact->key.place,
	    (enum dnsbl_kind)fact->key.type, fact->key.name, on_dnsbl, fact);
}

static void
cancel_dnsbl(struct fact *fact)
{
	fact->facts->source->cancel_dnsbl(fact->question);
}

static void
print_dnsbl_name(const struct fact *fact, struct strbuf *out)
{
	strbuf_addf(out, "%s.%s", fact->key.name,
	    dnsbl_site_shown_word(fact->key.place));
}

static void
print_dnsbl_value(const struct fact *fact, struct strbuf *out)
{
	static const char *const results[] = {
		[DNSBL_LISTED] = "listed",
		[DNSBL_NOT_LISTED] = "not listed",
		[DNSBL_FAILED] = "failed",
	};
	const struct dnsbl_answer *answer = fact->value;

	strbuf_adds(out, results[answer->result]);
	if (answer->why[0] != '\0')
		strbuf_addf(out, ", %s", answer->why);
	if (answer->text[0] != '\0')
		strbuf_addf(out, " \"%s\"", answer->text);
}

static const struct dnsbl_answer late_verdict = {
	.result = DNSBL_FAILED,
	.text = "",
	.why = no_answer,
};

static const struct fact_provider dnsbl = {
	.name = "dnsbl",
	.takes_time = true,
	.late = &late_verdict,
	.ask = ask_dnsbl,
	.cancel = cancel_dnsbl,
	.print_name = print_dnsbl_name,
	.print_value = print_dnsbl_value,
};

const struct fact *
facts_dnsbl(struct facts *facts, struct dnsbl_site *site, enum dnsbl_kind kind,
    const char *label)
{
	const struct fact_key key = { &dnsbl, site, kind, label };

	return facts_get(facts, &key);
}

/* Tables. */

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
		strbuf_adds(out, "the table cannot be read");
		break;
	}
}

static void
on_search(void *arg, enum lookup result, const char *value, long long left_us)
{
	struct fact *fact = arg;
	struct facts *facts = fact->facts;
	struct table_answer *answer =
	    arena_alloc(&facts->arena, sizeof(*answer));

	facts->is_searching = false;
	facts->search_left_us = left_us;
	answer->result = result;
	answer->value = arena_strdup(&facts->arena, value);
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

static const struct table_answer late_search = { LOOKUP_TEMPFAIL, "", 0 };

static const struct fact_provider tables = {
	.name = "table",
	.takes_time = true,
	.late = &late_search,
	.ask = ask_search,
	.cancel = cancel_search,
	.print_name = print_table_name,
	.print_value = print_table_value,
};

const struct fact *
facts_search(struct facts *facts, const struct table *table, const char *name)
{
	const struct fact_key key = { &tables, table, 0, name };

	return facts_get(facts, &key);
}

/* Destinations. */

static void *
find_destination(struct fact *fact)
{
	struct facts *facts = fact->facts;
	struct destination_answer *answer =
	    arena_alloc(&facts->arena, sizeof(*answer));

	answer->has_failed =
	    destination_resolve(&answer->destination, facts->input.policy,
		&facts->tables, &facts->arena, fact->key.name) == -1;
	if (facts->misses_search || answer->has_failed)
		fact->value = answer; /* found out anew at the next look */
	else
		fact_know(fact, answer);
	return NULL;
}

static void
print_destination_name(const struct fact *fact, struct strbuf *out)
{
	strbuf_addf(out, "destination of %s", fact->key.name);
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
	struct list_answer *answer = arena_alloc(arena, sizeof(*answer));

	*answer = (struct list_answer){ match, client_name };
	return fact_seen(arena, &key, answer);
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
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm) > 0)
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
	unsigned *passed = arena_alloc(arena, sizeof(*passed));

	if (facts->input.transaction != NULL)
		*passed = transaction_passed(facts->input.transaction, request);
	return fact_seen(arena, &key, passed);
}

const struct fact *
fact_of_table(struct arena *arena, const struct table *table, const char *name,
    enum lookup result, const char *value)
{
	const struct fact_key key = { &tables, table, 0, name };
	struct table_answer *answer = arena_alloc(arena, sizeof(*answer));

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
	answer = arena_alloc(arena, sizeof(*answer));
	answer->result = LOOKUP_NOT_FOUND;
	answer->nkeys = nkeys + 1;
	return fact_seen(arena, &key, answer);
}

/* Clients that commands let in or shut out. */

static void
print_client_name(const struct fact *fact, struct strbuf *out)
{
	strbuf_addf(out, "client %s", fact->key.name);
}

static void
print_client_value(const struct fact *fact, struct strbuf *out)
{
	const struct client_answer *answer = fact->value;

	if (answer->is_known)
		live_client_print(&answer->client, answer->now, out);
	else
		strbuf_adds(out, "neither allowed nor denied by a command");
}

static const struct fact_provider clients = {
	.name = "state",
	.print_name = print_client_name,
	.print_value = print_client_value,
};

const struct fact *
fact_of_client(const struct facts *facts, struct arena *arena,
    const struct request *request)
{
	const struct fact_key key = { &clients, NULL, 0,
		request->client_address };
	struct client_answer *answer = arena_alloc(arena, sizeof(*answer));

	answer->now = facts->input.now;
	answer->is_known = live_clients_find(facts->source->clients,
	    &request->client, &answer->client);
	if (answer->is_known)
		answer->client.comment =
		    arena_strdup(arena, answer->client.comment);
	return fact_seen(arena, &key, answer);
}

/* A search that takes long waits: what is found without it counts for
 * nothing. */
static enum lookup
search_later(void *arg, const struct table *table, const char *key,
    struct strbuf *value)
{
	struct facts *facts = arg;
	const struct table_answer *answer =
	    facts_search(facts, table, key)->value;

	if (answer == NULL) {
		facts->misses_search = true;
		return LOOKUP_NOT_FOUND;
	}
	if (answer->result == LOOKUP_TEMPFAIL)
		facts->too_slow = table;
	strbuf_adds(value, answer->value);
	return answer->result;
}

void
providers_begin(struct facts *facts)
{
	facts->tables = table_view(facts->input.tables);
	facts->tables.later = search_later;
	facts->tables.arg = facts;
	facts->misses_search = false;
	facts->too_slow = NULL;
	facts->is_searching = false;
	facts->search_left_us = SEARCH_CPU_US;
}
