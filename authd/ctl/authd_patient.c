/*
 * authctl doctor: what the checks share.
 */
#include "authd_patient.h"

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
authd_patient_each(struct doctor *doctor,
    void (*check)(struct doctor *, const struct postfix_service *))
{
	const struct authd_patient *patient = authd_patient(doctor);

	for (size_t i = 0; i < patient->postfix.n; i++)
		if (authd_patient_has_auth(patient,
			&patient->postfix.services[i]))
			check(doctor, &patient->postfix.services[i]);
}
