/*
 * Changes of the user database, from one command or from a batch.
 */
#include <sys/stat.h>
#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "authctl_change.h"
#include "derivation.h"
#include "mem.h"
#include "userdb.h"

void
change_free(struct change *change)
{
	strbuf_free(&change->user);
	strbuf_wipe(&change->typed);
	strbuf_wipe(&change->generated);
	secrets_free(&change->secrets);
	free(change->label);
	free(change->networks);
	free(change->suspension.reason);
	for (int rule = 0; rule < APP_RULES; rule++)
		free(change->rules[rule]);
	*change = (struct change){ 0 };
}

/*
 * Who may read a new database: the group of the daemon's user, when root
 * makes it.  *group: free; NULL when it is left to the system.
 */
static int
daemon_group(struct authctl *ctl, char **group, gid_t *gid)
{
	const char *user = ctl->config.user;
	const struct passwd *pw;
	const struct group *gr;

	*group = NULL;
	*gid = getegid();
	if (geteuid() != 0 || *user == '\0')
		return EX_OK;
	pw = getpwnam(user);
	gr = pw != NULL ? getgrgid(pw->pw_gid) : NULL;
	if (gr == NULL) {
		authctl_error(ctl,
		    "user = %s: no such user, who is to read the database; "
		    "make it: useradd --system --user-group --shell "
		    "/usr/sbin/nologin --home-dir /nonexistent %s",
		    user, user);
		return EX_CONFIG;
	}
	*group = xstrdup(gr->gr_name);
	*gid = gr->gr_gid;
	return EX_OK;
}

/* The directory of the database 0750 for that group; those above 0755. */
static int
make_directory(struct authctl *ctl, const char *path, gid_t gid)
{
	char *copy = xstrdup(path);
	const char *directory = dirname(copy);
	char *walk = xstrdup(directory);
	int code = EX_OK;

	if (access(directory, F_OK) == 0)
		goto done;
	for (char *slash = walk + 1; (slash = strchr(slash, '/')) != NULL;
	     *slash++ = '/') {
		*slash = '\0';
		if (mkdir(walk, 0755) == -1 && errno != EEXIST)
			break; /* the last mkdir says why */
	}
	if (mkdir(directory, 0750) == -1 && errno != EEXIST) {
		authctl_error(ctl, "%s: %s%s", directory, strerror(errno),
		    errno == EACCES ? ": run this as root" : "");
		code = EX_CANTCREAT;
	} else if (geteuid() == 0 && chown(directory, 0, gid) == -1) {
		authctl_error(ctl, "%s: chown: %s", directory, strerror(errno));
		code = EX_OSERR;
	}
done:
	free(walk);
	free(copy);
	return code;
}

/* Why there is no edit: nobody can use the database, or it failed (why). */
static int
no_edit(struct authctl *ctl, const char *path, bool is_new,
    const struct strbuf *why)
{
	struct userdb *db = userdb_new(path);
	struct strbuf unusable = { 0 };
	int code = EX_TEMPFAIL;

	if (!is_new && userdb_refresh(db, &unusable) == -1)
		code = authctl_no_database(ctl, &unusable);
	else
		authctl_error(ctl, "%s", strbuf_str(why));
	userdb_free(db);
	strbuf_free(&unusable);
	return code;
}

int
edit_begin(struct authctl *ctl, enum store_edit_mode mode,
    struct userdb_edit **edit)
{
	const char *path = ctl->config.database_path;
	bool is_new = mode == STORE_EDIT_CREATE && access(path, F_OK) == -1 &&
	    errno == ENOENT;
	struct strbuf why = { 0 };
	char *group = NULL;
	gid_t gid;
	int code = EX_OK;

	*edit = NULL;
	if (is_new)
		code = daemon_group(ctl, &group, &gid);
	if (is_new && code == EX_OK)
		code = make_directory(ctl, path, gid);
	if (code == EX_OK) {
		*edit = userdb_edit_begin(path, mode, group, &why);
		if (*edit == NULL)
			code = no_edit(ctl, path, is_new, &why);
	}
	strbuf_free(&why);
	free(group);
	return code;
}

