/*
 * The link to authd.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policyd_authd.h"
#include "app_login.h"
#include "clock.h"
#include "events.h"
#include "log.h"
#include "mem.h"
#include "policyd.h"
#include "suspensions.h"
#include "watch_link.h"

struct policyd_authd {
	struct policyd *policyd;
	struct watch_link *link;
	/* Whom it says to be suspended, until it has said all: then who is not
	 * among them is no longer. */
	char **told;
	size_t ntold, size;
	bool is_full; /* no room for another one, which was logged */
};

static void
forget_told(struct policyd_authd *authd)
{
	while (authd->ntold > 0)
		free(authd->told[--authd->ntold]);
}

static void
remember_told(struct policyd_authd *authd, const char *user)
{
	if (authd->ntold == authd->size) {
		authd->size = 2 * authd->size + 16;
		authd->told = xreallocarray(authd->told, authd->size,
		    sizeof *authd->told);
	}
	authd->told[authd->ntold++] = xstrdup(user);
}

/* The guard's word is our own, wherever it comes from. */
static bool
is_administrators(const struct json_line *line)
{
	const char *source = json_line_string(line, "source");

	return source != NULL &&
	    strcmp(source, suspension_source_name(SUSPENSION_ADMIN)) == 0;
}

static void
take_suspended(void *arg, const struct json_line *line)
{
	struct policyd_authd *authd = arg;
	const char *user = json_line_string(line, "user");
	const char *reason = json_line_string(line, "reason");
	long long until = 0;
	struct suspension suspension = { user, SUSPENSION_ADMIN, 0,
		reason != NULL ? reason : "" };

	if (user == NULL || !is_administrators(line))
		return;
	json_line_integer(line, "until", &until);
	suspension.until = (time_t)until;
	policyd_authd_suspended(authd, user);
	if (suspensions_begin(authd->policyd->suspensions, &suspension) ||
	    authd->is_full)
		return;
	log_warn("suspensions: no room for all that authd tells of: raise "
		 "state_limit");
	authd->is_full = true;
}

static void
take_resumed(void *arg, const struct json_line *line)
{
	struct policyd_authd *authd = arg;
	const char *user = json_line_string(line, "user");

	if (user != NULL && is_administrators(line))
		suspensions_end(authd->policyd->suspensions, user,
		    SUSPENSION_ADMIN);
}

static const char *
text_of(const struct json_line *line, const char *name)
{
	const char *text = json_line_string(line, name);

	return text != NULL ? text : "";
}

/* By which password, and what may be sent with it. */
static void
take_login(void *arg, const struct json_line *line)
{
	const struct policyd_authd *authd = arg;
	struct app_login login = { text_of(line, "label"), clock_now(),
		{ NULL } };
	const char *user = text_of(line, "user");
	struct ip ip;

	if (strcmp(text_of(line, "result"), "ok") != 0 || *user == '\0' ||
	    !ip_parse(&ip, text_of(line, "ip")))
		return;
	for (int rule = 0; rule < APP_RULES; rule++)
		login.rules[rule] =
		    text_of(line, app_rule_name((enum app_rule)rule));
	app_login_add(authd->policyd->state, user, &ip, &login);
	events_add_login(authd->policyd->state,
	    &(struct login_event){ user, text_of(line, "ip"),
		text_of(line, "mech"), login.label },
	    login.when);
}

static const struct watch_link_handler handlers[] = {
	{ "suspended", take_suspended },
	{ "resumed", take_resumed },
	{ "login", take_login },
};

static void
on_begin(void *arg)
{
	forget_told(arg);
}

static int
compare(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

struct forgotten {
	const struct policyd_authd *authd;
	char **users;
	size_t n;
};

static void
on_each(void *arg, const struct suspension *suspension)
{
	struct forgotten *forgotten = arg;
	const struct policyd_authd *authd = forgotten->authd;

	if (suspension->source != SUSPENSION_ADMIN ||
	    bsearch(&suspension->user, authd->told, authd->ntold,
		sizeof *authd->told, compare) != NULL)
		return;
	forgotten->users = xreallocarray(forgotten->users, forgotten->n + 1,
	    sizeof *forgotten->users);
	forgotten->users[forgotten->n++] = xstrdup(suspension->user);
}

/* It has said all: who was suspended before, and is not now, may send. */
static void
on_present(void *arg)
{
	struct policyd_authd *authd = arg;
	struct suspensions *suspensions = authd->policyd->suspensions;
	struct forgotten forgotten = { .authd = authd };

	remember_told(authd, "");
	qsort(authd->told, authd->ntold, sizeof *authd->told, compare);
	suspensions_each(suspensions, on_each, &forgotten);
	for (size_t i = 0; i < forgotten.n; i++) {
		suspensions_end(suspensions, forgotten.users[i],
		    SUSPENSION_ADMIN);
		free(forgotten.users[i]);
	}
	free(forgotten.users);
	forget_told(authd);
}

int
policyd_authd_check(const char *authd_control, struct strbuf *err)
{
	struct socket_address address;

	if (authd_control[0] == '\0')
		return 0;
	return watch_link_parse(&address, authd_control, err);
}

struct policyd_authd *
policyd_authd_new(struct policyd *policyd)
{
	struct policyd_authd *authd = xcalloc(1, sizeof *authd);
	const struct watch_link_options options = {
		.peer = "authd",
		.address = policies_params(policyd->policies)->authd_control,
		.handlers = handlers,
		.nhandlers = sizeof handlers / sizeof handlers[0],
		.begins = on_begin,
		.present = on_present,
		.arg = authd,
		.catches_up = true,
	};
	struct strbuf err = { 0 };

	authd->policyd = policyd;
	authd->link = watch_link_new(policyd->base, &options, &err);
	strbuf_free(&err); /* policyd_authd_check has told */
	return authd;
}

void
policyd_authd_free(struct policyd_authd *authd)
{
	if (authd == NULL)
		return;
	watch_link_free(authd->link);
	forget_told(authd);
	free(authd->told);
	free(authd);
}

void
policyd_authd_catch_up(struct policyd_authd *authd)
{
	if (authd != NULL)
		watch_link_catch_up(authd->link);
}

void
policyd_authd_suspended(struct policyd_authd *authd, const char *user)
{
	if (authd != NULL && !watch_link_is_up(authd->link))
		remember_told(authd, user);
}

void
policyd_authd_metrics(const struct policyd_authd *authd,
    struct metrics *metrics)
{
	watch_link_metrics(authd->link, metrics);
}
