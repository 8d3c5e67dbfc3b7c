/*
 * Questions and the connections of a server.
 *
 * Each table has a line of its own, and they are served by turns.  A server
 * that is slow keeps its questions: more connections would only make it slower,
 * and proxymap(8) is Postfix's own, too.
 *
 * A table is slow while one of its questions is.  All that are slow have half
 * of the connections, the others are for those that answer.  A process of
 * proxymap(8) serves several connections, one question at a time.  So a table
 * that is slow shares its connections with none, and a question that hangs
 * behind one of another table is asked once more, by a new connection.
 *
 * When all that a slow table may have are overdue, the oldest one is given up
 * each second for a new one, which finds out whether others answer again.  As
 * each leaves a process behind that hangs, and Postfix has a limit of them
 * (default_process_limit), that is done more rarely after a while.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "table_service.h"
#include "clock.h"
#include "mem.h"

#define LOSSES_MAX   3 /* of a question */
#define AGAIN_MS     1000
#define RARELY_MS    20000
#define GIVEN_UP_MAX 16 /* connections, before it is done rarely */
#define SLOW_MS      250
#define APART_MS     5 /* new connections to proxymap(8) */
#define SLOW_MAX     (SERVICE_CONNECTIONS_MAX / 2)

static const struct timeval tick_time = { 0, SLOW_MS * 1000L };
static const struct timeval apart_time = { 0, APART_MS * 1000L };

TAILQ_HEAD(question_queue, service_question);

struct service_line {
	TAILQ_ENTRY(service_line) next;
	struct question_queue queue;
	unsigned given_up; /* connections, since the last answer */
	long gave_up;      /* when; clock_ms */
	char table[];
};

struct place {
	struct table_service *service;
	struct service_connection *connection;
	struct service_question *question; /* NULL: none */
	const struct service_line *line;   /* of the last one; or NULL */
};

struct table_service {
	const struct service_ways *ways;
	struct service_name *name;
	long timeout_ms;
	struct place places[SERVICE_CONNECTIONS_MAX];
	TAILQ_HEAD(, service_line) lines; /* the first is next in turn */
	struct event *again;
	long opened;     /* when the last connection was; clock_ms */
	long down_until; /* it could not be reached just now */
	char *down_why;  /* NULL: it could */
};

static void
answer(struct service_question *question, struct service_answer *answer)
{
	question->answered(question->arg, answer);
}

static void
fail(const struct table_service *service, struct service_question *question,
    const char *why)
{
	struct service_answer failed = { 0 };

	service_answer_fail(&failed, "%s: %s", service->name->server, why);
	answer(question, &failed);
	strbuf_free(&failed.text);
}

static void
fail_all(struct table_service *service, const char *why)
{
	struct question_queue queue = TAILQ_HEAD_INITIALIZER(queue);
	struct service_question *question;
	struct service_line *line;

	TAILQ_FOREACH(line, &service->lines, next)
	TAILQ_CONCAT(&queue, &line->queue, next);
	while ((question = TAILQ_FIRST(&queue)) != NULL) {
		TAILQ_REMOVE(&queue, question, next);
		fail(service, question, why);
	}
}

/* How long its server has had the question. */
static long
age_of(const struct service_question *question)
{
	return question->since != 0 ? clock_ms() - question->since : 0;
}

bool
table_service_is_late(const struct table_service *service,
    const struct service_question *question)
{
	return age_of(question) > service->timeout_ms;
}

static bool
place_is_slow(const struct place *place)
{
	return place->question != NULL && age_of(place->question) > SLOW_MS;
}

static bool
line_is_slow(const struct table_service *service,
    const struct service_line *line)
{
	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++)
		if (place_is_slow(&service->places[i]) &&
		    service->places[i].line == line)
			return true;
	return false;
}

static unsigned
count_slow(const struct table_service *service)
{
	unsigned n = 0;

	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++)
		n += place_is_slow(&service->places[i]);
	return n;
}

/* Close a connection, and take the question that it has. */
static struct service_question *
empty(struct place *place)
{
	struct service_question *question = place->question;

	place->question = NULL;
	service_connection_close(place->connection);
	return question;
}

/* Let a question be the next one of its line. */
static void
put_back(struct service_question *question)
{
	question->is_sent = false;
	question->since = 0;
	TAILQ_INSERT_HEAD(&question->line->queue, question, next);
}

/* The slow question that has waited longest, or least; NULL: there is none. */
static struct place *
find_slow(struct table_service *service, bool is_oldest)
{
	struct place *found = NULL;

	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++) {
		struct place *place = &service->places[i];

		if (place_is_slow(place) &&
		    (found == NULL ||
			(place->question->since < found->question->since) ==
			    is_oldest))
			found = place;
	}
	return found;
}

/* Give up the connection that is overdue for longest; NULL: there is none, or
 * it is not time for that. */
