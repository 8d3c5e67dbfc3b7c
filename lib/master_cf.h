#ifndef MASTER_CF_H
#define MASTER_CF_H

#include <stdbool.h>
#include <stddef.h>

#include "postconf.h"
#include "strbuf.h"

/*
 * Postfix's master.cf(5): which services there are, and what each of them sets
 * for itself.  Read from the file: postconf(1) cuts `-oname=value` at each o.
 */
#define MASTER_CF_MAX ((size_t)1 << 20) /* bytes of the file */

struct master_service {
	char *name;    /* "submission/inet" */
	char chroot;   /* 'y', 'n', or '-': compatibility_level decides */
	char *command; /* "smtpd" */
	size_t noptions;
	char **options; /* "name=value", of -o */
};

struct master_cf {
	size_t n;
	struct master_service *list;
};

/* Returns 0, or -1 with the reason in err; free it in both cases. */
int master_cf_read(struct master_cf *, const char *directory,
    struct strbuf *err);
void master_cf_free(struct master_cf *);

/*
 * postconf_ask as if the service's options stood in main.cf; service: NULL:
 * main.cf alone.
 */
int master_service_ask(const struct master_service *, const char *directory,
    const char *option, const char *const words[], struct postconf_values *,
    struct strbuf *err);

/* The option that sets a name, "name=value"; NULL: main.cf decides. */
const char *master_service_option(const struct master_service *,
    const char *name);

#endif
