#ifndef USERDB_H
#define USERDB_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "store.h"
#include "strbuf.h"
#include "user_record.h"
#include "userdb_news.h"

/*
 * The user database: a snapshot that is opened anew when another file has
 * taken its place.  Safe to use from several threads.
 *
 * Beside the users it holds one entry about itself, under a key that is no
 * user's name: its version and the key for fake secrets.
 */
struct userdb;

/* path: after "gdbm:".  Opens nothing yet: a database may come later. */
struct userdb *userdb_new(const char *path);
void userdb_free(struct userdb *);

/*
 * Look at the file and open it when it is another one.  Called once a second
 * and at each find.  Returns 0, or -1 with the reason in err while there is
 * no usable database: none, not one of authctl's, of a later version, damaged.
 * A file that merely cannot be opened now (out of descriptors, no permission)
 * leaves the present snapshot in use: 0, and err says so.
 */
int userdb_refresh(struct userdb *, struct strbuf *err);

/*
 * One look at the file holds for all that is asked until this is called again.
 * For who judges many at a time: call it when somebody has spoken, and what was
 * changed before that counts.  Not called: each question looks.
 */
void userdb_look_once(struct userdb *);

/*
 * Find a user by normal name.  NOT_FOUND leaves *record all-zero.
 */
enum lookup userdb_find(struct userdb *, const char *name,
    struct user_record *record, struct strbuf *err);

/*
 * Find the first of two names (the second may be NULL), with the same work
 * whichever is there, if any: as many keys are looked for, one is found, one
 * record is decoded (user_record_decode_main).  For nobody that is a decoy,
 * another user's, which is good for nothing but more such work.
 * On FOUND *which is the index of the name; *decoy is all-zero then, *record
 * when NOT_FOUND; both are to be freed.
 */
enum lookup userdb_search(struct userdb *, const char *const names[2],
    size_t *which, struct user_record *record, struct user_record *decoy,
    struct strbuf *err);

/*
 * Whether the database is still the one that the record was found in, so that
 * to find it again would find the same.
 */
bool userdb_is_current(struct userdb *, const struct user_record *);

/*
 * The key for fake secrets of unknown users, made by authctl with the
 * database and kept in it.  Copies len bytes.  Returns 0 or -1.
 */
#define USERDB_FAKE_KEY_LEN 32
int userdb_fake_key(struct userdb *, unsigned char key[USERDB_FAKE_KEY_LEN],
    struct strbuf *err);

/* How many users there are; -1 with the reason in err. */
long userdb_count(struct userdb *, struct strbuf *err);

/*
 * Call fn for every user, in no order, from a snapshot of its own (others
 * do not wait); fn returns false to end early.  A record that cannot be read
 * is NULL.  Returns 0, or -1 with the reason in err.
 */
int userdb_each(const char *path,
    bool (*fn)(void *arg, const char *name, const struct user_record *),
    void *arg, struct strbuf *err);

/*
 * What is new since it was another one, that is: since before, which the last
 * call gave (0: none).  Returns false, and nothing is given, when it is still
 * the same, or there is none; an older authctl made one without news.
 */
bool userdb_news(struct userdb *, unsigned long *before, struct userdb_news *);

/*
 * The entry about the database itself, for what writes it.
 */
#define USERDB_SELF_KEY "sekisho-users"
void userdb_self_encode(const unsigned char key[USERDB_FAKE_KEY_LEN],
    struct strbuf *out);
int userdb_self_decode(const char *bytes,
    unsigned char key[USERDB_FAKE_KEY_LEN], struct strbuf *err);

#endif
