/*
 * authctl doctor: whether authd runs, and whether Postfix reaches it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authd_patient.h"
#include "command_line.h"
#include "mem.h"

void
check_config(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const char *problem = strbuf_str(&patient->config_problem);

	doctor_fix(doctor, "%sauthd -t -c ", command_line_prefix());
	doctor_quote(&doctor->fix, patient->config_path);
	doctor_fix(doctor, " says all of it: mend the file");
	doctor_found(doctor, "%.*s", (int)strcspn(problem, "\n"), problem);
}

void
check_main_cf(struct doctor *doctor)
{
	postfix_setup_judge(doctor, &authd_patient(doctor)->postfix_problem);
}

void
check_authd_down(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);

	if (patient->cannot_ask)
		doctor_skip(doctor, "run this as root, or in group sekisho");
	else if (!patient->is_running &&
	    (authd_patient_is_asked(patient) || patient->nusers > 0)) {
		doctor_service_line(&doctor->fix, "restart", "sekisho-authd");
		doctor_found(doctor, "authd %s: nobody can log in",
		    patient->is_silent ? "does not answer" : "does not run");
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
needs_restart(const char *name, size_t len)
{
	for (size_t i = 0; i < authd_nparams; i++)
		if (strlen(authd_params[i].name) == len &&
		    strncmp(authd_params[i].name, name, len) == 0)
			return (authd_params[i].flags & CONF_AT_START) != 0;
	return false;
}

static void
found_old(struct doctor *doctor, const char *name, size_t len)
{
	if (needs_restart(name, len))
		doctor_service_line(&doctor->fix, "restart", "sekisho-authd");
	else
		doctor_service_line(&doctor->fix, "reload", "sekisho-authd");
	doctor_found(doctor,
	    "%s was changed since authd read it: %.*s is another",
	    authd_patient(doctor)->config_path, (int)len, name);
}

/* What it says it goes by, against what the file says. */
void
check_authd_old(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);
	struct strbuf now = { 0 };
	const char *line, *then;

	if (patient->is_running)
		conf_print(patient->config->conf, &now);
	for (line = strbuf_str(&now); *line != '\0';
	     line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, " ");

		then = find_line(strbuf_str(&patient->parameters), line, len);
		if (then != NULL &&
		    strcspn(then, "\n") == strcspn(line, "\n") &&
		    strncmp(then, line, strcspn(line, "\n")) == 0)
			continue;
		found_old(doctor, line, len);
	}
	strbuf_free(&now);
}

/* The rows of the table for what reach.h tells apart. */
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

/* Who listens there instead: "kill PID && ", when that can be told. */
static void
fix_stranger(struct doctor *doctor, const struct listen_address *address)
{
	pid_t pid = reach_listener(address);

	if (pid > 1)
		doctor_fix(doctor, "kill %ld && ", (long)pid);
	doctor_service_line(&doctor->fix, "restart", "sekisho-authd");
}

static void
fix_socket(struct doctor *doctor, const struct listen_address *address,
    const struct reach_answer *answer)
{
	if (answer->reach == REACH_CLOSED || answer->reach == REACH_LISTED)
		doctor_fix(doctor, "%s", strbuf_str(&answer->fix));
	else if (answer->reach == REACH_RIGHTS)
		authd_patient_fix(doctor, "restart",
		    "listen = { %s, owner = %s, mode = 0660 }", address->text,
		    authd_patient(doctor)->smtpd_user);
	else if (answer->reach == REACH_STRANGER ||
	    answer->reach == REACH_SILENT)
		fix_stranger(doctor, address);
	else
		doctor_service_line(&doctor->fix, "restart", "sekisho-authd");
}

void
check_socket(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);

	if (!authd_patient_is_asked(patient) && !patient->is_running)
		return;
	if (strcmp(doctor->row->id, "socket-rights") == 0 && geteuid() != 0)
		doctor_skip(doctor, "run this as root");
	for (size_t i = 0; i < patient->listen.count; i++) {
		const struct listen_address *address =
		    &patient->listen.addresses[i];
		const struct reach_answer *answer = &patient->answers[i];

		if (strcmp(row_of(answer->reach), doctor->row->id) != 0)
			continue;
		fix_socket(doctor, address, answer);
		doctor_found(doctor, "%s: %s", address->text,
		    strbuf_str(&answer->why));
	}
}
