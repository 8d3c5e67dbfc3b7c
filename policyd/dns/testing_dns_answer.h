#ifndef TESTING_DNS_ANSWER_H
#define TESTING_DNS_ANSWER_H

#include <string.h>

#include "cidr.h"
#include "mem.h"
#include "resolver.h"

/* DNS answers as the tests of lists want them. */

/* An answer, refs 1, TTL 60.  what: an address, "" for no such name, "nodata",
 * "fail", or text in double quotes for a TXT record. */
static inline struct dns_answer *
answer_of(const char *what)
{
	struct dns_answer *answer =
	    xcalloc(1, sizeof *answer + sizeof answer->records[0]);

	answer->refs = 1;
	answer->ttl = 60;
	answer->status = DNS_FOUND;
	answer->nrecords = 1;
	if (*what == '"') {
		answer->records[0].text = what + 1;
		answer->records[0].textlen = strlen(what) - 2;
	} else if (strcmp(what, "fail") == 0 || strcmp(what, "unasked") == 0) {
		answer->status = DNS_FAILED;
		answer->is_unasked = strcmp(what, "unasked") == 0;
		answer->reason = "SERVFAIL";
		answer->nrecords = 0;
	} else if (!ip_parse(&answer->records[0].ip, what)) {
		answer->status = DNS_NOT_FOUND;
		answer->is_nxdomain = *what == '\0';
		answer->nrecords = 0;
	}
	return answer;
}

#endif
