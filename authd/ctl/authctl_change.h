#ifndef AUTHCTL_CHANGE_H
#define AUTHCTL_CHANGE_H

#include "authctl.h"
#include "cidr.h"
#include "store.h"
#include "user_record.h"
#include "userdb_edit.h"

/*
 * A change of the user database in two steps: change_prepare looks at it and
 * has a password typed; changes_make makes the secrets of all of them, which is
 * slow, then locks the database and does the rest in the edit.
 */
struct change {
	const struct command *command;
	struct arguments args;
	int line;                /* of a batch; 0: no batch */
	struct strbuf user;      /* normal name, of args.words[0] */
	struct strbuf typed;     /* a password, until the secrets are made */
	struct strbuf generated; /* a password that is shown once */
	struct secrets secrets;
	char *label;
	time_t expires;
	struct cidr *networks;
	size_t nnetworks;
	struct suspension suspension;
	size_t napp_passwords; /* that the user has */

	char *rules[APP_RULES];
};

void change_free(struct change *); /* wipes; back to all-zero */

/* What can be wrong with it by itself.  Returns an exit code, with the line of
 * a batch in err. */
int change_prepare(struct authctl *, struct change *);

/*
 * Make prepared changes in one replacement of the database: all of them, or
 * none when one cannot be made (err says which and why, all of them).
 * Returns the exit code of the first that cannot.
 */
int changes_make(struct authctl *, struct change *, size_t nchanges);

/*
 * When all of it is on disk: let the daemons know whom it suspends or resumes,
 * and say what that does not end.  Of several changes authd alone is told, and
 * tells policyd.  Returns EX_OK, or EX_TEMPFAIL when not all have acknowledged
 * it (err says who).
 */
int changes_tell(struct authctl *, const struct change *, size_t nchanges);

/* Begin an edit.  STORE_EDIT_CREATE makes the directory too, for the group of
 * the daemon's user.  Returns an exit code; *edit is NULL unless EX_OK. */
int edit_begin(struct authctl *, enum store_edit_mode,
    struct userdb_edit **edit);

/* The user that a change is about, to change it and to put it back with the
 * time of the change.  Both return an exit code. */
int edit_find(struct authctl *, const struct change *, struct userdb_edit *,
    struct user_record *);
int edit_put(struct authctl *, const struct change *, struct userdb_edit *,
    struct user_record *);

/* Warn when the change ends before it begins; `now` says that itself.
 * effect: what comes of it. */
void warn_if_past(struct authctl *, const struct change *, const char *effect);

/* Commands: authctl_user.c, authctl_app.c. */
int user_add_prepare(struct authctl *, struct change *);
int user_add(struct authctl *, struct change *, struct userdb_edit *);
int user_passwd_prepare(struct authctl *, struct change *);
int user_passwd(struct authctl *, struct change *, struct userdb_edit *);
int user_del(struct authctl *, struct change *, struct userdb_edit *);
int user_suspend(struct authctl *, struct change *, struct userdb_edit *);
int user_suspend_prepare(struct authctl *, struct change *);
int user_resume(struct authctl *, struct change *, struct userdb_edit *);
int user_expire_prepare(struct authctl *, struct change *);
int user_expire(struct authctl *, struct change *, struct userdb_edit *);
int app_add_prepare(struct authctl *, struct change *);
int app_add(struct authctl *, struct change *, struct userdb_edit *);
int app_del_prepare(struct authctl *, struct change *);
int app_del(struct authctl *, struct change *, struct userdb_edit *);

#endif
