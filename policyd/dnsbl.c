/*
 * Questions to DNS lists: the address record, and for a hit, at the same
 * time, the text record and the proof (dnsbl_proof.h).
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "dnsbl.h"
#include "dnsbl_filter.h"
#include "dnsbl_list.h"
#include "dnsbl_proof.h"
#include "log.h"
#include "mem.h"
#include "ttl_cache.h"

enum {
	TEXT_MAX = 500,        /* bytes of all text records, as in Postfix */
	HITS_BYTES = 16 << 20, /* what is known of hits: some 100,000 */
	LABEL_MAX = 63,        /* the longest test or proof label */
};

struct dnsbl_site {
	LIST_ENTRY(dnsbl_site) link;
	struct dnsbls *dnsbls;
	unsigned refs;
	char *word;
	char *zone; /* as written */
	bool has_filter;
	struct dnsbl_filter filter;
	enum dnsbl_use use;
	struct dnsbl_list *lists[DNSBL_NAME + 1]; /* by kind; NULL: not asked */
};

struct dnsbl_question {
	LIST_ENTRY(dnsbl_question) link;
	struct dnsbl_site *site;
	struct dnsbl_list *list;
	dnsbl_done *done; /* NULL: nobody waits, only the hit is of interest */
	void *arg;
	bool is_starting; /* dnsbl_ask has not returned yet */
	bool is_over;     /* it was answered while it was starting */
	void *address_question;
	void *text_question;
	struct event *text_deadline;
	struct dns_answer *address;
	struct dns_answer *text;
	bool text_is_over;
	enum dnsbl_proof proof;
	bool has_waiter;
	struct dnsbl_waiter waiter;
	struct timespec asked;
	char name[DNSBL_NAME_MAX + 1];
};

const char *
dnsbl_kind_name(enum dnsbl_kind kind)
{
	switch (kind) {
	case DNSBL_IP4:
		return "ipv4";
	case DNSBL_IP6:
		return "ipv6";
	case DNSBL_NAME:
		return "name";
	}
	abort();
}

int
dnsbl_query_name(const struct dnsbl_list *list, const char *label,
    char name[DNSBL_NAME_MAX + 1])
{
	size_t len = strlen(label), zonelen = strlen(list->zone);

	if (len == 0 || len + 1 + zonelen > DNSBL_NAME_MAX)
		return -1;
	for (size_t i = 0; i < len; i++) {
		char c = label[i];

		name[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	name[len] = '.';
	memcpy(name + len + 1, list->zone, zonelen + 1);
	return 0;
}

/* "4.3.2.1": without printf, as each list needs it for each request. */
static void
reverse_octets(char *label, const unsigned char address[4])
{
	for (int i = 3; i >= 0; i--) {
		unsigned octet = address[i];

		if (octet >= 100)
			*label++ = (char)('0' + octet / 100);
		if (octet >= 10)
			*label++ = (char)('0' + octet / 10 % 10);
		*label++ = (char)('0' + octet % 10);
		*label++ = i > 0 ? '.' : '\0';
	}
}

static void
reverse_nibbles(char *label, const unsigned char address[16])
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 15; i >= 0; i--) {
		*label++ = hex[address[i] & 0xf];
		*label++ = '.';
		*label++ = hex[address[i] >> 4];
		*label++ = i > 0 ? '.' : '\0';
	}
}

bool
dnsbl_label(const struct ip *ip, enum dnsbl_kind *kind,
    char label[DNSBL_LABEL_SIZE])
{
	switch (ip->family) {
	case AF_INET:
		*kind = DNSBL_IP4;
		reverse_octets(label, ip->bytes);
		return true;
	case AF_INET6:
		*kind = DNSBL_IP6;
		reverse_nibbles(label, ip->bytes);
		return true;
	}
	return false;
}

void
dnsbl_random_name(const struct dnsbl_list *list, char name[DNSBL_NAME_MAX + 1])
{
	char label[DNSBL_LABEL_SIZE];
	struct ip ip = { .family = AF_INET6, .bytes = { [10] = 0xff, 0xff } };
	unsigned char address[4];
	enum dnsbl_kind kind;

	arc4random_buf(address, sizeof address);
	address[0] = 127;
	address[1] |= 128; /* 127.128.0.0/9 */
	switch (list->kind) {
	case DNSBL_IP4:
		ip.family = AF_INET;
		memcpy(ip.bytes, address, sizeof address);
		dnsbl_label(&ip, &kind, label);
		break;
	case DNSBL_IP6:
		memcpy(ip.bytes + 12, address, sizeof address);
		dnsbl_label(&ip, &kind, label);
		break;
	case DNSBL_NAME:
		snprintf(label, sizeof label, "x%08x%08x.invalid", arc4random(),
		    arc4random());
		break;
	}
	if (dnsbl_query_name(list, label, name) == -1)
		abort(); /* dnsbl_site_parse saw that it fits */
}

