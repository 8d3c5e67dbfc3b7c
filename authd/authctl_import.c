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
#include "dump.h"
#include "import.h"
#include "import_scheme.h"
#include "mem.h"
#include "secret_input.h"
#include "userdb.h"

/* What is done with users that are there already, and what was done. */
struct merge {
	struct authctl *ctl;
	struct import *import;
	struct userdb_edit *edit;
	bool replaces;
	void *seen; /* tsearch(3): users of this file */
	size_t nimported;
};

static int
compare_users(const void *a, const void *b)
{
	const struct import_user *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
no_free(void *node)
{
	(void)node; /* the users are the import's */
}

static void
skip(struct merge *merge, const struct import_user *user, const char *why)
{
	char *text = xasprintf("%s: %s", user->name, why);

	import_skip(merge->import, user->line, text);
	free(text);
}

/* Returns EX_OK also when the user is skipped. */
static int
merge_user(struct merge *merge, struct import_user *user)
{
	struct import_user **first = tsearch(user, &merge->seen, compare_users);
	struct user_record record;
	struct strbuf why = { 0 };
	enum lookup found;
	int code = EX_OK;

	if (*first != user) {
		skip(merge, user, "is in the file more than once");
		return EX_OK;
	}
	found = userdb_edit_find(merge->edit, user->name, &record, &why);
	if (found == LOOKUP_FOUND && !merge->replaces) {
		skip(merge, user, "there is such a user already (--replace)");
	} else if (found == LOOKUP_TEMPFAIL ||
	    userdb_edit_put(merge->edit, user->name, &user->record, &why) ==
		-1) {
		authctl_error(merge->ctl, "%s", strbuf_str(&why));
		code = EX_TEMPFAIL;
	} else {
		merge->nimported++;
	}
	user_record_free(&record);
	strbuf_free(&why);
	return code;
}

static int
merge_all(struct authctl *ctl, struct merge *merge)
{
	struct import *import = merge->import;
	bool is_new = access(ctl->config.database_path, F_OK) == -1;
	struct strbuf why = { 0 };
	int code = edit_begin(ctl, STORE_EDIT_CREATE, &merge->edit);

	if (code != EX_OK)
		return code;
	if (is_new && import->has_fake_key &&
	    userdb_edit_set_fake_key(merge->edit, import->fake_key, &why) == -1)
		code = EX_TEMPFAIL;
	for (size_t i = 0; i < import->nusers && code == EX_OK; i++)
		code = merge_user(merge, &import->users[i]);
	tdestroy(merge->seen, no_free);
	if (code != EX_OK) {
		userdb_edit_abort(merge->edit);
	} else if (merge->nimported == 0) {
		userdb_edit_abort(merge->edit); /* nothing to replace it by */
	} else if (userdb_edit_commit(merge->edit, &why) == -1) {
		code = EX_TEMPFAIL;
	}
	if (why.len > 0)
		authctl_error(ctl, "%s", strbuf_str(&why));
	strbuf_free(&why);
	return code;
}

/* Returns EX_OK, or 1 when somebody was left out. */
static int
merge_and_tell(struct authctl *ctl, struct import *import, bool replaces)
{
	struct merge merge = { .ctl = ctl,
		.import = import,
		.replaces = replaces };
	int code = EX_OK;

	if (import->nusers > 0)
		code = merge_all(ctl, &merge);
	if (code != EX_OK)
		return code;
	strbuf_addf(&ctl->out, "imported %zu, skipped %zu", merge.nimported,
	    import->nskipped);
	if (import->nwithout > 0)
		strbuf_addf(&ctl->out, ", without a password %zu",
		    import->nwithout);
	strbuf_addc(&ctl->out, '\n');
	return import->nskipped == 0 ? EX_OK : 1;
}

int
authctl_import(struct authctl *ctl, const struct arguments *args)
{
	const struct import_kind *kind = import_kind_find(args->words[0]);
	struct import import = { .names = &ctl->config.names, .now = ctl->now };
	struct strbuf text = { 0 }, why = { 0 };
	int code;

	if (kind == NULL) {
		authctl_error(ctl, "import: unknown kind \"%s\", known: %s",
		    args->words[0], import_kinds);
		return EX_USAGE;
	}
	if (secret_input_read(args->words[1], &text, &why) == -1) {
		authctl_error(ctl, "%s", strbuf_str(&why));
		code = EX_NOINPUT;
	} else if (kind->read(&import, &text, &why) == -1) {
		authctl_error(ctl, "%s: %s", args->words[1], strbuf_str(&why));
		code = EX_NOINPUT;
	} else {
		strbuf_wipe(&text);
		import_derive(&import, &ctl->config.credentials);
		code = merge_and_tell(ctl, &import,
		    (args->given & OPTION_REPLACE) != 0);
		import_tell(&import, &ctl->err);
	}
	strbuf_wipe(&text);
	strbuf_free(&why);
	import_free(&import);
	return code;
}
