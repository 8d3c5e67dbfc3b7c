#ifndef EVALUATION_H
#define EVALUATION_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "dnsbl.h"
#include "request.h"
#include "resolver.h"
#include "strbuf.h"
#include "table.h"

struct event_base;
struct policy; /* one configuration: parameters, programs, tables */

/*
 * The evaluation of one request: the lists are walked as Postfix walks them,
 * by straight-line restrictions that ask for facts.  At the first restriction
 * that waits for a fact the walk goes on only to start lookups; when facts
 * come, or time is over, it is done again from the top, on the same facts.
 */
struct evaluation;

enum verdict {
	VERDICT_DUNNO,   /* no opinion: the next restriction is asked */
	VERDICT_PERMIT,  /* ends this list */
	VERDICT_REJECT,  /* ends everything; the action says how (4xx, too) */
	VERDICT_WAITING, /* a fact is not there yet */
};

/* Where facts come from: DNS and lists in the daemon, a table in tests. */
struct fact_source {
	void *(*ask_dns)(void *ctx, const char *name, enum dns_type,
	    resolver_done *done, void *arg);
	void (*cancel_dns)(void *question);
	void *(*ask_dnsbl)(void *ctx, struct dnsbl_site *, enum dnsbl_kind,
	    const char *label, dnsbl_done *done, void *arg);
	void (*cancel_dnsbl)(void *question);
	void *ctx;
};

/*
 * Facts, for restrictions.  The first look starts the lookup, NULL means it
 * is still waiting: return VERDICT_WAITING.  What came too late has failed
 * (DNS_FAILED, DNSBL_FAILED).  Borrowed for the life of the evaluation.
 */
const struct dns_answer *evaluation_dns(struct evaluation *, const char *name,
    enum dns_type);
const struct dnsbl_answer *evaluation_dnsbl(struct evaluation *,
    struct dnsbl_site *, enum dnsbl_kind, const char *label);
const struct tables_snapshot *evaluation_tables(struct evaluation *);
time_t evaluation_now(const struct evaluation *); /* the same all through */

const struct request *evaluation_request(const struct evaluation *);
const struct policy *evaluation_policy(const struct evaluation *);

#endif
