/*
 * The search for a host by its name.
 */
#include <stddef.h>

#include "mail_host.h"
#include "destination.h"
#include "inquiry.h"
#include "host_name.h"

#define NTYPES 3

/* One answer as Postfix's DNS client reads it. */
static enum mail_host
judge(const struct dns_answer *answer, enum dns_type type)
{
	switch (answer->status) {
	case DNS_FOUND:
		if (type == DNS_MX && answer->records[0].name[0] == '\0')
			return MAIL_HOST_NULL_MX;
		return MAIL_HOST_FOUND;
	case DNS_NOT_FOUND:
		return MAIL_HOST_NOT_FOUND;
	case DNS_MALFORMED:
		return MAIL_HOST_MALFORMED;
	case DNS_FAILED:
		break;
	}
	return MAIL_HOST_FAILED;
}

/* Whether one answer ends the search. */
static bool
is_final(enum mail_host host, bool is_address)
{
	return host == MAIL_HOST_FOUND ||
	    (is_address &&
		(host == MAIL_HOST_NULL_MX || host == MAIL_HOST_MALFORMED));
}

static enum mail_host
find_host(struct inquiry *inq, const char *name,
    const enum dns_type types[NTYPES], bool is_address)
{
	enum mail_host host = MAIL_HOST_NOT_FOUND;
	const struct dns_answer *answer;
	bool failed = false, waits = false;

	if (!host_name_is_valid(name))
		return MAIL_HOST_NOT_FOUND;
	for (size_t i = 0; i < NTYPES; i++) {
		answer = inquiry_dns(inq, name, types[i]);
		if (answer == NULL)
			waits = true;
		if (waits)
			continue; /* only to ask for the rest */
		host = judge(answer, types[i]);
		if (host == MAIL_HOST_FAILED)
			failed = true;
		if (is_final(host, is_address))
			break;
	}
	if (waits)
		return MAIL_HOST_WAITING;
	return host != MAIL_HOST_FOUND && failed ? MAIL_HOST_FAILED : host;
}

enum mail_host
mail_host_of_address(struct inquiry *inq, const char *domain)
{
	static const enum dns_type types[NTYPES] = { DNS_MX, DNS_A, DNS_AAAA };

	domain = domain_to_ascii(inq->policy, inq->arena, domain);
	return find_host(inq, domain, types, true);
}

enum mail_host
mail_host_of_helo(struct inquiry *inq, const char *name)
{
	static const enum dns_type types[NTYPES] = { DNS_A, DNS_AAAA, DNS_MX };

	return find_host(inq, name, types, false);
}

const char *
mail_host_text(enum mail_host host, const char *not_found)
{
	return host == MAIL_HOST_MALFORMED ? "Malformed DNS server reply"
					   : not_found;
}
