/*
 * The policy delegation protocol.  One recv brings a whole request, as a rule,
 * and one send its answer: with a fixed buffer per connection that needs the
 * least per request, and less than read and write do.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "policy_client.h"
#include "clock.h"
#include "evaluation.h"
#include "log.h"
#include "mem.h"
#include "policy.h"
#include "policyd_authd.h"
#include "rates.h"
#include "request.h"

#define BUFFER_SIZE          2048
#define ANSWERS_MAX          65536 /* bytes that are collected for one write */
#define SWEEP_SECONDS        10
#define IDLE_EVALUATIONS_MAX 64 /* kept for the next requests */

enum client_state {
	CLIENT_READING,    /* waits for the rest of a request, or for one */
	CLIENT_EVALUATING, /* waits for facts; nothing is read */
	CLIENT_WRITING,    /* waits until it takes its answers */
};

/* How far the requests in a buffer were evaluated. */
enum progress {
	PROGRESS_DONE,    /* to the end */
	PROGRESS_WAITING, /* one waits for facts */
	PROGRESS_FULL,    /* until there were many answers to send */
	PROGRESS_BAD,     /* to something that is no request */
};

struct policy_client {
	struct policy_clients *all;
	struct policy_client *prev, *next;
	struct event *readable, *writable;
	int fd;
	enum client_state state;
	unsigned long since; /* sweep at which it began to wait */
	unsigned long requests;
	char *buffer;
	size_t size, used;
	size_t start; /* of the request that is next */
	struct strbuf unsent;
	struct evaluation *evaluation;
	long long asked; /* clock_us, when the evaluation began */
	bool is_serving; /* an answer that comes now was not waited for */
	struct request request;
	struct transaction transaction;
};

struct policy_clients {
	struct event_base *base;
	const struct fact_source *source;
	struct policies *policies;
	struct policyd_authd *authd; /* NULL: nobody says who logs in */
	struct policy_client *first;
	struct evaluation *idle[IDLE_EVALUATIONS_MAX];
	size_t nidle;
	struct strbuf answers; /* of the connection that is served */
	size_t grown;          /* bytes of buffers beyond BUFFER_SIZE */
	unsigned long sweeps;
	struct event *sweep;
	bool is_finishing;
	struct policy_stats stats;
};

static struct evaluation *
evaluation_take(struct policy_clients *all)
{
	if (all->nidle > 0)
		return all->idle[--all->nidle];
	return evaluation_new(all->base, all->source);
}

static void
evaluation_give_back(struct policy_clients *all, struct evaluation *ev)
{
	if (all->nidle == IDLE_EVALUATIONS_MAX) {
		evaluation_free(ev);
		return;
	}
	evaluation_clear(ev);
	all->idle[all->nidle++] = ev;
}

static void
client_free(struct policy_client *client)
{
	struct policy_clients *all = client->all;

	if (client->evaluation != NULL) {
		evaluation_cancel(client->evaluation);
		evaluation_give_back(all, client->evaluation);
		all->stats.open_requests--;
	}
	if (client->prev != NULL)
		client->prev->next = client->next;
	else
		all->first = client->next;
	if (client->next != NULL)
		client->next->prev = client->prev;
	rates_leave(client->transaction.reservation);
	all->grown -= client->size - BUFFER_SIZE;
	all->stats.open_connections--;
	event_free(client->readable);
	event_free(client->writable);
	close(client->fd);
	free(client->buffer);
	strbuf_free(&client->unsent);
	free(client);
}

/* Close a connection for what it did. */
static void
client_drop(struct policy_client *client, const char *why)
{
	client->all->stats.bad++;
	log_warn("policy client: %s; the connection is closed", why);
	client_free(client);
}

/* The only writer of the state: what is waited for. */
static void
client_enter(struct policy_client *client, enum client_state state)
{
	if (client->state == CLIENT_READING && state != CLIENT_READING)
		event_del(client->readable);
	if (client->state == CLIENT_WRITING && state != CLIENT_WRITING)
		event_del(client->writable);
	switch (state) {
	case CLIENT_READING:
		if (client->state != CLIENT_READING)
			event_add(client->readable, NULL);
		break;
	case CLIENT_WRITING:
		event_add(client->writable, NULL);
		break;
	case CLIENT_EVALUATING:
		break;
	}
	client->state = state;
	client->since = client->all->sweeps;
}

static void
count_answer(struct policy_stats *stats, const struct decision *decision)
{
	switch (decision->kind) {
	case ANSWER_PASS:
		stats->passed++;
		break;
	case ANSWER_REPLY:
		if (decision->code / 100 == 5)
			stats->refused++;
		else
			stats->deferred++;
		break;
	case ANSWER_DEFER_IF_PERMIT:
	case ANSWER_DEFER_IF_REJECT:
		stats->deferred++;
		break;
	case ANSWER_EFFECT:
		stats->effects++;
		break;
	}
}

/*
 * Write the answers that are collected; what cannot be written now waits in
 * unsent.  Returns false when the connection is gone.
 */
