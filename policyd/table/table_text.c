/*
 * The text of a table, as the postmap(1) manual describes it.  Where Postfix
 * skips a line with a warning, we call the table broken: a table that is half
 * there must not replace a good one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "table_text.h"
#include "mem.h"
#include "rights.h"
#include "utf8.h"

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct table_stamp
stamp_of(const struct stat *st)
{
	return (struct table_stamp){ st->st_dev, st->st_ino, st->st_size,
		st->st_mtim, st->st_ctim };
}

struct table_stamp
table_stamp(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return (struct table_stamp){ 0 };
	return stamp_of(&st);
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
table_stamp_equal(const struct table_stamp *a, const struct table_stamp *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->size == b->size && same_time(&a->changed, &b->changed) &&
	    same_time(&a->touched, &b->touched);
}

bool
table_input_is_inline(const char *name)
{
	return name[0] == '{';
}

void
table_input_error(struct table_input *input, int line, const char *fmt, ...)
{
	struct conf_origin origin = { input->name, line };
	struct strbuf text = { 0 };
	va_list ap;

	if (++input->nerrors > TABLE_ERRORS_MAX)
		return;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (input->nerrors == TABLE_ERRORS_MAX)
		strbuf_adds(&text, " (more errors are not shown)");
	if (table_input_is_inline(input->name) && line > 0)
		conf_error(input->err, input->origin, "rule %d: %s", line,
		    text.bytes);
	else if (line > 0)
		conf_error(input->err, origin, "%s", text.bytes);
	else
		conf_error(input->err, input->origin, "%s", text.bytes);
	strbuf_free(&text);
}

/* The whole file, or nothing. */
static int
read_file(struct table_text *text, struct table_input *input)
{
	struct table_stamp after = { 0 };
	struct strbuf why = { 0 };
	struct stat st;
	ssize_t n = -1;
	int fd, result = -1;

	fd = open(input->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1) {
		input->is_unreadable = true;
		rights_explain(&why, input->name, R_OK, ADMINISTRATORS, errno);
		table_input_error(input, 0, "open %s: %s", input->name,
		    strbuf_str(&why));
		goto done;
	}
	if (!S_ISREG(st.st_mode)) {
		table_input_error(input, 0, "open %s: not a regular file",
		    input->name);
		goto done;
	}
	input->stamp = stamp_of(&st);
	if ((size_t)st.st_size > TABLE_FILE_MAX) {
		table_input_error(input, 0,
		    "%s is larger than %zu MB: use gdbm:", input->name,
		    TABLE_FILE_MAX >> 20);
		goto done;
	}
	text->bytes = xmalloc((size_t)st.st_size + 1);
	while (text->len < (size_t)st.st_size) {
		n = read(fd, text->bytes + text->len,
		    (size_t)st.st_size - text->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		text->len += (size_t)n;
	}
	if (n == -1 && st.st_size > 0) {
		input->is_unreadable = true;
		table_input_error(input, 0, "read %s: %s", input->name,
		    strerror(errno));
		goto done;
	}
	if (fstat(fd, &st) == 0)
		after = stamp_of(&st);
	if (!table_stamp_equal(&after, &input->stamp)) {
		input->has_changed = true;
		table_input_error(input, 0, "%s changed while it was read",
		    input->name);
		goto done;
	}
	text->bytes[text->len] = '\0';
	result = 0;
done:
	if (fd != -1)
		close(fd);
	strbuf_free(&why);
	return result;
}

/* { {RULE}, {RULE} }: one line each. */
static int
read_braces(struct table_text *text, struct table_input *input)
{
	struct conf_text rules = { 0 };
	struct conf_word word = { input->name, strlen(input->name),
		input->origin };
	struct strbuf lines = { 0 };
	size_t pos = 0;
	int rule = 0, more;
	char *inside;

	if (!conf_word_unbrace(&word)) {
		table_input_error(input, 0, "text after the last brace of %s",
		    input->name);
		return -1;
	}
	inside = conf_word_dup(&word);
	conf_text_set(&rules, inside, input->origin);
	free(inside);
	while ((more = conf_next_word(&rules, &pos, &word, input->err)) == 1) {
		rule++;
		if (conf_word_unbrace(&word)) {
			strbuf_add(&lines, word.start, word.len);
			strbuf_addc(&lines, '\n');
		} else {
			table_input_error(input, rule,
			    "expected a rule in { }");
		}
	}
	conf_text_free(&rules);
	if (more == -1)
		input->nerrors++;
	else if (rule == 0)
		table_input_error(input, 0, "no rule in %s", input->name);
	text->len = lines.len;
	text->bytes = strbuf_detach(&lines);
	return input->nerrors == 0 ? 0 : -1;
}

int
table_text_read(struct table_text *text, struct table_input *input)
{
	*text = (struct table_text){ .input = input };
	return table_input_is_inline(input->name) ? read_braces(text, input)
						  : read_file(text, input);
}

void
table_text_free(struct table_text *text)
{
	free(text->bytes);
	*text = (struct table_text){ 0 };
}

/* The next physical line; its length without the line end. */
static char *
physical_line(struct table_text *text, size_t *len)
{
	char *start = text->bytes + text->next, *end;
	size_t left = text->len - text->next;

	if (left == 0)
		return NULL;
	end = memchr(start, '\n', left);
	*len = end != NULL ? (size_t)(end - start) : left;
	text->next += end != NULL ? *len + 1 : left;
	text->line++;
	return start;
}

static bool
is_comment_or_blank(const char *line, size_t len)
{
	size_t i = 0;

	while (i < len && is_space(line[i]))
		i++;
	return i == len || line[i] == '#';
}

/* A joined line, NUL-terminated; the byte at its end is a line end. */
static bool
check_line(struct table_text *text, char *line, size_t len, int number)
{
	while (len > 0 && is_space(line[len - 1]))
		len--;
	line[len] = '\0';
	if (is_space(line[0]))
		table_input_error(text->input, number,
		    "the line begins with white space, but continues none");
	else if (len > TABLE_LINE_MAX)
		table_input_error(text->input, number,
		    "the line is longer than %d bytes", TABLE_LINE_MAX);
	else if (strlen(line) != len)
		table_input_error(text->input, number, "NUL in the line");
	else if (!utf8_is_valid(line, len))
		table_input_error(text->input, number, "not UTF-8");
	else
		return true;
	return false;
}

char *
table_text_line(struct table_text *text, int *number)
{
	char *line = NULL, *part;
	size_t len = 0, partlen;

	while (line != NULL || text->next < text->len) {
		size_t before = text->next;

		part = physical_line(text, &partlen);
		if (part != NULL && is_comment_or_blank(part, partlen))
			continue;
		if (part != NULL && line == NULL) {
			line = part;
			len = partlen;
			*number = text->line;
		} else if (part != NULL && is_space(part[0])) {
			memmove(line + len, part, partlen);
			len += partlen;
		} else {
			if (part != NULL) {
				text->next = before;
				text->line--;
			}
			if (check_line(text, line, len, *number))
				return line;
			line = NULL;
		}
	}
	return NULL;
}
