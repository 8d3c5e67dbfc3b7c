/*
 * Replies: reply codes (RFC 5321), enhanced status codes (RFC 3463) and the
 * forms in which Postfix puts them together.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reply.h"

static const char *const class_names[] = {
	[REPLY_PLAIN] = "",
	[REPLY_CLIENT] = "Client host",
	[REPLY_REVERSE_CLIENT] = "Unverified Client host",
	[REPLY_HELO] = "Helo command",
	[REPLY_SENDER] = "Sender address",
	[REPLY_RECIPIENT] = "Recipient address",
	[REPLY_DATA] = "Data command",
	[REPLY_END_OF_DATA] = "End-of-data",
	[REPLY_ETRN] = "Etrn command",
	[REPLY_LOGIN] = "SASL login name",
};

const char *reply_class_name(enum reply_class class)
{
	return class_names[class];
}

void
reply_set(struct reply *reply, int code, const char *dsn,
    struct subject subject, const char *text)
{
	reply->code = code;
	snprintf(reply->dsn, sizeof reply->dsn, "%c%s", '0' + code / 100,
	    dsn + 1);
	reply->subject = subject;
	reply->text = text;
}

/* The length of `.` and one to three digits; 0: there is none. */
static size_t
dsn_field_len(const char *text)
{
	size_t digits;

	if (text[0] != '.')
		return 0;
	digits = strspn(text + 1, "0123456789");
	return digits >= 1 && digits <= 3 ? digits + 1 : 0;
}

/* The length of an enhanced status code at the start of text; 0: none. */
static size_t
dsn_len(const char *text)
{
	size_t subject, detail, len;

	if (text[0] != '2' && text[0] != '4' && text[0] != '5')
		return 0;
	subject = dsn_field_len(text + 1);
	if (subject == 0)
		return 0;
	detail = dsn_field_len(text + 1 + subject);
	if (detail == 0)
		return 0;
	len = 1 + subject + detail;
	return text[len] == '\0' || isspace((unsigned char)text[len]) ? len : 0;
}

const char *
reply_split_dsn(char dsn[DSN_SIZE], const char *text, const char *def)
{
	size_t len = dsn_len(text);

	if (len == 0) {
		snprintf(dsn, DSN_SIZE, "%s", def);
		return text;
	}
	snprintf(dsn, DSN_SIZE, "%.*s", (int)len, text);
	text += len;
	return text + strspn(text, " \t\r\n");
}

/* The detail of an x.1.y code that names a sender. */
static int
sender_detail(int detail)
{
	switch (detail) {
	case 1: /* recipient codes */
	case 3:
	case 4:
	case 6:
	case 7:
		return 7; /* bad sender's mailbox syntax */
	case 2:
	case 8:
		return 8; /* bad sender's system */
	}
	return 0;
}

/* The detail of an x.1.y code that names a recipient. */
static int
recipient_detail(int detail)
{
	switch (detail) {
	case 7:
		return 3; /* bad destination mailbox syntax */
	case 8:
		return 2; /* bad destination system */
	}
	return detail >= 1 && detail <= 6 ? detail : 0;
}

void
reply_fix_dsn(char dsn[DSN_SIZE], enum reply_class class)
{
	int detail;

	if (strncmp(dsn + 1, ".1.", 3) != 0)
		return;
	detail = (int)strtol(dsn + 4, NULL, 10);
	if (class == REPLY_SENDER)
		snprintf(dsn + 1, DSN_SIZE - 1, ".1.%d", sender_detail(detail));
	else if (class == REPLY_RECIPIENT)
		snprintf(dsn + 1, DSN_SIZE - 1, ".1.%d",
		    recipient_detail(detail));
	else
		snprintf(dsn + 1, DSN_SIZE - 1, ".0.0");
}

static bool
subject_equal(const struct subject *a, const struct subject *b)
{
	return a->class == b->class && strcmp(a->name, b->name) == 0;
}

const char *
reply_text(const struct reply *reply, const struct subject *caller,
    struct arena *arena)
{
	if (reply->subject.class == REPLY_PLAIN ||
	    (caller != NULL && subject_equal(&reply->subject, caller)))
		return reply->text;
	return arena_printf(arena, "<%s>: %s rejected: %s", reply->subject.name,
	    reply_class_name(reply->subject.class), reply->text);
}

void
reply_add_code(struct strbuf *out, const struct reply *reply)
{
	strbuf_addc(out, (char)('0' + reply->code / 100 % 10));
	strbuf_addc(out, (char)('0' + reply->code / 10 % 10));
	strbuf_addc(out, (char)('0' + reply->code % 10));
	strbuf_addc(out, ' ');
	strbuf_adds(out, reply->dsn);
	strbuf_addc(out, ' ');
}

/* The length of a UTF-8 character at text as Postfix counts it; 0: none. */
static size_t
utf8_len(const unsigned char *text)
{
	size_t len = 1;

	if (text[0] < 194 || text[0] == 255)
		return 0;
	while (text[len] >= 128 && text[len] < 192)
		len++;
	return len > 1 ? len : 0;
}

void
reply_add_printable(struct strbuf *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text, *start;
	size_t len;

	while (*p != '\0') {
		for (start = p; *p != '\0'; p += len) {
			len = *p >= 0x20 && *p < 0x7f ? 1 : utf8_len(p);
			if (len == 0)
				break;
		}
		strbuf_add(out, start, (size_t)(p - start));
		if (*p != '\0') {
			strbuf_addc(out, ' ');
			p++;
		}
	}
}

void
reply_add_answer(struct strbuf *out, const char *verb,
    const struct reply *reply, const struct subject *caller,
    struct arena *arena)
{
	size_t start = out->len;

	if (verb != NULL)
		strbuf_addf(out, "%s %s ", verb, reply->dsn);
	else
		reply_add_code(out, reply);
	reply_add_printable(out, reply_text(reply, caller, arena));
	if (out->len - start > REPLY_MAX)
		strbuf_truncate(out, start + REPLY_MAX);
}
