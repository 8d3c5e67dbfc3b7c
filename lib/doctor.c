/*
 * Findings: collected, and printed.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "json.h"
#include "mem.h"

#define SYSTEMD_IS_THERE "/run/systemd/system"

static const char *
severity_name(enum doctor_severity severity)
{
	return severity == DOCTOR_FAULT ? "fault" : "warning";
}

void
doctor_run(struct doctor *doctor, const struct doctor_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		doctor->row = &rows[i];
		rows[i].check(doctor);
		strbuf_truncate(&doctor->fix, 0);
	}
	doctor->row = NULL;
}

void
doctor_free(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n; i++) {
		free(doctor->findings[i].what);
		free(doctor->findings[i].fix);
	}
	free(doctor->findings);
	strbuf_free(&doctor->fix);
	strbuf_free(&doctor->skipped);
	*doctor = (struct doctor){ 0 };
}

void
doctor_fix(struct doctor *doctor, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&doctor->fix, fmt, ap);
	va_end(ap);
}

static bool
is_said(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n; i++)
		if (doctor->findings[i].row == doctor->row &&
		    strcmp(doctor->findings[i].fix, strbuf_str(&doctor->fix)) ==
			0)
			return true;
	return false;
}

void
doctor_found(struct doctor *doctor, const char *fmt, ...)
{
	struct strbuf what = { 0 };
	va_list ap;

	if (!is_said(doctor)) {
		va_start(ap, fmt);
		strbuf_vaddf(&what, fmt, ap);
		va_end(ap);
		doctor->findings = xreallocarray(doctor->findings,
		    doctor->n + 1, sizeof *doctor->findings);
		doctor->findings[doctor->n++] = (struct doctor_finding){
			.row = doctor->row,
			.what = strbuf_detach(&what),
			.fix = xstrdup(strbuf_str(&doctor->fix)),
		};
	}
	strbuf_truncate(&doctor->fix, 0);
}

void
doctor_skip(struct doctor *doctor, const char *fmt, ...)
{
	va_list ap;

	strbuf_adds(&doctor->skipped, "not checked: ");
	if (doctor->row != NULL)
		strbuf_addf(&doctor->skipped, "%s: ", doctor->row->id);
	va_start(ap, fmt);
	strbuf_vaddf(&doctor->skipped, fmt, ap);
	va_end(ap);
	strbuf_addc(&doctor->skipped, '\n');
}

static void
print_json(const struct doctor *doctor, struct strbuf *out)
{
	struct json json = { .out = out };

	json_array(&json, NULL);
	for (size_t i = 0; i < doctor->n; i++) {
		const struct doctor_finding *finding = &doctor->findings[i];

		json_object(&json, NULL);
		json_string(&json, "severity",
		    severity_name(finding->row->severity));
		json_string(&json, "id", finding->row->id);
		json_string(&json, "what", finding->what);
		json_string(&json, "fix", finding->fix);
		json_end(&json);
	}
	json_end(&json);
	strbuf_addc(out, '\n');
}

int
doctor_print(const struct doctor *doctor, bool as_json, struct strbuf *out,
    struct strbuf *err)
{
	strbuf_adds(err, strbuf_str(&doctor->skipped));
	if (as_json)
		print_json(doctor, out);
	else if (doctor->n == 0)
		strbuf_adds(out, "no faults found\n");
	for (size_t i = 0; i < doctor->n && !as_json; i++) {
		const struct doctor_finding *finding = &doctor->findings[i];

		strbuf_addf(out, "%s %s: %s; fix: %s\n",
		    severity_name(finding->row->severity), finding->row->id,
		    finding->what, finding->fix);
	}
	return doctor->n > 0 ? 1 : 0;
}

void
doctor_quote(struct strbuf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@%+=:,./_-";

	if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
		strbuf_adds(out, word);
		return;
	}
	strbuf_addc(out, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			strbuf_adds(out, "'\\''");
		else
			strbuf_addc(out, *word);
	}
	strbuf_addc(out, '\'');
}

void
doctor_service_line(struct strbuf *out, const char *verb, const char *service)
{
	if (access(SYSTEMD_IS_THERE, F_OK) == 0)
		strbuf_addf(out, "systemctl %s %s", verb, service);
	else
		strbuf_addf(out, "service %s %s", service, verb);
}
