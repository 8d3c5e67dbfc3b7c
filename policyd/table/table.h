#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "conf_text.h"
#include "effort.h"
#include "store.h"
#include "strbuf.h"

struct event_base;

/*
 * Lookup tables as Postfix names them, TYPE:NAME (DATABASE_README).  The
 * content of all tables of a configuration at one moment is a snapshot: an
 * evaluation holds one, so every look gives the same answer, while a changed
 * file is read in a thread and swapped in as part of the next snapshot.
 */
struct tables;
struct table;
struct tables_snapshot;
struct table_content;

struct tables *tables_new(void);

/* Snapshots that are still held stay valid, but not the tables: nothing can
 * be looked up any more. */
void tables_free(struct tables *);

/* Whether a word of a list names a table: TYPE:NAME, and no [address]. */
bool table_is_word(const char *word);

/*
 * The table for a word of a list; the same word gives the same table.  Only
 * the word is checked here, content is read by tables_load.
 * Returns NULL with "file:line: ..." in err (unknown type, a type that cannot
 * be read here, no text beside the index).
 */
struct table *tables_add(struct tables *, const char *type_and_name,
    struct conf_origin, struct strbuf *err);
/*
 * The word by which Postfix reads for us what we cannot read ourselves: a type
 * that only it has, an index without its text.  NULL: there is none, or no need
 * of it.  Allocated.
 */
char *table_proxied_word(const char *word);

/*
 * The word by which Postfix reads an index for us whose text is none of
 * postmap(1), as that of aliases(5); NULL: the table is no index.  Allocated.
 */
char *table_index_word(const char *word);

/* Whether a table's word is among others, as those of proxy_read_maps. */
bool table_is_named(const char *words, const char *word);

/* Append the words of tables that Postfix is to read for us, and may not, as
 * proxy_read_maps does not name them; a blank before each. */
void tables_list_unread(const struct tables *, const char *read_maps,
    struct strbuf *out);

/*
 * The table of a file as /etc/hosts, which no word can name: its values are
 * the addresses of a name, with blanks between.  NULL: there is no such file.
 */
struct table *tables_add_hosts(struct tables *, const char *path);
const char *table_word(const struct table *);

/* Its content does not stand in its name. */
bool table_is_file(const struct table *);

/* regexp, pcre, cidr, socketmap and tcp are asked for whole keys only. */
bool table_wants_whole_keys(const struct table *);

/* Show everything that a table has as a value, once it is loaded; what a
 * pattern puts in its place is $1 there. */
typedef void table_see_value(void *arg, const char *value);
void table_show_values(const struct tables *, const struct table *,
    table_see_value *see, void *arg);

/*
 * Read the content of every table, here and now (at the start).
 * CONF_BAD, CONF_UNREADABLE: all errors are in err, "file:line: ..." lines.
 */
enum conf_result tables_load(struct tables *, struct strbuf *err);

/*
 * The same in a thread (at a reload); done is called in the loop, never
 * before this returns, and not at all after tables_free.  The errors are
 * borrowed for the call.
 */
typedef void tables_loaded(void *arg, enum conf_result, const char *errors);
void tables_load_start(struct tables *, struct event_base *,
    tables_loaded *done, void *arg);

/*
 * Look at the files once a second from now on.  One that changed, and then
 * stayed the same for two looks, is read in a thread and swapped in; one that
 * cannot be read or is broken keeps its old content, and is logged once.
 */
void tables_watch(struct tables *, struct event_base *);

/* One line for each table, for the control socket. */
void tables_describe(const struct tables *, struct strbuf *out);

struct tables_snapshot *tables_hold(struct tables *);
void tables_release(struct tables_snapshot *);

/*
 * A snapshot as one request looks into it.  Searches (through expressions) are
 * done here as long as the effort lasts.  Then later is asked, and for what is
 * in a table that a server has, which may have the answer at another time;
 * NULL: the lookup has failed.
 */
struct table_view {
	struct tables_snapshot *snapshot; /* held by the caller */
	struct effort effort;
	enum lookup (*later)(void *arg, const struct table *, const char *key,
	    struct strbuf *value);
	void *arg;
};

/* Of a request that begins. */
struct table_view table_view(struct tables_snapshot *);

/*
 * Look one key up.  FOUND: the value is appended to value.
 * TEMPFAIL: the table has no content (could not be read so far).
 */
enum lookup table_find(struct table_view *, const struct table *,
    const char *key, struct strbuf *value);

/* Which server has a table; NULL: it is here. */
struct service_name;
const struct service_name *table_service_name(const struct tables_snapshot *,
    const struct table *);

/*
 * What is in a table that is searched, to be searched by another thread; NULL:
 * nothing.  hold and release are the loop's.
 */
struct table_content *table_content_hold(const struct tables_snapshot *,
    const struct table *);
void table_content_release(struct table_content *);
enum lookup table_content_search(const struct table_content *, const char *key,
    struct effort *, struct strbuf *value);

#endif