static struct place *
give_up_one(struct table_service *service)
{
	struct place *place = find_slow(service, true);
	struct service_question *question;
	struct service_line *line;
	long now = clock_ms();

	if (place == NULL || !table_service_is_late(service, place->question))
		return NULL;
	line = place->question->line;
	if (line->given_up > 0 &&
	    now - line->gave_up <
		(line->given_up < GIVEN_UP_MAX ? AGAIN_MS : RARELY_MS))
		return NULL;
	line->given_up++;
	line->gave_up = now;
	question = empty(place);
	fail(service, question, "no answer in time");
	return place;
}

/* Slow tables have more than their share, as nobody else wanted it. */
static struct place *
take_from_slow(struct table_service *service)
{
	struct place *place = find_slow(service, false);

	if (count_slow(service) <= SLOW_MAX)
		return NULL;
	put_back(empty(place));
	return place;
}

/* Whether a line may use a connection that has answered before. */
static bool
suits(const struct place *place, const struct service_line *line)
{
	const struct table_service *service = place->service;

	if (TAILQ_FIRST(&line->queue)->was_moved)
		return false;
	return place->line == line ||
	    (!line_is_slow(service, place->line) &&
		!line_is_slow(service, line));
}

/* One that nobody uses (or will: its question was cancelled meanwhile). */
static struct place *
find_open(struct table_service *service, const struct service_line *line)
{
	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++) {
		struct place *place = &service->places[i];

		if (place->question == NULL &&
		    service_connection_state(place->connection) !=
			SERVICE_CLOSED &&
		    suits(place, line))
			return place;
	}
	return NULL;
}

/*
 * Connections to proxymap(8) are opened one after the other, the next one a
 * moment after the last one is there: its process is busy with its question by
 * then, and so another one takes the new connection.
 */
static bool
is_too_soon(const struct table_service *service)
{
	return service->name->protocol == &service_proxymap &&
	    service->opened != 0 && clock_ms() - service->opened < APART_MS;
}

static bool
is_opening(const struct table_service *service)
{
	if (is_too_soon(service))
		return true;
	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++) {
		const struct place *place = &service->places[i];

		if (place->question != NULL && !place_is_slow(place) &&
		    service_connection_state(place->connection) ==
			SERVICE_OPENING)
			return true;
	}
	return false;
}

/* One for a new connection: in place of none, or of one that does not suit. */
static struct place *
find_unused(struct table_service *service)
{
	struct place *unused = NULL;

	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++) {
		struct place *place = &service->places[i];

		if (place->question != NULL)
			continue;
		unused = place;
		if (service_connection_state(place->connection) ==
		    SERVICE_CLOSED)
			break;
	}
	if (unused != NULL)
		service_connection_close(unused->connection);
	return unused;
}

/* Where the next question of a line can go; NULL: nowhere now. */
static struct place *
find_place(struct table_service *service, const struct service_line *line)
{
	bool is_slow = line_is_slow(service, line);
	struct place *place = find_open(service, line);

	if (place != NULL || is_opening(service))
		return place;
	if (!is_slow || count_slow(service) < SLOW_MAX)
		place = find_unused(service);
	if (place == NULL && !is_slow)
		place = take_from_slow(service);
	return place != NULL ? place : give_up_one(service);
}

/* Ask once more what may hang behind a question of another table. */
static void
move_stuck(struct table_service *service)
{
	const struct place *oldest = find_slow(service, true);

	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++) {
		struct place *place = &service->places[i];
		struct service_question *question = place->question;

		if (!place_is_slow(place) || place->line == oldest->line ||
		    !question->is_sent || question->was_moved)
			continue;
		question->was_moved = true;
		put_back(empty(place));
	}
}

static void
send_question(struct place *place)
{
	place->question->is_sent = true;
	service_connection_ask(place->connection, place->question->line->table,
	    place->question->key);
}

/* Give the first question of a line to a place. */
static void
take_turn(struct service_line *line, struct place *place)
{
	struct table_service *service = place->service;
	struct service_question *question = TAILQ_FIRST(&line->queue);

	TAILQ_REMOVE(&line->queue, question, next);
	TAILQ_REMOVE(&service->lines, line, next);
	TAILQ_INSERT_TAIL(&service->lines, line, next);
	place->question = question;
	place->line = line;
	question->since = clock_ms();
	switch (service_connection_state(place->connection)) {
	case SERVICE_IDLE:
		send_question(place);
		break;
	case SERVICE_CLOSED:
		service_connection_open(place->connection);
		break;
	case SERVICE_OPENING:
	case SERVICE_BUSY:
		break;
	}
}

/* The line whose turn it is, and a place for it; NULL: none can go on. */
static struct service_line *
find_turn(struct table_service *service, struct place **place)
{
	struct service_line *line;

	TAILQ_FOREACH(line, &service->lines, next)
	{
		if (TAILQ_EMPTY(&line->queue))
			continue;
		*place = find_place(service, line);
		if (*place != NULL)
			return line;
	}
	return NULL;
}

static bool
is_down(const struct table_service *service)
{
	return service->down_why != NULL && clock_ms() < service->down_until;
}

