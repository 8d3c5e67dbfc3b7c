#ifndef DUMP_H
#define DUMP_H

#include "strbuf.h"
#include "user_record.h"
#include "userdb.h"

/*
 * The user database as text: the entry about itself, then each user, with
 * an empty line after each:
 *
 *	sekisho-users 1
 *	fake-key=...
 *
 *	user=joe@example.org
 *	sekisho-user 1
 *	status=active
 *	...
 */
void dump_add_self(struct strbuf *out,
    const unsigned char fake_key[USERDB_FAKE_KEY_LEN]);
void dump_add_user(struct strbuf *out, const char *name,
    const struct user_record *);

#endif
