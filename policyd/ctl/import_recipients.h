#ifndef IMPORT_RECIPIENTS_H
#define IMPORT_RECIPIENTS_H

#include <stdbool.h>

#include "import_service.h"
#include "restriction.h"
#include "stage.h"

/*
 * When policyd cannot say as Postfix who is listed in the tables of recipients.
 */

/* Why a service cannot have it done; NULL: it can.  main_cf: NULL, when it is
 * that itself.  Allocated. */
char *import_recipients_problem(const struct import_service *,
    const struct import_service *main_cf);

/* Why a restriction, wherever it is from, cannot be moved out of a list; NULL:
 * it can. */
const char *import_recipients_place(const struct restriction *, enum stage,
    bool is_delayed);

#endif
