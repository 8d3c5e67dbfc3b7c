#ifndef TABLE_SERVICE_H
#define TABLE_SERVICE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "service_connection.h"

/*
 * A server that has tables: questions wait for one of a few connections, as
 * each serves one at a time; those for a table in a line.
 */
#define SERVICE_CONNECTIONS_MAX 8

struct table_service;
struct service_line;

/* A question; owned by who asks, from ask until it is answered or cancelled. */
struct service_question {
	TAILQ_ENTRY(service_question) next;
	struct service_line *line; /* of its table */
	const char *key;           /* borrowed until it is answered */
	void (*answered)(void *arg, struct service_answer *); /* borrowed */
	void *arg;

	/* for table_service.c */
	bool is_sent;
	bool was_moved;  /* it hung, and is asked by a new connection */
	unsigned losses; /* connections that ended under it */
	long since;      /* when it got its connection, clock_ms; 0: not yet */
};

/* timeout_ms: as below; ways are borrowed. */
struct table_service *table_service_new(const struct service_ways *,
    const struct service_name *, long timeout_ms);
void table_service_free(struct table_service *); /* forgets its questions */

const char *table_service_server(const struct table_service *);

/* A question without answer for so long is given up when others wait. */
void table_service_set_timeout(struct table_service *, long timeout_ms);

/* Its host may have other addresses now. */
void table_service_set_addresses(struct table_service *,
    const struct service_name *);

/* The line of a table; it lives as long as the service. */
struct service_line *table_service_line(struct table_service *,
    const char *table);

/* answered is called later, in the loop. */
void table_service_ask(struct table_service *, struct service_question *);

/* Returns false when it was sent already, and will be answered. */
bool table_service_cancel(struct table_service *, struct service_question *);

/* Whether its answer is overdue. */
bool table_service_is_late(const struct table_service *,
    const struct service_question *);

/* Why the last attempt to reach it failed; NULL: it did not. */
const char *table_service_problem(const struct table_service *);

/* How many connections are open. */
unsigned table_service_connections(const struct table_service *);

#endif
