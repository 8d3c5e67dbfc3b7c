#ifndef TESTING_POLICY_H
#define TESTING_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "evaluation.h"
#include "explain.h"
#include "policy.h"
#include "testing.h"

struct guard;
struct live_clients;
struct state;
struct suspensions;

/*
 * A policy from the text of a configuration, and facts from a table: what the
 * tests of the evaluation and of restrictions need, without a daemon.
 */
struct testing_fact {
	/* "MX good.example"; for a DNSBL "2.0.0.127.bl.example"; for a table
	 * that a server has "proxy:mysql:/x key" */
	const char *question;
	/*
	 * Records separated by "; ": "192.0.2.1", "10 mx1.good.example", "."
	 * is the root; "fail"; "malformed".  DNSBL: the TXT, "" for none.
	 * Table: the value, or "fail".
	 * What the table lacks is not found.
	 */
	const char *answer;
};

/* facts: ended by one without question; borrowed. */
struct testing_policy *testing_policy_new(const char *config,
    const struct testing_fact *facts);
void testing_policy_free(struct testing_policy *);

/* The errors of a configuration that cannot be used; free it. */
char *testing_policy_errors(const char *config);

/* The action for "name=value name=value ..." (%20 is a blank in a value);
 * borrowed until the next call. */
const char *testing_policy_ask(struct testing_policy *, const char *request);

/* Check the action of a configuration, home and what is tested of it. */
void testing_policy_check(const char *home, const char *config,
    const struct testing_fact *facts, const char *request, const char *action);

/*
 * The same in steps: questions that are asked wait.  begin leaves the request
 * in work; release answers one question, and lets the evaluation go on.
 */
void testing_policy_begin(struct testing_policy *, const char *request);
void testing_policy_release(struct testing_policy *, const char *question);
/* Answer two at once, in one turn of the loop. */
void testing_policy_release_two(struct testing_policy *, const char *,
    const char *);
void testing_policy_wait(struct testing_policy *); /* until it is answered */
/* What was asked so far, "MX a.example, A a.example". */
const char *testing_policy_asked(const struct testing_policy *);
/* The answer; NULL: there is none yet. */
const char *testing_policy_action(const struct testing_policy *);
/* How many questions were cancelled. */
unsigned testing_policy_cancelled(const struct testing_policy *);

/* For what is not asked by a request; borrowed. */
const struct policies *testing_policy_policies(const struct testing_policy *);
struct explain testing_policy_explain(struct testing_policy *);
/* What is asked from now on waits for testing_policy_release. */
void testing_policy_hold(struct testing_policy *);

/* What passes is counted from now on, and what is to be remembered is. */
void testing_policy_count(struct testing_policy *);
struct live_clients *testing_policy_clients(const struct testing_policy *);
struct state *testing_policy_state(const struct testing_policy *);
struct suspensions *testing_policy_suspensions(const struct testing_policy *);
struct guard *testing_policy_guard(const struct testing_policy *);

/* The next requests come over another connection. */
void testing_policy_reconnect(struct testing_policy *);

#endif
