/*
 * policyd: Postfix's access restrictions as a policy service
 * (SMTPD_POLICY_README), with DNS in parallel.
 */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "policyd.h"
#include "client_origin.h"
#include "clock.h"
#include "control.h"
#include "daemon.h"
#include "guard.h"
#include "host_name.h"
#include "listener.h"
#include "live_clients.h"
#include "log.h"
#include "mem.h"
#include "metrics_server.h"
#include "policyd_metrics.h"
#include "postfix_values.h"
#include "proxymap_door.h"
#include "rates.h"
#include "reach.h"
#include "restriction_table.h"
#include "startup.h"
#include "state.h"
#include "suspensions.h"
#include "table.h"
#include "table_lookup.h"
#include "top_logins.h"
#include "policyd_authd.h"
#include "table_search.h"
#include "watch.h"

#define STOP_SECONDS 8  /* for requests that are going on */
#define STOP_CHECKS  20 /* a second */

/* What is there only from start to end. */
struct life {
	struct startup startup;
	struct policyd policyd;
	struct listeners *listeners;
	struct listeners *control_listeners;
	struct listeners *metrics_listeners;
	struct metrics_server *metrics_server;
	struct event *stop; /* looks whether requests have ended */
	int stop_checks;    /* that are left; 0: not stopping */
};

static int
exit_code_of(enum conf_result result)
{
	return result == CONF_UNREADABLE ? EX_NOINPUT : EX_CONFIG;
}

/* Facts come from the daemon's resolver and lists. */
static void *
ask_dns(void *ctx, const char *name, enum dns_type type, resolver_done *done,
    void *arg)
{
	const struct policyd *policyd = ctx;

	return resolver_ask(policyd->resolver, name, type, done, arg);
}

static void *
look_dns(void *ctx, const char *name, enum dns_type type, resolver_done *done,
    void *arg)
{
	const struct policyd *policyd = ctx;

	return resolver_look(policyd->resolver, name, type, done, arg);
}

static void
cancel_dns(void *question)
{
	resolver_cancel(question);
}

static void *
ask_table(void *ctx, const struct tables_snapshot *snapshot,
    const struct table *table, const char *key, table_lookup_done *done,
    void *arg)
{
	const struct policyd *policyd = ctx;

	return table_lookup_start(policyd->lookups, snapshot, table, key, done,
	    arg);
}

static void *
look_table(void *ctx, const struct tables_snapshot *snapshot,
    const struct table *table, const char *key, table_lookup_done *done,
    void *arg)
{
	const struct policyd *policyd = ctx;

	return table_lookup_look(policyd->lookups, snapshot, table, key, done,
	    arg);
}

static void
on_reload_signal(void *arg)
{
	struct life *life = arg;

	policyd_reload(&life->policyd, NULL);
}

/* Once stopping, this looks whether requests have come to their end. */
static void
on_stop_check(evutil_socket_t fd, short what, void *arg)
{
	struct life *life = arg;

	(void)fd;
	(void)what;
	if (policy_clients_stats(life->policyd.clients)->open_requests == 0 ||
	    --life->stop_checks == 0)
		event_base_loopbreak(life->policyd.base);
}

static void
on_stop_signal(void *arg)
{
	struct life *life = arg;
	struct timeval interval = { .tv_usec = 1000000 / STOP_CHECKS };

	daemon_stopping();
	listeners_free(life->listeners);
	life->listeners = NULL;
	if (life->stop_checks > 0) { /* the second time */
		event_base_loopbreak(life->policyd.base);
		return;
	}
	life->stop_checks = STOP_SECONDS * STOP_CHECKS;
	policy_clients_finish(life->policyd.clients);
	event_add(life->stop, &interval);
}

static void
on_client(int fd, void *arg)
{
	struct life *life = arg;

	policy_clients_accept(life->policyd.clients, fd);
}

/* Timers of DNS lookups come one by one, not all of a millisecond at once.  Of
 * what comes together authd is heard first (watch_link.c). */
