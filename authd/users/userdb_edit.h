#ifndef USERDB_EDIT_H
#define USERDB_EDIT_H

#include "store.h"
#include "strbuf.h"
#include "user_record.h"
#include "userdb.h"

/*
 * A change of the user database, of any size, in one replacement of the
 * file: readers see the old one or the new one.
 */
struct userdb_edit;

/*
 * Waits for others that change it.  group: that of a file that is made
 * (STORE_EDIT_CREATE); NULL: left to the system.
 * Returns NULL with the reason in err.
 */
struct userdb_edit *userdb_edit_begin(const char *path,
    enum store_edit_mode mode, const char *group, struct strbuf *err);

/* As userdb_find, with what this edit has done so far. */
enum lookup userdb_edit_find(struct userdb_edit *, const char *name,
    struct user_record *, struct strbuf *err);

/* Make or replace a user.  Returns 0 or -1. */
int userdb_edit_put(struct userdb_edit *, const char *name,
    const struct user_record *, struct strbuf *err);

/* Returns 0, 1 when there is no such user, -1. */
int userdb_edit_delete(struct userdb_edit *, const char *name,
    struct strbuf *err);

/* Take over the key for fake secrets of the database that users come from,
 * so that names unknown there look to clients as before. */
void userdb_edit_set_fake_key(struct userdb_edit *,
    const unsigned char key[USERDB_FAKE_KEY_LEN]);

/* Both free the edit.  After a commit that returns -1 all is as before. */
int userdb_edit_commit(struct userdb_edit *, struct strbuf *err);
void userdb_edit_abort(struct userdb_edit *);

#endif
