/*
 * The reading end of a watch.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "watch_link.h"
#include "log.h"
#include "mem.h"
#include "metrics.h"
#include "rights.h"
#include "socket_address.h"

#define WAIT_MS_MIN 100
#define WAIT_MS_MAX 2000

struct watch_link {
	struct event_base *base;
	struct watch_link_options options;
	struct socket_address address;
	char *shown;             /* the address, as text */
	struct bufferevent *bev; /* NULL: not connected */
	struct event *again;     /* connect, later */
	long wait_ms;
	bool is_up;
	bool was_up;
	bool is_told; /* what is wrong; till it is up */
};

/* Once, until it is up.  One that is not there may be restarted, or not used:
 * that is no warning. */
static void
complain(struct watch_link *link, enum log_level level, const char *what)
{
	struct strbuf line = { 0 };

	if (!link->is_told) {
		strbuf_addf(&line, "link: %s (%s): %s%s\n", link->options.peer,
		    link->shown, what,
		    link->was_up ? "; what it said before counts on" : "");
		log_lines(level, strbuf_str(&line));
	}
	link->is_told = true;
	strbuf_free(&line);
}

static void
try_later(struct watch_link *link)
{
	struct timeval wait = { .tv_sec = link->wait_ms / 1000,
		.tv_usec = link->wait_ms % 1000 * 1000 };

	if (link->bev != NULL)
		bufferevent_free(link->bev);
	link->bev = NULL;
	link->is_up = false;
	event_add(link->again, &wait);
	link->wait_ms *= 2;
	if (link->wait_ms > WAIT_MS_MAX)
		link->wait_ms = WAIT_MS_MAX;
}

static void
drop(struct watch_link *link, enum log_level level, const char *why)
{
	complain(link, level, why);
	try_later(link);
}

/* All that there was has come. */
static void
come_up(struct watch_link *link)
{
	const struct watch_link_options *options = &link->options;

	link->is_up = link->was_up = true;
	link->is_told = false;
	link->wait_ms = WAIT_MS_MIN;
	log_info("link: %s (%s): connected", options->peer, link->shown);
	options->present(options->arg);
}

static void
take_event(struct watch_link *link, const struct json_line *line,
    const char *event)
{
	const struct watch_link_options *options = &link->options;

	if (strcmp(event, "present") == 0 && !link->is_up)
		come_up(link);
	for (size_t i = 0; i < options->nhandlers; i++)
		if (strcmp(options->handlers[i].event, event) == 0)
			options->handlers[i].take(options->arg, line);
}

/* Returns false, and the connection has gone, for what no watch says. */
static bool
take_line(struct watch_link *link, char *text)
{
	static const char error[] = "error: ";
	struct json_line line;
	const char *event = NULL;

	if (strncmp(text, error, strlen(error)) == 0) {
		drop(link, LOG_LEVEL_WARN, "it has no watch");
		return false;
	}
	if (json_line_read(&line, text) == 0)
		event = json_line_string(&line, "event");
	if (event != NULL)
		take_event(link, &line, event);
	else
		complain(link, LOG_LEVEL_WARN, "it says what is no event");
	return true;
}

static void
on_readable(struct bufferevent *bev, void *arg)
{
	struct watch_link *link = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	bool goes_on = true;
	char *line;

	while (goes_on &&
	    (line = evbuffer_readln(in, NULL, EVBUFFER_EOL_LF)) != NULL) {
		goes_on = take_line(link, line);
		free(line);
	}
	if (goes_on && evbuffer_get_length(in) >= WATCH_LINK_LINE_MAX)
		drop(link, LOG_LEVEL_WARN, "it says what is no event");
}

static void
explain(struct watch_link *link, int error)
{
	struct strbuf why = { 0 };

	if (error == EACCES)
		rights_explain(&why, socket_address_path(&link->address), W_OK,
		    NULL, error);
	else
		strbuf_adds(&why, strerror(error));
	drop(link, error == EACCES ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
	    strbuf_str(&why));
	strbuf_free(&why);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct watch_link *link = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		return;
	if (what & BEV_EVENT_EOF)
		drop(link, LOG_LEVEL_INFO, "it has gone");
	else
		explain(link, EVUTIL_SOCKET_ERROR());
}

static void
ask(struct watch_link *link)
{
	const struct watch_link_options *options = &link->options;
	struct evbuffer *out = bufferevent_get_output(link->bev);

	evbuffer_add_printf(out, "watch");
	for (size_t i = 0; i < options->nhandlers; i++)
		evbuffer_add_printf(out, " %s", options->handlers[i].event);
	evbuffer_add(out, "\n", 1);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	struct watch_link *link = arg;
	const struct sockaddr *sa =
	    (const struct sockaddr *)&link->address.sockaddr;

	(void)fd;
	(void)what;
	fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd == -1 || connect(fd, sa, link->address.len) == -1) {
		int error = errno;

		if (fd != -1)
			close(fd);
		explain(link, error);
		return;
	}
	link->bev =
	    bufferevent_socket_new(link->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (link->bev == NULL)
		abort();
	bufferevent_setcb(link->bev, on_readable, NULL, on_event, link);
	bufferevent_setwatermark(link->bev, EV_READ, 0, WATCH_LINK_LINE_MAX);
	link->options.begins(link->options.arg);
	ask(link);
	bufferevent_enable(link->bev, EV_READ | EV_WRITE);
}

int
watch_link_parse(struct socket_address *address, const char *text,
    struct strbuf *err)
{
	if (socket_address_parse(address, text, err) == -1)
		return -1;
	if (socket_address_path(address) != NULL)
		return 0;
	strbuf_addf(err, "%s: a control socket is unix:PATH", text);
	return -1;
}

struct watch_link *
watch_link_new(struct event_base *base,
    const struct watch_link_options *options, struct strbuf *err)
{
	struct watch_link *link;
	struct socket_address address;

	if (options->address[0] == '\0' ||
	    watch_link_parse(&address, options->address, err) == -1)
		return NULL;
	link = xcalloc(1, sizeof *link);
	link->base = base;
	link->options = *options;
	link->shown = xstrdup(options->address);
	link->address = address;
	link->wait_ms = WAIT_MS_MIN;
	link->again = evtimer_new(base, on_again, link);
	if (link->again == NULL)
		abort();
	event_active(link->again, EV_TIMEOUT, 0);
	return link;
}

void
watch_link_free(struct watch_link *link)
{
	if (link == NULL)
		return;
	if (link->bev != NULL)
		bufferevent_free(link->bev);
	event_free(link->again);
	free(link->shown);
	free(link);
}

bool
watch_link_is_up(const struct watch_link *link)
{
	return link != NULL && link->is_up;
}

void
watch_link_metrics(const struct watch_link *link, struct metrics *metrics)
{
	if (link != NULL)
		metrics_add(metrics, "link_up", METRIC_GAUGE,
		    "Whether the other daemon tells what happens there.",
		    link->is_up);
}
