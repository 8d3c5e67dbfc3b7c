/*
 * Suspended logins in the state.  A key is a letter for the source, and the
 * login in lower case; a value the reason, with its NUL.  Of two values for a
 * key the newer one counts.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "suspensions.h"
#include "mem.h"
#include "time_left.h"
#include "utf8.h"
#include "watch.h"

struct key {
	size_t len;
	char bytes[1 + SUSPENSION_USER_MAX];
};

struct suspensions {
	struct state *state;
	struct watch *watch;
	struct event *each_second;
	struct key *timed; /* those that end by themselves */
	size_t ntimed, size;
};

static const struct {
	char letter; /* in the files */
	const char *name;
	const char *who;
} sources[SUSPENSION_SOURCES] = {
	[SUSPENSION_ADMIN] = { 'a', "admin", "the administrator" },
	[SUSPENSION_GUARD] = { 'g', "guard", "the guard" },
};

const char *
suspension_source_name(enum suspension_source source)
{
	return sources[source].name;
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
	utf8_lower_ascii(key->bytes + 1, user, len);
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

/* The source of a key; SUSPENSION_SOURCES: of another version. */
static enum suspension_source
source_of(const char *key, size_t len)
{
	int i = 0;

	while (
	    i < SUSPENSION_SOURCES && (len == 0 || sources[i].letter != key[0]))
		i++;
	return (enum suspension_source)i;
}

/* What happens, for the watch. */

void
suspension_add_json(const struct suspension *suspension, struct json *json)
{
	json_string(json, "user", suspension->user);
	json_string(json, "source", sources[suspension->source].name);
	if (suspension->until != 0)
		json_integer(json, "until", suspension->until);
	else
		json_string(json, "until", NULL);
	json_string(json, "reason", suspension->reason);
}

static void
tell_begin(const struct suspensions *suspensions,
    const struct suspension *suspension)
{
	if (!watch_wants(suspensions->watch, WATCH_SUSPENDED))
		return;
	suspension_add_json(suspension,
	    watch_begin(suspensions->watch, WATCH_SUSPENDED));
	watch_end(suspensions->watch);
}

static void
tell_end(const struct suspensions *suspensions, const struct key *key)
{
	char *user;
	struct json *json;

	if (!watch_wants(suspensions->watch, WATCH_RESUMED))
		return;
	user = xstrndup(key->bytes + 1, key->len - 1);
	json = watch_begin(suspensions->watch, WATCH_RESUMED);
	json_string(json, "user", user);
	json_string(json, "source",
	    sources[source_of(key->bytes, key->len)].name);
	watch_end(suspensions->watch);
	free(user);
}

/* Those that end by themselves. */

static void
add_timed(struct suspensions *suspensions, const char *key, size_t len)
{
	if (suspensions->ntimed == suspensions->size) {
		suspensions->size = 2 * suspensions->size + 4;
		suspensions->timed = xreallocarray(suspensions->timed,
		    suspensions->size, sizeof *suspensions->timed);
	}
	suspensions->timed[suspensions->ntimed].len = len;
	memcpy(suspensions->timed[suspensions->ntimed++].bytes, key, len);
}

/* Its place; ntimed: it has none. */
static size_t
find_timed(const struct suspensions *suspensions, const struct key *key)
{
	size_t i = 0;

	while (i < suspensions->ntimed &&
	    (suspensions->timed[i].len != key->len ||
		memcmp(suspensions->timed[i].bytes, key->bytes, key->len) != 0))
		i++;
	return i;
}

static void
remove_timed(struct suspensions *suspensions, size_t i)
{
	if (i < suspensions->ntimed)
		suspensions->timed[i] =
		    suspensions->timed[--suspensions->ntimed];
}

static bool
find_key(const struct suspensions *suspensions, const struct key *key,
    struct state_record *record)
{
	return state_find(suspensions->state, STATE_SUSPENSIONS, key->bytes,
	    key->len, record);
}

static void
on_second(evutil_socket_t fd, short what, void *arg)
{
	struct suspensions *suspensions = arg;
	struct state_record record;

	(void)fd;
	(void)what;
	for (size_t i = suspensions->ntimed; i-- > 0;) {
		struct key key = suspensions->timed[i];
		bool lasts = find_key(suspensions, &key, &record);

		if (lasts && record.expires != 0)
			continue;
		remove_timed(suspensions, i);
		if (!lasts)
			tell_end(suspensions, &key);
	}
}

static void
on_loaded(void *arg, const struct state_record *record)
{
	if (record->expires != 0 && record->keylen <= 1 + SUSPENSION_USER_MAX)
		add_timed(arg, record->key, record->keylen);
}

struct suspensions *
suspensions_new(struct event_base *base, struct state *state,
    struct watch *watch)
{
	static const struct timeval second = { .tv_sec = 1 };
	struct suspensions *suspensions = xcalloc(1, sizeof *suspensions);

	suspensions->state = state;
	suspensions->watch = watch;
	if (base != NULL) {
		suspensions->each_second =
		    event_new(base, -1, EV_PERSIST, on_second, suspensions);
		if (suspensions->each_second == NULL)
			abort();
		event_add(suspensions->each_second, &second);
	}
	state_each(state, STATE_SUSPENSIONS, on_loaded, suspensions);
	return suspensions;
}

void
suspensions_free(struct suspensions *suspensions)
{
	if (suspensions == NULL)
		return;
	if (suspensions->each_second != NULL)
		event_free(suspensions->each_second);
	free(suspensions->timed);
	free(suspensions);
}

bool
suspensions_find(const struct suspensions *suspensions, const char *login,
    struct suspension *suspension)
{
	struct state_record record;
	struct key key;

	if (suspensions == NULL ||
	    !key_of(&key, (enum suspension_source)0, login))
		return false;
	suspension->user = login;
	for (int i = 0; i < SUSPENSION_SOURCES; i++) {
		suspension->source = (enum suspension_source)i;
		key.bytes[0] = sources[i].letter;
		if (find_key(suspensions, &key, &record) &&
		    read_value(suspension, &record))
			return true;
	}
	return false;
}

/* Whether there is just this one already. */
static bool
is_so(const struct suspensions *suspensions, const struct key *key,
    const struct suspension *wanted)
{
	struct state_record record;
	struct suspension present;

	return find_key(suspensions, key, &record) &&
	    read_value(&present, &record) && present.until == wanted->until &&
	    strcmp(present.reason, wanted->reason) == 0;
}

static bool
put(struct suspensions *suspensions, const struct key *key,
    const struct suspension *suspension)
{
	if (is_so(suspensions, key, suspension))
		return true;
	if (!state_put(suspensions->state, STATE_SUSPENSIONS, key->bytes,
		key->len, suspension->reason, strlen(suspension->reason) + 1,
		suspension->until))
		return false;
	if (suspension->until != 0 &&
	    find_timed(suspensions, key) == suspensions->ntimed)
		add_timed(suspensions, key->bytes, key->len);
	tell_begin(suspensions, suspension);
	return true;
}

bool
suspensions_begin(struct suspensions *suspensions,
    const struct suspension *suspension)
{
	struct suspension cut = *suspension;
	char *reason = xstrndup(suspension->reason, SUSPENSION_REASON_MAX);
	struct key key;
	bool has_begun;

	cut.reason = reason;
	has_begun = key_of(&key, suspension->source, suspension->user) &&
	    put(suspensions, &key, &cut);
	free(reason);
	return has_begun;
}

bool
suspensions_end(struct suspensions *suspensions, const char *user,
    enum suspension_source source)
{
	struct key key;

	if (!key_of(&key, source, user) ||
	    !state_forget(suspensions->state, STATE_SUSPENSIONS, key.bytes,
		key.len))
		return false;
	remove_timed(suspensions, find_timed(suspensions, &key));
	tell_end(suspensions, &key);
	return true;
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

	suspension.source = source_of(record->key, record->keylen);
	if (suspension.source == SUSPENSION_SOURCES ||
	    !read_value(&suspension, record))
		return;
	user = xstrndup(record->key + 1, record->keylen - 1);
	suspension.user = user;
	each->fn(each->arg, &suspension);
	free(user);
}

void
suspensions_each(const struct suspensions *suspensions,
    void (*fn)(void *arg, const struct suspension *), void *arg)
{
	size_t place = 0;

	while (suspensions_each_of_some(suspensions, &place, fn, arg))
		;
}

bool
suspensions_each_of_some(const struct suspensions *suspensions, size_t *place,
    void (*fn)(void *arg, const struct suspension *), void *arg)
{
	struct each each = { fn, arg };

	return state_each_of_some(suspensions->state, STATE_SUSPENSIONS, place,
	    on_record, &each);
}

static void
on_present(void *arg, const struct suspension *suspension)
{
	tell_begin(arg, suspension);
}

void
suspensions_tell(const struct suspensions *suspensions)
{
	suspensions_each(suspensions, on_present, (void *)suspensions);
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