static bool
client_flush(struct policy_client *client)
{
	struct strbuf *answers = &client->all->answers;
	ssize_t n = 0;

	if (answers->len > 0 && client->unsent.len == 0)
		n = send(client->fd, answers->bytes, answers->len,
		    MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		strbuf_truncate(answers, 0);
		client_free(client);
		return false;
	}
	if (n == -1)
		n = 0;
	if ((size_t)n < answers->len)
		strbuf_add(&client->unsent, answers->bytes + n,
		    answers->len - (size_t)n);
	strbuf_truncate(answers, 0);
	return true;
}

static void on_answer(void *arg, const struct decision *);

/* Begin with the request at start, which was parsed and takes len bytes. */
static void
client_begin(struct policy_client *client, size_t len)
{
	struct policy_clients *all = client->all;
	struct evaluation_input input = {
		.policies = all->policies,
		.request = &client->request,
		.transaction = &client->transaction,
	};

	if (client->request.state == STATE_UNKNOWN)
		policies_note_unknown(all->policies, "protocol_state",
		    client->request.protocol_state, "nothing is evaluated");
	client->start += len;
	client->requests++;
	all->stats.requests++;
	all->stats.open_requests++;
	client->asked = clock_us();
	if (client->request.sasl_username[0] != '\0')
		policyd_authd_catch_up(all->authd);
	client->evaluation = evaluation_take(all);
	evaluation_start(client->evaluation, &input, on_answer, client);
	if (client->evaluation != NULL)
		all->stats.waited++;
}

/* Move what is left to the front; a buffer that has grown shrinks again. */
static void
client_compact(struct policy_client *client)
{
	size_t left = client->used - client->start;

	if (client->start > 0 && left > 0)
		memmove(client->buffer, client->buffer + client->start, left);
	client->start = 0;
	client->used = left;
	if (client->size > BUFFER_SIZE && left < BUFFER_SIZE) {
		client->all->grown -= client->size - BUFFER_SIZE;
		client->size = BUFFER_SIZE;
		client->buffer = xreallocarray(client->buffer, client->size, 1);
	}
}

/* Evaluate what is in the buffer until it is used up, or one has to wait. */
static enum progress
client_evaluate(struct policy_client *client, struct strbuf *err)
{
	ssize_t len;

	while (client->start < client->used) {
		len = request_parse(&client->request,
		    client->buffer + client->start,
		    client->used - client->start, err);
		if (len == 0)
			return PROGRESS_DONE;
		if (len == -1 || request_check(&client->request, err) == -1)
			return PROGRESS_BAD;
		client_begin(client, (size_t)len);
		if (client->evaluation != NULL)
			return PROGRESS_WAITING;
		if (client->all->answers.len > ANSWERS_MAX)
			return PROGRESS_FULL;
	}
	return PROGRESS_DONE;
}

/* All that came has been answered. */
static void
client_rest(struct policy_client *client, bool has_served)
{
	client_compact(client);
	if (client->all->is_finishing && client->used == 0)
		client_free(client);
	else if (client->state != CLIENT_READING || has_served)
		client_enter(client, CLIENT_READING);
}

/*
 * Serve the requests that are in the buffer.  The connection may be gone
 * afterwards; no answer of it is left in `answers` then.
 */
static void
client_serve(struct policy_client *client)
{
	unsigned long before = client->requests;
	struct strbuf err = { 0 };
	enum progress progress;

	for (;;) {
		client->is_serving = true;
		progress = client_evaluate(client, &err);
		client->is_serving = false;
		if (!client_flush(client))
			break;
		if (progress == PROGRESS_BAD)
			client_drop(client, strbuf_str(&err));
		else if (progress == PROGRESS_WAITING)
			client_enter(client, CLIENT_EVALUATING);
		else if (client->unsent.len > 0)
			client_enter(client, CLIENT_WRITING);
		else if (progress == PROGRESS_DONE)
			client_rest(client, client->requests != before);
		else
			continue; /* there was more than one write takes */
		break;
	}
	strbuf_free(&err);
}

static void
on_answer(void *arg, const struct decision *decision)
{
	struct policy_client *client = arg;
	struct policy_clients *all = client->all;

	strbuf_adds(&all->answers, "action=");
	strbuf_adds(&all->answers, decision->action);
	strbuf_add(&all->answers, "\n\n", 2);
	count_answer(&all->stats, decision);
	histogram_add(&all->stats.took, (clock_us() - client->asked) / 1e6);
	all->stats.open_requests--;
	evaluation_give_back(all, client->evaluation);
	client->evaluation = NULL;
	if (!client->is_serving)
		client_serve(client);
}

/* Make room for more of a request.  Returns false when it is too long. */
static bool
client_grow(struct policy_client *client)
{
	struct policy_clients *all = client->all;
	size_t more = client->size;

	if (client->used < client->size)
		return true;
	if (client->size + more > REQUEST_MAX ||
	    all->grown + more > BUFFERS_MAX)
		return false;
	client->buffer = xreallocarray(client->buffer, client->size + more, 1);
	client->size += more;
	all->grown += more;
	return true;
}

