/*
 * Readers of what happens.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "watch.h"
#include "control.h"
#include "mem.h"
#include "nearest.h"

#define BATCH_MAX 16384 /* bytes; more are written at once */

/* What the other daemon goes by: a client may have logged in and be at its
 * first recipient long before a batch is full.  People can wait. */
#define URGENT                                                                 \
	(1U << WATCH_SUSPENDED | 1U << WATCH_RESUMED | 1U << WATCH_LOCK |      \
	    1U << WATCH_LOGIN | 1U << WATCH_CHANGED)

struct reader {
	struct watch *watch;
	struct control_request *request;
	unsigned wanted; /* bit set of events */
	bool is_peer;    /* it goes by what is URGENT */
	bool is_urgent;  /* its next step must wait for the batch */
	size_t queue_max;
	struct strbuf batch; /* that is written next */
	LIST_ENTRY(reader) link;
};

struct watch {
	void (*tell_present)(void *arg);
	void *arg;
	LIST_HEAD(, reader) readers;
	size_t nreaders;
	unsigned wanted; /* by any of them */
	bool is_present; /* what is written is for the beginner only */
	struct reader *beginner;

	struct event *flush; /* is set while a batch waits */
	struct event *turn;  /* its end; while one is urgent */
	bool is_urgent;      /* one of them */

	enum watch_event event; /* that is being written */
	struct strbuf line;
	struct json json;
};

static const char *const names[WATCH_EVENTS] = {
	[WATCH_SUSPENDED] = "suspended",
	[WATCH_RESUMED] = "resumed",
	[WATCH_LOCK] = "lock",
	[WATCH_PLACE] = "place",
	[WATCH_LIMIT] = "limit",
	[WATCH_LOGIN] = "login",
	[WATCH_CHANGED] = "changed",
	[WATCH_DECISION] = "decision",
	[WATCH_LIST] = "list",
};

const char *
watch_event_name(enum watch_event event)
{
	return names[event];
}

bool
watch_event_find(const char *name, enum watch_event *event)
{
	for (int i = 0; i < WATCH_EVENTS; i++) {
		if (strcmp(names[i], name) == 0) {
			*event = (enum watch_event)i;
			return true;
		}
	}
	return false;
}

int
watch_add_name(struct strbuf *out, const char *name, struct strbuf *err)
{
	struct nearest nearest;
	enum watch_event event;

	if (watch_event_find(name, &event)) {
		strbuf_addf(out, "%s ", name);
		return 0;
	}
	nearest_init(&nearest, name);
	for (int i = 0; i < WATCH_EVENTS; i++)
		nearest_offer(&nearest, names[i]);
	strbuf_addf(err, "unknown event \"%s\"%s", name,
	    nearest.best != NULL ? nearest_hint(&nearest) : ", known:");
	for (int i = 0; nearest.best == NULL && i < WATCH_EVENTS; i++)
		strbuf_addf(err, " %s", names[i]);
	strbuf_addc(err, '\n');
	return -1;
}

static void
flush(struct reader *reader)
{
	control_send(reader->request, reader->batch.bytes, reader->batch.len);
	strbuf_truncate(&reader->batch, 0);
	reader->is_urgent = false;
}

static void
on_flush(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;
	struct reader *reader;

	(void)fd;
	(void)what;
	LIST_FOREACH(reader, &watch->readers, link)
	if (reader->batch.len > 0)
		flush(reader);
}

void
watch_flush(struct watch *watch)
{
	struct reader *reader;

	if (watch == NULL || !watch->is_urgent)
		return;
	LIST_FOREACH(reader, &watch->readers, link)
	if (reader->is_urgent)
		flush(reader);
	watch->is_urgent = false;
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	watch_flush(arg);
}

struct watch *
watch_new(struct event_base *base, void (*tell_present)(void *arg), void *arg)
{
	struct watch *watch = xcalloc(1, sizeof *watch);

	watch->tell_present = tell_present;
	watch->arg = arg;
	watch->flush = evtimer_new(base, on_flush, watch);
	watch->turn = evtimer_new(base, on_turn, watch);
	if (watch->flush == NULL || watch->turn == NULL)
		abort();
	LIST_INIT(&watch->readers);
	return watch;
}

static void
reader_free(struct reader *reader)
{
	struct watch *watch = reader->watch;
	struct reader *other;

	if (watch->beginner == reader)
		watch->beginner = NULL;
	LIST_REMOVE(reader, link);
	watch->nreaders--;
	watch->wanted = 0;
	LIST_FOREACH(other, &watch->readers, link)
	watch->wanted |= other->wanted;
	strbuf_free(&reader->batch);
	free(reader);
}

