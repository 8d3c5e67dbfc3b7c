/*
 * Users out of files that have one a line, with fields between colons:
 * passwd-file(5) of Dovecot, shadow(5), htpasswd(1).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "mem.h"
#include "secret_input.h"

#define FIELDS_MAX 9
#define DAY        86400
#define DAYS_MAX   1000000

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

static struct import_user *
add_user(struct import *import, int line, const char *name)
{
	char foreign = user_name_foreign_byte(name);
	char *why;

	if (foreign == '\0')
		return import_add(import, line, name, strlen(name));
	why = xasprintf("not NAME:PASSWORD: '%c' in the name", foreign);
	import_skip(import, line, why);
	free(why);
	return NULL;
}

/*
 * What an extra field of Dovecot says about logins.  A name that ends in `_`
 * stands for all that begin so.  What is not here may be a limit.
 */
static const struct extra {
	const char *name;
	enum { EXTRA_HARMLESS, EXTRA_SUSPENDS, EXTRA_LIMITS } effect;
} extras[] = {
	{ "nologin", EXTRA_SUSPENDS }, /* whatever its value */
	{ "fail", EXTRA_SUSPENDS },
	{ "allow_nets", EXTRA_LIMITS },
	{ "allow_real_nets", EXTRA_LIMITS },
	{ "delay_until", EXTRA_LIMITS },
	{ "login_user", EXTRA_LIMITS },
	{ "noauthenticate", EXTRA_LIMITS },
	{ "nopassword", EXTRA_LIMITS },
	{ "user", EXTRA_LIMITS },
	{ "userdb_", EXTRA_HARMLESS },
	{ "forward_", EXTRA_HARMLESS },
	{ "event_", EXTRA_HARMLESS },
	{ "nodelay", EXTRA_HARMLESS },
	{ "reason", EXTRA_HARMLESS },
	{ "proxy", EXTRA_HARMLESS },
	{ "proxy_maybe", EXTRA_HARMLESS },
	{ "proxy_mech", EXTRA_HARMLESS },
	{ "proxy_timeout", EXTRA_HARMLESS },
	{ "host", EXTRA_HARMLESS },
	{ "hostip", EXTRA_HARMLESS },
	{ "port", EXTRA_HARMLESS },
	{ "source_ip", EXTRA_HARMLESS },
	{ "ssl", EXTRA_HARMLESS },
	{ "starttls", EXTRA_HARMLESS },
	{ "destuser", EXTRA_HARMLESS },
	{ "pass", EXTRA_HARMLESS },
};

static const struct extra *
find_extra(const char *word)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
		size_t known = strlen(extras[i].name);

		if (strncmp(word, extras[i].name, known) == 0 &&
		    (len == known || extras[i].name[known - 1] == '_'))
			return &extras[i];
	}
	return NULL;
}

/* Returns false, with the reason in why, when a field limits the user in a way
 * that we do not know. */
static bool
take_extras(struct user_record *record, char *fields, struct strbuf *why)
{
	char *word;

	while ((word = strsep(&fields, " \t")) != NULL) {
		const struct extra *extra = find_extra(word);

		if (*word == '\0')
			continue;
		if (extra == NULL) {
			strbuf_adds(why,
			    "has an extra field that is not known here, and "
			    "may limit this user");
			return false;
		}
		if (extra->effect == EXTRA_LIMITS) {
			strbuf_addf(why,
			    "%s limits this user, and cannot be taken over",
			    extra->name);
			return false;
		}
		if (extra->effect == EXTRA_SUSPENDS)
			record->status = USER_SUSPENDED;
	}
	return true;
}

