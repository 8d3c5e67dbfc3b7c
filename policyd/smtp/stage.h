#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "reply.h"
#include "request.h"

/*
 * The lists of restrictions, and which of them Postfix evaluates at which
 * command of the SMTP client.
 */
enum stage {
	STAGE_CLIENT,
	STAGE_HELO,
	STAGE_SENDER,
	STAGE_RELAY,
	STAGE_RECIPIENT,
	STAGE_DATA,
	STAGE_END_OF_DATA,
	STAGE_ETRN,
	STAGE_COUNT,
};

const char *stage_list_name(enum stage); /* "smtpd_client_restrictions" */

/* The stage of a list's name; STAGE_COUNT when it is none. */
enum stage stage_find(const char *list_name);

/* The restriction that a bare type:name in the list stands for, or NULL. */
const char *stage_table_check(enum stage);

/* What the replies of the list itself are about. */
struct subject stage_subject(enum stage, const struct request *,
    struct arena *);

/* When the lists are evaluated: smtpd_delay_reject,
 * smtpd_relay_before_recipient_restrictions. */
struct stage_order {
	bool is_delayed;
	bool relay_is_first;
};

/* Fill stages with those that the request runs through; returns how many. */
size_t stages_of_request(enum stage stages[STAGE_COUNT], const struct request *,
    const struct stage_order *);

/* The list of main.cf that is for a state alone. */
enum stage stage_of_state(enum protocol_state);

/* Whether what is pending in one list is so in the next, too: the relay and
 * the recipient list count as one. */
bool stages_share_pending(enum stage, enum stage next);

/* To RCPT and VRFY Postfix takes what is pending from the sender's list, and
 * at VRFY there may have been none. */
bool stage_forgets_pending(enum stage, const struct request *);

#endif
