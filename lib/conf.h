#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "conf_text.h"
#include "strbuf.h"

/*
 * Configuration in the syntax of Postfix's main.cf (postconf(5)), read into a
 * plain struct by one descriptor table per program.  The table is the only
 * place that has name, type, default and meaning of a parameter.
 *
 * Errors: one line "file:line: text" each, all of a file at once, in err.
 */
enum conf_type {
	CONF_STRING, /* char *, never NULL */
	CONF_TEXT,   /* struct conf_text: what is parsed further */
	CONF_RAW,    /* struct conf_text, its $name left alone */
	CONF_BOOL,   /* bool: yes, no */
	CONF_INT,    /* long; arg is its range, "1..100" */
	CONF_TIME,   /* long, seconds; units s m h d w */
	CONF_SIZE,   /* long, bytes; units k m g */
	CONF_CHOICE, /* int: the index of the value in arg, "fold|keep" */
};

enum conf_flag {
	CONF_AT_START = 1 << 0,     /* a reload cannot change it */
	CONF_FROM_POSTFIX = 1 << 1, /* as in main.cf unless the file sets it */
};

struct conf_param {
	const char *name;
	enum conf_type type;
	unsigned flags;
	size_t offset;   /* in the program's struct */
	const char *def; /* in the syntax of the file, $name included */
	const char *arg; /* what stands for the value in the manual */
	const char *doc; /* sentences, mdoc without macros; flags add theirs */
};

struct conf;
struct conf_passage;

/* params: borrowed for the life of the conf. */
struct conf *conf_new(const struct conf_param *params, size_t nparams);
void conf_free(struct conf *);

enum conf_result {
	CONF_OK,
	CONF_BAD,        /* the text is wrong: EX_CONFIG */
	CONF_UNREADABLE, /* no such file, no permission: EX_NOINPUT */
};

/*
 * Read a file.  Names are looked at in conf_apply only; after CONF_BAD it can
 * be called for the errors in the lines that were read.
 */
enum conf_result conf_read(struct conf *, const char *path, struct strbuf *err);

/* The same with lines that have been read already (conf_file.h). */
enum conf_result conf_read_passage(struct conf *, const struct conf_passage *,
    struct strbuf *err);

/* Append a value as a file has it: what is expanded stays so. */
void conf_add_value(struct strbuf *out, const char *value);

/*
 * A value from elsewhere that beats the table's default but not the file.
 * where: named in errors, "main.cf" gives "(from main.cf)".
 */
void conf_offer(struct conf *, const char *name, const char *value,
    const char *where);

/* Whether the file sets the name (outside of any context). */
bool conf_is_set(const struct conf *, const char *name);

/* A name that the file may set beside those of the table (restriction
 * classes); conf_get reads its value. */
void conf_declare(struct conf *, const char *name);

/*
 * Names that begin so belong to another file (NULL behind the last; borrowed):
 * of an unknown one that is no misspelling the error is that it stays there.
 */
void conf_set_elsewhere(struct conf *, const char *const prefixes[],
    const char *file);

/* A context that the file cannot set anything for: it is an error. */
void conf_reserve(struct conf *, const char *context);

/* Whether a value of the file, or an offered one, has $name. */
bool conf_takes_in(const struct conf *, const char *name);

/* A value that beats the file in all contexts from now on, in place of the one
 * that did so before.  NULL: none does any more. */
void conf_force(struct conf *, const char *name, const char *value);

/*
 * The value of any name, expanded, for a context (NULL: none): the file's
 * `context/name`, else the file's `name`, else the offered one, else the
 * default; the empty text when there is none.  raw: $name is left alone.
 * Returns 0 or -1.
 */
int conf_get(const struct conf *, const char *context, const char *name,
    bool raw, struct conf_text *out, struct strbuf *err);

/* Append what is wrong with a value, and where it stands:
 * "FILE:LINE: NAME = VALUE: WHY". */
void conf_complain(const struct conf *, const char *name, const char *why,
    struct strbuf *err);

/*
 * Parse every parameter of the table into *values, all-zero or filled by an
 * earlier conf_apply.  Unknown names in the file are errors, with the nearest
 * known name (a name that is used as $name somewhere is known).
 * Returns 0 or -1; *values is to be freed in both cases.
 */
int conf_apply(const struct conf *, const char *context, void *values,
    struct strbuf *err);
void conf_values_free(const struct conf_param *params, size_t nparams,
    void *values);

/*
 * What is read at start only stays as it is in running: conf_get and conf_print
 * give that value from now on.  Warns of each that the file has another one
 * for: it needs a restart.
 */
void conf_keep(struct conf *, const struct conf *running);

/* The contexts the file names (`submission/...`), in order of appearance. */
size_t conf_contexts(const struct conf *, const char *const **names);

/* Effective values, "name = value" a line, contexts after the rest. */
void conf_print(const struct conf *, struct strbuf *out);

/* The table for -h ("name (default)" and meaning) and for policyd.cf(5). */
void conf_print_help(const struct conf_param *params, size_t nparams,
    struct strbuf *out);
void conf_print_mdoc(const struct conf_param *params, size_t nparams,
    struct strbuf *out);

/* Append text as mdoc takes it, every sentence on a line of its own. */
void conf_mdoc_text(struct strbuf *out, const char *text);

/* Parse one value of main.cf: time (seconds) and size (bytes).
 * Return 0, or -1 when it is none. */
int conf_parse_time(const char *, long *seconds);
int conf_parse_size(const char *, long *bytes);

#endif
