#ifndef TABLE_TEXT_H
#define TABLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "conf_text.h"
#include "strbuf.h"

/*
 * The text of a table: a file, or rules in braces that stand in the
 * configuration itself, `cidr:{ {RULE}, {RULE} }`.
 */
#define TABLE_FILE_MAX   ((size_t)512 << 20) /* bytes of a file */
#define TABLE_LINE_MAX   65536               /* bytes of a logical line */
#define TABLE_ERRORS_MAX 50                  /* lines of errors for a table */

/* Which file, and which state of it; all-zero: none. */
struct table_stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed; /* its bytes */
	struct timespec touched; /* or its name, mode, owner, times */
};

/* The stamp of a path; all-zero when it cannot be looked at. */
struct table_stamp table_stamp(const char *path);
bool table_stamp_equal(const struct table_stamp *, const struct table_stamp *);

/* What a table is read from, and what is wrong with it. */
struct table_input {
	const char *name;          /* what follows TYPE: in the word */
	struct conf_origin origin; /* where the word is written */
	struct table_stamp stamp;  /* of the file that was read */
	struct strbuf *err;        /* "file:line: text" lines */
	size_t nerrors;
	bool is_unreadable; /* no such file, no permission */
	bool has_changed;   /* while it was read */
};

/* line 0: the table as a whole. */
void table_input_error(struct table_input *, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether the name is text in braces, and no file. */
bool table_input_is_inline(const char *name);

struct table_text {
	struct table_input *input;
	char *bytes; /* a NUL behind them */
	size_t len, next;
	int line; /* number of the last physical line */
};

/* Returns 0, or -1 with the reason in input->err; free it in both cases. */
int table_text_read(struct table_text *, struct table_input *);
void table_text_free(struct table_text *);

/*
 * The next logical line: comments and blank lines left out, lines that begin
 * with white space joined to the one before, white space at the end cut off.
 * Borrowed; it may be written to.  line: the number of its first line.
 * Returns NULL at the end.
 */
char *table_text_line(struct table_text *, int *line);

#endif
