/*
 * Facts of what policyd remembers, as explain shows them.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fact_state.h"
#include "app_login.h"
#include "clock.h"
#include "conf.h"
#include "guard_words.h"
#include "live_clients.h"
#include "mem.h"
#include "nearest.h"
#include "rates.h"
#include "state.h"
#include "suspensions.h"
#include "text.h"

#define NOT_SUSPENDED "not suspended"

/* Enough for any file of facts. */
#define STATE_BYTES (64UL * 1024 * 1024)

struct client_fact {
	struct live_client client;
	long left; /* seconds; 0: for ever */
};

struct rate_fact {
	struct rate_counter counter;
	struct rate_limit limit;
	unsigned long long counted, reserved;
};

struct login_fact {
	struct suspension suspension;
	long left; /* seconds; 0: until it is resumed */
};

struct password_fact {
	const char *login;
	struct ip client;
	char *passwords;
};

/* One of them. */
struct stated {
	char *name, *value; /* what the rest points to */
	void (*remember)(struct fact_memory *, const struct stated *);
	struct client_fact client;
	struct rate_fact rate;
	struct login_fact login;
	struct password_fact password;
	struct places places;
	const char *user; /* whose places they are */
};

struct fact_state {
	struct stated *facts;
	size_t n;
};

struct fact_state *
fact_state_new(void)
{
	return xcalloc(1, sizeof(struct fact_state));
}

void
fact_state_free(struct fact_state *facts)
{
	if (facts == NULL)
		return;
	for (size_t i = 0; i < facts->n; i++) {
		free(facts->facts[i].name);
		free(facts->facts[i].value);
	}
	free(facts->facts);
	free(facts);
}

/* Clients. */

static void
remember_client(struct fact_memory *memory, const struct stated *stated)
{
	struct live_client client = stated->client.client;

	if (stated->client.left > 0)
		client.expires = clock_now() + stated->client.left;
	live_clients_put(memory->clients, &client);
}

/* "60m left" */
static int
parse_left(struct client_fact *fact, char *text)
{
	char *behind = text_cut(text, " left");

	return behind != NULL && *behind == '\0' &&
		conf_parse_time(text, &fact->left) == 0 && fact->left > 0
	    ? 0
	    : -1;
}

/* "deny 192.0.2.0/24, 60m left: COMMENT"; without a network it is the name. */
static int
parse_client(struct stated *stated, char *name, char *value, struct strbuf *err)
{
	struct client_fact *fact = &stated->client;
	struct live_client *client = &fact->client;
	char *comment = text_cut(value, ": "), *left;

	if (strcmp(value, "neither allowed nor denied by a command") == 0)
		return 0;
	client->comment = comment != NULL ? comment : "";
	if (text_take(&value, "allow, relay"))
		client->action = LIVE_CLIENT_RELAY;
	else if (text_take(&value, "allow"))
		client->action = LIVE_CLIENT_ALLOW;
	else if (text_take(&value, "deny"))
		client->action = LIVE_CLIENT_DENY;
	else
		goto bad;
	left = text_cut(value, ", ");
	if (left != NULL && parse_left(fact, left) == -1)
		goto bad;
	if (*value != '\0' && *value++ != ' ')
		goto bad;
	stated->remember = remember_client;
	return live_client_parse_net(&client->net,
	    *value != '\0' ? value : name, err);
bad:
	strbuf_adds(err,
	    "expected client ADDRESS: allow or deny, as explain "
	    "shows it");
	return -1;
}

/* Rates. */

/* Messages on their way have it. */
static void
reserve(struct fact_memory *memory, const struct rate_fact *fact,
    struct arena *arena)
{
	bool is_distinct = fact->counter.unit == RATE_DISTINCT_RECIPIENTS;
	uint64_t parts = is_distinct ? fact->reserved : 1;
	struct request request;

	request_init(&request);
	request.state = STATE_END_OF_MESSAGE; /* nothing is reserved twice */
	request.instance = "stated";
	for (uint64_t i = 0; i < parts; i++) {
		const char *recipient =
		    is_distinct ? arena_printf(arena, "%zu", (size_t)i) : NULL;
		struct rate_want want = {
			.item = {
				.counter = fact->counter,
				.limits = &fact->limit,
				.nlimits = 1,
			},
			.amount = is_distinct ? 1 : fact->reserved,
		};
		const struct rate_order order = {
			.request = &request,
			.whose = "",
			.wants = &want,
			.n = 1,
			.nlimits = 1,
		};

		rate_item_identify(&want.item, recipient, arena);
		rates_take(memory->rates, &order, &memory->reserved);
	}
}

static void
remember_rate(struct fact_memory *memory, const struct stated *stated)
{
	const struct rate_fact *fact = &stated->rate;
	struct arena arena = { 0 };
	const struct state_key id = rate_counter_id(&fact->counter, &arena);

	if (fact->counted > 0)
		rate_counter_add(memory->state, &id, &fact->limit, 1,
		    fact->counted, clock_now());
	if (fact->reserved > 0)
		reserve(memory, fact, &arena);
	arena_free(&arena);
}

