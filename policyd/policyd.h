#ifndef POLICYD_H
#define POLICYD_H

#include <event2/event.h>
#include <stdbool.h>

#include "control.h"
#include "dnsbl.h"
#include "evaluation.h"
#include "providers.h"
#include "metric_counts.h"
#include "policy.h"
#include "policy_client.h"
#include "resolver.h"
#include "strbuf.h"

struct guard;
struct live_clients;
struct proxymap_door;
struct rates;
struct state;
struct suspensions;
struct top_logins;
struct watch;

#define POLICYD_USER        "sekisho-policyd"
#define POLICYD_CONFIG_FILE "/etc/sekisho/policyd.cf"

/* The daemon, as its control socket sees it. */
struct policyd {
	struct event_base *base;
	struct policy_source source;
	struct policies *policies;     /* in use */
	struct policies *next;         /* its tables are being read */
	struct control_request *asked; /* who asked for the reload, or NULL */
	bool is_asked_again;           /* meanwhile, by a signal */
	struct resolver *resolver;
	struct proxymap_door *door;
	struct table_lookups *lookups; /* by servers that have tables */
	struct fact_source facts;      /* for requests */
	struct fact_source looks;      /* for explain: nothing is counted */
	struct policy_clients *clients;
	struct state *state;
	struct live_clients *live_clients; /* in it */
	struct rates *rates;               /* likewise */
	struct top_logins *top_logins;     /* likewise */
	struct suspensions *suspensions;   /* likewise */
	struct guard *guard;               /* likewise */
	struct watch *watch;
	struct policyd_authd *authd; /* the link to it; NULL: none */
	struct control *control;
	struct transaction explained;
	struct metric_counts answers; /* by code or action, reason and list */
	struct metrics_process process;
	unsigned long reloads;
};

/* What can be checked without effect, at the start and at a reload: lines
 * "file:line: ..." in err. */
void policyd_check(const struct policies *, struct strbuf *err);

/* Open the resolver, and tell the lists of it.
 * Returns 0 or -1. */
int policyd_open_dns(struct policyd *, struct strbuf *err);
void policyd_close_dns(struct policyd *);

/* Tell lookups in tables elsewhere what is configured. */
void policyd_configure_lookups(struct policyd *, const struct policy_params *);

/*
 * Read the configuration anew: requests go by the new one when its tables are
 * there; a bad one changes nothing.  asked: answered then; NULL: nobody.
 */
void policyd_reload(struct policyd *, struct control_request *asked);

/* Look for the logins nearest to their limits, as many as configured. */
void policyd_want_top_logins(struct policyd *);

/* Let the guard learn, where a list asks it. */
void policyd_begin_guard(struct policyd *);

/* allow, deny, forget, clients: their part of the commands. */
void policyd_run_allow(void *ctx, struct control_request *, const char *args);
void policyd_run_deny(void *ctx, struct control_request *, const char *args);
void policyd_run_forget(void *ctx, struct control_request *, const char *args);
void policyd_run_clients(void *ctx, struct control_request *, const char *args);

/* rates, and its reset. */
void policyd_run_rates(void *ctx, struct control_request *, const char *args);
void policyd_run_reset_rates(void *ctx, struct control_request *,
    const char *args);

/* suspend, resume, suspensions. */
void policyd_run_suspend(void *ctx, struct control_request *, const char *args);
void policyd_run_resume(void *ctx, struct control_request *, const char *args);
void policyd_run_suspensions(void *ctx, struct control_request *,
    const char *args);

/* incident. */
void policyd_run_incident(void *ctx, struct control_request *,
    const char *args);

/* Answer when all changes are on disk; takes the text. */
void policyd_answer_when_kept(struct policyd *, struct control_request *,
    struct strbuf *text);

/* The commands of the control socket; their ctx is the struct policyd. */
extern const struct control_command policyd_commands[];
extern const size_t npolicyd_commands;

#endif
