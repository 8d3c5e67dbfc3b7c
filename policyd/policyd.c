/*
 * policyd: Postfix's access restrictions as a policy service
 * (SMTPD_POLICY_README), with DNS in parallel.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "policyd.h"
#include "control.h"
#include "daemon.h"
#include "listener.h"
#include "log.h"
#include "mem.h"
#include "postfix_values.h"
#include "restriction.h"
#include "sandbox.h"
#include "table.h"

#define STOP_SECONDS 8  /* for requests that are going on */
#define STOP_CHECKS  20 /* a second */

static const struct listener_defaults client_defaults = {
	.owner = "postfix",
	.group = "postfix",
	.mode = 0660,
};
static const struct listener_defaults control_defaults = {
	.owner = "root",
	.group = "sekisho",
	.mode = 0660,
	.loopback_only = true,
};

struct options {
	const char *config_file;
	bool foreground;
	bool only_check;
};

/* What is there only from start to end. */
struct life {
	struct policyd policyd;
	struct listeners *listeners;
	struct listeners *control_listeners;
	struct control *control;
	struct event *stop; /* looks whether requests have ended */
	int stop_checks;    /* that are left; 0: not stopping */
};

static void
print_usage(FILE *to)
{
	fputs("usage: policyd [-fht] [-c file]\n", to);
}

static void
print_help(void)
{
	struct strbuf text = { 0 };

	print_usage(stdout);
	puts("  -c FILE    configuration (" POLICYD_CONFIG_FILE ")\n"
	     "  -f         stay in the foreground, log to standard error\n"
	     "  -t         check the configuration and exit\n"
	     "  -M         print the parameters as mdoc\n"
	     "  -R         print the restrictions as mdoc\n"
	     "  -h, --help, --version\n\n"
	     "Parameters and their defaults, policyd.cf(5):\n");
	conf_print_help(policyd_params, npolicyd_params, &text);
	fputs(strbuf_str(&text), stdout);
	strbuf_free(&text);
}

static void
print_parameters(void)
{
	struct strbuf text = { 0 };

	conf_print_mdoc(policyd_params, npolicyd_params, &text);
	fputs(strbuf_str(&text), stdout);
	strbuf_free(&text);
}

static void
print_restrictions(void)
{
	struct strbuf text = { 0 };

	restrictions_print_mdoc(&text);
	fputs(strbuf_str(&text), stdout);
	strbuf_free(&text);
}

/* Exits where there is nothing more to do. */
static void
parse_options(struct options *options, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	options->config_file = POLICYD_CONFIG_FILE;
	while ((c = getopt_long(argc, argv, "c:fhMRt", long_options, NULL)) !=
	    -1) {
		switch (c) {
		case 'c':
			options->config_file = optarg;
			break;
		case 'f':
			options->foreground = true;
			break;
		case 't':
			options->only_check = true;
			break;
		case 'h':
			print_help();
			exit(EX_OK);
		case 'M':
			print_parameters();
			exit(EX_OK);
		case 'R':
			print_restrictions();
			exit(EX_OK);
		case 'V':
			puts("sekisho policyd " VERSION);
			exit(EX_OK);
		default:
			print_usage(stderr);
			exit(EX_USAGE);
		}
	}
	if (optind != argc) {
		print_usage(stderr);
		exit(EX_USAGE);
	}
}

/* Log why and exit. */
static void __attribute__((noreturn)) fail(int code, struct strbuf *err)
{
	log_lines(LOG_LEVEL_ERROR, strbuf_str(err));
	strbuf_free(err);
	exit(code);
}

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

static void
cancel_dns(void *question)
{
	resolver_cancel(question);
}

static void *
ask_dnsbl(void *ctx, struct dnsbl_site *site, enum dnsbl_kind kind,
    const char *label, dnsbl_done *done, void *arg)
{
	(void)ctx;
	return dnsbl_ask(site, kind, label, done, arg);
}

static void
cancel_dnsbl(void *question)
{
	dnsbl_cancel(question);
}

