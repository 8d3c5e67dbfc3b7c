#ifndef REHASH_FILES_H
#define REHASH_FILES_H

#include <sys/types.h>
#include <time.h>

#include "rehash.h"
#include "strbuf.h"

/*
 * What waits in the directory of rehash (rehash.h), as one reads it who trusts
 * nobody there: files of its owner only, of a name, size and form that authd
 * gives them, never behind a link.
 */
struct rehash_file {
	char name[REHASH_NAME_LEN + 1];
	struct rehash_entry entry;
	time_t written;
	time_t login; /* for the caller; 0: not known */
};

struct rehash_files {
	int dir;
	struct rehash_file *files;
	size_t n; /* REHASH_SPOOL_MAX at most: others are for the next time */
};

/*
 * Read them all.  owner: whose the directory and the files have to be.  What is
 * no such file is removed, with a line in refused.  No directory: no files.
 * Returns 0, or -1 with the reason in err; to be freed in both cases.
 */
int rehash_files_read(struct rehash_files *, const char *path, uid_t owner,
    struct strbuf *refused, struct strbuf *err);

/* They were used, or are good for nothing. */
void rehash_files_remove(const struct rehash_files *);
void rehash_files_free(struct rehash_files *); /* wipes */

#endif
