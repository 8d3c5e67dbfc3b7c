/*
 * Suspended logins in the state.  A key is a letter for the source, and the
 * login in lower case; a value the reason, with its NUL.  Of two values for a
 * key the newer one counts.
 */
#include <stdlib.h>
#include <string.h>

#include "suspensions.h"
#include "mem.h"
#include "time_left.h"

struct suspensions {
	struct state *state;
};

static const struct {
	char letter; /* in the files */
	const char *name;
	const char *who;
} sources[SUSPENSION_SOURCES] = {
	[SUSPENSION_ADMIN] = { 'a', "admin", "the administrator" },
	[SUSPENSION_GUARD] = { 'g', "guard", "the guard" },
};

struct key {
	size_t len;
	char bytes[1 + SUSPENSION_USER_MAX];
};

const char *
suspension_source_name(enum suspension_source source)
{
	return sources[source].name;
}

struct suspensions *
suspensions_new(struct state *state)
{
	struct suspensions *suspensions = xcalloc(1, sizeof *suspensions);

	suspensions->state = state;
	return suspensions;
}

void
suspensions_free(struct suspensions *suspensions)
{
	free(suspensions);
}

/* Returns false for a name that nobody can have. */
static bool
key_of(struct key *key, enum suspension_source source, const char *user)
{
	size_t len = strlen(user);

	if (len == 0 || len > SUSPENSION_USER_MAX)
		return false;
	key->len = 1 + len;
	key->bytes[0] = sources[source].letter;
	for (size_t i = 0; i < len; i++) {
		char c = user[i];

		key->bytes[1 + i] = c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
	}
	return true;
}

/* Returns false for what another version wrote. */
static bool
read_value(struct suspension *suspension, const struct state_record *record)
{
	suspension->until = record->expires;
	suspension->reason = record->value;
	return record->len > 0 && record->value[record->len - 1] == '\0';
}

bool
suspensions_find(const struct suspensions *suspensions, const char *login,
    struct suspension *suspension)
{
	struct state_record record;
	struct key key;

	if (suspensions == NULL)
		return false;
	suspension->user = login;
	for (int i = 0; i < SUSPENSION_SOURCES; i++) {
		suspension->source = (enum suspension_source)i;
		if (key_of(&key, suspension->source, login) &&
		    state_find(suspensions->state, STATE_SUSPENSIONS, key.bytes,
			key.len, &record) &&
		    read_value(suspension, &record))
			return true;
	}
	return false;
}

bool
suspensions_begin(struct suspensions *suspensions,
    const struct suspension *suspension)
{
	char *reason = xstrndup(suspension->reason, SUSPENSION_REASON_MAX);
	struct key key;
	bool has_begun = key_of(&key, suspension->source, suspension->user) &&
	    state_put(suspensions->state, STATE_SUSPENSIONS, key.bytes, key.len,
		reason, strlen(reason) + 1, suspension->until);

	free(reason);
	return has_begun;
}

bool
suspensions_end(struct suspensions *suspensions, const char *user,
    enum suspension_source source)
{
	struct key key;

	return key_of(&key, source, user) &&
	    state_forget(suspensions->state, STATE_SUSPENSIONS, key.bytes,
		key.len);
}

struct each {
	void (*fn)(void *arg, const struct suspension *);
	void *arg;
};

static void
on_record(void *arg, const struct state_record *record)
{
	const struct each *each = arg;
	struct suspension suspension = { 0 };
	char *user;
	int i = 0;

	while (i < SUSPENSION_SOURCES && record->keylen > 0 &&
	    sources[i].letter != record->key[0])
		i++;
	if (i == SUSPENSION_SOURCES || record->keylen == 0 ||
	    !read_value(&suspension, record))
		return;
	user = xstrndup(record->key + 1, record->keylen - 1);
	suspension.user = user;
	suspension.source = (enum suspension_source)i;
	each->fn(each->arg, &suspension);
	free(user);
}

void
suspensions_each(const struct suspensions *suspensions,
    void (*fn)(void *arg, const struct suspension *), void *arg)
{
	struct each each = { fn, arg };

	state_each(suspensions->state, STATE_SUSPENSIONS, on_record, &each);
}

void
suspension_print(const struct suspension *suspension, time_t now,
    struct strbuf *out)
{
	strbuf_addf(out, "suspended by %s", sources[suspension->source].who);
	if (suspension->until != 0) {
		strbuf_adds(out, " for ");
		time_left_add(out, (long)(suspension->until - now));
	}
	if (suspension->reason[0] != '\0')
		strbuf_addf(out, ": %s", suspension->reason);
}
