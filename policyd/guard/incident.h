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
	const char *login; /* borrowed for incident_new */
	const struct suspensions *suspensions;
	time_t since;
	enum incident_form form;
};

/* Collect looks at some of all events with each call, and returns false when
 * those were the last; then it can be printed.  The state is borrowed. */
struct incident;
struct incident *incident_new(struct state *, const struct incident_query *);
bool incident_collect(struct incident *);
void incident_print(struct incident *, struct strbuf *out);
void incident_free(struct incident *);

#endif
