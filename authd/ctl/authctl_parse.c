/*
 * The command line of authctl: commands and options, from one table.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "authctl.h"
#include "arena.h"
#include "authctl_change.h"
#include "command_line.h"
#include "mem.h"
#include "nearest.h"

#define PASSWORD_OPTIONS OPTION_PASSWORD_STDIN
#define IMPORT_OPTIONS                                                         \
	(OPTION_REALM | OPTION_SCHEME | OPTION_REPLACE | OPTION_MIRROR |       \
	    OPTION_FORCE | OPTION_DRY_RUN)
#define APP_ADD_OPTIONS                                                        \
	(OPTION_JSON | OPTION_LABEL | OPTION_EXPIRES | OPTION_NETWORKS |       \
	    OPTION_SENDERS | OPTION_RECIPIENTS | OPTION_LIMIT)

static const struct command commands[] = {
	{ "user add", "NAME [--password-stdin]", 1, 1, PASSWORD_OPTIONS,
	    user_add_prepare, user_add, NULL,
	    "Make a user; asks for the password." },
	{ "user passwd", "NAME [--password-stdin]", 1, 1, PASSWORD_OPTIONS,
	    user_passwd_prepare, user_passwd, NULL, "Set another password." },
	{ "user del", "NAME", 1, 1, 0, NULL, user_del, NULL, "Remove a user." },
	{ "user show", "[-j] NAME", 1, 1, OPTION_JSON, NULL, NULL, authctl_show,
	    "What a user can use, and why not the rest. No secrets." },
	{ "user suspend", "NAME [--reason TEXT] [--for TIME] [--sending]", 1, 1,
	    OPTION_REASON | OPTION_TIME | OPTION_SENDING, user_suspend_prepare,
	    user_suspend, NULL,
	    "Refuse all logins of a user, and end what he sends." },
	{ "user resume", "NAME", 1, 1, 0, NULL, user_resume, NULL,
	    "Allow them again." },
	{ "user expire", "NAME DATE", 2, 2, 0, user_expire_prepare, user_expire,
	    NULL,
	    "Refuse logins from a date on: 2027-01-31, +30d, now, never." },
	{ "user list", "[-j] [--without MECHANISM]", 0, 0,
	    OPTION_JSON | OPTION_WITHOUT, NULL, NULL, authctl_list,
	    "All users, or those that cannot use a mechanism." },
	{ "app-password add",
	    "NAME [--label L] [--expires DATE] [--networks CIDR,...] "
	    "[--senders ADDRESS,...] [--recipients ADDRESS,...] "
	    "[--limit N/TIME] [-j]",
	    1, 1, APP_ADD_OPTIONS, app_add_prepare, app_add, NULL,
	    "Make a further password for one device; it is shown once." },
	{ "app-password list", "[-j] NAME", 1, 1, OPTION_JSON, NULL, NULL,
	    authctl_app_list, "The app passwords of a user." },
	{ "app-password del", "NAME --label L", 1, 1, OPTION_LABEL,
	    app_del_prepare, app_del, NULL, "Revoke one of them." },
	{ "check", "NAME", 1, 1, ASKS_ONLY, NULL, NULL, authctl_check,
	    "Ask authd whether a login could work, and if not, why." },
	{ "doctor", "[-j] [--outbound HOST] [DIRECTORY]", 0, 1,
	    OPTION_JSON | OPTION_OUTBOUND | ASKS_ONLY, NULL, NULL,
	    authctl_doctor,
	    "What is wrong with authd, its users and the Postfix that asks it, "
	    "and the line that mends it." },
	{ "top", "[-1 | --once]", 0, 0, OPTION_ONCE | ASKS_ONLY, NULL, NULL,
	    authctl_top, "What authd does now, in a terminal." },
	{ "watch", "[EVENT ...] [--exec COMMAND]", 0, WORDS_MAX,
	    OPTION_EXEC | ASKS_ONLY, NULL, NULL, authctl_watch,
	    "What happens, as it happens." },
	{ "incident", "NAME [--since TIME] [-j] [--queue-ids]", 1, 1,
	    OPTION_JSON | OPTION_SINCE | OPTION_QUEUE_IDS, NULL, NULL,
	    authctl_incident,
	    "What became of a login: where it came from, what it sent." },
	{ "stats", "[-j]", 0, 0, OPTION_JSON | ASKS_ONLY, NULL, NULL,
	    authctl_stats, "What happened since authd started." },
	{ "batch", "", 0, 0, 0, NULL, NULL, authctl_batch,
	    "Changes from standard input, one a line, all at once or none." },
	{ "apply", "", 0, 0, 0, NULL, NULL, authctl_apply,
	    "Put in what right passwords added to records (rehash)." },
	{ "import",
	    "KIND FILE [--realm R] [--scheme S] "
	    "[--replace|--mirror [--force]] [--dry-run]",
	    2, 2, IMPORT_OPTIONS, NULL, NULL, authctl_import,
	    "Users from a file (-: standard input); KIND: sasldb passwd-file "
	    "shadow htpasswd dump ldif." },
	{ "export", "KIND", 1, 1, 0, NULL, NULL, authctl_export,
	    "All users to standard output; KIND: passwd-file dump." },
	{ "ask", "COMMAND ...", 1, WORDS_MAX, ASKS_ONLY, NULL, NULL,
	    authctl_ask,
	    "Send a command to authd: help says which there are." },
};

#define NCOMMANDS (sizeof commands / sizeof commands[0])

enum { SHORT_MAX = 256, VERSION_OPTION, FIRST_LONG };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, VERSION_OPTION },
	{ "json", no_argument, NULL, 'j' },
	{ "password-stdin", no_argument, NULL,
	    FIRST_LONG + OPTION_PASSWORD_STDIN },
	{ "without", required_argument, NULL, FIRST_LONG + OPTION_WITHOUT },
	{ "label", required_argument, NULL, FIRST_LONG + OPTION_LABEL },
	{ "expires", required_argument, NULL, FIRST_LONG + OPTION_EXPIRES },
	{ "networks", required_argument, NULL, FIRST_LONG + OPTION_NETWORKS },
	{ "outbound", required_argument, NULL, FIRST_LONG + OPTION_OUTBOUND },
	{ "senders", required_argument, NULL, FIRST_LONG + OPTION_SENDERS },
	{ "recipients", required_argument, NULL,
	    FIRST_LONG + OPTION_RECIPIENTS },
	{ "limit", required_argument, NULL, FIRST_LONG + OPTION_LIMIT },
	{ "since", required_argument, NULL, FIRST_LONG + OPTION_SINCE },
	{ "queue-ids", no_argument, NULL, FIRST_LONG + OPTION_QUEUE_IDS },
	{ "realm", required_argument, NULL, FIRST_LONG + OPTION_REALM },
	{ "scheme", required_argument, NULL, FIRST_LONG + OPTION_SCHEME },
	{ "once", no_argument, NULL, '1' },
	{ "exec", required_argument, NULL, FIRST_LONG + OPTION_EXEC },
	{ "reason", required_argument, NULL, FIRST_LONG + OPTION_REASON },
	{ "for", required_argument, NULL, FIRST_LONG + OPTION_TIME },
	{ "sending", no_argument, NULL, FIRST_LONG + OPTION_SENDING },
	{ "replace", no_argument, NULL, FIRST_LONG + OPTION_REPLACE },
	{ "mirror", no_argument, NULL, FIRST_LONG + OPTION_MIRROR },
	{ "force", no_argument, NULL, FIRST_LONG + OPTION_FORCE },
	{ "dry-run", no_argument, NULL, FIRST_LONG + OPTION_DRY_RUN },
	{ 0 },
};

/* All commands, or those that the words may mean; none when there is none. */
static void
print_help(struct strbuf *out, int nwords, char **words)
{
	struct strbuf rows = { 0 };

	for (size_t i = 0; i < NCOMMANDS; i++)
		if (command_line_may_mean(commands[i].name, nwords, words))
			command_line_add_command(&rows, commands[i].name,
			    commands[i].synopsis, commands[i].doc);
	if (rows.len > 0) {
		command_line_add_usage(out, "[-c FILE] COMMAND ...");
		strbuf_addf(out, "\n%s\n", strbuf_str(&rows));
		command_line_add_options(out, AUTHD_CONFIG_FILE);
	}
	strbuf_free(&rows);
}

