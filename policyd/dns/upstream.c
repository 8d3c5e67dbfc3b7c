/*
 * The only file that knows libunbound.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/resource.h>

#include <event2/event.h>
#include <unbound.h>
#include <unbound-event.h>

#include "upstream.h"
#include "log_stream.h"
#include "mem.h"

#define CLASS_IN      1
#define RCODE_NOERROR 0 /* of the library: NXDOMAIN stands in the packet */
#define OPEN_MIN      64
/* Descriptors that clients and tables need, when they are short. */
#define DESCRIPTORS_FOR_OTHERS 1500

struct upstream {
	struct ub_ctx *ctx;
	struct event *free_later; /* not from inside of a callback of ctx */
	LIST_HEAD(, question) open;
	struct upstream *newer; /* what replaced it; NULL: it is in use */
	struct upstream *older;
	bool is_ending; /* the library answers what is open with a failure */
};

struct question {
	LIST_ENTRY(question) link;
	struct upstream *upstream;
	upstream_done *done;
	void *arg;
};

struct option {
	const char *name, *value;
};

/* A zone without servers, at an address that is never asked. */
#define NO_ZONE   "sekisho.invalid."
#define NO_SERVER "0.0.0.1"

static const struct option options[] = {
	/* No DNSSEC: a list or a sender is judged on what DNS says. */
	{ "module-config:", "iterator" },
	/* The last message stays all the same: see upstream_forget. */
	{ "msg-cache-size:", "0" },
	{ "msg-cache-slabs:", "1" },
	{ "do-not-query-address:", NO_SERVER },
	{ "rrset-cache-size:", "4m" },
	/*
	 * A server is judged anew for every question.  What the library would
	 * remember of a dead one lets it refuse questions to a live one: the
	 * local resolver looks dead while it waits for somebody's dead server.
	 */
	{ "infra-host-ttl:", "0" },
	/*
	 * One server is asked again after 0.75, 1.5, 3 and 3.75 s; of several,
	 * another after the second time.  By default a dead one is asked nine
	 * times in 5 s, even while another lives.
	 */
	{ "unknown-server-time-limit:", "750" },
	{ "outbound-msg-retry:", "3" },
	/* Lists would be asked for every label of every address. */
	{ "qname-minimisation:", "no" },
	/* Lists say "no such name" for names that have others below. */
	{ "harden-below-nxdomain:", "no" },
	{ "rrset-roundrobin:", "no" },
	{ "outgoing-num-tcp:", "20" },
	{ "unblock-lan-zones:", "yes" },
};

/* Zones that the library would answer by itself. */
static const char *const private_zones[] = { "127.in-addr.arpa.", "test.",
	"invalid.", "home.arpa.", "onion.", "localhost." };

static void
set_option(struct ub_ctx *ctx, const char *name, const char *value)
{
	if (ub_ctx_set_option(ctx, name, value) != 0)
		abort(); /* a name or value the library does not know */
}

size_t
upstream_open_max(size_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur >= wanted + DESCRIPTORS_FOR_OTHERS)
		return wanted;
	if (limit.rlim_cur < 2 * DESCRIPTORS_FOR_OTHERS)
		return limit.rlim_cur / 2 > OPEN_MIN ? limit.rlim_cur / 2
						     : OPEN_MIN;
	return limit.rlim_cur - DESCRIPTORS_FOR_OTHERS;
}

static int
set_servers(struct ub_ctx *ctx, const struct resolver_config *config,
    struct strbuf *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < config->nservers; i++) {
		rc = ub_ctx_set_fwd(ctx, config->servers[i]);
		if (rc != 0)
			strbuf_addf(err, "%s: ", config->servers[i]);
	}
	for (size_t i = 0; rc == 0 && i < config->nzones; i++) {
		const struct resolver_zone *zone = &config->zones[i];

		rc = ub_ctx_set_stub(ctx, zone->zone, zone->server, 0);
		if (rc != 0)
			strbuf_addf(err, "%s=%s: ", zone->zone, zone->server);
	}
	if (rc == 0)
		rc = ub_ctx_set_stub(ctx, NO_ZONE, NO_SERVER, 0);
	if (rc == 0)
		return 0;
	strbuf_adds(err, ub_strerror(rc));
	return -1;
}