/* Dovecot: name:password:uid:gid:gecos:home:shell:extra fields. */
static void
take_passwd_file(struct import *import, int line, char *fields[FIELDS_MAX])
{
	struct import_user *user = add_user(import, line, fields[0]);
	struct strbuf why = { 0 };
	char *extra;

	if (user == NULL)
		return;
	/* split leaves colons in the last field only: join them again */
	extra = xasprintf("%s%s%s", fields[7], *fields[8] != '\0' ? ":" : "",
	    fields[8]);
	if (take_extras(&user->record, extra, &why))
		import_take_password(import, fields[1], "CRYPT");
	else
		import_skip_last(import, strbuf_str(&why));
	secret_free(extra, strlen(extra));
	strbuf_free(&why);
}

/* A number of days, -1 when there is none (or less, as chage(1) writes it).
 * Returns false when it is no number. */
static bool
parse_days(const char *field, long *days)
{
	char *end;

	*days = -1;
	if (*field == '\0')
		return true;
	errno = 0;
	*days = strtol(field, &end, 10);
	if (end == field || *end != '\0' || errno != 0 || *days > DAYS_MAX)
		return false;
	if (*days < 0)
		*days = -1;
	return true;
}

#define MAX_NEVER 10000 /* days; shadow's own programs see no limit in more */

bool
import_shadow_end(const char *changed_field, const char *max_field,
    const char *expires_field, time_t *end)
{
	long changed, max, days;

	if (!parse_days(changed_field, &changed) ||
	    !parse_days(max_field, &max) || !parse_days(expires_field, &days))
		return false;
	if (changed == 0) /* has to be changed at the next login */
		days = 0;
	else if (changed > 0 && max >= 0 && max < MAX_NEVER &&
	    (days < 0 || changed + max < days))
		days = changed + max;
	*end = days < 0 ? 0 : days > 0 ? (time_t)days * DAY : 1;
	return true;
}

/* shadow(5): name:hash:changed:min:max:warn:inactive:expires (in days). */
static void
take_shadow(struct import *import, int line, char *fields[FIELDS_MAX])
{
	const char *hash = fields[1] + strspn(fields[1], "!");
	struct import_user *user;

	if (*hash == '\0' || *hash == '*') {
		import_add_locked(import, fields[0]);
		return;
	}
	user = add_user(import, line, fields[0]);
	if (user == NULL)
		return;
	if (hash != fields[1])
		user->record.status = USER_SUSPENDED;
	if (import_shadow_end(fields[2], fields[4], fields[7],
		&user->record.expires))
		import_take_password(import, hash, "CRYPT");
	else
		import_skip_last(import, "bad date of change or expiry");
}

/* htpasswd(1): name:hash */
static void
take_htpasswd(struct import *import, int line, char *fields[FIELDS_MAX])
{
	if (add_user(import, line, fields[0]) != NULL)
		import_take_password(import, fields[1], "CRYPT");
}

static int
read_lines(struct import *import, struct strbuf *text,
    void (*take)(struct import *, int line, char *fields[FIELDS_MAX]))
{
	size_t pos = 0, len;
	char *line;

	for (int n = 1; secret_input_line(text, &pos, &line, &len); n++) {
		char *fields[FIELDS_MAX];

		if (strlen(line) != len) {
			import_skip(import, n, "has a NUL byte");
		} else if (line[strspn(line, " \t")] == '\0' || *line == '#') {
			continue;
		} else if (strchr(line, ':') == NULL) {
			import_skip(import, n, "not NAME:PASSWORD: has no ':'");
		} else {
			split(line, fields);
			take(import, n, fields);
		}
	}
	return 0;
}

int
import_passwd_file(struct import *import, struct strbuf *text,
    struct strbuf *why)
{
	(void)why;
	return read_lines(import, text, take_passwd_file);
}

int
import_shadow(struct import *import, struct strbuf *text, struct strbuf *why)
{
	(void)why;
	return read_lines(import, text, take_shadow);
}

int
import_htpasswd(struct import *import, struct strbuf *text, struct strbuf *why)
{
	(void)why;
	return read_lines(import, text, take_htpasswd);
}
