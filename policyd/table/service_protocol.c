/*
 * Questions and answers of three protocols.  What is no answer, and what says
 * that it is none, is a failed lookup; only a plain "no such key" is a miss.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "service_protocol.h"
#include "printable.h"

#define PROXYMAP_ANSWER_MAX ((size_t)1 << 20)
#define SOCKETMAP_VALUE_MAX                                                    \
	100000                /* as Postfix: so many bytes in a netstring */
#define SOCKETMAP_DIGITS 6    /* of their number */
#define TCP_LINE_MAX     4096 /* tcp_table(5) */
#define REASON_MAX       200  /* bytes of what a server says */

/*
 * What smtpd(8) tells proxymap(8) when it opens a table: lock files, fold the
 * case of keys where they are fixed strings, take text for UTF-8.  One that was
 * opened with the same flags is shared with smtpd, and so is its connection to
 * a database.
 */
#define PROXYMAP_FLAGS "540736" /* 1 << 6 | 1 << 14 | 1 << 19 */

void
service_answer_fail(struct service_answer *answer, const char *fmt, ...)
{
	va_list ap;

	answer->result = LOOKUP_TEMPFAIL;
	strbuf_truncate(&answer->text, 0);
	va_start(ap, fmt);
	strbuf_vaddf(&answer->text, fmt, ap);
	va_end(ap);
}

/* A server's own words, len bytes. */
static void
fail_with(struct service_answer *answer, const char *what, const char *text,
    size_t len)
{
	service_answer_fail(answer, "%s: ", what);
	printable_add(&answer->text, text, len < REASON_MAX ? len : REASON_MAX);
}

/* proxymap(8): attributes, a name and a value each; all end with NUL. */

static void
add_string(struct strbuf *out, const char *text)
{
	strbuf_add(out, text, strlen(text) + 1);
}

static void
ask_proxymap(struct strbuf *out, const char *table, const char *key)
{
	const char *const attributes[] = { "request", "lookup", "table", table,
		"flags", PROXYMAP_FLAGS, "key", key, "" };

	for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
		add_string(out, attributes[i]);
}

static const struct {
	enum lookup result;
	const char *text;
} proxymap_results[] = {
	{ LOOKUP_FOUND, "" },
	{ LOOKUP_NOT_FOUND, "" },
	{ LOOKUP_TEMPFAIL,
	    "proxymap(8) cannot look it up now; Postfix's log says why" },
	{ LOOKUP_TEMPFAIL, "proxymap(8) does not understand the request" },
	{ LOOKUP_TEMPFAIL,
	    "proxymap(8) may not look into it: proxy_read_maps of main.cf "
	    "does not name it" },
	{ LOOKUP_TEMPFAIL,
	    "proxymap(8) cannot use the table; Postfix's log says why" },
};

#define NPROXYMAP_RESULTS (sizeof proxymap_results / sizeof proxymap_results[0])

/* The next string, as long as one is there; NULL: its end has not come. */
static const char *
next_string(const char **bytes, const char *end)
{
	const char *string = *bytes;
	const char *nul = memchr(string, '\0', (size_t)(end - string));

	*bytes = nul != NULL ? nul + 1 : end;
	return nul != NULL ? string : NULL;
}

/* Returns 1: the string is the one wanted; 0: not all there; -1. */
static int
expect_string(const char **bytes, const char *end, const char *wanted)
{
	const char *string = next_string(bytes, end);

	if (string == NULL)
		return 0;
	return strcmp(string, wanted) == 0 ? 1 : -1;
}

static ssize_t
parse_proxymap(const char *bytes, size_t len, struct service_answer *answer)
{
	const char *at = bytes, *end = bytes + len, *status, *value;
	size_t number;
	int is_there;

	if ((is_there = expect_string(&at, end, "status")) != 1)
		return is_there;
	if ((status = next_string(&at, end)) == NULL)
		return 0;
	if ((is_there = expect_string(&at, end, "value")) != 1)
		return is_there;
	if ((value = next_string(&at, end)) == NULL)
		return 0;
	if ((is_there = expect_string(&at, end, "")) != 1)
		return is_there;
	number = (size_t)(status[0] - '0');
	if (status[0] == '\0' || status[1] != '\0' ||
	    number >= NPROXYMAP_RESULTS)
		return -1;
	answer->result = proxymap_results[number].result;
	strbuf_adds(&answer->text,
	    answer->result == LOOKUP_FOUND ? value
					   : proxymap_results[number].text);
	return at - bytes;
}

#define PROXYMAP_GREETING "protocol\0proxymap_protocol\0"

const struct service_protocol service_proxymap = {
	.name = "proxymap",
	.greeting = PROXYMAP_GREETING,
	.greeting_len = sizeof PROXYMAP_GREETING,
	.answer_max = PROXYMAP_ANSWER_MAX,
	.ask = ask_proxymap,
	.parse = parse_proxymap,
};

