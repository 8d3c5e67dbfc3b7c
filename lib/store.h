#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * GDBM files that are never modified in place: a reader opens a snapshot, a
 * writer replaces the file as a whole.  The only code that knows GDBM.
 */
enum lookup {
	LOOKUP_FOUND,
	LOOKUP_NOT_FOUND,
	LOOKUP_TEMPFAIL, /* failed: never the same as not found */
};

struct value {
	char *bytes; /* owned, NUL after the last byte */
	size_t len;
};

struct store;

/* Open a snapshot for reading (no lock, no mmap, small cache).
 * Returns NULL with the reason in err: missing, empty, truncated, foreign. */
struct store *store_open(const char *path, struct strbuf *err);
void store_close(struct store *);

/* Whether path now names another file than the one opened (stat: device,
 * inode, times, size), or none. */
bool store_is_stale(const struct store *, const char *path);

/* On LOOKUP_FOUND the caller frees value->bytes (secret_free). */
enum lookup store_find(struct store *, const char *key, size_t keylen,
    struct value *value, struct strbuf *err);

/*
 * Call fn for every record, in no order; fn returns false to end early.
 * Returns 0, or -1 with the reason in err.
 */
int store_each(struct store *,
    bool (*fn)(void *arg, const char *key, size_t keylen,
	const struct value *value),
    void *arg, struct strbuf *err);
long store_count(struct store *); /* -1: failed */

/*
 * A change of the whole file: lock PATH.lock (waits), copy PATH to a new file
 * beside it, change that, then rename it over PATH and sync the directory.
 * Owner and mode of PATH are kept (a new file: 0640, group as given).  What
 * killed runs left behind is removed; free space is checked first.
 */
struct store_edit;

enum store_edit_mode {
	STORE_EDIT_EXISTING, /* PATH must be there */
	STORE_EDIT_CREATE,   /* PATH may be missing: begin empty */
	STORE_EDIT_ANEW,     /* begin empty, whatever PATH is */
};

struct store_edit *store_edit_begin(const char *path, enum store_edit_mode,
    const char *group, struct strbuf *err);
enum lookup store_edit_find(struct store_edit *, const char *key, size_t keylen,
    struct value *value, struct strbuf *err);
int store_edit_put(struct store_edit *, const char *key, size_t keylen,
    const char *bytes, size_t len, struct strbuf *err);
/* Returns 0, 1 when there was no such key, -1. */
int store_edit_delete(struct store_edit *, const char *key, size_t keylen,
    struct strbuf *err);
/* Both free the edit.  After a commit that returns -1 PATH is as before. */
int store_edit_commit(struct store_edit *, struct strbuf *err);
void store_edit_abort(struct store_edit *);

#endif
