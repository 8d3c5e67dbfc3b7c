/*
 * Metrics by HTTP.
 *
 * Of a request the first line is looked at; the rest of the head is read, so
 * that closing the connection does not take the answer with it.
 *
 * It is not libevent's evhttp (2.1), which takes any number of clients, gives
 * each its time anew with every byte, and accepts in a busy loop when there are
 * no descriptors.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "listener.h"
#include "mem.h"
#include "metrics_server.h"

#define CLIENTS_MAX    16
#define HEAD_BYTES_MAX (8 * 1024)
#define TARGET         "/metrics"

const struct listener_defaults metrics_defaults = {
	.owner = "root",
	.group = "sekisho",
	.mode = 0660,
};

static const struct timeval client_time = { .tv_sec = 10 };

struct client {
	struct metrics_server *server;
	struct bufferevent *bev;
	struct event *deadline;
	char *request; /* its first line; NULL: not yet here */
	size_t head_bytes;
	bool is_answered;
	LIST_ENTRY(client) link;
};

struct metrics_server {
	struct event_base *base;
	struct listeners *listeners;
	void (*print)(void *ctx, struct strbuf *out);
	void *ctx;
	size_t nclients;
	LIST_HEAD(, client) clients;
};

static void
client_free(struct client *client)
{
	client->server->nclients--;
	LIST_REMOVE(client, link);
	event_free(client->deadline);
	bufferevent_free(client->bev);
	free(client->request);
	free(client);
}

/* Cut off the next word of a request's first line. */
static char *
next_word(char **rest)
{
	char *word = *rest;

	*rest += strcspn(word, " ");
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return word;
}

/* The status line's part for a request that is cut up here; NULL: it gets the
 * metrics. */
static const char *
refusal(char *request, bool *is_head)
{
	const char *method = next_word(&request);
	const char *target = next_word(&request);
	size_t path_len = strcspn(target, "?");

	*is_head = strcmp(method, "HEAD") == 0;
	if (strncmp(request, "HTTP/1.", strlen("HTTP/1.")) != 0)
		return "400 Bad Request";
	if (strcmp(method, "GET") != 0 && !*is_head)
		return "405 Method Not Allowed";
	if (path_len != strlen(TARGET) ||
	    strncmp(target, TARGET, path_len) != 0)
		return "404 Not Found";
	return NULL;
}

static void
answer(struct client *client, const char *status, const struct strbuf *body,
    bool has_body)
{
	struct evbuffer *out = bufferevent_get_output(client->bev);

	client->is_answered = true;
	bufferevent_disable(client->bev, EV_READ);
	evbuffer_add_printf(out,
	    "HTTP/1.1 %s\r\n"
	    "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n"
	    "Allow: GET, HEAD\r\n"
	    "Connection: close\r\n\r\n",
	    status, body->len);
	if (has_body)
		evbuffer_add(out, strbuf_str(body), body->len);
}

static void
answer_request(struct client *client)
{
	const struct metrics_server *server = client->server;
	struct strbuf body = { 0 };
	bool is_head;
	const char *status = refusal(client->request, &is_head);

	if (status == NULL)
		server->print(server->ctx, &body);
	else
		strbuf_addf(&body, "%s: the metrics are at " TARGET "\n",
		    status);
	answer(client, status != NULL ? status : "200 OK", &body, !is_head);
	strbuf_free(&body);
}

static void
refuse_long_head(struct client *client)
{
	struct strbuf nothing = { 0 };

	answer(client, "431 Request Header Fields Too Large", &nothing, false);
}

static void
on_readable(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len;
	char *line;

	while (!client->is_answered &&
	    (line = evbuffer_readln(in, &len, EVBUFFER_EOL_CRLF)) != NULL) {
		client->head_bytes += len;
		if (client->request == NULL)
			client->request = line;
		else
			free(line);
		if (client->head_bytes > HEAD_BYTES_MAX)
			refuse_long_head(client);
		else if (len == 0)
			answer_request(client);
	}
	if (!client->is_answered && evbuffer_get_length(in) > HEAD_BYTES_MAX)
		refuse_long_head(client);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;

	(void)bev;
	if (client->is_answered)
		client_free(client);
}

/* A client that has said all may still want to hear. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *client = arg;

	(void)bev;
	if ((what & BEV_EVENT_EOF) == 0 || !client->is_answered)
		client_free(client);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	client_free(arg);
}

static void
on_accepted(int fd, void *arg)
{
	struct metrics_server *server = arg;
	struct client *client;

	if (server->nclients == CLIENTS_MAX) {
		close(fd);
		return;
	}
	client = xcalloc(1, sizeof *client);
	client->server = server;
	client->bev =
	    bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
	client->deadline = evtimer_new(server->base, on_deadline, client);
	if (client->bev == NULL || client->deadline == NULL)
		abort();
	bufferevent_setcb(client->bev, on_readable, on_written, on_event,
	    client);
	bufferevent_setwatermark(client->bev, EV_READ, 0, 2 * HEAD_BYTES_MAX);
	evtimer_add(client->deadline, &client_time);
	server->nclients++;
	LIST_INSERT_HEAD(&server->clients, client, link);
	if (bufferevent_enable(client->bev, EV_READ | EV_WRITE) == -1)
		abort();
}

struct metrics_server *
metrics_server_new(struct event_base *base, struct listeners *listeners,
    void (*print)(void *ctx, struct strbuf *out), void *ctx)
{
	struct metrics_server *server = xcalloc(1, sizeof *server);

	server->base = base;
	server->listeners = listeners;
	server->print = print;
	server->ctx = ctx;
	LIST_INIT(&server->clients);
	listeners_start(listeners, base, on_accepted, server);
	return server;
}

void
metrics_server_free(struct metrics_server *server)
{
	if (server == NULL)
		return;
	while (!LIST_EMPTY(&server->clients))
		client_free(LIST_FIRST(&server->clients));
	listeners_free(server->listeners);
	free(server);
}
