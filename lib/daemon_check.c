/*
 * A daemon of ours, seen from outside.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon_check.h"
#include "command_line.h"
#include "control.h"
#include "doctor.h"
#include "listener.h"
#include "mem.h"

static void
ask_control(struct daemon_check *check)
{
	struct strbuf err = { 0 };

	if (control_find(check->params, check->nparams, check->config_path,
		&check->control, &err) == EX_OK)
		check->is_running =
		    control_ask(check->control, "config",
			DAEMON_CHECK_MS / 1000, &check->parameters, &err) == 0;
	check->cannot_ask = strstr(strbuf_str(&err), strerror(EACCES)) != NULL;
	check->is_silent = strstr(strbuf_str(&err), "does not answer") != NULL;
	if (check->is_running)
		control_ask(check->control, "metrics", DAEMON_CHECK_MS / 1000,
		    &check->metrics, &err);
	strbuf_free(&err);
}

/* Sockets that systemd opened are its own, as far as can be told. */
static void
look_for_stranger(struct daemon_check *check, size_t i)
{
	struct listen_address control = { 0 };
	struct reach_answer *answer = &check->answers[i];
	struct strbuf ignored = { 0 };
	pid_t ours = 0, its = reach_listener(&check->listen.addresses[i]);

	if (check->is_running &&
	    socket_address_parse(&control.socket, check->control, &ignored) ==
		0)
		ours = reach_listener(&control);
	if (answer->reach == REACHED && its > 1 && ours > 1 && its != ours) {
		answer->reach = REACH_STRANGER;
		strbuf_addf(&answer->why,
		    "process %ld listens there, and %s is %ld", (long)its,
		    check->name, (long)ours);
	}
	strbuf_free(&ignored);
}

void
daemon_check_ask(struct daemon_check *check, const struct conf_text *listen)
{
	struct strbuf ignored = { 0 };

	if (listen != NULL)
		listen_value_parse(&check->listen, listen, check->defaults,
		    &ignored, &ignored);
	strbuf_free(&ignored);
	ask_control(check);
	check->answers = xcalloc(check->listen.count, sizeof *check->answers);
	/* Who is silent here is so on other sockets. */
	for (size_t i = 0; !check->is_silent && i < check->listen.count; i++) {
		reach_by_asking(&check->answers[i], &check->listen.addresses[i],
		    check->smtpd_user, check->greeting, DAEMON_CHECK_MS);
		look_for_stranger(check, i);
	}
}

void
daemon_check_free(struct daemon_check *check)
{
	for (size_t i = 0; i < check->listen.count; i++)
		reach_answer_free(&check->answers[i]);
	free(check->answers);
	listen_value_free(&check->listen);
	free(check->control);
	strbuf_free(&check->parameters);
	strbuf_free(&check->metrics);
}

void
daemon_check_service(struct doctor *doctor, const struct daemon_check *check,
    const char *verb)
{
	char *service = xasprintf("sekisho-%s", check->name);

	doctor_service_line(&doctor->fix, verb, service);
	free(service);
}

/* "authctl" of "authd". */
void
daemon_check_command(struct doctor *doctor, const struct daemon_check *check,
    const char *words)
{
	doctor_fix(doctor, "%s%.*sctl ", command_line_prefix(),
	    (int)strlen(check->name) - 1, check->name);
	if (strcmp(check->config_path, check->default_path) != 0) {
		doctor_fix(doctor, "-c ");
		doctor_quote(&doctor->fix, check->config_path);
		doctor_fix(doctor, " ");
	}
	doctor_fix(doctor, "%s", words);
}

void
daemon_check_line(struct doctor *doctor, const struct daemon_check *check,
    const char *verb, const char *fmt, ...)
{
	va_list ap;

	doctor_fix(doctor, "write in %s: ", check->config_path);
	va_start(ap, fmt);
	strbuf_vaddf(&doctor->fix, fmt, ap);
	va_end(ap);
	doctor_fix(doctor, ", then ");
	daemon_check_service(doctor, check, verb);
}

void
daemon_check_config(struct doctor *doctor, const struct daemon_check *check,
    const struct strbuf *problem)
{
	const char *text = strbuf_str(problem);

	doctor_fix(doctor, "%s%s -t -c ", command_line_prefix(), check->name);
	doctor_quote(&doctor->fix, check->config_path);
	doctor_fix(doctor, " says all of it: mend the file");
	doctor_found(doctor, "%.*s", (int)strcspn(text, "\n"), text);
}

void
daemon_check_down(struct doctor *doctor, const struct daemon_check *check)
{
	if (check->cannot_ask) {
		doctor_skip(doctor, "run this as root, or in group sekisho");
	} else if (!check->is_running && !check->is_asked) {
		doctor_skip(doctor, "%s does not run, and no smtpd asks it",
		    check->name);
	} else if (!check->is_running) {
		daemon_check_service(doctor, check, "restart");
		doctor_found(doctor, "%s %s: %s", check->name,
		    check->is_silent ? "does not answer" : "does not run",
		    check->without);
	}
}