/* The questions. */

/* The clock is not looked at for what the cache answers. */
static void
begin_waiting(struct dnsbl_question *q)
{
	if (q->asked.tv_sec == 0)
		clock_gettime(CLOCK_MONOTONIC, &q->asked);
}

static unsigned
waited_ms(const struct dnsbl_question *q)
{
	struct timespec now;

	if (q->asked.tv_sec == 0)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned)((now.tv_sec - q->asked.tv_sec) * 1000 +
	    (now.tv_nsec - q->asked.tv_nsec) / 1000000);
}

static void
question_free(struct dnsbl_question *q)
{
	struct dnsbl_dns *dns = &q->site->dnsbls->dns;

	LIST_REMOVE(q, link);
	if (q->address_question != NULL)
		dns->cancel(q->address_question);
	if (q->text_question != NULL)
		dns->cancel(q->text_question);
	if (q->has_waiter)
		dnsbl_waiter_cancel(&q->waiter);
	if (q->text_deadline != NULL)
		event_free(q->text_deadline);
	dns_answer_release(q->address);
	dns_answer_release(q->text);
	free(q);
}

static void
finish(struct dnsbl_question *q, enum dnsbl_result result, const char *text,
    const char *why)
{
	struct dnsbl_answer answer = {
		.result = result,
		.text = text,
		.why = why,
		.from_cache = q->address != NULL && q->address->from_cache,
	};

	if (!answer.from_cache)
		answer.ms = waited_ms(q);
	q->is_over = true;
	if (q->done != NULL)
		q->done(q->arg, &answer);
	if (!q->is_starting)
		question_free(q);
}

/* The addresses of an answer, "127.0.0.2 127.0.0.4". */
static void
describe_addresses(struct strbuf *out, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->nrecords; i++) {
		if (i > 0)
			strbuf_addc(out, ' ');
		ip_print(&answer->records[i].ip, out);
	}
}

/* The first strings of the text records, printable, joined by " / ". */
static void
join_texts(struct strbuf *out, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->nrecords && out->len < TEXT_MAX; i++) {
		const struct dns_record *record = &answer->records[i];

		if (i > 0 && out->len + 3 < TEXT_MAX)
			strbuf_adds(out, " / ");
		for (size_t k = 0; k < record->textlen && out->len < TEXT_MAX;
		     k++) {
			char c = record->text[k];

			if (c == '\0')
				break;
			strbuf_addc(out, c >= ' ' && c < 0x7f ? c : ' ');
		}
	}
}

/* A hit is answered when the proof and the text are there. */
static void
finish_hit(struct dnsbl_question *q)
{
	struct strbuf text = { 0 }, why = { 0 };
	bool is_text_there = q->text != NULL || q->text_is_over;

	if (q->is_over || q->proof == DNSBL_PROOF_WAITING ||
	    (q->proof == DNSBL_PROOF_GOOD && !is_text_there))
		return;
	describe_addresses(&why, q->address);
	if (q->proof == DNSBL_PROOF_BAD) {
		strbuf_adds(&why,
		    ", not counted: no proof that it does not "
		    "list everything");
		finish(q, DNSBL_NOT_LISTED, "", strbuf_str(&why));
	} else {
		q->list->health.hits++;
		if (q->text != NULL && q->text->status == DNS_FOUND)
			join_texts(&text, q->text);
		finish(q, DNSBL_LISTED, strbuf_str(&text), strbuf_str(&why));
	}
	strbuf_free(&text);
	strbuf_free(&why);
}

static void
on_proof(void *arg, bool is_good)
{
	struct dnsbl_question *q = arg;

	q->has_waiter = false;
	q->proof = is_good ? DNSBL_PROOF_GOOD : DNSBL_PROOF_BAD;
	finish_hit(q);
}

