/*
 * The DNS lists in use, and the words of the configuration that use them.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "dnsbl.h"
#include "clock.h"
#include "dnsbl_list.h"
#include "dnsbl_proof.h"
#include "dnsbl_unlisted.h"
#include "mem.h"
#include "ttl_cache.h"

enum {
	HITS_BYTES = 16 << 20, /* what is known of hits: some 100,000 */
	LABEL_MAX = 63,        /* the longest test or proof label */
};

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
	return d->options.test_interval > 0 && !is_untested;
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

/* Number the lists, and forget what is known by other numbers. */
static void
number_lists(struct dnsbls *d)
{
	struct dnsbl_list *list;
	size_t n = 0;

	TAILQ_FOREACH(list, &d->lists, link)
	list->number = n++;
	dnsbl_unlisted_clear(d->unlisted, n);
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
	list->dnsbls = d;
	list->zone = zone;
	list->kind = kind;
	list->nsites = 1;
	dnsbl_health_init(&list->health, is_tested(d, zone), clock_now());
	list->watch = dnsbl_watch_new(list);
	list->prover = dnsbl_prover_new(list);
	TAILQ_INSERT_TAIL(&d->lists, list, link);
	number_lists(d);
	if (d->is_started)
		dnsbl_watch_start(list->watch);
	return list;
}

static void
list_release(struct dnsbl_list *list)
{
	if (list == NULL || --list->nsites > 0)
		return;
	TAILQ_REMOVE(&list->dnsbls->lists, list, link);
	number_lists(list->dnsbls);
	dnsbl_watch_free(list->watch);
	dnsbl_prover_free(list->prover);
	dnsbl_health_free(&list->health);
	free(list->zone);
	free(list);
}

struct dnsbls *
dnsbls_new(struct event_base *base, const struct dnsbl_dns *dns,
    const struct dnsbl_options *options)
{
	struct dnsbls *d = xcalloc(1, sizeof *d);

	d->base = base;
	TAILQ_INIT(&d->lists);
	d->judge = evtimer_new(base, dnsbl_watch_on_judge, d);
	d->hits = ttl_cache_new(HITS_BYTES, NULL);
	d->unlisted = dnsbl_unlisted_new();
	dnsbls_configure(d, dns, options);
	return d;
}

