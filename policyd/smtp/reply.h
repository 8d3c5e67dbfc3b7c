#ifndef REPLY_H
#define REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "strbuf.h"

/*
 * The reply of a restriction: `CODE X.Y.Z <SUBJECT>: CLASS rejected: TEXT`,
 * word for word what Postfix's smtpd would send.
 */
enum reply_class {
	REPLY_PLAIN, /* the text alone */
	REPLY_CLIENT,
	REPLY_REVERSE_CLIENT,
	REPLY_HELO,
	REPLY_SENDER,
	REPLY_RECIPIENT,
	REPLY_DATA,
	REPLY_END_OF_DATA,
	REPLY_ETRN,
	REPLY_LOGIN,
};

/* "Client host", "Helo command" ... */
const char *reply_class_name(enum reply_class);

/* What a reply is about. */
struct subject {
	enum reply_class class;
	const char *name;
};

#define DSN_SIZE 16 /* "5.999.999" and its NUL */

struct reply {
	int code; /* 0: none */
	char dsn[DSN_SIZE];
	struct subject subject;
	const char *text;
};

/* text: borrowed.  The first digit of the status becomes that of the code. */
void reply_set(struct reply *, int code, const char *dsn, struct subject,
    const char *text);

/*
 * An enhanced status code at the start of text: copy it to dsn and return
 * what follows it; without one dsn becomes def and text is returned.
 */
const char *reply_split_dsn(char dsn[DSN_SIZE], const char *text,
    const char *def);

/* Postfix's change of x.1.y codes for replies that come from outside. */
void reply_fix_dsn(char dsn[DSN_SIZE], enum reply_class);

/*
 * The text as it goes to the SMTP client, "<SUBJECT>: CLASS rejected: "
 * included unless it is the caller's own prefix.  caller: NULL, or the
 * subject that Postfix will put before it.
 */
const char *reply_text(const struct reply *, const struct subject *caller,
    struct arena *);

void reply_add_code(struct strbuf *, const struct reply *); /* "554 5.7.1 " */

/*
 * Append bytes so that they cannot be read as another line or action: what
 * is neither printable ASCII nor UTF-8 becomes a blank.
 */
void reply_add_printable(struct strbuf *, const char *text);

/*
 * The text after `action=`: "CODE X.Y.Z TEXT", with a verb "VERB X.Y.Z TEXT",
 * printable and at most REPLY_MAX bytes: Postfix does not cut its own replies
 * to the 512 bytes of RFC 5321, 4.5.3.1.5, but a HELO name or a table must not
 * make any.
 */
#define REPLY_MAX 4096
void reply_add_answer(struct strbuf *, const char *verb, const struct reply *,
    const struct subject *caller, struct arena *);

#endif
