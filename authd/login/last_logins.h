#ifndef LAST_LOGINS_H
#define LAST_LOGINS_H

#include "last_login_file.h"

struct event_base;

/*
 * Last logins on their way to their file: the loop adds, a thread writes what
 * came in a second.  Whoever is added again takes the place of before; beyond
 * LAST_LOGINS_MAX in a second some are lost.
 */
struct last_logins;

#define LAST_LOGINS_MAX 8192

/* As root, before it becomes the user: the directory, where there is none. */
void last_logins_make_directory(const char *path, const char *user);

/* Returns NULL, with a line in the log, when the file cannot be written. */
struct last_logins *last_logins_new(struct event_base *, const char *path);

/* Writes what is left, unless the disk is stuck.  NULL is fine. */
void last_logins_free(struct last_logins *);

/* NULL: nothing is kept. */
void last_logins_add(struct last_logins *, const struct last_login_key *,
    const struct last_login *);

#endif
