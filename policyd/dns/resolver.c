/*
 * Questions to DNS.  A question of a caller joins a lookup: the one packet
 * exchange for its name and type, whoever asks.  A question has its own time
 * limit; a lookup lives until upstream is done with it, so that a late answer
 * is at hand for the next who asks.
 */
#include <stdlib.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "resolver.h"
#include "clock.h"
#include "dns_key.h"
#include "dns_message.h"
#include "key_hash.h"
#include "log.h"
#include "lookup_pace.h"
#include "mem.h"
#include "metrics.h"
#include "resolv_conf.h"
#include "resolver_config.h"
#include "ttl_cache.h"
#include "upstream.h"

#define LOOKUPS_MAX       10000 /* fewer where descriptors are short */
#define LOOKUP_BUCKETS    4096
#define LATE_IN_A_TURN    64 /* questions */
#define TTL_FOUND_MAX     3600
#define TTL_NOT_FOUND_MAX 300
#define AGAIN_MS          60000 /* between two lines that say the same */

struct counters {
	unsigned long asked, cached, joined, sent, failed, late, refused;
};

struct resolver_question {
	TAILQ_ENTRY(resolver_question) by_deadline;
	LIST_ENTRY(resolver_question) same_lookup;
	struct lookup *lookup;
	struct counters *counters;
	uint64_t asked;
	resolver_done *done;
	void *arg;
};

LIST_HEAD(question_list, resolver_question);

struct lookup {
	LIST_ENTRY(lookup) same_bucket;
	struct resolver *resolver;
	struct counters *counters; /* looks: nobody asked for it in earnest */
	struct dns_key key;
	struct question_list questions;
	struct lookup_turn turn; /* while it is not sent */
	bool is_sent;
	bool is_outdated; /* sent before something was to be forgotten */
	uint64_t started;
};

LIST_HEAD(lookup_bucket, lookup);

struct resolver {
	struct event_base *base;
	struct resolver_config config;
	struct resolv_conf *resolv_conf; /* NULL: not looked at */
	struct upstream *upstream;       /* NULL: nothing was to be asked yet */
	struct ttl_cache *cache;
	struct dns_answer *not_found[2]; /* as cached; [1]: no such name */
	size_t cache_bytes;
	struct key_hash hash;
	struct lookup_bucket lookups[LOOKUP_BUCKETS];
	struct lookup_bucket outdated;
	size_t nlookups;
	size_t lookups_max;
	uint64_t warn_from;  /* when to say again that there are as many */
	uint64_t blame_from; /* that the upstream does not start */
	size_t nunsent;      /* as it does not */
	TAILQ_HEAD(, resolver_question) by_deadline; /* next one first */
	struct lookup_pace pace;
	struct event *send;
	struct event *deadline;
	uint64_t timeout_ms;
	struct counters counters;
	struct counters looks; /* of those who only look; nobody shows them */
};

static struct lookup_bucket *
bucket_of(struct resolver *r, const struct dns_key *key)
{
	return &r->lookups[key_hash(&r->hash, key->bytes, key->len) %
	    LOOKUP_BUCKETS];
}

static struct lookup *
find_lookup(struct resolver *r, const struct dns_key *key)
{
	struct lookup *lookup;

	LIST_FOREACH(lookup, bucket_of(r, key), same_bucket)
	{
		if (dns_key_equal(&lookup->key, key))
			return lookup;
	}
	return NULL;
}

/* Set the timer for the question whose time is over first. */
static void
set_deadline(struct resolver *r)
{
	struct resolver_question *first = TAILQ_FIRST(&r->by_deadline);
	uint64_t now = clock_ms(), wait = 0;
	struct timeval tv;

	if (first == NULL)
		return;
	if (first->asked + r->timeout_ms > now)
		wait = first->asked + r->timeout_ms - now;
	tv.tv_sec = (time_t)(wait / 1000);
	tv.tv_usec = (suseconds_t)(wait % 1000 * 1000);
	evtimer_add(r->deadline, &tv);
}

static void
question_free(struct resolver_question *question)
{
	TAILQ_REMOVE(&question->lookup->resolver->by_deadline, question,
	    by_deadline);
	LIST_REMOVE(question, same_lookup);
	free(question);
}

/* Nobody waits for it, and it has not been sent. */
static void
lookup_drop(struct lookup *lookup)
{
	lookup_pace_drop(&lookup->resolver->pace, &lookup->turn);
	LIST_REMOVE(lookup, same_bucket);
	lookup->resolver->nlookups--;
	free(lookup);
}

