/*
 * The question whether it is DNS lists that fail or the resolver.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "dnsbl_judge.h"
#include "clock.h"
#include "dnsbl_watch.h"
#include "log.h"

#define RECENT_SECONDS 60 /* lookups that tell how a list does now */
#define JUDGE_MS       200

/* How a zone does, over all kinds of what it lists. */
struct zone_view {
	bool is_active; /* it was asked lately, or its test failed */
	bool is_suspect;
};

static struct zone_view
view_zone(const struct dnsbl_list_head *lists, const char *zone, time_t now)
{
	struct zone_view view = { false, false };
	const struct dnsbl_list *list;

	TAILQ_FOREACH(list, lists, link)
	{
		const struct dnsbl_health *h = &list->health;

		if (strcmp(list->zone, zone) != 0)
			continue;
		if (dnsbl_health_is_suspect(h))
			view.is_active = view.is_suspect = true;
		else if (dnsbl_health_is_used(h) &&
		    now - h->last_lookup <= RECENT_SECONDS)
			view.is_active = true;
	}
	return view;
}

static bool
is_first_of_zone(const struct dnsbl_list_head *lists,
    const struct dnsbl_list *list)
{
	const struct dnsbl_list *first;

	TAILQ_FOREACH(first, lists, link)
	{
		if (strcmp(first->zone, list->zone) == 0)
			return first == list;
	}
	abort();
}

/* Whether so many fail at the same time that it cannot be their fault. */
static bool
is_resolver_to_blame(struct dnsbl_judge *judge)
{
	const struct dnsbl_list_head *lists = judge->lists;
	const struct dnsbl_list *list;
	time_t now = clock_now();
	unsigned nactive = 0, nsuspect = 0;

	TAILQ_FOREACH(list, lists, link)
	{
		struct zone_view view;

		if (!is_first_of_zone(lists, list))
			continue;
		view = view_zone(lists, list->zone, now);
		nactive += view.is_active;
		nsuspect += view.is_suspect;
	}
	if (nsuspect < 2 || nsuspect <= nactive / 2) {
		judge->blames_resolver = false;
		return false;
	}
	if (!judge->blames_resolver)
		log_error("dnsbl: %u of %u lists give no answer, so it is the "
			  "resolver; see that the servers of \"resolver\" can "
			  "be reached",
		    nsuspect, nactive);
	judge->blames_resolver = true;
	return true;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dnsbl_judge *judge = arg;
	struct dnsbl_list *list;

	(void)fd;
	(void)what;
	if (is_resolver_to_blame(judge))
		return;
	TAILQ_FOREACH(list, judge->lists, link)
	dnsbl_watch_blame(list->watch);
}

void
dnsbl_judge_init(struct dnsbl_judge *judge, struct event_base *base,
    struct dnsbl_list_head *lists)
{
	*judge = (struct dnsbl_judge){
		.lists = lists,
		.timer = evtimer_new(base, on_timer, judge),
	};
}

void
dnsbl_judge_end(struct dnsbl_judge *judge)
{
	event_free(judge->timer);
}

void
dnsbl_judge_later(struct dnsbl_judge *judge)
{
	static const struct timeval moment = { .tv_usec = JUDGE_MS * 1000 };

	if (!evtimer_pending(judge->timer, NULL))
		evtimer_add(judge->timer, &moment);
}

void
dnsbl_judge_acquit(struct dnsbl_judge *judge)
{
	if (!judge->blames_resolver)
		return;
	judge->blames_resolver = false;
	log_info("dnsbl: the resolver answers again");
}
