#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "cidr.h"

/*
 * What DNS says to a question for a name and a type.
 *
 * An answer is one block of memory, its records and their texts included; it
 * is made once (dns_message_parse, dns_answer_new, dns_answer_copy), with one
 * reference, and filled in by who made it.  From when others see it, it is
 * never modified: it is shared, and counted.  It is gone with the last
 * reference:
 *
 *	static void
 *	on_answer(void *arg, const struct dns_answer *answer)
 *	{
 *		struct client *client = arg;
 *
 *		client->answer = dns_answer_hold(answer);
 *	}
 *	...
 *	dns_answer_release(client->answer);
 */
enum dns_type { /* values of RFC 1035, RFC 3596 */
	DNS_A = 1,
	DNS_NS = 2,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
};

enum dns_status {
	DNS_FOUND,     /* at least one record of the type */
	DNS_NOT_FOUND, /* no such name, or no record of the type */
	DNS_FAILED,    /* no answer, or not a usable one: temporary */
	DNS_MALFORMED, /* answered, but with data that no record may hold */
};

struct dns_record {
	struct ip ip;        /* A, AAAA */
	const char *name;    /* MX, NS, PTR: no trailing dot; "" is the root */
	unsigned preference; /* MX */
	const char *text;    /* TXT: its first string, bytes as they came */
	size_t textlen;
};

struct dns_answer {
	unsigned refs;
	enum dns_status status;
	bool is_nxdomain;   /* with DNS_NOT_FOUND */
	bool from_cache;    /* known without a packet */
	bool is_unasked;    /* DNS_FAILED: there was no time or room to ask */
	unsigned ttl;       /* seconds it may be kept from when it came */
	unsigned ms;        /* from lookup to answer */
	const char *reason; /* DNS_FAILED, DNS_MALFORMED: static text */
	size_t nrecords;
	struct dns_record records[];
};

/* An answer without records, refs 1.  reason: static text, or NULL. */
struct dns_answer *dns_answer_new(enum dns_status, const char *reason);

/* The same once more, refs 1, with records and texts of its own. */
struct dns_answer *dns_answer_copy(const struct dns_answer *);

struct dns_answer *dns_answer_hold(const struct dns_answer *);
void dns_answer_release(struct dns_answer *); /* NULL is fine */

/* Bytes that an answer takes, for those who keep many. */
size_t dns_answer_size(const struct dns_answer *);

/* "A", "MX" ...; for logs and explain. */
const char *dns_type_name(enum dns_type);

#endif
