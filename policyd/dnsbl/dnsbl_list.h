#ifndef DNSBL_LIST_H
#define DNSBL_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "dnsbl.h"
#include "dnsbl_filter.h"
#include "dnsbl_health.h"
#include "dnsbl_key.h"

struct dnsbl_prover;
struct dnsbl_unlisted;
struct dnsbl_watch;
struct event;
struct event_base;
struct ttl_cache;

/*
 * What the modules of DNS lists share; nobody else looks at it.  A list is a
 * zone and a kind of what is looked up: each kind has its own test points.
 */
enum { DNSBL_NAME_MAX = 253 };

struct dnsbl_list {
	TAILQ_ENTRY(dnsbl_list) link;
	struct dnsbls *dnsbls;
	char *zone; /* lower case, no trailing dot */
	enum dnsbl_kind kind;
	size_t number;   /* among the lists of now */
	unsigned nsites; /* 0: nobody asks any more */
	struct dnsbl_health health;
	struct dnsbl_watch *watch;
	struct dnsbl_prover *prover;
	LIST_HEAD(, dnsbl_question) hits; /* that wait for its first test */
};

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
	struct event_base *base;
	struct dnsbl_dns dns;
	struct dnsbl_options options;
	char *untested;
	struct dnsbl_keys keys;
	bool is_started;
	bool resolver_fails; /* most lists are suspect: it was logged */
	struct event *judge; /* whether suspect lists fail, or the resolver */
	TAILQ_HEAD(, dnsbl_list) lists;
	LIST_HEAD(, dnsbl_site) sites;
	LIST_HEAD(, dnsbl_question) questions;
	struct ttl_cache *hits; /* names that were listed: proved or not */
	struct dnsbl_unlisted *unlisted;
};

/* "ipv4", "ipv6", "name" */
const char *dnsbl_kind_name(enum dnsbl_kind);

/* The zone without its key. */
const char *dnsbl_list_shown(const struct dnsbl_list *);

/* The list for a zone as written and a kind; one more site uses it. */
struct dnsbl_list *dnsbl_list_hold(struct dnsbls *, const char *zone,
    enum dnsbl_kind);

/* Forget the open questions about a site; NULL: all. */
void dnsbl_questions_drop(struct dnsbls *, const struct dnsbl_site *);

/* The first test has ended: go on with the hits that wait for it. */
void dnsbl_questions_tested(struct dnsbl_list *);

/* Write "label.zone" into name.  Returns 0, or -1 when it is too long. */
int dnsbl_query_name(const struct dnsbl_list *, const char *label,
    char name[DNSBL_NAME_MAX + 1]);

/* A name that nobody has ever asked for and no list may hold. */
void dnsbl_random_name(const struct dnsbl_list *,
    char name[DNSBL_NAME_MAX + 1]);

/*
 * The watch over a list: tests it at intervals, probes it while it is failing,
 * and logs the changes of its health.
 */
struct dnsbl_watch *dnsbl_watch_new(struct dnsbl_list *);
void dnsbl_watch_free(struct dnsbl_watch *);

/* Test now, and at intervals from then on. */
void dnsbl_watch_start(struct dnsbl_watch *);
void dnsbl_watch_stop(struct dnsbl_watch *);

/* An answer from the network, to a client's question or a proof. */
void dnsbl_watch_answered(struct dnsbl_list *, const struct dns_answer *);
void dnsbl_watch_proved(struct dnsbl_list *, const struct dns_answer *);
time_t dnsbl_watch_next_test(const struct dnsbl_watch *); /* 0: none */

/* Judge the suspects a moment later, when others have shown up. */
void dnsbl_watch_on_judge(int fd, short what, void *dnsbls);

#endif
