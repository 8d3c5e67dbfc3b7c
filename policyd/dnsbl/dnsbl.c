/*
 * The DNS lists in use, and the words of the configuration that use them.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dnsbl.h"
#include "dnsbl_lists.h"
#include "dnsbl_question.h"
#include "dnsbl_unlisted.h"
#include "mem.h"
#include "ttl_cache.h"

#define HITS_BYTES (16 << 20) /* what is known of hits: some 100,000 */
#define LABEL_MAX  63         /* the longest test or proof label */

/* What the watch of a list tells. */

static void
on_tested(void *arg, struct dnsbl_list *list)
{
	(void)arg;
	dnsbl_questions_tested(list);
}

static void
on_suspect(void *arg, struct dnsbl_list *list)
{
	struct dnsbls *d = arg;

	(void)list;
	dnsbl_judge_later(&d->judge);
}

static void
on_answers(void *arg, struct dnsbl_list *list)
{
	struct dnsbls *d = arg;

	(void)list;
	dnsbl_judge_acquit(&d->judge);
}

struct dnsbls *
dnsbls_new(struct event_base *base, const struct dnsbl_dns *dns,
    const struct dnsbl_options *options)
{
	struct dnsbls *d = xcalloc(1, sizeof *d);

	d->shared.base = base;
	d->shared.hits = ttl_cache_new(HITS_BYTES, NULL);
	d->listener = (struct dnsbl_watch_listener){ on_tested, on_suspect,
		on_answers, d };
	TAILQ_INIT(&d->lists);
	dnsbl_judge_init(&d->judge, base, &d->lists);
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
	d->shared.dns = *dns;
	d->shared.options = *options;
	d->shared.options.untested = d->untested;
	dnsbls_flush(d);
	dnsbl_lists_configure(d);
	/* Whose first test was to come and is not any more. */
	TAILQ_FOREACH(list, &d->lists, link)
	if (!list->health.is_tested)
		dnsbl_questions_tested(list);
}

void
dnsbls_flush(struct dnsbls *d)
{
	dnsbl_lists_number(d);
}

void
dnsbls_set_watch(struct dnsbls *d, struct watch *watch)
{
	d->shared.watch = watch;
}

void
dnsbls_tell(const struct dnsbls *d)
{
	const struct dnsbl_list *list;

	TAILQ_FOREACH(list, &d->lists, link)
	if (!dnsbl_health_is_used(&list->health))
		dnsbl_watch_tell(list, list->health.state);
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
		dnsbl_list_release(site->dnsbls, site->lists[kind]);
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
	dnsbl_judge_end(&d->judge);
	ttl_cache_free(d->shared.hits);
	dnsbl_unlisted_free(d->unlisted);
	dnsbl_keys_free(&d->shared.keys);
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
static bool
is_zone_name(const char *zone)
{
	size_t label = 0, len = strlen(zone);

	for (size_t i = 0; i <= len; i++) {
		unsigned char c = (unsigned char)zone[i];

		if (c == '.' || c == '\0') {
			if (label > LABEL_MAX || (label == 0 && c == '.') ||
			    (label == 0 && i == 0))
				return false;
			label = 0;
			continue;
		}
		if (c > 0x7f || (!isalnum(c) && c != '-' && c != '_'))
			return false;
		label++;
	}
	return len <= DNSBL_NAME_MAX - LABEL_MAX - 1;
}

/* Whether a site can be used; else why not. */
static bool
check_site(struct dnsbl_site *site, const char *filter, struct strbuf *why)
{
	if (!is_zone_name(site->zone)) {
		strbuf_addf(why, "%s is no name of a DNS zone",
		    dnsbl_site_shown_zone(site));
		return false;
	}
	return filter == NULL ||
	    dnsbl_filter_parse(&site->filter, filter + 1, why) == 0;
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
	if (!check_site(site, filter, why)) {
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
	dnsbl_keys_add(&d->shared.keys, zone);
}

const char *
dnsbls_shown(const struct dnsbls *d, const char *word)
{
	return dnsbl_keys_hide(&d->shared.keys, word);
}

const char *
dnsbl_site_shown_zone(const struct dnsbl_site *site)
{
	return dnsbls_shown(site->dnsbls, site->zone);
}

const char *
dnsbl_site_shown_word(const struct dnsbl_site *site)
{
	return dnsbls_shown(site->dnsbls, site->word);
}
