/*
 * authd: SMTP AUTH for Postfix and others, by the Dovecot authentication
 * protocol, from hashed passwords.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth_client.h"
#include "authd_config.h"
#include "authd_control.h"
#include "authd_metrics.h"
#include "authd_news.h"
#include "authd_policyd.h"
#include "census.h"
#include "clock.h"
#include "command_line.h"
#include "control.h"
#include "conversation.h"
#include "daemon.h"
#include "guard_list.h"
#include "listener.h"
#include "log.h"
#include "mem.h"
#include "metrics_server.h"
#include "reach.h"
#include "rehash_spool.h"
#include "rights.h"
#include "saslauthd.h"
#include "startup.h"
#include "watch.h"
#include "wipe.h"

#define CACHE_ENTRIES 65536
#define STOP_SECONDS  8 /* for logins that wait for their answer */
#define LOOP_NICE     (-5)
#define HASH_NICE     5

static const struct listener_defaults saslauthd_defaults = {
	.owner = "root",
	.group = "sasl",
	.mode = 0660,
	.inet = LISTENER_LOOPBACK,
};

enum database_state {
	DATABASE_UNSEEN, /* since the start or the last reload */
	DATABASE_USED,
	DATABASE_MISSING,
};

struct authd {
	struct startup startup;
	struct event_base *base;
	struct login_service service;
	struct stats stats;
	struct success_cache *cache;
	struct guard_list *guarded;
	struct auth_clients *clients;
	struct saslauthd *saslauthd;
	struct listeners *listeners;
	struct listeners *saslauthd_listeners;
	struct listeners *control_listeners;
	struct listeners *metrics_listeners;
	struct control *control;
	struct authd_news *news;
	struct authd_policyd *policyd; /* the link to it */
	struct authd_view view;
	struct metrics_server *metrics_server;
	struct metrics_process process;
	struct event *each_second;
	enum database_state database;
	bool is_behind; /* the database in use is not the latest */
	struct event *stop_check;
	long stop_by; /* clock_ms; 0: not stopping */
};

/* A mechanism without its plugin would refuse every login. */
static void
check_plugins(const struct authd_config *config, struct strbuf *err)
{
	struct strbuf why = { 0 };

	for (size_t i = 0; i < config->noffered; i++) {
		if (mech_check(config->offered[i], &why) == -1)
			conf_error(err,
			    conf_text_origin(&config->mechanisms, 0),
			    "mechanisms: %s: %s",
			    mechanism_name(config->offered[i]),
			    strbuf_str(&why));
		strbuf_free(&why);
	}
}

static void
check_link(const struct authd_config *config, struct strbuf *err)
{
	struct strbuf why = { 0 };

	if (authd_policyd_check(config->policyd_control, &why) == -1)
		conf_complain(config->conf, "policyd_control", strbuf_str(&why),
		    err);
	strbuf_free(&why);
}

/* Read the configuration and check what can be checked without effect. */
static int
load_config(struct authd_config *config, const char *path, struct strbuf *err)
{
	int code = authd_config_load(config, path, err);
	size_t before = err->len;

	if (code == EX_NOINPUT)
		return code;
	listeners_check(&config->listen, &authd_client_defaults, err);
	listeners_check(&config->saslauthd_listen, &saslauthd_defaults, err);
	listeners_check(&config->control_socket, &control_defaults, err);
	listeners_check(&config->metrics_listen, &metrics_defaults, err);
	check_link(config, err);
	startup_check_user(config->conf, config->user, err);
	check_plugins(config, err);
	return err->len == before ? code : EX_CONFIG;
}

/* Nobody may look into our memory, nor find it in a core file. */
static void
forbid_dumps(void)
{
	static const struct rlimit none = { 0, 0 };

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
}

static void
open_listeners(struct authd *authd, const struct authd_config *config)
{
	struct strbuf err = { 0 };

	authd->listeners =
	    listeners_open(&config->listen, &authd_client_defaults, &err);
	authd->saslauthd_listeners = listeners_open(&config->saslauthd_listen,
	    &saslauthd_defaults, &err);
	authd->control_listeners =
	    listeners_open(&config->control_socket, &control_defaults, &err);
	authd->metrics_listeners =
	    listeners_open(&config->metrics_listen, &metrics_defaults, &err);
	if (err.len > 0)
		startup_fail(EX_OSERR, &err);
}

static void
on_client(int fd, void *arg)
{
	struct authd *authd = arg;

	auth_clients_accept(authd->clients, fd);
}

static void
on_saslauthd_client(int fd, void *arg)
{
	struct authd *authd = arg;

	saslauthd_accept(authd->saslauthd, fd);
}