/* "recipients of ..." */
static bool
take_unit(char **rest, enum rate_unit *unit)
{
	for (*unit = RATE_RECIPIENTS; *unit < RATE_UNITS; (*unit)++)
		if (text_take(rest, rate_unit_name(*unit)))
			return text_take(rest, " of ");
	return false;
}

static bool
parse_time(struct rate_fact *fact, const char *time)
{
	struct rate_limits limits;
	struct strbuf err = { 0 };
	char *text = xasprintf("1/%s", time);
	bool is_time =
	    rate_limits_parse_value(&limits, text, &err) == 0 && limits.n == 1;

	if (is_time) {
		fact->limit = limits.limits[0];
		if (fact->counter.unit == RATE_DISTINCT_RECIPIENTS)
			fact->counter.length = fact->limit.length;
	}
	strbuf_free(&err);
	free(text);
	return is_time;
}

/* "5", or "5 of 5, and 0 reserved" */
static bool
parse_counts(struct rate_fact *fact, const char *value)
{
	unsigned long long most;
	int end = 0;

	if (*value < '0' || *value > '9')
		return false;
	if (sscanf(value, "%llu of %llu, and %llu reserved%n", &fact->counted,
		&most, &fact->reserved, &end) == 3 &&
	    end > 0) {
		fact->limit.most = most;
		return value[end] == '\0';
	}
	return sscanf(value, "%llu%n", &fact->counted, &end) == 1 &&
	    value[end] == '\0';
}

/* The line is none of explain: show its form, and what its first word means. */
static void
blame_line(const char *name, struct strbuf *err)
{
	static const char *const words[] = { "client", "passwords", "places" };
	char *word = xstrndup(name, strcspn(name, " "));
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		nearest_offer(&nearest, words[i]);
	for (int unit = 0; unit < RATE_UNITS; unit++)
		nearest_offer(&nearest, rate_unit_name((enum rate_unit)unit));
	strbuf_addf(err,
	    "expected UNIT of KEY VALUE in TIME: N of N, and N "
	    "reserved, as explain shows it%s",
	    nearest.distance > 0 ? nearest_hint(&nearest) : "");
	free(word);
}

