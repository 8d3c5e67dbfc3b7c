/*
 * Events as they are told.
 */
#include <stdlib.h>
#include <string.h>

#include "incident.h"
#include "clock.h"
#include "json.h"
#include "mem.h"
#include "printable.h"

struct incident {
	struct state *state;
	struct incident_query query;
	char *login;        /* the query's */
	size_t place;       /* how far events have been looked at */
	struct arena arena; /* of their texts */
	struct event *events;
	size_t n, size;
	struct strbuf suspended; /* "": he is not */
};

static void
collect(void *arg, const struct event *event)
{
	struct incident *incident = arg;

	if (incident->n == incident->size) {
		incident->size = 2 * incident->size + 64;
		incident->events = xreallocarray(incident->events,
		    incident->size, sizeof *incident->events);
	}
	incident->events[incident->n++] = *event;
}

static int
compare(const void *a, const void *b)
{
	const struct event *left = a, *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return left->last == right->last ? 0
	    : left->last > right->last   ? -1
					 : 1;
}

static void
add_time(struct strbuf *out, time_t time)
{
	struct tm tm;
	char text[40];

	if (gmtime_r(&time, &tm) != NULL &&
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		strbuf_adds(out, text);
}

static void
add_text(struct strbuf *out, const char *text)
{
	printable_add(out, text, strlen(text));
}

/* "  2026-11-30T10:00:00Z from 192.0.2.1 (net.example)" */
static void
add_when(struct strbuf *out, const struct event *event)
{
	strbuf_adds(out, "  ");
	if (event->since != event->last) {
		add_time(out, event->since);
		strbuf_adds(out, " to ");
	}
	add_time(out, event->last);
	if (event->ip[0] == '\0')
		return;
	strbuf_addf(out, " from %s", event->ip);
	if (event->place[0] != '\0')
		strbuf_addf(out, " (%s)", event->place);
}

static void
add_login(struct strbuf *out, const struct event *event)
{
	strbuf_addf(out, " by %s", event->first);
	if (event->second[0] != '\0')
		strbuf_addf(out, " with app password %s", event->second);
	if (event->count > 1)
		strbuf_addf(out, ", %lu times", event->count);
}

static void
add_message(struct strbuf *out, const struct event *event)
{
	strbuf_addf(out, " %s <",
	    event->second[0] != '\0' ? event->second : "(no queue id)");
	add_text(out, event->first);
	strbuf_adds(out, "> to");
	for (size_t i = 0; i < event->nrecipients; i++) {
		strbuf_adds(out, i > 0 ? ", <" : " <");
		add_text(out, event->recipients[i]);
		strbuf_addc(out, '>');
	}
	if (event->count > event->nrecipients)
		strbuf_addf(out, "%s%lu%s",
		    event->nrecipients > 0 ? " and " : " ",
		    event->count - event->nrecipients,
		    event->nrecipients > 0 ? " more" : " recipients");
}

static void
add_answer(struct strbuf *out, const struct event *event)
{
	strbuf_addc(out, ' ');
	add_text(out, event->first);
	if (event->count > 1)
		strbuf_addf(out, ", %lu times", event->count);
}

static const struct section {
	const char *title; /* also the name in JSON */
	void (*add)(struct strbuf *out, const struct event *);
} sections[EVENT_KINDS] = {
	[EVENT_LOGIN] = { "logins", add_login },
	[EVENT_MESSAGE] = { "messages", add_message },
	[EVENT_REFUSAL] = { "refusals", add_answer },
	[EVENT_ACT] = { "guard", add_answer },
};

static void
print_text(const struct incident *incident, struct strbuf *out)
{
	strbuf_addf(out, "now   %s\n",
	    incident->suspended.len > 0 ? incident->suspended.bytes
					: "not suspended");
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		bool is_there = false;

		strbuf_addf(out, "%s\n", sections[kind].title);
		for (size_t i = 0; i < incident->n; i++) {
			const struct event *event = &incident->events[i];

			if ((int)event->kind != kind)
				continue;
			add_when(out, event);
			sections[kind].add(out, event);
			strbuf_addc(out, '\n');
			is_there = true;
		}
		if (!is_there)
			strbuf_adds(out, "  none\n");
	}
}

