/*
 * policyctl doctor: where main.cf asks policyd, and where it should.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "policyd_patient.h"
#include "mem.h"
#include "nearest.h"
#include "word_list.h"

#define SERVER       "unix:private/sekisho-policy"
#define TIMEOUT      "smtpd_policy_service_timeout"
#define GOOD_TIMEOUT "100s"
#define ACTION       "smtpd_policy_service_default_action"
#define GOOD_ACTION  "451 4.3.5 Server configuration problem"

static const char *
value(const struct doctor *doctor, const struct postfix_service *service,
    const char *name)
{
	return postfix_setup_value(&policyd_patient(doctor)->postfix, service,
	    name);
}

static void
fix_value(struct doctor *doctor, const struct postfix_service *service,
    const char *name, const char *text)
{
	postfix_setup_line(&policyd_patient(doctor)->postfix, service, name,
	    text, &doctor->fix);
}

/* What to write in a list of the service, so that it asks policyd. */
static char *
new_hook(const struct policyd_patient *patient,
    const struct postfix_service *service, const char *context)
{
	const struct listen_value *listen = &patient->policyd.listen;
	char *name = NULL, *server, *text;

	for (size_t i = 0; name == NULL && i < listen->count; i++) {
		const struct listen_address *address = &listen->addresses[i];
		const char *path = socket_address_path(&address->socket);

		name = path == NULL
		    ? xstrdup(address->text)
		    : postfix_setup_name(&patient->postfix, service, path);
	}
	if (name == NULL)
		server = xstrdup(SERVER);
	else
		server = xasprintf("%s%s",
		    strncmp(name, "inet:", 5) == 0 ? "" : "unix:", name);
	text = context == NULL
	    ? xasprintf("check_policy_service %s", server)
	    : xasprintf("check_policy_service {%s,policy_context=%s}", server,
		  context);
	free(name);
	free(server);
	return text;
}

/* The fix is the hook, first in a list, in front of what is there. */
static void
fix_by_hook(struct doctor *doctor, const struct postfix_service *service,
    enum stage stage)
{
	const char *list = value(doctor, service, stage_list_name(stage));
	char *hook = new_hook(policyd_patient(doctor), service, NULL);
	char *text = xasprintf("%s%s%s", hook, *list != '\0' ? ", " : "", list);

	fix_value(doctor, service, stage_list_name(stage), text);
	free(text);
	free(hook);
}

/* The fix is another text for a hook where it stands. */
static void
fix_hook(struct doctor *doctor, const struct policy_hook *hook,
    const char *text)
{
	const char *name = stage_list_name(hook->stage);
	char *list = word_list_replace(value(doctor, hook->service, name),
	    hook->start, hook->end, text);

	fix_value(doctor, hook->service, name, list);
	free(list);
}

static const char *
place(const struct policy_hook *hook)
{
	return postfix_setup_place(hook->service, stage_list_name(hook->stage));
}

static bool
is_relay(const struct policy_hook *hook)
{
	return hook->context != NULL && policy_context_is_relay(hook->context);
}

