#ifndef GUARD_LIST_H
#define GUARD_LIST_H

#include <stdbool.h>
#include <time.h>

#include "user_record.h"

struct watch;

/*
 * Users whom policyd's guard suspends, as it told: they are refused as those
 * are whom the user database suspends.  What was told last is kept in a file,
 * for the time when policyd cannot be asked.  Safe to ask from any thread; all
 * else is the loop's.
 */
struct guard_list;

/*
 * path: "": it is not kept.  What is in it already counts, if the file can be
 * read; what cannot be read or written is logged, once.  watch: told what
 * begins and ends; NULL: nobody is.
 */
struct guard_list *guard_list_new(const char *path, struct watch *);
void guard_list_free(struct guard_list *); /* waits for the file a little */

/* NULL: nobody is suspended. */
bool guard_list_has(struct guard_list *, const char *user, time_t now);

/* The one of a user; its reason is borrowed until something changes.  Returns
 * false when he is not suspended. */
bool guard_list_find(struct guard_list *, const char *user, time_t now,
    struct suspension *);

/* Begin or change one; until: 0: until it is ended. */
void guard_list_add(struct guard_list *, const char *user, time_t until,
    const char *reason);
void guard_list_remove(struct guard_list *, const char *user);

/* policyd begins to tell all of it; it has: who was not told of is gone. */
void guard_list_begin(struct guard_list *);
void guard_list_end(struct guard_list *);

/* Let those go whose time is over, and write what has changed. */
void guard_list_each_second(struct guard_list *, time_t now);

/* Tell the watch of all. */
void guard_list_tell(struct guard_list *);

#define GUARD_LIST_MAX 10000 /* users; more are not taken, which is logged */

#endif
