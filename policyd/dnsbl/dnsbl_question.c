/*
 * Questions to DNS lists: the address record, and for a hit, at the same
 * time, the text record and the proof (dnsbl_proof.h).
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "dnsbl_question.h"
#include "clock.h"
#include "dnsbl_proof.h"
#include "dnsbl_unlisted.h"
#include "mem.h"

#define TEXT_MAX 500 /* bytes of all text records, as in Postfix */

enum question_state {
	QUESTION_ASKED,    /* address, proof or text is under way */
	QUESTION_HELD,     /* a hit of a list that is not tested yet */
	QUESTION_ANSWERED, /* and freed, or about to be */
};

struct dnsbl_question {
	LIST_ENTRY(dnsbl_question) link;
	LIST_ENTRY(dnsbl_question) hit_link; /* while it is held */
	struct dnsbl_site *site;
	struct dnsbl_list *list;
	dnsbl_done *done; /* NULL: nobody waits, only the hit is of interest */
	void *arg;
	enum question_state state;
	bool is_look;     /* leaves no trace */
	bool is_starting; /* dnsbl_ask has not returned: it frees */
	void *address_question;
	void *text_question;
	struct event *text_deadline;
	struct dns_answer *address;
	struct dns_answer *text;
	bool text_is_over;
	enum dnsbl_proof proof;
	struct dnsbl_waiter waiter; /* while the proof is waiting */
	long asked;                 /* clock_ms; 0: not yet */
	char name[DNSBL_NAME_MAX + 1];
};

static void *
ask_dns(struct dnsbl_question *q, enum dns_type type, resolver_done *done)
{
	const struct dnsbl_dns *dns = &q->list->shared->dns;

	return (q->is_look ? dns->look : dns->ask)(dns->ctx, q->name, type,
	    done, q);
}

static enum dnsbl_proof
prove(struct dnsbl_question *q, struct dnsbl_waiter *waiter)
{
	return (q->is_look ? dnsbl_look_for_proof : dnsbl_prove)(
	    q->list->prover, q->name, q->address, waiter);
}

/* The clock is not looked at for what the cache answers. */
static void
begin_waiting(struct dnsbl_question *q)
{
	if (q->asked == 0)
		q->asked = clock_ms();
}

static unsigned
waited_ms(const struct dnsbl_question *q)
{
	return q->asked == 0 ? 0 : (unsigned)(clock_ms() - q->asked);
}

