/*
 * authctl user: changes of users.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "authctl_change.h"
#include "date.h"
#include "mem.h"
#include "password_input.h"
#include "userdb.h"

static bool
is_typed(const struct change *change)
{
	return change->line == 0 && change->args.password == NULL &&
	    (change->args.given & OPTION_PASSWORD_STDIN) == 0;
}

/* The password from where the command says it comes. */
static int
input_password(struct authctl *ctl, struct change *change)
{
	struct strbuf *out = &change->typed, why = { 0 };
	const char *given = change->args.password;
	int result = 0;

	if (given != NULL) {
		strbuf_reserve(out, strlen(given));
		strbuf_adds(out, given);
	} else if (change->line > 0) {
		strbuf_adds(&why, "the line has no password");
		result = -1;
	} else if (change->args.given & OPTION_PASSWORD_STDIN) {
		result = password_input_line(STDIN_FILENO, out, &why);
	} else {
		result = password_input_terminal(strbuf_str(&change->user), out,
		    &why);
	}
	if (result == -1)
		authctl_error(ctl, "%s", strbuf_str(&why));
	strbuf_free(&why);
	return result == 0 ? EX_OK : EX_USAGE;
}

/* Whether the user is there, before a password is typed in vain. */
static enum lookup
look(struct authctl *ctl, const struct change *change)
{
	struct userdb *db = userdb_new(ctl->config.database_path);
	struct user_record record;
	struct strbuf why = { 0 };
	enum lookup result =
	    userdb_find(db, strbuf_str(&change->user), &record, &why);

	user_record_free(&record);
	userdb_free(db);
	strbuf_free(&why);
	return result;
}

static int
exists_already(struct authctl *ctl, const struct change *change)
{
	authctl_error(ctl, "%s: there is such a user already",
	    strbuf_str(&change->user));
	return EX_CANTCREAT;
}

static int
no_such_user(struct authctl *ctl, const struct change *change)
{
	authctl_error(ctl, "%s: no such user", strbuf_str(&change->user));
	return EX_NOUSER;
}

int
user_add_prepare(struct authctl *ctl, struct change *change)
{
	if (is_typed(change) && look(ctl, change) == LOOKUP_FOUND)
		return exists_already(ctl, change);
	return input_password(ctl, change);
}

int
user_passwd_prepare(struct authctl *ctl, struct change *change)
{
	if (is_typed(change) && look(ctl, change) == LOOKUP_NOT_FOUND)
		return no_such_user(ctl, change);
	return input_password(ctl, change);
}

int
user_expire_prepare(struct authctl *ctl, struct change *change)
{
	struct strbuf why = { 0 };
	int code = EX_OK;

	if (date_parse(change->args.words[1], ctl->now, &change->expires,
		&why) == -1) {
		authctl_error(ctl, "%s", strbuf_str(&why));
		code = EX_USAGE;
	}
	strbuf_free(&why);
	return code;
}

static int
failed(struct authctl *ctl, struct strbuf *why)
{
	authctl_error(ctl, "%s", strbuf_str(why));
	strbuf_free(why);
	return EX_TEMPFAIL;
}

int
edit_find(struct authctl *ctl, const struct change *change,
    struct userdb_edit *edit, struct user_record *record)
{
	struct strbuf why = { 0 };

	switch (
	    userdb_edit_find(edit, strbuf_str(&change->user), record, &why)) {
	case LOOKUP_FOUND:
		return EX_OK;
	case LOOKUP_NOT_FOUND:
		return no_such_user(ctl, change);
	case LOOKUP_TEMPFAIL:
		break;
	}
	return failed(ctl, &why);
}

int
edit_put(struct authctl *ctl, const struct change *change,
    struct userdb_edit *edit, struct user_record *record)
{
	struct strbuf why = { 0 };

	record->changed = ctl->now;
	if (userdb_edit_put(edit, strbuf_str(&change->user), record, &why) ==
	    -1)
		return failed(ctl, &why);
	return EX_OK;
}

void
warn_if_past(struct authctl *ctl, const struct change *change,
    const char *effect)
{
	struct strbuf date = { 0 };

	if (change->expires == 0 || change->expires >= ctl->now)
		return;
	date_add(&date, change->expires);
	authctl_error(ctl, "warning: %s: %s is past: %s",
	    strbuf_str(&change->user), strbuf_str(&date), effect);
	strbuf_free(&date);
}

/* The secrets move from the change to the record. */
static void
give_secrets(struct change *change, struct user_record *record)
{
	secrets_free(&record->secrets);
	record->secrets = change->secrets;
	change->secrets = (struct secrets){ 0 };
}

int
user_add(struct authctl *ctl, struct change *change, struct userdb_edit *edit)
{
	struct user_record record = { .created = ctl->now };
	struct strbuf why = { 0 };
	int code = EX_OK;

	switch (
	    userdb_edit_find(edit, strbuf_str(&change->user), &record, &why)) {
	case LOOKUP_FOUND:
		code = exists_already(ctl, change);
		break;
	case LOOKUP_NOT_FOUND:
		record.created = ctl->now;
		give_secrets(change, &record);
		code = edit_put(ctl, change, edit, &record);
		break;
	case LOOKUP_TEMPFAIL:
		code = failed(ctl, &why);
		break;
	}
	user_record_free(&record);
	return code;
}

/* Find the user, let change_record do its work, put the record back. */
static int
modify(struct authctl *ctl, struct change *change, struct userdb_edit *edit,
    void (*change_record)(struct change *, struct user_record *))
{
	struct user_record record;
	int code = edit_find(ctl, change, edit, &record);

	if (code == EX_OK) {
		change_record(change, &record);
		code = edit_put(ctl, change, edit, &record);
	}
	user_record_free(&record);
	return code;
}

int
user_passwd(struct authctl *ctl, struct change *change,
    struct userdb_edit *edit)
{
	return modify(ctl, change, edit, give_secrets);
}

static void
suspend(struct change *change, struct user_record *record)
{
	free(record->suspension.reason);
	record->status = USER_SUSPENDED;
	record->suspension = change->suspension;
	if (change->suspension.reason != NULL)
		record->suspension.reason = xstrdup(change->suspension.reason);
	change->napp_passwords = record->napp_passwords;
}

static void
resume(struct change *change, struct user_record *record)
{
	(void)change;
	free(record->suspension.reason);
	record->suspension = (struct suspension){ 0 };
	record->status = USER_ACTIVE;
}

static void
expire(struct change *change, struct user_record *record)
{
	record->expires = change->expires;
}

int
user_suspend(struct authctl *ctl, struct change *change,
    struct userdb_edit *edit)
{
	return modify(ctl, change, edit, suspend);
}

int
user_resume(struct authctl *ctl, struct change *change,
    struct userdb_edit *edit)
{
	return modify(ctl, change, edit, resume);
}

int
user_expire(struct authctl *ctl, struct change *change,
    struct userdb_edit *edit)
{
	int code = modify(ctl, change, edit, expire);

	if (code == EX_OK)
		warn_if_past(ctl, change, "the user cannot log in");
	return code;
}

int
user_del(struct authctl *ctl, struct change *change, struct userdb_edit *edit)
{
	struct strbuf why = { 0 };

	switch (userdb_edit_delete(edit, strbuf_str(&change->user), &why)) {
	case 0:
		return EX_OK;
	case 1:
		return no_such_user(ctl, change);
	}
	return failed(ctl, &why);
}
