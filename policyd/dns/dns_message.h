#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include <stddef.h>

#include "dns_answer.h"

/*
 * DNS replies from the wire (RFC 1035, 4), taken as hostile: lengths, counts
 * and compression pointers are bounded by the packet.
 *
 * What comes out holds nothing of the packet, which may go at once:
 *
 *	answer = dns_message_parse(packet, len, DNS_TXT);
 *	...
 *	dns_answer_release(answer);
 */

#define DNS_RECORDS_MAX 100 /* of an answer, as in Postfix 3.10 */

/*
 * Parse the reply to a question for a type.  Every record of the type in the
 * answer section counts, whatever its owner: aliases have been followed by
 * the resolver.  As in Postfix a record whose name no host may have is left
 * out, and when nothing else is left, or an alias leads to such a name, the
 * answer is DNS_MALFORMED.  What comes behind DNS_RECORDS_MAX is not read.
 * ttl: the least one that matters; of a negative answer that of RFC 2308.
 * Returns a new answer, refs 1.
 */
struct dns_answer *dns_message_parse(const unsigned char *packet, size_t len,
    enum dns_type);

#endif
