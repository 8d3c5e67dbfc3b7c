#ifndef RESTRICTION_H
#define RESTRICTION_H

#include <stdbool.h>
#include <stddef.h>

#include "action.h"

struct inquiry;
struct policy;
struct strbuf;
struct table;
struct dnsbl_site;
struct restriction_class;

/* What follows the name of a restriction in a list. */
enum argument_kind {
	ARGUMENT_NONE,
	ARGUMENT_TABLE,     /* type:name */
	ARGUMENT_BLOCKLIST, /* zone[=filter] of a DNSBL that rejects */
	ARGUMENT_NAME_BLOCKLIST,
	ARGUMENT_ALLOWLIST, /* zone[=filter] of a DNSBL that permits */
	ARGUMENT_NAME_ALLOWLIST,
	ARGUMENT_WORD, /* any word */
};

/* What a restriction looks at beside the request: one of the parameters that
 * name tables or patterns. */
enum restriction_need {
	RESTRICTION_NEEDS_NOTHING,
	RESTRICTION_NEEDS_NETWORKS,   /* mynetworks */
	RESTRICTION_NEEDS_DOMAINS,    /* mydestination, relay_domains ... */
	RESTRICTION_NEEDS_LOGINS,     /* smtpd_sender_login_maps */
	RESTRICTION_NEEDS_REPLIES,    /* rbl_reply_maps */
	RESTRICTION_NEEDS_RECIPIENTS, /* and domains: local_recipient_maps ...
				       */
	RESTRICTION_NEEDS_COUNT,
};

struct argument {
	char *word; /* as written; NULL: none */
	struct table *table;
	struct dnsbl_site *site;
	const struct restriction_class *class;
	int variant; /* of the row */
};

/* The verdict of one restriction; how it is written: inquiry.h. */
typedef enum verdict restriction_fn(struct inquiry *, const struct argument *,
    struct action *);

/*
 * One row per restriction: the only place that knows its name.  It feeds the
 * parser of lists, explain and the manual.  The rows stand in
 * restriction_table.c.
 */
struct restriction {
	const char *name;
	enum argument_kind argument;
	enum restriction_need needs;
	bool is_guard;        /* keeps a relay closed, or all of it */
	bool is_of_logins;    /* who is not logged in does not concern it */
	restriction_fn *eval; /* NULL: see refusal; without one: a prefix */
	int variant;          /* where several rows share the function */
	const char *doc;      /* sentences, for policyd.cf(5) */
	const char *refusal;  /* why a policy service cannot evaluate it */
	const char *instead;  /* of what Postfix 3.9 took away */
};

/* What the template of a reply to listings is worth (dnsbl_reply.h). */
enum reply_worth {
	REPLY_IS_GOOD,
	REPLY_IS_LOST,  /* for all listings, or for some: another is sent */
	REPLY_IS_FATAL, /* cannot be expanded, whatever is listed */
};

/*
 * All rows, as they are handed to the parser of lists: those that a list names,
 * and those that it holds without naming them.  Beside them what else has to
 * be known of restrictions when a configuration is read.
 */
struct restrictions {
	const struct restriction *rows; /* in the order of the manual */
	size_t n;
	const struct restriction *class_name; /* the name of a class */
	const struct restriction *fault;      /* of a table's value */
	const struct restriction *bare_table; /* in a class: what it means
					       * depends on the list then */
	/* Says why it is not good. */
	enum reply_worth (*check_reply)(const struct policy *,
	    const char *template, struct strbuf *why);
};

/* The row of a name, in any case; NULL: there is none. */
const struct restriction *restriction_find(const struct restrictions *,
    const char *name);

/* "WORD" as it is shown for the kind of argument: "TYPE:NAME"; "": none. */
const char *argument_kind_name(enum argument_kind);

/* Whether it is a list of DNS. */
bool argument_kind_is_zone(enum argument_kind);

#endif
