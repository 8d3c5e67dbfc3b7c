#ifndef ACCESS_ACTION_H
#define ACCESS_ACTION_H

#include "action.h"

struct evaluation;
struct table;

/*
 * Do what the value of an access table says (access(5)): its first word in any
 * case, or a list of restrictions.  table: its name, for the log.
 */
enum verdict access_action(struct evaluation *, const char *table,
    const char *value, struct subject, struct action *);

/*
 * For names that a stranger can choose: a permit is a fault of the table, as
 * in Postfix, and everything else stays what it is.
 */
enum verdict access_forbid_permit(struct evaluation *, const struct table *,
    enum verdict, struct action *);

#endif