static struct event_base *
new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (config == NULL ||
	    event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == -1)
		abort();
	base = event_base_new_with_config(config);
	if (base == NULL || event_base_priority_init(base, 2) == -1)
		abort();
	event_config_free(config);
	return base;
}

/* For -t: where something is wrong, what is wrong with tables is said, too. */
static void
check_all(const struct policies *policies, struct strbuf *err)
{
	policyd_check(policies, err);
	if (err->len > 0)
		tables_load(policies->tables, err);
}

/* Read the configuration and check what can be checked without effect. */
static void
read_config(struct policyd *policyd, const struct startup *startup)
{
	static const struct dnsbl_dns nobody = { 0 };
	static const struct dnsbl_options untested = { .untested = "" };
	enum conf_result result;
	struct strbuf err = { 0 };

	if (host_name_check_data(&err) == -1 || client_origin_check(&err) == -1)
		startup_fail(EX_UNAVAILABLE, &err);
	policyd->base = new_base();
	policyd->source.path = startup->config_file;
	policyd->source.restrictions = &restriction_table;
	policyd->source.check = startup->only_check ? check_all : policyd_check;
	policyd->source.dnsbls = dnsbls_new(policyd->base, &nobody, &untested);
	policyd->policies = policies_read(&policyd->source, &result, &err);
	if (policyd->policies == NULL)
		startup_fail(exit_code_of(result), &err);
	log_set_level(
	    (enum log_level)policies_params(policyd->policies)->log_level);
}

static void
load_tables(struct policyd *policyd)
{
	struct strbuf err = { 0 };
	enum conf_result result = tables_load(policyd->policies->tables, &err);

	if (result != CONF_OK)
		startup_fail(exit_code_of(result), &err);
	strbuf_free(&err);
}

/* Clients that commands let in and shut out, and nobody looks. */
static void
warn_of_clients(const struct policyd *policyd)
{
	const struct policy_params *params = policies_params(policyd->policies);
	struct strbuf err = { 0 };
	const char *path = policy_state_path(params, &err);
	struct state *state = state_new(policyd->base, path,
	    (size_t)params->state_limit, state_kinds, STATE_KINDS);
	struct live_clients *clients;

	if (state_look(state, path, &err) == -1)
		log_warn("state_database: %s", strbuf_str(&err));
	clients = live_clients_new(state);
	if (live_clients_are_there(clients) &&
	    !policies_use(policyd->policies, LIVE_CLIENTS_RESTRICTION))
		log_warn("clients are allowed or denied by policyctl, but no "
			 "list names " LIVE_CLIENTS_RESTRICTION);
	live_clients_free(clients);
	state_free(state);
	strbuf_free(&err);
}

static void
warn_of_unread(const struct policyd *policyd)
{
	const char *read_maps =
	    postfix_values_find(policyd->source.values, "proxy_read_maps");
	const char *directory =
	    policies_params(policyd->policies)->postfix_config_directory;
	struct strbuf words = { 0 };

	if (read_maps != NULL)
		tables_list_unread(policyd->policies->tables, read_maps,
		    &words);
	if (words.len > 0)
		log_warn("Postfix may not read for policyd what "
			 "proxy_read_maps of main.cf does not name; run: "
			 "postconf -c %s -e \"proxy_read_maps = $(postconf -c "
			 "%s -h proxy_read_maps)%s\" && postfix -c %s reload",
		    directory, directory, words.bytes, directory);
	strbuf_free(&words);
}

/* With the eyes of whom the daemon becomes. */
static void
check_tables(struct policyd *policyd)
{
	const char *user = policies_params(policyd->policies)->user;
	struct strbuf err = { 0 };

	if (user[0] != '\0' && daemon_become(user, &err) == -1)
		startup_fail(EX_CONFIG, &err);
	load_tables(policyd);
	warn_of_unread(policyd);
	warn_of_clients(policyd);
}

