/*
 * What becomes of a user who comes again in a file.
 */
#include <string.h>

#include <stdlib.h>

#include "replacement.h"
#include "command_line.h"
#include "credential.h"
#include "date.h"

/* Whether a limit in time is gone or later. */
static bool
is_later(time_t now, time_t before)
{
	return before != 0 && (now == 0 || now > before);
}

void
replacement_complete(struct user_record *now, struct user_record *before)
{
	now->created = before->created;
	if (before->status == USER_SUSPENDED) {
		free(now->suspension.reason);
		now->status = USER_SUSPENDED;
		now->suspension = before->suspension;
		before->suspension = (struct suspension){ 0 };
	}
	if (is_later(now->expires, before->expires))
		now->expires = before->expires;
	now->app_passwords = before->app_passwords;
	now->napp_passwords = before->napp_passwords;
	now->unknown = before->unknown;
	before->app_passwords = NULL;
	before->napp_passwords = 0;
	before->unknown = (struct strbuf){ 0 };
}

static void
tell_limits(struct strbuf *out, const char *name,
    const struct user_record *before, const struct user_record *now,
    bool has_everything)
{
	if (before->status == USER_SUSPENDED && now->status == USER_ACTIVE) {
		if (has_everything)
			strbuf_addf(out, "%s: was suspended, is active now\n",
			    name);
		else
			strbuf_addf(out,
			    "%s: stays suspended (%sauthctl user resume)\n",
			    name, command_line_prefix());
	}
	if (is_later(now->expires, before->expires)) {
		strbuf_addf(out, "%s: %s ", name,
		    has_everything ? "no longer expires" : "still expires");
		date_add(out, before->expires);
		strbuf_addc(out, '\n');
	}
}

static void
tell_mechanisms(struct strbuf *out, const char *name,
    const struct secrets *before, const struct secrets *now)
{
	for (int m = 0; m < MECHANISMS; m++) {
		enum mechanism mechanism = (enum mechanism)m;

		if (mechanism_secret(mechanism, before) != NULL &&
		    mechanism_secret(mechanism, now) == NULL)
			strbuf_addf(out, "%s: has no secret for %s any more\n",
			    name, mechanism_name(mechanism));
	}
}

/* Whether the new one has every rule of the old one. */
static bool
keeps_rules(const struct app_password *old, const struct app_password *new)
{
	for (int rule = 0; rule < APP_RULES; rule++)
		if (old->rules[rule] != NULL &&
		    (new->rules[rule] == NULL ||
			strcmp(old->rules[rule], new->rules[rule]) != 0))
			return false;
	return true;
}

static bool
same_networks(const struct app_password *a, const struct app_password *b)
{
	if (a->nnetworks != b->nnetworks)
		return false;
	for (size_t i = 0; i < a->nnetworks; i++)
		if (a->networks[i].prefix != b->networks[i].prefix ||
		    !ip_equal(&a->networks[i].ip, &b->networks[i].ip))
			return false;
	return true;
}

static void
tell_app_passwords(struct strbuf *out, const char *name,
    const struct user_record *before, const struct user_record *now)
{
	for (size_t i = 0; i < before->napp_passwords; i++) {
		const struct app_password *old = &before->app_passwords[i];
		const struct app_password *new =
		    user_record_find_app(now, old->label);

		if (new == NULL)
			strbuf_addf(out, "%s: loses the app password %s\n",
			    name, old->label);
		else if (is_later(new->expires, old->expires) ||
		    (old->nnetworks > 0 && !same_networks(old, new)) ||
		    !keeps_rules(old, new))
			strbuf_addf(out,
			    "%s: the app password %s has other limits\n", name,
			    old->label);
	}
}

void
replacement_tell(struct strbuf *out, const char *name,
    const struct user_record *before, const struct user_record *now,
    bool has_everything)
{
	tell_limits(out, name, before, now, has_everything);
	tell_mechanisms(out, name, &before->secrets, &now->secrets);
	if (!has_everything)
		return;
	tell_app_passwords(out, name, before, now);
	if (before->unknown.len > 0 &&
	    strcmp(strbuf_str(&before->unknown), strbuf_str(&now->unknown)) !=
		0)
		strbuf_addf(out,
		    "%s: loses what a later version wrote of him\n", name);
}