void
dnsbls_configure(struct dnsbls *d, const struct dnsbl_dns *dns,
    const struct dnsbl_options *options)
{
	struct dnsbl_list *list;

	free(d->untested);
	d->untested = xstrdup(options->untested);
	d->dns = *dns;
	d->options = *options;
	d->options.untested = d->untested;
	dnsbls_flush(d);
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

void
dnsbls_flush(struct dnsbls *d)
{
	number_lists(d);
}

void
dnsbls_start(struct dnsbls *d)
{
	struct dnsbl_list *list;

	d->is_started = true;
	TAILQ_FOREACH(list, &d->lists, link)
	dnsbl_watch_start(list->watch);
}

static void
site_free(struct dnsbl_site *site)
{
	LIST_REMOVE(site, link);
	for (size_t kind = 0; kind <= DNSBL_NAME; kind++)
		list_release(site->lists[kind]);
	free(site->word);
	free(site->zone);
	free(site);
}

void
dnsbls_free(struct dnsbls *d)
{
	if (d == NULL)
		return;
	dnsbl_questions_drop(d, NULL);
	while (!LIST_EMPTY(&d->sites))
		site_free(LIST_FIRST(&d->sites));
	event_free(d->judge);
	ttl_cache_free(d->hits);
	dnsbl_unlisted_free(d->unlisted);
	dnsbl_keys_free(&d->keys);
	free(d->untested);
	free(d);
}

static void *
ask_resolver(void *ctx, const char *name, enum dns_type type,
    resolver_done *done, void *arg)
{
	return resolver_ask(ctx, name, type, done, arg);
}

static void *
look_resolver(void *ctx, const char *name, enum dns_type type,
    resolver_done *done, void *arg)
{
	return resolver_look(ctx, name, type, done, arg);
}

static void
cancel_resolver(void *question)
{
	resolver_cancel(question);
}

static void
forget_resolver(void *ctx, const char *name, enum dns_type type)
{
	resolver_forget(ctx, name, type);
}

struct dnsbl_dns
dnsbl_dns_of(struct resolver *resolver)
{
	return (struct dnsbl_dns){
		.ask = ask_resolver,
		.look = look_resolver,
		.cancel = cancel_resolver,
		.forget = forget_resolver,
		.ctx = resolver,
	};
}

/* Labels of letters, digits, '-' and '_', short enough for any test. */
static int
check_zone(const char *zone, struct strbuf *err)
{
	size_t label = 0, len = strlen(zone);

	for (size_t i = 0; i <= len; i++) {
		unsigned char c = (unsigned char)zone[i];

		if (c == '.' || c == '\0') {
			if (label > LABEL_MAX || (label == 0 && c == '.') ||
			    (label == 0 && i == 0))
				goto bad;
			label = 0;
			continue;
		}
		if (c > 0x7f || (!isalnum(c) && c != '-' && c != '_'))
			goto bad;
		label++;
	}
	if (len <= DNSBL_NAME_MAX - LABEL_MAX - 1)
		return 0;
bad:
	strbuf_addf(err, "%s is no name of a DNS zone", zone);
	return -1;
}

static struct dnsbl_site *
site_new(struct dnsbls *d, const char *word, enum dnsbl_use use,
    struct strbuf *why)
{
	struct dnsbl_site *site = xcalloc(1, sizeof *site);
	const char *filter = strchr(word, '=');

	site->dnsbls = d;
	site->refs = 1;
	site->use = use;
	site->word = xstrdup(word);
	site->zone = xstrndup(word, strcspn(word, "="));
	site->has_filter = filter != NULL;
	LIST_INSERT_HEAD(&d->sites, site, link);
	if (check_zone(site->zone, why) == -1 ||
	    (filter != NULL &&
		dnsbl_filter_parse(&site->filter, filter + 1, why) == -1)) {
		site_free(site);
		return NULL;
	}
	return site;
}

struct dnsbl_site *
dnsbl_site_parse(struct dnsbls *d, const char *word, enum dnsbl_use use,
    struct conf_origin origin, struct strbuf *err)
{
	struct dnsbl_site *site;
	struct strbuf why = { 0 };

	LIST_FOREACH(site, &d->sites, link)
	{
		if (site->use == use && strcmp(site->word, word) == 0) {
			site->refs++;
			return site;
		}
	}
	site = site_new(d, word, use, &why);
	if (site == NULL) {
		conf_error(err, origin, "%s", strbuf_str(&why));
		strbuf_free(&why);
		return NULL;
	}
	if (use == DNSBL_BLOCKS_NAMES || use == DNSBL_ALLOWS_NAMES) {
		site->lists[DNSBL_NAME] =
		    dnsbl_list_hold(d, site->zone, DNSBL_NAME);
	} else {
		site->lists[DNSBL_IP4] =
		    dnsbl_list_hold(d, site->zone, DNSBL_IP4);
		site->lists[DNSBL_IP6] =
		    dnsbl_list_hold(d, site->zone, DNSBL_IP6);
	}
	return site;
}

void
dnsbl_site_release(struct dnsbl_site *site)
{
	if (site == NULL || --site->refs > 0)
		return;
	dnsbl_questions_drop(site->dnsbls, site); /* nobody waits for them */
	site_free(site);
}

const char *
dnsbl_site_zone(const struct dnsbl_site *site)
{
	return site->zone;
}

const char *
dnsbl_site_word(const struct dnsbl_site *site)
{
	return site->word;
}

void
dnsbls_add_key(struct dnsbls *d, const char *zone)
{
	dnsbl_keys_add(&d->keys, zone);
}

const char *
dnsbl_site_shown_zone(const struct dnsbl_site *site)
{
	return dnsbl_keys_hide(&site->dnsbls->keys, site->zone);
}

const char *
dnsbl_site_shown_word(const struct dnsbl_site *site)
{
	return dnsbl_keys_hide(&site->dnsbls->keys, site->word);
}

const char *
dnsbl_list_shown(const struct dnsbl_list *list)
{
	return dnsbl_keys_hide(&list->dnsbls->keys, list->zone);
}
