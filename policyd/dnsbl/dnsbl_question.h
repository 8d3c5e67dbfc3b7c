#ifndef DNSBL_QUESTION_H
#define DNSBL_QUESTION_H

#include "dnsbl_lists.h"

/*
 * A question to a list is asked and cancelled by those who want to know
 * (dnsbl_ask, dnsbl_look and dnsbl_cancel of dnsbl.h); this is for the owner of
 * all.  One that was cancelled lives on while its answer is under way, as a hit
 * must be proved when it comes, or it will not count later.
 */

/* Forget the open questions about a site; NULL: all. */
void dnsbl_questions_drop(struct dnsbls *, const struct dnsbl_site *);

/* A list's first test has ended: go on with the hits that wait for it. */
void dnsbl_questions_tested(struct dnsbl_list *);

#endif