/* The line of a name in what conf_print gave; NULL: none. */
static const char *
find_line(const char *text, const char *name, size_t len)
{
	for (; *text != '\0'; text += strcspn(text, "\n") + 1)
		if (strncmp(text, name, len) == 0 &&
		    strncmp(text + len, " = ", 3) == 0)
			return text;
	return NULL;
}

static bool
needs_restart(const struct daemon_check *check, const char *name, size_t len)
{
	for (size_t i = 0; i < check->nparams; i++)
		if (strlen(check->params[i].name) == len &&
		    strncmp(check->params[i].name, name, len) == 0)
			return (check->params[i].flags &
				   (CONF_AT_START | CONF_FROM_POSTFIX)) != 0;
	return false;
}

/* What it says it goes by, against what the file says. */
void
daemon_check_old(struct doctor *doctor, const struct daemon_check *check,
    const struct conf *conf)
{
	struct strbuf now = { 0 };
	const char *line, *then;

	if (check->is_running)
		conf_print(conf, &now);
	for (line = strbuf_str(&now); *line != '\0';
	     line += strcspn(line, "\n") + 1) {
		size_t name = strcspn(line, " "), len = strcspn(line, "\n");

		then = find_line(strbuf_str(&check->parameters), line, name);
		if (then != NULL && strcspn(then, "\n") == len &&
		    strncmp(then, line, len) == 0)
			continue;
		daemon_check_service(doctor, check,
		    needs_restart(check, line, name) ? "restart" : "reload");
		doctor_found(doctor,
		    "%.*s has another value than %s goes by: it has not read "
		    "%s since",
		    (int)name, line, check->name, check->config_path);
	}
	strbuf_free(&now);
}

/* The rows of a table for what reach.h tells apart. */
static const char *
row_of(enum reach reach)
{
	switch (reach) {
	case REACH_MISSING:
		return "socket-missing";
	case REACH_DEAD:
		return "socket-dead";
	case REACH_CLOSED:
		return "socket-directory";
	case REACH_RIGHTS:
		return "socket-rights";
	case REACH_LISTED:
		return "socket-acl";
	case REACH_STRANGER:
		return "socket-stranger";
	case REACH_SILENT:
	case REACH_FAILED:
		return "socket-silent";
	case REACHED:
	case REACH_UNKNOWN:
		return "";
	}
	abort();
}

static void
fix_socket(struct doctor *doctor, const struct daemon_check *check, size_t i)
{
	const struct listen_address *address = &check->listen.addresses[i];
	const struct reach_answer *answer = &check->answers[i];
	pid_t pid = reach_listener(address);

	if (answer->reach == REACH_CLOSED || answer->reach == REACH_LISTED) {
		doctor_fix(doctor, "%s", strbuf_str(&answer->fix));
		return;
	}
	if (answer->reach == REACH_RIGHTS) {
		daemon_check_line(doctor, check, "restart",
		    "listen = { %s, owner = %s, mode = 0660 }", address->text,
		    check->smtpd_user);
		return;
	}
	if (pid > 1)
		doctor_fix(doctor, "kill %ld && ", (long)pid);
	daemon_check_service(doctor, check, "restart");
}

void
daemon_check_socket(struct doctor *doctor, const struct daemon_check *check)
{
	if (!check->is_asked && !check->is_running)
		return;
	if (strcmp(doctor->row->id, "socket-rights") == 0 && geteuid() != 0)
		doctor_skip(doctor, "run this as root");
	for (size_t i = 0; i < check->listen.count; i++) {
		const struct reach_answer *answer = &check->answers[i];

		if (strcmp(row_of(answer->reach), doctor->row->id) != 0)
			continue;
		fix_socket(doctor, check, i);
		doctor_found(doctor, "%s: %s", check->listen.addresses[i].text,
		    strbuf_str(&answer->why));
	}
}

void
daemon_check_link(struct doctor *doctor, const struct daemon_check *check,
    const struct daemon_check_peer *peer)
{
	char *down = xasprintf("\nsekisho_%s_link_up 0\n", check->name);
	const char *path = strchr(peer->address, ':');
	bool is_wanted =
	    peer->is_wanted || (path != NULL && access(path + 1, F_OK) == 0);

	if (is_wanted && strstr(strbuf_str(&check->metrics), down) != NULL) {
		doctor_fix(doctor,
		    "start %s, or mend %s: the line \"link: %s\" of %s's log "
		    "has why",
		    peer->name, peer->parameter, peer->name, check->name);
		doctor_found(doctor, "%s hears nothing of %s (%s = %s): %s",
		    check->name, peer->name, peer->parameter, peer->address,
		    peer->without);
	}
	free(down);
}
