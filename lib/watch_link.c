/*
 * The reading end of a watch.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "watch_link.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "metrics.h"
#include "rights.h"
#include "socket_address.h"
#include "watch.h"

#define WAIT_MS_MIN 100
#define WAIT_MS_MAX 2000

/* Microseconds between two looks, when as much is said that the next thing
 * would come within twice that. */
#define REST_US 1000

#define READ_MAX (4 * WATCH_LINK_LINE_MAX) /* bytes, at a look */

struct watch_link {
	struct event_base *base;
	struct watch_link_options options;
	struct socket_address address;
	char *shown;            /* the address, as text */
	int fd;                 /* -1: not connected */
	struct event *readable; /* NULL: the same */
	struct evbuffer *in;    /* what makes no line yet */
	struct event *rest;     /* set: nobody is woken until then */
	bool may_lag;           /* it rested since it was looked at */
	long long last_read;    /* clock_us */
	struct event *again;    /* connect, later */
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
hang_up(struct watch_link *link)
{
	if (link->readable != NULL)
		event_free(link->readable);
	link->readable = NULL;
	if (link->fd != -1)
		close(link->fd);
	link->fd = -1;
	evbuffer_drain(link->in, evbuffer_get_length(link->in));
	event_del(link->rest);
	link->may_lag = false;
}

static void
try_later(struct watch_link *link)
{
	struct timeval wait = { .tv_sec = link->wait_ms / 1000,
		.tv_usec = link->wait_ms % 1000 * 1000 };

	hang_up(link);
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

/* Returns false, and the connection has gone, when it is too much for a line.
 */
static bool
check_length(struct watch_link *link, size_t len)
{
	if (len <= WATCH_LINK_LINE_MAX)
		return true;
	drop(link, LOG_LEVEL_WARN, "it says what is no event");
	return false;
}

/* Take the lines that have come. */
static void
take_lines(struct watch_link *link)
{
	bool goes_on = true;
	char *line;
	size_t len;

	while (goes_on &&
	    (line = evbuffer_readln(link->in, &len, EVBUFFER_EOL_LF)) != NULL) {
		goes_on = check_length(link, len) && take_line(link, line);
		free(line);
	}
	if (goes_on)
		check_length(link, evbuffer_get_length(link->in));
}

/* As much as libevent takes at once, which is less than a line may have.
 * Returns how much there was; 0: nothing, or the connection has gone. */
static int
read_some(struct watch_link *link)
{
	int n = evbuffer_read(link->in, link->fd, -1);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == 0)
		drop(link, LOG_LEVEL_INFO, "it has gone");
	else if (n == -1)
		explain(link, errno);
	else
		take_lines(link);
	return link->fd != -1 ? n : 0;
}

/* One who catches up need not be woken for each event of many, and who says too
 * much must not keep others waiting. */
static void
rest(struct watch_link *link)
{
	static const struct timeval time = { .tv_usec = REST_US };

	link->may_lag = true;
	event_del(link->readable);
	event_add(link->rest, &time);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct watch_link *link = arg;
	long long before = link->last_read;
	int n, read = 0;

	(void)fd;
	(void)what;
	while (read < READ_MAX && (n = read_some(link)) > 0)
		read += n;
	link->may_lag = false;
	link->last_read = clock_us();
	if (link->fd == -1)
		return;
	if (read >= READ_MAX ||
	    (link->options.catches_up && link->is_up &&
		link->last_read - before < 2 * REST_US))
		rest(link);
}

static void
on_rest(evutil_socket_t fd, short what, void *arg)
{
	struct watch_link *link = arg;

	(void)fd;
	(void)what;
	event_add(link->readable, NULL);
}

/* Bytes that wait to be read: what is said meanwhile is not among them. */
static int
has_come(const struct watch_link *link)
{
	int bytes;

	return ioctl(link->fd, FIONREAD, &bytes) == 0 ? bytes : 0;
}

void
watch_link_catch_up(struct watch_link *link)
{
	int left, n;

	if (link == NULL || !link->may_lag)
		return;
	left = has_come(link);
	while ((n = read_some(link)) > 0 && (left -= n) >= 0)
		continue;
	link->may_lag = event_pending(link->rest, EV_TIMEOUT, NULL);
}

/* Say what is wanted: it is little, and the socket is new. */
static bool
ask(const struct watch_link *link)
{
	const struct watch_link_options *options = &link->options;
	struct strbuf words = { 0 };
	bool is_sent;

	strbuf_adds(&words, "watch " WATCH_PEER);
	for (size_t i = 0; i < options->nhandlers; i++)
		strbuf_addf(&words, " %s", options->handlers[i].event);
	strbuf_addc(&words, '\n');
	is_sent = send(link->fd, words.bytes, words.len, MSG_NOSIGNAL) ==
	    (ssize_t)words.len;
	strbuf_free(&words);
	return is_sent;
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	struct watch_link *link = arg;
	const struct sockaddr *sa =
	    (const struct sockaddr *)&link->address.sockaddr;

	(void)fd;
	(void)what;
	link->fd = socket(sa->sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (link->fd == -1 || connect(link->fd, sa, link->address.len) == -1) {
		explain(link, errno);
		return;
	}
	link->readable = event_new(link->base, link->fd, EV_READ | EV_PERSIST,
	    on_readable, link);
	if (link->readable == NULL)
		abort();
	event_priority_set(link->readable, 0); /* before all that is asked */
	event_add(link->readable, NULL);
	link->options.begins(link->options.arg);
	if (!ask(link))
		explain(link, errno);
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
	link->fd = -1;
	link->in = evbuffer_new();
	link->rest = evtimer_new(base, on_rest, link);
	link->again = evtimer_new(base, on_again, link);
	if (link->in == NULL || link->rest == NULL || link->again == NULL)
		abort();
	event_active(link->again, EV_TIMEOUT, 0);
	return link;
}

void
watch_link_free(struct watch_link *link)
{
	if (link == NULL)
		return;
	hang_up(link);
	evbuffer_free(link->in);
	event_free(link->rest);
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
