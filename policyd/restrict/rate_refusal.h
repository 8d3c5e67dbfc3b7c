#ifndef RATE_REFUSAL_H
#define RATE_REFUSAL_H

#include <stdbool.h>

#include "inquiry.h"
#include "rates.h"

/* What restrictions that limit rates share. */

/* Whether requests of this state add anything, and how much of a unit; 0:
 * nothing that can be known. */
bool rate_counts_request(const struct request *);
uint64_t rate_amount_of_request(const struct request *, enum rate_unit);

/* An order of a request for what it wants, without any of that yet. */
void rate_order_begin(struct rate_order *, const struct inquiry *,
    const struct rate_want *wants);

/* Refuse by the limit of an order that is free last, if any is reached. */
enum verdict rate_refuse(struct inquiry *, const struct rate_order *,
    struct action *);

#endif
