/*
 * Tests of DNS lists (RFC 5782, 5), and probes of those that do not answer.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "dnsbl_watch.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "watch.h"

#define BAD_INTERVAL   60 /* seconds between tests of a list gone bad */
#define RETRY_INTERVAL 1  /* after a first test without answer */
#define PROBE_INTERVAL 1  /* of a failing list */
#define ODD_INTERVAL   1  /* at least, between a test and one out of turn */
#define PROBES_MAX     8  /* under way: the slow ones overlap */

enum point { POINT_LISTED, POINT_UNLISTED, POINT_ZONE, POINTS };

struct asked {
	struct dnsbl_watch *watch;
	char name[DNSBL_NAME_MAX + 1];
	void *question;
	struct dns_answer *answer;
};

struct probe {
	struct dnsbl_watch *watch;
	void *question; /* NULL: not under way */
};

struct dnsbl_watch {
	struct dnsbl_list *list;
	const struct dnsbl_watch_listener *listener;
	struct event *test_timer;
	struct event *probe_timer;
	time_t next_test;
	struct asked points[POINTS]; /* of the test under way */
	unsigned waiting;            /* for so many of them */
	struct probe probes[PROBES_MAX];
};

static const struct {
	const char *labels[POINT_ZONE];
	const char *if_listed; /* the reason, when the second is listed */
} tests[] = {
	[DNSBL_IP4] = { { "2.0.0.127", "1.0.0.127" },
	    "lists 127.0.0.1, which no list may" },
	[DNSBL_IP6] = { { "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0."
			  "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0",
			    "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0."
			    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0" },
	    "lists ::ffff:7f00:1, which no list may" },
	[DNSBL_NAME] = { { "test", "invalid" },
	    "lists INVALID, which no list may" },
};

static void
log_change(const struct dnsbl_list *list, enum dnsbl_state was)
{
	const struct dnsbl_health *h = &list->health;
	struct strbuf line = { 0 };
	bool is_good = dnsbl_health_is_used(h) && !h->is_gone;
	/* Most lists have no test points for IPv6. */
	bool is_expected = was == DNSBL_UNTESTED &&
	    (h->state == DNSBL_OK || list->kind == DNSBL_IP6);

	log_field(&line, "zone", dnsbl_list_shown(list));
	log_field(&line, "kind", dnsbl_kind_name(list->kind));
	log_field(&line, "state", dnsbl_state_name(h->state));
	log_field(&line, "was", dnsbl_state_name(was));
	if (h->reason.len > 0) {
		log_field(&line, "reason", strbuf_str(&h->reason));
		log_field(&line, "remedy", strbuf_str(&h->remedy));
	}
	if (!is_good)
		log_warn("dnsbl:%s", strbuf_str(&line));
	else if (is_expected)
		log_debug("dnsbl:%s", strbuf_str(&line));
	else
		log_info("dnsbl:%s", strbuf_str(&line));
	strbuf_free(&line);
}

void
dnsbl_watch_tell(const struct dnsbl_list *list, enum dnsbl_state was)
{
	const struct dnsbl_health *h = &list->health;
	struct watch *watch = list->shared->watch;
	struct json *json;

	if (!watch_wants(watch, WATCH_LIST))
		return;
	json = watch_begin(watch, WATCH_LIST);
	json_string(json, "list", dnsbl_list_shown(list));
	json_string(json, "kind", dnsbl_kind_name(list->kind));
	json_string(json, "state", dnsbl_state_name(h->state));
	json_string(json, "was", dnsbl_state_name(was));
	json_string(json, "reason", h->reason.len > 0 ? h->reason.bytes : NULL);
	watch_end(watch);
}

static void
test_in(struct dnsbl_watch *watch, time_t seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	watch->next_test = clock_now() + seconds;
	evtimer_add(watch->test_timer, &tv);
}

static void
plan_test(struct dnsbl_watch *watch)
{
	const struct dnsbl_health *h = &watch->list->health;
	time_t interval = watch->list->shared->options.test_interval;
	time_t bad = interval < BAD_INTERVAL ? interval : BAD_INTERVAL;

	if (!h->is_tested)
		return;
	if (h->state == DNSBL_UNTESTED)
		test_in(watch, RETRY_INTERVAL);
	else if (!dnsbl_health_is_used(h) || h->is_gone || h->test_failed)
		test_in(watch, bad);
	else
		test_in(watch, interval);
}

/* After a state has changed: say so, and look as often as the new one wants. */
static void
has_changed(struct dnsbl_watch *watch, enum dnsbl_state was)
{
	static const struct timeval interval = { .tv_sec = PROBE_INTERVAL };
	const struct dnsbl_health *h = &watch->list->health;

	log_change(watch->list, was);
	dnsbl_watch_tell(watch->list, was);
	if (h->state == DNSBL_FAILING)
		evtimer_add(watch->probe_timer, &interval);
	else
		evtimer_del(watch->probe_timer);
	if (was == DNSBL_FAILING && h->is_tested)
		test_in(watch, 0);
	else
		plan_test(watch);
}

void
dnsbl_watch_answered(struct dnsbl_watch *watch, const struct dns_answer *answer)
{
	const struct dnsbl_watch_listener *listener = watch->listener;
	struct dnsbl_list *list = watch->list;
	struct dnsbl_health *h = &list->health;
	enum dnsbl_state was = h->state;
	bool was_suspect = dnsbl_health_is_suspect(h);
	enum dnsbl_outcome outcome = dnsbl_outcome_of(answer);
	time_t now = clock_now();

	if (answer->is_unasked)
		return; /* it says nothing of the list */
	if (dnsbl_health_answered(h, answer, now))
		has_changed(watch, was);
	if (list->shared->options.test_interval == 0)
		return;
	if (outcome == DNSBL_SAYS_NOTHING) {
		if (dnsbl_health_is_suspect(h))
			listener->suspect(listener->ctx, list);
		return;
	}
	if (outcome == DNSBL_IS_ODD && h->is_tested && watch->waiting == 0 &&
	    now - h->last_test > ODD_INTERVAL)
		test_in(watch, 0);
	/* One that never was may have a server of its own. */
	if (was_suspect)
		listener->answers(listener->ctx, list);
}

void
dnsbl_watch_proved(struct dnsbl_watch *watch, const struct dns_answer *answer)
{
	struct dnsbl_health *h = &watch->list->health;
	enum dnsbl_state was;

	dnsbl_watch_answered(watch, answer);
	was = h->state;
	if (dnsbl_health_proved(h, answer, clock_now()))
		has_changed(watch, was);
}

void
dnsbl_watch_blame(struct dnsbl_watch *watch)
{
	struct dnsbl_health *h = &watch->list->health;
	enum dnsbl_state was = h->state;

	if (dnsbl_health_is_suspect(h) && dnsbl_health_fails(h, clock_now()))
		has_changed(watch, was);
}

static void
end_test(struct dnsbl_watch *watch)
{
	for (enum point p = 0; p < POINTS; p++) {
		struct asked *asked = &watch->points[p];

		if (asked->question != NULL)
			watch->list->shared->dns.cancel(asked->question);
		dns_answer_release(asked->answer);
		*asked = (struct asked){ 0 };
	}
	watch->waiting = 0;
}

/* No cached answer is a test, and none of a test is a hit for a client. */
static void
forget_point(const struct asked *asked)
{
	const struct dnsbl_dns *dns = &asked->watch->list->shared->dns;

	dns->forget(dns->ctx, asked->name, DNS_A);
}

static void on_test_answer(void *arg, const struct dns_answer *answer);

static void
ask_point(struct dnsbl_watch *watch, enum point p)
{
	struct dnsbl_list *list = watch->list;
	const struct dnsbl_dns *dns = &list->shared->dns;
	struct asked *asked = &watch->points[p];
	void *question;

	if (p == POINT_ZONE)
		memcpy(asked->name, list->zone, strlen(list->zone) + 1);
	else if (dnsbl_query_name(list, tests[list->kind].labels[p],
		     asked->name) == -1)
		abort(); /* dnsbl_site_parse saw that it fits */
	asked->watch = watch;
	watch->waiting++;
	forget_point(asked);
	question =
	    dns->ask(dns->ctx, asked->name, DNS_A, on_test_answer, asked);
	if (question != NULL)
		asked->question = question;
}

static void
on_test_answer(void *arg, const struct dns_answer *answer)
{
	struct asked *asked = arg;
	struct dnsbl_watch *watch = asked->watch;
	const struct dnsbl_watch_listener *listener = watch->listener;
	struct dnsbl_list *list = watch->list;
	enum dnsbl_state was;
	struct dnsbl_test test;

	asked->question = NULL;
	asked->answer = dns_answer_hold(answer);
	forget_point(asked);
	if (asked != &watch->points[POINT_ZONE])
		dnsbl_watch_answered(watch, answer);
	if (--watch->waiting > 0)
		return;
	test = (struct dnsbl_test){
		.listed = watch->points[POINT_LISTED].answer,
		.unlisted = watch->points[POINT_UNLISTED].answer,
		.zone = watch->points[POINT_ZONE].answer,
		.if_listed = tests[list->kind].if_listed,
	};
	if (test.unlisted == NULL) /* the first was answered at once */
		return;
	if (test.zone == NULL && dnsbl_test_needs_zone(&test)) {
		ask_point(watch, POINT_ZONE);
		return;
	}
	was = list->health.state;
	if (dnsbl_health_tested(&list->health, &test, clock_now()))
		has_changed(watch, was);
	else
		plan_test(watch);
	end_test(watch);
	listener->tested(listener->ctx, list);
	if (dnsbl_health_is_suspect(&list->health))
		listener->suspect(listener->ctx, list);
}

static void
on_test_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dnsbl_watch *watch = arg;

	(void)fd;
	(void)what;
	end_test(watch);
	ask_point(watch, POINT_LISTED);
	ask_point(watch, POINT_UNLISTED);
}

