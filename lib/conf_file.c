/*
 * Reading of files in main.cf syntax (postconf(5)): a logical line is a line
 * and all that follow it with leading white space; comments and empty lines
 * may stand between; a value takes in others by $name.
 */
#include <sys/stat.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_file.h"
#include "log.h"
#include "macro.h"
#include "mem.h"
#include "nearest.h"
#include "rights.h"

#define REPEATS_MAX      50 /* that are warned of */
#define EXPAND_DEPTH_MAX 50
#define EXPAND_NAMES_MAX 10000
#define EXPAND_LEN_MAX   (4 * 1024 * 1024)

/* A text under construction; marks follow what is added. */
struct text_builder {
	struct strbuf bytes;
	struct conf_mark *marks;
	size_t nmarks;
};

static void
builder_add(struct text_builder *b, const char *bytes, size_t len,
    struct conf_origin origin)
{
	struct conf_mark *last;

	/* Bytes may have been taken back. */
	while (b->nmarks > 0 && b->marks[b->nmarks - 1].offset > b->bytes.len)
		b->nmarks--;
	last = b->nmarks > 0 ? &b->marks[b->nmarks - 1] : NULL;
	if (last == NULL || last->origin.line != origin.line ||
	    last->origin.file != origin.file) {
		/* Full at each power of two. */
		if ((b->nmarks & (b->nmarks - 1)) == 0)
			b->marks = xreallocarray(b->marks,
			    b->nmarks > 0 ? 2 * b->nmarks : 1,
			    sizeof *b->marks);
		b->marks[b->nmarks].offset = b->bytes.len;
		b->marks[b->nmarks++].origin = origin;
	}
	strbuf_add(&b->bytes, bytes, len);
}

static struct conf_text
builder_finish(struct text_builder *b)
{
	struct conf_text text = { strbuf_detach(&b->bytes), b->marks,
		b->nmarks };

	*b = (struct text_builder){ 0 };
	return text;
}

static void
builder_free(struct text_builder *b)
{
	strbuf_free(&b->bytes);
	free(b->marks);
}

static bool
is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

struct conf_entry *
conf_file_find(const struct conf_file *file, const char *name)
{
	for (size_t i = file->nentries; i-- > 0;) {
		if (strcmp(file->entries[i].name, name) == 0)
			return &file->entries[i];
	}
	return NULL;
}

/* "name = value" of one logical line becomes an entry. */
static int
add_entry(struct conf_file *file, const struct conf_text *logical,
    struct strbuf *err)
{
	const char *line = logical->text;
	struct conf_origin origin = logical->marks[0].origin;
	size_t namelen = strcspn(line, "= \t\r");
	const char *value = line + namelen + strspn(line + namelen, " \t\r");
	struct text_builder b = { 0 };
	struct conf_entry *entry;
	size_t end;

	if (*value != '=' || namelen == 0) {
		conf_error(err, origin, "expected \"name = value\"");
		return -1;
	}
	for (size_t i = 0; i < namelen; i++) {
		if (!is_name_byte(line[i]) && strchr("/-.", line[i]) == NULL) {
			conf_error(err, origin,
			    "a parameter name has letters, digits and \"_\"");
			return -1;
		}
	}
	value++;
	value += strspn(value, " \t\r");
	end = strlen(value);
	while (end > 0 && strchr(" \t\r", value[end - 1]) != NULL)
		end--;
	for (size_t i = 0; i < end; i++)
		builder_add(&b, value + i, 1,
		    conf_text_origin(logical, (size_t)(value - line) + i));
	if (end == 0)
		builder_add(&b, "", 0, origin);

	file->entries = xreallocarray(file->entries, file->nentries + 1,
	    sizeof *file->entries);
	entry = &file->entries[file->nentries];
	*entry = (struct conf_entry){ .name = xstrndup(line, namelen),
		.value = builder_finish(&b) };
	file->nentries++;
	return 0;
}

static int
by_name_and_line(const void *a, const void *b)
{
	const struct conf_entry *left = *(const struct conf_entry *const *)a;
	const struct conf_entry *right = *(const struct conf_entry *const *)b;
	int order = strcmp(left->name, right->name);

	return order != 0 ? order : (left > right) - (left < right);
}

