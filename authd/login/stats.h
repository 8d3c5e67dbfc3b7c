#ifndef STATS_H
#define STATS_H

#include <stddef.h>

#include "credential.h"
#include "histogram.h"
#include "metric_counts.h"

/* What has happened since the start. */
enum login_result { LOGIN_OK, LOGIN_FAIL, LOGIN_TEMPFAIL, LOGIN_RESULTS };

struct stats {
	unsigned long logins[MECHANISMS][LOGIN_RESULTS];
	struct metric_counts failures; /* by mechanism, result and reason */
	struct histogram took;         /* from the request to its verdict */
	unsigned long cached;          /* logins that needed no hash */
	unsigned long connections;     /* accepted */
	unsigned long conversations;   /* begun */
	unsigned long dropped;         /* given up by the client, or too slow */
	size_t open_connections;       /* now, as the next */
	size_t open_conversations;
	size_t owed_answers; /* conversations that wait for us */
};

const char *login_result_name(enum login_result);

#endif
