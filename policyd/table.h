#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf_text.h"
#include "store.h"
#include "strbuf.h"

/*
 * Lookup tables as Postfix names them, TYPE:NAME (DATABASE_README).  The
 * content of all tables of a configuration at one moment is a snapshot: an
 * evaluation holds one, so every look gives the same answer, while a changed
 * file is read in a thread and swapped in as part of the next snapshot.
 */
struct tables;
struct table;
struct tables_snapshot;

/*
 * The table for a word of a list; the same word gives the same table.  Only
 * the word is checked here, content is read by tables_load.
 * Returns NULL with "file:line: ..." in err (unknown type, a type that cannot
 * be read here, no text beside the index).
 */
struct table *tables_add(struct tables *, const char *type_and_name,
    struct conf_origin, struct strbuf *err);
const char *table_word(const struct table *);

/* regexp, pcre and cidr are asked for whole keys only. */
bool table_wants_whole_keys(const struct table *);

struct tables_snapshot *tables_hold(struct tables *);
void tables_release(struct tables_snapshot *);

/*
 * Look one key up.  FOUND: the value is appended to value.
 * TEMPFAIL: the table has no content (could not be read so far).
 */
enum lookup table_find(const struct tables_snapshot *, const struct table *,
    const char *key, struct strbuf *value);

#endif
