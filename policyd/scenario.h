#ifndef SCENARIO_H
#define SCENARIO_H

#include "conf.h"
#include "fact_file.h"
#include "strbuf.h"

/*
 * A scenario, policyctl(8): configuration, DNS records, requests and the
 * actions that are expected, in one text file.
 */
struct scenario_request {
	int line;
	char *title;
	char *attributes; /* NAME=VALUE lines, separated by LF */
	char *action;     /* expected; NULL: the file has none */
};

struct scenario {
	const char *path;     /* borrowed */
	struct strbuf config; /* its lines at their places; empty: none */
	struct fact_file *facts;
	size_t n;
	struct scenario_request *requests;
};

/* Read a file.  CONF_BAD, CONF_UNREADABLE: all errors are in err, "file:line:
 * ..." lines.  Free it in any case. */
enum conf_result scenario_read(struct scenario *, const char *path,
    struct strbuf *err);
void scenario_free(struct scenario *);

#endif
