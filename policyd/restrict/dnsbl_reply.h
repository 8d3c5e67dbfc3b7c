#ifndef DNSBL_REPLY_H
#define DNSBL_REPLY_H

#include "dnsbl.h"
#include "restriction.h"

/* Something that a DNSBL lists, and who asked. */
struct listing {
	struct inquiry *inq;
	const struct argument *argument; /* the list, as written */
	const struct dnsbl_answer *answer;
	struct subject subject; /* class, and what is listed */
};

/*
 * Reject with the template of rbl_reply_maps for the list, or with
 * default_rbl_reply.
 */
enum verdict dnsbl_reject(const struct listing *, struct action *);

/* Try a template before anything is listed, with names that have values and
 * with names that are empty: a struct restrictions' check_reply. */
enum reply_worth dnsbl_reply_check(const struct policy *, const char *template,
    struct strbuf *why);

#endif