static void
json_time(struct json *json, const char *key, time_t time)
{
	struct strbuf text = { 0 };

	add_time(&text, time);
	json_string(json, key, strbuf_str(&text));
	strbuf_free(&text);
}

/* "" is null. */
static void
json_text(struct json *json, const char *key, const char *text)
{
	json_string(json, key, text[0] != '\0' ? text : NULL);
}

static void
json_message(struct json *json, const struct event *event)
{
	json_text(json, "queue_id", event->second);
	json_string(json, "sender", event->first);
	json_array(json, "recipients");
	for (size_t i = 0; i < event->nrecipients; i++)
		json_string(json, NULL, event->recipients[i]);
	json_end(json);
	json_integer(json, "recipient_count", (long long)event->count);
}

static void
json_event(struct json *json, const struct event *event)
{
	json_object(json, NULL);
	json_time(json, "since", event->since);
	json_time(json, "time", event->last);
	json_text(json, "ip", event->ip);
	json_text(json, "place", event->place);
	switch (event->kind) {
	case EVENT_LOGIN:
		json_string(json, "mech", event->first);
		json_text(json, "label", event->second);
		json_integer(json, "count", (long long)event->count);
		break;
	case EVENT_MESSAGE:
		json_message(json, event);
		break;
	case EVENT_REFUSAL:
	case EVENT_ACT:
		json_string(json, "action", event->first);
		json_integer(json, "count", (long long)event->count);
		break;
	case EVENT_KINDS:
		break;
	}
	json_end(json);
}

static void
print_json(const struct incident *incident, struct strbuf *out)
{
	struct json json = { .out = out };

	json_object(&json, NULL);
	json_text(&json, "suspended", strbuf_str(&incident->suspended));
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		json_array(&json, sections[kind].title);
		for (size_t i = 0; i < incident->n; i++)
			if ((int)incident->events[i].kind == kind)
				json_event(&json, &incident->events[i]);
		json_end(&json);
	}
	json_end(&json);
	strbuf_addc(out, '\n');
}

static void
print_queue_ids(const struct incident *incident, struct strbuf *out)
{
	for (size_t i = 0; i < incident->n; i++)
		if (incident->events[i].kind == EVENT_MESSAGE &&
		    incident->events[i].second[0] != '\0')
			strbuf_addf(out, "%s\n", incident->events[i].second);
}

struct incident *
incident_new(struct state *state, const struct incident_query *query)
{
	struct incident *incident = xcalloc(1, sizeof *incident);

	incident->state = state;
	incident->query = *query;
	incident->login = xstrdup(query->login);
	return incident;
}

bool
incident_collect(struct incident *incident)
{
	return events_each_of_some(incident->state, incident->login,
	    incident->query.since, &incident->place, &incident->arena, collect,
	    incident);
}

void
incident_print(struct incident *incident, struct strbuf *out)
{
	static void (*const forms[])(const struct incident *,
	    struct strbuf *) = {
		[INCIDENT_TEXT] = print_text,
		[INCIDENT_JSON] = print_json,
		[INCIDENT_QUEUE_IDS] = print_queue_ids,
	};
	struct suspension suspension;

	if (suspensions_find(incident->query.suspensions, incident->login,
		&suspension))
		suspension_print(&suspension, clock_now(),
		    &incident->suspended);
	if (incident->n > 0)
		qsort(incident->events, incident->n, sizeof *incident->events,
		    compare);
	forms[incident->query.form](incident, out);
}

void
incident_free(struct incident *incident)
{
	arena_free(&incident->arena);
	strbuf_free(&incident->suspended);
	free(incident->login);
	free(incident->events);
	free(incident);
}
