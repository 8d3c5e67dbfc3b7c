/*
 * Dovecot authentication protocol, auth-client side, version 1.2: bytes,
 * lines, the handshake and the numbering of requests.  What a login is worth
 * is decided elsewhere.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "auth_client.h"
#include "auth_answer.h"
#include "auth_line.h"
#include "auth_request.h"
#include "half_open.h"
#include "log.h"
#include "mem.h"
#include "watch.h"

#define LINE_LIMIT    16384 /* bytes, LF included */
#define READ_SIZE     4096  /* bytes at a time */
#define REQUEST_LIMIT 1000  /* at a time, per connection */
#define TOTAL_LIMIT   5000  /* of all connections together */
#define UNREAD_LIMIT  65536 /* bytes of answers that wait for the client */
#define OUTPUT_KEPT   4096  /* bytes of memory for the next answers */
#define LINE_SECONDS  30    /* for a line to become whole, and for VERSION */
#define GONE_SECONDS  1     /* between looks at a client that is not read */

enum connection_state {
	CONNECTION_GREETED, /* we wait for VERSION */
	CONNECTION_OPEN,
};

struct connection {
	struct auth_clients *all;
	LIST_ENTRY(connection) link;
	enum connection_state state;
	int fd;
	struct event *readable; /* pending while we want to hear more */
	struct event *writable; /* pending while output has to wait */
	struct event *patience; /* while a line is not whole, or not wanted */
	struct evbuffer *input; /* what is no whole line yet, or has to wait */
	struct strbuf output;
	unsigned long number;
	uint32_t minor;  /* of the client's version */
	uint32_t pid;    /* as the client says; 0: not said */
	bool is_leaving; /* to be closed when nothing is going on */
	bool is_silent;  /* the client will say no more */
	struct auth_requests requests;
};

struct auth_clients {
	const struct login_service *service;
	unsigned long naccepted;
	size_t nrequests;
	LIST_HEAD(, connection) connections;
};

static bool
has_output(const struct connection *conn)
{
	return conn->output.len > 0;
}

/* The first bytes of the output are gone, or are for nobody. */
static void
drop_output(struct connection *conn, size_t len)
{
	struct strbuf *output = &conn->output;
	size_t left = output->len - len;

	memmove(output->bytes, output->bytes + len, left);
	strbuf_truncate(output, left);
	if (left == 0 && output->size > OUTPUT_KEPT)
		strbuf_free(output);
}

/*
 * Write what can be written now.  An error is left to reading, which sees it
 * too and may free the connection.
 */
static void
flush(struct connection *conn)
{
	/* Who has logged in must not be faster than what is told of it. */
	watch_flush(conn->all->service->watch);
	while (has_output(conn)) {
		ssize_t n =
		    write(conn->fd, conn->output.bytes, conn->output.len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			event_add(conn->writable, NULL);
			return;
		}
		drop_output(conn, n == -1 ? conn->output.len : (size_t)n);
	}
}

static void
connection_free(struct connection *conn)
{
	flush(conn);
	auth_requests_clear(&conn->requests);
	LIST_REMOVE(conn, link);
	conn->all->service->stats->open_connections--;
	event_free(conn->readable);
	event_free(conn->writable);
	event_free(conn->patience);
	evbuffer_free(conn->input);
	strbuf_free(&conn->output);
	close(conn->fd);
	free(conn);
}

/* It ends before its time. */
static void
connection_lose(struct connection *conn)
{
	auth_requests_lose(&conn->requests);
	connection_free(conn);
}

/* Where whole lines are added to.  They leave together with all that is ready
 * when the loop comes by. */
static struct strbuf *
output_of(struct connection *conn)
{
	if (!has_output(conn))
		event_active(conn->writable, EV_WRITE, 0);
	return &conn->output;
}

/* What the client said is no login, and code (or NULL) has why. */
static void
send_fail(struct connection *conn, uint32_t id, const char *code)
{
	auth_answer_fail(output_of(conn), id, NULL, code, NULL);
}

