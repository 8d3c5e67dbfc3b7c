/*
 * What authd answers on its control socket.
 */
#include <stdlib.h>
#include <string.h>

#include "authd_control.h"
#include "authd_metrics.h"
#include "clock.h"
#include "control.h"
#include "control_words.h"
#include "figures.h"
#include "guard_list.h"
#include "log.h"
#include "mem.h"
#include "watch.h"

/* Give the text away as the answer. */
static void
finish(struct control_request *request, struct strbuf *text)
{
	control_answer(request, strbuf_str(text));
	strbuf_free(text);
}

static void
print_mechanisms(const struct authd_config *config, const struct identity *id,
    struct strbuf *out)
{
	const struct secrets *secrets = identity_secrets(id);

	for (size_t i = 0; i < config->noffered; i++) {
		enum mechanism mechanism = config->offered[i];
		const char *answer = "no secret: set the password again";

		if (id->state != IDENTITY_USABLE)
			answer = "no";
		else if (mechanism_secret(mechanism, secrets) != NULL)
			answer = "yes";
		strbuf_addf(out, "%s: %s\n", mechanism_name(mechanism), answer);
	}
}

static void
print_other_realms(const struct login_service *service,
    const struct identity *id, struct strbuf *out)
{
	char *realms[CENSUS_REALMS];
	size_t nrealms = census_realms(service->census, realms);
	struct strbuf names = { 0 };

	realm_hint_add_names(&names, service->rules, realms, nrealms,
	    strbuf_str(&id->user));
	if (names.len > 0)
		strbuf_addf(out, "in another realm:%s\n", strbuf_str(&names));
	strbuf_free(&names);
	for (size_t i = 0; i < nrealms; i++)
		free(realms[i]);
}

static void
print_user(const struct login_service *service, const struct identity *id,
    struct strbuf *out)
{
	const struct authd_config *config = &service->rules->config;
	const char *obstacle = identity_obstacle(id);
	long base = config->auth_failure_delay * 1000, delay;

	strbuf_adds(out, "user: ");
	log_escape(out, strbuf_str(&id->user), id->user.len);
	strbuf_addf(out, "\nlogin: %s\n",
	    obstacle == NULL ? "possible" : obstacle);
	print_mechanisms(config, id, out);
	if (id->state == IDENTITY_UNKNOWN)
		print_other_realms(service, id, out);
	delay = penalty_of_stranger(service->penalty, strbuf_str(&id->user),
	    base, clock_ms());
	if (delay > base)
		strbuf_addf(out,
		    "under attack: refusals wait %ld ms where he never "
		    "logged in\n",
		    delay);
}

/* Why a login would fail.  Changes nothing: no counter, no delay. */
static void
on_check(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;
	static const struct ip nowhere = { 0 };
	struct identity id = { .is_sending = true };
	struct strbuf out = { 0 };
	char *copy = xstrdup(args), *rest = copy;
	const char *name = control_word_next(&rest);

	if (name == NULL) {
		control_answer_error(request, "check: name missing");
		goto done;
	}
	userdb_look_once(view->service->rules->userdb);
	identity_find(&id, view->service->rules, name, strlen(name), &nowhere,
	    clock_now());
	print_user(view->service, &id, &out);
	finish(request, &out);
done:
	identity_free(&id);
	free(copy);
}

static void
on_throttled(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;
	const struct login_service *service = view->service;
	struct strbuf out = { 0 };

	(void)args;
	penalty_print(service->penalty,
	    service->rules->config.auth_failure_delay * 1000, clock_ms(), &out);
	finish(request, &out);
}

static void
on_users(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;
	struct strbuf out = { 0 }, err = { 0 };
	long count = userdb_count(view->service->rules->userdb, &err);

	(void)args;
	if (count == -1) {
		control_answer_error(request, "%s", strbuf_str(&err));
	} else {
		strbuf_addf(&out, "%ld\n", count);
		finish(request, &out);
	}
	strbuf_free(&err);
}

static void
on_census(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;
	struct strbuf out = { 0 };

	(void)args;
	census_print(view->service->census, &out);
	finish(request, &out);
}