void
watch_free(struct watch *watch)
{
	if (watch == NULL)
		return;
	while (!LIST_EMPTY(&watch->readers))
		reader_free(LIST_FIRST(&watch->readers));
	event_free(watch->flush);
	event_free(watch->turn);
	strbuf_free(&watch->line);
	free(watch);
}

bool
watch_wants(const struct watch *watch, enum watch_event event)
{
	return watch != NULL && (watch->wanted & 1U << event) != 0;
}

static void
begin_line(struct watch *watch, const char *name)
{
	strbuf_truncate(&watch->line, 0);
	watch->json = (struct json){ .out = &watch->line };
	json_object(&watch->json, NULL);
	json_string(&watch->json, "event", name);
}

static void
end_line(struct watch *watch)
{
	json_end(&watch->json);
	strbuf_addc(&watch->line, '\n');
}

/* What it has not read yet is still sent, then that there was more. */
static void
cut(struct reader *reader)
{
	static const char last[] =
	    "{\"event\":\"cut\",\"reason\":\"the reader is too slow\"}\n";
	struct control_request *request = reader->request;

	flush(reader);
	reader_free(reader);
	control_answer_last(request, last);
}

/* It is told at the end of this turn at the latest. */
static void
hurry(struct reader *reader)
{
	struct watch *watch = reader->watch;

	if (!watch->is_urgent)
		event_active(watch->turn, EV_TIMEOUT, 0);
	watch->is_urgent = reader->is_urgent = true;
}

static void
give(struct reader *reader)
{
	static const struct timeval soon = { .tv_usec = WATCH_MS * 1000 };
	struct watch *watch = reader->watch;
	const struct strbuf *line = &watch->line;

	if (control_unsent(reader->request) + reader->batch.len + line->len >
	    reader->queue_max) {
		cut(reader);
		return;
	}
	strbuf_add(&reader->batch, line->bytes, line->len);
	if (reader->batch.len >= BATCH_MAX)
		flush(reader);
	else if (reader->is_peer && (URGENT & 1U << watch->event) != 0)
		hurry(reader);
	else if (!evtimer_pending(watch->flush, NULL))
		evtimer_add(watch->flush, &soon);
}

struct json *
watch_begin(struct watch *watch, enum watch_event event)
{
	watch->event = event;
	begin_line(watch, names[event]);
	return &watch->json;
}

void
watch_end(struct watch *watch)
{
	struct reader *reader, *next;
	unsigned bit = 1U << watch->event;

	end_line(watch);
	if (watch->is_present) {
		reader = watch->beginner;
		if (reader != NULL && (reader->wanted & bit) != 0)
			give(reader);
		return;
	}
	for (reader = LIST_FIRST(&watch->readers); reader != NULL;
	     reader = next) {
		next = LIST_NEXT(reader, link);
		if ((reader->wanted & bit) != 0)
			give(reader);
	}
}

static void
on_gone(void *arg)
{
	struct reader *reader = arg;
	struct control_request *request = reader->request;

	reader_free(reader);
	control_answer(request, "");
}

/* The events that words name; none: all. */
static void
read_names(struct reader *reader, const char *args)
{
	char *words = xstrdup(args), *rest = words, *word;
	enum watch_event event;

	if (args[0] == '\0')
		reader->wanted = (1U << WATCH_EVENTS) - 1;
	while ((word = strsep(&rest, " \t")) != NULL) {
		if (watch_event_find(word, &event))
			reader->wanted |= 1U << event;
		else if (strcmp(word, WATCH_PEER) == 0)
			reader->is_peer = true;
	}
	free(words);
}

/* However many people watch, the other daemon finds a place. */
static bool
has_place_for(const struct watch *watch, const struct reader *reader)
{
	size_t places = WATCH_READERS_MAX;

	if (reader->is_peer)
		places += WATCH_PEERS_MAX;
	return watch->nreaders < places;
}

void
watch_run(struct watch *watch, struct control_request *request,
    const char *args)
{
	struct reader *reader = xcalloc(1, sizeof *reader);

	reader->watch = watch;
	reader->request = request;
	read_names(reader, args);
	if (!has_place_for(watch, reader)) {
		free(reader);
		control_answer_last(request, "error: too many watch already");
		return;
	}
	reader->queue_max = WATCH_PRESENT_MAX;
	LIST_INSERT_HEAD(&watch->readers, reader, link);
	watch->nreaders++;
	watch->wanted |= reader->wanted;
	control_begin_stream(request, on_gone, reader);
	watch->is_present = true;
	watch->beginner = reader;
	watch->tell_present(watch->arg);
	if (watch->beginner != NULL) {
		begin_line(watch, "present");
		end_line(watch);
		give(reader);
	}
	if (watch->beginner != NULL)
		reader->queue_max = control_unsent(reader->request) +
		    reader->batch.len + WATCH_QUEUE_MAX;
	watch->beginner = NULL;
	watch->is_present = false;
}