/* Where nobody serves; false where that cannot be told. */
static bool
is_dead(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd, error = 0;

	if (path == NULL || strlen(path) >= sizeof un.sun_path)
		return false;
	strcpy(un.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return false;
	if (connect(fd, (const struct sockaddr *)&un, sizeof un) == -1)
		error = errno;
	close(fd);
	return error == ENOENT || error == ECONNREFUSED || error == ENOTDIR;
}

void
check_hook_dead(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	for (size_t i = 0; i < patient->hooks.n; i++) {
		const struct policy_hook *hook = &patient->hooks.list[i];
		char *text;

		if (hook->is_ours || hook->is_in_class || !is_dead(hook->path))
			continue;
		text = policyd_patient_is_asked(patient, hook->service,
			   hook->stage)
		    ? xstrdup("")
		    : new_hook(patient, hook->service, hook->context);
		fix_hook(doctor, hook, text);
		free(text);
		doctor_found(doctor,
		    "%s of %s asks %s, which is %s%s, and nobody listens "
		    "there: all mail is put off",
		    stage_list_name(hook->stage), place(hook), hook->server,
		    hook->path,
		    hook->service->is_chrooted ? " (its smtpd is chrooted)"
					       : "");
	}
}

void
check_hook_missing(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	if (!patient->has_postfix || patient->postfix.n == 0 ||
	    !patient->policyd.is_running ||
	    policyd_patient_is_asked(patient, NULL, STAGE_COUNT))
		return;
	for (size_t i = 0; i < patient->hooks.n; i++)
		if (is_relay(&patient->hooks.list[i]) ||
		    is_dead(patient->hooks.list[i].path))
			return;
	fix_by_hook(doctor, &patient->postfix.services[0], STAGE_RECIPIENT);
	for (enum stage stage = STAGE_DATA; stage < STAGE_COUNT; stage++) {
		if (!policyd_patient_has_list(patient, stage))
			continue;
		doctor_fix(doctor, " && ");
		fix_by_hook(doctor, &patient->postfix.services[0], stage);
	}
	doctor_found(doctor,
	    "no list of main.cf or master.cf asks policyd: nothing of "
	    "policyd.cf happens");
}

void
check_hook_behind(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	for (size_t i = 0; i < patient->hooks.n; i++) {
		const struct policy_hook *hook = &patient->hooks.list[i];
		const char *name = stage_list_name(hook->stage), *list;
		char *rest, *text;

		if (!hook->is_ours || hook->behind == NULL ||
		    hook->is_in_class || is_relay(hook))
			continue;
		list = value(doctor, hook->service, name);
		rest = word_list_replace(list, hook->start, hook->end, "");
		text = xasprintf("%.*s, %s", (int)(hook->end - hook->start),
		    list + hook->start, rest);
		fix_value(doctor, hook->service, name, text);
		free(rest);
		free(text);
		doctor_found(doctor,
		    "%s of %s asks policyd behind %s: it never sees what that "
		    "lets in",
		    name, place(hook), hook->behind);
	}
}

/* Lists of main.cf from which policyd evaluates what it has for RCPT. */
static bool
asks_at_rcpt(const struct doctor *doctor, const struct postfix_service *service)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	bool is_delayed =
	    strcasecmp(value(doctor, service, "smtpd_delay_reject"), "yes") ==
	    0;

	for (enum stage stage = 0; stage < STAGE_DATA; stage++)
		if ((stage == STAGE_RELAY || stage == STAGE_RECIPIENT ||
			is_delayed) &&
		    policyd_patient_is_asked(patient, service, stage))
			return true;
	return false;
}

static bool
has_rcpt_lists(const struct policyd_patient *patient)
{
	for (enum stage stage = 0; stage < STAGE_DATA; stage++)
		if (policyd_patient_has_list(patient, stage))
			return true;
	return false;
}

static void
found_unasked(struct doctor *doctor, const struct postfix_service *service,
    enum stage stage)
{
	const char *name = stage_list_name(stage);

	fix_by_hook(doctor, service, stage);
	doctor_found(doctor,
	    "policyd.cf has restrictions that are never evaluated: %s of %s "
	    "does not ask policyd, and the list that does is another",
	    name, postfix_setup_place(service, name));
}

void
check_hook_list(struct doctor *doctor)
{
	static const enum stage others[] = { STAGE_DATA, STAGE_ETRN };
	const struct policyd_patient *patient = policyd_patient(doctor);

	for (size_t i = 0; i < patient->postfix.n; i++) {
		const struct postfix_service *service =
		    &patient->postfix.services[i];

		if (!policyd_patient_is_asked(patient, service, STAGE_COUNT))
			continue;
		if (has_rcpt_lists(patient) && !asks_at_rcpt(doctor, service))
			found_unasked(doctor, service, STAGE_RECIPIENT);
		for (size_t j = 0; j < sizeof others / sizeof others[0]; j++)
			if (policyd_patient_has_list(patient, others[j]) &&
			    !policyd_patient_is_asked(patient, service,
				others[j]))
				found_unasked(doctor, service, others[j]);
	}
}