/* Where an option's value goes; NULL when it has none. */
static const char **
value_of(struct arguments *args, unsigned option)
{
	switch (option) {
	case OPTION_WITHOUT:
		return &args->without;
	case OPTION_LABEL:
		return &args->label;
	case OPTION_EXPIRES:
		return &args->expires;
	case OPTION_NETWORKS:
		return &args->networks;
	case OPTION_OUTBOUND:
		return &args->outbound;
	case OPTION_SENDERS:
		return &args->rules[APP_SENDERS];
	case OPTION_RECIPIENTS:
		return &args->rules[APP_RECIPIENTS];
	case OPTION_LIMIT:
		return &args->rules[APP_LIMIT];
	case OPTION_SINCE:
		return &args->since;
	case OPTION_REALM:
		return &args->realm;
	case OPTION_SCHEME:
		return &args->scheme;
	case OPTION_EXEC:
		return &args->exec;
	case OPTION_REASON:
		return &args->reason;
	case OPTION_TIME:
		return &args->time;
	}
	return NULL;
}

/* Returns false when the answer is already in out or err. */
static bool
take_options(int argc, char **argv, struct arguments *args, bool *wants_help,
    struct strbuf *out, struct strbuf *err)
{
	int c;

	optind = 0; /* begin anew, also in the middle of a batch */
	opterr = 0;
	while (
	    (c = getopt_long(argc, argv, ":1c:hj", long_options, NULL)) != -1) {
		switch (c) {
		case '1':
			args->given |= OPTION_ONCE;
			break;
		case 'c':
			args->config_path = optarg;
			break;
		case 'h':
			*wants_help = true;
			break;
		case 'j':
			args->given |= OPTION_JSON;
			break;
		case VERSION_OPTION:
			command_line_add_version(out);
			return false;
		case ':':
		case '?':
			if (args->is_line)
				strbuf_adds(err,
				    "no such option, or one "
				    "without its value\n");
			else
				command_line_add_refusal(err, c, argv,
				    long_options);
			return false;
		default: {
			unsigned option = (unsigned)(c - FIRST_LONG);
			const char **value = value_of(args, option);

			args->given |= option;
			if (value != NULL)
				*value = optarg;
		}
		}
	}
	return true;
}

