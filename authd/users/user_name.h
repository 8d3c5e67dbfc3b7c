#ifndef USER_NAME_H
#define USER_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * Names of users: 1-255 bytes of local part, `@`, 1-255 bytes of realm.  No
 * second `@`, no byte below 0x21, no DEL.
 */
struct user_name_rules {
	const char *default_realm; /* "" or NULL: a name needs its own */
	bool fold_local_part;      /* ASCII letters; the realm always */
};

#define USER_NAME_PART_MAX 255

/*
 * The normal form `user@realm`, appended to out, of what a client or an
 * administrator typed.  Returns 0 or -1 with the reason in err.
 */
int user_name_normalise(const struct user_name_rules *, const char *name,
    size_t len, struct strbuf *out, struct strbuf *err);

/*
 * In a line of another file what looks like a name may be more, a password
 * too: the first byte that separates fields there (CSV, SQL ...) or that no
 * domain has; 0 when there is none.
 */
char user_name_foreign_byte(const char *name);

/*
 * The login name of an app password: `NAME/LABEL`, NAME with or without its
 * realm, or `LOCAL/LABEL@REALM`.  Splits it into name (as typed, appended)
 * and label.  Returns false, with nothing appended, when it is no such name.
 */
bool user_name_split_label(const char *login, size_t len, struct strbuf *name,
    struct strbuf *label);

/* Labels of app passwords: 1-64 bytes of [A-Za-z0-9._-]. */
#define USER_LABEL_MAX 64
bool user_label_is_valid(const char *label, size_t len);

#endif