/* What an administrator can do about a database that cannot be read. */
static void
add_remedy(struct strbuf *out, const char *path)
{
	if (access(path, R_OK) == 0)
		strbuf_addf(out,
		    "restore it, or move it away and begin a new one with "
		    "%sauthctl user add",
		    command_line_prefix());
	else if (errno == EACCES)
		strbuf_adds(out, "authd must be able to read it");
	else
		strbuf_addf(out, "%sauthctl user add makes one",
		    command_line_prefix());
}

static void
log_database(const char *path, const char *why, const char *consequence)
{
	struct strbuf remedy = { 0 };

	add_remedy(&remedy, path);
	log_error("database: %s; %s (%s)", why, consequence,
	    strbuf_str(&remedy));
	strbuf_free(&remedy);
}

/* Count the users of a database that was not in use so far. */
static void
count_users(struct authd *authd)
{
	census_free(authd->service.census);
	authd->service.census = authd->database == DATABASE_USED
	    ? census_new(&authd->service.rules->config)
	    : NULL;
}

/* Log when the database goes or comes back.  Returns whether it is to be
 * counted anew. */
static bool
watch_database(struct authd *authd)
{
	struct strbuf err = { 0 };
	const struct login_rules *rules = authd->service.rules;
	const char *path = rules->config.database_path;
	bool is_used = userdb_refresh(rules->userdb, &err) == 0;
	enum database_state state = is_used ? DATABASE_USED : DATABASE_MISSING;
	bool has_changed = state != authd->database;

	if (has_changed && !is_used)
		log_database(path, strbuf_str(&err),
		    "every login is a temporary failure until it is mended");
	if (is_used && authd->database == DATABASE_MISSING)
		log_info("database: %s is in use", path);
	if (is_used && err.len > 0 && !authd->is_behind)
		log_database(path, strbuf_str(&err),
		    "the users of before stay in use");
	authd->is_behind = is_used && err.len > 0;
	authd->database = state;
	strbuf_free(&err);
	return has_changed;
}

/* What is there now, and what is new in it. */
static void
look_at_database(struct authd *authd)
{
	if (watch_database(authd))
		count_users(authd);
	authd_news_look(authd->news, authd->service.rules->userdb, clock_now());
}

/* For who changed it. */
static int
look(void *arg, struct strbuf *err)
{
	struct authd *authd = arg;

	look_at_database(authd);
	if (authd->database == DATABASE_USED && !authd->is_behind)
		return 0;
	strbuf_adds(err, "the database cannot be read");
	return -1;
}

static void
on_second(evutil_socket_t fd, short what, void *arg)
{
	struct authd *authd = arg;

	(void)fd;
	(void)what;
	look_at_database(authd);
	guard_list_each_second(authd->guarded, clock_now());
}

/* While stopping, often: nobody is listening any more. */
static void
on_stop_check(evutil_socket_t fd, short what, void *arg)
{
	struct authd *authd = arg;

	(void)fd;
	(void)what;
	if (authd->stats.owed_answers == 0 || clock_ms() > authd->stop_by)
		event_base_loopbreak(authd->base);
}

static bool
offers_equal(const struct authd_config *a, const struct authd_config *b)
{
	return a->noffered == b->noffered &&
	    memcmp(a->offered, b->offered,
		a->noffered * sizeof a->offered[0]) == 0;
}

/* What a reload cannot change stays. */
static void
compare_configs(const struct authd_config *old, const struct authd_config *new)
{
	conf_keep(new->conf, old->conf);
	if (conf_is_set(old->conf, "default_realm") &&
	    !conf_is_set(new->conf, "default_realm") &&
	    *new->default_realm == '\0')
		log_warn("reload: default_realm is not set any more; Postfix "
			 "is asked for its mydomain at the start only");
}

/* Says how it ended, whoever asked for it. */
static int
reload(void *arg, struct strbuf *err)
{
	struct authd *authd = arg;
	struct authd_config config = { 0 };
	struct login_rules *old = authd->service.rules, *new;
	bool offers_change;

	if (load_config(&config, authd->startup.config_file, err) != EX_OK ||
	    (new = login_rules_new(&config, authd->cache, err)) == NULL) {
		authd_config_free(&config);
		metrics_process_reload(&authd->process, false, clock_now());
		log_lines(LOG_LEVEL_ERROR, strbuf_str(err));
		log_error("reload: the configuration is wrong, the old one "
			  "stays in use");
		return -1;
	}
	metrics_process_reload(&authd->process, true, clock_now());
	compare_configs(&old->config, &new->config);
	offers_change = !offers_equal(&old->config, &new->config);
	authd->service.rules = new;
	new->guarded = authd->guarded;
	log_set_level((enum log_level) new->config.log_level);
	success_cache_set_time(authd->cache,
	    new->config.auth_cache_time * 1000);
	if (offers_change)
		auth_clients_retire(authd->clients);
	login_rules_unref(old);
	authd->database = DATABASE_UNSEEN;
	authd_news_change_database(authd->news);
	look_at_database(authd);
	log_info("reload: done");
	return 0;
}

