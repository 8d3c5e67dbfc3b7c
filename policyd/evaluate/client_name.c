/*
 * Names of clients.
 */
#include <stdio.h>
#include <sys/socket.h>

#include "client_name.h"
#include "inquiry.h"
#include "host_name.h"

static const char unknown[] = "unknown";

const char *
client_ptr_name(struct inquiry *inq, const struct ip *ip)
{
	struct arena *arena = inq->arena;
	const unsigned char *bytes = ip->bytes;
	char name[sizeof "f." * 32 + sizeof "ip6.arpa"];
	size_t len = 0;

	if (ip->family == AF_INET)
		return arena_printf(arena, "%u.%u.%u.%u.in-addr.arpa", bytes[3],
		    bytes[2], bytes[1], bytes[0]);
	for (int i = 15; i >= 0; i--)
		len += (size_t)snprintf(name + len, sizeof name - len, "%x.%x.",
		    bytes[i] & 15U, bytes[i] >> 4);
	return arena_printf(arena, "%sip6.arpa", name);
}

/* Keep a name as a fact, with the reason where it is none. */
static const char *
found(struct inquiry *inq, const char *attribute, const char *name,
    const char *why)
{
	if (why != NULL)
		why = arena_printf(inq->arena, "%s: %s", name, why);
	inquiry_remark(inq, attribute, why != NULL ? why : name);
	return name;
}

/* Why an answer without a record gives no name. */
static const char *
reason(const struct dns_answer *answer, const char *not_found)
{
	switch (answer->status) {
	case DNS_FOUND:
	case DNS_NOT_FOUND:
		return not_found;
	case DNS_FAILED:
		return "DNS has failed, which may be for now only";
	case DNS_MALFORMED:
		return "the answer is malformed";
	}
	return NULL;
}

/* Returns NULL while DNS has not answered. */
static const char *
look_up_reverse(struct inquiry *inq, const struct ip *ip)
{
	static const char attribute[] = "reverse_client_name";
	const struct dns_answer *answer =
	    inquiry_dns(inq, client_ptr_name(inq, ip), DNS_PTR);

	if (answer == NULL)
		return NULL;
	if (answer->status != DNS_FOUND)
		return found(inq, attribute, unknown,
		    reason(answer, "the address has no PTR record"));
	if (!host_name_is_valid(answer->records[0].name))
		return found(inq, attribute, unknown,
		    "the PTR record holds no host name");
	return found(inq, attribute, answer->records[0].name, NULL);
}

static bool
has_address(const struct dns_answer *answer, const struct ip *ip)
{
	if (answer->status != DNS_FOUND)
		return false;
	for (size_t i = 0; i < answer->nrecords; i++)
		if (ip_equal(&answer->records[i].ip, ip))
			return true;
	return false;
}

/* Returns NULL while DNS has not answered. */
static const char *
verify(struct inquiry *inq, const struct ip *ip, const char *reverse)
{
	static const char attribute[] = "client_name";
	const struct dns_answer *answer;

	if (request_name_is_unknown(reverse))
		return found(inq, attribute, unknown, NULL);
	answer =
	    inquiry_dns(inq, reverse, ip->family == AF_INET ? DNS_A : DNS_AAAA);
	if (answer == NULL)
		return NULL;
	if (has_address(answer, ip))
		return found(inq, attribute, reverse, NULL);
	return found(inq, attribute, unknown,
	    reason(answer, "the name does not lead back to the address"));
}

bool
client_names_complete(struct inquiry *inq, const struct request *given,
    struct request *request)
{
	const char *name = given->client_name;
	const char *reverse = given->reverse_client_name;

	*request = *given;
	if (ip_len(&request->client) == 0 ||
	    (name[0] != '\0' && reverse[0] != '\0'))
		return true;
	/* A name that was verified is that of the address. */
	if (name[0] != '\0' && !request_name_is_unknown(name)) {
		request->reverse_client_name = name;
		return true;
	}
	inquiry_remark(inq, "names",
	    "asked of policyd's resolver; /etc/hosts was not read");
	if (reverse[0] == '\0')
		reverse = look_up_reverse(inq, &request->client);
	if (reverse != NULL && name[0] == '\0')
		name = verify(inq, &request->client, reverse);
	if (reverse == NULL || name == NULL)
		return false;
	request->client_name = name;
	request->reverse_client_name = reverse;
	return true;
}
