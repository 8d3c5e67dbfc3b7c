/*
 * policyctl: questions to policyd, and work on its configuration.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "policyctl_command.h"
#include "command_line.h"
#include "log.h"
#include "mem.h"
#include "nearest.h"

enum {
	TAKES_JSON = 1 << 0,
	TAKES_STDIN = 1 << 1,
	TAKES_LOG = 1 << 2,
	TAKES_RULES = 1 << 3,
	TAKES_FORCE = 1 << 4,
	TAKES_RELAY = 1 << 5,
	TAKES_TIME = 1 << 6,
	TAKES_TOP = 1 << 7,
	TAKES_EXEC = 1 << 8,
	TAKES_STATIC = 1 << 9,
	TAKES_OUTBOUND = 1 << 10,
	TAKES_ONCE = 1 << 11,
};

static int
ask_by_name(struct policyctl *ctl)
{
	ctl->words--; /* the command is the daemon's own */
	ctl->nwords++;
	return policyctl_ask(ctl);
}

static const struct command {
	const char *name;
	const char *args;
	int min, max; /* words behind the command */
	unsigned options;
	int (*run)(struct policyctl *);
	const char *doc;
} commands[] = {
	{ "explain", "{NAME=VALUE ... | --stdin | --log [LINE]} [-j]", 0,
	    INT_MAX, TAKES_JSON | TAKES_STDIN | TAKES_LOG, policyctl_explain,
	    "Why policyd answers a request as it does." },
	{ "test", "FILE [--rules]", 1, 1, TAKES_RULES, policyctl_test,
	    "Requests and the actions that are expected, without a daemon." },
	{ "import", "[DIRECTORY]", 0, 1, 0, policyctl_import,
	    "Write a policyd.cf from the main.cf of a running Postfix." },
	{ "allow",
	    "{ADDRESS | NET} [--for TIME] [--comment TEXT] [--relay] [--force] "
	    "| --stdin",
	    0, 1, TAKES_TIME | TAKES_STDIN | TAKES_RELAY | TAKES_FORCE,
	    policyctl_allow, "Let clients in, where a list of policyd asks." },
	{ "deny",
	    "{ADDRESS | NET} [--for TIME] [--comment TEXT] [--force] | --stdin",
	    0, 1, TAKES_TIME | TAKES_STDIN | TAKES_FORCE, policyctl_deny,
	    "Shut clients out." },
	{ "forget", "ADDRESS | NET", 1, 1, 0, policyctl_forget,
	    "End what allow or deny began." },
	{ "clients", "[-j]", 0, 0, TAKES_JSON, ask_by_name,
	    "Who is allowed and who is denied." },
	{ "rates", "[VALUE | reset VALUE] [--top N] [-j]", 0, 2,
	    TAKES_JSON | TAKES_TOP, policyctl_rates,
	    "What was counted lately for rate limits, and its reset." },
	{ "top", "[-1 | --once]", 0, 0, TAKES_ONCE, policyctl_top,
	    "What policyd does now, in a terminal." },
	{ "watch", "[EVENT ...] [--exec COMMAND]", 0, INT_MAX, TAKES_EXEC,
	    policyctl_watch, "What happens, as it happens." },
	{ "relay-test",
	    "{HOST[:PORT] [--yes-it-is-mine] | --static [DIRECTORY]}", 0, 1,
	    TAKES_STATIC, policyctl_relay_test,
	    "Whether a mail server relays for strangers; no mail is sent." },
	{ "state", "[-j]", 0, 0, TAKES_JSON, ask_by_name,
	    "What policyd remembers, and where it is kept." },
	{ "doctor", "[-j] [--outbound HOST] [DIRECTORY]", 0, 1,
	    TAKES_JSON | TAKES_OUTBOUND, policyctl_doctor,
	    "What is wrong with policyd and the Postfix that asks it, and the "
	    "line that mends it." },
	{ "lists", "[-j]", 0, 0, TAKES_JSON, ask_by_name,
	    "The DNS lists in use, and whether they can be believed." },
	{ "stats", "[-j]", 0, 0, TAKES_JSON, ask_by_name,
	    "What happened since the start." },
	{ "rules", "[-j]", 0, 0, TAKES_JSON, ask_by_name,
	    "How often each restriction decided." },
	{ "ask", "COMMAND ...", 1, INT_MAX, 0, policyctl_ask,
	    "Send a command to policyd: help says which there are." },
};