/* socketmap_table(5): netstrings, LENGTH:TEXT, */

static void
ask_socketmap(struct strbuf *out, const char *table, const char *key)
{
	strbuf_addf(out, "%zu:%s %s,", strlen(table) + 1 + strlen(key), table,
	    key);
}

static void
read_socketmap(const char *text, size_t len, struct service_answer *answer)
{
	const char *blank = memchr(text, ' ', len);
	size_t wordlen = blank != NULL ? (size_t)(blank - text) : len;
	const char *rest = blank != NULL ? blank + 1 : text + len;
	size_t restlen = (size_t)(text + len - rest);

	if (blank != NULL && wordlen == 2 && memcmp(text, "OK", 2) == 0) {
		answer->result = LOOKUP_FOUND;
		strbuf_add(&answer->text, rest, restlen);
	} else if (wordlen == 8 && memcmp(text, "NOTFOUND", 8) == 0) {
		answer->result = LOOKUP_NOT_FOUND;
	} else {
		fail_with(answer, "the server says", text, len);
	}
}

static ssize_t
parse_socketmap(const char *bytes, size_t len, struct service_answer *answer)
{
	size_t digits = 0, textlen = 0;

	while (digits < len && bytes[digits] >= '0' && bytes[digits] <= '9') {
		if (digits == SOCKETMAP_DIGITS)
			return -1;
		textlen = textlen * 10 + (size_t)(bytes[digits++] - '0');
	}
	if (digits == len)
		return 0;
	if (digits == 0 || bytes[digits] != ':' ||
	    textlen > SOCKETMAP_VALUE_MAX)
		return -1;
	bytes += digits + 1;
	len -= digits + 1;
	if (len <= textlen)
		return 0;
	if (bytes[textlen] != ',' || memchr(bytes, '\0', textlen) != NULL)
		return -1;
	read_socketmap(bytes, textlen, answer);
	return (ssize_t)(digits + 1 + textlen + 1);
}

const struct service_protocol service_socketmap = {
	.name = "socketmap",
	.greeting = "",
	.answer_max = SOCKETMAP_DIGITS + 1 + SOCKETMAP_VALUE_MAX + 1,
	.ask = ask_socketmap,
	.parse = parse_socketmap,
};

/* tcp_table(5): lines, with %XX for what is not printable. */

static void
ask_tcp(struct strbuf *out, const char *table, const char *key)
{
	(void)table;
	strbuf_adds(out, "get ");
	for (; *key != '\0'; key++)
		if (*key > ' ' && *key < 127 && *key != '%')
			strbuf_addc(out, *key);
		else
			strbuf_addf(out, "%%%02X", (unsigned char)*key);
	strbuf_addc(out, '\n');
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)((at - digits) % 16) : -1;
}

/* Returns 0, or -1: what follows a % is no byte of a text. */
static int
unquote(struct strbuf *out, const char *text, size_t len)
{
	const char *end = text + len;

	for (; text < end; text++) {
		int high, low;

		if (*text != '%') {
			strbuf_addc(out, *text);
			continue;
		}
		if (end - text < 3)
			return -1;
		high = hex_digit(*++text);
		low = hex_digit(*++text);
		if (high == -1 || low == -1 || high + low == 0)
			return -1;
		strbuf_addc(out, (char)(high * 16 + low));
	}
	strbuf_adds(out, "");
	return 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static ssize_t
parse_tcp(const char *bytes, size_t len, struct service_answer *answer)
{
	const char *newline = memchr(bytes, '\n', len);
	size_t linelen = newline != NULL ? (size_t)(newline - bytes) : len;

	if (newline == NULL)
		return len < TCP_LINE_MAX ? 0 : -1;
	if (linelen < 4 || linelen >= TCP_LINE_MAX || !is_digit(bytes[1]) ||
	    !is_digit(bytes[2]) || (bytes[3] != ' ' && bytes[3] != '\t') ||
	    memchr(bytes, '\0', linelen) != NULL)
		return -1;
	switch (bytes[0]) {
	case '2':
		answer->result = LOOKUP_FOUND;
		if (unquote(&answer->text, bytes + 4, linelen - 4) == -1)
			return -1;
		break;
	case '4':
		fail_with(answer, "the server says", bytes, linelen);
		break;
	case '5':
		answer->result = LOOKUP_NOT_FOUND;
		break;
	default:
		return -1;
	}
	return (ssize_t)(linelen + 1);
}

const struct service_protocol service_tcp = {
	.name = "tcp",
	.greeting = "",
	.answer_max = TCP_LINE_MAX,
	.ask = ask_tcp,
	.parse = parse_tcp,
};
