/*
 * Who a client says it is.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "guard_list.h"
#include "user_name.h"

/*
 * NAME/LABEL: the user is NAME, the password that of LABEL (in any case: names
 * are folded, too).  As long for nobody, and for who has no such label, who is
 * nobody then.
 */
static enum lookup
find_label(struct identity *id, enum lookup found, const char *user,
    const char *label)
{
	struct user_record *work =
	    found == LOOKUP_FOUND ? &id->record : &id->decoy;
	const struct app_password *app;

	if (user_record_decode_app(work, label, &app, &id->reason) == -1)
		return found == LOOKUP_FOUND ? LOOKUP_TEMPFAIL : found;
	if (found != LOOKUP_FOUND)
		return found;
	if (app == NULL) {
		id->decoy = id->record;
		id->record = (struct user_record){ 0 };
		return LOOKUP_NOT_FOUND;
	}
	id->app = app;
	strbuf_truncate(&id->user, 0);
	strbuf_adds(&id->user, user);
	strbuf_adds(&id->label, app->label);
	return LOOKUP_FOUND;
}

/* Whether the name reads as NAME/LABEL; user: the normal form of NAME. */
static bool
split_label(const struct login_rules *rules, const char *name, size_t len,
    struct strbuf *user, struct strbuf *label)
{
	struct strbuf typed = { 0 }, why = { 0 };
	bool is_labelled = user_name_split_label(name, len, &typed, label) &&
	    user_name_normalise(&rules->config.names, strbuf_str(&typed),
		typed.len, user, &why) == 0;

	strbuf_free(&typed);
	strbuf_free(&why);
	return is_labelled;
}

static void
add_spelling(struct strbuf *out, const char *user, const char *label)
{
	strbuf_addf(out, "%s/", user);
	for (; *label != '\0'; label++)
		strbuf_addc(out, (char)tolower((unsigned char)*label));
}

static enum lookup
find_user(struct identity *id, const struct login_rules *rules,
    const char *name, size_t len)
{
	struct strbuf user = { 0 }, label = { 0 };
	bool is_labelled = split_label(rules, name, len, &user, &label);
	const char *names[] = { strbuf_str(&id->user),
		is_labelled ? strbuf_str(&user) : NULL };
	size_t which;
	enum lookup found = userdb_search(rules->userdb, names, &which,
	    &id->record, &id->decoy, &id->reason);

	if (is_labelled) {
		add_spelling(&id->spelling, strbuf_str(&user),
		    strbuf_str(&label));
		if (found != LOOKUP_TEMPFAIL && which != 0)
			found = find_label(id, found, strbuf_str(&user),
			    strbuf_str(&label));
	} else {
		strbuf_adds(&id->spelling, strbuf_str(&id->user));
	}
	strbuf_free(&user);
	strbuf_free(&label);
	return found;
}

static void
conclude(struct identity *id, enum lookup found, const struct ip *client,
    time_t now)
{
	switch (found) {
	case LOOKUP_FOUND:
		identity_judge(id, client, now);
		break;
	case LOOKUP_NOT_FOUND:
		id->state = IDENTITY_UNKNOWN;
		break;
	case LOOKUP_TEMPFAIL:
		id->state = IDENTITY_TEMPFAIL;
		break;
	}
}

void
identity_find(struct identity *id, const struct login_rules *rules,
    const char *name, size_t len, const struct ip *client, time_t now)
{
	if (user_name_normalise(&rules->config.names, name, len, &id->name,
		&id->reason) == -1) {
		strbuf_truncate(&id->name, 0);
		strbuf_add(&id->name, name, len);
		id->state = IDENTITY_INVALID;
		return;
	}
	id->guarded = rules->guarded;
	strbuf_add(&id->user, id->name.bytes, id->name.len);
	conclude(id, find_user(id, rules, name, len), client, now);
}

void
identity_free(struct identity *id)
{
	strbuf_free(&id->name);
	strbuf_free(&id->user);
	strbuf_free(&id->spelling);
	strbuf_free(&id->label);
	strbuf_free(&id->reason);
	identity_forget_record(id);
	*id = (struct identity){ 0 };
}

void
identity_forget_record(struct identity *id)
{
	id->app = NULL;
	user_record_free(&id->record);
	user_record_free(&id->decoy);
}

const struct user_record *
identity_work(struct identity *id)
{
	struct strbuf why = { 0 };
	bool is_decoy = id->state < IDENTITY_SUSPENDED;
	struct user_record *work = is_decoy ? &id->decoy : &id->record;

	if (user_record_decode_rest(work, &why) == -1 && !is_decoy) {
		id->state = IDENTITY_TEMPFAIL;
		strbuf_adds(&id->reason, strbuf_str(&why));
	}
	if (id->app != NULL)
		id->app = user_record_find_app(work, strbuf_str(&id->label));
	strbuf_free(&why);
	return work;
}

void
identity_judge(struct identity *id, const struct ip *client, time_t now)
{
	const struct app_password *app = id->app;

	if (user_record_is_suspended(&id->record, now, id->is_sending) ||
	    guard_list_has(id->guarded, strbuf_str(&id->user), now))
		id->state = IDENTITY_SUSPENDED;
	else if (id->record.expires != 0 && id->record.expires <= now)
		id->state = IDENTITY_EXPIRED;
	else if (app == NULL || app_password_is_usable(app, now, client))
		id->state = IDENTITY_USABLE;
	else if (app->expires != 0 && app->expires <= now)
		id->state = IDENTITY_EXPIRED;
	else
		id->state = IDENTITY_NETWORK;
}

static bool
same_secret(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool
identity_find_again(struct identity *id, struct userdb *userdb,
    enum mechanism mechanism, const struct ip *client, time_t now)
{
	struct user_record before = id->record;
	const char *proved = mechanism_secret(mechanism, identity_secrets(id));
	enum lookup found = userdb_find(userdb, strbuf_str(&id->user),
	    &id->record, &id->reason);
	bool is_same = false;

	if (id->app == NULL) {
		conclude(id, found, client, now);
	} else {
		id->app =
		    user_record_find_app(&id->record, strbuf_str(&id->label));
		conclude(id, found, client, now);
		if (found == LOOKUP_FOUND && id->app == NULL)
			id->state = IDENTITY_REVOKED;
	}
	if (id->state >= IDENTITY_SUSPENDED)
		is_same = same_secret(proved,
		    mechanism_secret(mechanism, identity_secrets(id)));
	user_record_free(&before);
	return is_same;
}

const struct secrets *
identity_secrets(const struct identity *id)
{
	if (id->app != NULL)
		return &id->app->secrets;
	return id->state < IDENTITY_SUSPENDED ? NULL : &id->record.secrets;
}

void
identity_use_app(struct identity *id, const struct app_password *app,
    const struct ip *client, time_t now)
{
	id->app = app;
	identity_judge(id, client, now);
	strbuf_truncate(&id->label, 0);
	strbuf_adds(&id->label, app->label);
}

const char *
identity_obstacle(const struct identity *id)
{
	switch (id->state) {
	case IDENTITY_NONE:
		return "no user name";
	case IDENTITY_INVALID:
	case IDENTITY_TEMPFAIL:
		return strbuf_str(&id->reason);
	case IDENTITY_UNKNOWN:
		return "unknown user";
	case IDENTITY_REVOKED:
		return "app password revoked";
	case IDENTITY_SUSPENDED:
		return "suspended";
	case IDENTITY_EXPIRED:
		return "expired";
	case IDENTITY_NETWORK:
		return "app password not allowed from this address";
	case IDENTITY_USABLE:
		return NULL;
	}
	abort();
}
