#ifndef POLICYCTL_COMMAND_H
#define POLICYCTL_COMMAND_H

#include <stdbool.h>

#include "strbuf.h"

/*
 * policyctl: one function and one row for each command.
 */
#define POLICYD_CONFIG_FILE "/etc/sekisho/policyd.cf"
#define POLICYD_USER        "sekisho-policyd" /* unless that says otherwise */

struct policyctl {
	const char *config_path;
	bool wants_json;
	bool from_stdin;
	bool from_log;
	bool wants_rules;
	bool wants_relay;
	bool is_forced;
	bool is_static;
	bool is_once;
	bool is_mine;         /* --yes-it-is-mine */
	const char *time;     /* --for; NULL: not given */
	const char *comment;  /* --comment, likewise */
	const char *outbound; /* --outbound, likewise */
	const char *top;      /* --top, likewise */
	const char *exec;     /* --exec, likewise */
	int nwords;           /* behind the command */
	char **words;
	char *address; /* of the daemon's control socket, once it is known */
	struct strbuf out; /* for standard output */
	struct strbuf err; /* lines for standard error */
};

/* All return an exit code of sysexits.h. */
int policyctl_explain(struct policyctl *);
int policyctl_test(struct policyctl *);
int policyctl_import(struct policyctl *);
int policyctl_ask(struct policyctl *);
int policyctl_doctor(struct policyctl *);
int policyctl_allow(struct policyctl *);
int policyctl_deny(struct policyctl *);
int policyctl_forget(struct policyctl *);
int policyctl_rates(struct policyctl *);
int policyctl_top(struct policyctl *);
int policyctl_watch(struct policyctl *);
int policyctl_relay_test(struct policyctl *);

/* All of standard input.  Returns 0, or -1 with the reason in err. */
int policyctl_read_stdin(struct strbuf *text, struct strbuf *err);

/* Find the address of the daemon, once. */
int policyctl_find(struct policyctl *);

/* Send one line to the daemon; its answer goes to out. */
#define POLICYCTL_REFUSED 1 /* by the daemon, with the reason in err */
int policyctl_send(struct policyctl *, const char *line);

#endif
