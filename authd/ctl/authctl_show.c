/*
 * authctl user show, user list, app-password list: what the database knows,
 * without any secret.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "authctl.h"
#include "date.h"
#include "guard_list.h"
#include "json.h"
#include "mem.h"
#include "nearest.h"
#include "printable.h"
#include "scram.h"
#include "shown_login.h"
#include "userdb.h"

/* Why a mechanism does not work with these secrets; NULL: it does. */
static const char *
obstacle(const struct authd_config *config, enum mechanism mechanism,
    const struct secrets *secrets)
{
	const char *secret = mechanism_secret(mechanism, secrets);
	struct scram_secret scram;
	bool readable = true;

	if (!authd_config_offers(config, mechanism))
		return "not offered (mechanisms in authd.cf)";
	if (secret == NULL)
		return "no secret for it: set the password again";
	switch (mechanism) {
	case MECHANISM_PLAIN:
	case MECHANISM_LOGIN:
		return credential_problem(secret);
	case MECHANISM_SCRAM_SHA_256:
	case MECHANISM_SCRAM_SHA_1:
	case MECHANISM_SCRAM_SHA_512:
		readable = scram_parse(&scram, secret);
		explicit_bzero(&scram, sizeof scram);
		break;
	case MECHANISM_CRAM_MD5:
	case MECHANISMS:
		break;
	}
	return readable ? NULL : "its secret cannot be read";
}

/* The kind of the hash for PLAIN and LOGIN, or NULL. */
static const char *
kind_of(const struct secrets *secrets)
{
	if (secrets->password == NULL)
		return NULL;
	return credential_problem(secrets->password) == NULL
	    ? credential_kind(secrets->password)
	    : "unknown";
}

/* A user whose record is shown. */
struct shown_user {
	struct authctl *ctl;
	const char *name;
	const struct user_record *record;
	const struct shown_logins *logins;
	struct guard_list *guarded;
};

/* Whom the guard suspends, with policyd or without it. */
static struct guard_list *
open_guarded(const struct authctl *ctl)
{
	char *path = authd_config_beside_logins(&ctl->config, "guarded");
	struct guard_list *list = guard_list_new(path, NULL);

	free(path);
	return list;
}

/* A suspension, and who began it. */
struct shown_suspension {
	const char *source; /* NULL: nobody */
	struct suspension what;
};

/* That of the administrator goes before that of the guard. */
static struct shown_suspension
suspension_of(const struct shown_user *user)
{
	const struct user_record *record = user->record;
	time_t now = user->ctl->now;
	struct shown_suspension shown = { 0 };

	if (user_record_is_suspended(record, now, true))
		return (struct shown_suspension){ "admin", record->suspension };
	if (guard_list_find(user->guarded, user->name, now, &shown.what))
		shown.source = "guard";
	return shown;
}

static const char *
status_of(const struct shown_user *user)
{
	if (suspension_of(user).source != NULL)
		return "suspended";
	return user_record_is_usable(user->record, user->ctl->now) ? "active"
								   : "expired";
}

/* NULL: there was none. */
static const struct last_login *
last_of(const struct shown_user *user, enum last_login_kind kind,
    struct last_login *login)
{
	const struct last_login_key key = { kind, user->name, NULL };

	return shown_logins_find(user->logins, &key, user->record->created,
		   login)
	    ? login
	    : NULL;
}

static const struct last_login *
last_use_of(const struct shown_user *user, const struct app_password *app,
    struct last_login *login)
{
	const struct last_login_key key = { LAST_USE, user->name, app->label };

	return shown_logins_find(user->logins, &key, app->created, login)
	    ? login
	    : NULL;
}

static void
json_last(struct json *json, const struct shown_user *user)
{
	struct last_login login;

	shown_login_json(json, "last_login", last_of(user, LAST_LOGIN, &login));
	shown_login_json(json, "last_failure",
	    last_of(user, LAST_FAILURE, &login));
}

static void
add_date_line(struct strbuf *out, const char *name, time_t date)
{
	strbuf_addf(out, "%-9s ", name);
	date_add(out, date);
	strbuf_addc(out, '\n');
}

static void
json_date(struct json *json, const char *key, time_t date)
{
	struct strbuf text = { 0 };

	date_add(&text, date);
	json_string(json, key, date != 0 ? text.bytes : NULL);
	strbuf_free(&text);
}

