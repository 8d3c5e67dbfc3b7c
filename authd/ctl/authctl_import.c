/*
 * authctl import, export: many users at once.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "authctl.h"
#include "authctl_change.h"
#include "import.h"
#include "import_scheme.h"
#include "mem.h"
#include "replacement.h"
#include "secret_input.h"
#include "userdb.h"

/* What is done with users that are there already, and what was done. */
struct merge {
	struct authctl *ctl;
	struct import *import;
	struct userdb_edit *edit; /* NULL: a dry run without a database */
	unsigned options;         /* OPTION_... */
	bool has_everything;      /* so has this kind of file */
	void *seen;               /* tsearch(3): names of this file */
	size_t nimported, nremoved, nlocked;
	size_t nplain; /* imported ones, by a password in the clear */
};

static int
compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
no_free(void *node)
{
	(void)node; /* the names are the import's */
}

static void
skip(struct merge *merge, const struct import_user *user, const char *why)
{
	char *text = xasprintf("%s: %s", user->name, why);

	import_skip(merge->import, user->line, text);
	free(text);
}

/* The user is there already, and the file says something else. */
static void
replace(struct merge *merge, struct import_user *user,
    struct user_record *before)
{
	struct strbuf lines = { 0 };
	char *rest, *line;

	replacement_tell(&lines, user->name, before, &user->record,
	    merge->has_everything);
	rest = lines.bytes;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			import_note(merge->import, user->line, line);
	strbuf_free(&lines);
	if (!merge->has_everything)
		replacement_complete(&user->record, before);
}

static enum lookup
find(struct merge *merge, const char *name, struct user_record *record,
    struct strbuf *why)
{
	*record = (struct user_record){ 0 };
	return merge->edit != NULL
	    ? userdb_edit_find(merge->edit, name, record, why)
	    : LOOKUP_NOT_FOUND;
}

static int
put(struct merge *merge, const struct import_user *user, struct strbuf *why)
{
	merge->nimported++;
	merge->nplain += user->was_plain;
	return merge->edit != NULL
	    ? userdb_edit_put(merge->edit, user->name, &user->record, why)
	    : 0;
}

/* Returns EX_OK also when the user is skipped. */
static int
merge_user(struct merge *merge, struct import_user *user)
{
	char **first = tsearch(user->name, &merge->seen, compare_names);
	struct user_record record;
	struct strbuf why = { 0 };
	enum lookup found;
	int code = EX_OK;

	if (*first != user->name) {
		skip(merge, user, "is in the file more than once");
		return EX_OK;
	}
	found = find(merge, user->name, &record, &why);
	if (found == LOOKUP_FOUND && merge->options & OPTION_REPLACE)
		replace(merge, user, &record);
	if (found == LOOKUP_FOUND && !(merge->options & OPTION_REPLACE)) {
		skip(merge, user, "there is such a user already (--replace)");
	} else if (found == LOOKUP_TEMPFAIL || put(merge, user, &why) == -1) {
		authctl_error(merge->ctl, "%s", strbuf_str(&why));
		code = EX_TEMPFAIL;
	}
	user_record_free(&record);
	strbuf_free(&why);
	return code;
}

/* Who is locked in the file and is here must not stay open. */
static int
lock_user(struct merge *merge, const char *name)
{
	struct user_record record;
	struct strbuf why = { 0 };
	enum lookup found = find(merge, name, &record, &why);
	int code = EX_OK;

	if (found == LOOKUP_FOUND && record.status == USER_ACTIVE) {
		record.status = USER_SUSPENDED;
		record.changed = merge->ctl->now;
		authctl_error(merge->ctl,
		    "%s: is locked in the file: suspended", name);
		if (userdb_edit_put(merge->edit, name, &record, &why) == -1)
			found = LOOKUP_TEMPFAIL;
		merge->nlocked++;
	}
	if (found == LOOKUP_TEMPFAIL) {
		authctl_error(merge->ctl, "%s", strbuf_str(&why));
		code = EX_TEMPFAIL;
	}
	user_record_free(&record);
	strbuf_free(&why);
	return code;
}

/* Users that the file does not have. */
struct absent {
	struct merge *merge;
	char **names;
	size_t n, size;
	size_t nusers; /* all of the database */
};

