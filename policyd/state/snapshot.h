#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "state_record.h"
#include "strbuf.h"

/*
 * Everything that is remembered, as of one moment, in a GDBM file that is
 * made whole and then takes its place.  Each has a number, one more than that
 * of the one before.
 */
struct store_edit;

/*
 * Call fn for every record.  A file that does not exist has none, and the
 * number 0; foreign, damaged and newer ones are errors.
 * Returns 0, or -1 with the reason in err.
 */
int snapshot_read(const char *path, uint64_t *generation,
    void (*fn)(void *arg, const struct state_record *), void *arg,
    struct strbuf *err);

/* A new one, empty; made with store_edit_commit. */
struct store_edit *snapshot_begin(const char *path, uint64_t generation,
    struct strbuf *err);

/* Put a record, or take it out when it is gone.  Returns 0 or -1. */
int snapshot_put(struct store_edit *, const struct state_record *,
    struct strbuf *err);

#endif