/* The name of a counter: "UNIT of KEY VALUE in TIME". */
static int
parse_rate(struct stated *stated, char *name, char *value, struct strbuf *err)
{
	struct rate_fact *fact = &stated->rate;
	char *rest = name, *key, *time = NULL;

	if (!take_unit(&rest, &fact->counter.unit))
		goto bad;
	key = rest;
	fact->counter.value = rest = text_cut(key, " ");
	for (char *at = rest; at != NULL && (at = strstr(at, " in ")) != NULL;)
		time = at += 4; /* the last one */
	if (time == NULL || !parse_time(fact, time) ||
	    !parse_counts(fact, value))
		goto bad;
	time[-4] = '\0';
	for (char *at = rest; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	fact->counter.key = rate_key_find(key);
	stated->remember = remember_rate;
	if (fact->counter.key != RATE_KEYS)
		return 0;
	rate_key_blame(key, err);
	return -1;
bad:
	blame_line(name, err);
	return -1;
}

/* Logins. */

static void
remember_login(struct fact_memory *memory, const struct stated *stated)
{
	struct suspension suspension = stated->login.suspension;

	if (stated->login.left > 0)
		suspension.until = clock_now() + stated->login.left;
	suspensions_begin(memory->suspensions, &suspension);
}

/* Take "suspended by the guard" off. */
static bool
take_source(char **rest, enum suspension_source *source)
{
	bool is_it = false;

	for (int i = 0; i < SUSPENSION_SOURCES && !is_it; i++) {
		const struct suspension plain = {
			.source = (enum suspension_source)i,
			.reason = "",
		};
		struct strbuf words = { 0 };

		suspension_print(&plain, 0, &words);
		is_it = text_take(rest, strbuf_str(&words));
		if (is_it)
			*source = plain.source;
		strbuf_free(&words);
	}
	return is_it;
}

/* "suspended by the guard for 3h: REASON" */
static int
parse_login(struct stated *stated, char *name, char *value, struct strbuf *err)
{
	struct login_fact *fact = &stated->login;
	char *reason = text_cut(value, ": ");

	if (strcmp(value, NOT_SUSPENDED) == 0)
		return 0;
	fact->suspension.user = name;
	fact->suspension.reason = reason != NULL ? reason : "";
	stated->remember = remember_login;
	if (take_source(&value, &fact->suspension.source) &&
	    (*value == '\0' ||
		(text_take(&value, " for ") &&
		    conf_parse_time(value, &fact->left) == 0 &&
		    fact->left > 0)))
		return 0;
	strbuf_adds(err,
	    "expected LOGIN: " NOT_SUSPENDED ", or suspended by "
	    "whom, as explain shows it");
	return -1;
}

static bool
is_of_login(const char *value)
{
	return strcmp(value, NOT_SUSPENDED) == 0 ||
	    strncmp(value, "suspended ", 10) == 0;
}

/* Passwords that a login used. */

/* "(senders a@b.example, limit 2/1d)", the brackets away */
static bool
parse_rules(struct app_login *login, char *rules)
{
	char *rule;

	while ((rule = rules) != NULL) {
		size_t which = 0;

		rules = text_cut(rule, ", ");
		while (which < APP_RULES &&
		    !(text_take(&rule, app_rule_name((enum app_rule)which)) &&
			text_take(&rule, " ")))
			which++;
		if (which == APP_RULES)
			return false;
		login->rules[which] = rule;
	}
	return true;
}

static bool
parse_password(struct app_login *login, char *text)
{
	char *rules = text_cut(text, " (");

	*login = (struct app_login){ "", clock_now(), { "", "", "", "" } };
	if (strcmp(text, "the user's own password") == 0)
		return rules == NULL;
	if (!text_take(&text, "app password "))
		return false;
	login->label = text;
	return rules == NULL ||
	    (text_cut(rules, ")") != NULL && parse_rules(login, rules));
}

static void
remember_passwords(struct fact_memory *memory, const struct stated *stated)
{
	const struct password_fact *fact = &stated->password;
	char *copy = xstrdup(fact->passwords), *rest = copy, *text;
	struct app_login login;

	while ((text = rest) != NULL) {
		rest = text_cut(text, "; ");
		parse_password(&login, text);
		app_login_add(memory->state, fact->login, &fact->client,
		    &login);
	}
	free(copy);
}

/* The name behind "passwords of ": "LOGIN from ADDRESS". */
static int
parse_passwords(struct stated *stated, char *name, char *value,
    struct strbuf *err)
{
	struct password_fact *fact = &stated->password;
	char *address = text_cut(name, " from "), *copy, *rest, *text;
	struct app_login login;
	bool is_good = address != NULL && ip_parse(&fact->client, address);

	if (strcmp(value, APP_LOGINS_NONE) == 0)
		return 0;
	copy = rest = xstrdup(value);
	while (is_good && (text = rest) != NULL) {
		rest = text_cut(text, "; ");
		is_good = parse_password(&login, text);
	}
	free(copy);
	fact->login = name;
	fact->passwords = value;
	stated->remember = remember_passwords;
	if (!is_good)
		strbuf_adds(err,
		    "expected passwords of LOGIN from ADDRESS: app password "
		    "LABEL (RULE ...); ..., as explain shows it");
	return is_good ? 0 : -1;
}

/* Places of logins. */

static void
remember_places(struct fact_memory *memory, const struct stated *stated)
{
	guard_put(memory->guard, stated->user, &stated->places);
}

static int
parse_places(struct stated *stated, const char *user, char *value,
    struct strbuf *err)
{
	stated->user = user;
	stated->remember = remember_places;
	return places_parse(&stated->places, value, clock_now(), err);
}

int
fact_state_add(struct fact_state *facts, char *line, struct strbuf *err)
{
	struct stated *stated;
	char *value = text_cut(line, ": "), *name;

	if (value == NULL) {
		strbuf_adds(err, "expected NAME: VALUE, as explain shows it");
		return -1;
	}
	facts->facts =
	    xreallocarray(facts->facts, facts->n + 1, sizeof *facts->facts);
	stated = &facts->facts[facts->n++];
	*stated =
	    (struct stated){ .name = xstrdup(line), .value = xstrdup(value) };
	name = stated->name;
	if (text_take(&name, "passwords of "))
		return parse_passwords(stated, name, stated->value, err);
	if (text_take(&name, "places of "))
		return parse_places(stated, name, stated->value, err);
	if (is_of_login(value))
		return parse_login(stated, name, stated->value, err);
	return text_take(&name, "client ")
	    ? parse_client(stated, name, stated->value, err)
	    : parse_rate(stated, name, stated->value, err);
}

void
fact_memory_begin(struct fact_memory *memory, const struct fact_state *facts,
    struct event_base *base)
{
	*memory = (struct fact_memory){ 0 };
	memory->state =
	    state_new(base, "", STATE_BYTES, state_kinds, STATE_KINDS);
	memory->clients = live_clients_new(memory->state);
	memory->suspensions = suspensions_new(NULL, memory->state, NULL);
	memory->rates = rates_new(memory->state);
	memory->guard = guard_new(memory->state, memory->rates, NULL);
	guard_begin(memory->guard);
	for (size_t i = 0; i < facts->n; i++)
		if (facts->facts[i].remember != NULL)
			facts->facts[i].remember(memory, &facts->facts[i]);
}

void
fact_memory_end(struct fact_memory *memory)
{
	guard_free(memory->guard);
	rates_free(memory->rates);
	suspensions_free(memory->suspensions);
	live_clients_free(memory->clients);
	state_free(memory->state);
}

void
fact_memory_source(const struct fact_memory *memory, struct fact_source *source)
{
	source->clients = memory->clients;
	source->suspensions = memory->suspensions;
	source->rates = memory->rates;
	source->guard = memory->guard;
	source->state = memory->state;
}