static void
on_reload_signal(void *arg)
{
	struct strbuf err = { 0 };

	daemon_reloading();
	reload(arg, &err);
	daemon_ready();
	strbuf_free(&err);
}

/* Those who wait for an answer get it; a second signal ends that. */
static void
on_stop_signal(void *arg)
{
	struct authd *authd = arg;
	struct timeval often = { .tv_usec = 20000 };

	daemon_stopping();
	if (authd->stats.owed_answers == 0 || authd->stop_by != 0) {
		event_base_loopbreak(authd->base);
		return;
	}
	authd->stop_by = clock_ms() + STOP_SECONDS * 1000;
	event_add(authd->stop_check, &often);
	listeners_free(authd->listeners);
	authd->listeners = NULL;
	listeners_free(authd->saslauthd_listeners);
	authd->saslauthd_listeners = NULL;
}

/* A database that is not there yet, or broken, may be mended while authd runs;
 * one that its user may not read is a mistake in the set-up. */
static void
check_database_rights(const char *path)
{
	struct strbuf err = { 0 };

	if (access(path, R_OK) == 0 || errno != EACCES)
		return;
	strbuf_addf(&err, "open %s: ", path);
	rights_explain(&err, path, R_OK, NULL, EACCES);
	startup_fail(EX_NOINPUT, &err);
}

static void
print_metrics(void *ctx, struct strbuf *out)
{
	const struct authd *authd = ctx;

	authd_metrics_print(&authd->service, &authd->process, authd->policyd,
	    out);
}

/* What is so already, for who begins to watch. */
static void
tell_present(void *arg)
{
	const struct authd *authd = arg;

	authd_news_tell(authd->news);
	guard_list_tell(authd->guarded);
}

/* Where what policyd's guard said is kept: beside the last logins. */
static struct guard_list *
open_guard_list(const struct authd_config *config, struct watch *watch)
{
	char *path = authd_config_beside_logins(config, "guarded");
	struct guard_list *list = guard_list_new(path, watch);

	free(path);
	return list;
}

static struct rehash_spool *
open_rehash_spool(const struct authd_config *config, struct workers *workers)
{
	char *path = authd_config_beside_logins(config, AUTHD_REHASH_NAME);
	struct rehash_spool *spool = rehash_spool_new(workers, path);

	free(path);
	return spool;
}

/* What conversations need; takes ownership of the configuration. */
static void
begin_service(struct authd *authd, struct authd_config *config, int own_nice)
{
	struct login_service *service = &authd->service;
	struct strbuf err = { 0 };
	long workers = config->workers;
	size_t queue_limit = (size_t)config->queue_limit;

	if (workers == 0)
		workers = sysconf(_SC_NPROCESSORS_ONLN);
	authd->cache =
	    success_cache_new(CACHE_ENTRIES, config->auth_cache_time * 1000);
	service->rules = login_rules_new(config, authd->cache, &err);
	if (service->rules == NULL)
		startup_fail(EX_CONFIG, &err);
	service->base = authd->base;
	service->stats = &authd->stats;
	authd->stats.failures.names[0] = "mechanism";
	authd->stats.failures.names[1] = "result";
	authd->stats.failures.names[2] = "reason";
	service->penalty = penalty_new();
	service->workers = workers_new(authd->base, (size_t)workers,
	    queue_limit, own_nice + HASH_NICE);
	service->refusals = due_list_new(authd->base);
	service->realm_hint = realm_hint_new(service->workers);
	service->last_logins = last_logins_new(authd->base,
	    service->rules->config.last_login_file);
	service->rehash =
	    open_rehash_spool(&service->rules->config, service->workers);
	service->watch = watch_new(authd->base, tell_present, authd);
	authd->news = authd_news_new(service->watch);
	authd->guarded =
	    open_guard_list(&service->rules->config, service->watch);
	service->rules->guarded = authd->guarded;
}

/* Who asks how it is, and who is asked. */
static void
begin_control(struct authd *authd)
{
	authd->policyd = authd_policyd_new(authd->base,
	    authd->service.rules->config.policyd_control, authd->guarded);
	authd->view = (struct authd_view){
		.service = &authd->service,
		.clients = authd->clients,
		.process = &authd->process,
		.policyd = authd->policyd,
		.reload = reload,
		.look = look,
		.arg = authd,
	};
	authd->control =
	    authd_control_new(authd->control_listeners, &authd->view);
	authd->metrics_server = metrics_server_new(authd->base,
	    authd->metrics_listeners, print_metrics, authd);
}

