/*
 * Who a client says it is.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "identity.h"
#include "user_name.h"

static enum identity_state
judge(const struct identity *id, const struct ip *client, time_t now)
{
	if (id->record.status == USER_SUSPENDED)
		return IDENTITY_SUSPENDED;
	if (!user_record_is_usable(&id->record, now))
		return IDENTITY_EXPIRED;
	if (id->app == NULL || app_password_is_usable(id->app, now, client))
		return IDENTITY_USABLE;
	return id->app->expires != 0 && id->app->expires <= now
	    ? IDENTITY_EXPIRED
	    : IDENTITY_NETWORK;
}

/* As it is written, or else in another case: names are folded, too. */
static const struct app_password *
find_app(const struct user_record *record, const char *label)
{
	const struct app_password *app = user_record_find_app(record, label);

	for (size_t i = 0; app == NULL && i < record->napp_passwords; i++)
		if (strcasecmp(record->app_passwords[i].label, label) == 0)
			app = &record->app_passwords[i];
	return app;
}

/* NAME/LABEL: the user is NAME, the password that of LABEL. */
static enum lookup
find_labelled(struct identity *id, const struct login_rules *rules,
    const char *user, const char *label)
{
	enum lookup found =
	    userdb_find(rules->userdb, user, &id->record, &id->reason);

	if (found != LOOKUP_FOUND)
		return found;
	id->app = find_app(&id->record, label);
	if (id->app == NULL) {
		user_record_free(&id->record);
		return LOOKUP_NOT_FOUND;
	}
	strbuf_truncate(&id->user, 0);
	strbuf_adds(&id->user, user);
	strbuf_adds(&id->label, id->app->label);
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
	enum lookup found = userdb_find(rules->userdb, strbuf_str(&id->user),
	    &id->record, &id->reason);

	if (split_label(rules, name, len, &user, &label)) {
		add_spelling(&id->spelling, strbuf_str(&user),
		    strbuf_str(&label));
		if (found == LOOKUP_NOT_FOUND)
			found = find_labelled(id, rules, strbuf_str(&user),
			    strbuf_str(&label));
	} else {
		strbuf_adds(&id->spelling, strbuf_str(&id->user));
	}
	strbuf_free(&user);
	strbuf_free(&label);
	return found;
}

void
identity_find(struct identity *id, const struct login_rules *rules,
    const char *name, size_t len, const struct ip *client, time_t now)
{
	enum lookup found;

	if (user_name_normalise(&rules->config.names, name, len, &id->name,
		&id->reason) == -1) {
		strbuf_truncate(&id->name, 0);
		strbuf_add(&id->name, name, len);
		id->state = IDENTITY_INVALID;
		return;
	}
	strbuf_add(&id->user, id->name.bytes, id->name.len);
	found = find_user(id, rules, name, len);
	switch (found) {
	case LOOKUP_FOUND:
		id->state = judge(id, client, now);
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
identity_free(struct identity *id)
{
	strbuf_free(&id->name);
	strbuf_free(&id->user);
	strbuf_free(&id->spelling);
	strbuf_free(&id->label);
	strbuf_free(&id->reason);
	user_record_free(&id->record);
	*id = (struct identity){ 0 };
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
	id->state = judge(id, client, now);
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