static void
on_probe_answer(void *arg, const struct dns_answer *answer)
{
	struct probe *probe = arg;

	probe->question = NULL;
	dnsbl_watch_proved(probe->watch, answer);
}

static void
on_probe_timer(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval interval = { .tv_sec = PROBE_INTERVAL };
	struct dnsbl_watch *watch = arg;
	const struct dnsbl_dns *dns = &watch->list->shared->dns;

	(void)fd;
	(void)what;
	evtimer_add(watch->probe_timer, &interval);
	for (size_t i = 0; i < PROBES_MAX; i++) {
		struct probe *probe = &watch->probes[i];
		char name[DNSBL_NAME_MAX + 1];
		void *question;

		if (probe->question != NULL)
			continue;
		probe->watch = watch;
		dnsbl_random_name(watch->list, name);
		question =
		    dns->ask(dns->ctx, name, DNS_A, on_probe_answer, probe);
		if (question != NULL)
			probe->question = question;
		return;
	}
}

struct dnsbl_watch *
dnsbl_watch_new(struct dnsbl_list *list,
    const struct dnsbl_watch_listener *listener)
{
	struct dnsbl_watch *watch = xcalloc(1, sizeof *watch);
	struct event_base *base = list->shared->base;

	watch->list = list;
	watch->listener = listener;
	watch->test_timer = evtimer_new(base, on_test_timer, watch);
	watch->probe_timer = evtimer_new(base, on_probe_timer, watch);
	return watch;
}

void
dnsbl_watch_stop(struct dnsbl_watch *watch)
{
	end_test(watch);
	for (size_t i = 0; i < PROBES_MAX; i++) {
		if (watch->probes[i].question != NULL)
			watch->list->shared->dns.cancel(
			    watch->probes[i].question);
		watch->probes[i].question = NULL;
	}
	evtimer_del(watch->test_timer);
	evtimer_del(watch->probe_timer);
	watch->next_test = 0;
}

void
dnsbl_watch_free(struct dnsbl_watch *watch)
{
	dnsbl_watch_stop(watch);
	event_free(watch->test_timer);
	event_free(watch->probe_timer);
	free(watch);
}

void
dnsbl_watch_start(struct dnsbl_watch *watch)
{
	if (watch->list->health.is_tested)
		test_in(watch, 0);
}

time_t
dnsbl_watch_next_test(const struct dnsbl_watch *watch)
{
	return watch->next_test;
}