static void
question_give_up(struct resolver_question *question)
{
	struct lookup *lookup = question->lookup;

	question_free(question);
	if (!lookup->is_sent && LIST_EMPTY(&lookup->questions))
		lookup_drop(lookup);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *r = arg;
	uint64_t now = clock_ms();
	struct resolver_question *question;
	struct dns_answer *late = NULL;

	(void)fd;
	(void)what;
	for (int i = 0; i < LATE_IN_A_TURN &&
	     (question = TAILQ_FIRST(&r->by_deadline)) != NULL &&
	     question->asked + r->timeout_ms <= now;
	     i++) {
		resolver_done *done = question->done;
		void *done_arg = question->arg;
		bool is_unasked = !question->lookup->is_sent;

		question->counters->late++;
		question_give_up(question);
		/* Each gets its own: someone may keep it. */
		late = dns_answer_new(DNS_FAILED, "no answer in time");
		late->ms = (unsigned)r->timeout_ms;
		late->is_unasked = is_unasked;
		done(done_arg, late);
		dns_answer_release(late);
	}
	set_deadline(r);
}

static struct dns_answer *
parse(const struct dns_key *key, const unsigned char *packet, size_t len)
{
	if (packet == NULL)
		return dns_answer_new(DNS_FAILED, "no usable answer");
	return dns_message_parse(packet, len, dns_key_type(key));
}

/*
 * Keep an answer for its time: a copy, as nobody may see it change.  Most
 * answers of DNS lists are that a name does not exist, and those share one:
 * less memory to go through with each request.
 */
static void
remember(struct resolver *r, const struct dns_key *key,
    const struct dns_answer *answer)
{
	unsigned max =
	    answer->status == DNS_FOUND ? TTL_FOUND_MAX : TTL_NOT_FOUND_MAX;
	unsigned ttl = answer->ttl < max ? answer->ttl : max;
	struct dns_answer *kept;
	size_t size = 0;

	if (answer->status == DNS_FAILED || ttl == 0)
		return;
	if (answer->status == DNS_NOT_FOUND) {
		kept = dns_answer_hold(r->not_found[answer->is_nxdomain]);
	} else {
		kept = dns_answer_copy(answer);
		kept->from_cache = true;
		size = dns_answer_size(kept);
	}
	ttl_cache_put(r->cache, key->bytes, key->len, kept, size,
	    clock_coarse_ms() + (uint64_t)ttl * 1000);
}

/*
 * Give the answer to all who wait for it, who may ask and cancel meanwhile,
 * and end the lookup.  Takes ownership of the answer.
 */
static void
lookup_finish(struct lookup *lookup, struct dns_answer *answer)
{
	struct resolver_question *question;

	LIST_REMOVE(lookup, same_bucket);
	lookup->resolver->nlookups--;
	lookup_pace_ended(&lookup->resolver->pace);
	answer->ms = (unsigned)(clock_ms() - lookup->started);
	while ((question = LIST_FIRST(&lookup->questions)) != NULL) {
		resolver_done *done = question->done;
		void *arg = question->arg;

		question_free(question);
		done(arg, answer);
	}
	dns_answer_release(answer);
	free(lookup);
}

/* Send in a turn of the loop to come; a tick that runs is not put off. */
static void
send_next_turn(struct resolver *r)
{
	struct timeval pause = { .tv_usec = lookup_pace_pause_us(&r->pace) };

	if (TAILQ_EMPTY(&r->pace.waiting))
		return;
	if (pause.tv_usec == 0 || !evtimer_pending(r->send, NULL))
		evtimer_add(r->send, &pause);
}

static void
on_packet(void *arg, const unsigned char *packet, size_t len)
{
	struct lookup *lookup = arg;
	struct resolver *r = lookup->resolver;
	struct dns_answer *answer = parse(&lookup->key, packet, len);

	if (packet != NULL) {
		lookup_pace_replied(&r->pace);
		send_next_turn(r);
	}
	if (lookup->is_outdated)
		answer->ttl = 0; /* those who wait must not keep it either */
	if (lookup->counters != &r->looks)
		remember(r, &lookup->key, answer);
	if (answer->status == DNS_FAILED) {
		lookup->counters->failed++;
		upstream_forget(r->upstream); /* overwrites the packet */
	}
	lookup_finish(lookup, answer);
}

