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
#include "utf8.h"

#define TEXT_MAX    500 /* bytes that are kept of one text */
#define ENTRY_BYTES 512 /* of a key and its value, as a rule */

static const char letters[EVENT_KINDS] = {
	[EVENT_LOGIN] = 'l',
	[EVENT_MESSAGE] = 'm',
	[EVENT_REFUSAL] = 'r',
	[EVENT_ACT] = 'a',
};

/* Text, shortened, and its NUL. */
static void
add_text(struct strbuf *out, const char *text)
{
	strbuf_add(out, text, strnlen(text, TEXT_MAX));
	strbuf_addc(out, '\0');
}

/* None is below zero. */
static void
add_number(struct strbuf *out, unsigned long number)
{
	strbuf_addu(out, number);
	strbuf_addc(out, '\0');
}

/* The next text of a value; "" behind the last. */
static const char *
next_text(const char **value, const char *end)
{
	const char *text = *value;
	const char *nul = memchr(text, '\0', (size_t)(end - text));

	if (nul == NULL)
		return "";
	*value = nul + 1;
	return text;
}

static unsigned long
next_number(const char **value, const char *end)
{
	const char *text = next_text(value, end);
	unsigned long number = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		number = 10 * number + (unsigned long)(*text - '0');
	return number;
}

/* Texts are borrowed from the record. */
static void
decode(struct event *event, const struct state_record *record, char letter)
{
	const char *value = record->value, *end = value + record->len;
	int kind = 0;

	while (kind < EVENT_KINDS - 1 && letters[kind] != letter)
		kind++;
	*event = (struct event){ .kind = (enum event_kind)kind };
	event->since = (time_t)next_number(&value, end);
	event->last = (time_t)next_number(&value, end);
	event->count = next_number(&value, end);
	event->ip = next_text(&value, end);
	event->place = next_text(&value, end);
	event->first = next_text(&value, end);
	event->second = next_text(&value, end);
	while (value < end && event->nrecipients < EVENT_RECIPIENTS_MAX)
		event->recipients[event->nrecipients++] =
		    next_text(&value, end);
}

/* What one event is about, while it is found and put. */
struct entry {
	struct state *state;
	struct strbuf bytes; /* the key; then the value, too */
	struct state_key key;
	struct event event;
	bool is_new;
};

static void
add_lower(struct strbuf *out, const char *text)
{
	size_t from = out->len;

	strbuf_adds(out, text);
	utf8_lower_ascii(out->bytes + from, text, out->len - from);
}

/* A key without what tells the event from others of its kind: whoever begins
 * adds that to bytes, and finds. */
static void
begin(struct entry *entry, struct state *state, const char *login,
    enum event_kind kind)
{
	*entry = (struct entry){ .state = state };
	entry->event.kind = kind;
	strbuf_reserve(&entry->bytes, ENTRY_BYTES);
	add_lower(&entry->bytes, login);
	strbuf_addc(&entry->bytes, '\0');
	strbuf_addc(&entry->bytes, letters[kind]);
}

/* The event, or a new one. */
static void
find(struct entry *entry)
{
	enum event_kind kind = entry->event.kind;
	struct state_record record;

	entry->key = state_key_of(entry->bytes.bytes, entry->bytes.len);
	entry->is_new =
	    !state_find_key(entry->state, STATE_EVENTS, &entry->key, &record);
	if (entry->is_new)
		entry->event = (struct event){ .kind = kind,
			.first = "",
			.second = "",
			.ip = "",
			.place = "" };
	else
		decode(&entry->event, &record, letters[kind]);
}

static void
end(struct entry *entry, time_t now)
{
	struct event *event = &entry->event;
	struct strbuf *bytes = &entry->bytes;

	event->last = now;
	if (entry->is_new)
		event->since = now;
	add_number(bytes, (unsigned long)event->since);
	add_number(bytes, (unsigned long)event->last);
	add_number(bytes, event->count);
	add_text(bytes, event->ip);
	add_text(bytes, event->place);
	add_text(bytes, event->first);
	add_text(bytes, event->second);
	for (size_t i = 0; i < event->nrecipients; i++)
		add_text(bytes, event->recipients[i]);
	entry->key.bytes = bytes->bytes;
	if (entry->key.len <= STATE_KEY_MAX)
		state_put_key(entry->state, STATE_EVENTS, &entry->key,
		    bytes->bytes + entry->key.len, bytes->len - entry->key.len,
		    now + EVENTS_SECONDS);
}

