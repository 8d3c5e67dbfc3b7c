#ifndef INCIDENT_H
#define INCIDENT_H

#include <time.h>

#include "events.h"
#include "suspensions.h"
#include "strbuf.h"

/*
 * What `authctl incident` tells of a login: where it came from, what it sent,
 * what was refused and what the guard did, the latest first.
 */
enum incident_form {
	INCIDENT_TEXT,
	INCIDENT_JSON,
	INCIDENT_QUEUE_IDS, /* one a line, for postsuper(1) */
};

struct incident_query {
	const char *login;
	const struct suspensions *suspensions;
	time_t since;
	enum incident_form form;
};

void incident_print(struct state *, const struct incident_query *,
    struct strbuf *out);

#endif
