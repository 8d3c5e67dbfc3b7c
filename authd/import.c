/*
 * Users out of other programs' files: the list, and the files that have one
 * user a line, with fields between colons.
 */
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "derivation.h"
#include "import_scheme.h"
#include "log.h"
#include "mem.h"
#include "secret_input.h"

#define FIELDS_MAX 9
#define DAY        86400

struct import_user *
import_add(struct import *import, int line, const char *name, size_t len)
{
	struct strbuf normal = { 0 }, why = { 0 }, told = { 0 };
	struct import_user *user = NULL;

	if (user_name_normalise(import->names, name, len, &normal, &why) ==
	    -1) {
		log_escape(&told, name, len);
		strbuf_addf(&told, ": %s", strbuf_str(&why));
		import_skip(import, line, strbuf_str(&told));
		strbuf_free(&told);
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

/* The name stays, for the file has this user. */
static void
leave_out(struct import *import, struct import_user *user, const char *why)
{
	char *text = xasprintf("%s: %s", user->name, why);

	import_skip(import, user->line, text);
	free(text);
	import->left_out = xreallocarray(import->left_out,
	    import->nleft_out + 1, sizeof *import->left_out);
	import->left_out[import->nleft_out++] = user->name;
	user->name = NULL;
	user_free(user);
}

void
import_skip_last(struct import *import, const char *why)
{
	leave_out(import, &import->users[--import->nusers], why);
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
	for (size_t i = 0; i < import->nnotes; i++)
		strbuf_addf(out, "line %d: %s\n", import->notes[i].line,
		    import->notes[i].text);
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
	for (size_t i = 0; i < import->nleft_out; i++)
		free(import->left_out[i]);
	free(import->left_out);
	explicit_bzero(import, sizeof *import);
}

/* Cut a line at its colons; what is behind the last field stays one piece.
 * Fields that are missing are "". */
static void
split(char *line, char *fields[FIELDS_MAX])
{
	static char empty[1];

	for (size_t i = 0; i < FIELDS_MAX; i++) {
		fields[i] = line != NULL ? line : empty;
		if (line != NULL && i + 1 < FIELDS_MAX)
			fields[i] = strsep(&line, ":");
	}
}

static void
take_password(struct import *import, struct import_user *user,
    const char *field, const char *implied)
{
	struct strbuf why = { 0 };

	switch (import_scheme_take(field, implied, &user->record.secrets,
	    &user->plain, &why)) {
	case IMPORT_SECRETS:
	case IMPORT_PLAINTEXT:
		break;
	case IMPORT_NOT:
		import_skip_last(import, strbuf_str(&why));
		break;
	}
	strbuf_free(&why);
}

/* Whether an extra field of Dovecot says from where a user may come. */
static bool
is_limit(const char *word)
{
	static const char *const names[] = { "allow_nets", "allow_real_nets" };
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strlen(names[i]) == len &&
		    strncmp(word, names[i], len) == 0)
			return true;
	return false;
}

/*
 * Dovecot: name:password:uid:gid:gecos:home:shell:extra fields.  An extra
 * field that limits logins must not get lost.
 */
static void
take_passwd_file(struct import *import, int line, char *fields[FIELDS_MAX])
{
	struct import_user *user =
	    import_add(import, line, fields[0], strlen(fields[0]));
	/* split leaves colons in the last field only: join them again */
	char *extra = xasprintf("%s%s%s", fields[7],
	    *fields[8] != '\0' ? ":" : "", fields[8]);
	char *rest = extra, *word;
	bool is_limited = false;

	while (user != NULL && (word = strsep(&rest, " \t")) != NULL) {
		if (strcmp(word, "nologin") == 0 ||
		    (strncmp(word, "nologin=", 8) == 0 && word[8] != 'n'))
			user->record.status = USER_SUSPENDED;
		else if (is_limit(word))
			is_limited = true;
	}
	if (user != NULL && is_limited)
		import_skip_last(import,
		    "allow_nets limits this user, which only an app password "
		    "can do here");
	else if (user != NULL)
		take_password(import, user, fields[1], "CRYPT");
	free(extra);
}

/* shadow(5): name:hash:changed:min:max:warn:inactive:expires (in days). */
static void
take_shadow(struct import *import, int line, char *fields[FIELDS_MAX])
{
	const char *hash = fields[1] + strspn(fields[1], "!");
	struct import_user *user;
	char *end;
	long days = strtol(fields[7], &end, 10);

	if (*hash == '\0' || *hash == '*') {
		import->nwithout++;
		return;
	}
	user = import_add(import, line, fields[0], strlen(fields[0]));
	if (user == NULL)
		return;
	if (hash != fields[1])
		user->record.status = USER_SUSPENDED;
	if (*fields[7] != '\0' && (*end != '\0' || days > 1000000)) {
		import_skip_last(import, "bad date of expiry");
		return;
	}
	if (*fields[7] != '\0' && days >= 0)
		user->record.expires = days > 0 ? (time_t)days * DAY : 1;
	take_password(import, user, hash, "CRYPT");
}

/* htpasswd(1): name:hash */
static void
take_htpasswd(struct import *import, int line, char *fields[FIELDS_MAX])
{
	struct import_user *user =
	    import_add(import, line, fields[0], strlen(fields[0]));

	if (user != NULL)
		take_password(import, user, fields[1], "CRYPT");
}

static int
read_lines(struct import *import, struct strbuf *text, struct strbuf *why,
    void (*take)(struct import *, int line, char *fields[FIELDS_MAX]))
{
	size_t pos = 0, len;
	char *line;

	(void)why;
	for (int n = 1; secret_input_line(text, &pos, &line, &len); n++) {
		char *fields[FIELDS_MAX];

		if (len > 0 && line[len - 1] == '\r')
			line[--len] = '\0';
		if (strlen(line) != len) {
			import_skip(import, n, "has a NUL byte");
		} else if (line[strspn(line, " \t")] != '\0' && *line != '#') {
			split(line, fields);
			take(import, n, fields);
		}
	}
	return 0;
}

static int
read_passwd_file(struct import *import, struct strbuf *text, struct strbuf *why)
{
	return read_lines(import, text, why, take_passwd_file);
}

static int
read_shadow(struct import *import, struct strbuf *text, struct strbuf *why)
{
	return read_lines(import, text, why, take_shadow);
}

static int
read_htpasswd(struct import *import, struct strbuf *text, struct strbuf *why)
{
	return read_lines(import, text, why, take_htpasswd);
}

static const struct import_kind kinds[] = {
	{ "sasldb", false, import_sasldb },
	{ "passwd-file", false, read_passwd_file },
	{ "shadow", false, read_shadow },
	{ "htpasswd", false, read_htpasswd },
	{ "dump", true, import_dump },
};
const char import_kinds[] = "sasldb passwd-file shadow htpasswd dump";

const struct import_kind *
import_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* Leave out the users whose password no scheme takes; the derivations are in
 * the order of the users. */
static void
skip_problems(struct import *import, struct derivation *derivations, size_t n)
{
	struct derivation *d = derivations;
	size_t kept = 0;

	for (size_t i = 0; i < import->nusers; i++) {
		struct import_user *user = &import->users[i];
		bool was_derived =
		    d < derivations + n && d->password == &user->plain;

		if (was_derived && d->problem.len > 0) {
			leave_out(import, user, strbuf_str(&d->problem));
			strbuf_free(&d->problem);
		} else {
			import->users[kept++] = *user;
		}
		d += was_derived;
	}
	import->nusers = kept;
}

void
import_derive(struct import *import, const struct credential_options *options)
{
	struct derivation *derivations =
	    xcalloc(import->nusers, sizeof *derivations);
	size_t n = 0;

	for (size_t i = 0; i < import->nusers; i++) {
		struct import_user *user = &import->users[i];

		if (user->plain.bytes != NULL)
			derivations[n++] = (struct derivation){ &user->plain,
				&user->record.secrets, { 0 } };
	}
	derivations_run(derivations, n, options);
	skip_problems(import, derivations, n);
	free(derivations);
}
