/*
 * Users out of a directory: LDIF (RFC 2849), as slapcat(8) and ldapsearch(1)
 * write it.  The name is uid, or else mail.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import.h"
#include "encoding.h"
#include "mem.h"
#include "secret_input.h"

/* What of an entry is looked at. */
enum {
	UID,
	MAIL,
	PASSWORD,
	SHADOW_CHANGED,
	SHADOW_MAX,
	SHADOW_EXPIRES,
	VALUES
};

static const char *const attributes[VALUES] = { "uid", "mail", "userPassword",
	"shadowLastChange", "shadowMax", "shadowExpire" };

/* Attributes that keep a user out, unless they have this value (NULL:
 * whatever it is). */
static const struct lock {
	const char *attribute;
	const char *harmless;
} locks[] = {
	{ "accountStatus", "active" },
	{ "loginDisabled", "FALSE" },
	{ "nsAccountLock", "false" },
	{ "pwdAccountLockedTime", NULL },
	{ "pwdEndTime", NULL },
	{ "pwdReset", "FALSE" },
	{ "pwdStartTime", NULL },
};

struct entry {
	int line; /* 0: none begun */
	struct strbuf values[VALUES];
	size_t npasswords;
	bool is_locked;
	bool is_bad;
};

static void
entry_free(struct entry *entry)
{
	for (size_t i = 0; i < VALUES; i++)
		strbuf_wipe(&entry->values[i]);
	*entry = (struct entry){ 0 };
}

static const char *
value_of(const struct entry *entry, size_t i)
{
	return strbuf_str(&entry->values[i]);
}

/* Fill in the user of the entry that was added last. */
static void
take_user(struct import *import, const struct entry *entry,
    struct import_user *user)
{
	if (entry->npasswords > 1) {
		import_skip_last(import, "has more than one password");
		return;
	}
	if (strlen(value_of(entry, PASSWORD)) != entry->values[PASSWORD].len) {
		import_skip_last(import, "the password has a NUL byte");
		return;
	}
	if (!import_shadow_end(value_of(entry, SHADOW_CHANGED),
		value_of(entry, SHADOW_MAX), value_of(entry, SHADOW_EXPIRES),
		&user->record.expires)) {
		import_skip_last(import, "bad date of change or expiry");
		return;
	}
	if (entry->is_locked)
		user->record.status = USER_SUSPENDED;
	import_take_password(import, value_of(entry, PASSWORD), "PLAIN");
}

static void
end(struct import *import, struct entry *entry)
{
	const struct strbuf *name = &entry->values[UID];
	struct import_user *user;

	if (name->len == 0)
		name = &entry->values[MAIL];
	if (entry->line == 0) {
		return;
	} else if (entry->is_bad) {
		import_skip(import, entry->line, "this entry is not LDIF");
	} else if (entry->npasswords == 0) {
		import->nwithout++;
	} else if (name->len == 0) {
		import_skip(import, entry->line, "has no uid and no mail");
	} else {
		user = import_add(import, entry->line, name->bytes, name->len);
		if (user != NULL)
			take_user(import, entry, user);
	}
	entry_free(entry);
}

/* The value of `name: text` or `name:: base64`, appended; name_len is that of
 * the name without its options.  Returns false when it is none. */
static bool
split(const char *line, size_t *name_len, struct strbuf *value)
{
	const char *colon = strchr(line, ':'), *text;

	if (colon == NULL || colon == line || colon[1] == '<')
		return false; /* `<`: in another file */
	*name_len = strcspn(line, ";:");
	text = colon + 1 + (colon[1] == ':');
	text += strspn(text, " ");
	strbuf_reserve(value, strlen(text));
	if (colon[1] == ':')
		return base64_decode(value, text, strlen(text));
	strbuf_adds(value, text);
	return true;
}

static bool
is_named(const char *attribute, const char *line, size_t name_len)
{
	return strlen(attribute) == name_len &&
	    strncasecmp(attribute, line, name_len) == 0;
}

/* The first value of an attribute counts. */
static void
take_attribute(struct entry *entry, const char *line, size_t name_len,
    struct strbuf *value)
{
	entry->npasswords += is_named(attributes[PASSWORD], line, name_len);
	for (size_t i = 0; i < VALUES; i++)
		if (is_named(attributes[i], line, name_len) &&
		    entry->values[i].bytes == NULL) {
			entry->values[i] = *value;
			*value = (struct strbuf){ 0 };
			return;
		}
	for (size_t i = 0; i < sizeof locks / sizeof locks[0]; i++)
		if (is_named(locks[i].attribute, line, name_len) &&
		    (locks[i].harmless == NULL ||
			strcasecmp(locks[i].harmless, strbuf_str(value)) != 0))
			entry->is_locked = true;
}

/* line: with those that continue it. */
static void
take_line(struct import *import, struct entry *entry, int number,
    const struct strbuf *line)
{
	struct strbuf value = { 0 };
	size_t name_len;

	if (line->len == 0) {
		end(import, entry);
		return;
	}
	if (*line->bytes == '#')
		return;
	if (entry->line == 0)
		entry->line = number;
	if (strlen(line->bytes) == line->len &&
	    split(line->bytes, &name_len, &value))
		take_attribute(entry, line->bytes, name_len, &value);
	else
		entry->is_bad = true;
	strbuf_wipe(&value);
}

#define LINE_SIZE 65536 /* more than any usual one: no copy is left */

int
import_ldif(struct import *import, struct strbuf *text, struct strbuf *why)
{
	struct entry entry = { 0 };
	struct strbuf whole = { 0 };
	size_t pos = 0, len;
	int first = 0;
	char *line;

	(void)why;
	strbuf_reserve(&whole, LINE_SIZE);
	for (int n = 1; secret_input_line(text, &pos, &line, &len); n++) {
		if (first != 0 && len > 0 && *line == ' ') {
			strbuf_add(&whole, line + 1, len - 1);
			continue;
		}
		if (first != 0)
			take_line(import, &entry, first, &whole);
		strbuf_truncate(&whole, 0);
		strbuf_add(&whole, line, len);
		first = n;
	}
	if (first != 0)
		take_line(import, &entry, first, &whole);
	end(import, &entry);
	strbuf_wipe(&whole);
	return 0;
}