static bool
note_absent(void *arg, const char *name, const struct user_record *record)
{
	struct absent *absent = arg;

	(void)record;
	absent->nusers++;
	if (tfind(name, &absent->merge->seen, compare_names) != NULL)
		return true;
	if (absent->n == absent->size) {
		absent->size = absent->size * 2 + 64;
		absent->names = xreallocarray(absent->names, absent->size,
		    sizeof *absent->names);
	}
	absent->names[absent->n++] = xstrdup(name);
	return true;
}

static int
remove_names(struct merge *merge, const struct absent *absent,
    struct strbuf *why)
{
	for (size_t i = 0; i < absent->n; i++) {
		if (userdb_edit_delete(merge->edit, absent->names[i], why) ==
		    -1)
			return EX_TEMPFAIL;
		authctl_error(merge->ctl, "%s: is not in the file: removed",
		    absent->names[i]);
		merge->nremoved++;
	}
	return EX_OK;
}

/* Who removes more than one of this many users has to say --force. */
#define MIRROR_PART 10

/* Remove who is not in the file; who was left out of it, is. */
static int
remove_absent(struct merge *merge)
{
	struct absent absent = { .merge = merge };
	struct strbuf why = { 0 };
	int code;

	for (size_t i = 0; i < merge->import->nleft_out; i++)
		tsearch(merge->import->left_out[i], &merge->seen,
		    compare_names);
	for (size_t i = 0; i < merge->import->nlocked; i++)
		tsearch(merge->import->locked[i], &merge->seen, compare_names);
	if (userdb_each(merge->ctl->config.database_path, note_absent, &absent,
		&why) == -1) {
		code = EX_TEMPFAIL;
	} else if (absent.n * MIRROR_PART > absent.nusers &&
	    !(merge->options & OPTION_FORCE)) {
		strbuf_addf(&why,
		    "%zu of %zu users are not in the file: nothing was "
		    "changed (--force removes so many)",
		    absent.n, absent.nusers);
		code = 1;
	} else {
		code = remove_names(merge, &absent, &why);
	}
	if (why.len > 0)
		authctl_error(merge->ctl, "%s", strbuf_str(&why));
	strbuf_free(&why);
	for (size_t i = 0; i < absent.n; i++)
		free(absent.names[i]);
	free(absent.names);
	return code;
}

static int
merge_all(struct merge *merge)
{
	int code = EX_OK;

	for (size_t i = 0; i < merge->import->nusers && code == EX_OK; i++)
		code = merge_user(merge, &merge->import->users[i]);
	if (merge->options & OPTION_REPLACE)
		for (size_t i = 0; i < merge->import->nlocked && code == EX_OK;
		     i++)
			code = lock_user(merge, merge->import->locked[i]);
	if (code == EX_OK && merge->options & OPTION_MIRROR &&
	    merge->edit != NULL)
		code = remove_absent(merge);
	tdestroy(merge->seen, no_free);
	merge->seen = NULL;
	return code;
}

/* Frees the edit.  Nothing is written where nothing changes. */
static int
edit_end(struct merge *merge, int code)
{
	struct strbuf why = { 0 };

	if (code != EX_OK || merge->options & OPTION_DRY_RUN ||
	    merge->nimported + merge->nremoved + merge->nlocked == 0) {
		userdb_edit_abort(merge->edit);
	} else if (userdb_edit_commit(merge->edit, &why) == -1) {
		authctl_error(merge->ctl, "%s", strbuf_str(&why));
		code = EX_TEMPFAIL;
	}
	strbuf_free(&why);
	return code;
}

static int
merge_into_database(struct merge *merge)
{
	struct authctl *ctl = merge->ctl;
	bool is_new = access(ctl->config.database_path, F_OK) == -1;
	int code;

	if (is_new && merge->options & OPTION_DRY_RUN)
		return merge_all(merge);
	code = edit_begin(ctl, STORE_EDIT_CREATE, &merge->edit);
	if (code != EX_OK)
		return code;
	if (is_new && merge->import->has_fake_key)
		userdb_edit_set_fake_key(merge->edit, merge->import->fake_key);
	if (code == EX_OK)
		code = merge_all(merge);
	return edit_end(merge, code);
}

