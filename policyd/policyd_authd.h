#ifndef POLICYD_AUTHD_H
#define POLICYD_AUTHD_H

#include "strbuf.h"

struct metrics;
struct policyd;

/*
 * What authd tells policyd (watch_link.h): whom the user database suspends, and
 * who logs in.  To learn from another event: a row in the table of handlers.
 */
struct policyd_authd;

/* The value of authd_control.  Returns 0, or -1 with the reason in err. */
int policyd_authd_check(const char *authd_control, struct strbuf *err);

/* NULL: authd_control is empty.  policyd is borrowed. */
struct policyd_authd *policyd_authd_new(struct policyd *);
void policyd_authd_free(struct policyd_authd *);

/* Before a request of a login is judged: take what authd has said by now.
 * NULL: there is no link. */
void policyd_authd_catch_up(struct policyd_authd *);

/* The database says that somebody is suspended: authd may have told who is
 * before that, and what it told come later.  NULL: there is no link. */
void policyd_authd_suspended(struct policyd_authd *, const char *user);

void policyd_authd_metrics(const struct policyd_authd *, struct metrics *);

#endif
