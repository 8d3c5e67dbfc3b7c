#ifndef RELAY_FORM_H
#define RELAY_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/* What a client may say that it is, by XCLIENT: where that is believed. */
struct relay_pretence {
	const char *name, *address, *login; /* NULL: nothing of it */
};

/*
 * The ways in which a stranger may write that mail is to go elsewhere: what an
 * open relay, or one that believes what it is told, lets through.
 */
struct relay_form {
	const char *name; /* "percent hack" */
	/* Addresses as they stand between < and >.  %o: the name of the host,
	 * %d: the domain that it is in, %a: its address as a literal, %f: a
	 * domain of somebody else, %s: that of another one. */
	const char *sender, *recipient;
	const char *helo; /* the same; "": the client's address */
	bool is_for_us;   /* its last domain is the host's own */
	bool needs_utf8;  /* SMTPUTF8, RFC 6531 */
	const struct relay_pretence *xclient; /* or NULL */
};

extern const struct relay_form relay_forms[];
extern const size_t nrelay_forms;

/* Domains that belong to nobody (RFC 2606). */
#define RELAY_FOREIGN "example.com"
#define RELAY_SENDER  "example.net"

/* What %o, %d and %a stand for; borrowed. */
struct relay_host {
	const char *name;
	const char *literal; /* "[192.0.2.1]" */
};

/* The domain that a host is in; itself when that is the whole name. */
const char *relay_domain_of(const char *name);

/* Append an address with its domains filled in. */
void relay_form_add(struct strbuf *out, const char *address,
    const struct relay_host *);

#endif
