/*
 * authctl incident: what became of a login, as policyd tells, and what to type.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "authctl.h"
#include "command_line.h"
#include "conf.h"
#include "control_words.h"
#include "json.h"
#include "printable.h"
#include "userdb.h"

/* %p: how programs are called here, %u: the user. */
static const char *const commands[] = {
	"%pauthctl user suspend %u",
	"%pauthctl incident %u --queue-ids | postsuper -h -",
	"%pauthctl user passwd %u",
	"%pauthctl app-password list %u",
	"%pauthctl user resume %u",
};

#define NCOMMANDS (sizeof commands / sizeof commands[0])

/* A name that a shell would read otherwise stands in quotes. */
static void
add_word(struct strbuf *out, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@._+-/=";

	if (name[strspn(name, plain)] == '\0') {
		strbuf_adds(out, name);
		return;
	}
	strbuf_addc(out, '\'');
	for (; *name != '\0'; name++)
		if (*name == '\'')
			strbuf_adds(out, "'\\''");
		else
			printable_add(out, name, 1);
	strbuf_addc(out, '\'');
}

static void
add_command(struct strbuf *out, const char *command, const char *user)
{
	for (; *command != '\0'; command++)
		if (command[0] != '%')
			strbuf_addc(out, *command);
		else if (*++command == 'p')
			strbuf_adds(out, command_line_prefix());
		else
			add_word(out, user);
}

/* Around what policyd answered, which is an object without these. */
static void
print_json(struct authctl *ctl, const char *user, const struct strbuf *answer)
{
	struct json json = { .out = &ctl->out };
	struct strbuf command = { 0 };

	json_object(&json, NULL);
	json_string(&json, "user", user);
	json_array(&json, "commands");
	for (size_t i = 0; i < NCOMMANDS; i++) {
		strbuf_truncate(&command, 0);
		add_command(&command, commands[i], user);
		json_string(&json, NULL, command.bytes);
	}
	json_end(&json);
	strbuf_addc(&ctl->out, ',');
	strbuf_adds(&ctl->out, strbuf_str(answer) + 1);
	strbuf_free(&command);
}

static void
print_text(struct authctl *ctl, const char *user, const struct strbuf *answer)
{
	struct strbuf *out = &ctl->out;

	strbuf_adds(out, "user  ");
	printable_add(out, user, strlen(user));
	strbuf_addf(out, "\n%swhat to type\n", strbuf_str(answer));
	for (size_t i = 0; i < NCOMMANDS; i++) {
		strbuf_adds(out, "  ");
		add_command(out, commands[i], user);
		strbuf_addc(out, '\n');
	}
}

/* He may have been deleted, or his name was mistyped: then there is nothing to
 * be seen, or to be held. */
static void
warn_of_nobody(struct authctl *ctl, const char *user)
{
	struct userdb *db = userdb_new(ctl->config.database_path);
	struct user_record record = { 0 };
	struct strbuf why = { 0 };

	if (userdb_find(db, user, &record, &why) == LOOKUP_NOT_FOUND)
		authctl_error(ctl, "warning: %s: no such user", user);
	user_record_free(&record);
	userdb_free(db);
	strbuf_free(&why);
}

/* The line to policyd.  Returns an exit code. */
static int
make_line(struct authctl *ctl, const struct arguments *args, const char *user,
    struct strbuf *line)
{
	long seconds;

	strbuf_adds(line, "incident ");
	if (args->since != NULL &&
	    (conf_parse_time(args->since, &seconds) == -1 || seconds < 0)) {
		authctl_error(ctl, "--since: no time: \"%s\" (2d, 12h)",
		    args->since);
		return EX_USAGE;
	}
	if (args->since != NULL)
		strbuf_addf(line, "--since %lld ",
		    (long long)ctl->now - seconds);
	if (args->given & OPTION_QUEUE_IDS)
		strbuf_adds(line, "--queue-ids ");
	else if (args->given & OPTION_JSON)
		strbuf_adds(line, "-j ");
	control_word_add(line, user);
	return EX_OK;
}

/* Returns an exit code. */
static int
ask_policyd(struct authctl *ctl, const char *line, struct strbuf *answer)
{
	const char *address = ctl->config.policyd_control;

	if (*address == '\0') {
		authctl_error(ctl, "policyd_control is empty in authd.cf");
		return EX_UNAVAILABLE;
	}
	return authctl_ask_daemon(ctl, address, "policyd: ", line, answer);
}

int
authctl_incident(struct authctl *ctl, const struct arguments *args)
{
	struct strbuf user = { 0 }, line = { 0 }, answer = { 0 };
	int code = authctl_user_name(ctl, args->words[0], &user);

	if (code == EX_OK)
		code = make_line(ctl, args, strbuf_str(&user), &line);
	if (code == EX_OK)
		code = ask_policyd(ctl, strbuf_str(&line), &answer);
	if (code == EX_OK)
		warn_of_nobody(ctl, strbuf_str(&user));
	if (code == EX_OK && args->given & OPTION_QUEUE_IDS)
		strbuf_adds(&ctl->out, strbuf_str(&answer));
	else if (code == EX_OK && args->given & OPTION_JSON)
		print_json(ctl, strbuf_str(&user), &answer);
	else if (code == EX_OK)
		print_text(ctl, strbuf_str(&user), &answer);
	strbuf_free(&user);
	strbuf_free(&line);
	strbuf_free(&answer);
	return code;
}
