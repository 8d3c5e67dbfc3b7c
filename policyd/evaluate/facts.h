#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "arena.h"
#include "dnsbl.h"
#include "resolver.h"
#include "strbuf.h"
#include "table.h"
#include "table_lookup.h"

struct guard;
struct live_clients;
struct metric_counts;
struct policy;
struct rates;
struct state;
struct suspensions;
struct table_searches;
struct transaction;
struct watch;

/*
 * Facts: all that a decision depends on beside the request and the policy.
 * They have one shape, whatever their kind: what was asked (the key), how far
 * that is (the status) and what came (the value).  A kind is a row of
 * functions, its provider; the rows stand in provider_*.c, and nobody else
 * tells kinds apart.
 *
 * A fact that is asked for is remembered, so every look at it gives the same
 * answer.  In the life of a struct facts requests follow each other:
 *
 *	facts_begin(facts, &input);		a request begins
 *	fact = facts_get(facts, &key);		the first look asks
 *	if (fact->value == NULL)		not there yet: look again when
 *		...				arrived has been called
 *	facts_expire(facts);			its time is over
 *	facts_cancel(facts);			it has been answered
 */
struct facts;
struct fact;

/*
 * Who answers.  Somebody else does the work for what is not at hand: its time
 * and number are limited, and what came is shown with its milliseconds.
 *
 * A hostile request must not take all lookups in flight, nor the time of the
 * loop: it can ask for so many, and each walk looks at them all.  Keys of
 * tables are bounded by themselves, so that no name with a hundred parents
 * uses up what is for DNS lists.  They can be many where nothing is wrong: a
 * client whose name is its address in IPv6, a label for each digit, and its
 * HELO name, too, needs 134 keys of five tables that all kinds of
 * check_*_access have, and 170 more of one that is asked for ten MX hosts.
 */
enum fact_work {
	FACT_AT_HAND,
	FACT_BY_DNS,
	FACT_BY_TABLE,
};

#define FACT_WORKS      3
#define FACTS_MAX       250 /* by DNS; what goes beyond has failed */
#define FACTS_KEYS_MAX  500 /* the same of keys */
#define FACTS_KEYS_OPEN 32  /* that wait; others are asked after them */

struct fact_provider {
	const char *name; /* of the kind: "dns" */
	enum fact_work work;
	const void *late; /* the value of what did not come in time */
	/* Returns the open question, or NULL: fact_know or fact_fail was
	 * called, or it cannot be asked yet.  Without it (NULL) the fact is at
	 * hand, and is not remembered: fact_seen. */
	void *(*ask)(struct fact *);
	void (*cancel)(struct fact *); /* its question */
	void (*forget)(struct fact *); /* give back the value; or NULL */
	void (*print_name)(const struct fact *, struct strbuf *out);
	void (*print_value)(const struct fact *, struct strbuf *out);
};

struct fact_key {
	const struct fact_provider *provider;
	const void *place; /* which list or table; NULL: there is only one */
	unsigned type;     /* of record, of label */
	const char *name;  /* domain, label, key */
};

enum fact_status {
	FACT_UNASKED, /* could not be asked yet, or nobody needs it any more */
	FACT_WAITING,
	FACT_KNOWN,
	FACT_FAILED, /* too late, or too much was asked for */
};

struct fact {
	struct fact_key key;
	enum fact_status status;
	const void *value; /* as its provider has it; NULL: not there */
	unsigned ms;       /* how long it took */
	bool from_cache;

	/* for facts.c and provider_*.c */
	struct facts *facts; /* NULL: it was at hand */
	void *question;
	uint32_t hash;
	struct fact *next; /* of all */
	struct fact *next_in_bucket;
};

/* Where facts come from: DNS and lists in the daemon, a table in tests. */
struct fact_source {
	void *(*ask_dns)(void *ctx, const char *name, enum dns_type,
	    resolver_done *done, void *arg);
	void (*cancel_dns)(void *question);
	void *(*ask_dnsbl)(void *ctx, struct dnsbl_site *, enum dnsbl_kind,
	    const char *label, dnsbl_done *done, void *arg);
	void (*cancel_dnsbl)(void *question);
	/* Of a table that a server has. */
	void *(*ask_table)(void *ctx, const struct tables_snapshot *,
	    const struct table *, const char *key, table_lookup_done *done,
	    void *arg);
	void (*cancel_table)(void *question);
	void *ctx;
	struct table_searches *searches;
	const struct live_clients *clients; /* NULL: there are none */
	struct rates *rates;                /* NULL: nothing is counted */
	struct suspensions *suspensions;    /* NULL: nobody is suspended */
	struct watch *watch;                /* NULL: nobody is told */
	struct guard *guard;                /* NULL: knows nobody */
	struct state *state;                /* NULL: nothing is remembered */
	struct metric_counts *answers;      /* NULL: none are counted */
};

/* What facts there can be for a request; all of it is borrowed. */
struct facts_input {
	const struct policy *policy;
	struct tables_snapshot *tables;
	const struct transaction *transaction; /* NULL: nothing is remembered */
	time_t now;
	bool one_at_a_time; /* nothing is asked while a fact waits */
};

#define FACTS_BUCKETS 64

struct facts {
	const struct fact_source *source;
	struct facts_input input;
	struct table_view tables;
	bool misses_table;                /* one waits: nothing found counts */
	const struct table *failed_table; /* that had to be waited for; NULL */
	const char *failure;              /* why */
	bool is_searching;
	long long search_left_us;
	struct strbuf value; /* of the last look into a table */
	struct arena arena;  /* of what is remembered */

	void (*arrived)(void *arg);
	void *arg;
	bool is_expired;
	size_t nasked[FACT_WORKS];
	size_t nwaiting[FACT_WORKS];
	struct fact *first;
	struct fact *buckets[FACTS_BUCKETS];
};

/* arrived is called for each fact that had to be waited for. */
struct facts *facts_new(const struct fact_source *, void (*arrived)(void *arg),
    void *arg);
void facts_free(struct facts *);

/* Forget everything; input: NULL when no request begins. */
void facts_begin(struct facts *, const struct facts_input *);

/* The fact for a key; its value is NULL while it is not there.  Borrowed until
 * facts_begin. */
const struct fact *facts_get(struct facts *, const struct fact_key *);

/* A fact that is at hand, in memory of the arena. */
const struct fact *fact_seen(struct arena *, const struct fact_key *,
    const void *value);

/* Time is over: what waits has failed, and so has what is asked for next. */
void facts_expire(struct facts *);

/* Nobody needs what is still waiting. */
void facts_cancel(struct facts *);

/* For providers: the end of a question. */
void fact_know(struct fact *, const void *value);
void fact_fail(struct fact *);

#endif