static void
add_networks(struct strbuf *out, const struct app_password *app)
{
	for (size_t i = 0; i < app->nnetworks; i++) {
		if (i > 0)
			strbuf_addc(out, ',');
		cidr_print(&app->networks[i], out);
	}
}

static void
add_app_line(const struct shown_user *user, const struct app_password *app)
{
	struct strbuf *out = &user->ctl->out;
	time_t now = user->ctl->now;
	struct last_login login;

	strbuf_addf(out, "%s created=", app->label);
	date_add(out, app->created);
	strbuf_adds(out, " expires=");
	date_add(out, app->expires);
	if (app->expires != 0 && now >= app->expires)
		strbuf_adds(out, " (expired)");
	strbuf_adds(out, " networks=");
	if (app->nnetworks == 0)
		strbuf_adds(out, "any");
	add_networks(out, app);
	for (int rule = 0; rule < APP_RULES; rule++)
		if (app->rules[rule] != NULL)
			strbuf_addf(out, " %s=%s",
			    app_rule_name((enum app_rule)rule),
			    app->rules[rule]);
	strbuf_adds(out, " mechanisms=");
	for (int m = 0, n = 0; m < MECHANISMS; m++)
		if (mechanism_secret((enum mechanism)m, &app->secrets) != NULL)
			strbuf_addf(out, "%s%s", n++ > 0 ? "," : "",
			    mechanism_name((enum mechanism)m));
	strbuf_adds(out, " last-use=");
	shown_login_add(out, last_use_of(user, app, &login));
	strbuf_addc(out, '\n');
}

static void
json_networks(struct json *json, const struct app_password *app)
{
	struct strbuf network = { 0 };

	json_array(json, "networks");
	for (size_t i = 0; i < app->nnetworks; i++) {
		strbuf_truncate(&network, 0);
		cidr_print(&app->networks[i], &network);
		json_string(json, NULL, network.bytes);
	}
	json_end(json);
	strbuf_free(&network);
}

/* Where there is no such rule: a list without anything, or null. */
static void
json_rule(struct json *json, enum app_rule rule, const char *value)
{
	char *copy, *rest, *word;

	if (!app_rule_is_list(rule)) {
		json_string(json, app_rule_name(rule), value);
		return;
	}
	json_array(json, app_rule_name(rule));
	copy = rest = value != NULL ? xstrdup(value) : NULL;
	while ((word = strsep(&rest, ",")) != NULL)
		json_string(json, NULL, word);
	json_end(json);
	free(copy);
}

static void
json_app(struct json *json, const struct shown_user *user,
    const struct app_password *app)
{
	struct last_login login;

	json_object(json, NULL);
	json_string(json, "label", app->label);
	json_date(json, "created", app->created);
	json_date(json, "expires", app->expires);
	json_networks(json, app);
	for (int rule = 0; rule < APP_RULES; rule++)
		json_rule(json, (enum app_rule)rule, app->rules[rule]);
	json_array(json, "mechanisms");
	for (int m = 0; m < MECHANISMS; m++)
		if (mechanism_secret((enum mechanism)m, &app->secrets) != NULL)
			json_string(json, NULL,
			    mechanism_name((enum mechanism)m));
	json_end(json);
	shown_login_json(json, "last_use", last_use_of(user, app, &login));
	json_end(json);
}

static void
json_apps(struct json *json, const char *key, const struct shown_user *user)
{
	const struct user_record *record = user->record;

	json_array(json, key);
	for (size_t i = 0; i < record->napp_passwords; i++)
		json_app(json, user, &record->app_passwords[i]);
	json_end(json);
}

/* Only of one that lasts. */
static void
json_suspension(struct json *json, const struct shown_user *user)
{
	const struct shown_suspension shown = suspension_of(user);

	if (shown.source == NULL)
		return;
	json_object(json, "suspension");
	json_date(json, "until", shown.what.until);
	json_bool(json, "only_sending", shown.what.only_sending);
	json_string(json, "reason", shown.what.reason);
	json_string(json, "source", shown.source);
	json_end(json);
}

