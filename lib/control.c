/*
 * The control socket's side of the daemon.
 *
 * A client's next line is looked at when the answer to the one before is
 * written: so answers come in order, and a client that does not read costs no
 * more than one answer and one line.
 */
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "control.h"
#include "listener.h"
#include "log.h"
#include "mem.h"
#include "nearest.h"
#include "printable.h"

#define CLIENTS_MAX    64
#define LINE_BYTES_MAX (256 * 1024)
#define PIECE_BYTES    (64 * 1024)

const struct listener_defaults control_defaults = {
	.owner = "root",
	.group = "sekisho",
	.mode = 0660,
	.inet = LISTENER_UNIX,
};

static const struct timeval idle_time = { .tv_sec = 600 };
static const struct timeval write_time = { .tv_sec = 60 };

struct client {
	struct control *control;
	struct bufferevent *bev;
	uid_t uid;
	struct control_request *request; /* being answered, or NULL */
	struct control_pieces pieces;    /* of its answer; or all NULL */
	struct event *turn;              /* for the next one */
	bool is_in_line;                 /* after the last one */
	bool is_ending; /* nothing more is read; answer what is there, close */
	LIST_ENTRY(client) link;
};

struct control_request {
	struct client *client;   /* NULL: gone */
	void (*gone)(void *arg); /* of a stream; else NULL */
	void *arg;
};

struct control {
	struct event_base *base;
	struct listeners *listeners;
	const struct control_command *commands;
	size_t ncommands;
	void *ctx;
	uid_t *admins;
	size_t nadmins;
	size_t nclients;
	LIST_HEAD(, client) clients;
};

/* The answer has been given, or nobody is there for it. */
static void
end_pieces(struct client *client)
{
	if (client->pieces.next != NULL)
		client->pieces.free(client->pieces.arg);
	client->pieces = (struct control_pieces){ 0 };
}

static void
client_free(struct client *client)
{
	struct control_request *request = client->request;

	client->control->nclients--;
	LIST_REMOVE(client, link);
	end_pieces(client);
	event_free(client->turn);
	bufferevent_free(client->bev);
	free(client);
	if (request == NULL)
		return;
	request->client = NULL;
	if (request->gone != NULL)
		request->gone(request->arg);
}

/* A piece of the answer, without empty lines. */
static void
send_piece(struct client *client, const char *text)
{
	struct strbuf shown = { 0 };

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		printable_add(&shown, text, len);
		client->is_in_line |= len > 0;
		text += len;
		if (*text != '\n')
			break;
		if (client->is_in_line)
			strbuf_addc(&shown, '\n');
		client->is_in_line = false;
		text++;
	}
	bufferevent_write(client->bev, shown.bytes, shown.len);
	strbuf_free(&shown);
}

static void
send_end(struct client *client)
{
	/* Written, it leads to on_written. */
	bufferevent_write(client->bev, "\n\n", client->is_in_line ? 2 : 1);
	client->is_in_line = false;
}

static bool
is_writing(const struct client *client)
{
	return evbuffer_get_length(bufferevent_get_output(client->bev)) > 0;
}

/* The next piece; what there is no more of ends the answer. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval at_once = { 0 };
	struct client *client = arg;
	struct strbuf piece = { 0 };
	bool is_last = !client->pieces.next(client->pieces.arg, &piece);

	(void)fd;
	(void)what;
	send_piece(client, strbuf_str(&piece));
	strbuf_free(&piece);
	if (is_last) {
		end_pieces(client);
		send_end(client);
	} else if (!is_writing(client)) {
		event_add(client->turn, &at_once);
	}
}

void
control_answer_in_pieces(struct control_request *request,
    const struct control_pieces *pieces)
{
	struct client *client = request->client;

	free(request);
	if (client == NULL) {
		pieces->free(pieces->arg);
		return;
	}
	client->request = NULL;
	client->pieces = *pieces;
	on_turn(-1, 0, client);
}

/* A text that is there already. */
struct text {
	size_t sent;
	char bytes[];
};

