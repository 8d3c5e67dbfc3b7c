/*
 * Users out of other programs' files: what all kinds share.
 */
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "derivation.h"
#include "import_scheme.h"
#include "mem.h"

struct import_user *
import_add(struct import *import, int line, const char *name, size_t len)
{
	struct strbuf normal = { 0 }, why = { 0 };
	struct import_user *user = NULL;

	if (user_name_normalise(import->names, name, len, &normal, &why) ==
	    -1) {
		/* what is no name may be a password */
		import_skip(import, line, strbuf_str(&why));
		strbuf_free(&why);
		strbuf_free(&normal);
		return NULL;
	}
	if (import->nusers == import->size) {
		import->size = import->size * 2 + 64;
		import->users = xreallocarray(import->users, import->size,
		    sizeof *import->users);
	}
	user = &import->users[import->nusers++];
	*user = (struct import_user){ .line = line };
	user->name = strbuf_detach(&normal);
	user->record.created = user->record.changed = import->now;
	return user;
}

static void
user_free(struct import_user *user)
{
	free(user->name);
	user_record_free(&user->record);
	strbuf_wipe(&user->plain);
}

void
import_note(struct import *import, int line, const char *text)
{
	if (import->nnotes == import->notes_size) {
		import->notes_size = import->notes_size * 2 + 64;
		import->notes = xreallocarray(import->notes, import->notes_size,
		    sizeof *import->notes);
	}
	import->notes[import->nnotes++] =
	    (struct import_note){ line, xstrdup(text) };
}

void
import_skip(struct import *import, int line, const char *why)
{
	import_note(import, line, why);
	import->nskipped++;
}

/* One more name, which becomes the list's. */
static void
add_name(char ***names, size_t *n, char *name)
{
	*names = xreallocarray(*names, *n + 1, sizeof **names);
	(*names)[(*n)++] = name;
}

/* The name stays, for the file has this user. */
static void
leave_out(struct import *import, struct import_user *user, const char *why)
{
	char *text = xasprintf("%s: %s", user->name, why);

	import_skip(import, user->line, text);
	free(text);
	add_name(&import->left_out, &import->nleft_out, user->name);
	user->name = NULL;
	user_free(user);
}

void
import_skip_last(struct import *import, const char *why)
{
	leave_out(import, &import->users[--import->nusers], why);
}

void
import_add_locked(struct import *import, const char *name)
{
	struct strbuf normal = { 0 }, why = { 0 };

	import->nwithout++;
	if (user_name_normalise(import->names, name, strlen(name), &normal,
		&why) == 0)
		add_name(&import->locked, &import->nlocked,
		    strbuf_detach(&normal));
	strbuf_free(&why);
}

void
import_take_password(struct import *import, const char *field,
    const char *implied)
{
	struct import_user *user = &import->users[import->nusers - 1];
	struct strbuf why = { 0 };

	if (import->scheme != NULL)
		implied = import->scheme;
	if (import_scheme_take(field, implied, &user->record.secrets,
		&user->plain, &why) == IMPORT_NOT)
		import_skip_last(import, strbuf_str(&why));
	strbuf_free(&why);
}

static int
compare_lines(const void *a, const void *b)
{
	const struct import_note *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

void
import_tell(struct import *import, struct strbuf *out)
{
	if (import->nnotes > 0)
		qsort(import->notes, import->nnotes, sizeof *import->notes,
		    compare_lines);
	for (size_t i = 0; i < import->nnotes; i++) {
		const struct import_note *note = &import->notes[i];

		if (note->line > 0)
			strbuf_addf(out, "line %d: ", note->line);
		strbuf_addf(out, "%s\n", note->text);
	}
}

static void
free_names(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

void
import_free(struct import *import)
{
	for (size_t i = 0; i < import->nusers; i++)
		user_free(&import->users[i]);
	free(import->users);
	for (size_t i = 0; i < import->nnotes; i++)
		free(import->notes[i].text);
	free(import->notes);
	free_names(import->left_out, import->nleft_out);
	free_names(import->locked, import->nlocked);
	explicit_bzero(import, sizeof *import);
}

static const struct import_kind kinds[] = {
	{ "sasldb", false, import_sasldb },
	{ "passwd-file", false, import_passwd_file },
	{ "shadow", false, import_shadow },
	{ "htpasswd", false, import_htpasswd },
	{ "dump", true, import_dump },
	{ "ldif", false, import_ldif },
};
const char import_kinds[] = "sasldb passwd-file shadow htpasswd dump ldif";

const struct import_kind *
import_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* Leave out who has a problem; the derivations are in the order of the
 * users. */
static void
leave_out_problems(struct import *import, struct derivation *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < import->nusers; i++) {
		struct import_user *user = &import->users[i];
		bool was_plain = user->was_plain;
		const char *problem = was_plain && d->problem.len > 0
		    ? strbuf_str(&d->problem)
		    : credential_record_problem(&user->record);

		if (problem != NULL)
			leave_out(import, user, problem);
		else
			import->users[kept++] = *user;
		if (was_plain)
			strbuf_free(&d++->problem);
	}
	import->nusers = kept;
}

void
import_finish(struct import *import, const struct credential_options *options)
{
	struct derivation *derivations =
	    xcalloc(import->nusers, sizeof *derivations);
	size_t n = 0;

	for (size_t i = 0; i < import->nusers; i++) {
		struct import_user *user = &import->users[i];

		user->was_plain = user->plain.bytes != NULL;
		if (user->was_plain)
			derivations[n++] = (struct derivation){ &user->plain,
				&user->record.secrets, { 0 } };
	}
	derivations_run(derivations, n, options);
	leave_out_problems(import, derivations);
	free(derivations);
}
