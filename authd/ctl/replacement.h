#ifndef REPLACEMENT_H
#define REPLACEMENT_H

#include <stdbool.h>

#include "strbuf.h"
#include "user_record.h"

/*
 * A user who is there already and comes again in a file.
 *
 * The file gives the password.  What files of its kind cannot say stays as it
 * is: app passwords, limits.  A file that says nothing of a limit does not
 * lift it; one that has everything (a dump) does.
 */

/* Complete what the file says by what stays of the record before, which gives
 * it up. */
void replacement_complete(struct user_record *now, struct user_record *before);

/*
 * What is lost by it, and what is not though the file does not have it:
 * whole lines, "NAME: ...".  Before replacement_complete: its record is used
 * up then.
 */
void replacement_tell(struct strbuf *out, const char *name,
    const struct user_record *before, const struct user_record *now,
    bool has_everything);

#endif
