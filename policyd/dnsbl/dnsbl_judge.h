#ifndef DNSBL_JUDGE_H
#define DNSBL_JUDGE_H

#include <stdbool.h>

#include "dnsbl_list.h"

struct event;

/*
 * Whose fault it is that lists give no answers.  If most of those that are
 * asked are suspect together, it is the resolver's: that is logged once, and
 * no list is blamed.  A lone list that is suspect is at fault itself.
 *
 * A suspect is judged a moment after it shows up, when others have had time to:
 *
 *	dnsbl_judge_init(&judge, base, &lists);
 *	...
 *	dnsbl_judge_later(&judge);
 *	...
 *	dnsbl_judge_end(&judge);
 */
struct dnsbl_judge {
	struct dnsbl_list_head *lists;
	struct event *timer;
	bool blames_resolver;
};

/* The lists are borrowed; a zone counts once, whatever kinds it lists. */
void dnsbl_judge_init(struct dnsbl_judge *, struct event_base *,
    struct dnsbl_list_head *);
void dnsbl_judge_end(struct dnsbl_judge *);

/* A list is suspect. */
void dnsbl_judge_later(struct dnsbl_judge *);

/* A list that was suspect has answered: so the resolver does, too. */
void dnsbl_judge_acquit(struct dnsbl_judge *);

#endif
