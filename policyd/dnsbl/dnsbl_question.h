#ifndef DNSBL_QUESTION_H
#define DNSBL_QUESTION_H

#include "dnsbl_lists.h"

/* Forget the open questions about a site; NULL: all. */
void dnsbl_questions_drop(struct dnsbls *, const struct dnsbl_site *);

/* A list's first test has ended: go on with the hits that wait for it. */
void dnsbl_questions_tested(struct dnsbl_list *);

#endif
