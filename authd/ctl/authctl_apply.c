/*
 * authctl apply: what right passwords add to records (rehash), into the
 * database, in one replacement.
 */
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "authctl_change.h"
#include "clock.h"
#include "last_login_file.h"
#include "rehash_files.h"

#define LOGIN_SECONDS 5 /* until a login is known; authd writes each second */

/* Whose the files are: those of the user that authd becomes. */
static uid_t
owner_of(const struct authd_config *config)
{
	const struct passwd *pw = NULL;

	if (geteuid() == 0 && *config->user != '\0')
		pw = getpwnam(config->user);
	return pw != NULL ? pw->pw_uid : geteuid();
}

static int
read_files(struct authctl *ctl, struct rehash_files *files)
{
	char *path =
	    authd_config_beside_logins(&ctl->config, AUTHD_REHASH_NAME);
	struct strbuf err = { 0 };
	int code = EX_OK;

	if (rehash_files_read(files, path, owner_of(&ctl->config), &ctl->err,
		&err) == -1) {
		authctl_error(ctl, "%s", strbuf_str(&err));
		code = EX_NOINPUT;
	}
	strbuf_free(&err);
	free(path);
	return code;
}

/* *is_missing: set when the file was written just now, and its login is not
 * known yet. */
static int
find_login(struct authctl *ctl, const struct last_login_file *logins,
    struct rehash_file *file, bool *is_missing)
{
	const struct last_login_key key = { LAST_LOGIN, file->entry.user,
		NULL };
	struct last_login login;
	struct strbuf err = { 0 };
	int code = EX_OK;

	switch (last_login_find(logins, &key, &login, &err)) {
	case LOOKUP_FOUND:
		file->login = login.when;
		break;
	case LOOKUP_NOT_FOUND:
		if (file->written + LOGIN_SECONDS > clock_now())
			*is_missing = true;
		break;
	case LOOKUP_TEMPFAIL:
		authctl_error(ctl, "%s", strbuf_str(&err));
		code = EX_TEMPFAIL;
		break;
	}
	strbuf_free(&err);
	return code;
}

static int
find_logins(struct authctl *ctl, struct rehash_files *files, bool *is_missing)
{
	struct last_login_file logins;
	struct strbuf err = { 0 };
	int code = EX_OK;

	*is_missing = false;
	if (last_login_file_look(&logins, ctl->config.last_login_file, &err) ==
	    -1) {
		authctl_error(ctl, "last logins: %s", strbuf_str(&err));
		strbuf_free(&err);
		return EX_NOINPUT;
	}
	for (size_t i = 0; i < files->n && code == EX_OK; i++)
		code = find_login(ctl, &logins, &files->files[i], is_missing);
	last_login_file_close(&logins);
	return code;
}

static int
wait_for_logins(struct authctl *ctl, struct rehash_files *files)
{
	static const struct timespec pause = { .tv_nsec = 100000000 };
	long until = clock_ms() + LOGIN_SECONDS * 1000;
	bool is_missing;
	int code = find_logins(ctl, files, &is_missing);

	while (code == EX_OK && is_missing && clock_ms() < until) {
		nanosleep(&pause, NULL);
		code = find_logins(ctl, files, &is_missing);
	}
	return code;
}

static bool
is_normal_name(const struct authctl *ctl, const char *name)
{
	struct strbuf normal = { 0 }, why = { 0 };
	bool is = user_name_normalise(&ctl->config.names, name, strlen(name),
		      &normal, &why) == 0 &&
	    strcmp(name, strbuf_str(&normal)) == 0;

	strbuf_free(&normal);
	strbuf_free(&why);
	return is;
}

/* Whether it is for the password that the user has now. */
static bool
fits(const struct rehash_file *file, const struct user_record *record)
{
	char name[REHASH_NAME_LEN + 1];

	if (record->secrets.password == NULL)
		return false;
	rehash_name(file->entry.user, record->secrets.password, name);
	return strcmp(name, file->name) == 0;
}

