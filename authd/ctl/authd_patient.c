/*
 * authctl doctor: what the checks share.
 */
#include <stdarg.h>
#include <string.h>

#include "authd_patient.h"
#include "command_line.h"

const struct authd_patient *
authd_patient(const struct doctor *doctor)
{
	return doctor->patient;
}

bool
authd_patient_has_auth(const struct authd_patient *patient,
    const struct postfix_service *service)
{
	return postfix_setup_says_yes(&patient->postfix, service,
	    "smtpd_sasl_auth_enable");
}

bool
authd_patient_is_asked(const struct authd_patient *patient)
{
	for (size_t i = 0; i < patient->postfix.n; i++)
		if (authd_patient_has_auth(patient,
			&patient->postfix.services[i]))
			return true;
	return false;
}

void
authd_patient_command(struct doctor *doctor, const char *words)
{
	const char *path = authd_patient(doctor)->config_path;

	doctor_fix(doctor, "%sauthctl ", command_line_prefix());
	if (strcmp(path, AUTHD_CONFIG_FILE) != 0) {
		doctor_fix(doctor, "-c ");
		doctor_quote(&doctor->fix, path);
		doctor_fix(doctor, " ");
	}
	doctor_fix(doctor, "%s", words);
}

void
authd_patient_fix(struct doctor *doctor, const char *verb, const char *fmt, ...)
{
	va_list ap;

	doctor_fix(doctor, "write in %s: ", authd_patient(doctor)->config_path);
	va_start(ap, fmt);
	strbuf_vaddf(&doctor->fix, fmt, ap);
	va_end(ap);
	doctor_fix(doctor, ", then ");
	doctor_service_line(&doctor->fix, verb, "sekisho-authd");
}

void
authd_patient_each(struct doctor *doctor,
    void (*check)(struct doctor *, const struct postfix_service *))
{
	const struct authd_patient *patient = authd_patient(doctor);

	for (size_t i = 0; i < patient->postfix.n; i++)
		if (authd_patient_has_auth(patient,
			&patient->postfix.services[i]))
			check(doctor, &patient->postfix.services[i]);
}
