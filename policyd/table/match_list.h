#ifndef MATCH_LIST_H
#define MATCH_LIST_H

#include <stdbool.h>

#include "cidr.h"
#include "conf_text.h"
#include "store.h"
#include "strbuf.h"
#include "table.h"

/*
 * A list of patterns as in mynetworks, mydestination, relay_domains: items
 * separated by commas or white space, `!item` excludes, the first that matches
 * decides, `type:table` matches what it has a value for, `/file` stands for
 * the items in it.  A word that begins with # ends the list, or its line in a
 * file.
 */
struct match_list;

enum match_list_kind {
	MATCH_DOMAIN,         /* exact names */
	MATCH_DOMAIN_PARENTS, /* a name matches its subdomains, too */
	MATCH_DOMAIN_DOTTED,  /* .name matches subdomains of name */
	MATCH_HOST_PARENTS,   /* mynetworks: addresses, nets; names so */
	MATCH_HOST_DOTTED,    /* ... or so */
};

#define MATCH_LIST_ITEMS_MAX 100000
#define MATCH_LIST_DEPTH_MAX 10 /* of files in files */

/* Returns NULL with "file:line: ..." lines in err; such lines in warnings tell
 * what does not mean what it looks like. */
struct match_list *match_list_parse(const struct conf_text *,
    enum match_list_kind, struct tables *, struct strbuf *warnings,
    struct strbuf *err);
void match_list_free(struct match_list *);

/* What a list says, and the item by which it does. */
struct match_item;
struct match {
	enum lookup result;
	const struct match_item *item; /* NULL: none matches; the list's */
};

/* "!192.0.2.0/24" */
void match_item_print(const struct match_item *, struct strbuf *out);

/* Whether a domain (any case) is in the list. */
struct match match_list_domain(const struct match_list *, struct table_view *,
    const char *domain);

/* Whether a client is in the list, by name or by address. */
struct match match_list_host(const struct match_list *, struct table_view *,
    const char *name, const struct ip *ip, const char *address);

#endif
