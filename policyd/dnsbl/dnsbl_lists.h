#ifndef DNSBL_LISTS_H
#define DNSBL_LISTS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "dnsbl_filter.h"
#include "dnsbl_judge.h"
#include "dnsbl_list.h"
#include "dnsbl_watch.h"

struct dnsbl_unlisted;

/*
 * What the modules of struct dnsbls share; nobody outside of this room looks
 * at it.
 */
struct dnsbl_site {
	LIST_ENTRY(dnsbl_site) link;
	struct dnsbls *dnsbls;
	unsigned refs;
	char *word;
	char *zone; /* as written */
	bool has_filter;
	struct dnsbl_filter filter;
	enum dnsbl_use use;
	struct dnsbl_list *lists[DNSBL_NAME + 1]; /* by kind; NULL: not asked */
};

struct dnsbls {
	struct dnsbl_shared shared;
	char *untested;
	bool is_started;
	struct dnsbl_watch_listener listener;
	struct dnsbl_judge judge;
	struct dnsbl_list_head lists;
	LIST_HEAD(, dnsbl_site) sites;
	LIST_HEAD(, dnsbl_question) questions;
	struct dnsbl_unlisted *unlisted;
};

/*
 * The list for a zone as written and a kind; one more site uses it until it is
 * released.  One that is new is tested at once, when the others are.
 */
struct dnsbl_list *dnsbl_list_hold(struct dnsbls *, const char *zone,
    enum dnsbl_kind);
void dnsbl_list_release(struct dnsbls *, struct dnsbl_list *); /* NULL: none */

/* dnsbl_untested and dnsbl_test_interval have changed. */
void dnsbl_lists_configure(struct dnsbls *);

/* Number the lists, and forget what is known by other numbers. */
void dnsbl_lists_number(struct dnsbls *);

#endif
