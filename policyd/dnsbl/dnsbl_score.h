#ifndef DNSBL_SCORE_H
#define DNSBL_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf_text.h"
#include "dnsbl.h"
#include "strbuf.h"

/*
 * dnsbl_sites, in the syntax of postscreen(8): ZONE[=FILTER][*WEIGHT] ...,
 * where a negative weight speaks for the client.
 */
struct dnsbl_score_site {
	struct dnsbl_site *site;
	int weight;
};

struct dnsbl_score { /* all-zero: no sites */
	struct dnsbl_score_site *sites;
	size_t nsites;
};

/* Returns 0, or -1 with "file:line: ..." lines in err; free it in both
 * cases. */
int dnsbl_score_parse(struct dnsbl_score *, struct dnsbls *,
    const struct conf_text *, struct strbuf *err);
void dnsbl_score_free(struct dnsbl_score *);

/*
 * Add up a client.  ask gives the answer of a site, or NULL as long as it is
 * not there; every site is asked before it returns.
 * Returns false when an answer is missing, else true with the sum of the
 * weights of the sites that list it, and the zones of those that speak
 * against it in zones, "a.example, b.example".
 */
bool dnsbl_score_sum(const struct dnsbl_score *,
    const struct dnsbl_answer *(*ask)(void *arg, struct dnsbl_site *),
    void *arg, long *sum, struct strbuf *zones);

#endif