/* Say which values are replaced by a later line. */
static void
warn_of_repeats(const struct conf_file *file)
{
	size_t n = file->nentries;
	const struct conf_entry **sorted = xcalloc(n, sizeof *sorted);
	unsigned repeats = 0;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &file->entries[i];
	qsort(sorted, n, sizeof *sorted, by_name_and_line);
	for (size_t i = 1; i < n && repeats < REPEATS_MAX; i++) {
		const struct conf_origin *origin =
		    &sorted[i]->value.marks[0].origin;

		if (strcmp(sorted[i]->name, sorted[i - 1]->name) != 0)
			continue;
		log_warn("%s:%d: %s replaces the value of line %d%s",
		    origin->file, origin->line, sorted[i]->name,
		    sorted[i - 1]->value.marks[0].origin.line,
		    ++repeats == REPEATS_MAX ? " (more are not shown)" : "");
	}
	free(sorted);
}

/* The whole file, NUL-terminated; NULL with the reason in err. */
static char *
read_whole(const char *path, size_t *len, enum conf_file_result *result,
    struct strbuf *err)
{
	struct strbuf bytes = { 0 };
	struct stat st;
	char chunk[16384];
	size_t n;
	FILE *f = fopen(path, "re");

	*result = CONF_FILE_UNREADABLE;
	if (f == NULL) {
		strbuf_addf(err, "open %s: ", path);
		rights_explain(err, path, R_OK, ADMINISTRATORS, errno);
		strbuf_addc(err, '\n');
		return NULL;
	}
	if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
		strbuf_addf(err, "%s: is a directory\n", path);
		fclose(f);
		return NULL;
	}
	while (bytes.len <= CONF_FILE_MAX &&
	    (n = fread(chunk, 1, sizeof chunk, f)) > 0)
		strbuf_add(&bytes, chunk, n);
	if (ferror(f)) {
		strbuf_addf(err, "read %s: %s\n", path, strerror(errno));
		strbuf_free(&bytes);
	} else if (bytes.len > CONF_FILE_MAX) {
		*result = CONF_FILE_BAD;
		strbuf_addf(err, "%s: over %d bytes\n", path, CONF_FILE_MAX);
		strbuf_free(&bytes);
	} else {
		*result = CONF_FILE_OK;
		strbuf_reserve(&bytes, 0);
		bytes.bytes[bytes.len] = '\0';
		*len = bytes.len;
	}
	fclose(f);
	return *result == CONF_FILE_OK ? bytes.bytes : NULL;
}

/* File names stand in origins for ever; a program reads very few. */
static const char *
lasting_name(const char *path)
{
	static char **names;
	static size_t nnames;

	for (size_t i = 0; i < nnames; i++) {
		if (strcmp(names[i], path) == 0)
			return names[i];
	}
	names = xreallocarray(names, nnames + 1, sizeof *names);
	names[nnames] = xstrdup(path);
	return names[nnames++];
}

/* The logical line is complete: an entry.  Returns 0 or -1. */
static int
end_logical(struct conf_file *file, struct text_builder *logical,
    struct strbuf *err)
{
	struct conf_text text;
	int result;

	if (logical->nmarks == 0)
		return 0;
	text = builder_finish(logical);
	result = add_entry(file, &text, err);
	conf_text_free(&text);
	return result;
}

enum conf_file_result
conf_file_add(struct conf_file *file, const struct conf_passage *passage,
    struct strbuf *err)
{
	struct conf_origin origin = { .file = lasting_name(passage->path),
		.line = passage->first - 1 };
	enum conf_file_result result = CONF_FILE_OK;
	struct text_builder logical = { 0 };

	for (size_t pos = 0; pos < passage->len;) {
		const char *line = passage->bytes + pos;
		const char *lf = memchr(line, '\n', passage->len - pos);
		size_t n =
		    lf != NULL ? (size_t)(lf - line) : passage->len - pos;
		size_t blank = strspn(line, " \t\r");

		pos += n + 1;
		origin.line++;
		if (memchr(line, '\0', n) != NULL) {
			conf_error(err, origin, "NUL byte");
			result = CONF_FILE_BAD;
			continue;
		}
		if (blank >= n || line[blank] == '#')
			continue;
		if (blank > 0 && logical.nmarks == 0) {
			conf_error(err, origin,
			    "a line with leading white space continues the "
			    "one before it, and there is none");
			result = CONF_FILE_BAD;
			continue;
		}
		if (blank == 0 && end_logical(file, &logical, err) == -1)
			result = CONF_FILE_BAD;
		builder_add(&logical, line, n, origin);
	}
	if (end_logical(file, &logical, err) == -1)
		result = CONF_FILE_BAD;
	warn_of_repeats(file);
	return result;
}

