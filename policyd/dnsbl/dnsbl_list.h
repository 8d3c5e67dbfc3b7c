#ifndef DNSBL_LIST_H
#define DNSBL_LIST_H

#include <sys/queue.h>

#include "dnsbl.h"
#include "dnsbl_health.h"
#include "dnsbl_key.h"

struct dnsbl_prover;
struct dnsbl_question;
struct dnsbl_watch;
struct event_base;
struct ttl_cache;

/*
 * A DNS list: a zone and a kind of what is looked up in it, as each kind has
 * test points and a health of its own.
 *
 * Lists are made and ended by dnsbl_lists.h.  What goes on around a list stands
 * in layers, and calls go down only; what is seen below is told to a listener
 * that comes from above:
 *
 *	dnsbl                   the owner; the words that name lists
 *	dnsbl_question          clients, senders ... that are looked up
 *	dnsbl_lists             makes a list for whoever is first to need it
 *	dnsbl_judge             do the lists fail, or the resolver?
 *	dnsbl_watch             tests and probes it   -> tested, suspect,
 *answers dnsbl_proof             proves its hits       -> proved dnsbl_list
 *this one
 *
 *	char name[DNSBL_NAME_MAX + 1];
 *
 *	if (dnsbl_query_name(list, "2.0.0.127", name) == 0)
 *		dns->ask(dns->ctx, name, DNS_A, on_answer, list);
 */
#define DNSBL_NAME_MAX 253

struct watch;

/* What all lists of an owner have in common; it belongs to him. */
struct dnsbl_shared {
	struct event_base *base;
	struct dnsbl_dns dns;
	struct dnsbl_options options;
	struct dnsbl_keys keys;
	struct ttl_cache *hits; /* names that were listed: proved or not */
	struct watch *watch;    /* told of states; NULL: nobody is */
};

struct dnsbl_list {
	TAILQ_ENTRY(dnsbl_list) link;
	const struct dnsbl_shared *shared;
	char *zone; /* lower case, no trailing dot */
	enum dnsbl_kind kind;
	size_t number;   /* among the lists of now */
	unsigned nsites; /* 0: nobody asks any more */
	struct dnsbl_health health;
	struct dnsbl_watch *watch;
	struct dnsbl_prover *prover;
	LIST_HEAD(, dnsbl_question) hits; /* that wait for its first test */
};

TAILQ_HEAD(dnsbl_list_head, dnsbl_list);

/* "ipv4", "ipv6", "name" */
const char *dnsbl_kind_name(enum dnsbl_kind);

/* The zone without its key. */
const char *dnsbl_list_shown(const struct dnsbl_list *);

/* Write "label.zone" into name.  Returns 0, or -1 when it is too long. */
int dnsbl_query_name(const struct dnsbl_list *, const char *label,
    char name[DNSBL_NAME_MAX + 1]);

/* A name that nobody has ever asked for and no list may hold: of an address in
 * 127.128.0.0/9, or a random label under INVALID. */
void dnsbl_random_name(const struct dnsbl_list *,
    char name[DNSBL_NAME_MAX + 1]);

#endif
