/*
 * saslauthd's mux protocol.  A request is judged as the same login by PLAIN.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "half_open.h"
#include "log.h"
#include "mem.h"
#include "saslauthd.h"
#include "watch.h"

#define SECONDS 30 /* for the client to say more */

enum { FIELD_LOGIN, FIELD_PASSWORD, FIELD_SERVICE, FIELD_REALM, FIELDS };

/* Bytes: as in saslauthd, but a password may be as long as in SMTP. */
static const size_t limits[FIELDS] = { 256, CREDENTIAL_PASSWORD_MAX, 256, 256 };
#define REQUEST_MAX 2048 /* all fields, and those of later versions */

/* One request each. */
enum connection_state {
	CONNECTION_READING,
	CONNECTION_JUDGED, /* the conversation has it */
};

struct connection {
	struct saslauthd *all;
	LIST_ENTRY(connection) link;
	enum connection_state state;
	struct bufferevent *stream;
	struct conversation *conv;
};

struct saslauthd {
	const struct login_service *service;
	LIST_HEAD(, connection) connections;
};

static void
connection_free(struct connection *conn)
{
	LIST_REMOVE(conn, link);
	conversation_free(conn->conv);
	bufferevent_free(conn->stream);
	conn->all->service->stats->open_connections--;
	free(conn);
}

/*
 * Send the answer at once, for this turn may be authd's last: there is room
 * for the few bytes, nothing was sent before.  Frees the connection.
 */
static void
answer(struct connection *conn, const char *text)
{
	size_t len = strlen(text);
	struct strbuf counted = { 0 };

	watch_flush(conn->all->service->watch);
	strbuf_addc(&counted, (char)(len >> 8));
	strbuf_addc(&counted, (char)len);
	strbuf_adds(&counted, text);
	if (send(bufferevent_getfd(conn->stream), counted.bytes, counted.len,
		MSG_NOSIGNAL) == -1)
		log_debug("saslauthd: send: %s", strerror(errno));
	strbuf_free(&counted);
	connection_free(conn);
}

static void
on_answer(void *arg, struct conversation *conv, const struct login_answer *said)
{
	struct connection *conn = arg;

	conversation_free(conv);
	conn->conv = NULL;
	answer(conn,
	    said->verdict == VERDICT_OK ? "OK"
		: said->verdict == VERDICT_TEMPFAIL
		? "NO temporary failure"
		: "NO authentication failed");
}

struct field {
	const unsigned char *bytes; /* in the input */
	size_t len;
};

/* The message of PLAIN (RFC 4616) that says the same. */
static void
judge(struct connection *conn, const struct field fields[FIELDS])
{
	const struct field *login = &fields[FIELD_LOGIN];
	const struct field *password = &fields[FIELD_PASSWORD];
	const struct field *realm = &fields[FIELD_REALM];
	struct strbuf plain = { 0 };
	char *service = xstrndup((const char *)fields[FIELD_SERVICE].bytes,
	    fields[FIELD_SERVICE].len);
	struct login_request request = {
		.mechanism = MECHANISM_PLAIN,
		.service = service,
		.final_with_data = true,
	};

	strbuf_reserve(&plain, REQUEST_MAX);
	strbuf_addc(&plain, '\0');
	strbuf_add(&plain, login->bytes, login->len);
	if (realm->len > 0 && memchr(login->bytes, '@', login->len) == NULL) {
		strbuf_addc(&plain, '@');
		strbuf_add(&plain, realm->bytes, realm->len);
	}
	strbuf_addc(&plain, '\0');
	strbuf_add(&plain, password->bytes, password->len);
	conn->state = CONNECTION_JUDGED;
	conn->conv =
	    conversation_new(conn->all->service, &request, on_answer, conn);
	conversation_respond(conn->conv, &plain);
	free(service);
}

/* What is wrong with a request that is whole, for the log; NULL: nothing. */
static const char *
problem_of(const struct field fields[FIELDS])
{
	if (fields[FIELD_LOGIN].len == 0)
		return "no user name";
	if (fields[FIELD_PASSWORD].len == 0)
		return "no password";
	return NULL;
}

/* Frees the connection. */
static void
refuse(struct connection *conn, const char *problem)
{
	log_info("saslauthd: refused a request: %s", problem);
	answer(conn, "NO malformed request");
}

/*
 * Find the fields of a whole request.
 * Returns the bytes it has; 0 while some are missing; -1 when one is too long.
 */
static ssize_t
parse(const unsigned char *input, size_t len, struct field fields[FIELDS])
{
	size_t pos = 0;

	for (size_t i = 0; i < FIELDS; i++) {
		if (len - pos < 2)
			return 0;
		fields[i].len = (size_t)input[pos] << 8 | input[pos + 1];
		fields[i].bytes = input + pos + 2;
		if (fields[i].len > limits[i])
			return -1;
		if (len - pos - 2 < fields[i].len)
			return 0;
		pos += 2 + fields[i].len;
	}
	return (ssize_t)pos;
}

/* May free the connection. */
static void
on_read(struct bufferevent *stream, void *arg)
{
	struct connection *conn = arg;
	struct evbuffer *input = bufferevent_get_input(stream);
	size_t len = evbuffer_get_length(input);
	unsigned char *bytes;
	struct field fields[FIELDS];
	const char *problem;
	ssize_t used;

	if (conn->state != CONNECTION_READING) {
		/* Later versions send a fifth field. */
		evbuffer_drain(input, len);
		return;
	}
	bytes = evbuffer_pullup(input, -1);
	used = parse(bytes, len, fields);
	if (used == 0)
		return;
	problem = used == -1 ? "a field is too long" : problem_of(fields);
	if (problem == NULL)
		judge(conn, fields);
	explicit_bzero(bytes, len);
	evbuffer_drain(input, len);
	if (problem != NULL)
		refuse(conn, problem);
}

static void
on_event(struct bufferevent *stream, short what, void *arg)
{
	struct connection *conn = arg;

	/* A client may close its side when it has said all; that it says
	 * nothing while we are judging is not its fault. */
	if (conn->state == CONNECTION_JUDGED &&
	    ((what & BEV_EVENT_TIMEOUT) != 0 ||
		((what & BEV_EVENT_EOF) != 0 &&
		    half_open(bufferevent_getfd(stream)))))
		return;
	if (conn->conv != NULL)
		conversation_give_up(conn->conv, CONVERSATION_CLOSED);
	connection_free(conn);
}

struct saslauthd *
saslauthd_new(const struct login_service *service)
{
	struct saslauthd *all = xcalloc(1, sizeof *all);

	all->service = service;
	LIST_INIT(&all->connections);
	return all;
}

void
saslauthd_free(struct saslauthd *all)
{
	struct connection *conn;

	if (all == NULL)
		return;
	while ((conn = LIST_FIRST(&all->connections)) != NULL)
		connection_free(conn);
	free(all);
}

void
saslauthd_accept(struct saslauthd *all, int fd)
{
	struct timeval limit = { .tv_sec = SECONDS };
	struct connection *conn = xcalloc(1, sizeof *conn);

	conn->all = all;
	conn->stream = bufferevent_socket_new(all->service->base, fd,
	    BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(conn->stream, on_read, NULL, on_event, conn);
	bufferevent_setwatermark(conn->stream, EV_READ, 0, REQUEST_MAX);
	bufferevent_set_timeouts(conn->stream, &limit, NULL);
	LIST_INSERT_HEAD(&all->connections, conn, link);
	all->service->stats->connections++;
	all->service->stats->open_connections++;
	bufferevent_enable(conn->stream, EV_READ);
}
