/*
 * authctl doctor: the user database.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "authd_patient.h"
#include "file_check.h"

#define CLOCK_SLACK 300 /* seconds that a clock may be behind its own past */

void
check_database(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const char *path = patient->config->database_path;

	if (patient->has_users)
		return;
	if (access(path, F_OK) == -1 && errno == ENOENT) {
		if (!authd_patient_is_asked(patient))
			return;
		daemon_check_command(doctor, &patient->authd, "user add NAME");
		doctor_found(doctor, "there are no users: %s does not exist",
		    path);
	} else if (geteuid() != 0 &&
	    strstr(strbuf_str(&patient->users_problem), strerror(EACCES)) !=
		NULL) {
		doctor_skip(doctor, "run this as root");
	} else {
		doctor_fix(doctor, "cp BACKUP %s", path);
		doctor_found(doctor, "nobody can log in: %s",
		    strbuf_str(&patient->users_problem));
	}
}

void
check_database_rights(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);

	file_check_secret(doctor, patient->config->database_path,
	    patient->config->user, "the user database");
}

void
check_no_users(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);

	if (!patient->has_users || patient->nusers > 0 ||
	    !authd_patient_is_asked(patient))
		return;
	daemon_check_command(doctor, &patient->authd, "user add NAME");
	doctor_found(doctor, "there are no users");
}

void
check_no_secret(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const struct authd_config *config = patient->config;

	for (size_t i = 0; i < config->noffered; i++) {
		enum mechanism mechanism = config->offered[i];

		if (patient->without[mechanism] == 0)
			continue;
		daemon_check_command(doctor, &patient->authd, "user passwd ");
		doctor_quote(&doctor->fix, patient->first_without[mechanism]);
		doctor_found(doctor,
		    "%zu of %zu users have no secret for %s, which is offered: "
		    "they cannot log in by it (user list --without %s)",
		    patient->without[mechanism], patient->nusers,
		    mechanism_name(mechanism), mechanism_name(mechanism));
	}
}

void
check_default_realm(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const char *realm = patient->config->default_realm;

	if (patient->nusers == 0 || patient->nhere > 0)
		return;
	daemon_check_line(doctor, &patient->authd, "reload",
	    "default_realm = %s", patient->a_realm);
	doctor_found(doctor,
	    "no user is in default_realm (%s), so that nobody can log in "
	    "without a realm",
	    *realm != '\0' ? realm : "which is empty");
}

void
check_clock(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);

	if (patient->newest <= patient->now + CLOCK_SLACK)
		return;
	doctor_fix(doctor, "timedatectl set-ntp true");
	doctor_found(doctor,
	    "the clock is wrong: users were changed %ld s in the future",
	    (long)(patient->newest - patient->now));
}