static void
blame_upstream(struct resolver *r, const char *why)
{
	uint64_t now = clock_coarse_ms();

	r->nunsent++;
	if (now < r->blame_from)
		return;
	r->blame_from = now + AGAIN_MS;
	log_error("resolver: %s; lookups that failed so: %zu", why, r->nunsent);
}

/* The first question needs it: it takes more memory than all else. */
static bool
open_upstream(struct resolver *r)
{
	struct strbuf err = { 0 };

	r->upstream =
	    upstream_new(r->base, &r->config, r->lookups_max, NULL, &err);
	if (r->upstream == NULL) {
		blame_upstream(r, strbuf_str(&err));
	} else if (r->nunsent > 0) {
		log_info(
		    "resolver: libunbound has started; lookups that failed "
		    "before: %zu",
		    r->nunsent);
		r->nunsent = 0;
		r->blame_from = 0;
	}
	strbuf_free(&err);
	return r->upstream != NULL;
}

static void
lookup_send(struct lookup *lookup)
{
	struct resolver *r = lookup->resolver;

	lookup->is_sent = true;
	lookup->started = clock_ms();
	lookup->counters->sent++;
	if (r->upstream == NULL && !open_upstream(r))
		on_packet(lookup, NULL, 0);
	else if (upstream_ask(r->upstream, lookup->key.bytes,
		     dns_key_type(&lookup->key), on_packet, lookup) == -1)
		lookup_finish(lookup, dns_answer_new(DNS_NOT_FOUND, NULL));
}

static void
on_send(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *r = arg;
	struct lookup *lookup;

	(void)fd;
	(void)what;
	lookup_pace_begin(&r->pace);
	while ((lookup = lookup_pace_next(&r->pace)) != NULL)
		lookup_send(lookup);
	send_next_turn(r);
}

/*
 * Another upstream, for other servers or to forget what it remembers.  What is
 * under way goes on, but nobody joins it and the cache does not learn of it.
 * Returns 0, or -1 and nothing has changed.
 */
static int
renew_upstream(struct resolver *r, const struct resolver_config *config,
    struct strbuf *err)
{
	struct upstream *upstream;
	struct lookup *lookup, *next;

	if (r->upstream == NULL)
		return 0;
	upstream =
	    upstream_new(r->base, config, r->lookups_max, r->upstream, err);
	if (upstream == NULL)
		return -1;
	r->upstream = upstream;
	for (size_t i = 0; i < LOOKUP_BUCKETS; i++) {
		for (lookup = LIST_FIRST(&r->lookups[i]); lookup != NULL;
		     lookup = next) {
			next = LIST_NEXT(lookup, same_bucket);
			if (!lookup->is_sent)
				continue;
			lookup->is_outdated = true;
			LIST_REMOVE(lookup, same_bucket);
			LIST_INSERT_HEAD(&r->outdated, lookup, same_bucket);
		}
	}
	return 0;
}

static void
on_resolv_conf(void *arg)
{
	struct resolver *r = arg;
	struct strbuf err = { 0 }, line = { 0 };

	resolver_config_system(&r->config, resolv_conf_text(r->resolv_conf));
	if (renew_upstream(r, &r->config, &err) == -1) {
		log_error(RESOLV_CONF_PATH ": %s", strbuf_str(&err));
	} else {
		for (size_t i = 0; i < r->config.nservers; i++)
			log_field(&line, "server", r->config.servers[i]);
		log_info("resolver: " RESOLV_CONF_PATH " has changed:%s",
		    strbuf_str(&line));
		resolver_config_warn(&r->config);
	}
	strbuf_free(&line);
	strbuf_free(&err);
}

static void
release_answer(void *answer)
{
	dns_answer_release(answer);
}

int
resolver_configure(struct resolver *r, const struct resolver_options *options,
    struct strbuf *err)
{
	struct resolver_config config = { 0 };
	struct resolv_conf *resolv_conf = NULL;

	if (resolver_config_parse(&config, options->servers, err) == -1)
		goto fail;
	if (config.mode == RESOLVER_SYSTEM) {
		resolv_conf = resolv_conf_new(r->base, RESOLV_CONF_PATH,
		    on_resolv_conf, r);
		resolver_config_system(&config, resolv_conf_text(resolv_conf));
	}
	if (renew_upstream(r, &config, err) == -1)
		goto fail;
	resolver_config_free(&r->config);
	resolv_conf_free(r->resolv_conf);
	ttl_cache_free(r->cache);
	r->config = config;
	r->resolv_conf = resolv_conf;
	r->cache = ttl_cache_new(options->cache_bytes, release_answer);
	r->cache_bytes = options->cache_bytes;
	r->timeout_ms = options->timeout_ms;
	set_deadline(r);
	resolver_config_warn(&r->config);
	return 0;
fail:
	resolver_config_free(&config);
	resolv_conf_free(resolv_conf);
	return -1;
}

