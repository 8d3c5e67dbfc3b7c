#ifndef CONVERSATION_H
#define CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>

#include "census.h"
#include "cidr.h"
#include "due.h"
#include "last_logins.h"
#include "login_rules.h"
#include "mech.h"
#include "penalty.h"
#include "realm_hint.h"
#include "stats.h"
#include "worker.h"

struct event_base;
struct rehash_spool;

/*
 * One login: from the first line of a client to its verdict, whatever the
 * protocol.  Passwords are hashed in the workers; what is said and when is
 * decided here.
 */
struct conversation;
struct watch;

/* What all conversations share. */
struct login_service {
	struct event_base *base;
	struct workers *workers;
	struct due_list *refusals; /* verdicts that wait for their time */
	struct penalty *penalty;
	struct login_rules *rules; /* of new conversations */
	struct stats *stats;
	struct census *census; /* of the rules' users */
	struct realm_hint *realm_hint;
	struct last_logins *last_logins; /* NULL: they are not kept */
	struct rehash_spool *rehash;     /* NULL: nothing is added to records */
	struct watch *watch;             /* NULL: nobody is told */
};

enum conversation_state {
	CONVERSATION_NEW,      /* nothing was said yet */
	CONVERSATION_CLIENT,   /* challenge sent, waiting for a response */
	CONVERSATION_STEP,     /* the mechanism gets the response at once */
	CONVERSATION_HASH,     /* the password waits for a worker, or has one */
	CONVERSATION_FINAL,    /* accepted; the mechanism's last words are out,
				* the client acknowledges them */
	CONVERSATION_ACCEPTED, /* they were acknowledged */
	CONVERSATION_DELAY,    /* the verdict waits for its time */
};

struct login_request {
	enum mechanism mechanism;
	const char *service;  /* for the log; borrowed for the call */
	struct ip client;     /* family 0: not known */
	bool no_penalty;      /* no delay by what the address did before */
	bool final_with_data; /* the verdict can carry the last words */
};

enum login_verdict {
	VERDICT_CHALLENGE, /* not yet; data is for the client */
	VERDICT_OK,        /* data, if any: the mechanism's last words */
	VERDICT_FAIL,
	VERDICT_TEMPFAIL,
	VERDICT_TIMEOUT, /* the client said nothing for too long */
};

struct login_answer {
	enum login_verdict verdict;
	const char *user; /* user@realm; FAIL: as it was typed; or NULL */
	const char *why;  /* FAIL: what the client may know of it; or NULL */
	const char *data; /* borrowed, as user and why; NULL: none */
	size_t len;
};

/*
 * answer: called from the loop, never from inside of the functions below, any
 * number of times with VERDICT_CHALLENGE and once with a verdict; it may free
 * the conversation, and must with a verdict.
 */
struct conversation *conversation_new(const struct login_service *,
    const struct login_request *,
    void (*answer)(void *owner, struct conversation *,
	const struct login_answer *),
    void *owner);

/* Forget it; what a worker is doing for it comes to nothing. */
void conversation_free(struct conversation *);

/*
 * What the client said, taken over but in FINAL; in NEW (response may be NULL:
 * no initial response), CLIENT and FINAL only.
 */
void conversation_respond(struct conversation *, struct strbuf *response);

/*
 * The client said something where no response was asked for (in the other
 * states): refuse the login as any other, whatever it is worth.
 */
void conversation_spoil(struct conversation *);

/* What the client said, in CLIENT and FINAL, is no response: log that the
 * login is refused, and let it weigh; the owner then refuses it himself. */
void conversation_log_refusal(struct conversation *, const char *reason);

/*
 * It ends without a verdict.  Whoever has said a name has made a guess, and
 * may have learned something: that is logged as a failed login, counted, and
 * weighs as one, unless nobody knows that it was the client who ended it, or
 * the client had proved its name.  The owner frees it then.
 */
enum conversation_end {
	CONVERSATION_CANCELLED,
	CONVERSATION_TIMED_OUT,
	CONVERSATION_PUSHED_OUT, /* others need the room */
	CONVERSATION_CLOSED,     /* with its connection, by the client */
	CONVERSATION_LOST,       /* with its connection, by whomever */
};
void conversation_give_up(struct conversation *, enum conversation_end);

enum conversation_state conversation_state(const struct conversation *);

/* A line for people: state, mechanism, address, age. */
void conversation_print(const struct conversation *, struct strbuf *out);

/* How long a client may take for a response. */
#define CONVERSATION_CLIENT_SECONDS 150

#endif
