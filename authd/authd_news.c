/*
 * News of the user database.
 */
#include <stdlib.h>
#include <string.h>

#include "authd_news.h"
#include "mem.h"
#include "userdb.h"
#include "watch.h"

struct authd_news {
	struct watch *watch;
	unsigned long snapshot; /* of the database; 0: not seen yet */
	bool has_looked;
	struct userdb_news known;
	time_t now; /* who is suspended until then is no longer */
};

struct authd_news *
authd_news_new(struct watch *watch)
{
	struct authd_news *news = xcalloc(1, sizeof *news);

	news->watch = watch;
	return news;
}

void
authd_news_free(struct authd_news *news)
{
	if (news == NULL)
		return;
	userdb_news_free(&news->known);
	free(news);
}

static bool
lasts(const struct suspended_user *user, time_t now)
{
	return user->suspension.until == 0 || now < user->suspension.until;
}

static void
tell_suspended(const struct authd_news *news, const struct suspended_user *user)
{
	const struct suspension *suspension = &user->suspension;
	struct json *json;

	if (!watch_wants(news->watch, WATCH_SUSPENDED))
		return;
	json = watch_begin(news->watch, WATCH_SUSPENDED);
	json_string(json, "user", user->name);
	json_string(json, "source", "admin");
	if (suspension->until != 0)
		json_integer(json, "until", suspension->until);
	else
		json_string(json, "until", NULL);
	json_string(json, "reason",
	    suspension->reason != NULL ? suspension->reason : "");
	watch_end(news->watch);
}

static void
tell_resumed(const struct authd_news *news, const char *user)
{
	struct json *json;

	if (!watch_wants(news->watch, WATCH_RESUMED))
		return;
	json = watch_begin(news->watch, WATCH_RESUMED);
	json_string(json, "user", user);
	json_string(json, "source", "admin");
	watch_end(news->watch);
}

/* user: NULL: some, nobody knows which. */
static void
tell_changed(const struct authd_news *news, const char *user)
{
	if (!watch_wants(news->watch, WATCH_CHANGED))
		return;
	json_string(watch_begin(news->watch, WATCH_CHANGED), "user", user);
	watch_end(news->watch);
}

static void
tell_changes(const struct authd_news *news, const struct userdb_news *latest)
{
	unsigned long long before = news->known.changes;
	unsigned long long now = latest->changes;

	if (now == before)
		return;
	if (now < before || now - before > latest->known)
		tell_changed(news, NULL);
	else
		for (; before < now; before++)
			tell_changed(news,
			    latest->changed[before % USERDB_CHANGES_MAX]);
}

static bool
is_same(const struct suspension *a, const struct suspension *b)
{
	const char *left = a->reason != NULL ? a->reason : "";
	const char *right = b->reason != NULL ? b->reason : "";

	return a->until == b->until && strcmp(left, right) == 0;
}

/* Both lists are by name: walk them together. */
static void
compare(const struct authd_news *news, const struct userdb_news *latest,
    time_t now)
{
	const struct suspended_user *old = news->known.suspended;
	const struct suspended_user *old_end = old + news->known.nsuspended;
	const struct suspended_user *new = latest->suspended;
	const struct suspended_user *new_end = new + latest->nsuspended;

	while (old < old_end || new < new_end) {
		int order = old == old_end ? 1
		    : new == new_end       ? -1
					   : strcmp(old->name, new->name);
		bool was = order <= 0 && lasts(old, news->now);
		bool is = order >= 0 && lasts(new, now);

		if (is &&
		    (!was || !is_same(&old->suspension, &new->suspension)))
			tell_suspended(news, new);
		else if (was && !is)
			tell_resumed(news, order <= 0 ? old->name : new->name);
		old += order <= 0;
		new += order >= 0;
	}
}

/* Those whose time has come. */
static void
end_by_time(struct authd_news *news, time_t now)
{
	for (size_t i = 0; i < news->known.nsuspended; i++) {
		const struct suspended_user *user = &news->known.suspended[i];

		if (lasts(user, news->now) && !lasts(user, now))
			tell_resumed(news, user->name);
	}
	news->now = now;
}

void
authd_news_look(struct authd_news *news, struct userdb *userdb, time_t now)
{
	bool is_first = !news->has_looked;
	struct userdb_news latest;

	news->has_looked = true;
	if (!userdb_news(userdb, &news->snapshot, &latest)) {
		end_by_time(news, now);
		return;
	}
	if (!is_first)
		tell_changes(news, &latest);
	compare(news, &latest, now);
	userdb_news_free(&news->known);
	news->known = latest;
	news->now = now;
}

void
authd_news_change_database(struct authd_news *news)
{
	news->snapshot = 0;
}

void
authd_news_tell(const struct authd_news *news)
{
	for (size_t i = 0; i < news->known.nsuspended; i++)
		if (lasts(&news->known.suspended[i], news->now))
			tell_suspended(news, &news->known.suspended[i]);
}