static bool
next_of_text(void *arg, struct strbuf *out)
{
	struct text *text = arg;
	const char *rest = text->bytes + text->sent;
	size_t len = strnlen(rest, PIECE_BYTES);

	while (len == PIECE_BYTES && len > 0 && (rest[len] & 0xc0) == 0x80)
		len--; /* never within a character */
	strbuf_add(out, rest, len);
	text->sent += len;
	return rest[len] != '\0';
}

void
control_answer(struct control_request *request, const char *text)
{
	size_t len = strlen(text);
	struct text *copy = xmalloc(sizeof *copy + len + 1);
	const struct control_pieces pieces = { next_of_text, free, copy };

	copy->sent = 0;
	memcpy(copy->bytes, text, len + 1);
	control_answer_in_pieces(request, &pieces);
}

void
control_answer_error(struct control_request *request, const char *fmt, ...)
{
	struct strbuf text = { 0 };
	va_list ap;

	strbuf_adds(&text, "error: ");
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	control_answer(request, strbuf_str(&text));
	strbuf_free(&text);
}

/* Nothing more is read from this client. */
static void
end_input(struct client *client)
{
	client->is_ending = true;
	bufferevent_disable(client->bev, EV_READ);
}

void
control_answer_last(struct control_request *request, const char *text)
{
	struct client *client = request->client;

	if (client != NULL) {
		struct evbuffer *in = bufferevent_get_input(client->bev);

		end_input(client);
		evbuffer_drain(in, evbuffer_get_length(in));
	}
	control_answer(request, text);
}

void
control_begin_stream(struct control_request *request, void (*gone)(void *arg),
    void *arg)
{
	request->gone = gone;
	request->arg = arg;
}

size_t
control_unsent(const struct control_request *request)
{
	return evbuffer_get_length(
	    bufferevent_get_output(request->client->bev));
}

void
control_send(struct control_request *request, const char *bytes, size_t len)
{
	struct bufferevent *bev = request->client->bev;
	ssize_t sent = 0;

	if (control_unsent(request) == 0)
		sent = send(bufferevent_getfd(bev), bytes, len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0)
		sent = 0; /* what is wrong is seen when it is tried again */
	if ((size_t)sent < len)
		bufferevent_write(bev, bytes + sent, len - (size_t)sent);
}

static void run_help(void *ctx, struct control_request *, const char *args);

static void
run_version(void *ctx, struct control_request *request, const char *args)
{
	(void)ctx;
	(void)args;
	control_answer(request, VERSION);
}

static void
run_log(void *ctx, struct control_request *request, const char *args)
{
	enum log_level level;

	(void)ctx;
	if (log_level_parse(args, &level) == -1) {
		control_answer_error(request,
		    "log needs one of error, warn, info, debug (now: %s)",
		    log_level_name(log_get_level()));
		return;
	}
	log_set_level(level);
	control_answer(request, "");
}

static const struct control_command builtins[] = {
	{ "help", "", false, run_help, "These lines." },
	{ "version", "", false, run_version, "The version of the daemon." },
	{ "log", "LEVEL", true, run_log,
	    "Log error, warn, info or debug and what is worse, until the next "
	    "reload." },
};
#define NBUILTINS (sizeof builtins / sizeof builtins[0])

static void
add_help(struct strbuf *out, const struct control_command *commands, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t start = out->len;

		strbuf_addf(out, "%s %s", commands[i].name, commands[i].args);
		strbuf_addf(out, "%*s%s\n",
		    out->len - start < 24 ? (int)(24 - (out->len - start)) : 1,
		    "", commands[i].doc);
	}
}

static void
run_help(void *ctx, struct control_request *request, const char *args)
{
	const struct control *control = ctx;
	struct strbuf out = { 0 };

	(void)args;
	add_help(&out, builtins, NBUILTINS);
	add_help(&out, control->commands, control->ncommands);
	control_answer(request, strbuf_str(&out));
	strbuf_free(&out);
}

