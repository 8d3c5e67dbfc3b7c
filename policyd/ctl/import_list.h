#ifndef IMPORT_LIST_H
#define IMPORT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "import_key.h"
#include "program.h"
#include "strbuf.h"
#include "table.h"

/*
 * A list of restrictions of main.cf, taken apart: what of it policyd can
 * evaluate, and what stays behind.
 */
struct import_item {
	char *text;      /* as it is written to policyd.cf */
	char *original;  /* as main.cf has it */
	char *reason;    /* why it stays in main.cf; NULL: it moves */
	bool is_guard;   /* relay control: moves, and stays as well */
	bool can_permit; /* ends the list for some: what follows depends */
	bool can_refuse; /* what neither permits nor guards */
	bool asks_dns_list;
	const char *instead;           /* of what Postfix 3.9 took away; NULL */
	const struct restriction *row; /* NULL: a class, or unknown */
};

struct import_list {
	const char *name;
	size_t n;
	struct import_item *items;
	size_t first, end; /* of the items that move; end 0: none does */
};

/* What is known beside the list itself. */
struct import_context {
	struct dnsbls *dnsbls;
	const struct postconf_values *set; /* where keys may have names */
	struct import_keys *keys;
	const char *problems[RESTRICTION_NEEDS_COUNT]; /* NULL: all is well */
	bool is_delayed;                               /* smtpd_delay_reject */
	const struct import_list *classes;
	size_t nclasses;
	struct restriction_classes names; /* of these classes */
};

void import_list_parse(struct import_list *, const char *name,
    const char *value, const struct import_context *);
void import_list_free(struct import_list *);

/* A list that stays as a whole: value as main.cf is to have it. */
void import_list_take_whole(struct import_list *, const char *name,
    const char *value, const char *reason);

/* Whether all of it can move; whether any of it does: what only permits and
 * guards has to stay in main.cf anyhow. */
bool import_list_moves_all(const struct import_list *);
bool import_list_is_worth_it(const struct import_list *);

/* Whether anything that moves looks at what the need is for. */
bool import_list_needs(const struct import_list *, enum restriction_need);

/* Whether any of it is relay control. */
bool import_list_guards(const struct import_list *);

/* The list as main.cf is to have it, a restriction a line, with the call of
 * policyd in the place of what moves. */
char *import_list_text(const struct import_list *, const char *call);

/*
 * TYPE:NAME as policyd reads it, once it could be read; its values are shown to
 * see, unless that is NULL.  What policyd can only read through Postfix gets a
 * proxy: before it, and has no values here; anything else has none.
 * Returns NULL with the reason in why when it cannot.
 */
char *import_table(const char *word, table_see_value *see, void *arg,
    struct strbuf *why);

#endif
