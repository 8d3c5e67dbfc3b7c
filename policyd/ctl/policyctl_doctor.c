/*
 * policyctl doctor: what is wrong with policyd and the Postfix that asks it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <event2/event.h>

#include "policyctl_command.h"
#include "policyd_patient.h"
#include "control.h"
#include "dnsbl.h"
#include "file_check.h"
#include "outbound_check.h"
#include "listener.h"
#include "log.h"
#include "mem.h"
#include "postfix_values.h"
#include "restriction_table.h"

#define DIRECTORY "/etc/postfix" /* unless postfix_config_directory has one */

/* What is needed to read policyd.cf as policyd reads it. */
struct reading {
	struct event_base *base;
	struct policy_source source;
	struct policies *policies;
};

static void
check_config(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	daemon_check_config(doctor, &patient->policyd,
	    &patient->config_problem);
}

static void
check_config_rights(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	for (size_t i = 0; i < patient->nsites; i++) {
		const struct dnsbl_site *site = patient->sites[i].site;

		if (strcmp(dnsbl_site_zone(site),
			dnsbl_site_shown_zone(site)) != 0)
			file_check_secret(doctor, patient->policyd.config_path,
			    patient->params->user,
			    "which has the key of a DNS list");
	}
}

static void
check_main_cf(struct doctor *doctor)
{
	postfix_setup_judge(doctor, &policyd_patient(doctor)->postfix_problem);
}

static void
check_way_out(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	if (patient->outbound != NULL)
		check_outbound(doctor, &patient->postfix, patient->outbound);
}

static void
check_down(struct doctor *doctor)
{
	daemon_check_down(doctor, &policyd_patient(doctor)->policyd);
}

static void
check_old(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	daemon_check_old(doctor, &patient->policyd, patient->policies->conf);
}

static void
check_link(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const struct daemon_check_peer authd = {
		.name = "authd",
		.parameter = "authd_control",
		.address = patient->params->authd_control,
		.is_wanted = policies_use(patient->policies,
		    "reject_app_password_mismatch"),
		.without = "whom authctl suspends may send, and no rule of an "
			   "app password holds",
	};

	daemon_check_link(doctor, &patient->policyd, &authd);
}

static void
check_socket(struct doctor *doctor)
{
	daemon_check_socket(doctor, &policyd_patient(doctor)->policyd);
}

/* The directory, which has to be policyd's. */
static void
check_state(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	struct strbuf ignored = { 0 };
	const char *path = policy_state_path(patient->params, &ignored);

	if (path != NULL &&
	    strstr(strbuf_str(&patient->state), "not kept") != NULL) {
		doctor_fix(doctor, "chown -R %s %.*s && ",
		    patient->params->user, (int)(strrchr(path, '/') - path),
		    path);
		daemon_check_service(doctor, &patient->policyd, "restart");
		doctor_found(doctor,
		    "what policyd remembers is in memory only: %s cannot be "
		    "written",
		    path);
	}
	strbuf_free(&ignored);
}

/* Of a configuration that is wrong nothing else can be said. */
static const struct doctor_row first_row = { DOCTOR_FAULT, "policyd-config",
	check_config };

