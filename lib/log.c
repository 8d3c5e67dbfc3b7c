/*
 * Log lines to stderr or to syslog's mail facility.
 */
#include <errno.h>
#include <paths.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"

#define PREFIX_USUAL 32 /* bytes before the text, and the LF */

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", LOG_ERR },
	[LOG_LEVEL_WARN] = { "warning", LOG_WARNING },
	[LOG_LEVEL_INFO] = { "info", LOG_INFO },
	[LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

static const char *log_ident = "sekisho";
static enum log_target log_target = LOG_TARGET_STDERR;
static _Atomic enum log_level log_level = LOG_LEVEL_INFO;

void
log_open(const char *ident, enum log_target target)
{
	log_ident = ident;
	log_target = target;
	if (target == LOG_TARGET_SYSLOG)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

int
log_find_syslog(struct strbuf *err)
{
	const struct sockaddr_un un = {
		.sun_family = AF_UNIX,
		.sun_path = _PATH_LOG,
	};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), result = 0;

	/* EPROTOTYPE: a stream socket, which syslog(3) uses as well. */
	if (fd == -1 ||
	    (connect(fd, (const struct sockaddr *)&un, sizeof un) == -1 &&
		errno != EPROTOTYPE)) {
		strbuf_addf(err, "%s: %s", _PATH_LOG, strerror(errno));
		result = -1;
	}
	if (fd != -1)
		close(fd);
	return result;
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
	return level == LOG_LEVEL_WARN ? "warn" : levels[level].name;
}

static void
write_line(enum log_level level, const char *text, size_t len)
{
	struct strbuf line = { 0 };
	size_t start;

	strbuf_reserve(&line, len + PREFIX_USUAL);
	if (log_target == LOG_TARGET_STDERR) {
		strbuf_adds(&line, log_ident);
		strbuf_adds(&line, ": ");
	}
	if (level != LOG_LEVEL_INFO) {
		strbuf_adds(&line, levels[level].name);
		strbuf_adds(&line, ": ");
	}
	start = line.len;
	strbuf_add(&line, text, len);
	for (size_t i = start; i < line.len; i++) {
		unsigned char c = (unsigned char)line.bytes[i];

		if (c < 0x20 || c == 0x7f)
			line.bytes[i] = '?';
	}
	if (log_target == LOG_TARGET_SYSLOG) {
		syslog(levels[level].priority, "%s", strbuf_str(&line));
	} else {
		strbuf_addc(&line, '\n');
		/* One write, so that lines of threads do not mix. */
		if (write(STDERR_FILENO, line.bytes, line.len) == -1) {
			/* Nobody is left to tell. */
		}
	}
	strbuf_free(&line);
}

static void
log_va(enum log_level level, const char *fmt, va_list ap)
{
	struct strbuf text = { 0 };

	if (level > log_level)
		return;
	strbuf_vaddf(&text, fmt, ap);
	write_line(level, text.bytes, text.len);
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
	if (level > log_level)
		return;
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len > 0)
			write_line(level, text, len);
		text += len;
		if (*text == '\n')
			text++;
	}
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void
log_escape(struct strbuf *out, const char *bytes, size_t len)
{
	size_t take = len > LOG_ESCAPE_MAX ? LOG_ESCAPE_MAX : len;
	size_t i = 0, start;

	while (i < take) {
		for (start = i; i < take && is_plain((unsigned char)bytes[i]);)
			i++;
		strbuf_add(out, bytes + start, i - start);
		if (i == take)
			break;
		if (bytes[i] == '"' || bytes[i] == '\\') {
			strbuf_addc(out, '\\');
			strbuf_addc(out, bytes[i]);
		} else {
			strbuf_addf(out, "\\x%02x", (unsigned char)bytes[i]);
		}
		i++;
	}
	if (take < len)
		strbuf_adds(out, "...");
}

void
log_field(struct strbuf *out, const char *key, const char *value)
{
	size_t len = strlen(value);
	const char *quote =
	    len == 0 || strpbrk(value, " \"=") != NULL ? "\"" : "";

	strbuf_addc(out, ' ');
	strbuf_adds(out, key);
	strbuf_addc(out, '=');
	strbuf_adds(out, quote);
	log_escape(out, value, len);
	strbuf_adds(out, quote);
}
