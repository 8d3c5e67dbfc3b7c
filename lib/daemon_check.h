#ifndef DAEMON_CHECK_H
#define DAEMON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "listen_value.h"
#include "reach.h"
#include "strbuf.h"

struct doctor;

/*
 * One of our daemons, seen from outside: whether it runs, goes by its file, and
 * can be reached by Postfix.  The first part is given, the second is what
 * daemon_check_ask finds.
 */
#define DAEMON_CHECK_MS 1000 /* for an answer */

struct daemon_check {
	const char *name;         /* "authd" */
	const char *default_path; /* of its configuration, without -c */
	const char *config_path;
	const struct conf_param *params;
	size_t nparams;
	const struct listener_defaults *defaults; /* of listen */
	const char *greeting;                     /* reach_by_asking */
	const char *smtpd_user;                   /* who has to reach it */
	bool is_asked;                            /* by some smtpd */
	const char *without; /* what happens when it does not run */

	bool is_running;          /* it answers on its control socket */
	bool cannot_ask;          /* ... and we may not ask */
	bool is_silent;           /* ... and it takes too long */
	char *control;            /* the address of that */
	struct strbuf parameters; /* what it says of `config` */
	struct strbuf metrics;    /* and of `metrics` */
	struct listen_value listen;
	struct reach_answer *answers; /* of each address */
};

/* listen: its value; NULL: it is not known. */
void daemon_check_ask(struct daemon_check *, const struct conf_text *listen);
void daemon_check_free(struct daemon_check *);

/* The checks; conf: the file as it is now. */
void daemon_check_config(struct doctor *, const struct daemon_check *,
    const struct strbuf *problem);
void daemon_check_down(struct doctor *, const struct daemon_check *);
void daemon_check_old(struct doctor *, const struct daemon_check *,
    const struct conf *conf);
/* The id of the row says which trouble: socket-missing ... */
void daemon_check_socket(struct doctor *, const struct daemon_check *);

/* The other daemon, of which this one is to hear. */
struct daemon_check_peer {
	const char *name;
	const char *parameter, *address; /* unix:PATH, or "" */
	bool is_wanted; /* else only if something is at that path */
	const char *without;
};
void daemon_check_link(struct doctor *, const struct daemon_check *,
    const struct daemon_check_peer *);

/* Fixes: "service sekisho-authd VERB", "authctl -c FILE WORDS", and
 * "write in FILE: LINE, then service ...". */
void daemon_check_service(struct doctor *, const struct daemon_check *,
    const char *verb);
void daemon_check_command(struct doctor *, const struct daemon_check *,
    const char *words);
void daemon_check_line(struct doctor *, const struct daemon_check *,
    const char *verb, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
