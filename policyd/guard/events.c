/*
 * Events in the state.  A key is the login in small letters, a NUL, a letter
 * for the kind, and what tells one event from the next; a value texts with a
 * NUL behind each.  Two values for a key can be merged: the smaller first time,
 * the larger last one.
 */
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "client_origin.h"

#define TEXT_MAX 500 /* bytes that are kept of one text */

static const char letters[EVENT_KINDS] = {
	[EVENT_LOGIN] = 'l',
	[EVENT_MESSAGE] = 'm',
	[EVENT_REFUSAL] = 'r',
	[EVENT_ACT] = 'a',
};

static void
add_text(struct strbuf *out, const char *text)
{
	strbuf_add(out, text, strnlen(text, TEXT_MAX));
	strbuf_addc(out, '\0');
}

static void
add_number(struct strbuf *out, long long number)
{
	strbuf_addf(out, "%lld", number);
	strbuf_addc(out, '\0');
}

/* The next text of a value; "" behind the last. */
static const char *
next_text(const char **value, const char *end, struct arena *arena)
{
	const char *text = *value;
	const char *nul = memchr(text, '\0', (size_t)(end - text));

	if (nul == NULL)
		return "";
	*value = nul + 1;
	return arena_strndup(arena, text, (size_t)(nul - text));
}

static void
decode(struct event *event, const struct state_record *record, char letter,
    struct arena *arena)
{
	const char *value = record->value, *end = value + record->len;
	int kind = 0;

	while (kind < EVENT_KINDS - 1 && letters[kind] != letter)
		kind++;
	*event = (struct event){ .kind = (enum event_kind)kind };
	event->since = strtoll(next_text(&value, end, arena), NULL, 10);
	event->last = strtoll(next_text(&value, end, arena), NULL, 10);
	event->count = strtoul(next_text(&value, end, arena), NULL, 10);
	event->ip = next_text(&value, end, arena);
	event->place = next_text(&value, end, arena);
	event->first = next_text(&value, end, arena);
	event->second = next_text(&value, end, arena);
	while (value < end && event->nrecipients < EVENT_RECIPIENTS_MAX)
		event->recipients[event->nrecipients++] =
		    next_text(&value, end, arena);
}

/* What one event is about, while it is found and put. */
struct entry {
	struct state *state;
	struct arena arena;
	struct strbuf key;
	struct event event;
	bool is_new;
};

/* Find the event that id tells from others, or begin it. */
static void
begin(struct entry *entry, struct state *state, const char *login,
    enum event_kind kind, const char *id)
{
	struct state_record record;

	*entry = (struct entry){ .state = state };
	strbuf_adds(&entry->key, arena_lower(&entry->arena, login));
	strbuf_addc(&entry->key, '\0');
	strbuf_addc(&entry->key, letters[kind]);
	strbuf_adds(&entry->key, id);
	entry->is_new = entry->key.len > STATE_KEY_MAX ||
	    !state_find(state, STATE_EVENTS, entry->key.bytes, entry->key.len,
		&record);
	if (entry->is_new)
		entry->event = (struct event){ .kind = kind,
			.first = "",
			.second = "",
			.ip = "",
			.place = "" };
	else
		decode(&entry->event, &record, letters[kind], &entry->arena);
}

static void
end(struct entry *entry, time_t now)
{
	struct event *event = &entry->event;
	struct strbuf value = { 0 };

	event->last = now;
	if (entry->is_new)
		event->since = now;
	add_number(&value, event->since);
	add_number(&value, event->last);
	add_number(&value, (long long)event->count);
	add_text(&value, event->ip);
	add_text(&value, event->place);
	add_text(&value, event->first);
	add_text(&value, event->second);
	for (size_t i = 0; i < event->nrecipients; i++)
		add_text(&value, event->recipients[i]);
	if (entry->key.len <= STATE_KEY_MAX)
		state_put(entry->state, STATE_EVENTS, entry->key.bytes,
		    entry->key.len, value.bytes, value.len,
		    now + EVENTS_SECONDS);
	strbuf_free(&value);
}

static void
leave(struct entry *entry)
{
	strbuf_free(&entry->key);
	arena_free(&entry->arena);
}

/* From where, of a client that a request has. */
static void
set_place(struct entry *entry, const struct request *request)
{
	const char *place = client_origin(request, &entry->arena);

	entry->event.ip = request->client_address;
	entry->event.place = place != NULL ? place : "";
}