enum conf_file_result
conf_file_read(struct conf_file *file, const char *path, struct strbuf *err)
{
	struct conf_passage whole = { .path = path, .first = 1 };
	enum conf_file_result result;
	char *bytes = read_whole(path, &whole.len, &result, err);

	whole.bytes = bytes;
	if (bytes != NULL)
		result = conf_file_add(file, &whole, err);
	free(bytes);
	return result;
}

void
conf_file_free(struct conf_file *file)
{
	for (size_t i = 0; i < file->nentries; i++) {
		free(file->entries[i].name);
		conf_text_free(&file->entries[i].value);
	}
	free(file->entries);
	*file = (struct conf_file){ 0 };
}

/* An expansion under way. */
struct expansion {
	const struct conf_names *names;
	const struct conf_text *raw; /* that is read at the moment */
	struct text_builder out;
	struct strbuf *err;
	unsigned depth, taken_in;
};

static int expand(struct expansion *, const struct conf_text *);

static struct conf_origin
origin_of(const struct expansion *x, const char *at)
{
	return conf_text_origin(x->raw, (size_t)(at - x->raw->text));
}

static void
on_text(void *ctx, const char *at, const char *bytes, size_t len)
{
	struct expansion *x = ctx;

	for (size_t i = 0; i < len; i++)
		builder_add(&x->out, bytes + i, 1,
		    origin_of(x, bytes == at ? at + i : at));
}

static void
on_failure(void *ctx, const char *at, const char *reason)
{
	struct expansion *x = ctx;

	conf_error(x->err, origin_of(x, at), "%s", reason);
}

static int
on_value(void *ctx, const char *at, const char *name)
{
	struct expansion *x = ctx;
	const struct conf_text *value = x->names->lookup(x->names->arg, name);
	const struct conf_text *outer = x->raw;
	int result;

	if (value == NULL) {
		struct nearest nearest;

		nearest_init(&nearest, name);
		x->names->offer(x->names->arg, &nearest);
		conf_error(x->err, origin_of(x, at), "unknown parameter $%s%s",
		    name, nearest_hint(&nearest));
		return -1;
	}
	if (x->depth >= EXPAND_DEPTH_MAX || ++x->taken_in > EXPAND_NAMES_MAX ||
	    x->out.bytes.len > EXPAND_LEN_MAX) {
		conf_error(x->err, origin_of(x, at),
		    "$%s takes in itself, or far too much", name);
		return -1;
	}
	x->depth++;
	result = expand(x, value);
	x->depth--;
	x->raw = outer;
	return result;
}

/* To ask for a name is no mistake, be there such a name or not. */
static bool
has_value(void *ctx, const char *name)
{
	const struct expansion *x = ctx;
	const struct conf_text *value = x->names->lookup(x->names->arg, name);

	return value != NULL && *conf_text_str(value) != '\0';
}

static int
expand(struct expansion *x, const struct conf_text *raw)
{
	const struct macro macro = { &x->out.bytes, on_text, on_value,
		has_value, on_failure, x };

	x->raw = raw;
	return macro_expand(&macro, conf_text_str(raw),
	    strlen(conf_text_str(raw)));
}

int
conf_expand(const struct conf_text *raw, const struct conf_names *names,
    struct conf_text *out, struct strbuf *err)
{
	struct expansion x = { .names = names, .err = err };

	if (raw->text == NULL) {
		conf_text_free(out);
		return 0;
	}
	builder_add(&x.out, "", 0, conf_text_origin(raw, 0));
	if (expand(&x, raw) == -1) {
		builder_free(&x.out);
		return -1;
	}
	conf_text_free(out);
	*out = builder_finish(&x.out);
	return 0;
}
