#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf_text.h"
#include "strbuf.h"

/*
 * The lines of a file in main.cf syntax: names and raw values, before
 * anybody knows what they mean.
 */
struct conf_entry {
	char *name; /* as written, perhaps with a context: submission/name */
	struct conf_text value; /* raw, lines joined, trimmed */
	bool is_used;           /* as $name in another value */
};

struct conf_file {
	struct conf_entry *entries; /* in order; the last of a name counts */
	size_t nentries;
};

#define CONF_FILE_MAX (16 * 1024 * 1024)

enum conf_file_result {
	CONF_FILE_OK,
	CONF_FILE_BAD,
	CONF_FILE_UNREADABLE,
};

/* Append the entries of a file.  Every error adds a line to err. */
enum conf_file_result conf_file_read(struct conf_file *, const char *path,
    struct strbuf *err);

/* Lines of a file that somebody else has read; first: the number of the first
 * one. */
struct conf_passage {
	const char *path;
	int first;
	const char *bytes;
	size_t len;
};
enum conf_file_result conf_file_add(struct conf_file *,
    const struct conf_passage *, struct strbuf *err);
void conf_file_free(struct conf_file *);

/* The entry of a name, or NULL. */
struct conf_entry *conf_file_find(const struct conf_file *, const char *name);

struct nearest;

/* Names that a value may take in. */
struct conf_names {
	/* The raw value of a name; NULL: there is no such name. */
	const struct conf_text *(*lookup)(void *arg, const char *name);
	/* The usual ones, to who looks for the nearest. */
	void (*offer)(void *arg, struct nearest *);
	void *arg;
};

/*
 * Append raw to out (with its marks), $name and conditions on names replaced
 * (macro.h), in values that are taken in, too.
 * Returns 0, or -1 with "file:line: ..." in err: unknown name, a bracket that
 * is not closed, values that take in each other without end.
 */
int conf_expand(const struct conf_text *raw, const struct conf_names *,
    struct conf_text *out, struct strbuf *err);

#endif
