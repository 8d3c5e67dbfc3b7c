/*
 * Facts from what policyd keeps: clients that commands let in or shut out, what
 * was counted, logins that are suspended, their places, and the passwords by
 * which they came.
 */
#include "providers.h"
#include "app_login.h"
#include "guard_words.h"
#include "live_clients.h"
#include "rates.h"

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
	struct client_answer *answer = arena_alloc(arena, sizeof *answer);

	answer->now = facts->input.now;
	answer->is_known = live_clients_find(facts->source->clients,
	    &request->client, &answer->client);
	if (answer->is_known)
		answer->client.comment =
		    arena_strdup(arena, answer->client.comment);
	return fact_seen(arena, &key, answer);
}

/* What was counted. */

static void
print_rate_name(const struct fact *fact, struct strbuf *out)
{
	const struct rate_answer *answer = fact->value;
	const struct rate_counter *counter = &answer->want->item.counter;

	strbuf_addf(out, "%s of %s %s in %s", rate_unit_name(counter->unit),
	    rate_key_name(counter->key), counter->value, answer->limit->time);
}

static void
print_rate_value(const struct fact *fact, struct strbuf *out)
{
	const struct rate_answer *answer = fact->value;

	strbuf_addf(out, "%llu of %llu, and %llu reserved",
	    (unsigned long long)answer->counted,
	    (unsigned long long)answer->limit->most,
	    (unsigned long long)answer->reserved);
}

static const struct fact_provider rates = {
	.name = "state",
	.print_name = print_rate_name,
	.print_value = print_rate_value,
};

const struct fact *
fact_of_rate(struct arena *arena, const struct rate_answer *answer)
{
	const struct fact_key key = { &rates, answer, 0,
		answer->want->item.counter.value };

	return fact_seen(arena, &key, answer);
}

const struct rate_answer *
facts_rates(const struct facts *facts, struct arena *arena,
    const struct rate_order *order)
{
	struct rate_answer *answers =
	    arena_alloc_unset(arena, order->nlimits * sizeof answers[0]);

	if (facts->source->rates != NULL)
		rates_look(facts->source->rates, order, facts->input.now,
		    answers);
	else
		rates_look_at_nothing(order, answers);
	return answers;
}

bool
facts_have_given(const struct facts *facts, const struct request *request,
    uint64_t by)
{
	return facts->source->rates != NULL &&
	    rates_have_given(facts->source->rates, request, by);
}

/* Logins. */

static void
print_login_name(const struct fact *fact, struct strbuf *out)
{
	strbuf_adds(out, fact->key.name);
}

static void
print_login_value(const struct fact *fact, struct strbuf *out)
{
	const struct suspension_answer *answer = fact->value;

	if (answer->is_suspended)
		suspension_print(&answer->suspension, answer->now, out);
	else
		strbuf_adds(out, "not suspended");
}

static const struct fact_provider logins = {
	.name = "login",
	.print_name = print_login_name,
	.print_value = print_login_value,
};

const struct fact *
fact_of_suspension(const struct facts *facts, struct arena *arena,
    const struct request *request)
{
	const struct fact_key key = { &logins, NULL, 0,
		request->sasl_username };
	struct suspension_answer *answer = arena_alloc(arena, sizeof *answer);

	answer->now = facts->input.now;
	answer->is_suspended = suspensions_find(facts->source->suspensions,
	    request->sasl_username, &answer->suspension);
	if (answer->is_suspended)
		answer->suspension.reason =
		    arena_strdup(arena, answer->suspension.reason);
	return fact_seen(arena, &key, answer);
}

static void
print_places_name(const struct fact *fact, struct strbuf *out)
{
	strbuf_addf(out, "places of %s", fact->key.name);
}

static void
print_places_value(const struct fact *fact, struct strbuf *out)
{
	guard_view_print(fact->value, out);
}

static const struct fact_provider places = {
	.name = "state",
	.print_name = print_places_name,
	.print_value = print_places_value,
};

const struct fact *
fact_of_login(const struct facts *facts, struct arena *arena,
    const struct request *request)
{
	const struct fact_key key = { &places, NULL, 0,
		request->sasl_username };
	struct guard_view *view = arena_alloc_unset(arena, sizeof *view);

	guard_look(facts->source->guard, request, facts->input.now, view);
	return fact_seen(arena, &key, view);
}

/* Passwords that a login used. */

static void
print_passwords_name(const struct fact *fact, struct strbuf *out)
{
	const struct request *request = fact->key.place;

	strbuf_addf(out, "passwords of %s from %s", fact->key.name,
	    request->client_address);
}

static void
print_passwords_value(const struct fact *fact, struct strbuf *out)
{
	app_logins_print(fact->value, out);
}

static const struct fact_provider passwords = {
	.name = "state",
	.print_name = print_passwords_name,
	.print_value = print_passwords_value,
};

const struct fact *
fact_of_app_logins(const struct facts *facts, struct arena *arena,
    const struct request *request)
{
	const struct fact_key key = { &passwords, request, 0,
		request->sasl_username };
	struct app_logins *used = arena_alloc(arena, sizeof *used);

	app_login_find(facts->source->state, request->sasl_username,
	    &request->client, facts->input.now, arena, used);
	return fact_seen(arena, &key, used);
}
