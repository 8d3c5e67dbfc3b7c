#ifndef TABLE_LIST_H
#define TABLE_LIST_H

#include <stddef.h>

#include "conf_text.h"
#include "strbuf.h"

struct table;
struct tables;

struct table_list { /* as rbl_reply_maps */
	size_t n;
	struct table **tables;
};

/* Add the tables that a value names; what cannot be used is left out, with
 * "file:line: ..." in err. */
void table_list_read(struct table_list *, const struct conf_text *value,
    struct tables *, struct strbuf *err);

/* The same of tables whose indexes are those of aliases(5), too: Postfix reads
 * them for us. */
void table_list_read_local(struct table_list *, const struct conf_text *value,
    struct tables *, struct strbuf *err);

#endif
