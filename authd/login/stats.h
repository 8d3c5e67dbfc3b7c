#ifndef STATS_H
#define STATS_H

#include <stddef.h>

#include "credential.h"

/* What has happened since the start. */
enum login_result { LOGIN_OK, LOGIN_FAIL, LOGIN_TEMPFAIL, LOGIN_RESULTS };

struct stats {
	unsigned long logins[MECHANISMS][LOGIN_RESULTS];
	unsigned long cached;        /* logins that needed no hash */
	unsigned long connections;   /* accepted */
	unsigned long conversations; /* begun */
	unsigned long dropped;       /* given up by the client, or too slow */
	size_t open_connections;     /* now, as the next */
	size_t open_conversations;
	size_t owed_answers; /* conversations that wait for us */
};

const char *login_result_name(enum login_result);

#endif