/*
 * Postfix and Exim (1.0), chasquid (1.1) take every FAIL for a wrong password,
 * but a lost connection for what it is.
 * Returns 0, or -1 when the connection is to be closed.
 */
static int
send_tempfail(struct connection *conn, uint32_t id)
{
	if (conn->minor < 2)
		return -1;
	auth_answer_tempfail(output_of(conn), id);
	return 0;
}

static bool
may_take_line(const struct connection *conn)
{
	return conn->output.len <= UNREAD_LIMIT &&
	    (conn->requests.count < REQUEST_LIMIT ||
		auth_requests_find_idle(&conn->requests) != NULL);
}

/* An idle one of the connection with most requests; NULL: there is none. */
static struct auth_request *
find_idle_of_all(const struct auth_clients *all)
{
	struct connection *conn;
	struct auth_request *idle, *found = NULL;

	LIST_FOREACH(conn, &all->connections, link)
	{
		idle = auth_requests_find_idle(&conn->requests);
		if (idle != NULL &&
		    (found == NULL || conn->requests.count > found->all->count))
			found = idle;
	}
	return found;
}

/* Make room for one request more.  Returns false when there is none. */
static bool
make_room(struct connection *conn)
{
	struct auth_request *idle;
	bool is_full = conn->requests.count == REQUEST_LIMIT;

	if (!is_full && conn->all->nrequests < TOTAL_LIMIT)
		return true;
	idle = is_full ? auth_requests_find_idle(&conn->requests)
		       : find_idle_of_all(conn->all);
	if (idle == NULL)
		return false;
	auth_request_give_up(idle, CONVERSATION_PUSHED_OUT);
	return true;
}

static int
protocol_error(const struct connection *conn, const char *what)
{
	log_warn("connection %lu: %s; closed", conn->number, what);
	return -1;
}

/*
 * Commands.  args: what follows the command word, or NULL.
 * Return 0, or -1 when the connection is to be closed.
 */
static int
on_version(struct connection *conn, char *args)
{
	uint32_t major, minor;

	if (conn->state == CONNECTION_OPEN)
		return 0;
	if (!auth_line_number(auth_line_next(&args), &major) ||
	    !auth_line_number(auth_line_next(&args), &minor))
		return protocol_error(conn, "VERSION without two numbers");
	if (major != AUTH_VERSION_MAJOR)
		return protocol_error(conn, "client speaks another protocol");
	conn->minor = minor;
	conn->state = CONNECTION_OPEN;
	return 0;
}

static int
on_cpid(struct connection *conn, char *args)
{
	if (!auth_line_number(auth_line_next(&args), &conn->pid))
		log_warn("connection %lu: CPID without a number", conn->number);
	return 0;
}

static void
log_unserved(const struct auth_line *line, enum login_result result,
    const char *reason)
{
	struct strbuf text = { 0 }, address = { 0 };

	ip_print(&line->client, &address);
	strbuf_adds(&text, "login:");
	log_field(&text, "user", "");
	log_field(&text, "mech", line->mechanism);
	log_field(&text, "service", line->service);
	log_field(&text, "ip", strbuf_str(&address));
	log_field(&text, "result", login_result_name(result));
	log_field(&text, "reason", reason);
	strbuf_adds(&text, " ms=0");
	log_info("%s", strbuf_str(&text));
	strbuf_free(&text);
	strbuf_free(&address);
}

/* What happens next is decided when the loop comes by: on_readable. */
static void
look_again(struct connection *conn)
{
	if (conn->is_leaving ||
	    event_pending(conn->readable, EV_READ, NULL) == 0)
		event_active(conn->readable, EV_TIMEOUT, 0);
}

