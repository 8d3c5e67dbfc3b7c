/*
 * Questions and the connections of a server.
 *
 * A server that is slow keeps its questions: more connections would only make
 * it slower, and proxymap(8) is Postfix's own, too.  When all of them are
 * overdue, the oldest one is given up each second for a new one, which finds
 * out whether others answer again.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "table_service.h"
#include "clock.h"
#include "mem.h"

#define LOSSES_MAX 3 /* of a question */
#define AGAIN_MS   1000

static const struct timeval again_time = { AGAIN_MS / 1000, 0 };

TAILQ_HEAD(question_queue, service_question);

struct place {
	struct table_service *service;
	struct service_connection *connection;
	struct service_question *question; /* NULL: none */
};

struct table_service {
	const struct service_ways *ways;
	struct service_name *name;
	long timeout_ms;
	struct place places[SERVICE_CONNECTIONS_MAX];
	struct question_queue queue;
	struct event *again;
	long given_up;   /* when the last connection was; clock_ms */
	long down_until; /* it could not be reached just now */
	char *down_why;
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

	TAILQ_CONCAT(&queue, &service->queue, next);
	while ((question = TAILQ_FIRST(&queue)) != NULL) {
		TAILQ_REMOVE(&queue, question, next);
		fail(service, question, why);
	}
}

bool
table_service_is_late(const struct table_service *service,
    const struct service_question *question)
{
	return question->since != 0 &&
	    clock_ms() - question->since > service->timeout_ms;
}

/* The connection that is overdue for longest; NULL: none is. */
static struct place *
find_overdue(struct table_service *service)
{
	struct place *oldest = NULL;

	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++) {
		struct place *place = &service->places[i];

		if (place->question != NULL &&
		    table_service_is_late(service, place->question) &&
		    (oldest == NULL ||
			place->question->since < oldest->question->since))
			oldest = place;
	}
	return oldest;
}

/* Give it up; NULL: there is none, or one was given up just now. */
static struct place *
give_up_one(struct table_service *service)
{
	struct place *place = find_overdue(service);
	struct service_question *question;
	long now = clock_ms();

	if (place == NULL || now - service->given_up < AGAIN_MS)
		return NULL;
	service->given_up = now;
	question = place->question;
	place->question = NULL;
	service_connection_close(place->connection);
	fail(service, question, "no answer in time");
	return place;
}

/* Where the next question can go, best to an open connection. */
static struct place *
find_place(struct table_service *service)
{
	struct place *closed = NULL;

	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++) {
		struct place *place = &service->places[i];

		if (place->question != NULL)
			continue;
		switch (service_connection_state(place->connection)) {
		case SERVICE_IDLE:
			return place;
		case SERVICE_CLOSED:
			closed = closed != NULL ? closed : place;
			break;
		case SERVICE_OPENING: /* its question was cancelled */
			return place;
		case SERVICE_BUSY:
			break;
		}
	}
	return closed != NULL ? closed : give_up_one(service);
}

static void
send_question(struct place *place)
{
	place->question->is_sent = true;
	service_connection_ask(place->connection, place->question->table,
	    place->question->key);
}

static bool
is_down(const struct table_service *service)
{
	return clock_ms() < service->down_until;
}

/* Let questions go as far as there are places. */
static void
go_on(struct table_service *service)
{
	struct service_question *question;
	struct place *place;

	while ((question = TAILQ_FIRST(&service->queue)) != NULL &&
	    !is_down(service) && (place = find_place(service)) != NULL) {
		TAILQ_REMOVE(&service->queue, question, next);
		place->question = question;
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
	if (is_down(service))
		fail_all(service, service->down_why);
	else if (question != NULL &&
	    !event_pending(service->again, EV_TIMEOUT, NULL))
		event_add(service->again, &again_time);
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

	if (place->question != NULL)
		send_question(place);
	else
		go_on(place->service);
}

static void
on_answered(void *arg, struct service_answer *given)
{
	struct place *place = arg;
	struct service_question *question = place->question;

	place->question = NULL;
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
	    ++question->losses < LOSSES_MAX) {
		question->is_sent = false;
		question->since = 0;
		TAILQ_INSERT_HEAD(&service->queue, question, next);
	} else if (question != NULL) {
		fail(service, question, why);
	}
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
	TAILQ_INIT(&service->queue);
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
	if (service == NULL)
		return;
	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++)
		service_connection_free(service->places[i].connection);
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

void
table_service_ask(struct table_service *service,
    struct service_question *question)
{
	question->is_sent = false;
	question->losses = 0;
	question->since = 0;
	TAILQ_INSERT_TAIL(&service->queue, question, next);
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
	TAILQ_REMOVE(&service->queue, question, next);
	return true;
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
