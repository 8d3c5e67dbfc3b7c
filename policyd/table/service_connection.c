/*
 * Bytes to and from a server that has tables.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "service_connection.h"
#include "mem.h"
#include "proxymap_door.h"

#define READ_SIZE 16384

/* As ipc_idle of Postfix: a proxymap process that nobody uses may end. */
static const struct timeval idle_time = { 5, 0 };
static const struct timeval connect_time = { 5, 0 };

struct service_connection {
	const struct service_ways *ways;
	const struct service_name *name;
	const struct service_handlers *handlers;
	void *arg;
	enum service_connection_state state;
	size_t next_address; /* to be tried */
	int fd;              /* -1: none */
	struct event *on_read, *on_write;
	struct strbuf in, out;
	size_t written; /* of out */
	bool is_greeted;
};

struct service_connection *
service_connection_new(const struct service_ways *ways,
    const struct service_name *name, const struct service_handlers *handlers,
    void *arg)
{
	struct service_connection *conn = xcalloc(1, sizeof *conn);

	conn->ways = ways;
	conn->name = name;
	conn->handlers = handlers;
	conn->arg = arg;
	conn->fd = -1;
	return conn;
}

enum service_connection_state
service_connection_state(const struct service_connection *conn)
{
	return conn->state;
}

void
service_connection_close(struct service_connection *conn)
{
	if (conn->state == SERVICE_OPENING && conn->ways->door != NULL)
		proxymap_door_forget(conn->ways->door, conn);
	if (conn->on_read != NULL)
		event_free(conn->on_read);
	if (conn->on_write != NULL)
		event_free(conn->on_write);
	conn->on_read = conn->on_write = NULL;
	if (conn->fd != -1)
		close(conn->fd);
	conn->fd = -1;
	strbuf_truncate(&conn->in, 0);
	strbuf_truncate(&conn->out, 0);
	conn->state = SERVICE_CLOSED;
}

void
service_connection_free(struct service_connection *conn)
{
	if (conn == NULL)
		return;
	service_connection_close(conn);
	strbuf_free(&conn->in);
	strbuf_free(&conn->out);
	free(conn);
}

static void
end(struct service_connection *conn, enum service_end how, const char *why)
{
	service_connection_close(conn);
	conn->handlers->ended(conn->arg, how, why);
}

static void
end_lost(struct service_connection *conn, const char *why)
{
	end(conn,
	    conn->in.len == 0 || !conn->is_greeted ? SERVICE_LOST
						   : SERVICE_WRONG,
	    why);
}

/* Cut the greeting off; returns false when what came is none. */
static bool
take_greeting(struct service_connection *conn)
{
	const struct service_protocol *protocol = conn->name->protocol;
	size_t len = protocol->greeting_len;

	if (conn->is_greeted)
		return true;
	if (conn->in.len < len)
		return memcmp(strbuf_str(&conn->in), protocol->greeting,
			   conn->in.len) == 0;
	if (memcmp(strbuf_str(&conn->in), protocol->greeting, len) != 0)
		return false;
	memmove(conn->in.bytes, conn->in.bytes + len, conn->in.len - len);
	strbuf_truncate(&conn->in, conn->in.len - len);
	conn->is_greeted = true;
	return true;
}

static void
take_answer(struct service_connection *conn)
{
	const struct service_protocol *protocol = conn->name->protocol;
	struct service_answer answer = { 0 };
	ssize_t len =
	    protocol->parse(strbuf_str(&conn->in), conn->in.len, &answer);

	if (len == 0 && conn->in.len >= protocol->answer_max) {
		end(conn, SERVICE_WRONG, "the answer is too long");
	} else if (len == -1 || (len > 0 && (size_t)len < conn->in.len)) {
		end(conn, SERVICE_WRONG, "what came is no answer");
	} else if (len > 0) {
		strbuf_truncate(&conn->in, 0);
		conn->state = SERVICE_IDLE;
		event_add(conn->on_read, &idle_time);
		conn->handlers->answered(conn->arg, &answer);
	}
	strbuf_free(&answer.text);
}

static void
become_ready(struct service_connection *conn)
{
	conn->state = SERVICE_IDLE;
	event_add(conn->on_read, &idle_time);
	conn->handlers->opened(conn->arg);
}

static void
take_bytes(struct service_connection *conn)
{
	if (!take_greeting(conn))
		end(conn, SERVICE_WRONG, "it is another service");
	else if (!conn->is_greeted)
		return;
	else if (conn->state == SERVICE_OPENING && conn->in.len == 0)
		become_ready(conn);
	else if (conn->state == SERVICE_BUSY)
		take_answer(conn);
	else
		end(conn, SERVICE_WRONG, "nobody had asked it");
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct service_connection *conn = arg;
	char bytes[READ_SIZE];
	ssize_t n;

	if ((what & EV_TIMEOUT) != 0) {
		service_connection_close(conn);
		return;
	}
	n = read(fd, bytes, sizeof bytes);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		strbuf_add(&conn->in, bytes, (size_t)n);
		take_bytes(conn);
	} else if (conn->state != SERVICE_IDLE) {
		end_lost(conn,
		    n == 0 ? "it closed the connection" : strerror(errno));
	} else {
		service_connection_close(conn);
	}
}

