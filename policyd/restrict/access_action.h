#ifndef ACCESS_ACTION_H
#define ACCESS_ACTION_H

#include "action.h"

struct inquiry;
struct table;

/*
 * Do what the value of an access table says (access(5)): its first word in any
 * case, or a list of restrictions.  table: its name, for the log.
 */
enum verdict access_action(struct inquiry *, const char *table,
    const char *value, struct subject, struct action *);

/* What a value does without being asked to (policyctl import). */
enum access_kind {
	ACCESS_ACTION, /* a word of access(5), or a reply */
	ACCESS_EFFECT, /* HOLD, FILTER and so on: done to the message */
	ACCESS_LIST,   /* restrictions */
};
enum access_kind access_action_kind(const char *value);

/*
 * For names that a stranger can choose: a permit is a fault of the table, as
 * in Postfix, and everything else stays what it is.
 */
enum verdict access_forbid_permit(struct inquiry *, const struct table *,
    enum verdict, struct action *);

#endif
