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
import_skip(struct import *import, int line, const char *why)
{
	if (import->nskipped == import->skipped_size) {
		import->skipped_size = import->skipped_size * 2 + 64;
		import->skipped = xreallocarray(import->skipped,
		    import->skipped_size, sizeof *import->skipped);
	}
	import->skipped[import->nskipped++] =
	    (struct import_skipped){ line, xstrdup(why) };
}

void
import_skip_last(struct import *import, const char *why)
{
	struct import_user *user = &import->users[--import->nusers];
	char *text = xasprintf("%s: %s", user->name, why);

	import_skip(import, user->line, text);
	free(text);
	user_free(user);
}

static int
compare_lines(const void *a, const void *b)
{
	const struct import_skipped *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

void
import_tell(struct import *import, struct strbuf *out)
{
	if (import->nskipped > 0)
		qsort(import->skipped, import->nskipped,
		    sizeof *import->skipped, compare_lines);
	for (size_t i = 0; i < import->nskipped; i++)
		strbuf_addf(out, "line %d: %s\n", import->skipped[i].line,
		    import->skipped[i].why);
}

void
import_free(struct import *import)
{
	for (size_t i = 0; i < import->nusers; i++)
		user_free(&import->users[i]);
	free(import->users);
	for (size_t i = 0; i < import->nskipped; i++)
		free(import->skipped[i].why);
	free(import->skipped);
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
	{ "sasldb", import_sasldb },
	{ "passwd-file", read_passwd_file },
	{ "shadow", read_shadow },
	{ "htpasswd", read_htpasswd },
	{ "dump", import_dump },
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
			char *text = xasprintf("%s: %s", user->name,
			    strbuf_str(&d->problem));

			import_skip(import, user->line, text);
			free(text);
			strbuf_free(&d->problem);
			user_free(user);
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