/* A conversation speaks.  May free the connection. */
static void
on_answer(void *arg, struct conversation *conv,
    const struct login_answer *answer)
{
	struct auth_request *request = arg;
	struct connection *conn = request->all->owner;

	(void)conv;
	switch (answer->verdict) {
	case VERDICT_CHALLENGE:
		auth_answer_challenge(output_of(conn), request->id,
		    answer->data, answer->len);
		return;
	case VERDICT_OK:
		auth_answer_ok(output_of(conn), request->id, answer->user,
		    answer->data, answer->len);
		break;
	case VERDICT_FAIL:
		auth_answer_fail(output_of(conn), request->id, answer->user,
		    NULL, answer->why);
		break;
	case VERDICT_TEMPFAIL:
		if (send_tempfail(conn, request->id) == -1) {
			auth_request_free(request);
			connection_lose(conn);
			return;
		}
		break;
	case VERDICT_TIMEOUT:
		break;
	}
	auth_request_free(request);
	look_again(conn);
}

static struct conversation *
begin(struct connection *conn, const struct auth_line *line,
    enum mechanism mechanism)
{
	struct auth_request *request =
	    auth_requests_add(&conn->requests, line->id);
	struct login_request login = {
		.mechanism = mechanism,
		.service = line->service,
		.client = line->client,
		.no_penalty = line->no_penalty,
		.final_with_data = line->final_with_data,
	};

	request->conv =
	    conversation_new(conn->all->service, &login, on_answer, request);
	return request->conv;
}

static int
on_auth(struct connection *conn, char *args)
{
	struct auth_line line;
	enum mechanism mechanism;
	struct strbuf response = { 0 };
	bool has_response;

	if (!auth_line_parse(&line, args))
		return protocol_error(conn, "AUTH without a number");
	if (auth_requests_find(&conn->requests, line.id) != NULL)
		return protocol_error(conn, "AUTH with a number in use");
	mechanism = mechanism_parse(line.mechanism, strlen(line.mechanism));
	if (mechanism == MECHANISMS ||
	    !authd_config_offers(&conn->all->service->rules->config,
		mechanism)) {
		log_unserved(&line, LOGIN_FAIL, "mechanism not offered");
		send_fail(conn, line.id, NULL);
		return 0;
	}
	if (!make_room(conn)) {
		log_unserved(&line, LOGIN_TEMPFAIL,
		    "too many logins are going on");
		return send_tempfail(conn, line.id);
	}
	has_response = line.response != NULL &&
	    (*line.response != '\0' || conn->minor >= 2);
	if (has_response &&
	    !auth_line_initial_response(line.response, &response)) {
		log_unserved(&line, LOGIN_FAIL,
		    "initial response is not base64");
		send_fail(conn, line.id, "invalid_base64");
	} else {
		conversation_respond(begin(conn, &line, mechanism),
		    has_response ? &response : NULL);
	}
	strbuf_wipe(&response);
	return 0;
}

/* The client answered a challenge. */
static void
take_response(struct auth_request *request, const char *base64)
{
	struct strbuf response = { 0 };

	if (base64 != NULL && auth_line_response(base64, &response)) {
		conversation_respond(request->conv, &response);
	} else {
		conversation_log_refusal(request->conv,
		    "response is not base64");
		send_fail(request->all->owner, request->id, "invalid_base64");
		auth_request_free(request);
	}
	strbuf_wipe(&response);
}

static int
on_cont(struct connection *conn, char *args)
{
	struct auth_request *request;
	const char *base64;
	uint32_t id;

	if (!auth_line_number(auth_line_next(&args), &id))
		return protocol_error(conn, "CONT without a number");
	base64 = auth_line_next(&args);
	request = auth_requests_find(&conn->requests, id);
	if (request == NULL) { /* perhaps it took too long */
		send_fail(conn, id, NULL);
		return 0;
	}
	switch (conversation_state(request->conv)) {
	case CONVERSATION_CLIENT:
	case CONVERSATION_FINAL:
		take_response(request, base64);
		break;
	case CONVERSATION_NEW:
	case CONVERSATION_STEP:
	case CONVERSATION_HASH:
	case CONVERSATION_ACCEPTED:
		conversation_spoil(request->conv);
		break;
	case CONVERSATION_DELAY:
		break; /* the answer is on its way */
	}
	return 0;
}

