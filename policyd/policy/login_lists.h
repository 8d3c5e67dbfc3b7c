#ifndef LOGIN_LISTS_H
#define LOGIN_LISTS_H

#include <stdbool.h>

#include "stage.h"
#include "strbuf.h"

struct policies;
struct policy;
struct step;

/*
 * Restrictions for those who are logged in, behind permit_sasl_authenticated:
 * they see nobody.
 */

/* The first such step of a list; NULL: there is none. */
const struct step *login_list_blind_step(const struct policy *, enum stage);

/* Add a line for each, and for parameters of the guard where no list has it. */
void login_lists_check(const struct policies *, struct strbuf *warnings);

/* The parameter of the guard that the file sets in vain; NULL: there is none.
 */
const char *login_lists_idle_parameter(const struct policies *);

#endif