void
events_add_login(struct state *state, const struct login_event *login,
    time_t now)
{
	struct request request = { .client_address = login->ip,
		.client_name = "unknown" };
	struct strbuf id = { 0 };
	struct entry entry;

	ip_parse(&request.client, login->ip);
	strbuf_addf(&id, "%s %s %s", login->ip, login->mechanism, login->label);
	begin(&entry, state, login->user, EVENT_LOGIN, strbuf_str(&id));
	set_place(&entry, &request);
	entry.event.first = login->mechanism;
	entry.event.second = login->label;
	entry.event.count++;
	end(&entry, now);
	leave(&entry);
	strbuf_free(&id);
}

static bool
has_recipient(const struct event *event, const char *recipient)
{
	for (size_t i = 0; i < event->nrecipients; i++)
		if (strcmp(event->recipients[i], recipient) == 0)
			return true;
	return false;
}

/* A recipient that passed; other lists may have been asked about it before.
 * Beyond those that are kept only their number counts, and is written when it
 * has doubled: Postfix says at DATA how many there are. */
static bool
take_recipient(struct event *event, const struct answer_event *answer)
{
	const char *recipient = answer->request->recipient;
	unsigned long passed = answer->recipients;

	if (has_recipient(event, recipient))
		return false;
	if (event->nrecipients < EVENT_RECIPIENTS_MAX) {
		event->recipients[event->nrecipients++] = recipient;
		event->count = event->nrecipients;
		return true;
	}
	if (passed < 2 * event->count)
		return false;
	event->count = passed;
	return true;
}

/* What Postfix says of the message as a whole. */
static bool
take_count(struct event *event, const char *recipient_count)
{
	unsigned long count = strtoul(recipient_count, NULL, 10);

	if (count == 0 || count == event->count)
		return false;
	event->count = count;
	return true;
}

static void
add_message(struct state *state, const struct answer_event *answer, time_t now)
{
	const struct request *request = answer->request;
	struct entry entry;
	struct event *event = &entry.event;
	bool is_news;

	if (request->instance[0] == '\0')
		return;
	begin(&entry, state, request->sasl_username, EVENT_MESSAGE,
	    request->instance);
	is_news = request->state == STATE_RCPT
	    ? take_recipient(event, answer)
	    : take_count(event, request->recipient_count);
	if (request->queue_id[0] != '\0' &&
	    strcmp(event->second, request->queue_id) != 0) {
		event->second = request->queue_id;
		is_news = true;
	}
	if (is_news || entry.is_new) {
		set_place(&entry, request);
		event->first = request->sender;
		end(&entry, now);
	}
	leave(&entry);
}

static void
add_refusal(struct state *state, const struct answer_event *answer, time_t now)
{
	const struct request *request = answer->request;
	struct strbuf id = { 0 };
	struct entry entry;

	strbuf_addf(&id, "%s %u", request->client_address, answer->step);
	begin(&entry, state, request->sasl_username, EVENT_REFUSAL,
	    strbuf_str(&id));
	set_place(&entry, request);
	entry.event.first = answer->action;
	entry.event.count++;
	end(&entry, now);
	leave(&entry);
	strbuf_free(&id);
}

void
events_add_answer(struct state *state, const struct answer_event *answer,
    time_t now)
{
	const struct request *request = answer->request;

	if (request->sasl_username[0] == '\0')
		return;
	if (!answer->has_passed)
		add_refusal(state, answer, now);
	else if (request->state == STATE_RCPT || request->state == STATE_DATA ||
	    request->state == STATE_END_OF_MESSAGE)
		add_message(state, answer, now);
}

void
events_add_act(struct state *state, const char *login, const char *text,
    time_t now)
{
	struct entry entry;

	begin(&entry, state, login, EVENT_ACT, text);
	entry.event.first = text;
	entry.event.count++;
	end(&entry, now);
	leave(&entry);
}

struct walk {
	const struct strbuf *prefix;
	time_t since;
	struct arena *arena;
	void (*fn)(void *arg, const struct event *);
	void *arg;
};

static void
on_record(void *arg, const struct state_record *record)
{
	const struct walk *walk = arg;
	size_t len = walk->prefix->len;
	struct event event;

	if (record->keylen <= len ||
	    memcmp(record->key, walk->prefix->bytes, len) != 0)
		return;
	decode(&event, record, record->key[len], walk->arena);
	if (event.last >= walk->since)
		walk->fn(walk->arg, &event);
}

void
events_each(struct state *state, const char *login, time_t since,
    struct arena *arena, void (*fn)(void *arg, const struct event *), void *arg)
{
	struct strbuf prefix = { 0 };
	struct walk walk = { &prefix, since, arena, fn, arg };

	strbuf_adds(&prefix, arena_lower(arena, login));
	strbuf_addc(&prefix, '\0');
	state_each(state, STATE_EVENTS, on_record, &walk);
	strbuf_free(&prefix);
}