static void
open_listeners(struct life *life, const struct policy_params *params)
{
	struct strbuf err = { 0 };

	life->listeners =
	    listeners_open(&params->listen, &policyd_client_defaults, &err);
	life->control_listeners =
	    listeners_open(&params->control_socket, &control_defaults, &err);
	life->metrics_listeners =
	    listeners_open(&params->metrics_listen, &metrics_defaults, &err);
	if (err.len > 0)
		startup_fail(EX_OSERR, &err);
}

static void
print_metrics(void *ctx, struct strbuf *out)
{
	policyd_metrics_print(ctx, out);
}

static void
begin_state(struct policyd *policyd)
{
	const struct policy_params *params = policies_params(policyd->policies);
	struct strbuf err = { 0 };

	policyd->state =
	    state_new(policyd->base, policy_state_path(params, &err),
		(size_t)params->state_limit, state_kinds, STATE_KINDS);
	state_open(policyd->state);
	policyd->live_clients = live_clients_new(policyd->state);
	policyd->rates = rates_new(policyd->state);
	policyd->top_logins = top_logins_new(policyd->base, policyd->state);
	policyd_want_top_logins(policyd);
	policyd->suspensions =
	    suspensions_new(policyd->base, policyd->state, policyd->watch);
	policyd->guard =
	    guard_new(policyd->state, policyd->rates, policyd->watch);
	policyd_begin_guard(policyd);
	strbuf_free(&err);
}

/* What is so already, for who begins to watch. */
static void
tell_present(void *arg)
{
	const struct policyd *policyd = arg;

	suspensions_tell(policyd->suspensions);
	dnsbls_tell(policyd->source.dnsbls);
	guard_tell(policyd->guard);
}

static void
begin_lookups(struct policyd *policyd)
{
	proxymap_door_start(policyd->door, policyd->base);
	policyd->lookups = table_lookups_new(policyd->base, policyd->door,
	    postfix_values_find(policyd->source.values, "queue_directory"));
	policyd_configure_lookups(policyd, policies_params(policyd->policies));
}

static void
begin_control(struct life *life)
{
	struct policyd *policyd = &life->policyd;
	struct strbuf err = { 0 };

	policyd->control = control_new(policyd->base, life->control_listeners,
	    policyd_commands, npolicyd_commands, policyd);
	if (control_set_admins(policyd->control,
		&policies_params(policyd->policies)->control_admins,
		&err) == -1)
		startup_fail(EX_CONFIG, &err);
}

/* Everything that begins with the configured user's rights. */
static void
begin(struct life *life)
{
	struct policyd *policyd = &life->policyd;
	struct strbuf err = { 0 };

	if (policyd_open_dns(policyd, &err) == -1)
		startup_fail(EX_CONFIG, &err);
	policyd->watch = watch_new(policyd->base, tell_present, policyd);
	begin_state(policyd);
	begin_lookups(policyd);
	policyd->facts = (struct fact_source){ .ask_dns = ask_dns,
		.cancel_dns = cancel_dns,
		.ask_dnsbl = facts_ask_dnsbl,
		.cancel_dnsbl = facts_cancel_dnsbl,
		.ask_table = ask_table,
		.cancel_table = facts_cancel_table,
		.ctx = policyd,
		.searches = table_searches_new(policyd->base),
		.clients = policyd->live_clients,
		.rates = policyd->rates,
		.suspensions = policyd->suspensions,
		.watch = policyd->watch,
		.guard = policyd->guard,
		.state = policyd->state,
		.answers = &policyd->answers };
	policyd->answers.names[0] = "code";
	policyd->answers.names[1] = "reason";
	policyd->answers.names[2] = "list";
	policyd->looks = policyd->facts;
	policyd->looks.ask_dns = look_dns;
	policyd->looks.ask_dnsbl = facts_look_dnsbl;
	policyd->looks.ask_table = look_table;
	metrics_process_start(&policyd->process, clock_now());
	policyd->clients = policy_clients_new(policyd->base, &policyd->facts);
	policy_clients_set_policies(policyd->clients, policyd->policies);
	tables_watch(policyd->policies->tables, policyd->base);
	life->stop =
	    event_new(policyd->base, -1, EV_PERSIST, on_stop_check, life);
	if (life->stop == NULL)
		abort();
	begin_control(life);
	policyd->authd = policyd_authd_new(policyd);
	policy_clients_set_authd(policyd->clients, policyd->authd);
	life->metrics_server = metrics_server_new(policyd->base,
	    life->metrics_listeners, print_metrics, policyd);
	daemon_signals(policyd->base, on_stop_signal, on_reload_signal, life);
	dnsbls_set_watch(policyd->source.dnsbls, policyd->watch);
	dnsbls_start(policyd->source.dnsbls);
	listeners_start(life->listeners, policyd->base, on_client, life);
}