static const struct control_command *
find_command(const struct control_command *commands, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void
refuse_unknown(const struct control *control, struct control_request *request,
    const char *name)
{
	struct strbuf shown = { 0 };
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; i < NBUILTINS; i++)
		nearest_offer(&nearest, builtins[i].name);
	for (size_t i = 0; i < control->ncommands; i++)
		nearest_offer(&nearest, control->commands[i].name);
	log_escape(&shown, name, strlen(name));
	control_answer_error(request, "unknown command %s%s",
	    strbuf_str(&shown),
	    nearest.best != NULL ? nearest_hint(&nearest)
				 : " (help lists them)");
	strbuf_free(&shown);
}

static bool
may_change(const struct client *client)
{
	const struct control *control = client->control;

	for (size_t i = 0; i < control->nadmins; i++)
		if (client->uid == control->admins[i])
			return true;
	return client->uid == 0 || client->uid == geteuid();
}

/* Run one line, cut in place. */
static void
run_line(struct client *client, char *line)
{
	struct control *control = client->control;
	struct control_request *request = xcalloc(1, sizeof *request);
	const struct control_command *command;
	char *name = line + strspn(line, " \t"), *args, *end;
	void *ctx = control;

	args = name + strcspn(name, " \t");
	if (*args != '\0')
		*args++ = '\0';
	args += strspn(args, " \t");
	for (end = args + strlen(args);
	     end > args && (end[-1] == ' ' || end[-1] == '\t'); end--)
		end[-1] = '\0';
	request->client = client;
	client->request = request;
	command = find_command(builtins, NBUILTINS, name);
	if (command == NULL) {
		ctx = control->ctx;
		command =
		    find_command(control->commands, control->ncommands, name);
	}
	if (command == NULL)
		refuse_unknown(control, request, name);
	else if (command->changes && !may_change(client))
		control_answer_error(request,
		    "%s changes something: it needs root or the daemon's user",
		    name);
	else if (command->args[0] == '\0' && *args != '\0')
		control_answer_error(request, "%s takes no argument", name);
	else if (strcmp(command->args, "[-j]") == 0 && *args != '\0' &&
	    strcmp(args, "-j") != 0)
		control_answer_error(request, "%s takes no argument but -j",
		    name);
	else
		command->run(ctx, request, args);
}

/* The next line, or what stands before the end; NULL when there is none.
 * len: its length, NUL bytes counted. */
static char *
next_line(struct client *client, size_t *len)
{
	struct evbuffer *in = bufferevent_get_input(client->bev);
	char *line = evbuffer_readln(in, len, EVBUFFER_EOL_CRLF);

	if (line != NULL || !client->is_ending)
		return line;
	*len = evbuffer_get_length(in);
	if (*len == 0)
		return NULL;
	line = xcalloc(*len + 1, 1);
	evbuffer_remove(in, line, *len);
	return line;
}

static bool
is_waiting(const struct client *client)
{
	return client->request != NULL || client->pieces.next != NULL ||
	    is_writing(client);
}

static void
refuse_long_line(struct client *client)
{
	struct evbuffer *in = bufferevent_get_input(client->bev);

	end_input(client);
	evbuffer_drain(in, evbuffer_get_length(in));
	evbuffer_add_printf(bufferevent_get_output(client->bev),
	    "error: the line is longer than %d bytes\n\n", LINE_BYTES_MAX);
}

/* Do what can be done now.  May free the client. */
static void
serve(struct client *client)
{
	struct evbuffer *in = bufferevent_get_input(client->bev);
	size_t len;
	char *line;

	while (
	    !is_waiting(client) && (line = next_line(client, &len)) != NULL) {
		if (strlen(line) != len)
			evbuffer_add_printf(bufferevent_get_output(client->bev),
			    "error: the line has a NUL byte\n\n");
		else if (line[strspn(line, " \t")] != '\0')
			run_line(client, line);
		free(line);
	}
	if (is_waiting(client))
		return;
	if (client->is_ending)
		client_free(client);
	else if (evbuffer_get_length(in) >= LINE_BYTES_MAX)
		refuse_long_line(client);
}