static void
free_one(struct upstream *up)
{
	struct question *question;

	up->is_ending = true;
	if (up->ctx != NULL)
		ub_ctx_delete(up->ctx);
	while ((question = LIST_FIRST(&up->open)) != NULL) {
		LIST_REMOVE(question, link);
		free(question);
	}
	if (up->free_later != NULL)
		event_free(up->free_later);
	free(up);
}

static void
on_free_later(evutil_socket_t fd, short what, void *arg)
{
	struct upstream *up = arg;

	(void)fd;
	(void)what;
	up->newer->older = up->older;
	if (up->older != NULL)
		up->older->newer = up->newer;
	free_one(up);
}

static void
free_when_idle(struct upstream *up)
{
	if (up->newer != NULL && LIST_EMPTY(&up->open))
		event_active(up->free_later, EV_TIMEOUT, 0);
}

/* What the library would print on standard error. */
static void
log_messages(struct ub_ctx *ctx)
{
	static FILE *stream;

	if (stream == NULL)
		stream = log_stream("libunbound");
	if (stream != NULL)
		ub_ctx_debugout(ctx, stream);
}

struct upstream *
upstream_new(struct event_base *base, const struct resolver_config *config,
    size_t open_max, struct upstream *older, struct strbuf *err)
{
	struct upstream *up = xcalloc(1, sizeof *up);
	char sockets[24];

	up->ctx = ub_ctx_create_event(base);
	up->free_later = event_new(base, -1, 0, on_free_later, up);
	if (up->ctx == NULL || up->free_later == NULL) {
		strbuf_adds(err, "libunbound does not start");
		goto fail;
	}
	log_messages(up->ctx);
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		set_option(up->ctx, options[i].name, options[i].value);
	snprintf(sockets, sizeof sockets, "%zu", open_max + OPEN_MIN);
	set_option(up->ctx, "outgoing-range:", sockets);
	if (set_servers(up->ctx, config, err) == -1)
		goto fail;
	for (size_t i = 0; i < sizeof private_zones / sizeof private_zones[0];
	     i++)
		ub_ctx_zone_remove(up->ctx, private_zones[i]);
	up->older = older;
	if (older != NULL) {
		older->newer = up;
		free_when_idle(older);
	}
	return up;
fail:
	free_one(up);
	return NULL;
}

void
upstream_free(struct upstream *up)
{
	struct upstream *older;

	for (; up != NULL; up = older) {
		older = up->older;
		free_one(up);
	}
}

static void
on_nothing(void *arg, int rcode, void *packet, int len, int is_secure,
    char *why_bogus, int was_ratelimited)
{
	(void)arg;
	(void)rcode;
	(void)packet;
	(void)len;
	(void)is_secure;
	(void)why_bogus;
	(void)was_ratelimited;
}

void
upstream_forget(struct upstream *up)
{
	if (up != NULL)
		ub_resolve_event(up->ctx, NO_ZONE, DNS_A, CLASS_IN, NULL,
		    on_nothing, NULL);
}

static void
on_answer(void *arg, int rcode, void *packet, int len, int is_secure,
    char *why_bogus, int was_ratelimited)
{
	struct question *question = arg;
	struct upstream *up = question->upstream;
	/* With a failure comes the reply to an earlier question. */
	bool has_reply = rcode == RCODE_NOERROR && packet != NULL;

	(void)is_secure;
	(void)why_bogus;
	(void)was_ratelimited;
	LIST_REMOVE(question, link);
	if (!up->is_ending) {
		question->done(question->arg, has_reply ? packet : NULL,
		    has_reply ? (size_t)len : 0);
		free_when_idle(up);
	}
	free(question);
}

int
upstream_ask(struct upstream *up, const char *name, enum dns_type type,
    upstream_done *done, void *arg)
{
	struct question *question = xmalloc(sizeof *question);
	int rc;

	question->upstream = up;
	question->done = done;
	question->arg = arg;
	LIST_INSERT_HEAD(&up->open, question, link);
	rc = ub_resolve_event(up->ctx, name, (int)type, CLASS_IN, question,
	    on_answer, NULL);
	if (rc == 0)
		return 0;
	LIST_REMOVE(question, link);
	free(question);
	if (rc == UB_SYNTAX)
		return -1;
	done(arg, NULL, 0); /* memory or descriptors are short */
	return 0;
}