#define NCOMMANDS (sizeof commands / sizeof commands[0])

enum {
	COMMENT_OPTION = 256,
	EXEC_OPTION,
	FOR_OPTION,
	FORCE_OPTION,
	LOG_OPTION,
	OUTBOUND_OPTION,
	RELAY_OPTION,
	RULES_OPTION,
	STATIC_OPTION,
	STDIN_OPTION,
	TOP_OPTION,
	VERSION_OPTION,
	YES_OPTION,
};

static const struct option long_options[] = {
	{ "comment", required_argument, NULL, COMMENT_OPTION },
	{ "exec", required_argument, NULL, EXEC_OPTION },
	{ "for", required_argument, NULL, FOR_OPTION },
	{ "force", no_argument, NULL, FORCE_OPTION },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "log", no_argument, NULL, LOG_OPTION },
	{ "outbound", required_argument, NULL, OUTBOUND_OPTION },
	{ "once", no_argument, NULL, '1' },
	{ "relay", no_argument, NULL, RELAY_OPTION },
	{ "rules", no_argument, NULL, RULES_OPTION },
	{ "static", no_argument, NULL, STATIC_OPTION },
	{ "stdin", no_argument, NULL, STDIN_OPTION },
	{ "top", required_argument, NULL, TOP_OPTION },
	{ "version", no_argument, NULL, VERSION_OPTION },
	{ "yes-it-is-mine", no_argument, NULL, YES_OPTION },
	{ 0 },
};

/* All commands, or the one that the words name; none when it is none. */
static void
add_help(struct strbuf *out, int nwords, char **words)
{
	struct strbuf rows = { 0 };

	for (size_t i = 0; i < NCOMMANDS; i++)
		if (command_line_may_mean(commands[i].name, nwords, words))
			command_line_add_command(&rows, commands[i].name,
			    commands[i].args, commands[i].doc);
	if (rows.len > 0) {
		command_line_add_usage(out, "[-c FILE] COMMAND ...");
		strbuf_addf(out, "\n%s\n", strbuf_str(&rows));
		command_line_add_options(out, POLICYD_CONFIG_FILE);
	}
	strbuf_free(&rows);
}

/* Where an option without an argument goes; NULL: it is none of these. */
static bool *
find_flag(struct policyctl *ctl, int c)
{
	switch (c) {
	case '1':
		return &ctl->is_once;
	case 'j':
		return &ctl->wants_json;
	case FORCE_OPTION:
		return &ctl->is_forced;
	case LOG_OPTION:
		return &ctl->from_log;
	case RELAY_OPTION:
		return &ctl->wants_relay;
	case RULES_OPTION:
		return &ctl->wants_rules;
	case STATIC_OPTION:
		return &ctl->is_static;
	case STDIN_OPTION:
		return &ctl->from_stdin;
	case YES_OPTION:
		return &ctl->is_mine;
	}
	return NULL;
}

/* Where the argument of an option goes, likewise. */
static const char **
find_text(struct policyctl *ctl, int c)
{
	switch (c) {
	case 'c':
		return &ctl->config_path;
	case COMMENT_OPTION:
		return &ctl->comment;
	case EXEC_OPTION:
		return &ctl->exec;
	case FOR_OPTION:
		return &ctl->time;
	case OUTBOUND_OPTION:
		return &ctl->outbound;
	case TOP_OPTION:
		return &ctl->top;
	}
	return NULL;
}

/* Returns false when there is nothing left to do. */
static bool
take_options(struct policyctl *ctl, int argc, char **argv, bool *wants_help)
{
	int c;

	opterr = 0;
	while (
	    (c = getopt_long(argc, argv, ":1c:hj", long_options, NULL)) != -1) {
		bool *flag = find_flag(ctl, c);
		const char **text = find_text(ctl, c);

		if (flag != NULL) {
			*flag = true;
		} else if (text != NULL) {
			*text = optarg;
		} else if (c == 'h') {
			*wants_help = true;
		} else if (c == VERSION_OPTION) {
			command_line_add_version(&ctl->out);
			return false;
		} else {
			command_line_add_refusal(&ctl->err, c, argv,
			    long_options);
			return false;
		}
	}
	return true;
}

