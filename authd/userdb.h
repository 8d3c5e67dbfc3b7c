#ifndef USERDB_H
#define USERDB_H

#include <stddef.h>
#include <time.h>

#include "store.h"
#include "strbuf.h"
#include "user_record.h"

/*
 * The user database: a snapshot that is opened anew when another file has
 * taken its place.  Safe to use from several threads.
 */
struct userdb;

/* path: after "gdbm:".  Opens nothing yet: a database may come later. */
struct userdb *userdb_new(const char *path);
void userdb_free(struct userdb *);

/*
 * Look at the file and open it when it is another one.  Called once a second
 * and at each find.  Returns 0, or -1 with the reason in err while there is
 * no usable database.
 */
int userdb_refresh(struct userdb *, struct strbuf *err);

/*
 * Find a user by normal name.  NOT_FOUND leaves *record all-zero.
 */
enum lookup userdb_find(struct userdb *, const char *name,
    struct user_record *record, struct strbuf *err);

/*
 * The key for fake secrets of unknown users, made by authctl with the
 * database and kept in it.  Copies len bytes.  Returns 0 or -1.
 */
#define USERDB_FAKE_KEY_LEN 32
int userdb_fake_key(struct userdb *, unsigned char key[USERDB_FAKE_KEY_LEN],
    struct strbuf *err);

#endif
