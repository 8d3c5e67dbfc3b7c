/*
 * The DNS lists in use.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dnsbl_lists.h"
#include "clock.h"
#include "dnsbl_proof.h"
#include "dnsbl_unlisted.h"
#include "mem.h"

static bool
is_tested(const struct dnsbls *d, const char *zone)
{
	char *words = xstrdup(d->untested), *rest = words, *word;
	bool is_untested = false;

	while ((word = strsep(&rest, ", \t\r\n")) != NULL) {
		size_t len = strlen(word);

		if (len > 0 && word[len - 1] == '.')
			word[len - 1] = '\0';
		if (strcasecmp(word, zone) == 0)
			is_untested = true;
	}
	free(words);
	return d->shared.options.test_interval > 0 && !is_untested;
}

static char *
zone_of_list(const char *written)
{
	char *zone = xstrdup(written);
	size_t len = strlen(zone);

	if (len > 0 && zone[len - 1] == '.')
		zone[len - 1] = '\0';
	for (char *c = zone; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return zone;
}

void
dnsbl_lists_number(struct dnsbls *d)
{
	struct dnsbl_list *list;
	size_t n = 0;

	TAILQ_FOREACH(list, &d->lists, link)
	list->number = n++;
	dnsbl_unlisted_clear(d->unlisted, n);
}

/* A proof says of a list's health what no other answer does. */
static void
on_proved(void *arg, struct dnsbl_list *list, const struct dns_answer *answer)
{
	(void)arg;
	dnsbl_watch_proved(list->watch, answer);
}

struct dnsbl_list *
dnsbl_list_hold(struct dnsbls *d, const char *written, enum dnsbl_kind kind)
{
	char *zone = zone_of_list(written);
	struct dnsbl_list *list;

	TAILQ_FOREACH(list, &d->lists, link)
	{
		if (list->kind == kind && strcmp(list->zone, zone) == 0)
			break;
	}
	if (list != NULL) {
		free(zone);
		list->nsites++;
		return list;
	}
	list = xcalloc(1, sizeof *list);
	list->shared = &d->shared;
	list->zone = zone;
	list->kind = kind;
	list->nsites = 1;
	dnsbl_health_init(&list->health, is_tested(d, zone), clock_now());
	list->watch = dnsbl_watch_new(list, &d->listener);
	list->prover = dnsbl_prover_new(list, on_proved, NULL);
	TAILQ_INSERT_TAIL(&d->lists, list, link);
	dnsbl_lists_number(d);
	if (d->is_started)
		dnsbl_watch_start(list->watch);
	return list;
}

void
dnsbl_list_release(struct dnsbls *d, struct dnsbl_list *list)
{
	if (list == NULL || --list->nsites > 0)
		return;
	TAILQ_REMOVE(&d->lists, list, link);
	dnsbl_lists_number(d);
	dnsbl_watch_free(list->watch);
	dnsbl_prover_free(list->prover);
	dnsbl_health_free(&list->health);
	free(list->zone);
	free(list);
}

void
dnsbl_lists_configure(struct dnsbls *d)
{
	struct dnsbl_list *list;

	TAILQ_FOREACH(list, &d->lists, link)
	{
		bool tested = is_tested(d, list->zone);

		if (tested == list->health.is_tested)
			continue;
		dnsbl_watch_stop(list->watch);
		dnsbl_health_restart(&list->health, tested, clock_now());
		if (d->is_started)
			dnsbl_watch_start(list->watch);
	}
}
