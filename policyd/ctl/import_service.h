#ifndef IMPORT_SERVICE_H
#define IMPORT_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "master_cf.h"
#include "postconf.h"
#include "strbuf.h"

/*
 * What Postfix is told to do: main.cf, and each smtpd service of master.cf
 * that has options (-o name=value) of its own.
 */
#define IMPORT_DIRECTORY "/etc/postfix" /* unless another one is named */

struct import_service {
	char *name;    /* "submission/inet"; "" is main.cf itself */
	char *context; /* what policyd.cf calls it: "submission"; or "" */
	const struct master_service *master; /* NULL: main.cf */
	struct postconf_values set;          /* postconf -xn */
	struct postconf_values stressed;     /* the same under stress */
	struct postconf_values shared;       /* policyd_shared_names */
};

struct import_services {
	const char *directory;          /* borrowed */
	struct postconf_values places;  /* queue_directory, mail_owner */
	struct postconf_values written; /* proxy_read_maps, as it is written */
	struct master_cf master;
	size_t n;
	struct import_service *list; /* the first is main.cf */
};

/* Returns 0, or -1 with the reason in err; free it in both cases. */
int import_services_ask(struct import_services *, const char *directory,
    struct strbuf *err);
void import_services_free(struct import_services *);

/* What it sets, "" for nothing; NULL: it leaves that to Postfix's default. */
const char *import_service_value(const struct import_service *,
    const char *name);

/* Whether an option of its own says what name is. */
bool import_service_sets(const struct import_service *, const char *name);

#endif