static void
on_reload_signal(void *arg)
{
	policyd_reload(arg, NULL);
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

/* Read the configuration and check what can be checked without effect. */
static void
read_config(struct policyd *policyd, const char *path)
{
	static const struct dnsbl_dns nobody = { 0 };
	static const struct dnsbl_options untested = { .untested = "" };
	const struct policy_params *params;
	enum conf_result result;
	struct strbuf err = { 0 };

	policyd->base = event_base_new();
	if (policyd->base == NULL)
		abort();
	policyd->source.path = path;
	policyd->source.dnsbls = dnsbls_new(policyd->base, &nobody, &untested);
	policyd->policies = policies_read(&policyd->source, &result, &err);
	if (policyd->policies == NULL)
		fail(exit_code_of(result), &err);
	params = policies_params(policyd->policies);
	log_set_level((enum log_level)params->log_level);
	if (listeners_check(&params->listen, &client_defaults, &err) == -1 ||
	    listeners_check(&params->control_socket, &control_defaults, &err) ==
		-1 ||
	    daemon_check_user(params->user, &err) == -1)
		fail(EX_CONFIG, &err);
}

static void
load_tables(struct policyd *policyd)
{
	struct strbuf err = { 0 };
	enum conf_result result = tables_load(policyd->policies->tables, &err);

	if (result != CONF_OK)
		fail(exit_code_of(result), &err);
	strbuf_free(&err);
}

static void
open_listeners(struct life *life, const struct policy_params *params)
{
	struct strbuf err = { 0 };

	life->listeners =
	    listeners_open(&params->listen, &client_defaults, &err);
	life->control_listeners =
	    listeners_open(&params->control_socket, &control_defaults, &err);
	if (err.len > 0)
		fail(EX_OSERR, &err);
}

/* Tables may be anywhere, and a reload may name others. */
static void
enter_sandbox(void)
{
	static const char *const read[] = { "/", NULL };
	struct sandbox_paths paths = { .read = read };
	struct strbuf err = { 0 };

	if (sandbox_enter(&paths, &err) == -1)
		log_warn("sandbox: %s", strbuf_str(&err));
	strbuf_free(&err);
}

/* Everything that begins with the configured user's rights. */
static void
begin(struct life *life)
{
	struct policyd *policyd = &life->policyd;
	struct strbuf err = { 0 };

	if (policyd_open_dns(policyd, &err) == -1)
		fail(EX_CONFIG, &err);
	policyd->facts = (struct fact_source){ ask_dns, cancel_dns, ask_dnsbl,
		cancel_dnsbl, policyd };
	policyd->started = time(NULL);
	policyd->clients = policy_clients_new(policyd->base, &policyd->facts);
	policy_clients_set_policies(policyd->clients, policyd->policies);
	tables_watch(policyd->policies->tables, policyd->base);
	life->stop =
	    event_new(policyd->base, -1, EV_PERSIST, on_stop_check, life);
	if (life->stop == NULL)
		abort();
	life->control = control_new(policyd->base, life->control_listeners,
	    policyd_commands, npolicyd_commands, policyd);
	daemon_signals(policyd->base, on_stop_signal, on_reload_signal, life);
	dnsbls_start(policyd->source.dnsbls);
	listeners_start(life->listeners, policyd->base, on_client, life);
}

static void
end(struct life *life)
{
	struct policyd *policyd = &life->policyd;

	listeners_free(life->listeners);
	control_free(life->control);
	policy_clients_free(policyd->clients);
	policies_release(policyd->next);
	policies_release(policyd->policies);
	postfix_values_free(policyd->source.values);
	policyd_close_dns(policyd);
	if (life->stop != NULL)
		event_free(life->stop);
	event_base_free(policyd->base);
}

static void
start(struct life *life, const struct options *options)
{
	struct policyd *policyd = &life->policyd;
	const struct policy_params *params = policies_params(policyd->policies);
	struct strbuf err = { 0 };

	if (!options->foreground) {
		daemon_detach();
		event_reinit(policyd->base);
	}
	daemon_raise_descriptor_limit();
	open_listeners(life, params);
	if (!options->foreground &&
	    daemon_pid_file(params->pid_file, &err) == -1)
		fail(EX_OSERR, &err);
	if (daemon_become(params->user, &err) == -1)
		fail(EX_CONFIG, &err);
	enter_sandbox();
	load_tables(policyd);
	begin(life);
	if (!options->foreground)
		log_open("policyd", LOG_TARGET_SYSLOG);
	daemon_ready();
}

int
main(int argc, char **argv)
{
	struct options options = { 0 };
	struct life life = { 0 };
	char *path;

	log_open("policyd", LOG_TARGET_STDERR);
	parse_options(&options, argc, argv);
	path = realpath(options.config_file, NULL);
	read_config(&life.policyd, path != NULL ? path : options.config_file);
	if (options.only_check) {
		load_tables(&life.policyd);
	} else {
		start(&life, &options);
		event_base_dispatch(life.policyd.base);
	}
	end(&life);
	free(path);
	return EX_OK;
}
