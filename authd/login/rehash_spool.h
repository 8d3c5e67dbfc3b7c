#ifndef REHASH_SPOOL_H
#define REHASH_SPOOL_H

#include "mech.h"

struct login_rules;
struct workers;

/*
 * Where what right passwords add to records waits for authctl apply (rehash.h).
 * The secrets are made in the workers, one user at a time, so that logins wait
 * for one of them at most; a thread writes the files.  What has no room, or no
 * place on the disk, is left to the user's next login.  All functions are for
 * the loop's thread.
 */
struct rehash_spool;

/* The directory, where there is none; before the sandbox.  "": none. */
void rehash_spool_make_directory(const char *path);

/* path: "": nothing is kept, and NULL is returned. */
struct rehash_spool *rehash_spool_new(struct workers *, const char *path);

/* When the workers have ended.  Writes what is made, unless the disk is stuck.
 * NULL is fine. */
void rehash_spool_free(struct rehash_spool *);

/* A login is right: take its password, if the rules say so and it is good for
 * anything.  NULL: nothing is kept. */
void rehash_spool_offer(struct rehash_spool *, struct login_rules *,
    const struct mech *);

#define REHASH_WAITING_MAX 100  /* users at a time */
#define REHASH_PAUSE_MS    2000 /* after a failure */

#endif
