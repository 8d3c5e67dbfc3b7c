/*
 * authctl user suspend, user resume: what is done when the database says so:
 * both daemons are told, and what they do not end is said.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "authctl_change.h"
#include "command_line.h"
#include "control.h"
#include "control_words.h"
#include "date.h"
#include "listener.h"
#include "mem.h"
#include "postfix_setup.h"

#define ASK_SECONDS      20
#define REASON_BYTES_MAX 500

int
user_suspend_prepare(struct authctl *ctl, struct change *change)
{
	const struct arguments *args = &change->args;
	struct suspension *suspension = &change->suspension;
	const char *reason = args->reason != NULL ? args->reason : "";
	long seconds = 0;

	if (args->time != NULL &&
	    (conf_parse_time(args->time, &seconds) == -1 || seconds <= 0)) {
		authctl_error(ctl, "%s: not a time, as 30m, 12h or 7d",
		    args->time);
		return EX_USAGE;
	}
	if (strpbrk(reason, "\r\n") != NULL ||
	    strlen(reason) > REASON_BYTES_MAX) {
		authctl_error(ctl,
		    "--reason takes one line, of %d bytes at most",
		    REASON_BYTES_MAX);
		return EX_USAGE;
	}
	suspension->until = seconds == 0 ? 0 : ctl->now + seconds;
	suspension->only_sending = (args->given & OPTION_SENDING) != 0;
	suspension->reason = reason[0] == '\0' ? NULL : xstrdup(reason);
	return EX_OK;
}

/* The address of policyd, unless it is not used here: where it is not said,
 * nobody has ever listened there. */
static const char *
policyd_address(const struct authctl *ctl)
{
	const struct authd_config *config = &ctl->config;
	const char *address = config->policyd_control;

	if (!conf_is_set(config->conf, "policyd_control") &&
	    strncmp(address, "unix:", 5) == 0 &&
	    access(address + 5, F_OK) == -1 && errno == ENOENT)
		return "";
	return address;
}

/* Returns EX_OK, or EX_TEMPFAIL with a line in err. */
static int
tell(struct authctl *ctl, const char *who, const char *address,
    const char *line)
{
	struct strbuf answer = { 0 }, why = { 0 };
	int code = EX_OK;

	if (control_ask(address, line, ASK_SECONDS, &answer, &why) != 0) {
		authctl_error(ctl, "%s has not acknowledged it: %s", who,
		    strbuf_str(&why));
		code = EX_TEMPFAIL;
	}
	strbuf_free(&answer);
	strbuf_free(&why);
	return code;
}

/* One that was never started refuses when it is. */
static bool
has_run(const char *address)
{
	return strncmp(address, "unix:", 5) != 0 ||
	    access(address + 5, F_OK) == 0 || errno != ENOENT;
}

/* word: a further command, with the name; or NULL. */
static int
tell_authd(struct authctl *ctl, const struct change *change, const char *word)
{
	char *address = listeners_first_address(&ctl->config.control_socket);
	struct strbuf line = { 0 };
	int code = EX_OK;

	if (address != NULL && has_run(address)) {
		code = tell(ctl, "authd", address, "look");
		if (code == EX_OK && word != NULL) {
			strbuf_addf(&line, "%s ", word);
			control_word_add(&line, strbuf_str(&change->user));
			code = tell(ctl, "authd", address, strbuf_str(&line));
		}
	}
	strbuf_free(&line);
	free(address);
	return code;
}

static int
tell_policyd(struct authctl *ctl, const struct change *change,
    const char *command)
{
	const struct suspension *suspension = &change->suspension;
	const char *address = policyd_address(ctl);
	struct strbuf line = { 0 };
	int code;

	if (address[0] == '\0')
		return EX_OK;
	strbuf_addf(&line, "%s ", command);
	if (suspension->until != 0)
		strbuf_addf(&line, "--until %lld ",
		    (long long)suspension->until);
	control_word_add(&line, strbuf_str(&change->user));
	if (suspension->reason != NULL) {
		strbuf_addc(&line, ' ');
		control_word_add(&line, suspension->reason);
	}
	code = tell(ctl, "policyd", address, strbuf_str(&line));
	strbuf_free(&line);
	return code;
}

/* What was done, and what not. */

