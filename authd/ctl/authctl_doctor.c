/*
 * authctl doctor: what is wrong with authd, its users and the Postfix that asks
 * it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "authctl.h"
#include "authd_patient.h"
#include "child.h"
#include "mem.h"
#include "userdb.h"

#define GREETING "VERSION\t"

static void
check_config(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);

	daemon_check_config(doctor, &patient->authd, &patient->config_problem);
}

static void
check_main_cf(struct doctor *doctor)
{
	postfix_setup_judge(doctor, &authd_patient(doctor)->postfix_problem);
}

static void
check_down(struct doctor *doctor)
{
	daemon_check_down(doctor, &authd_patient(doctor)->authd);
}

static void
check_old(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);

	daemon_check_old(doctor, &patient->authd, patient->config->conf);
}

static void
check_link(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const struct daemon_check_peer policyd = {
		.name = "policyd",
		.parameter = "policyd_control",
		.address = patient->config->policyd_control,
		.without = "whom its guard suspends may log in",
	};

	daemon_check_link(doctor, &patient->authd, &policyd);
}

static void
check_socket(struct doctor *doctor)
{
	daemon_check_socket(doctor, &authd_patient(doctor)->authd);
}

/* Of a configuration that is wrong nothing else can be said. */
static const struct doctor_row first_row = { DOCTOR_FAULT, "authd-config",
	check_config };

/* What needs authd.cf(5). */
static const struct doctor_row authd_rows[] = {
	{ DOCTOR_FAULT, "authd-down", check_down },
	{ DOCTOR_WARNING, "authd-old", check_old },
	{ DOCTOR_WARNING, "link", check_link },
	{ DOCTOR_FAULT, "socket-missing", check_socket },
	{ DOCTOR_FAULT, "socket-dead", check_socket },
	{ DOCTOR_FAULT, "socket-directory", check_socket },
	{ DOCTOR_FAULT, "socket-rights", check_socket },
	{ DOCTOR_FAULT, "socket-acl", check_socket },
	{ DOCTOR_FAULT, "socket-stranger", check_socket },
	{ DOCTOR_FAULT, "socket-silent", check_socket },
	{ DOCTOR_FAULT, "sasl-path", check_sasl_path },
	{ DOCTOR_FAULT, "sasl-type", check_sasl_type },
	{ DOCTOR_WARNING, "sasl-off", check_sasl_off },
	{ DOCTOR_FAULT, "database", check_database },
	{ DOCTOR_FAULT, "database-rights", check_database_rights },
	{ DOCTOR_FAULT, "rehash-rights", check_rehash_rights },
	{ DOCTOR_WARNING, "rehash-waits", check_rehash_waits },
	{ DOCTOR_WARNING, "no-users", check_no_users },
	{ DOCTOR_WARNING, "no-secret", check_no_secret },
	{ DOCTOR_WARNING, "default-realm", check_default_realm },
	{ DOCTOR_FAULT, "clock", check_clock },
};

/* What is Postfix's alone. */
static const struct doctor_row smtpd_rows[] = {
	{ DOCTOR_FAULT, "main-cf", check_main_cf },
	{ DOCTOR_FAULT, "sasl-mechanisms", check_sasl_mechanisms },
	{ DOCTOR_FAULT, "sasl-hidden", check_sasl_hidden },
	{ DOCTOR_FAULT, "sasl-permit", check_sasl_permit },
	{ DOCTOR_FAULT, "tls-missing", check_tls_missing },
	{ DOCTOR_WARNING, "clear-passwords", check_clear_passwords },
	{ DOCTOR_WARNING, "auth-port-25", check_auth_port_25 },
	{ DOCTOR_WARNING, "realm-doubled", check_realm_doubled },
	{ DOCTOR_FAULT, "tls-file", check_tls_files },
	{ DOCTOR_FAULT, "key-rights", check_tls_files },
	{ DOCTOR_FAULT, "port-stranger", check_port_stranger },
	{ DOCTOR_WARNING, "relay-provider", check_relay_provider },
	{ DOCTOR_WARNING, "relay-options", check_relay_options },
	{ DOCTOR_WARNING, "relay-clear", check_relay_clear },
	{ DOCTOR_FAULT, "relay-secret", check_relay_maps },
	{ DOCTOR_FAULT, "relay-map", check_relay_maps },
	{ DOCTOR_FAULT, "outbound", check_way_out },
	{ DOCTOR_WARNING, "fail2ban", check_fail2ban },
};

#define ROWS(table) table, sizeof table / sizeof table[0]

/* --- what authd says --- */

/* The child: what it says to one who connects, until DONE. */
static int
hear(const void *arg, struct strbuf *out)
{
	const struct listen_address *address = arg;
	int fd = socket(address->socket.sockaddr.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC, 0);
	char bytes[1024];
	ssize_t n;

	if (fd == -1 ||
	    connect(fd, (const struct sockaddr *)&address->socket.sockaddr,
		address->socket.len) == -1)
		return 1;
	while (strstr(strbuf_str(out), "DONE\n") == NULL &&
	    (n = read(fd, bytes, sizeof bytes)) > 0)
		strbuf_add(out, bytes, (size_t)n);
	return 0;
}