static bool
has_questions(const struct table_service *service)
{
	const struct service_line *line;

	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++)
		if (service->places[i].question != NULL)
			return true;
	TAILQ_FOREACH(line, &service->lines, next)
	if (!TAILQ_EMPTY(&line->queue))
		return true;
	return false;
}

/* Let questions go as far as there are places. */
static void
go_on(struct table_service *service)
{
	struct service_line *line;
	struct place *place;

	move_stuck(service);
	while (!is_down(service) && (line = find_turn(service, &place)) != NULL)
		take_turn(line, place);
	if (is_down(service))
		fail_all(service, service->down_why);
	if (has_questions(service))
		event_add(service->again,
		    is_too_soon(service) ? &apart_time : &tick_time);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg);
}

static void
go_on_later(struct table_service *service)
{
	event_active(service->again, EV_TIMEOUT, 0);
}

static void
on_opened(void *arg)
{
	struct place *place = arg;
	struct table_service *service = place->service;

	free(service->down_why);
	service->down_why = NULL;
	service->opened = clock_ms();
	if (place->question != NULL)
		send_question(place);
	go_on(service);
}

static void
on_answered(void *arg, struct service_answer *given)
{
	struct place *place = arg;
	struct service_question *question = place->question;

	place->question = NULL;
	question->line->given_up = 0;
	answer(question, given);
	go_on(place->service);
}

static void
remember_refusal(struct table_service *service, const char *why)
{
	free(service->down_why);
	service->down_why = xstrdup(why);
	service->down_until = clock_ms() + AGAIN_MS;
}

static void
on_ended(void *arg, enum service_end how, const char *why)
{
	struct place *place = arg;
	struct table_service *service = place->service;
	struct service_question *question = place->question;

	place->question = NULL;
	if (how == SERVICE_REFUSED)
		remember_refusal(service, why);
	if (question != NULL && how == SERVICE_LOST &&
	    ++question->losses < LOSSES_MAX)
		put_back(question);
	else if (question != NULL)
		fail(service, question, why);
	go_on_later(service);
}

static const struct service_handlers handlers = { on_opened, on_answered,
	on_ended };

struct table_service *
table_service_new(const struct service_ways *ways,
    const struct service_name *name, long timeout_ms)
{
	struct table_service *service = xcalloc(1, sizeof *service);

	service->ways = ways;
	service->name = service_name_copy(name);
	service->timeout_ms = timeout_ms;
	TAILQ_INIT(&service->lines);
	service->again = event_new(ways->base, -1, 0, on_again, service);
	if (service->again == NULL)
		abort();
	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++) {
		struct place *place = &service->places[i];

		place->service = service;
		place->connection = service_connection_new(ways, service->name,
		    &handlers, place);
	}
	return service;
}

void
table_service_free(struct table_service *service)
{
	struct service_line *line;

	if (service == NULL)
		return;
	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++)
		service_connection_free(service->places[i].connection);
	while ((line = TAILQ_FIRST(&service->lines)) != NULL) {
		TAILQ_REMOVE(&service->lines, line, next);
		free(line);
	}
	event_free(service->again);
	table_service_name_free(service->name);
	free(service->down_why);
	free(service);
}

const char *
table_service_server(const struct table_service *service)
{
	return service->name->server;
}

void
table_service_set_timeout(struct table_service *service, long timeout_ms)
{
	service->timeout_ms = timeout_ms;
}

void
table_service_set_addresses(struct table_service *service,
    const struct service_name *name)
{
	service->name->naddresses = name->naddresses;
	memcpy(service->name->addresses, name->addresses,
	    sizeof name->addresses);
}

struct service_line *
table_service_line(struct table_service *service, const char *table)
{
	size_t size = strlen(table) + 1;
	struct service_line *line;

	TAILQ_FOREACH(line, &service->lines, next)
	if (strcmp(line->table, table) == 0)
		return line;
	line = xcalloc(1, sizeof *line + size);
	TAILQ_INIT(&line->queue);
	memcpy(line->table, table, size);
	TAILQ_INSERT_TAIL(&service->lines, line, next);
	return line;
}

void
table_service_ask(struct table_service *service,
    struct service_question *question)
{
	question->is_sent = question->was_moved = false;
	question->losses = 0;
	question->since = 0;
	TAILQ_INSERT_TAIL(&question->line->queue, question, next);
	go_on_later(service);
}

bool
table_service_cancel(struct table_service *service,
    struct service_question *question)
{
	if (question->is_sent)
		return false;
	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++) {
		struct place *place = &service->places[i];

		if (place->question == question) { /* it is being opened */
			place->question = NULL;
			return true;
		}
	}
	TAILQ_REMOVE(&question->line->queue, question, next);
	return true;
}

const char *
table_service_problem(const struct table_service *service)
{
	return service->down_why;
}

unsigned
table_service_connections(const struct table_service *service)
{
	unsigned n = 0;

	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++)
		n += service_connection_state(service->places[i].connection) !=
		    SERVICE_CLOSED;
	return n;
}
