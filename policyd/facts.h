#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "dnsbl.h"
#include "resolver.h"
#include "table.h"

struct table_searches;

/* Where facts come from: DNS and lists in the daemon, a table in tests. */
struct fact_source {
	void *(*ask_dns)(void *ctx, const char *name, enum dns_type,
	    resolver_done *done, void *arg);
	void (*cancel_dns)(void *question);
	void *(*ask_dnsbl)(void *ctx, struct dnsbl_site *, enum dnsbl_kind,
	    const char *label, dnsbl_done *done, void *arg);
	void (*cancel_dnsbl)(void *question);
	void *ctx;
	struct table_searches *searches;
};

/* ask_dnsbl and cancel_dnsbl of a source that has the lists themselves; look:
 * for explain, as dnsbl_look. */
void *facts_ask_dnsbl(void *ctx, struct dnsbl_site *, enum dnsbl_kind,
    const char *label, dnsbl_done *done, void *arg);
void *facts_look_dnsbl(void *ctx, struct dnsbl_site *, enum dnsbl_kind,
    const char *label, dnsbl_done *done, void *arg);
void facts_cancel_dnsbl(void *question);

/*
 * The facts of one evaluation.  Each is asked for once and remembered, so
 * every look at it gives the same answer.
 */
struct facts;

/*
 * Of one evaluation; what goes beyond has failed.  A hostile domain must not
 * take all lookups in flight, nor the time of the loop.
 */
#define FACTS_MAX 250

/* arrived is called for each answer that had to be waited for. */
struct facts *facts_new(const struct fact_source *, void (*arrived)(void *arg),
    void *arg);
void facts_free(struct facts *);

/* Forget everything.  one_at_a_time: nothing is asked while a fact waits. */
void facts_begin(struct facts *, bool one_at_a_time);

/*
 * The first look asks; NULL means that the answer is not there yet.
 * Borrowed until facts_begin.
 */
const struct dns_answer *facts_dns(struct facts *, const char *name,
    enum dns_type);
const struct dnsbl_answer *facts_dnsbl(struct facts *, struct dnsbl_site *,
    enum dnsbl_kind, const char *label);

/*
 * A search in a table, by the thread; one at a time, and for SEARCH_CPU_US of
 * processor time in all.
 */
#define SEARCH_CPU_US 50000
struct search_answer {
	enum lookup result;
	const char *value;
};
const struct search_answer *facts_search(struct facts *,
    const struct tables_snapshot *, const struct table *, const char *key);

/* Time is over: what waits has failed, and so has what is asked for next. */
void facts_expire(struct facts *);

/* Nobody needs what is still waiting. */
void facts_cancel(struct facts *);

#endif