/*
 * Whether a request may end in the n bytes that have just come: with an empty
 * line.  Each byte is looked at once, however small the pieces are.
 */
static bool
has_empty_line(const struct policy_client *client, size_t n)
{
	const char *end = client->buffer + client->used, *eol = end - n;

	for (; (eol = memchr(eol, '\n', (size_t)(end - eol))) != NULL; eol++) {
		const char *line = eol;

		if (line > client->buffer && line[-1] == '\r')
			line--;
		if (line == client->buffer || line[-1] == '\n')
			return true;
	}
	return false;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct policy_client *client = arg;
	ssize_t n;

	(void)what;
	if (!client_grow(client)) {
		client_drop(client, "a request is too long");
		return;
	}
	n = recv(fd, client->buffer + client->used, client->size - client->used,
	    0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_free(client);
		return;
	}
	if (client->used == 0)
		client->since = client->all->sweeps;
	client->used += (size_t)n;
	/* As a rule, all of one request is there. */
	if (client->used == (size_t)n || has_empty_line(client, (size_t)n))
		client_serve(client);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct policy_client *client = arg;
	struct policy_clients *all = client->all;

	(void)fd;
	(void)what;
	/* Send the rest as if it had been collected just now. */
	strbuf_add(&all->answers, client->unsent.bytes, client->unsent.len);
	strbuf_free(&client->unsent);
	if (client_flush(client) && client->unsent.len == 0)
		client_serve(client);
}

/* How long a client may stay as it is, in sweeps. */
static unsigned long
patience(const struct policy_client *client)
{
	if (client->state == CLIENT_READING && client->used == 0)
		return IDLE_SECONDS / SWEEP_SECONDS;
	return REQUEST_SECONDS / SWEEP_SECONDS;
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct policy_clients *all = arg;
	struct policy_client *client, *next;

	(void)fd;
	(void)what;
	all->sweeps++;
	for (client = all->first; client != NULL; client = next) {
		next = client->next;
		if (client->state == CLIENT_EVALUATING ||
		    all->sweeps - client->since <= patience(client))
			continue;
		if (client->state == CLIENT_READING && client->used == 0)
			client_free(client);
		else
			client_drop(client,
			    "a request does not come to an "
			    "end, or its answer is not taken");
	}
}

struct policy_clients *
policy_clients_new(struct event_base *base, const struct fact_source *source)
{
	struct policy_clients *all = xcalloc(1, sizeof *all);
	struct timeval interval = { .tv_sec = SWEEP_SECONDS };

	all->base = base;
	all->source = source;
	all->sweep = event_new(base, -1, EV_PERSIST, on_sweep, all);
	if (all->sweep == NULL)
		abort();
	event_add(all->sweep, &interval);
	return all;
}

void
policy_clients_free(struct policy_clients *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL)
		client_free(all->first);
	while (all->nidle > 0)
		evaluation_free(all->idle[--all->nidle]);
	event_free(all->sweep);
	strbuf_free(&all->answers);
	policies_release(all->policies);
	free(all);
}

void
policy_clients_set_policies(struct policy_clients *all,
    struct policies *policies)
{
	policies_hold(policies);
	policies_release(all->policies);
	all->policies = policies;
}

void
policy_clients_set_authd(struct policy_clients *all,
    struct policyd_authd *authd)
{
	all->authd = authd;
}

void
policy_clients_accept(struct policy_clients *all, int fd)
{
	struct policy_client *client = xcalloc(1, sizeof *client);

	client->all = all;
	client->fd = fd;
	client->size = BUFFER_SIZE;
	client->buffer = xmalloc(client->size);
	client->readable =
	    event_new(all->base, fd, EV_READ | EV_PERSIST, on_readable, client);
	client->writable = event_new(all->base, fd, EV_WRITE | EV_PERSIST,
	    on_writable, client);
	if (client->readable == NULL || client->writable == NULL)
		abort();
	client->next = all->first;
	if (all->first != NULL)
		all->first->prev = client;
	all->first = client;
	all->stats.connections++;
	all->stats.open_connections++;
	client->since = all->sweeps;
	event_add(client->readable, NULL);
}

void
policy_clients_finish(struct policy_clients *all)
{
	struct policy_client *client, *next;

	all->is_finishing = true;
	for (client = all->first; client != NULL; client = next) {
		next = client->next;
		if (client->state == CLIENT_READING && client->used == 0)
			client_free(client);
	}
}

const struct policy_stats *
policy_clients_stats(const struct policy_clients *all)
{
	return &all->stats;
}

void
policy_clients_describe(const struct policy_clients *all, struct strbuf *out)
{
	static const char *const names[] = {
		[CLIENT_READING] = "reading",
		[CLIENT_EVALUATING] = "evaluating",
		[CLIENT_WRITING] = "writing",
	};

	for (const struct policy_client *client = all->first; client != NULL;
	     client = client->next)
		strbuf_addf(out,
		    "fd=%d state=%s since=%lus requests=%lu bytes=%zu\n",
		    client->fd, names[client->state],
		    (all->sweeps - client->since) * SWEEP_SECONDS,
		    client->requests, client->used);
}
