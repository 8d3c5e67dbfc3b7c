#ifndef SCENARIO_H
#define SCENARIO_H

#include "conf.h"
#include "fact_file.h"
#include "fact_state.h"
#include "strbuf.h"

/*
 * A scenario, policyctl(8): configurations, DNS records, what is remembered,
 * requests and the actions that are expected, in one text file.
 */
struct scenario_request {
	int line;
	char *title;
	char *attributes; /* NAME=VALUE lines, separated by LF */
	char *action;     /* expected; NULL: the file has none */
};

/* A configuration, and the requests that stand behind it. */
struct scenario_part {
	int line;           /* where config: stands; 0: there is none */
	struct strbuf text; /* of the configuration, from that line on */
	size_t n;
	struct scenario_request *requests;
};

struct scenario {
	const char *path; /* borrowed */
	struct fact_file *facts;
	struct fact_state *state;
	size_t n;
	struct scenario_part *parts;
};

/* Read a file.  CONF_BAD, CONF_UNREADABLE: all errors are in err, "file:line:
 * ..." lines.  Free it in any case. */
enum conf_result scenario_read(struct scenario *, const char *path,
    struct strbuf *err);
void scenario_free(struct scenario *);

#endif
