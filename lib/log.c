/*
 * Log lines: levels, and fields.
 */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <syslog.h>

#include "log.h"
#include "log_sink.h"
#include "log_writer.h"
#include "printable.h"

#define PREFIX_USUAL 64   /* bytes before the text, and the LF */
#define TEXT_USUAL   1024 /* bytes */

static const struct {
	const char *name, *word;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", "error: ", LOG_ERR },
	[LOG_LEVEL_WARN] = { "warn", "warning: ", LOG_WARNING },
	[LOG_LEVEL_INFO] = { "info", "", LOG_INFO },
	[LOG_LEVEL_DEBUG] = { "debug", "debug: ", LOG_DEBUG },
};

static _Atomic enum log_level log_level = LOG_LEVEL_INFO;

void
log_open(const char *ident, enum log_target target)
{
	log_sink_open(ident, target);
}

void
log_set_level(enum log_level level)
{
	log_level = level;
}

enum log_level
log_get_level(void)
{
	return log_level;
}

int
log_level_parse(const char *name, enum log_level *level)
{
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
		if (strcmp(name, log_level_name((enum log_level)i)) == 0) {
			*level = (enum log_level)i;
			return 0;
		}
	}
	return -1;
}

const char *
log_level_name(enum log_level level)
{
	return levels[level].name;
}

/* word: what stands before the text. */
static void
put_line(enum log_level level, const char *word, const char *text, size_t len)
{
	struct strbuf line = { 0 };

	strbuf_reserve(&line, len + PREFIX_USUAL);
	log_sink_add(&line, levels[level].priority, word, text, len);
	log_writer_put(line.bytes, line.len, level <= LOG_LEVEL_WARN);
	strbuf_free(&line);
}

static void
put_lines(enum log_level level, const char *word, const char *text)
{
	if (level > log_level)
		return;
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len > 0)
			put_line(level, word, text, len);
		text += len + (text[len] == '\n');
	}
}

static void
log_va(enum log_level level, const char *fmt, va_list ap)
{
	struct strbuf text = { 0 };

	if (level > log_level)
		return;
	strbuf_reserve(&text, TEXT_USUAL); /* else it is formatted twice */
	strbuf_vaddf(&text, fmt, ap);
	put_line(level, levels[level].word, text.bytes, text.len);
	strbuf_free(&text);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_LEVEL_ERROR, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_LEVEL_WARN, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_LEVEL_INFO, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_LEVEL_DEBUG, fmt, ap);
	va_end(ap);
}

void
log_lines(enum log_level level, const char *text)
{
	put_lines(level, levels[level].word, text);
}

void
log_plain_lines(enum log_level level, const char *text)
{
	put_lines(level, "", text);
}

/* How many bytes at the beginning can stay as they are. */
static size_t
plain_len(const char *bytes, size_t len)
{
	size_t plain = printable_ascii_len(bytes, len);
	const char *stop = memchr(bytes, '"', plain);

	if (stop != NULL)
		plain = (size_t)(stop - bytes);
	stop = memchr(bytes, '\\', plain);
	return stop != NULL ? (size_t)(stop - bytes) : plain;
}

void
log_escape(struct strbuf *out, const char *bytes, size_t len)
{
	const char *end = bytes + (len > LOG_ESCAPE_MAX ? LOG_ESCAPE_MAX : len);

	for (const char *p = bytes; p < end; p++) {
		size_t plain = plain_len(p, (size_t)(end - p));

		strbuf_add(out, p, plain);
		p += plain;
		if (p == end)
			break;
		if (*p == '"' || *p == '\\') {
			strbuf_addc(out, '\\');
			strbuf_addc(out, *p);
		} else {
			strbuf_addf(out, "\\x%02x", (unsigned char)*p);
		}
	}
	if (len > LOG_ESCAPE_MAX)
		strbuf_adds(out, "...");
}

void
log_field(struct strbuf *out, const char *key, const char *value)
{
	size_t len = strlen(value);
	bool is_quoted = len == 0 || strpbrk(value, " \"=") != NULL;

	strbuf_addc(out, ' ');
	strbuf_adds(out, key);
	strbuf_addc(out, '=');
	if (is_quoted)
		strbuf_addc(out, '"');
	log_escape(out, value, len);
	if (is_quoted)
		strbuf_addc(out, '"');
}
