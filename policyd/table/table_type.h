#ifndef TABLE_TYPE_H
#define TABLE_TYPE_H

#include <stdbool.h>

#include "conf_text.h"
#include "effort.h"
#include "store.h"
#include "strbuf.h"
#include "table.h"
#include "table_text.h"

/*
 * What a type of tables is to table.c: one row of its list for each TYPE.
 * Content is made in any thread, and used by the loop alone from then on; what
 * is searched, by several threads at a time.
 */
struct table_type {
	const char *name;
	bool is_file;       /* the name is a file, unless it is in braces */
	bool allows_braces; /* the name may be rules in braces */
	bool wants_whole_keys;
	bool is_service;   /* content is a struct service_name; no find */
	bool is_proxy;     /* ... that of another type, which is in the name */
	const char *index; /* what postmap appends to the name; or NULL */
	/* Returns NULL with the reasons in input->err. */
	void *(*read)(struct table_input *input);
	/* One of these: search gives up (TEMPFAIL) when the effort is spent. */
	enum lookup (
	    *find)(void *content, const char *key, struct strbuf *value);
	enum lookup (*search)(const void *content, const char *key,
	    struct effort *, struct strbuf *value);
	/* NULL: what it answers is somewhere else. */
	void (
	    *show_values)(const void *content, table_see_value *see, void *arg);
	void (*free)(void *content);
};

/* The type of a TYPE of len bytes; NULL: it is not known. */
const struct table_type *table_type_find(const char *name, size_t len);

/* Whether Postfix has the type, and we do not: proxy: makes it ours. */
bool table_type_is_for_proxy(const char *name, size_t len);

/* Say why the TYPE in front of a word, len bytes, cannot be used. */
void table_type_refuse(const char *word, size_t len, struct conf_origin,
    struct strbuf *err);

/* The same of a TYPE behind proxy: that is not known. */
void table_type_refuse_proxied(const char *word, struct conf_origin,
    struct strbuf *err);

/* A file as /etc/hosts, which no word can name. */
extern const struct table_type table_type_hosts;

/* Keys of fixed text, any case: inline, texthash, hash ... */
void *table_hash_read_inline(struct table_input *);
void *table_hash_read_text(struct table_input *);
void *table_hash_read_indexed(struct table_input *);
enum lookup table_hash_find(void *, const char *key, struct strbuf *value);
void table_hash_show_values(const void *, table_see_value *, void *arg);
void table_hash_free(void *);

/* Networks: cidr_table(5). */
void *table_cidr_read(struct table_input *);
enum lookup table_cidr_find(void *, const char *key, struct strbuf *value);
void table_cidr_show_values(const void *, table_see_value *, void *arg);
void table_cidr_free(void *);

/* Regular expressions: regexp_table(5), pcre_table(5). */
void *table_pattern_read_regexp(struct table_input *);
void *table_pattern_read_pcre(struct table_input *);
enum lookup table_pattern_search(const void *, const char *key, struct effort *,
    struct strbuf *value);
void table_pattern_show_values(const void *, table_see_value *, void *arg);
void table_pattern_free(void *);

/* The same value for every key. */
void *table_static_read(struct table_input *);
enum lookup table_static_find(void *, const char *key, struct strbuf *value);
void table_static_show_values(const void *, table_see_value *, void *arg);
void table_static_free(void *);

/* A GDBM file, looked up where it is. */
void *table_gdbm_read(struct table_input *);
enum lookup table_gdbm_find(void *, const char *key, struct strbuf *value);
void table_gdbm_free(void *);

/* Host names, as in /etc/hosts; the value has their addresses. */
void *table_hosts_read(struct table_input *);
enum lookup table_hosts_find(void *, const char *key, struct strbuf *value);
void table_hosts_free(void *);

#endif
