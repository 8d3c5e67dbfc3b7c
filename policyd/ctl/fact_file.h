#ifndef FACT_FILE_H
#define FACT_FILE_H

#include "dnsbl.h"
#include "facts.h"
#include "strbuf.h"

/*
 * DNS from a text file, for tests of a configuration: every question is
 * answered at once, and a name that the file does not have does not exist.
 */
struct fact_file;

struct fact_file *fact_file_new(void);
void fact_file_free(struct fact_file *); /* NULL is fine */

/*
 * One record, `NAME TYPE VALUE`: A, AAAA, MX (`10 host`, or a host alone),
 * NS, PTR, TXT (perhaps in double quotes).  A value of SERVFAIL, TIMEOUT or
 * MALFORMED is an answer that is none.  line is changed.
 * Returns 0 or -1 with the reason in err.
 */
int fact_file_add(struct fact_file *, char *line, struct strbuf *err);

/*
 * What a table that a server has, has for a key: `TYPE:NAME KEY VALUE`; TIMEOUT
 * is a lookup that fails.  A key that stands nowhere is not found.
 */
int fact_file_add_key(struct fact_file *, char *line, struct strbuf *err);

/* Where DNS lists, and where evaluations ask; both borrow the file. */
struct dnsbl_dns fact_file_dns(struct fact_file *);
struct fact_source fact_file_source(struct fact_file *);

#endif