void
check_end_of_data(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const char *name = stage_list_name(STAGE_END_OF_DATA);

	if (!policyd_patient_has_list(patient, STAGE_END_OF_DATA))
		return;
	for (size_t i = 0; i < patient->postfix.n; i++) {
		const struct postfix_service *service =
		    &patient->postfix.services[i];

		if (!policyd_patient_is_asked(patient, service, STAGE_COUNT) ||
		    policyd_patient_is_asked(patient, service,
			STAGE_END_OF_DATA))
			continue;
		fix_by_hook(doctor, service, STAGE_END_OF_DATA);
		doctor_found(doctor,
		    "%s of %s does not ask policyd: no message that was sent "
		    "is counted, and no limit of messages or bytes holds",
		    name, postfix_setup_place(service, name));
	}
}

void
check_hook_context(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const char *const *contexts;
	size_t n = conf_contexts(patient->policies->conf, &contexts);

	for (size_t i = 0; i < patient->hooks.n; i++) {
		const struct policy_hook *hook = &patient->hooks.list[i];
		struct request request = { 0 };
		const struct policy *policy;
		enum stage stage;
		struct nearest nearest;
		char *text;

		if (!hook->is_ours || hook->context == NULL || is_relay(hook))
			continue;
		request.policy_context = hook->context;
		request.stress = "";
		if (policies_find(patient->policies, &request, &policy, &stage))
			continue;
		nearest_init(&nearest, hook->context);
		for (size_t c = 0; c < n; c++)
			nearest_offer(&nearest, contexts[c]);
		text = new_hook(patient, hook->service, nearest.best);
		fix_hook(doctor, hook, text);
		free(text);
		doctor_found(doctor,
		    "%s of %s asks with policy_context = %s, which policyd.cf "
		    "does not have",
		    stage_list_name(hook->stage), place(hook), hook->context);
	}
}

static bool
defers(const char *action)
{
	return *action == '4' || strncasecmp(action, "defer", 5) == 0;
}

void
check_default_action(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	for (size_t i = 0; i < patient->hooks.n; i++) {
		const struct policy_hook *hook = &patient->hooks.list[i];
		const char *action = hook->default_action != NULL
		    ? hook->default_action
		    : value(doctor, hook->service, ACTION);
		char *text;

		if (!hook->is_ours || defers(action))
			continue;
		if (hook->default_action == NULL) {
			fix_value(doctor, hook->service, ACTION, GOOD_ACTION);
		} else {
			text = new_hook(patient, hook->service, hook->context);
			fix_hook(doctor, hook, text);
			free(text);
		}
		doctor_found(doctor,
		    "while policyd does not answer, %s of %s does %s: mail is "
		    "not put off (%s)",
		    stage_list_name(hook->stage), place(hook), action, ACTION);
	}
}

void
check_policy_timeout(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	long dns = patient->params->dns_timeout;

	for (size_t i = 0; i < patient->hooks.n; i++) {
		const struct policy_hook *hook = &patient->hooks.list[i];
		const char *time = hook->timeout != NULL
		    ? hook->timeout
		    : value(doctor, hook->service, TIMEOUT);
		long seconds;
		char *text;

		if (!hook->is_ours || conf_parse_time(time, &seconds) == -1 ||
		    seconds > dns)
			continue;
		if (hook->timeout == NULL) {
			fix_value(doctor, hook->service, TIMEOUT, GOOD_TIMEOUT);
		} else {
			text = new_hook(patient, hook->service, hook->context);
			fix_hook(doctor, hook, text);
			free(text);
		}
		doctor_found(doctor,
		    "smtpd waits %s for policyd (%s), which may take "
		    "dns_timeout = %lds",
		    time, TIMEOUT, dns);
	}
}

/* What a login may do is limited only where policyd sees logins. */
void
check_limits_unseen(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const struct postfix_setup *postfix = &patient->postfix;

	if (!policies_use(patient->policies, RATE_RESTRICTION) &&
	    !policies_use(patient->policies, GUARD_RESTRICTION))
		return;
	for (size_t i = 0; i < postfix->n; i++) {
		const struct postfix_service *service = &postfix->services[i];

		if (!postfix_setup_says_yes(postfix, service,
			"smtpd_sasl_auth_enable") ||
		    asks_at_rcpt(doctor, service))
			continue;
		fix_by_hook(doctor, service, STAGE_RECIPIENT);
		doctor_found(doctor,
		    "%s lets people log in and does not ask policyd: what "
		    "they send is not limited",
		    service->master->name);
	}
}