static void
question_free(struct dnsbl_question *q)
{
	const struct dnsbl_dns *dns = &q->list->shared->dns;

	LIST_REMOVE(q, link);
	if (q->state == QUESTION_HELD)
		LIST_REMOVE(q, hit_link);
	if (q->address_question != NULL)
		dns->cancel(q->address_question);
	if (q->text_question != NULL)
		dns->cancel(q->text_question);
	if (q->proof == DNSBL_PROOF_WAITING)
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
	q->state = QUESTION_ANSWERED;
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

	if (q->state == QUESTION_ANSWERED || q->proof == DNSBL_PROOF_WAITING ||
	    (q->proof == DNSBL_PROOF_GOOD && !is_text_there))
		return;
	describe_addresses(&why, q->address);
	if (q->proof == DNSBL_PROOF_BAD) {
		strbuf_adds(&why,
		    ", not counted: no proof that it does not "
		    "list everything");
		finish(q, DNSBL_NOT_LISTED, "", strbuf_str(&why));
	} else {
		if (!q->is_look)
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
	const struct dnsbl_shared *shared = q->list->shared;
	unsigned limit = shared->options.timeout_ms / 5 * 4;
	unsigned gone = waited_ms(q);
	unsigned wait = gone < limit ? limit - gone : 0;
	struct timeval tv = { .tv_sec = wait / 1000,
		.tv_usec = wait % 1000 * 1000 };
	void *question;

	if (is_for_allowing(q->site)) {
		q->text_is_over = true; /* no reply will show it */
		return;
	}
	question = ask_dns(q, DNS_TXT, on_text);
	if (question == NULL)
		return;
	begin_waiting(q);
	q->text_question = question;
	q->text_deadline = evtimer_new(shared->base, on_text_deadline, q);
	evtimer_add(q->text_deadline, &tv);
}

/* Whether an answer lists what was asked for, all by itself. */
static bool
site_matches(const struct dnsbl_site *site, const struct dns_answer *answer)
{
	if (!site->has_filter)
		return !site->dnsbls->shared.options.strict ||
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

/* Whether the first test runs, or is about to. */
static bool
is_new(const struct dnsbls *d, const struct dnsbl_list *list)
{
	return d->is_started && dnsbl_health_is_new(&list->health);
}

static void
on_hit(struct dnsbl_question *q)
{
	bool is_match = q->done != NULL && site_matches(q->site, q->address);
	enum dnsbl_proof proof = DNSBL_PROOF_GOOD;

	if (is_match && is_new(q->site->dnsbls, q->list)) {
		q->state = QUESTION_HELD;
		LIST_INSERT_HEAD(&q->list->hits, q, hit_link);
		begin_waiting(q);
		return;
	}
	if (!is_match) {
		/* Proved all the same: another filter may match it later. */
		if (q->list->health.is_tested && !q->is_look)
			prove(q, NULL);
		finish_unlisted(q, ": does not count");
		return;
	}
	q->proof = DNSBL_PROOF_WAITING;
	ask_text(q);
	if (q->list->health.is_tested) {
		q->waiter = (struct dnsbl_waiter){ .done = on_proof, .arg = q };
		proof = prove(q, &q->waiter);
		if (proof == DNSBL_PROOF_WAITING)
			return; /* on_proof is, or was, called */
	}
	q->proof = proof;
	finish_hit(q);
}

/* An answer that came from the network just now. */
static void
remember_unlisted(const struct dnsbl_question *q, unsigned ttl)
{
	const struct dnsbl_list *list = q->list;
	char label[DNSBL_NAME_MAX + 1];
	size_t len = strlen(q->name) - strlen(list->zone) - 1;

	memcpy(label, q->name, len);
	label[len] = '\0';
	dnsbl_unlisted_put(q->site->dnsbls->unlisted, list->kind, label,
	    list->number, clock_coarse_ms(), ttl);
}

static void
on_address(void *arg, const struct dns_answer *answer)
{
	struct dnsbl_question *q = arg;

	q->address_question = NULL;
	q->address = dns_answer_hold(answer);
	if (!answer->from_cache && !q->is_look)
		dnsbl_watch_answered(q->list->watch, answer);
	switch (answer->status) {
	case DNS_FOUND:
		on_hit(q);
		return;
	case DNS_NOT_FOUND:
		if (!answer->from_cache && !q->is_look)
			remember_unlisted(q, answer->ttl);
		finish(q, DNSBL_NOT_LISTED, "", "not found");
		return;
	case DNS_FAILED:
	case DNS_MALFORMED:
		finish(q, DNSBL_FAILED, "", answer->reason);
		return;
	}
	abort();
}

/* Answer for a list whose word does not count now. */
static void
answer_unused(const struct dnsbl_site *site, const struct dnsbl_list *list,
    dnsbl_done *done, void *arg)
{
	const struct dnsbl_health *h = &list->health;
	/* Who may be on a list of good ones must not be bounced meanwhile. */
	bool has_failed = h->state == DNSBL_FAILING ||
	    (h->state == DNSBL_UNTESTED && is_for_allowing(site));
	struct strbuf why = { 0 };
	struct dnsbl_answer answer = {
		.result = has_failed ? DNSBL_FAILED : DNSBL_NOT_LISTED,
		.text = "",
		.from_cache = true,
	};

	strbuf_adds(&why, dnsbl_state_name(h->state));
	if (h->reason.len > 0)
		strbuf_addf(&why, ": %s", strbuf_str(&h->reason));
	answer.why = strbuf_str(&why);
	done(arg, &answer);
	strbuf_free(&why);
}

static const struct dnsbl_answer unlisted = {
	.result = DNSBL_NOT_LISTED,
	.text = "",
	.why = "not found",
	.from_cache = true,
};

static struct dnsbl_list *
list_of(struct dnsbl_site *site, enum dnsbl_kind kind)
{
	if (site->lists[kind] == NULL)
		site->lists[kind] =
		    dnsbl_list_hold(site->dnsbls, site->zone, kind);
	return site->lists[kind];
}

/*
 * After a start the first hits wait until the list has shown what it is worth.
 * Who is not listed does not.
 */
void
dnsbl_questions_tested(struct dnsbl_list *list)
{
	struct dnsbl_question *q;

	while ((q = LIST_FIRST(&list->hits)) != NULL) {
		LIST_REMOVE(q, hit_link);
		q->state = QUESTION_ASKED;
		if (dnsbl_health_is_used(&list->health)) {
			on_hit(q);
			continue;
		}
		q->state = QUESTION_ANSWERED;
		answer_unused(q->site, list, q->done, q->arg);
		question_free(q);
	}
}

/* Answer without a question, where that can be. */
static bool
answer_at_once(const struct dnsbl_site *site, const struct dnsbl_list *list,
    const char *label, dnsbl_done *done, void *arg)
{
	if (!dnsbl_health_is_used(&list->health) &&
	    !is_new(site->dnsbls, list)) {
		answer_unused(site, list, done, arg);
		return true;
	}
	if (dnsbl_unlisted_has(site->dnsbls->unlisted, list->kind, label,
		list->number, clock_coarse_ms())) {
		done(arg, &unlisted);
		return true;
	}
	return false;
}

static struct dnsbl_question *
question_new(struct dnsbl_site *site, struct dnsbl_list *list, dnsbl_done *done,
    void *arg)
{
	struct dnsbl_question *q = xmalloc(sizeof *q);

	memset(q, 0, offsetof(struct dnsbl_question, name));
	q->site = site;
	q->list = list;
	q->done = done;
	q->arg = arg;
	LIST_INSERT_HEAD(&site->dnsbls->questions, q, link);
	return q;
}

/* Returns it, or NULL when it was answered at once. */
static struct dnsbl_question *
question_start(struct dnsbl_question *q, const char *label)
{
	void *question;

	q->is_starting = true;
	if (dnsbl_query_name(q->list, label, q->name) == -1) {
		finish(q, DNSBL_NOT_LISTED, "", "no name to look up");
	} else {
		question = ask_dns(q, DNS_A, on_address);
		if (question != NULL) {
			q->address_question = question;
			begin_waiting(q);
		}
	}
	q->is_starting = false;
	if (q->state != QUESTION_ANSWERED)
		return q;
	question_free(q);
	return NULL;
}

struct dnsbl_question *
dnsbl_ask(struct dnsbl_site *site, enum dnsbl_kind kind, const char *label,
    dnsbl_done *done, void *arg)
{
	struct dnsbl_list *list = list_of(site, kind);

	list->health.queries++;
	if (answer_at_once(site, list, label, done, arg))
		return NULL;
	return question_start(question_new(site, list, done, arg), label);
}

struct dnsbl_question *
dnsbl_look(struct dnsbl_site *site, enum dnsbl_kind kind, const char *label,
    dnsbl_done *done, void *arg)
{
	struct dnsbl_list *list = list_of(site, kind);
	struct dnsbl_question *q;

	if (answer_at_once(site, list, label, done, arg))
		return NULL;
	q = question_new(site, list, done, arg);
	q->is_look = true;
	return question_start(q, label);
}

void
dnsbl_questions_drop(struct dnsbls *d, const struct dnsbl_site *site)
{
	struct dnsbl_question *q, *next;

	for (q = LIST_FIRST(&d->questions); q != NULL; q = next) {
		next = LIST_NEXT(q, link);
		if (site == NULL || q->site == site)
			question_free(q);
	}
}

void
dnsbl_cancel(struct dnsbl_question *q)
{
	if (q->address_question != NULL && q->list->health.is_tested &&
	    !q->is_look)
		q->done = NULL; /* a hit must be proved, or it will not count */
	else
		question_free(q);
}