static void
on_text(void *arg, const struct dns_answer *answer)
{
	struct dnsbl_question *q = arg;

	q->text_question = NULL;
	q->text = dns_answer_hold(answer);
	if (q->text_deadline != NULL)
		event_del(q->text_deadline);
	finish_hit(q);
}

/* A listing must not be lost for want of its text. */
static void
on_text_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct dnsbl_question *q = arg;

	(void)fd;
	(void)what;
	q->text_is_over = true;
	finish_hit(q);
}

static bool
is_for_allowing(const struct dnsbl_site *site)
{
	return site->use == DNSBL_ALLOWS || site->use == DNSBL_ALLOWS_NAMES;
}

static void
ask_text(struct dnsbl_question *q)
{
	struct dnsbls *d = q->site->dnsbls;
	unsigned limit = d->options.timeout_ms / 5 * 4;
	unsigned gone = waited_ms(q);
	unsigned wait = gone < limit ? limit - gone : 0;
	struct timeval tv = { .tv_sec = wait / 1000,
		.tv_usec = wait % 1000 * 1000 };
	void *question;

	if (is_for_allowing(q->site)) {
		q->text_is_over = true; /* no reply will show it */
		return;
	}
	question = d->dns.ask(d->dns.ctx, q->name, DNS_TXT, on_text, q);
	if (question == NULL)
		return;
	begin_waiting(q);
	q->text_question = question;
	q->text_deadline = evtimer_new(d->base, on_text_deadline, q);
	evtimer_add(q->text_deadline, &tv);
}

/* Whether an answer lists what was asked for, all by itself. */
static bool
site_matches(const struct dnsbl_site *site, const struct dns_answer *answer)
{
	if (!site->has_filter)
		return !site->dnsbls->options.strict ||
		    dnsbl_outcome_of(answer) == DNSBL_SAYS_YES;
	for (size_t i = 0; i < answer->nrecords; i++) {
		if (dnsbl_filter_match(&site->filter, &answer->records[i].ip))
			return true;
	}
	return false;
}

/* Answer with the addresses and a word on them. */
static void
finish_unlisted(struct dnsbl_question *q, const char *comment)
{
	struct strbuf why = { 0 };

	describe_addresses(&why, q->address);
	strbuf_adds(&why, comment);
	finish(q, DNSBL_NOT_LISTED, "", strbuf_str(&why));
	strbuf_free(&why);
}

static void
on_hit(struct dnsbl_question *q)
{
	struct dnsbl_prover *prover = q->list->prover;
	bool is_match = q->done != NULL && site_matches(q->site, q->address);
	enum dnsbl_proof proof = DNSBL_PROOF_GOOD;

	if (!is_match) {
		/* Proved all the same: another filter may match it later. */
		if (q->list->health.is_tested)
			dnsbl_prove(prover, q->name, q->address, NULL);
		finish_unlisted(q, ": does not count");
		return;
	}
	q->proof = DNSBL_PROOF_WAITING;
	ask_text(q);
	if (q->list->health.is_tested) {
		q->waiter = (struct dnsbl_waiter){ .done = on_proof, .arg = q };
		q->has_waiter = true;
		proof = dnsbl_prove(prover, q->name, q->address, &q->waiter);
		if (proof == DNSBL_PROOF_WAITING)
			return; /* on_proof is, or was, called */
		q->has_waiter = false;
	}
	q->proof = proof;
	finish_hit(q);
}

static void
on_address(void *arg, const struct dns_answer *answer)
{
	struct dnsbl_question *q = arg;

	q->address_question = NULL;
	q->address = dns_answer_hold(answer);
	if (!answer->from_cache)
		dnsbl_watch_answered(q->list, answer);
	switch (answer->status) {
	case DNS_FOUND:
		on_hit(q);
		return;
	case DNS_NOT_FOUND:
		finish(q, DNSBL_NOT_LISTED, "", "not found");
		return;
	case DNS_FAILED:
	case DNS_MALFORMED:
		finish(q, DNSBL_FAILED, "", answer->reason);
		return;
	}
	abort();
}

/* Lists and sites. */

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

