/*
 * News of a user database, as lines of text:
 *
 *	changes=NUMBER
 *	changed=NAME			once for each, the oldest first
 *	suspended=NAME UNTIL OF REASON	OF: sending or all
 */
#include <stdlib.h>
#include <string.h>

#include "userdb_news.h"
#include "mem.h"
#include "sorted.h"

static const char changes[] = "changes=", changed[] = "changed=",
		  suspended[] = "suspended=";

static void
forget_suspended(struct suspended_user *user)
{
	free(user->name);
	free(user->suspension.reason);
}

void
userdb_news_free(struct userdb_news *news)
{
	for (size_t i = 0; i < USERDB_CHANGES_MAX; i++)
		free(news->changed[i]);
	for (size_t i = 0; i < news->nsuspended; i++)
		forget_suspended(&news->suspended[i]);
	free(news->suspended);
	*news = (struct userdb_news){ 0 };
}

static char *
copy_of(const char *text)
{
	return text == NULL ? NULL : xstrdup(text);
}

void
userdb_news_copy(struct userdb_news *news, const struct userdb_news *from)
{
	*news = *from;
	for (size_t i = 0; i < USERDB_CHANGES_MAX; i++)
		news->changed[i] = copy_of(from->changed[i]);
	news->size = news->nsuspended;
	news->suspended = xcalloc(news->size + 1, sizeof news->suspended[0]);
	for (size_t i = 0; i < news->nsuspended; i++) {
		struct suspended_user *user = &news->suspended[i];

		*user = from->suspended[i];
		user->name = xstrdup(user->name);
		user->suspension.reason = copy_of(user->suspension.reason);
	}
}

static int
by_name(const void *name, const void *element)
{
	const struct suspended_user *user = element;

	return strcmp(name, user->name);
}

/* Where the user is, or would be. */
static size_t
place_of(const struct userdb_news *news, const char *name, bool *is_there)
{
	size_t place = sorted_place(name, news->suspended, news->nsuspended,
	    sizeof news->suspended[0], by_name);

	*is_there = place < news->nsuspended &&
	    by_name(name, &news->suspended[place]) == 0;
	return place;
}

static void
insert(struct userdb_news *news, size_t place, const char *name)
{
	if (news->nsuspended == news->size) {
		news->size = 2 * news->size + 16;
		news->suspended = xreallocarray(news->suspended, news->size,
		    sizeof news->suspended[0]);
	}
	memmove(&news->suspended[place + 1], &news->suspended[place],
	    (news->nsuspended - place) * sizeof news->suspended[0]);
	news->suspended[place] =
	    (struct suspended_user){ .name = xstrdup(name) };
	news->nsuspended++;
}

static void
remove_at(struct userdb_news *news, size_t place)
{
	forget_suspended(&news->suspended[place]);
	news->nsuspended--;
	memmove(&news->suspended[place], &news->suspended[place + 1],
	    (news->nsuspended - place) * sizeof news->suspended[0]);
}

void
userdb_news_set(struct userdb_news *news, const char *name,
    const struct user_record *record)
{
	bool is_there;
	size_t place = place_of(news, name, &is_there);
	struct suspension *suspension;

	if (record == NULL || record->status != USER_SUSPENDED) {
		if (is_there)
			remove_at(news, place);
		return;
	}
	if (!is_there)
		insert(news, place, name);
	suspension = &news->suspended[place].suspension;
	free(suspension->reason);
	*suspension = record->suspension;
	suspension->reason = copy_of(suspension->reason);
}

static void
add_change(struct userdb_news *news, const char *name)
{
	char **slot = &news->changed[news->changes++ % USERDB_CHANGES_MAX];

	free(*slot);
	*slot = xstrdup(name);
	if (news->known < USERDB_CHANGES_MAX)
		news->known++;
}

void
userdb_news_note(struct userdb_news *news, const char *name,
    const struct user_record *record)
{
	add_change(news, name);
	if (record != NULL)
		userdb_news_set(news, name, record);
}

static void
encode_suspended(const struct suspended_user *user, struct strbuf *out)
{
	const struct suspension *suspension = &user->suspension;

	strbuf_addf(out, "%s%s %lld %s %s\n", suspended, user->name,
	    (long long)suspension->until,
	    suspension->only_sending ? "sending" : "all",
	    suspension->reason != NULL ? suspension->reason : "");
}

void
userdb_news_encode(const struct userdb_news *news, struct strbuf *out)
{
	strbuf_addf(out, "%s%llu\n", changes, news->changes);
	for (size_t i = news->known; i > 0; i--)
		strbuf_addf(out, "%s%s\n", changed,
		    news->changed[(news->changes - i) % USERDB_CHANGES_MAX]);
	for (size_t i = 0; i < news->nsuspended; i++)
		encode_suspended(&news->suspended[i], out);
}

/* value is cut. */
static void
decode_suspended(struct userdb_news *news, char *value)
{
	char *name = strsep(&value, " "), *until = strsep(&value, " ");
	char *of = strsep(&value, " ");
	struct user_record record = { .status = USER_SUSPENDED };

	if (of == NULL)
		return;
	record.suspension.until = (time_t)strtoll(until, NULL, 10);
	record.suspension.only_sending = strcmp(of, "sending") == 0;
	if (value != NULL && value[0] != '\0')
		record.suspension.reason = value;
	userdb_news_set(news, name, &record);
}

/* The value, when the line is one of that name. */
static char *
value_of(char *line, const char *name)
{
	size_t len = strlen(name);

	return strncmp(line, name, len) == 0 ? line + len : NULL;
}

/* The number of the first change whose name stands in the text; total: how many
 * there were. */
static unsigned long long
first_known(const char *text, const char *total)
{
	unsigned long long n = strtoull(total, NULL, 10);

	while ((text = strstr(text, "\nchanged=")) != NULL && n > 0) {
		text++;
		n--;
	}
	return n;
}

bool
userdb_news_decode(struct userdb_news *news, const char *text)
{
	char *copy = xstrdup(text), *rest = copy, *line, *value;
	bool is_there = false;

	*news = (struct userdb_news){ 0 };
	while ((line = strsep(&rest, "\n")) != NULL) {
		if ((value = value_of(line, changes)) != NULL) {
			news->changes = first_known(text, value);
			is_there = true;
		} else if ((value = value_of(line, changed)) != NULL) {
			add_change(news, value);
		} else if ((value = value_of(line, suspended)) != NULL) {
			decode_suspended(news, value);
		}
	}
	secret_free(copy, strlen(text)); /* other lines hold the key */
	return is_there;
}
