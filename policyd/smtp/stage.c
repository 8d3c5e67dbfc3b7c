/*
 * The eight lists of postconf(5), smtpd_*_restrictions.
 */
#include <string.h>

#include "stage.h"

static const struct {
	const char *list_name;
	const char *table_check;
	enum reply_class class;
} stages[STAGE_COUNT] = {
	[STAGE_CLIENT] = { "smtpd_client_restrictions", "check_client_access",
	    REPLY_CLIENT },
	[STAGE_HELO] = { "smtpd_helo_restrictions", "check_helo_access",
	    REPLY_HELO },
	[STAGE_SENDER] = { "smtpd_sender_restrictions", "check_sender_access",
	    REPLY_SENDER },
	[STAGE_RELAY] = { "smtpd_relay_restrictions", "check_recipient_access",
	    REPLY_RECIPIENT },
	[STAGE_RECIPIENT] = { "smtpd_recipient_restrictions",
	    "check_recipient_access", REPLY_RECIPIENT },
	[STAGE_DATA] = { "smtpd_data_restrictions", NULL, REPLY_DATA },
	[STAGE_END_OF_DATA] = { "smtpd_end_of_data_restrictions", NULL,
	    REPLY_END_OF_DATA },
	[STAGE_ETRN] = { "smtpd_etrn_restrictions", "check_etrn_access",
	    REPLY_ETRN },
};

const char *
stage_list_name(enum stage stage)
{
	return stages[stage].list_name;
}

enum stage
stage_find(const char *list_name)
{
	for (size_t i = 0; i < STAGE_COUNT; i++)
		if (strcmp(stages[i].list_name, list_name) == 0)
			return (enum stage)i;
	return STAGE_COUNT;
}

const char *
stage_table_check(enum stage stage)
{
	return stages[stage].table_check;
}

struct subject
stage_subject(enum stage stage, const struct request *request,
    struct arena *arena)
{
	struct subject subject = { stages[stage].class, "" };

	switch (stage) {
	case STAGE_CLIENT:
		subject.name = arena_printf(arena, "%s[%s]",
		    request->client_name, request->client_address);
		break;
	case STAGE_HELO:
		subject.name = request->helo_name;
		break;
	case STAGE_SENDER:
		subject.name = request->sender;
		break;
	case STAGE_RELAY:
	case STAGE_RECIPIENT:
		subject.name = request->recipient;
		break;
	case STAGE_DATA:
		subject.name = "DATA";
		break;
	case STAGE_END_OF_DATA:
		subject.name = "END-OF-MESSAGE";
		break;
	case STAGE_ETRN:
		subject.name = request->etrn_domain;
		break;
	case STAGE_COUNT:
		break;
	}
	return subject;
}

/* Client and, where a name was given, HELO. */
static size_t
add_delayed(enum stage *out, const struct request *request)
{
	size_t n = 0;

	out[n++] = STAGE_CLIENT;
	if (request->helo_name[0] != '\0')
		out[n++] = STAGE_HELO;
	return n;
}

static size_t
add_recipient(enum stage *out, bool relay_is_first)
{
	out[0] = relay_is_first ? STAGE_RELAY : STAGE_RECIPIENT;
	out[1] = relay_is_first ? STAGE_RECIPIENT : STAGE_RELAY;
	return 2;
}

size_t
stages_of_request(enum stage out[STAGE_COUNT], const struct request *request,
    const struct stage_order *order)
{
	size_t n = 0;

	switch (request->state) {
	case STATE_CONNECT:
		if (!order->is_delayed)
			out[n++] = STAGE_CLIENT;
		break;
	case STATE_HELO:
		if (!order->is_delayed)
			out[n++] = STAGE_HELO;
		break;
	case STATE_MAIL:
		if (!order->is_delayed)
			out[n++] = STAGE_SENDER;
		break;
	case STATE_RCPT:
	case STATE_VRFY:
		if (order->is_delayed) {
			n += add_delayed(out, request);
			if (request_has_sender(request))
				out[n++] = STAGE_SENDER;
		}
		n += add_recipient(out + n, order->relay_is_first);
		break;
	case STATE_ETRN:
		if (order->is_delayed)
			n += add_delayed(out, request);
		out[n++] = STAGE_ETRN;
		break;
	case STATE_DATA:
		out[n++] = STAGE_DATA;
		break;
	case STATE_END_OF_MESSAGE:
		out[n++] = STAGE_END_OF_DATA;
		break;
	case STATE_UNKNOWN:
		break;
	}
	return n;
}

static bool
is_of_relay_and_recipient(enum stage stage)
{
	return stage == STAGE_RELAY || stage == STAGE_RECIPIENT;
}

enum stage
stage_of_state(enum protocol_state state)
{
	switch (state) {
	case STATE_CONNECT:
		return STAGE_CLIENT;
	case STATE_HELO:
		return STAGE_HELO;
	case STATE_MAIL:
		return STAGE_SENDER;
	case STATE_RCPT:
	case STATE_VRFY:
		return STAGE_RECIPIENT;
	case STATE_ETRN:
		return STAGE_ETRN;
	case STATE_DATA:
		return STAGE_DATA;
	case STATE_END_OF_MESSAGE:
		return STAGE_END_OF_DATA;
	case STATE_UNKNOWN:
		break;
	}
	return STAGE_COUNT;
}

bool
stages_share_pending(enum stage stage, enum stage next)
{
	return is_of_relay_and_recipient(stage) &&
	    is_of_relay_and_recipient(next);
}

bool
stage_forgets_pending(enum stage stage, const struct request *request)
{
	return is_of_relay_and_recipient(stage) && !request_has_sender(request);
}