/* What one word may mean: a command, or one of the two words of one. */
static void
offer_single(struct nearest *single, const char *name, struct arena *arena)
{
	const char *blank = strchr(name, ' ');

	nearest_offer(single, name);
	if (blank == NULL)
		return;
	nearest_offer(single,
	    arena_strndup(arena, name, (size_t)(blank - name)));
	nearest_offer_as(single, blank + 1, name);
}

/* The words are no command: say what could be meant.  repeat: what is like
 * none of them may be said again. */
static void
refuse_command(int nwords, char **words, const char *both, bool repeat,
    struct strbuf *err)
{
	struct nearest pair, single;
	struct strbuf seconds = { 0 };
	struct arena arena = { 0 };

	nearest_init(&pair, both);
	nearest_init(&single, words[0]);
	for (size_t i = 0; i < NCOMMANDS; i++) {
		const char *blank = strchr(commands[i].name, ' ');

		offer_single(&single, commands[i].name, &arena);
		if (blank == NULL)
			continue;
		nearest_offer(&pair, commands[i].name);
		if (command_line_may_mean(commands[i].name, 1, words))
			strbuf_adds(&seconds, blank);
	}
	if (seconds.len > 0 && pair.best == NULL)
		strbuf_addf(err, "%s needs %s second word:%s\n", words[0],
		    nwords == 1 ? "a" : "another", strbuf_str(&seconds));
	else if (seconds.len == 0 && single.best != NULL &&
	    (pair.best == NULL || single.distance < pair.distance))
		strbuf_addf(err, "unknown command \"%s\"%s\n", words[0],
		    nearest_hint(&single));
	else if (pair.best != NULL)
		strbuf_addf(err, "unknown command \"%s\"%s\n", both,
		    nearest_hint(&pair));
	else
		strbuf_addf(err, "unknown command%s%s%s (-h shows all)\n",
		    repeat ? " \"" : "", repeat ? both : "",
		    repeat ? "\"" : "");
	arena_free(&arena);
	strbuf_free(&seconds);
}

/* The command that the words name; *used: how many of them.  repeat: as
 * above. */
static const struct command *
find_command(int nwords, char **words, int *used, bool repeat,
    struct strbuf *err)
{
	const struct command *found = NULL;
	char *both;

	if (nwords == 0) {
		strbuf_adds(err, "no command (-h shows all)\n");
		return NULL;
	}
	both = xasprintf("%s%s%s", words[0], nwords > 1 ? " " : "",
	    nwords > 1 ? words[1] : "");
	for (size_t i = 0; i < NCOMMANDS && found == NULL; i++) {
		bool two = strchr(commands[i].name, ' ') != NULL;

		if (strcmp(two ? both : words[0], commands[i].name) == 0) {
			found = &commands[i];
			*used = two ? 2 : 1;
		}
	}
	if (found == NULL)
		refuse_command(nwords, words, both, repeat, err);
	free(both);
	return found;
}

static const char *
option_name(unsigned option)
{
	for (const struct option *o = long_options; o->name != NULL; o++)
		if (o->val == FIRST_LONG + (int)option ||
		    (option == OPTION_JSON && o->val == 'j'))
			return o->name;
	abort();
}

int
authctl_parse(int argc, char **argv, const struct command **result,
    struct arguments *args, struct strbuf *out, struct strbuf *err)
{
	const struct command *command;
	unsigned foreign;
	bool wants_help = false;
	int used = 0, nwords;

	*result = NULL;
	if (!take_options(argc, argv, args, &wants_help, out, err))
		return err->len > 0 ? EX_USAGE : EX_OK;
	if (wants_help)
		print_help(out, argc - optind, argv + optind);
	if (out->len > 0)
		return EX_OK;
	command = find_command(argc - optind, argv + optind, &used,
	    !args->is_line, err);
	if (command == NULL)
		return EX_USAGE;
	foreign = args->given & ~command->options;
	if (foreign != 0) {
		strbuf_addf(err, "%s takes no --%s\n", command->name,
		    option_name(foreign & -foreign));
		return EX_USAGE;
	}
	nwords = argc - optind - used;
	if (nwords < command->min_words || nwords > command->max_words) {
		strbuf_addf(err, "usage: %s %s%s%s\n",
		    program_invocation_short_name, command->name,
		    command->synopsis[0] != '\0' ? " " : "", command->synopsis);
		return EX_USAGE;
	}
	for (int i = 0; i < nwords; i++)
		args->words[args->nwords++] = argv[optind + used + i];
	*result = command;
	return EX_OK;
}
