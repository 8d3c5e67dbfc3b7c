#ifndef SMTP_PROBE_H
#define SMTP_PROBE_H

#include <stdbool.h>
#include <sys/socket.h>

#include "cidr.h"
#include "strbuf.h"

/*
 * An SMTP client (RFC 5321) that asks and never sends a mail: it has no DATA.
 * A reply takes SMTP_PROBE_SECONDS and SMTP_PROBE_BYTES at most; so much of it
 * is kept as SMTP_PROBE_SHOWN.
 */
#define SMTP_PROBE_SECONDS 30
#define SMTP_PROBE_BYTES   65536
#define SMTP_PROBE_SHOWN   2000

struct smtp_probe {
	int fd; /* -1: not connected */
	char buffer[4096];
	size_t len, at;
	long deadline;       /* clock_ms() */
	size_t nbytes;       /* of this reply */
	struct strbuf reply; /* the last one, "550 5.7.1 ..."; lines by " / " */
	bool has_utf8;       /* the server offers SMTPUTF8 */
	bool has_xclient;    /* the server offers Postfix's XCLIENT */
	struct ip own;       /* where we come from */
};

/* The address of a socket; family 0 when it is none of the internet. */
void smtp_ip_of(const struct sockaddr *, socklen_t, struct ip *);

/* "[192.0.2.1]", "[IPv6:2001:db8::1]" */
void smtp_literal_add(struct strbuf *out, const struct ip *);

/*
 * Connect, read the greeting, and say EHLO, or HELO where that is unknown.
 * helo: who we say we are; "": our address, as a name that does not exist is
 * refused here and there.  server: the name that the server gives itself.
 * Returns 0, or -1, closed, with the reason in err.
 */
int smtp_probe_open(struct smtp_probe *, const struct sockaddr *, socklen_t len,
    const char *helo, struct strbuf *server, struct strbuf *err);
void smtp_probe_close(struct smtp_probe *); /* with QUIT */

/* Be somebody else from here on, and greet again: words of XCLIENT.  Returns 0
 * when that is believed, the code of another reply, or -1 with the reason in
 * err. */
int smtp_probe_pretend(struct smtp_probe *, const char *words, const char *helo,
    struct strbuf *err);

/* Send one line; returns the code of the reply, or -1 with the reason in err.
 */
int smtp_probe_ask(struct smtp_probe *, const char *line, struct strbuf *err);

#endif