/* Everything that begins with the configured user's rights. */
static void
begin(struct authd *authd, struct authd_config *config, int own_nice)
{
	struct timeval second = { .tv_sec = 1 };

	check_database_rights(config->database_path);
	authd->base = event_base_new();
	begin_service(authd, config, own_nice);
	metrics_process_start(&authd->process, clock_now());
	authd->clients = auth_clients_new(&authd->service);
	authd->saslauthd = saslauthd_new(&authd->service);
	begin_control(authd);
	watch_database(authd);
	authd_news_look(authd->news, authd->service.rules->userdb, clock_now());
	authd->each_second =
	    event_new(authd->base, -1, EV_PERSIST, on_second, authd);
	event_add(authd->each_second, &second);
	authd->stop_check =
	    event_new(authd->base, -1, EV_PERSIST, on_stop_check, authd);
	daemon_signals(authd->base, on_stop_signal, on_reload_signal, authd);
	listeners_start(authd->listeners, authd->base, on_client, authd);
	listeners_start(authd->saslauthd_listeners, authd->base,
	    on_saslauthd_client, authd);
}

static void
end(struct authd *authd)
{
	listeners_free(authd->listeners);
	listeners_free(authd->saslauthd_listeners);
	authd_policyd_free(authd->policyd);
	control_free(authd->control);
	metrics_server_free(authd->metrics_server);
	auth_clients_free(authd->clients);
	saslauthd_free(authd->saslauthd);
	watch_free(authd->service.watch);
	due_list_free(authd->service.refusals);
	workers_free(authd->service.workers);
	rehash_spool_free(authd->service.rehash);
	realm_hint_free(authd->service.realm_hint);
	last_logins_free(authd->service.last_logins);
	census_free(authd->service.census);
	penalty_free(authd->service.penalty);
	metric_counts_free(&authd->stats.failures);
	login_rules_unref(authd->service.rules);
	success_cache_free(authd->cache);
	authd_news_free(authd->news);
	guard_list_free(authd->guarded);
	event_free(authd->each_second);
	event_free(authd->stop_check);
	mech_done();
	startup_free(&authd->startup);
}

/* All that is written is beside last logins, or below. */
static void
enter_sandbox(const struct authd_config *config)
{
	char *directory = authd_config_beside_logins(config, "");
	char *spool = authd_config_beside_logins(config, AUTHD_REHASH_NAME);

	rehash_spool_make_directory(spool);
	startup_sandbox(*directory != '\0' ? directory : NULL);
	free(directory);
	free(spool);
}

int
main(int argc, char **argv)
{
	const struct startup_program program = {
		.name = "authd",
		.config_file = AUTHD_CONFIG_FILE,
		.params = authd_params,
		.nparams = authd_nparams,
	};
	struct authd_config config = { 0 };
	struct authd authd = { 0 };
	struct startup *startup = &authd.startup;
	struct strbuf err = { 0 };
	int code, own_nice;

	wipe_libevent();
	forbid_dumps();
	startup_options(startup, &program, argc, argv);
	if (mech_init(&err) == -1)
		startup_fail(EX_UNAVAILABLE, &err);
	code = load_config(&config, startup->config_file, &err);
	if (code != EX_OK)
		startup_fail(code, &err);
	log_set_level((enum log_level)config.log_level);
	if (startup->only_check) {
		reach_warn(&config.listen, &authd_client_defaults);
		census_log(&config);
		authd_config_free(&config);
		mech_done();
		startup_free(startup);
		return EX_OK;
	}

	startup_detach(startup);
	open_listeners(&authd, &config);
	/*
	 * The loop only talks.  Threads that hash, perhaps for guessers, let
	 * on who wakes up: Linux lets a thread that computes finish its tick,
	 * 4 ms, before one of the same nice that has run lately.
	 */
	own_nice = getpriority(PRIO_PROCESS, 0);
	setpriority(PRIO_PROCESS, 0, own_nice + LOOP_NICE);
	last_logins_make_directory(config.last_login_file, config.user);
	startup_become(startup, config.pid_file, config.user);
	forbid_dumps(); /* another user's process may be dumped again */
	enter_sandbox(&config);
	begin(&authd, &config, own_nice);
	startup_ready(startup);
	count_users(&authd);
	event_base_dispatch(authd.base);
	end(&authd);
	return EX_OK;
}
