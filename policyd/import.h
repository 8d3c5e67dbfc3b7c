#ifndef IMPORT_H
#define IMPORT_H

#include <stddef.h>

#include "postconf.h"
#include "strbuf.h"

/*
 * From a running main.cf to policyd.cf: every restriction that policyd can
 * evaluate moves, the rest stays, and what is printed says why, and what
 * main.cf has to hold then.  Relay control never leaves main.cf.
 */
#define IMPORT_DIRECTORY "/etc/postfix" /* unless another one is named */

struct import_source {
	const char *directory;
	const struct postconf_values *set; /* postconf -xn: what main.cf sets */
	const struct postconf_values *shared;   /* postconf -x NAMES */
	const struct postconf_values *services; /* postconf -P */
};

/* Write a policyd.cf to out; the lines for main.cf begin with "#| ". */
void import_write(const struct import_source *, struct strbuf *out);

/* The NAMES to ask for, NULL behind the last. */
extern const char *const import_shared_names[];

#endif