static void
on_readable(struct bufferevent *bev, void *arg)
{
	(void)bev;
	serve(arg);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;

	(void)bev;
	if (client->pieces.next != NULL)
		on_turn(-1, 0, client);
	else
		serve(client);
}

/* Whether nobody is there for a stream, rather than one who has said all. */
static bool
is_left_alone(const struct client *client)
{
	struct pollfd pfd = { .fd = bufferevent_getfd(client->bev) };

	return client->request != NULL && client->request->gone != NULL &&
	    poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLHUP) != 0;
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *client = arg;

	if ((what & BEV_EVENT_EOF) && is_left_alone(client)) {
		client_free(client);
	} else if (what & BEV_EVENT_EOF) {
		end_input(client);
		serve(client);
	} else if ((what & BEV_EVENT_TIMEOUT) && (what & BEV_EVENT_READING) &&
	    is_waiting(client)) {
		bufferevent_enable(bev, EV_READ); /* it is us who are slow */
	} else {
		client_free(client);
	}
}

static uid_t
peer_uid(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return (uid_t)-1;
	return cred.uid;
}

static void
on_accepted(int fd, void *arg)
{
	static const char busy[] = "error: too many control clients\n\n";
	struct control *control = arg;
	struct client *client;

	if (control->nclients == CLIENTS_MAX) {
		if (send(fd, busy, sizeof busy - 1, MSG_NOSIGNAL) == -1)
			log_debug("control client: %s", strerror(errno));
		close(fd);
		return;
	}
	client = xcalloc(1, sizeof *client);
	client->control = control;
	client->uid = peer_uid(fd);
	client->bev =
	    bufferevent_socket_new(control->base, fd, BEV_OPT_CLOSE_ON_FREE);
	client->turn = evtimer_new(control->base, on_turn, client);
	if (client->bev == NULL || client->turn == NULL)
		abort();
	bufferevent_setcb(client->bev, on_readable, on_written, on_event,
	    client);
	bufferevent_setwatermark(client->bev, EV_READ, 0, LINE_BYTES_MAX);
	bufferevent_set_timeouts(client->bev, &idle_time, &write_time);
	control->nclients++;
	LIST_INSERT_HEAD(&control->clients, client, link);
	if (bufferevent_enable(client->bev, EV_READ | EV_WRITE) == -1)
		abort();
}

struct control *
control_new(struct event_base *base, struct listeners *listeners,
    const struct control_command *commands, size_t ncommands, void *ctx)
{
	struct control *control = xcalloc(1, sizeof *control);

	control->base = base;
	control->listeners = listeners;
	control->commands = commands;
	control->ncommands = ncommands;
	control->ctx = ctx;
	LIST_INIT(&control->clients);
	listeners_start(listeners, base, on_accepted, control);
	return control;
}

void
control_free(struct control *control)
{
	if (control == NULL)
		return;
	while (!LIST_EMPTY(&control->clients))
		client_free(LIST_FIRST(&control->clients));
	listeners_free(control->listeners);
	free(control->admins);
	free(control);
}

int
control_set_admins(struct control *control, const struct conf_text *names,
    struct strbuf *err)
{
	size_t before = err->len, pos = 0, n = 0;
	struct conf_word word;
	uid_t *uids = NULL;

	while (conf_next_word(names, &pos, &word, err) == 1) {
		char *name = conf_word_dup(&word);
		const struct passwd *pw = getpwnam(name);

		if (pw == NULL) {
			conf_error(err, word.origin,
			    "control_admins: no such user %s", name);
		} else {
			uids = xreallocarray(uids, n + 1, sizeof *uids);
			uids[n++] = pw->pw_uid;
		}
		free(name);
	}
	if (err->len > before || control == NULL) {
		free(uids);
		return err->len > before ? -1 : 0;
	}
	free(control->admins);
	control->admins = uids;
	control->nadmins = n;
	return 0;
}