static const struct doctor_row rows[] = {
	{ DOCTOR_FAULT, "main-cf", check_main_cf },
	{ DOCTOR_FAULT, "policyd-down", check_down },
	{ DOCTOR_WARNING, "policyd-old", check_old },
	{ DOCTOR_WARNING, "link", check_link },
	{ DOCTOR_FAULT, "config-rights", check_config_rights },
	{ DOCTOR_FAULT, "socket-missing", check_socket },
	{ DOCTOR_FAULT, "socket-dead", check_socket },
	{ DOCTOR_FAULT, "socket-directory", check_socket },
	{ DOCTOR_FAULT, "socket-rights", check_socket },
	{ DOCTOR_FAULT, "socket-acl", check_socket },
	{ DOCTOR_FAULT, "socket-stranger", check_socket },
	{ DOCTOR_FAULT, "socket-silent", check_socket },
	{ DOCTOR_FAULT, "state-lost", check_state },
	{ DOCTOR_WARNING, "table-old", check_table_old },
	{ DOCTOR_FAULT, "proxy-unnamed", check_proxy_unnamed },
	{ DOCTOR_FAULT, "proxymap-missing", check_proxymap_missing },
	{ DOCTOR_FAULT, "server-dead", check_server_dead },
	{ DOCTOR_FAULT, "table-failing", check_table_failing },
	{ DOCTOR_FAULT, "hook-dead", check_hook_dead },
	{ DOCTOR_FAULT, "hook-missing", check_hook_missing },
	{ DOCTOR_WARNING, "hook-behind", check_hook_behind },
	{ DOCTOR_FAULT, "hook-list", check_hook_list },
	{ DOCTOR_FAULT, "hook-context", check_hook_context },
	{ DOCTOR_FAULT, "end-of-data", check_end_of_data },
	{ DOCTOR_WARNING, "default-action", check_default_action },
	{ DOCTOR_FAULT, "policy-timeout", check_policy_timeout },
	{ DOCTOR_FAULT, "limits-unused", check_limits_unused },
	{ DOCTOR_FAULT, "limits-ends", check_limits_ends },
	{ DOCTOR_FAULT, "limits-behind", check_limits_behind },
	{ DOCTOR_FAULT, "limits-unseen", check_limits_unseen },
	{ DOCTOR_FAULT, "guard-unused", check_guard_unused },
	{ DOCTOR_FAULT, "networks-world", check_networks_world },
	{ DOCTOR_WARNING, "networks-container", check_networks_container },
	{ DOCTOR_WARNING, "networks-ipv6", check_networks_ipv6 },
	{ DOCTOR_WARNING, "submission-sender", check_submission_sender },
	{ DOCTOR_WARNING, "resolver-public", check_resolver_public },
	{ DOCTOR_FAULT, "resolver-dead", check_resolver_dead },
	{ DOCTOR_FAULT, "resolver-strips", check_resolver_strips },
	{ DOCTOR_FAULT, "outbound", check_way_out },
	{ DOCTOR_WARNING, "dnsbl-state", check_dnsbl_state },
	{ DOCTOR_WARNING, "dnsbl-filter", check_dnsbl_filter },
	{ DOCTOR_WARNING, "dnsbl-twice", check_dnsbl_twice },
};

/* --- DNS lists of all policies --- */

static void
add_site(struct policyd_patient *patient, const struct dnsbl_site *site,
    bool is_of_names)
{
	for (size_t i = 0; i < patient->nsites; i++)
		if (patient->sites[i].site == site)
			return;
	patient->sites = xreallocarray(patient->sites, patient->nsites + 1,
	    sizeof *patient->sites);
	patient->sites[patient->nsites++] =
	    (struct policyd_site){ site, is_of_names, NULL };
}

static void
add_sites(struct policyd_patient *patient, const struct program *program)
{
	for (size_t i = 0; program != NULL && i < program->nsteps; i++) {
		const struct step *step = &program->steps[i];
		enum argument_kind kind = step->restriction->argument;

		if (step->argument.site != NULL)
			add_site(patient, step->argument.site,
			    kind == ARGUMENT_NAME_BLOCKLIST ||
				kind == ARGUMENT_NAME_ALLOWLIST);
	}
}

static void
find_sites(struct policyd_patient *patient)
{
	for (size_t i = 0; i < patient->policies->n; i++) {
		const struct policy *policy = patient->policies->policies[i];

		for (enum stage stage = 0; stage < STAGE_COUNT; stage++)
			add_sites(patient, policy->lists[stage]);
		for (size_t j = 0; j < policy->classes.n; j++)
			add_sites(patient, policy->classes.classes[j].program);
		add_sites(patient, policy->maps_rbl);
		for (size_t j = 0; j < policy->dnsbl_score.nsites; j++)
			add_site(patient, policy->dnsbl_score.sites[j].site,
			    false);
	}
}

/* --- all of it --- */

/* Returns false when it is wrong, or not there. */
static bool
read_config(struct policyd_patient *patient, struct reading *reading,
    struct doctor *doctor)
{
	static const struct dnsbl_dns nobody = { 0 };
	static const struct dnsbl_options untested = { .untested = "" };
	struct strbuf *problem = &patient->config_problem;
	enum conf_result result;

	reading->base = event_base_new();
	reading->source.path = patient->policyd.config_path;
	reading->source.restrictions = &restriction_table;
	reading->source.dnsbls = dnsbls_new(reading->base, &nobody, &untested);
	reading->policies = policies_read(&reading->source, &result, problem);
	patient->policies = reading->policies;
	if (patient->policies != NULL) {
		patient->params = policies_params(patient->policies);
		find_sites(patient);
	} else if (result == CONF_UNREADABLE &&
	    strstr(strbuf_str(problem), strerror(EACCES)) != NULL) {
		strbuf_truncate(problem, problem->len - 1);
		doctor_skip(doctor, "%s", strbuf_str(problem));
		return true;
	}
	return patient->policies != NULL;
}