struct resolver *
resolver_new(struct event_base *base, const struct resolver_options *options,
    struct strbuf *err)
{
	struct resolver *r = xpages(sizeof *r);

	r->base = base;
	key_hash_init(&r->hash);
	r->lookups_max = upstream_open_max(LOOKUPS_MAX);
	for (int i = 0; i < 2; i++) {
		r->not_found[i] = dns_answer_new(DNS_NOT_FOUND, NULL);
		r->not_found[i]->is_nxdomain = i == 1;
		r->not_found[i]->from_cache = true;
	}
	TAILQ_INIT(&r->by_deadline);
	lookup_pace_init(&r->pace);
	r->deadline = evtimer_new(base, on_deadline, r);
	r->send = evtimer_new(base, on_send, r);
	if (resolver_configure(r, options, err) == -1) {
		resolver_free(r);
		return NULL;
	}
	return r;
}

static void
free_lookups(struct lookup_bucket *bucket)
{
	struct lookup *lookup;

	while ((lookup = LIST_FIRST(bucket)) != NULL) {
		while (!LIST_EMPTY(&lookup->questions))
			question_free(LIST_FIRST(&lookup->questions));
		LIST_REMOVE(lookup, same_bucket);
		free(lookup);
	}
}

void
resolver_free(struct resolver *r)
{
	if (r == NULL)
		return;
	upstream_free(r->upstream);
	for (size_t i = 0; i < LOOKUP_BUCKETS; i++)
		free_lookups(&r->lookups[i]);
	free_lookups(&r->outdated);
	event_free(r->deadline);
	event_free(r->send);
	resolv_conf_free(r->resolv_conf);
	ttl_cache_free(r->cache);
	dns_answer_release(r->not_found[0]);
	dns_answer_release(r->not_found[1]);
	resolver_config_free(&r->config);
	xpages_free(r, sizeof *r);
}

/* Answer without asking anybody. */
static struct resolver_question *
answer_now(struct dns_answer *answer, resolver_done *done, void *arg)
{
	done(arg, answer);
	dns_answer_release(answer);
	return NULL;
}

static struct lookup *
lookup_new(struct resolver *r, const struct dns_key *key,
    struct counters *counters)
{
	struct lookup *lookup = xcalloc(1, sizeof *lookup);

	lookup->resolver = r;
	lookup->counters = counters;
	lookup->key = *key;
	LIST_INSERT_HEAD(bucket_of(r, key), lookup, same_bucket);
	lookup_pace_add(&r->pace, &lookup->turn, lookup);
	r->nlookups++;
	send_next_turn(r);
	return lookup;
}

/* What was only looked at is asked for in earnest. */
static void
lookup_take_over(struct lookup *lookup, struct counters *counters)
{
	lookup->counters = counters;
	if (lookup->is_sent)
		counters->sent++;
}

static struct resolver_question *
join(struct lookup *lookup, struct counters *counters, resolver_done *done,
    void *arg)
{
	struct resolver *r = lookup->resolver;
	struct resolver_question *question = xcalloc(1, sizeof *question);
	bool is_first = TAILQ_EMPTY(&r->by_deadline);

	if (lookup->counters == &r->looks && counters != &r->looks)
		lookup_take_over(lookup, counters);
	question->lookup = lookup;
	question->counters = counters;
	question->asked = clock_ms();
	question->done = done;
	question->arg = arg;
	LIST_INSERT_HEAD(&lookup->questions, question, same_lookup);
	TAILQ_INSERT_TAIL(&r->by_deadline, question, by_deadline);
	if (is_first)
		set_deadline(r);
	return question;
}

static void
warn_of_full(struct resolver *r)
{
	uint64_t now = clock_coarse_ms();

	if (now < r->warn_from)
		return;
	r->warn_from = now + AGAIN_MS;
	log_warn("resolver: %zu lookups wait for an answer, what goes beyond "
		 "fails: see that the servers of \"resolver\" are well",
	    r->nlookups);
}

static struct resolver_question *
ask(struct resolver *r, struct counters *counters, const char *name,
    enum dns_type type, resolver_done *done, void *arg)
{
	struct dns_key key;
	struct dns_answer *answer;
	struct lookup *lookup;