static void
leave(struct entry *entry)
{
	strbuf_free(&entry->bytes);
}

/* From where.  place: NULL: nobody can tell. */
static void
set_place(struct entry *entry, const char *ip, const char *place)
{
	entry->event.ip = ip;
	entry->event.place = place != NULL ? place : "";
}

void
events_add_login(struct state *state, const struct login_event *login,
    time_t now)
{
	struct request request = { .client_address = login->ip,
		.client_name = "unknown" };
	struct arena arena = { 0 };
	struct entry entry;

	ip_parse(&request.client, login->ip);
	begin(&entry, state, login->user, EVENT_LOGIN);
	strbuf_adds(&entry.bytes, login->ip);
	strbuf_addc(&entry.bytes, ' ');
	strbuf_adds(&entry.bytes, login->mechanism);
	strbuf_addc(&entry.bytes, ' ');
	strbuf_adds(&entry.bytes, login->label);
	find(&entry);
	set_place(&entry, login->ip, client_origin(&request, &arena));
	entry.event.first = login->mechanism;
	entry.event.second = login->label;
	entry.event.count++;
	end(&entry, now);
	leave(&entry);
	arena_free(&arena);
}

static const char *
place_of(const struct answer_event *answer)
{
	return answer->origin != NULL
	    ? answer->origin
	    : client_origin(answer->request, answer->arena);
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
	begin(&entry, state, request->sasl_username, EVENT_MESSAGE);
	strbuf_adds(&entry.bytes, request->instance);
	find(&entry);
	is_news = request->state == STATE_RCPT
	    ? take_recipient(event, answer)
	    : take_count(event, request->recipient_count);
	if (request->queue_id[0] != '\0' &&
	    strcmp(event->second, request->queue_id) != 0) {
		event->second = request->queue_id;
		is_news = true;
	}
	if (is_news || entry.is_new) {
		set_place(&entry, request->client_address, place_of(answer));
		event->first = request->sender;
		end(&entry, now);
	}
	leave(&entry);
}

static void
add_refusal(struct state *state, const struct answer_event *answer, time_t now)
{
	const struct request *request = answer->request;
	struct entry entry;

	begin(&entry, state, request->sasl_username, EVENT_REFUSAL);
	strbuf_addf(&entry.bytes, "%s %u", request->client_address,
	    answer->step);
	find(&entry);
	set_place(&entry, request->client_address, place_of(answer));
	entry.event.first = answer->action;
	entry.event.count++;
	end(&entry, now);
	leave(&entry);
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

	begin(&entry, state, login, EVENT_ACT);
	strbuf_adds(&entry.bytes, text);
	find(&entry);
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
	struct state_record own = *record;
	struct event event;

	if (record->keylen <= len ||
	    memcmp(record->key, walk->prefix->bytes, len) != 0)
		return;
	own.value = memcpy(arena_alloc_unset(walk->arena, record->len),
	    record->value, record->len);
	decode(&event, &own, record->key[len]);
	if (event.last >= walk->since)
		walk->fn(walk->arg, &event);
}

bool
events_each_of_some(struct state *state, const char *login, time_t since,
    size_t *place, struct arena *arena,
    void (*fn)(void *arg, const struct event *), void *arg)
{
	struct strbuf prefix = { 0 };
	struct walk walk = { &prefix, since, arena, fn, arg };
	bool has_more;

	add_lower(&prefix, login);
	strbuf_addc(&prefix, '\0');
	has_more =
	    state_each_of_some(state, STATE_EVENTS, place, on_record, &walk);
	strbuf_free(&prefix);
	return has_more;
}
