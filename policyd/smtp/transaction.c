/*
 * The recipients of one mail transaction.
 */
#include <string.h>

#include "transaction.h"

void
transaction_add(struct transaction *transaction, const struct request *request)
{
	const char *instance = request->instance;

	if (strlen(instance) >= sizeof transaction->instance)
		return;
	if (strcmp(transaction->instance, instance) != 0) {
		memcpy(transaction->instance, instance, strlen(instance) + 1);
		transaction->passed = 0;
	}
	transaction->passed++;
}

unsigned
transaction_passed(const struct transaction *transaction,
    const struct request *request)
{
	if (request->instance[0] == '\0' ||
	    strcmp(transaction->instance, request->instance) != 0)
		return 0;
	return transaction->passed;
}
