#ifndef IMPORT_LIST_H
#define IMPORT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"
#include "table.h"

/*
 * A list of restrictions of main.cf, taken apart: what of it policyd can
 * evaluate, and what stays behind.
 */
struct import_item {
	char *text;      /* as it is written to policyd.cf or main.cf */
	char *original;  /* as main.cf has it */
	char *reason;    /* why it stays in main.cf; NULL: it moves */
	bool is_guard;   /* relay control: moves, and stays as well */
	bool can_permit; /* ends the list for some, so what follows depends */
	const char *instead; /* of what Postfix 3.9 took away; NULL */
};

struct import_list {
	const char *name;
	size_t n;
	struct import_item *items;
};

/* What some restrictions need beside the request. */
enum import_need {
	IMPORT_NEED_NETWORKS, /* mynetworks */
	IMPORT_NEED_DOMAINS,  /* mydestination, relay_domains, virtual ... */
	IMPORT_NEED_LOGINS,   /* smtpd_sender_login_maps */
	IMPORT_NEED_COUNT,
};

/* What is known beside the list itself. */
struct import_context {
	struct tables *tables;                   /* to try tables in */
	const char *problems[IMPORT_NEED_COUNT]; /* NULL: all is well */
	const struct import_list *classes;
	size_t nclasses;
};

void import_list_parse(struct import_list *, const char *name,
    const char *value, const struct import_context *);
void import_list_free(struct import_list *);

/* Whether anything moves, or all of it does. */
bool import_list_moves_any(const struct import_list *);
bool import_list_moves_all(const struct import_list *);

/*
 * TYPE:NAME as policyd reads it (without proxy:).
 * Returns NULL with the reason in why when it cannot.
 */
char *import_table(const struct import_context *, const char *word,
    struct strbuf *why);

#endif