static void
add_head(struct strbuf *out, const struct change *change)
{
	const struct suspension *suspension = &change->suspension;

	strbuf_addf(out, "%s is suspended%s", strbuf_str(&change->user),
	    suspension->only_sending ? " from sending" : "");
	if (suspension->until != 0) {
		strbuf_adds(out, " until ");
		date_add(out, suspension->until);
	}
	strbuf_addf(out, "\nlogins: %s refused as a wrong password is",
	    suspension->only_sending ? "those for smtp are" : "all are");
	if (change->napp_passwords > 0)
		strbuf_addf(out,
		    ", by the app passwords, too (%zu: %sauthctl app-password "
		    "list %s)",
		    change->napp_passwords, command_line_prefix(),
		    strbuf_str(&change->user));
	strbuf_addc(out, '\n');
}

/* The lists of an smtpd that do not ask policyd. */
static void
add_missing_hooks(struct strbuf *out, const struct postfix_setup *setup,
    const struct postfix_service *service)
{
	static const char *const hooks[] = { "smtpd_recipient_restrictions",
		"smtpd_data_restrictions", "smtpd_end_of_data_restrictions" };
	struct strbuf missing = { 0 };

	for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++)
		if (strstr(postfix_setup_value(setup, service, hooks[i]),
			"check_policy_service") == NULL)
			strbuf_addf(&missing, " %s", hooks[i]);
	if (missing.len > 0)
		strbuf_addf(out,
		    "%s: no check_policy_service in%s: what that could stop "
		    "goes on\n",
		    service->master->name, strbuf_str(&missing));
	strbuf_free(&missing);
}

static void
add_hooks(struct strbuf *out)
{
	struct postfix_setup setup = { 0 };
	struct strbuf why = { 0 };

	if (postfix_setup_ask(&setup, NULL, &why) == -1)
		strbuf_addf(out, "main.cf: what it asks is not known: %s\n",
		    strbuf_str(&why));
	for (size_t i = 0; i < setup.n; i++)
		if (postfix_setup_says_yes(&setup, &setup.services[i],
			"smtpd_sasl_auth_enable"))
			add_missing_hooks(out, &setup, &setup.services[i]);
	postfix_setup_free(&setup);
	strbuf_free(&why);
}

static void
add_sessions(struct authctl *ctl, struct strbuf *out)
{
	if (policyd_address(ctl)[0] == '\0') {
		strbuf_adds(out,
		    "open sessions: go on: policyd alone can end them, and is "
		    "not used here (policyd_control)\n");
		return;
	}
	strbuf_adds(out,
	    "open sessions: hear 421 at the next request that main.cf asks "
	    "policyd about; one that is idle until resume goes on then, so "
	    "let smtpd_timeout (5 minutes) pass first\n");
	add_hooks(out);
}

static void
add_rest(struct strbuf *out, const struct change *change)
{
	const char *user = strbuf_str(&change->user);
	const char *prefix = command_line_prefix();

	strbuf_addf(out,
	    "queue: what was sent before still goes out; to hold it: "
	    "%sauthctl incident %s --queue-ids | postsuper -h -\n"
	    "next: %sauthctl user passwd %s, then %sauthctl user resume %s\n",
	    prefix, user, prefix, user, prefix, user);
}

static int
tell_suspended(struct authctl *ctl, const struct change *change)
{
	int authd = tell_authd(ctl, change, NULL);
	int policyd = tell_policyd(ctl, change, "suspend");

	add_head(&ctl->out, change);
	add_sessions(ctl, &ctl->out);
	add_rest(&ctl->out, change);
	return authd != EX_OK ? authd : policyd;
}

static int
tell_resumed(struct authctl *ctl, const struct change *change)
{
	int authd = tell_authd(ctl, change, "forgive");
	int policyd = tell_policyd(ctl, change, "resume");

	return authd != EX_OK ? authd : policyd;
}

static bool
is_suspension(const struct change *change)
{
	return change->command->apply == user_suspend ||
	    change->command->apply == user_resume;
}

int
changes_tell(struct authctl *ctl, const struct change *changes, size_t nchanges)
{
	size_t i = 0;

	while (i < nchanges && !is_suspension(&changes[i]))
		i++;
	if (i == nchanges)
		return EX_OK;
	if (nchanges > 1)
		return tell_authd(ctl, NULL, NULL);
	return changes[0].command->apply == user_suspend
	    ? tell_suspended(ctl, &changes[0])
	    : tell_resumed(ctl, &changes[0]);
}