static void
reading_free(struct reading *reading)
{
	policies_release(reading->policies);
	postfix_values_free(reading->source.values);
	dnsbls_free(reading->source.dnsbls);
	event_base_free(reading->base);
}

static void
ask_postfix(struct policyd_patient *patient, const char *directory)
{
	const char *owner;

	if (directory == NULL)
		directory = patient->params->postfix_config_directory;
	if (directory[0] == '\0')
		directory = DIRECTORY;
	patient->has_postfix = postfix_setup_ask(&patient->postfix, directory,
				   &patient->postfix_problem) == 0;
	owner = postfix_setup_value(&patient->postfix, NULL, "mail_owner");
	patient->policyd.smtpd_user =
	    *owner != '\0' ? owner : patient->policyd.defaults->owner;
}

static void
ask_daemon(const struct policyd_patient *patient, const char *command,
    struct strbuf *answer)
{
	struct strbuf ignored = { 0 };

	control_ask(patient->policyd.control, command, DAEMON_CHECK_MS / 1000,
	    answer, &ignored);
	strbuf_free(&ignored);
}

/*
 * Have policyd look into its tables, as far as a stranger's mail makes it:
 * whether that works is known then, also where there was no mail.  Where DNS
 * fails it would wait for that first, and we have waited already.
 */
static void
look_into_tables(const struct policyd_patient *patient)
{
	const char *host =
	    postfix_setup_value(&patient->postfix, NULL, "myhostname");
	struct strbuf command = { 0 }, ignored = { 0 };

	strbuf_addf(&command,
	    "explain client_address=192.0.2.1 helo_name=mail.example.com "
	    "sender=postmaster@example.com recipient=postmaster@%s",
	    *host != '\0' ? host : "example.com");
	ask_daemon(patient, command.bytes, &ignored);
	strbuf_free(&command);
	strbuf_free(&ignored);
}

static void
ask_what_waits(struct policyd_patient *patient, struct event_base *base)
{
	policyd_patient_ask_dns(patient, base);
	if (!patient->some_lookup_fails)
		look_into_tables(patient);
	ask_daemon(patient, "tables", &patient->tables);
}

static void
gather(struct policyd_patient *patient, const char *directory)
{
	ask_postfix(patient, directory);
	daemon_check_ask(&patient->policyd, &patient->params->listen);
	policy_hooks_find(&patient->hooks, &patient->postfix,
	    &patient->policyd.listen);
	patient->policyd.is_asked =
	    policyd_patient_is_asked(patient, NULL, STAGE_COUNT);
	if (patient->policyd.is_running) {
		ask_daemon(patient, "lists", &patient->lists);
		ask_daemon(patient, "state", &patient->state);
	}
}

static void
patient_free(struct policyd_patient *patient)
{
	policy_hooks_free(&patient->hooks);
	postfix_setup_free(&patient->postfix);
	daemon_check_free(&patient->policyd);
	for (size_t i = 0; i < patient->nsites; i++)
		dns_answer_release(patient->sites[i].test);
	free(patient->sites);
	strbuf_free(&patient->lists);
	strbuf_free(&patient->state);
	strbuf_free(&patient->tables);
	strbuf_free(&patient->config_problem);
	strbuf_free(&patient->postfix_problem);
}

int
policyctl_doctor(struct policyctl *ctl)
{
	struct doctor doctor = { 0 };
	struct reading reading = { 0 };
	struct policyd_patient patient = {
		.outbound = ctl->outbound,
		.policyd = {
			.name = "policyd",
			.default_path = POLICYD_CONFIG_FILE,
			.config_path = ctl->config_path,
			.params = policyd_params,
			.nparams = npolicyd_params,
			.defaults = &policyd_client_defaults,
			.greeting = "",
			.without = "all mail is put off",
		},
	};
	int code;

	log_set_level(LOG_LEVEL_ERROR);
	doctor.patient = &patient;
	if (!read_config(&patient, &reading, &doctor)) {
		doctor_run(&doctor, &first_row, 1);
	} else if (patient.policies != NULL) {
		gather(&patient, ctl->nwords > 0 ? ctl->words[0] : NULL);
		if (patient.policyd.is_running)
			ask_what_waits(&patient, reading.base);
		doctor_run(&doctor, rows, sizeof rows / sizeof rows[0]);
	}
	code = doctor_print(&doctor, ctl->wants_json, &ctl->out, &ctl->err);
	if (code == EX_OK && patient.policies == NULL) {
		strbuf_truncate(&ctl->out, 0); /* nothing was looked at */
		code = EX_NOINPUT;
	}
	patient_free(&patient);
	reading_free(&reading);
	doctor_free(&doctor);
	return code;
}
