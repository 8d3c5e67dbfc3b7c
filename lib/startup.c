/*
 * The start of a daemon: command line, background, user, sandbox.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include <event2/event.h>

#include "startup.h"
#include "command_line.h"
#include "daemon.h"
#include "log.h"
#include "mem.h"
#include "rights.h"
#include "sandbox.h"

#define VERSION_OPTION  256  /* no letter */
#define LOG_PATIENCE_MS 2000 /* a log that is stuck must not stop a start */

static void
add_usage(const struct startup_program *program, struct strbuf *out)
{
	const char listing[] = { program->listing.option, '\0' };
	char *synopsis = xasprintf("[-fhtM%s] [-c FILE]", listing);

	command_line_add_usage(out, synopsis);
	free(synopsis);
}

/* Takes what text holds. */
static void
print(struct strbuf *text)
{
	fputs(strbuf_str(text), stdout);
	strbuf_free(text);
}

/* Takes why, a line. */
static void __attribute__((noreturn))
refuse(const struct startup_program *program, struct strbuf *why)
{
	add_usage(program, why);
	log_plain_lines(LOG_LEVEL_ERROR, strbuf_str(why));
	strbuf_free(why);
	exit(EX_USAGE);
}

static void
print_help(const struct startup_program *program)
{
	const struct startup_listing *listing = &program->listing;
	struct strbuf text = { 0 };

	add_usage(program, &text);
	strbuf_addf(&text,
	    "  -c FILE    configuration (%s)\n"
	    "  -f         stay in the foreground, log to standard error\n"
	    "  -t         check the configuration and exit\n"
	    "  -M         print the parameters as mdoc\n",
	    program->config_file);
	if (listing->option != 0)
		strbuf_addf(&text, "  -%c         print the %s as mdoc\n",
		    listing->option, listing->what);
	strbuf_addf(&text,
	    "  -h, --help, --version\n\n"
	    "Parameters and their defaults, %s.cf(5):\n\n",
	    program->name);
	conf_print_help(program->params, program->nparams, &text);
	print(&text);
}

static void
print_parameters(const struct startup_program *program)
{
	struct strbuf text = { 0 };

	conf_print_mdoc(program->params, program->nparams, &text);
	print(&text);
}

static void
print_listing(const struct startup_listing *listing)
{
	struct strbuf text = { 0 };

	listing->print(&text);
	print(&text);
}

static void
print_version(void)
{
	struct strbuf text = { 0 };

	command_line_add_version(&text);
	print(&text);
}

/* Of an option that only prints. */
static void
print_for(int option, const struct startup_program *program)
{
	switch (option) {
	case 'h':
		print_help(program);
		break;
	case 'M':
		print_parameters(program);
		break;
	case VERSION_OPTION:
		print_version();
		break;
	default:
		print_listing(&program->listing);
	}
}

/* Relative names would be lost in the background, where / is the directory. */
static char *
absolute(const char *path)
{
	char *directory, *result;

	if (path[0] == '/' || (directory = getcwd(NULL, 0)) == NULL)
		return xstrdup(path);
	result = xasprintf("%s/%s", directory, path);
	free(directory);
	return result;
}

/* What libevent would print on standard error. */
static void
on_event_message(int severity, const char *message)
{
	if (severity == EVENT_LOG_DEBUG)
		log_debug("libevent: %s", message);
	else
		log_warn("libevent: %s", message);
}

void
startup_options(struct startup *startup, const struct startup_program *program,
    int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, VERSION_OPTION },
		{ NULL, 0, NULL, 0 },
	};
	const char *config_file = program->config_file;
	char letters[] = { ':', 'c', ':', 'f', 'h', 'M', 't',
		program->listing.option, '\0' };
	struct strbuf why = { 0 };
	int option;

	log_open(program_invocation_short_name, LOG_TARGET_STDERR);
	log_set_patience(LOG_PATIENCE_MS);
	event_set_log_callback(on_event_message);
	startup->program = program;
	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, long_options,
		    NULL)) != -1) {
		switch (option) {
		case 'c':
			config_file = optarg;
			break;
		case 'f':
			startup->foreground = true;
			break;
		case 't':
			startup->only_check = true;
			break;
		case '?':
		case ':':
			command_line_add_refusal(&why, option, argv,
			    long_options);
			refuse(program, &why);
		default:
			print_for(option, program);
			exit(EX_OK);
		}
	}
	if (optind != argc) {
		strbuf_addf(&why, "unexpected word \"%s\"\n", argv[optind]);
		refuse(program, &why);
	}
	startup->config_file = absolute(config_file);
}

void
startup_free(struct startup *startup)
{
	free(startup->config_file);
	*startup = (struct startup){ 0 };
}

void
startup_detach(const struct startup *startup)
{
	if (!startup->foreground)
		daemon_detach();
	daemon_raise_descriptor_limit();
}

/* Root has read the configuration; a reload reads it as the user. */
static void
warn_of_reload(const char *config_file)
{
	struct strbuf why = { 0 };

	if (access(config_file, R_OK) == 0)
		return;
	rights_explain(&why, config_file, R_OK, ADMINISTRATORS, errno);
	log_warn("a reload will fail: open %s: %s", config_file,
	    strbuf_str(&why));
	strbuf_free(&why);
}

int
startup_check_user(const struct conf *conf, const char *user,
    struct strbuf *err)
{
	struct strbuf why = { 0 };
	int result = daemon_check_user(user, &why);

	if (result == -1 && conf_is_set(conf, "user"))
		conf_complain(conf, "user", strbuf_str(&why), err);
	else if (result == -1)
		strbuf_addf(err, "user = %s: %s\n", user, strbuf_str(&why));
	strbuf_free(&why);
	return result;
}

void
startup_become(const struct startup *startup, const char *pid_file,
    const char *user)
{
	struct strbuf err = { 0 };

	if (!startup->foreground && daemon_pid_file(pid_file, &err) == -1)
		startup_fail(EX_OSERR, &err);
	if (daemon_become(user, &err) == -1)
		startup_fail(EX_CONFIG, &err);
	warn_of_reload(startup->config_file);
}

void
startup_sandbox(const char *directory)
{
	static const char *const everything[] = { "/", NULL };
	const char *const written[] = { directory, NULL };
	const struct sandbox_paths paths = { .read = everything,
		.write = written };
	struct strbuf err = { 0 };

	if (sandbox_enter(&paths, &err) == -1)
		log_warn("no sandbox: %s", strbuf_str(&err));
	strbuf_free(&err);
}

/* Standard error is about to be closed: the last chance to be heard. */
static void
turn_to_syslog(void)
{
	struct strbuf err = { 0 };

	if (log_find_syslog(&err) == -1)
		log_warn("%s: log lines are lost until there is a syslog "
			 "daemon; with -f they go to standard error",
		    strbuf_str(&err));
	strbuf_free(&err);
	log_open(program_invocation_short_name, LOG_TARGET_SYSLOG);
}

void
startup_ready(const struct startup *startup)
{
	if (!startup->foreground)
		turn_to_syslog();
	log_never_wait();
	log_info("ready: version=" VERSION);
	daemon_ready();
}

void
startup_fail(int code, struct strbuf *err)
{
	log_lines(LOG_LEVEL_ERROR, strbuf_str(err));
	strbuf_free(err);
	exit(code);
}
