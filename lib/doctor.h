#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * What is wrong with a set-up, each finding with the line that mends it.  A
 * table has a row for each kind of fault, whose check looks for it in the
 * patient: what the tool has gathered beforehand.  Nothing is changed.
 */
enum doctor_severity {
	DOCTOR_FAULT,   /* something does not work, or is open */
	DOCTOR_WARNING, /* it may be meant */
};

struct doctor;

struct doctor_row {
	enum doctor_severity severity;
	const char *id;
	void (*check)(struct doctor *);
};

struct doctor_finding {
	const struct doctor_row *row;
	char *what;
	char *fix; /* a line to type, or `write in FILE: LINE` */
};

struct doctor {
	const void *patient;          /* borrowed */
	const struct doctor_row *row; /* whose check runs */
	struct strbuf fix;            /* of the next finding */
	size_t n;
	struct doctor_finding *findings;
	struct strbuf skipped; /* what could not be checked, a line each */
};

/* Run all checks of a table. */
void doctor_run(struct doctor *, const struct doctor_row *rows, size_t n);
void doctor_free(struct doctor *);

/*
 * For checks: what mends it, then what is wrong; the row that runs gives the
 * rest.  What has the same fix as another finding of its row is not said again.
 */
void doctor_fix(struct doctor *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_found(struct doctor *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Say what the row, or the tool before it, cannot look at. */
void doctor_skip(struct doctor *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Findings to out, "fault ID: WHAT; fix: FIX" a line, or as JSON; what was not
 * checked to err.  Returns the exit code: 0 when there are none, else 1.
 */
int doctor_print(const struct doctor *, bool as_json, struct strbuf *out,
    struct strbuf *err);

/* A word as a shell takes it. */
void doctor_quote(struct strbuf *out, const char *word);

/* "systemctl restart UNIT", or what does it where there is no systemd. */
void doctor_service_line(struct strbuf *out, const char *verb,
    const char *service);

#endif