static int
on_cancel(struct connection *conn, char *args)
{
	struct auth_request *request;
	uint32_t id;

	if (!auth_line_number(auth_line_next(&args), &id))
		return protocol_error(conn, "CANCEL without a number");
	request = auth_requests_find(&conn->requests, id);
	if (request != NULL)
		auth_request_give_up(request, CONVERSATION_CANCELLED);
	return 0;
}

static const struct command {
	const char *name;
	unsigned states; /* of the connection, where it is legal */
	int (*handle)(struct connection *, char *args);
} commands[] = {
	{ "VERSION", 1U << CONNECTION_GREETED | 1U << CONNECTION_OPEN,
	    on_version },
	{ "CPID", 1U << CONNECTION_OPEN, on_cpid },
	{ "AUTH", 1U << CONNECTION_OPEN, on_auth },
	{ "CONT", 1U << CONNECTION_OPEN, on_cont },
	{ "CANCEL", 1U << CONNECTION_OPEN, on_cancel },
};

/* Returns 0, or -1 when the connection is to be closed. */
static int
take_line(struct connection *conn, char *line)
{
	const char *name = auth_line_next(&line);

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		const struct command *command = &commands[i];

		if (strcmp(name, command->name) == 0 &&
		    (command->states & 1U << conn->state) != 0)
			return command->handle(conn, line);
	}
	if (conn->state == CONNECTION_GREETED)
		return protocol_error(conn, "the first line is not VERSION");
	return 0; /* one odd command must not cost a shared connection */
}

/*
 * Take the line, LF at its end.
 * Returns 0, or -1 when the connection is to be closed.
 */
static int
take_whole_line(struct connection *conn, char *line, size_t len)
{
	int result;

	if (len > LINE_LIMIT)
		return protocol_error(conn, "line too long");
	line[len - 1] = '\0';
	if (len >= 2 && line[len - 2] == '\r')
		line[len - 2] = '\0';
	event_del(conn->patience); /* the next line has its own time */
	result = take_line(conn, line);
	explicit_bzero(line, len);
	return result;
}

/*
 * Take the first line of what waits, if it is whole.
 * Returns 1, or 0 when there is none, or -1 when the connection is to be
 * closed.
 */
static int
take_input(struct connection *conn)
{
	struct evbuffer *input = conn->input;
	struct evbuffer_ptr end = evbuffer_search(input, "\n", 1, NULL);
	size_t len;
	int result;

	if (end.pos == -1) {
		if (evbuffer_get_length(input) < LINE_LIMIT)
			return 0;
		return protocol_error(conn, "line too long");
	}
	len = (size_t)end.pos + 1;
	result = take_whole_line(conn,
	    (char *)evbuffer_pullup(input, (ssize_t)len), len);
	evbuffer_drain(input, len);
	return result == -1 ? -1 : 1;
}

/* Take the lines that are whole; the rest waits in input.  As take_input. */
static int
take_bytes(struct connection *conn, char *bytes, size_t len)
{
	int result = 0;
	char *lf;

	while (result == 0 && evbuffer_get_length(conn->input) == 0 &&
	    may_take_line(conn) && (lf = memchr(bytes, '\n', len)) != NULL) {
		size_t taken = (size_t)(lf + 1 - bytes);

		result = take_whole_line(conn, bytes, taken);
		bytes += taken;
		len -= taken;
	}
	if (len > 0 && evbuffer_add(conn->input, bytes, len) == -1)
		abort(); /* out of memory */
	explicit_bzero(bytes, len);
	return result;
}

/* Returns 0, or -1 when the connection is to be closed. */
static int
receive(struct connection *conn)
{
	char bytes[READ_SIZE];
	ssize_t n = read(conn->fd, bytes, sizeof bytes);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n > 0)
		return take_bytes(conn, bytes, (size_t)n);
	conn->is_silent = conn->is_leaving = true;
	return half_open(conn->fd) ? 0 : -1;
}

