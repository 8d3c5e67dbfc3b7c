#ifndef IMPORT_H
#define IMPORT_H

#include "dnsbl.h"
#include "import_service.h"
#include "strbuf.h"

/*
 * From a running main.cf to policyd.cf: of each list the part with most in it
 * that policyd can evaluate moves, the rest stays, and what is printed says
 * why, and what main.cf and master.cf have to hold then.  Relay control never
 * leaves them.
 */

/* Where policyd listens, in the queue directory. */
#define IMPORT_SOCKET "private/sekisho-policy"

/* Write a policyd.cf to out; the lines for main.cf begin with "#| ", those for
 * a service of master.cf with "#SERVICE| ". */
void import_write(const struct import_services *, struct dnsbls *,
    struct strbuf *out);

/* The list that asks who listens at an address, "SERVICE/LIST" or "LIST"; NULL:
 * none does.  Allocated. */
char *import_find_call(const struct import_services *, const char *address);

#endif