static void
take_offer(struct authd_patient *patient, char *line)
{
	struct authd_offer *offer;
	char *name;

	if (strncmp(line, "MECH\t", 5) != 0)
		return;
	line += 5;
	name = strsep(&line, "\t");
	patient->offers = xreallocarray(patient->offers, patient->noffers + 1,
	    sizeof *patient->offers);
	offer = &patient->offers[patient->noffers++];
	offer->name = xstrdup(name);
	offer->flags = xstrdup(line != NULL ? line : "");
}

static void
hear_offers(struct authd_patient *patient, const struct listen_address *address)
{
	struct strbuf text = { 0 }, ignored = { 0 };
	char *rest, *line;

	if (child_run(hear, address, DAEMON_CHECK_MS, &text, &ignored) == 0) {
		rest = text.bytes;
		while ((line = strsep(&rest, "\n")) != NULL)
			take_offer(patient, line);
	}
	strbuf_free(&text);
	strbuf_free(&ignored);
}

static void
ask_offers(struct authd_patient *patient)
{
	const struct daemon_check *authd = &patient->authd;

	for (size_t i = 0; i < authd->listen.count && patient->noffers == 0;
	     i++)
		if (!authd->is_silent &&
		    !reach_is_denied(authd->answers[i].reach))
			hear_offers(patient, &authd->listen.addresses[i]);
}

/* --- users --- */

static bool
take_user(void *arg, const char *name, const struct user_record *record)
{
	struct authd_patient *patient = arg;
	const char *realm = strchr(name, '@');

	patient->nusers++;
	if (realm != NULL &&
	    strcasecmp(realm + 1, patient->config->default_realm) == 0)
		patient->nhere++;
	else if (realm != NULL && patient->a_realm == NULL)
		patient->a_realm = xstrdup(realm + 1);
	if (record == NULL)
		return true;
	if (record->changed > patient->newest)
		patient->newest = record->changed;
	for (int m = 0; m < MECHANISMS; m++) {
		if (mechanism_secret((enum mechanism)m, &record->secrets) !=
		    NULL)
			continue;
		patient->without[m]++;
		if (patient->first_without[m] == NULL)
			patient->first_without[m] = xstrdup(name);
	}
	return true;
}

/* --- all of it --- */

/* Returns false when it is wrong, or not there. */
static bool
read_config(struct authctl *ctl, struct authd_patient *patient,
    struct doctor *doctor)
{
	struct strbuf *problem = &patient->config_problem;
	int code = authd_config_load(&ctl->config, patient->authd.config_path,
	    problem);

	patient->has_config = code == EX_OK;
	if (code == EX_NOINPUT &&
	    strstr(strbuf_str(problem), strerror(EACCES)) != NULL) {
		strbuf_truncate(problem, problem->len - 1);
		doctor_skip(doctor, "%s", strbuf_str(problem));
		return true;
	}
	return code == EX_OK;
}

static void
ask_postfix(struct authd_patient *patient, const char *directory)
{
	const char *owner;

	patient->has_postfix = postfix_setup_ask(&patient->postfix, directory,
				   &patient->postfix_problem) == 0;
	owner = postfix_setup_value(&patient->postfix, NULL, "mail_owner");
	patient->authd.smtpd_user =
	    *owner != '\0' ? owner : authd_client_defaults.owner;
}

static void
gather(struct authd_patient *patient, const char *directory)
{
	ask_postfix(patient, directory);
	if (patient->has_config)
		patient->has_users =
		    userdb_each(patient->config->database_path, take_user,
			patient, &patient->users_problem) == 0;
	patient->authd.is_asked =
	    authd_patient_is_asked(patient) || patient->nusers > 0;
	daemon_check_ask(&patient->authd,
	    patient->has_config ? &patient->config->listen : NULL);
	ask_offers(patient);
}

static void
patient_free(struct authd_patient *patient)
{
	daemon_check_free(&patient->authd);
	for (size_t i = 0; i < patient->noffers; i++) {
		free(patient->offers[i].name);
		free(patient->offers[i].flags);
	}
	free(patient->offers);
	for (int m = 0; m < MECHANISMS; m++)
		free(patient->first_without[m]);
	free(patient->a_realm);
	postfix_setup_free(&patient->postfix);
	strbuf_free(&patient->users_problem);
	strbuf_free(&patient->config_problem);
	strbuf_free(&patient->postfix_problem);
}

int
authctl_doctor(struct authctl *ctl, const struct arguments *args)
{
	struct doctor doctor = { 0 };
	struct authd_patient patient = {
		.config = &ctl->config,
		.outbound = args->outbound,
		.now = ctl->now,
		.authd = {
			.name = "authd",
			.default_path = AUTHD_CONFIG_FILE,
			.config_path = args->config_path,
			.params = authd_params,
			.nparams = authd_nparams,
			.defaults = &authd_client_defaults,
			.greeting = GREETING,
			.without = "nobody can log in",
		},
	};
	int code;

	doctor.patient = &patient;
	if (read_config(ctl, &patient, &doctor)) {
		gather(&patient, args->nwords > 0 ? args->words[0] : NULL);
		if (patient.has_config)
			doctor_run(&doctor, ROWS(authd_rows));
		doctor_run(&doctor, ROWS(smtpd_rows));
	} else {
		doctor_run(&doctor, &first_row, 1);
	}
	code = doctor_print(&doctor, (args->given & OPTION_JSON) != 0,
	    &ctl->out, &ctl->err);
	patient_free(&patient);
	doctor_free(&doctor);
	return code;
}
