#ifndef LOG_H
#define LOG_H

#include <stddef.h>

#include "strbuf.h"

enum log_level {
	LOG_LEVEL_ERROR, /* someone must act */
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,  /* one line per decision or login */
	LOG_LEVEL_DEBUG, /* state changes; off by default */
};

/*
 * Standard error gets "ident: level: text", and where it is the journal's
 * (JOURNAL_STREAM) "<N>level: text": the journal has the name and wants the
 * priority.
 */
enum log_target {
	LOG_TARGET_STDERR,
	LOG_TARGET_SYSLOG, /* facility mail, with the pid */
};

/* Where the lines go.  ident is borrowed for ever.  May be called again, before
 * log_never_wait. */
void log_open(const char *ident, enum log_target);

/* How many milliseconds a line may wait for a log that is stuck; then it is
 * written when log_never_wait was called.  Without this: as long as it takes.
 */
void log_set_patience(int ms);

/*
 * From here on nobody waits for a log that is stuck.  Lines that there is no
 * room for are lost and counted; how many is logged as soon as it can be.  To
 * be called once, with the rights that the process keeps.
 */
void log_never_wait(void);
unsigned long log_lost(void); /* lines, since the start */

/*
 * Whether a syslog daemon takes lines now; those written while there is none
 * are lost.  Returns 0, or -1 with the reason in err.
 */
int log_find_syslog(struct strbuf *err);

void log_set_level(enum log_level);
enum log_level log_get_level(void);

/* error, warn, info, debug.  Returns 0, or -1 when it is none of them. */
int log_level_parse(const char *name, enum log_level *);
const char *log_level_name(enum log_level);

/*
 * One line each.  What came from outside goes in through log_field or
 * log_escape only; what is left that is not printable is escaped.
 * All may be called from any thread.
 */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Log every line of a text (as an err strbuf with several) at one level. */
void log_lines(enum log_level, const char *text);

/* The same without the name of the level: what a tool has to say. */
void log_plain_lines(enum log_level, const char *text);

/*
 * Append bytes from outside so that they can do no harm in a field of a line:
 * printable ASCII as it is, backslash and double quote with a backslash, the
 * rest as \xHH.  At most LOG_ESCAPE_MAX bytes are taken, then "..." follows.
 */
#define LOG_ESCAPE_MAX 256
void log_escape(struct strbuf *, const char *bytes, size_t len);

/*
 * Append " key=value", the value escaped, and in double quotes when it is
 * empty or has a blank, a quote or '='.
 */
void log_field(struct strbuf *, const char *key, const char *value);

#endif