static void
add_logins(struct figures *figures, const struct stats *stats)
{
	figures_group(figures, "logins");
	for (int m = 0; m < MECHANISMS; m++) {
		const unsigned long *counts = stats->logins[m];

		figures_group(figures, mechanism_name((enum mechanism)m));
		for (int r = 0; r < LOGIN_RESULTS; r++)
			figures_add(figures,
			    login_result_name((enum login_result)r), counts[r]);
		figures_end_group(figures);
	}
	figures_add(figures, "without a hash", stats->cached);
	figures_add(figures, "given up", stats->dropped);
	figures_add(figures, "going on", stats->open_conversations);
	figures_end_group(figures);
}

static void
on_stats(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;
	const struct stats *stats = view->service->stats;
	struct workers_stats work;
	struct strbuf out = { 0 };
	struct figures figures;

	workers_stats(view->service->workers, &work);
	figures_begin(&figures, *args != '\0', &out);
	figures_add(&figures, "uptime", clock_now() - view->process->started);
	add_logins(&figures, stats);
	figures_add(&figures, "connections", stats->open_connections);
	figures_add(&figures, "connections accepted", stats->connections);
	figures_add(&figures, "hashing threads", work.threads);
	figures_add(&figures, "passwords hashed", work.hashed);
	figures_add(&figures, "milliseconds of hashing",
	    (long long)(work.hash_seconds * 1000));
	figures_add(&figures, "passwords waiting", work.waiting);
	figures_add(&figures, "passwords turned away", work.turned_away);
	figures_add(&figures, "log lines lost", (long long)log_lost());
	figures_end(&figures);
	finish(request, &out);
}

static void
on_metrics(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;
	struct strbuf out = { 0 };

	(void)args;
	authd_metrics_print(view->service, view->process, view->policyd, &out);
	finish(request, &out);
}

static void
on_config(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;
	struct strbuf out = { 0 };

	(void)args;
	conf_print(view->service->rules->config.conf, &out);
	finish(request, &out);
}

static void
on_reload(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;
	struct strbuf err = { 0 };

	(void)args;
	if (view->reload(view->arg, &err) == 0)
		control_answer(request, "reloaded\n");
	else
		control_answer_error(request, "%s", strbuf_str(&err));
	strbuf_free(&err);
}

static void
on_sessions(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;
	struct strbuf out = { 0 };

	(void)args;
	auth_clients_print(view->clients, &out);
	finish(request, &out);
}

static void
on_look(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;
	struct strbuf err = { 0 };

	(void)args;
	if (view->look(view->arg, &err) == 0)
		control_answer(request, "");
	else
		control_answer_error(request, "%s", strbuf_str(&err));
	strbuf_free(&err);
}

/* Whom policyd's guard suspends no longer, as authctl says: policyd will say
 * so, too. */
static void
on_forgive(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;
	char *words = xstrdup(args), *rest = words;
	const char *user = control_word_next(&rest);

	if (user == NULL) {
		control_answer_error(request, "forgive: name missing");
	} else {
		guard_list_remove(view->service->rules->guarded, user);
		control_answer(request, "");
	}
	free(words);
}

static void
on_watch(void *ctx, struct control_request *request, const char *args)
{
	const struct authd_view *view = ctx;

	watch_run(view->service->watch, request, args);
}

static const struct control_command commands[] = {
	{ "check", "NAME", false, on_check, "Why a login would fail." },
	{ "throttled", "", false, on_throttled,
	    "Who waits longer after a refusal, and why." },
	{ "users", "", false, on_users, "How many users there are." },
	{ "census", "", false, on_census,
	    "How many users lack a secret for a mechanism." },
	{ "stats", "[-j]", false, on_stats, "What happened since the start." },
	{ "metrics", "", false, on_metrics, "The same for Prometheus." },
	{ "config", "", false, on_config, "The parameters in effect." },
	{ "reload", "", true, on_reload, "Read the configuration again." },
	{ "watch", WATCH_ARGS, false, on_watch, WATCH_DOC },
	{ "look", "", false, on_look, "Look at the user database now." },
	{ "forgive", "NAME", true, on_forgive,
	    "End what the guard of policyd began." },
	{ "sessions", "", false, on_sessions, "Connections and logins." },
};

struct control *
authd_control_new(struct listeners *listeners, struct authd_view *view)
{
	return control_new(view->service->base, listeners, commands,
	    sizeof commands / sizeof commands[0], view);
}
