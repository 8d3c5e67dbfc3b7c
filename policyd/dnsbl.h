#ifndef DNSBL_H
#define DNSBL_H

#include <stdbool.h>
#include <stddef.h>

#include "cidr.h"
#include "conf_text.h"
#include "resolver.h"
#include "strbuf.h"

/*
 * DNS lists (RFC 5782) of addresses and names: one question goes in, one
 * verdict on it comes out.  Whatever it takes (the TXT record, the proof that
 * the list does not list the world, its health) happens in here.
 */
struct dnsbls; /* every list in use, its state and its counters */

/* ZONE[=FILTER] as written in a restriction: one use of a list. */
struct dnsbl_site;

enum dnsbl_kind {
	DNSBL_IP4,  /* label: reversed octets */
	DNSBL_IP6,  /* label: reversed nibbles */
	DNSBL_NAME, /* label: a domain name */
};

enum dnsbl_use {
	DNSBL_BLOCKS, /* reject_*: in doubt not listed */
	DNSBL_ALLOWS, /* permit_*: a failing list is a temporary failure */
};

enum dnsbl_result {
	DNSBL_LISTED,
	DNSBL_NOT_LISTED,
	DNSBL_FAILED, /* no answer in time */
};

struct dnsbl_answer {
	enum dnsbl_result result;
	const char *text; /* LISTED: TXT as Postfix joins it, or "" */
	const char *why;  /* for explain: "127.0.0.2", "quarantined: ..." */
	unsigned ms;
	bool from_cache;
};

/*
 * Parse ZONE or ZONE=FILTER (`d.d.d.d`, a field may be [n;n..m]).  The site
 * belongs to the dnsbls and lives as long.
 * Returns NULL with "file:line: ..." in err.
 */
struct dnsbl_site *dnsbl_site_parse(struct dnsbls *, const char *word,
    enum dnsbl_use, struct conf_origin, struct strbuf *err);
const char *dnsbl_site_zone(const struct dnsbl_site *); /* without filter */
const char *dnsbl_site_word(const struct dnsbl_site *); /* as written */

/* The label that stands for an address; "" and false for none. */
bool dnsbl_label(const struct ip *, enum dnsbl_kind *, struct strbuf *label);

/*
 * Ask one list.  done is called once, perhaps before dnsbl_ask returns (the
 * usual case: it is cached); the answer is borrowed for that call.
 * Returns the open question, or NULL when it was answered at once.
 */
struct dnsbl_question;
typedef void dnsbl_done(void *arg, const struct dnsbl_answer *);
struct dnsbl_question *dnsbl_ask(struct dnsbl_site *, enum dnsbl_kind,
    const char *label, dnsbl_done *done, void *arg);
void dnsbl_cancel(struct dnsbl_question *);

#endif
