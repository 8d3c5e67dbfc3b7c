#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "cidr.h"
#include "credential.h"
#include "login_rules.h"
#include "strbuf.h"
#include "user_record.h"

/*
 * Who a client says it is, and what the user database knows of that: looked
 * up when the client has said its name, and anew when it has proved it.
 */
enum identity_state {
	IDENTITY_NONE,      /* no name yet */
	IDENTITY_INVALID,   /* what was sent is not a name */
	IDENTITY_UNKNOWN,   /* no such user, or no such app password of his */
	IDENTITY_REVOKED,   /* the app password was deleted meanwhile */
	IDENTITY_TEMPFAIL,  /* the database cannot be read */
	IDENTITY_SUSPENDED, /* from here on there is a record */
	IDENTITY_EXPIRED,
	IDENTITY_NETWORK, /* the app password is not for this address */
	IDENTITY_USABLE,
};

struct identity {
	enum identity_state state;
	struct strbuf name; /* what was sent: its normal form if it has one */
	struct strbuf user; /* user@realm; "" when the name is no name */
	struct strbuf spelling;    /* one for all ways to type user and label */
	struct strbuf label;       /* of the app password that is used; or "" */
	struct strbuf reason;      /* of INVALID and TEMPFAIL */
	struct user_record record; /* all-zero when there is none */
	struct user_record decoy;  /* what nobody costs as much time with */
	const struct app_password *app; /* in record; NULL: the main password */
	bool is_sending; /* the login is one for sending mail: set it before
			  * identity_find */
	struct guard_list *guarded; /* of the rules */
};

/*
 * name: as the client sent it, any bytes.  client: family 0 when not known.
 * Fills in an all-zero identity, but for is_sending; a state that is not USABLE
 * changes nothing in what the client sees.
 */
void identity_find(struct identity *, const struct login_rules *,
    const char *name, size_t len, const struct ip *client, time_t now);
void identity_free(struct identity *); /* wipes */

/*
 * The record to work on before the proof, with its app passwords: of nobody it
 * is the decoy, and nothing that comes of it may count.  Where they cannot be
 * read the state is TEMPFAIL.
 */
const struct user_record *identity_work(struct identity *);

/* The verdict is certain: wipe the record; names and state stay. */
void identity_forget_record(struct identity *);

/* Set the state of an identity with a record to what it is now: a time of
 * expiry may have come. */
void identity_judge(struct identity *, const struct ip *client, time_t now);

/*
 * The same, after a look at what the database holds now of the user that the
 * identity stands for, by the app password that counts.
 * Returns whether the secret that the mechanism works from is the same still.
 */
bool identity_find_again(struct identity *, struct userdb *, enum mechanism,
    const struct ip *client, time_t now);

/*
 * The secrets that count for this login: of the app password that was named,
 * else of the user; NULL: none.
 */
const struct secrets *identity_secrets(const struct identity *);

/* The client proved one of the user's app passwords: from now on it counts,
 * with its expiry and its networks. */
void identity_use_app(struct identity *, const struct app_password *,
    const struct ip *client, time_t now);

/* Why the identity cannot log in, in words for the log; NULL: it can. */
const char *identity_obstacle(const struct identity *);

#endif