static void
write_out(struct service_connection *conn)
{
	const char *bytes = conn->out.bytes + conn->written;
	ssize_t n =
	    send(conn->fd, bytes, conn->out.len - conn->written, MSG_NOSIGNAL);

	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		end_lost(conn, strerror(errno));
		return;
	}
	conn->written += n > 0 ? (size_t)n : 0;
	if (conn->written < conn->out.len)
		event_add(conn->on_write, NULL);
}

static void try_addresses(struct service_connection *);

/* How an attempt to connect has ended. */
static int
connect_error(const struct service_connection *conn)
{
	int error = 0;
	socklen_t len = sizeof error;

	return getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1
	    ? errno
	    : error;
}

static void
end_try(struct service_connection *conn, int error)
{
	if (error == 0) {
		become_ready(conn);
	} else if (conn->next_address < conn->name->naddresses) {
		service_connection_close(conn);
		try_addresses(conn);
	} else {
		end(conn, SERVICE_REFUSED, strerror(error));
	}
}

static void
on_write(evutil_socket_t fd, short what, void *arg)
{
	struct service_connection *conn = arg;

	(void)fd;
	if (conn->state != SERVICE_OPENING)
		write_out(conn);
	else
		end_try(conn,
		    (what & EV_TIMEOUT) != 0 ? ETIMEDOUT : connect_error(conn));
}

static void
take_socket(struct service_connection *conn, int fd)
{
	conn->fd = fd;
	conn->is_greeted = conn->name->protocol->greeting_len == 0;
	conn->on_read = event_new(conn->ways->base, fd, EV_READ | EV_PERSIST,
	    on_read, conn);
	conn->on_write =
	    event_new(conn->ways->base, fd, EV_WRITE, on_write, conn);
	if (conn->on_read == NULL || conn->on_write == NULL)
		abort();
}

/* Returns 0, or -1 with errno. */
static int
begin_connect(struct service_connection *conn,
    const struct socket_address *address)
{
	int fd = socket(address->sockaddr.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address->sockaddr,
		address->len) == -1 &&
	    errno != EINPROGRESS) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	take_socket(conn, fd);
	conn->state = SERVICE_OPENING;
	event_add(conn->on_write, &connect_time);
	return 0;
}

static void
try_addresses(struct service_connection *conn)
{
	const struct service_name *name = conn->name;

	while (conn->next_address < name->naddresses)
		if (begin_connect(conn,
			&name->addresses[conn->next_address++]) == 0)
			return;
	end(conn, SERVICE_REFUSED, strerror(errno));
}

static void
try_path(struct service_connection *conn)
{
	const char *path = conn->name->path;
	const char *queue = conn->ways->queue_directory;
	char *text = path[0] == '/' || queue == NULL
	    ? xasprintf("unix:%s", path)
	    : xasprintf("unix:%s/%s", queue, path);
	struct socket_address address = { 0 };
	struct strbuf err = { 0 };

	if (socket_address_parse(&address, text, &err) == -1)
		end(conn, SERVICE_REFUSED, strbuf_str(&err));
	else if (begin_connect(conn, &address) == -1)
		end(conn, SERVICE_REFUSED, strerror(errno));
	strbuf_free(&err);
	free(text);
}

static void
on_door(void *arg, int fd, const char *why)
{
	struct service_connection *conn = arg;

	if (fd == -1) {
		end(conn, SERVICE_REFUSED, why);
		return;
	}
	take_socket(conn, fd);
	event_add(conn->on_read, NULL);
}

static void
try_door(struct service_connection *conn)
{
	struct proxymap_door *door = conn->ways->door;
	const char *problem;

	conn->state = SERVICE_OPENING;
	if (proxymap_door_ask(door, on_door, conn) == 0)
		return;
	problem = proxymap_door_problem(door);
	end(conn, SERVICE_REFUSED, problem != NULL ? problem : strerror(errno));
}

void
service_connection_open(struct service_connection *conn)
{
	conn->next_address = 0;
	if (conn->name->protocol == &service_proxymap)
		try_door(conn);
	else if (conn->name->path != NULL)
		try_path(conn);
	else
		try_addresses(conn);
}

void
service_connection_ask(struct service_connection *conn, const char *table,
    const char *key)
{
	event_remove_timer(conn->on_read);
	conn->state = SERVICE_BUSY;
	strbuf_truncate(&conn->out, 0);
	conn->written = 0;
	conn->name->protocol->ask(&conn->out, table, key);
	write_out(conn);
}