static const struct command *
find_command(struct policyctl *ctl, const char *name)
{
	struct nearest nearest;

	if (name == NULL) {
		strbuf_adds(&ctl->err, "no command (-h shows all)\n");
		return NULL;
	}
	nearest_init(&nearest, name);
	for (size_t i = 0; i < NCOMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
		nearest_offer(&nearest, commands[i].name);
	}
	strbuf_addf(&ctl->err, "unknown command \"%s\"%s%s\n", name,
	    nearest_hint(&nearest),
	    nearest.best == NULL ? " (-h shows all)" : "");
	return NULL;
}

static bool
check_usage(struct policyctl *ctl, const struct command *command)
{
	const struct {
		bool is_given;
		unsigned option;
		const char *name;
	} given[] = {
		{ ctl->wants_json, TAKES_JSON, "-j" },
		{ ctl->from_stdin, TAKES_STDIN, "--stdin" },
		{ ctl->from_log, TAKES_LOG, "--log" },
		{ ctl->wants_rules, TAKES_RULES, "--rules" },
		{ ctl->wants_relay, TAKES_RELAY, "--relay" },
		{ ctl->is_forced, TAKES_FORCE, "--force" },
		{ ctl->time != NULL, TAKES_TIME, "--for" },
		{ ctl->comment != NULL, TAKES_TIME, "--comment" },
		{ ctl->top != NULL, TAKES_TOP, "--top" },
		{ ctl->outbound != NULL, TAKES_OUTBOUND, "--outbound" },
		{ ctl->exec != NULL, TAKES_EXEC, "--exec" },
		{ ctl->is_static, TAKES_STATIC, "--static" },
		{ ctl->is_mine, TAKES_STATIC, "--yes-it-is-mine" },
		{ ctl->is_once, TAKES_ONCE, "--once" },
	};

	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
		if (given[i].is_given &&
		    (command->options & given[i].option) == 0) {
			strbuf_addf(&ctl->err, "%s takes no %s\n",
			    command->name, given[i].name);
			return false;
		}
	if (ctl->nwords >= command->min && ctl->nwords <= command->max)
		return true;
	strbuf_addf(&ctl->err, "usage: %s %s%s%s\n",
	    program_invocation_short_name, command->name,
	    command->args[0] != '\0' ? " " : "", command->args);
	return false;
}

static int
run(struct policyctl *ctl, int argc, char **argv)
{
	const struct command *command;
	bool wants_help = false;

	if (!take_options(ctl, argc, argv, &wants_help))
		return ctl->err.len > 0 ? EX_USAGE : EX_OK;
	if (wants_help)
		add_help(&ctl->out, argc - optind, argv + optind);
	if (ctl->out.len > 0)
		return EX_OK;
	command = find_command(ctl, argv[optind]);
	if (command == NULL)
		return EX_USAGE;
	ctl->words = argv + optind + 1;
	ctl->nwords = argc - optind - 1;
	if (!check_usage(ctl, command))
		return EX_USAGE;
	return command->run(ctl);
}

int
main(int argc, char **argv)
{
	struct policyctl ctl = { .config_path = POLICYD_CONFIG_FILE };
	int code;

	log_open(program_invocation_short_name, LOG_TARGET_STDERR);
	code = run(&ctl, argc, argv);
	fwrite(strbuf_str(&ctl.out), 1, ctl.out.len, stdout);
	if (fflush(stdout) == EOF) {
		strbuf_addf(&ctl.err, "write: %s\n", strerror(errno));
		code = code != EX_OK ? code : EX_IOERR;
	}
	log_plain_lines(LOG_LEVEL_ERROR, strbuf_str(&ctl.err));
	free(ctl.address);
	strbuf_free(&ctl.out);
	strbuf_free(&ctl.err);
	return code;
}
