#ifndef INQUIRY_H
#define INQUIRY_H

#include <stdbool.h>
#include <time.h>

#include "action.h"
#include "arena.h"
#include "dnsbl.h"
#include "request.h"
#include "resolver.h"
#include "stage.h"
#include "store.h"

struct app_logins;
struct destination;
struct facts;
struct guard_order;
struct guard_view;
struct live_client;
struct match_list;
struct notes;
struct policy;
struct program;
struct rate_alarm;
struct rate_answer;
struct rate_order;
struct suspension;
struct table;
struct trace;
struct walk;

/*
 * What a restriction may ask, and what it may leave behind.
 *
 * A restriction is straight-line code: it reads the request and the policy,
 * asks for facts, and returns its verdict.  A fact that is not there yet is
 * NULL, and the verdict VERDICT_WAITING; once it has come, the restriction is
 * called again, from the top:
 *
 *	enum verdict
 *	reject_without_mx(struct inquiry *inq, const struct argument *arg,
 *	    struct action *action)
 *	{
 *		const struct dns_answer *mx =
 *		    inquiry_dns(inq, inq->request->helo_name, DNS_MX);
 *
 *		if (mx == NULL)
 *			return VERDICT_WAITING;
 *		if (mx->status != DNS_NOT_FOUND)
 *			return VERDICT_DUNNO;
 *		return action_reject(action, 550, "5.7.1", inq->subject,
 *		    "no MX record");
 *	}
 *
 * It writes nothing: what it has to say beside its verdict are notes, which
 * count only when the walk turns out to be the final one.
 *
 * An inquiry lives as long as one walk through the lists (walk.h).
 */
struct inquiry {
	const struct policy *policy;
	const struct request *request;
	enum stage stage;       /* the list that is walked */
	struct subject subject; /* what its words speak of */
	struct arena *arena;    /* memory that lasts as long as the decision */

	/* for inquiry.c and walk.c */
	struct facts *facts;
	struct trace *trace;
	struct notes *notes;
	struct walk *walk;
	bool is_waiting; /* nothing of this walk counts: it goes on only to ask
			  */
	bool is_missing; /* what the present step looked for in a table */
	bool is_for_now; /* why the last look failed */
};

/*
 * Facts (providers.h).  What came too late has failed (DNS_FAILED,
 * DNSBL_FAILED, LOOKUP_TEMPFAIL).  Borrowed for the life of the decision.
 */
const struct dns_answer *inquiry_dns(struct inquiry *, const char *name,
    enum dns_type);
const struct dnsbl_answer *inquiry_dnsbl(struct inquiry *, struct dnsbl_site *,
    enum dnsbl_kind, const char *label);

/*
 * What is looked up in tables waits by itself where it must: what is returned
 * then is of no account, nor is the verdict.  value: NULL when there is none.
 */
enum lookup inquiry_table(struct inquiry *, const struct table *,
    const char *key, const char **value);

/* Whether the client, by name or address, or a domain is in a list of patterns;
 * list_name: its parameter. */
enum lookup inquiry_client_in(struct inquiry *, const struct match_list *,
    const char *list_name);
enum lookup inquiry_domain_in(struct inquiry *, const struct match_list *,
    const char *list_name, const char *domain);

/* Whether a domain is one of our own: mydestination, or our [address]. */
enum lookup inquiry_local_domain(struct inquiry *, const char *domain);

/* Whether the last of inquiry_table and inquiry_local_domain failed for now,
 * because whoever has the table did not answer, and not because of what it
 * holds. */
bool inquiry_failed_for_now(const struct inquiry *);

/* Where mail to an address goes; NULL when a table that decides could not be
 * asked. */
const struct destination *inquiry_destination(struct inquiry *,
    const char *address);

/* What a command said of the client; NULL: nothing. */
const struct live_client *inquiry_live_client(struct inquiry *);

/* By which passwords the login came from the client's address lately. */
const struct app_logins *inquiry_app_logins(struct inquiry *);

/* What was counted of each that the request wants; and, should it pass, that it
 * is to be counted: once, however often it is said.  The order is borrowed as
 * long as the decision. */
const struct rate_answer *inquiry_rates(struct inquiry *,
    const struct rate_order *);
void inquiry_take(struct inquiry *, const struct rate_order *);

/* Whether the message of the request has been given what an order by the policy
 * wanted of it. */
bool inquiry_was_given(const struct inquiry *);

/* What suspends the login of the request; NULL: nothing. */
const struct suspension *inquiry_suspension(struct inquiry *);

/* Suspend it, from the next request on, by the guard's word; until: 0: until it
 * is resumed.  Where a prefix asks for mere warnings it is not.  The reason is
 * borrowed as long as the decision. */
void inquiry_suspend(struct inquiry *, time_t until, const char *reason);

/* What the guard knows of the login of the request; and what it learns of it:
 * once, however often it is said. */
const struct guard_view *inquiry_guard_view(struct inquiry *);
void inquiry_guard(struct inquiry *, const struct guard_order *);

/* Whether what the present step refuses is only warned of. */
bool inquiry_only_warns(const struct inquiry *);

/* That a limit is nearly reached, should the request pass, or refuses, should
 * that be the answer; borrowed likewise. */
void inquiry_alarm(struct inquiry *, const struct rate_alarm *);

time_t inquiry_now(struct inquiry *); /* the same all through */

/* Recipients of this transaction that passed before this one. */
unsigned inquiry_passed_recipients(struct inquiry *);

/* Walk a list within the list, with its own subject.  What it refused or put
 * off is settled already. */
enum verdict inquiry_run(struct inquiry *, const struct program *,
    struct subject, struct action *);

/* A line for the log. */
void inquiry_log(struct inquiry *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What is wrong with the configuration, in lines that need not be logged again
 * once is_told says so; lines and it outlive the decision. */
void inquiry_log_fault(struct inquiry *, const char *lines, bool *is_told);

/* A line about the request: what the present step does beside its verdict;
 * text: what Postfix does not log. */
void inquiry_log_decision(struct inquiry *, const char *action,
    const char *text);

/* The same for a refusal that is none. */
void inquiry_warn(struct inquiry *, const struct reply *);

/* How something comes about, for explain; only where somebody reads it. */
bool inquiry_is_explained(const struct inquiry *);
void inquiry_remark(struct inquiry *, const char *name, const char *value);

#endif
