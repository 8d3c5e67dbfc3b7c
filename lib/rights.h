#ifndef RIGHTS_H
#define RIGHTS_H

#include "strbuf.h"

/* Who may look at us, beside root. */
#define ADMINISTRATORS "sekisho"

/*
 * Append why path could not be opened: the text of error (an errno).  Where
 * that is EACCES: who may not do what, and what to type against it; to a
 * person: how to become one who may; to a daemon's user: how to give the file
 * to him.
 * wanted: R_OK or W_OK.  group: whose the file should be then; NULL: the
 * user's own.
 */
void rights_explain(struct strbuf *err, const char *path, int wanted,
    const char *group, int error);

/* The first directory on the way to path that we may not enter; NULL: none.
 * The caller frees it. */
char *rights_closed_directory(const char *path);

#endif