static void
print_added(struct authctl *ctl, const char *user, unsigned added,
    const struct user_record *record)
{
	const char *before = ": ";

	strbuf_adds(&ctl->out, user);
	for (int m = 0; m < MECHANISMS; m++) {
		if ((added & 1U << m) == 0)
			continue;
		strbuf_addf(&ctl->out, "%s%s", before,
		    m == MECHANISM_PLAIN
			? credential_kind(record->secrets.password)
			: mechanism_name((enum mechanism)m));
		before = ", ";
	}
	strbuf_addc(&ctl->out, '\n');
}

/* Status, expiry and app passwords stay, and when the user was changed last:
 * it is the same password.  Returns 1 when something was added, 0, or -1. */
static int
add_to_record(struct authctl *ctl, struct userdb_edit *edit,
    struct rehash_file *file, struct user_record *record, struct strbuf *err)
{
	const char *user = file->entry.user;
	unsigned added;

	if (file->login == 0 || file->login < record->created) {
		authctl_error(ctl, "%s: no login of his is known: left out",
		    user);
		return 0;
	}
	if (!fits(file, record))
		return 0; /* the password was changed meanwhile */
	added = rehash_add(&record->secrets, &file->entry.secrets,
	    &ctl->config.credentials);
	if (added == 0)
		return 0;
	if (userdb_edit_put(edit, user, record, err) == -1)
		return -1;
	print_added(ctl, user, added, record);
	return 1;
}

static int
add(struct authctl *ctl, struct userdb_edit *edit, struct rehash_file *file,
    struct strbuf *err)
{
	struct user_record record = { 0 };
	struct strbuf why = { 0 };
	enum lookup found = LOOKUP_NOT_FOUND;
	int result = 0;

	if (is_normal_name(ctl, file->entry.user))
		found = userdb_edit_find(edit, file->entry.user, &record, &why);
	switch (found) {
	case LOOKUP_FOUND:
		result = add_to_record(ctl, edit, file, &record, err);
		break;
	case LOOKUP_NOT_FOUND:
		authctl_error(ctl, "%s: of no user: left out", file->name);
		break;
	case LOOKUP_TEMPFAIL:
		authctl_error(ctl, "%s: %s: left out", file->entry.user,
		    strbuf_str(&why));
		break;
	}
	user_record_free(&record);
	strbuf_free(&why);
	return result;
}

static int
put_in(struct authctl *ctl, struct rehash_files *files)
{
	struct userdb_edit *edit;
	struct strbuf err = { 0 };
	int code = edit_begin(ctl, STORE_EDIT_EXISTING, &edit), n = 0, one = 0;

	if (code != EX_OK)
		return code;
	for (size_t i = 0; i < files->n && one != -1; i++) {
		one = add(ctl, edit, &files->files[i], &err);
		n += one;
	}
	if (one == -1 || n == 0)
		userdb_edit_abort(edit);
	else
		one = userdb_edit_commit(edit, &err);
	if (one == -1) {
		authctl_error(ctl, "%s", strbuf_str(&err));
		strbuf_truncate(&ctl->out, 0); /* says what was done */
		code = EX_TEMPFAIL;
	}
	strbuf_free(&err);
	return code;
}

/* With rehash = no nothing that lies there gets in. */
int
authctl_apply(struct authctl *ctl, const struct arguments *args)
{
	struct rehash_files files = { 0 };
	int code = read_files(ctl, &files);
	bool is_wanted = ctl->config.rehash && files.n > 0;

	(void)args;
	if (code == EX_OK && is_wanted)
		code = wait_for_logins(ctl, &files);
	if (code == EX_OK && is_wanted)
		code = put_in(ctl, &files);
	if (code == EX_OK)
		rehash_files_remove(&files);
	rehash_files_free(&files);
	return code;
}