/* Put "line N: " before what a change of a batch added to err. */
static void
number_errors(struct authctl *ctl, const struct change *change, size_t before)
{
	struct strbuf lines = { 0 };
	const char *line = strbuf_str(&ctl->err) + before;

	if (change->line == 0 || ctl->err.len == before)
		return;
	while (*line != '\0') {
		size_t len = strcspn(line, "\n") + 1;

		strbuf_addf(&lines, "line %d: ", change->line);
		strbuf_add(&lines, line, len);
		line += len;
	}
	strbuf_truncate(&ctl->err, before);
	strbuf_add(&ctl->err, lines.bytes, lines.len);
	strbuf_free(&lines);
}

/* What is no name in a line may be name and password, and is not shown. */
static int
check_line_name(struct authctl *ctl, const char *typed)
{
	char foreign = user_name_foreign_byte(typed);
	struct strbuf name = { 0 }, why = { 0 };
	int code = EX_OK;

	if (foreign != '\0') {
		authctl_error(ctl,
		    "'%c' in the name: a line of another file? (authctl alone "
		    "takes such a name)",
		    foreign);
		code = EX_USAGE;
	} else if (user_name_normalise(&ctl->config.names, typed, strlen(typed),
		       &name, &why) == -1) {
		authctl_error(ctl, "%s", strbuf_str(&why));
		code = EX_USAGE;
	}
	strbuf_free(&name);
	strbuf_free(&why);
	return code;
}

int
change_prepare(struct authctl *ctl, struct change *change)
{
	const char *typed = change->args.words[0];
	size_t before = ctl->err.len;
	int code = change->args.is_line ? check_line_name(ctl, typed) : EX_OK;

	if (code == EX_OK)
		code = authctl_user_name(ctl, typed, &change->user);
	if (code == EX_OK && change->command->prepare != NULL)
		code = change->command->prepare(ctl, change);
	number_errors(ctl, change, before);
	return code;
}

/* A database is made where there is none by a command that makes users. */
static enum store_edit_mode
mode_of(const struct change *changes, size_t nchanges)
{
	for (size_t i = 0; i < nchanges; i++)
		if (changes[i].command->apply == user_add)
			return STORE_EDIT_CREATE;
	return STORE_EDIT_EXISTING;
}

/* Make the secrets of all passwords that were typed. */
static int
derive(struct authctl *ctl, struct change *changes, size_t nchanges)
{
	struct derivation *derivations =
	    xcalloc(nchanges + 1, sizeof *derivations); /* one ends it */
	struct derivation *d = derivations;
	int result = EX_OK;

	for (size_t i = 0; i < nchanges; i++)
		if (changes[i].typed.bytes != NULL)
			*d++ = (struct derivation){ &changes[i].typed,
				&changes[i].secrets, { 0 } };
	derivations_run(derivations, (size_t)(d - derivations),
	    &ctl->config.credentials);
	d = derivations;
	for (size_t i = 0; i < nchanges; i++) {
		size_t before = ctl->err.len;

		if (d->password != &changes[i].typed)
			continue;
		if (d->problem.len > 0) {
			authctl_error(ctl, "%s", strbuf_str(&d->problem));
			number_errors(ctl, &changes[i], before);
			result = EX_USAGE;
		}
		strbuf_free(&d->problem);
		d++;
	}
	free(derivations);
	return result;
}

int
changes_make(struct authctl *ctl, struct change *changes, size_t nchanges)
{
	struct userdb_edit *edit;
	struct strbuf why = { 0 };
	int result = derive(ctl, changes, nchanges);

	if (result == EX_OK)
		result = edit_begin(ctl, mode_of(changes, nchanges), &edit);
	if (result != EX_OK)
		return result;
	for (size_t i = 0; i < nchanges; i++) {
		size_t before = ctl->err.len;
		int code = changes[i].command->apply(ctl, &changes[i], edit);

		number_errors(ctl, &changes[i], before);
		if (result == EX_OK)
			result = code;
	}
	if (result != EX_OK) {
		userdb_edit_abort(edit);
	} else if (userdb_edit_commit(edit, &why) == -1) {
		authctl_error(ctl, "%s", strbuf_str(&why));
		result = EX_TEMPFAIL;
	}
	strbuf_free(&why);
	if (result != EX_OK)
		strbuf_truncate(&ctl->out, 0); /* says what was done */
	return result;
}
