#ifndef LOGIN_LOOKUP_H
#define LOGIN_LOOKUP_H

#include "store.h"
#include "table_list.h"

struct inquiry;

/* Look the login of the request up in tables, then its @domain.  Returns
 * NOT_FOUND where there is none. */
enum lookup login_lookup(struct inquiry *, const struct table_list *,
    const char **value);

#endif