static void
add_suspension(struct strbuf *out, const struct shown_user *user)
{
	const struct shown_suspension shown = suspension_of(user);
	const char *reason = shown.what.reason;

	if (shown.source == NULL)
		return;
	strbuf_addf(out, "by        %s\n", shown.source);
	if (shown.what.until != 0)
		add_date_line(out, "until", shown.what.until);
	if (shown.what.only_sending)
		strbuf_adds(out, "of        sending\n");
	if (reason == NULL)
		return;
	strbuf_adds(out, "reason    ");
	printable_add(out, reason, strlen(reason));
	strbuf_addc(out, '\n');
}

static void
show_json(const struct shown_user *user)
{
	struct authctl *ctl = user->ctl;
	const struct user_record *record = user->record;
	struct json json = { .out = &ctl->out };

	json_object(&json, NULL);
	json_string(&json, "user", user->name);
	json_string(&json, "status", status_of(user));
	json_suspension(&json, user);
	json_date(&json, "created", record->created);
	json_date(&json, "changed", record->changed);
	json_date(&json, "expires", record->expires);
	json_last(&json, user);
	json_string(&json, "password", kind_of(&record->secrets));
	json_object(&json, "mechanisms");
	for (int m = 0; m < MECHANISMS; m++) {
		const char *why =
		    obstacle(&ctl->config, (enum mechanism)m, &record->secrets);

		json_object(&json, mechanism_name((enum mechanism)m));
		json_bool(&json, "usable", why == NULL);
		if (why != NULL)
			json_string(&json, "reason", why);
		json_end(&json);
	}
	json_end(&json);
	json_apps(&json, "app_passwords", user);
	json_end(&json);
	strbuf_addc(&ctl->out, '\n');
}

static void
show_text(const struct shown_user *user)
{
	struct authctl *ctl = user->ctl;
	const struct user_record *record = user->record;
	struct strbuf *out = &ctl->out;
	const char *kind = kind_of(&record->secrets);
	struct last_login login;

	strbuf_adds(out, "user      ");
	printable_add(out, user->name, strlen(user->name));
	strbuf_addc(out, '\n');
	strbuf_addf(out, "status    %s\n", status_of(user));
	add_suspension(out, user);
	add_date_line(out, "created", record->created);
	add_date_line(out, "changed", record->changed);
	add_date_line(out, "expires", record->expires);
	strbuf_adds(out, "last login    ");
	shown_login_add(out, last_of(user, LAST_LOGIN, &login));
	strbuf_adds(out, "\nlast failure  ");
	shown_login_add(out, last_of(user, LAST_FAILURE, &login));
	strbuf_addc(out, '\n');
	strbuf_addf(out, "password  %s\n", kind != NULL ? kind : "none");
	strbuf_adds(out, "mechanisms\n");
	for (int m = 0; m < MECHANISMS; m++) {
		const char *why =
		    obstacle(&ctl->config, (enum mechanism)m, &record->secrets);

		strbuf_addf(out, "  %-14s %s%s\n",
		    mechanism_name((enum mechanism)m),
		    why == NULL ? "yes" : "no: ", why == NULL ? "" : why);
	}
	if (record->napp_passwords > 0)
		strbuf_adds(out, "app passwords\n");
	for (size_t i = 0; i < record->napp_passwords; i++) {
		strbuf_adds(out, "  ");
		add_app_line(user, &record->app_passwords[i]);
	}
}

static void
list_apps_json(const struct shown_user *user)
{
	struct json json = { .out = &user->ctl->out };

	json_apps(&json, NULL, user);
	strbuf_addc(&user->ctl->out, '\n');
}

static void
list_apps_text(const struct shown_user *user)
{
	for (size_t i = 0; i < user->record->napp_passwords; i++)
		add_app_line(user, &user->record->app_passwords[i]);
}

/* Find the user that a command names, and show what it wants. */
static int
show(struct authctl *ctl, const struct arguments *args,
    void (*fn)(const struct shown_user *))
{
	struct strbuf name = { 0 };
	struct user_record record;
	struct shown_logins logins;
	struct guard_list *guarded;
	int code = authctl_find(ctl, args->words[0], &name, &record);

	if (code == EX_OK) {
		shown_logins_open(&logins, ctl);
		guarded = open_guarded(ctl);
		fn(&(struct shown_user){ ctl, strbuf_str(&name), &record,
		    &logins, guarded });
		guard_list_free(guarded);
		shown_logins_close(&logins);
	}
	user_record_free(&record);
	strbuf_free(&name);
	return code;
}

