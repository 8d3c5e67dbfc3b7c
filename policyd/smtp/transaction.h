#ifndef TRANSACTION_H
#define TRANSACTION_H

#include "request.h"

struct rate_reservation;

/*
 * What a connection remembers of the mail transaction it is in: Postfix does
 * not say at RCPT how many recipients it has accepted.  All-zero: of none.
 */
#define TRANSACTION_INSTANCE_MAX 64
struct transaction {
	char instance[TRANSACTION_INSTANCE_MAX];
	unsigned passed; /* recipients that were not refused here */
	struct rate_reservation *reservation; /* for its message, or NULL */
};

/* A recipient has passed: remember it for the next request of its mail. */
void transaction_add(struct transaction *, const struct request *);

/* Recipients of the request's transaction that passed before it. */
unsigned transaction_passed(const struct transaction *, const struct request *);

#endif