static void
end(struct life *life)
{
	struct policyd *policyd = &life->policyd;

	listeners_free(life->listeners);
	policyd_authd_free(policyd->authd);
	control_free(policyd->control);
	watch_free(policyd->watch);
	metrics_server_free(life->metrics_server);
	policy_clients_free(policyd->clients);
	suspensions_free(policyd->suspensions);
	guard_free(policyd->guard);
	top_logins_free(policyd->top_logins);
	rates_free(policyd->rates);
	live_clients_free(policyd->live_clients);
	state_free(policyd->state);
	table_searches_free(policyd->facts.searches);
	table_lookups_free(policyd->lookups);
	proxymap_door_free(policyd->door);
	policies_release(policyd->next);
	policies_release(policyd->policies);
	postfix_values_free(policyd->source.values);
	policyd_close_dns(policyd);
	metric_counts_free(&policyd->answers);
	if (life->stop != NULL)
		event_free(life->stop);
	event_base_free(policyd->base);
	startup_free(&life->startup);
}

/* To Postfix's proxymap, while that can be reached. */
static void
open_door(struct policyd *policyd)
{
	const struct postfix_values *values = policyd->source.values;

	policyd->door =
	    proxymap_door_open(postfix_values_find(values, "queue_directory"),
		postfix_values_find(values, "mail_owner"));
}

/* The state is all that is written; what replaces a file is beside it. */
static void
enter_sandbox(const struct policy_params *params)
{
	struct strbuf err = { 0 };
	const char *path = policy_state_path(params, &err);
	char *real = realpath(path, NULL);
	char *copy = real != NULL ? real : xstrdup(path);

	startup_sandbox(dirname(copy));
	free(copy);
	strbuf_free(&err);
}

static void
start(struct life *life)
{
	const struct startup *startup = &life->startup;
	struct policyd *policyd = &life->policyd;
	const struct policy_params *params = policies_params(policyd->policies);

	startup_detach(startup);
	event_reinit(policyd->base); /* after the fork */
	open_listeners(life, params);
	open_door(policyd);
	startup_become(startup, params->pid_file, params->user);
	enter_sandbox(params);
	load_tables(policyd);
	warn_of_unread(policyd);
	begin(life);
	startup_ready(startup);
}

int
main(int argc, char **argv)
{
	const struct startup_program program = {
		.name = "policyd",
		.config_file = POLICYD_CONFIG_FILE,
		.params = policyd_params,
		.nparams = npolicyd_params,
		.listing = { 'R', "restrictions", restrictions_print_mdoc },
	};
	struct life life = { 0 };

	startup_options(&life.startup, &program, argc, argv);
	read_config(&life.policyd, &life.startup);
	if (life.startup.only_check) {
		reach_warn(&policies_params(life.policyd.policies)->listen,
		    &policyd_client_defaults);
		check_tables(&life.policyd);
		if (rate_policies_need_ends(life.policyd.policies))
			log_info("rate limits: messages are counted at their "
				 "end: main.cf needs "
				 "smtpd_end_of_data_restrictions that ask "
				 "policyd, too");
	} else {
		start(&life);
		event_base_dispatch(life.policyd.base);
	}
	end(&life);
	return EX_OK;
}
