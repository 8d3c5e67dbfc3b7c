#ifndef DNSBL_H
#define DNSBL_H

#include <stdbool.h>
#include <stddef.h>

#include "cidr.h"
#include "conf_text.h"
#include "resolver.h"
#include "strbuf.h"

struct event_base;
struct watch;

/*
 * DNS lists (RFC 5782) of addresses and names: one question goes in, one
 * verdict on it comes out.  Whatever it takes (the TXT record, the proof that
 * the list does not list the world, its health) happens in here.
 *
 * struct dnsbls is every list in use, its state and its counters.  It lives as
 * long as the daemon.  A site, ZONE[=FILTER] as written in a restriction, is
 * one use of a list: the configuration holds it from when it is parsed until it
 * is replaced, and the list stays as long as it has a site, so that a reload
 * does not forget what is known of it.  A question is open until it is answered
 * or cancelled; it keeps neither, so it ends before its site:
 *
 *	dnsbls = dnsbls_new(base, &dns, &options);
 *	site = dnsbl_site_parse(dnsbls, "zen.example=127.0.0.[2..11]",
 *	    DNSBL_BLOCKS, origin, &err);
 *	dnsbls_start(dnsbls);
 *	...
 *	if (dnsbl_label(&client, &kind, label))
 *		question = dnsbl_ask(site, kind, label, on_answer, arg);
 *	...
 *	dnsbl_site_release(site);
 *	dnsbls_free(dnsbls);
 */
struct dnsbls;
struct dnsbl_site;

enum dnsbl_kind {
	DNSBL_IP4,  /* label: reversed octets */
	DNSBL_IP6,  /* label: reversed nibbles */
	DNSBL_NAME, /* label: a domain name */
};

enum dnsbl_use {
	DNSBL_BLOCKS,       /* reject_rbl_*, scores: in doubt not listed */
	DNSBL_BLOCKS_NAMES, /* reject_rhsbl_* */
	DNSBL_ALLOWS,       /* permit_dnswl_*: no answer: temporary failure */
	DNSBL_ALLOWS_NAMES, /* permit_rhswl_* */
};

enum dnsbl_result {
	DNSBL_LISTED,
	DNSBL_NOT_LISTED,
	DNSBL_FAILED, /* no answer in time, or the list is failing */
};

struct dnsbl_answer {
	enum dnsbl_result result;
	const char *text; /* LISTED: TXT as Postfix joins it, or "" */
	const char *why;  /* for explain: "127.0.0.2", "quarantined: ..." */
	unsigned ms;
	bool from_cache;
};

/* Where the lists ask: the resolver, in tests a table. */
struct dnsbl_dns {
	void *(*ask)(void *ctx, const char *name, enum dns_type,
	    resolver_done *done, void *arg);
	/* The same for one who only looks: resolver_look. */
	void *(*look)(void *ctx, const char *name, enum dns_type,
	    resolver_done *done, void *arg);
	void (*cancel)(void *question);
	/* The next answer is to come from the network. */
	void (*forget)(void *ctx, const char *name, enum dns_type);
	void *ctx;
};

struct dnsbl_options {
	bool strict;          /* dnsbl_strict */
	long test_interval;   /* dnsbl_test_interval, seconds; 0: no tests */
	const char *untested; /* dnsbl_untested; copied */
	unsigned timeout_ms;  /* dns_timeout */
};

/* Nothing is asked before dnsbls_start; lists that come later are tested at
 * once.  The dns is copied, its ctx borrowed. */
struct dnsbls *dnsbls_new(struct event_base *, const struct dnsbl_dns *,
    const struct dnsbl_options *);
void dnsbls_free(struct dnsbls *); /* open questions: never answered */
void dnsbls_start(struct dnsbls *);

/* Whom changes of states are told; and tell him of those that are bad now. */
void dnsbls_set_watch(struct dnsbls *, struct watch *);
void dnsbls_tell(const struct dnsbls *);

/* After a reload.  What is known of the lists stays. */
void dnsbls_configure(struct dnsbls *, const struct dnsbl_dns *,
    const struct dnsbl_options *);

/* Forget who is on no list, as the resolver is to forget its answers. */
void dnsbls_flush(struct dnsbls *);

/* How the lists ask a resolver. */
struct dnsbl_dns dnsbl_dns_of(struct resolver *);

/* For the control socket: `lists` as text, as JSON, and in `metrics`. */
void dnsbls_describe(const struct dnsbls *, struct strbuf *out);
void dnsbls_describe_json(const struct dnsbls *, struct strbuf *out);
void dnsbls_metrics(const struct dnsbls *, struct metrics *);

/*
 * Parse ZONE or ZONE=FILTER (`d.d.d.d`, a field may be [n;n..m]).  The same
 * word for the same use gives the same site; one dnsbl_site_release for each.
 * Returns NULL with "file:line: ..." in err.
 */
struct dnsbl_site *dnsbl_site_parse(struct dnsbls *, const char *word,
    enum dnsbl_use, struct conf_origin, struct strbuf *err);

/* No question about it may be open.  A list without sites is not tested. */
void dnsbl_site_release(struct dnsbl_site *);
const char *dnsbl_site_zone(const struct dnsbl_site *); /* without filter */
const char *dnsbl_site_word(const struct dnsbl_site *); /* as written */

/* The same without a key, for all that people see (dnsbl_key.h).  What begins
 * a zone is a key once somebody has said so. */
void dnsbls_add_key(struct dnsbls *, const char *zone);
const char *dnsbls_shown(const struct dnsbls *, const char *word);
const char *dnsbl_site_shown_zone(const struct dnsbl_site *);
const char *dnsbl_site_shown_word(const struct dnsbl_site *);

/* The label that stands for an address; false for none. */
#define DNSBL_LABEL_SIZE 64 /* 32 nibbles with dots, and the NUL */
bool dnsbl_label(const struct ip *, enum dnsbl_kind *,
    char label[DNSBL_LABEL_SIZE]);

/*
 * Ask one list.  done is called once, perhaps before dnsbl_ask returns (the
 * usual case: it is cached); the answer is borrowed for that call.
 * Returns the open question, or NULL when it was answered at once.
 */
struct dnsbl_question;
typedef void dnsbl_done(void *arg, const struct dnsbl_answer *);
struct dnsbl_question *dnsbl_ask(struct dnsbl_site *, enum dnsbl_kind,
    const char *label, dnsbl_done *done, void *arg);

/* The same for one who only wants to see what it would be: nothing is counted,
 * cached or told to the list's health. */
struct dnsbl_question *dnsbl_look(struct dnsbl_site *, enum dnsbl_kind,
    const char *label, dnsbl_done *done, void *arg);
void dnsbl_cancel(struct dnsbl_question *);

#endif
