#ifndef MEM_H
#define MEM_H

#include <stddef.h>

/*
 * Allocation that ends the process (abort, after one line to stderr) when
 * memory is out: bound the size of what comes from outside first.
 * Freed with free(), but for what held a secret: secret_free.
 */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *);
char *xstrndup(const char *, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Zeros for a table that is large and, for long, empty: a page takes memory
 * from the first time that something is written there, which calloc does not
 * promise.  Freed by xpages_free, with the same size.
 */
void *xpages(size_t size);
void xpages_free(void *, size_t size); /* NULL is fine */

/* Wipe len bytes and free them.  NULL is fine. */
void secret_free(void *, size_t len);

/*
 * Compare len bytes in a time that depends on len alone.
 * Returns 1 when they are equal, else 0.
 */
int secret_equal(const void *, const void *, size_t len);

#endif