	counters->asked++;
	if (dns_key_init(&key, name, type) == -1)
		return answer_now(dns_answer_new(DNS_NOT_FOUND, NULL), done,
		    arg);
	answer =
	    ttl_cache_find(r->cache, key.bytes, key.len, clock_coarse_ms());
	if (answer != NULL) {
		counters->cached++;
		return answer_now(dns_answer_hold(answer), done, arg);
	}
	lookup = find_lookup(r, &key);
	if (lookup != NULL) {
		counters->joined++;
		return join(lookup, counters, done, arg);
	}
	if (r->nlookups >= r->lookups_max) {
		counters->refused++;
		warn_of_full(r);
		answer =
		    dns_answer_new(DNS_FAILED, "too many lookups in flight");
		answer->is_unasked = true;
		return answer_now(answer, done, arg);
	}
	return join(lookup_new(r, &key, counters), counters, done, arg);
}

struct resolver_question *
resolver_ask(struct resolver *r, const char *name, enum dns_type type,
    resolver_done *done, void *arg)
{
	return ask(r, &r->counters, name, type, done, arg);
}

struct resolver_question *
resolver_look(struct resolver *r, const char *name, enum dns_type type,
    resolver_done *done, void *arg)
{
	return ask(r, &r->looks, name, type, done, arg);
}

void
resolver_cancel(struct resolver_question *question)
{
	question_give_up(question);
}

void
resolver_forget(struct resolver *r, const char *name, enum dns_type type)
{
	struct dns_key key;

	if (dns_key_init(&key, name, type) == 0)
		ttl_cache_forget(r->cache, key.bytes, key.len);
	upstream_forget(r->upstream);
}

void
resolver_describe(const struct resolver *r, struct strbuf *out)
{
	const struct counters *n = &r->counters;

	strbuf_adds(out, "resolver: ");
	resolver_config_print(&r->config, out);
	strbuf_addf(out, "\ncache: %zu answers, %zu of %zu bytes\n",
	    ttl_cache_count(r->cache), ttl_cache_bytes(r->cache),
	    r->cache_bytes);
	strbuf_addf(out, "in flight: %zu of %zu lookups\n", r->nlookups,
	    r->lookups_max);
	strbuf_addf(out,
	    "questions: %lu, from cache %lu, joined %lu, sent %lu\n"
	    "failures: %lu, late %lu, not sent %lu\n",
	    n->asked, n->cached, n->joined, n->sent, n->failed, n->late,
	    n->refused);
}

void
resolver_metrics(const struct resolver *r, struct metrics *out)
{
	const struct counters *n = &r->counters;
	const struct {
		const char *name;
		enum metric_type type;
		const char *help;
		unsigned long value;
	} metrics[] = {
		{ "dns_questions_total", METRIC_COUNTER, "Questions to DNS.",
		    n->asked },
		{ "dns_cached_total", METRIC_COUNTER,
		    "Questions answered from the cache.", n->cached },
		{ "dns_joined_total", METRIC_COUNTER,
		    "Questions that shared the lookup of another.", n->joined },
		{ "dns_lookups_total", METRIC_COUNTER, "Lookups sent.",
		    n->sent },
		{ "dns_failed_total", METRIC_COUNTER,
		    "Lookups without usable answer.", n->failed },
		{ "dns_late_total", METRIC_COUNTER,
		    "Questions whose time ran out.", n->late },
		{ "dns_refused_total", METRIC_COUNTER,
		    "Questions not sent: too many in flight.", n->refused },
		{ "dns_in_flight", METRIC_GAUGE, "Lookups in flight.",
		    r->nlookups },
		{ "dns_cache_answers", METRIC_GAUGE, "Answers in the cache.",
		    ttl_cache_count(r->cache) },
		{ "dns_cache_bytes", METRIC_GAUGE, "Size of the cache.",
		    ttl_cache_bytes(r->cache) },
	};

	for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
		metrics_add(out, metrics[i].name, metrics[i].type,
		    metrics[i].help, (double)metrics[i].value);
}

int
resolver_flush(struct resolver *r, const char *name, struct strbuf *err)
{
	struct dns_key key;

	if (name == NULL)
		ttl_cache_remove(r->cache, NULL, NULL);
	else if (dns_key_init(&key, name, DNS_A) == 0)
		ttl_cache_remove(r->cache, dns_key_is_at_or_below, &key);
	return renew_upstream(r, &r->config, err);
}