int
authctl_show(struct authctl *ctl, const struct arguments *args)
{
	return show(ctl, args,
	    args->given & OPTION_JSON ? show_json : show_text);
}

int
authctl_app_list(struct authctl *ctl, const struct arguments *args)
{
	return show(ctl, args,
	    args->given & OPTION_JSON ? list_apps_json : list_apps_text);
}

/* A list of users, one line of text each, to be sorted. */
struct list {
	struct authctl *ctl;
	bool json;
	enum mechanism without; /* MECHANISMS: all users */
	char **lines;
	size_t nlines, size;
	size_t nunreadable;
	struct shown_logins logins; /* for JSON */
	struct guard_list *guarded; /* the same */
};

static void
json_line(struct list *list, const char *name, const struct user_record *record,
    struct strbuf *line)
{
	const struct shown_user user = { list->ctl, name, record, &list->logins,
		list->guarded };
	struct json json = { .out = line };

	json_object(&json, NULL);
	json_string(&json, "user", name);
	json_string(&json, "status", status_of(&user));
	json_date(&json, "changed", record->changed);
	json_date(&json, "expires", record->expires);
	json_last(&json, &user);
	json_array(&json, "mechanisms");
	for (int m = 0; m < MECHANISMS; m++)
		if (obstacle(&list->ctl->config, (enum mechanism)m,
			&record->secrets) == NULL)
			json_string(&json, NULL,
			    mechanism_name((enum mechanism)m));
	json_end(&json);
	json_integer(&json, "app_passwords", (long long)record->napp_passwords);
	json_end(&json);
}

static bool
list_user(void *arg, const char *name, const struct user_record *record)
{
	struct list *list = arg;
	struct strbuf line = { 0 };

	if (record == NULL) {
		authctl_error(list->ctl, "%s: its record cannot be read", name);
		list->nunreadable++;
		return true;
	}
	if (list->without != MECHANISMS &&
	    mechanism_secret(list->without, &record->secrets) != NULL)
		return true;
	if (list->json)
		json_line(list, name, record, &line);
	else
		printable_add(&line, name, strlen(name));
	if (list->nlines == list->size) {
		list->size = list->size * 2 + 64;
		list->lines =
		    xreallocarray(list->lines, list->size, sizeof *list->lines);
	}
	list->lines[list->nlines++] = strbuf_detach(&line);
	return true;
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The mechanism that --without names, MECHANISMS without that option. */
static int
parse_without(struct authctl *ctl, const char *text, enum mechanism *mechanism)
{
	struct nearest nearest;

	*mechanism = MECHANISMS;
	if (text == NULL)
		return EX_OK;
	*mechanism = mechanism_parse(text, strlen(text));
	if (*mechanism != MECHANISMS)
		return EX_OK;
	nearest_init(&nearest, text);
	for (int m = 0; m < MECHANISMS; m++)
		nearest_offer(&nearest, mechanism_name((enum mechanism)m));
	authctl_error(ctl, "unknown mechanism \"%s\"%s", text,
	    nearest_hint(&nearest));
	return EX_USAGE;
}

int
authctl_list(struct authctl *ctl, const struct arguments *args)
{
	struct list list = { .ctl = ctl };
	struct strbuf why = { 0 }, *out = &ctl->out;
	int code = parse_without(ctl, args->without, &list.without);

	if (code != EX_OK)
		return code;
	list.json = (args->given & OPTION_JSON) != 0;
	if (list.json) {
		shown_logins_open(&list.logins, ctl);
		list.guarded = open_guarded(ctl);
	}
	if (userdb_each(ctl->config.database_path, list_user, &list, &why) ==
	    -1)
		code = authctl_no_database(ctl, &why);
	else if (list.nunreadable > 0)
		code = EX_NOINPUT;
	if (list.nlines > 0)
		qsort(list.lines, list.nlines, sizeof *list.lines,
		    compare_lines);
	if (list.json)
		strbuf_adds(out, "[\n");
	for (size_t i = 0; i < list.nlines; i++) {
		strbuf_addf(out, "%s%s\n", list.lines[i],
		    list.json && i + 1 < list.nlines ? "," : "");
		free(list.lines[i]);
	}
	if (list.json)
		strbuf_adds(out, "]\n");
	shown_logins_close(&list.logins);
	guard_list_free(list.guarded);
	free(list.lines);
	strbuf_free(&why);
	return code;
}