static void
print_numbers(const struct merge *merge, struct strbuf *out)
{
	const struct import *import = merge->import;

	strbuf_addf(out, "imported %zu, skipped %zu", merge->nimported,
	    import->nskipped);
	if (merge->options & OPTION_MIRROR)
		strbuf_addf(out, ", removed %zu", merge->nremoved);
	if (import->nwithout > 0)
		strbuf_addf(out, ", without a password %zu", import->nwithout);
	if (merge->options & OPTION_DRY_RUN)
		strbuf_adds(out, " (dry run: nothing was changed)");
	strbuf_addc(out, '\n');
}

/* Passwords in the clear are gone after this: so they make the secrets of all
 * mechanisms, whatever is offered now. */
static void
finish(struct authctl *ctl, struct import *import)
{
	struct credential_options options = ctl->config.credentials;

	options.mechanisms = (1U << MECHANISMS) - 1;
	import_finish(import, &options);
}

static void
print_mechanisms(const struct merge *merge, struct strbuf *out)
{
	if (merge->nplain == 0)
		return;
	strbuf_addf(out, "%zu passwords in the clear made secrets for",
	    merge->nplain);
	for (int m = 0; m < MECHANISMS; m++)
		strbuf_addf(out, " %s", mechanism_name((enum mechanism)m));
	strbuf_addc(out, '\n');
}

/* Returns EX_OK, or 1 when somebody was left out. */
static int
merge_and_tell(struct merge *merge)
{
	struct import *import = merge->import;
	int code = EX_OK;

	if (merge->options & OPTION_MIRROR)
		merge->options |= OPTION_REPLACE;
	if (merge->options & OPTION_MIRROR &&
	    import->nskipped > import->nleft_out) {
		authctl_error(merge->ctl,
		    "--mirror: a line that cannot be read may be a user's: "
		    "nothing was changed");
		return 1;
	}
	if (import->nusers > 0 || merge->options & OPTION_REPLACE)
		code = merge_into_database(merge);
	if (code != EX_OK)
		return code;
	print_numbers(merge, &merge->ctl->out);
	print_mechanisms(merge, &merge->ctl->out);
	return import->nskipped == 0 ? EX_OK : 1;
}

/* Whether --realm and --scheme can be used. */
static int
check_options(struct authctl *ctl, const struct arguments *args)
{
	struct strbuf name = { 0 }, normal = { 0 }, why = { 0 };
	int code = EX_OK;

	if (args->realm != NULL) {
		strbuf_addf(&name, "x@%s", args->realm);
		if (user_name_normalise(&ctl->config.names, strbuf_str(&name),
			name.len, &normal, &why) == -1) {
			authctl_error(ctl, "--realm: %s", strbuf_str(&why));
			code = EX_USAGE;
		}
	}
	if (args->scheme != NULL && !import_scheme_is_known(args->scheme)) {
		authctl_error(ctl, "--scheme: \"%s\" is not known here",
		    args->scheme);
		code = EX_USAGE;
	}
	strbuf_free(&name);
	strbuf_free(&normal);
	strbuf_free(&why);
	return code;
}

int
authctl_import(struct authctl *ctl, const struct arguments *args)
{
	const struct import_kind *kind = import_kind_find(args->words[0]);
	struct user_name_rules names = ctl->config.names;
	struct import import = { .names = &names,
		.scheme = args->scheme,
		.now = ctl->now };
	struct merge merge = { .ctl = ctl,
		.import = &import,
		.options = args->given };
	struct strbuf text = { 0 }, why = { 0 };
	int code = check_options(ctl, args);

	if (kind == NULL) {
		authctl_error(ctl, "import: unknown kind \"%s\", known: %s",
		    args->words[0], import_kinds);
		code = EX_USAGE;
	}
	if (code != EX_OK)
		return code;
	if (args->realm != NULL)
		names.default_realm = args->realm;
	if (secret_input_read(args->words[1], &text, &why) == -1) {
		authctl_error(ctl, "%s", strbuf_str(&why));
		code = EX_NOINPUT;
	} else if (kind->read(&import, &text, &why) == -1) {
		authctl_error(ctl, "%s: %s", args->words[1], strbuf_str(&why));
		code = EX_NOINPUT;
	} else {
		strbuf_wipe(&text);
		finish(ctl, &import);
		merge.has_everything = kind->has_everything;
		code = merge_and_tell(&merge);
		import_tell(&import, &ctl->err);
	}
	strbuf_wipe(&text);
	strbuf_free(&why);
	import_free(&import);
	return code;
}