/* Once VERSION was said, nothing is owed to us but the end of a line. */
static void
watch_patience(struct connection *conn)
{
	struct timeval limit = { .tv_sec = LINE_SECONDS };

	if (conn->state == CONNECTION_OPEN &&
	    evbuffer_get_length(conn->input) == 0)
		event_del(conn->patience);
	else if (event_pending(conn->patience, EV_TIMEOUT, NULL) == 0)
		event_add(conn->patience, &limit);
}

/* What is not read is not known to have gone: its logins would be worked on
 * for nobody. */
static void
stop_reading(struct connection *conn)
{
	struct timeval interval = { .tv_sec = GONE_SECONDS };

	event_del(conn->readable);
	event_add(conn->patience, &interval);
}

/* Bytes came, or (EV_TIMEOUT) something else has changed.  May free the
 * connection. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *conn = arg;
	int taken = 0;

	(void)fd;
	/* What was said before we leave is heard. */
	if ((what & EV_READ) != 0 || (conn->is_leaving && may_take_line(conn)))
		taken = receive(conn);
	if (taken == 0)
		while (may_take_line(conn) && (taken = take_input(conn)) == 1)
			;
	if (taken == -1) {
		connection_lose(conn);
	} else if (conn->is_leaving && conn->requests.count == 0 &&
	    !has_output(conn)) {
		connection_free(conn);
	} else if (may_take_line(conn) && !conn->is_silent) {
		event_add(conn->readable, NULL);
		watch_patience(conn);
	} else {
		stop_reading(conn);
	}
}

static void
on_impatience(evutil_socket_t fd, short what, void *arg)
{
	struct connection *conn = arg;

	(void)fd;
	(void)what;
	if (event_pending(conn->readable, EV_READ, NULL) != 0) {
		protocol_error(conn, "no whole line for too long");
		connection_lose(conn);
	} else if (half_open(conn->fd)) {
		stop_reading(conn);
	} else {
		connection_lose(conn);
	}
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *conn = arg;

	(void)fd;
	(void)what;
	flush(conn);
	if (!has_output(conn))
		look_again(conn);
}

struct auth_clients *
auth_clients_new(const struct login_service *service)
{
	struct auth_clients *all = xcalloc(1, sizeof *all);

	all->service = service;
	LIST_INIT(&all->connections);
	return all;
}

void
auth_clients_free(struct auth_clients *all)
{
	struct connection *conn;

	if (all == NULL)
		return;
	while ((conn = LIST_FIRST(&all->connections)) != NULL)
		connection_free(conn);
	free(all);
}

void
auth_clients_accept(struct auth_clients *all, int fd)
{
	struct connection *conn = xcalloc(1, sizeof *conn);

	conn->all = all;
	conn->number = ++all->naccepted;
	auth_requests_init(&conn->requests, &all->nrequests, conn);
	conn->fd = fd;
	conn->readable = event_new(all->service->base, fd, EV_READ | EV_PERSIST,
	    on_readable, conn);
	conn->writable =
	    event_new(all->service->base, fd, EV_WRITE, on_writable, conn);
	conn->patience = evtimer_new(all->service->base, on_impatience, conn);
	conn->input = evbuffer_new();
	LIST_INSERT_HEAD(&all->connections, conn, link);
	all->service->stats->connections++;
	all->service->stats->open_connections++;
	auth_answer_greeting(output_of(conn), &all->service->rules->config,
	    conn->number);
	event_add(conn->readable, NULL);
	watch_patience(conn);
}

void
auth_clients_retire(struct auth_clients *all)
{
	struct connection *conn;

	LIST_FOREACH(conn, &all->connections, link)
	{
		conn->is_leaving = true;
		look_again(conn);
	}
}

void
auth_clients_print(const struct auth_clients *all, struct strbuf *out)
{
	const struct connection *conn;

	LIST_FOREACH(conn, &all->connections, link)
	{
		strbuf_addf(out, "connection %lu: pid=%u logins=%zu\n",
		    conn->number, conn->pid, conn->requests.count);
		auth_requests_print(&conn->requests, out);
	}
}