/* The list for a zone and a kind; one more site uses it. */
static struct dnsbl_list *
list_hold(struct dnsbls *d, const char *written, enum dnsbl_kind kind)
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
	dnsbl_health_init(&list->health, is_tested(d, zone), time(NULL));
	list->watch = dnsbl_watch_new(list);
	list->prover = dnsbl_prover_new(list);
	TAILQ_INSERT_TAIL(&d->lists, list, link);
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
	TAILQ_FOREACH(list, &d->lists, link)
	{
		bool tested = is_tested(d, list->zone);

		if (tested == list->health.is_tested)
			continue;
		dnsbl_watch_stop(list->watch);
		dnsbl_health_restart(&list->health, tested, time(NULL));
		if (d->is_started)
			dnsbl_watch_start(list->watch);
	}
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
	while (!LIST_EMPTY(&d->questions))
		question_free(LIST_FIRST(&d->questions));
	while (!LIST_EMPTY(&d->sites))
		site_free(LIST_FIRST(&d->sites));
	event_free(d->judge);
	ttl_cache_free(d->hits);
	free(d->untested);
	free(d);
}

static void *
ask_resolver(void *ctx, const char *name, enum dns_type type,
    resolver_done *done, void *arg)
{
	return resolver_ask(ctx, name, type, done, arg);
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
		site->lists[DNSBL_NAME] = list_hold(d, site->zone, DNSBL_NAME);
	} else {
		site->lists[DNSBL_IP4] = list_hold(d, site->zone, DNSBL_IP4);
		site->lists[DNSBL_IP6] = list_hold(d, site->zone, DNSBL_IP6);
	}
	return site;
}

void
dnsbl_site_release(struct dnsbl_site *site)
{
	struct dnsbl_question *q, *next;

	if (site == NULL || --site->refs > 0)
		return;
	for (q = LIST_FIRST(&site->dnsbls->questions); q != NULL; q = next) {
		next = LIST_NEXT(q, link);
		if (q->site == site)
			question_free(q); /* nobody waited for it any more */
	}
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

/* Answer for a list that is not asked now. */
static void
answer_unused(const struct dnsbl_site *site, const struct dnsbl_list *list,
    dnsbl_done *done, void *arg)
{
	const struct dnsbl_health *h = &list->health;
	struct strbuf why = { 0 };
	struct dnsbl_answer answer = {
		.result =
		    h->state == DNSBL_FAILING ? DNSBL_FAILED : DNSBL_NOT_LISTED,
		.text = "",
		.from_cache = true,
	};

	/* Who may be on a list of good ones must not be bounced meanwhile. */
	if (h->state == DNSBL_FAILING ||
	    (h->state == DNSBL_UNTESTED && is_for_allowing(site)))
		answer.result = DNSBL_FAILED;
	strbuf_adds(&why, dnsbl_state_name(h->state));
	if (h->reason.len > 0)
		strbuf_addf(&why, ": %s", strbuf_str(&h->reason));
	answer.why = strbuf_str(&why);
	done(arg, &answer);
	strbuf_free(&why);
}

struct dnsbl_question *
dnsbl_ask(struct dnsbl_site *site, enum dnsbl_kind kind, const char *label,
    dnsbl_done *done, void *arg)
{
	struct dnsbls *d = site->dnsbls;
	struct dnsbl_list *list = site->lists[kind];
	struct dnsbl_question *q;
	void *question;

	if (list == NULL)
		list = site->lists[kind] = list_hold(d, site->zone, kind);
	list->health.queries++;
	if (!dnsbl_health_is_used(&list->health)) {
		answer_unused(site, list, done, arg);
		return NULL;
	}
	q = xmalloc(sizeof *q);
	memset(q, 0, offsetof(struct dnsbl_question, name));
	q->site = site;
	q->list = list;
	q->done = done;
	q->arg = arg;
	q->is_starting = true;
	LIST_INSERT_HEAD(&d->questions, q, link);
	if (dnsbl_query_name(list, label, q->name) == -1) {
		finish(q, DNSBL_NOT_LISTED, "", "no name to look up");
	} else {
		question =
		    d->dns.ask(d->dns.ctx, q->name, DNS_A, on_address, q);
		if (question != NULL) {
			q->address_question = question;
			begin_waiting(q);
		}
	}
	q->is_starting = false;
	if (!q->is_over)
		return q;
	question_free(q);
	return NULL;
}

void
dnsbl_cancel(struct dnsbl_question *q)
{
	if (q->address_question != NULL && q->list->health.is_tested)
		q->done = NULL; /* a hit must be proved, or it will not count */
	else
		question_free(q);
}
