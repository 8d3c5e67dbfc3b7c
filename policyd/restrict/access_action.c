/*
 * The actions of access(5).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "access_action.h"
#include "inquiry.h"
#include "policy.h"
#include "table.h"
#include "value_program.h"

/* One value of a table, with its action word cut off. */
struct access {
	struct inquiry *inq;
	const char *table;
	const char *value;
	const char *text; /* what follows the word */
	struct subject subject;
	struct action *action;
};

typedef enum verdict access_fn(const struct access *);

/* Split text into status and text, and fix the status as Postfix does. */
static const char *
split(const struct access *access, char dsn[DSN_SIZE], const char *def_dsn,
    const char *def_text)
{
	const char *text = reply_split_dsn(dsn, access->text, def_dsn);

	reply_fix_dsn(dsn, access->subject.class);
	return text[0] != '\0' ? text : def_text;
}

static enum verdict
refuse(const struct access *access, int code)
{
	char dsn[DSN_SIZE];
	const char *text = split(access, dsn,
	    code / 100 == 4 ? "4.7.1" : "5.7.1", "Access denied");

	return action_reject(access->action, code, dsn, access->subject, text);
}

static enum verdict
on_reject(const struct access *access)
{
	return refuse(access,
	    (int)access->inq->policy->params.access_map_reject_code);
}

static enum verdict
on_defer(const struct access *access)
{
	return refuse(access,
	    (int)access->inq->policy->params.access_map_defer_code);
}

/* Here the code is a parameter; the words of a list have a fixed one. */
static void
set_code(const struct access *access)
{
	struct reply *reply = &access->action->reply;

	reply->code = (int)access->inq->policy->params.access_map_defer_code;
	reply->dsn[0] = (char)('0' + reply->code / 100);
}

static enum verdict
on_defer_if_permit(const struct access *access)
{
	char dsn[DSN_SIZE];
	const char *text = split(access, dsn, "4.7.1", "Service unavailable");

	action_defer_if_permit(access->action, dsn, access->subject, text);
	set_code(access);
	return VERDICT_DEFER_IF_PERMIT;
}

static enum verdict
on_defer_if_reject(const struct access *access)
{
	char dsn[DSN_SIZE];
	const char *text = split(access, dsn, "4.7.1", "Service unavailable");

	action_defer_if_reject(access->action, dsn, access->subject, text);
	set_code(access);
	return VERDICT_DEFER_IF_REJECT;
}

static enum verdict
on_ok(const struct access *access)
{
	(void)access;
	return VERDICT_PERMIT;
}

static enum verdict
on_dunno(const struct access *access)
{
	(void)access;
	return VERDICT_DUNNO;
}

static enum verdict
note(const struct access *access, const char *event)
{
	inquiry_log_decision(access->inq, event, access->text);
	return VERDICT_DUNNO;
}

static enum verdict
on_warn(const struct access *access)
{
	return note(access, "warn");
}

static enum verdict
on_info(const struct access *access)
{
	return note(access, "info");
}

/* An action that cannot be taken is skipped, as in Postfix. */
static enum verdict
skip(const struct access *access, const char *why)
{
	inquiry_log(access->inq, "%s: action \"%s\" is ignored: %s",
	    access->table, access->value, why);
	return VERDICT_DUNNO;
}

/* Ask Postfix for something; before MAIL there is no message to do it to. */
static enum verdict
add_effect(const struct access *access, enum effect effect,
    enum verdict verdict)
{
	if (!request_has_sender(access->inq->request))
		return skip(access, "there is no message yet");
	access->action->effect = effect;
	access->action->effect_text = access->text;
	return verdict;
}

static enum verdict
on_hold(const struct access *access)
{
	return add_effect(access, EFFECT_HOLD, VERDICT_DUNNO);
}

static enum verdict
on_discard(const struct access *access)
{
	return add_effect(access, EFFECT_DISCARD, VERDICT_PERMIT);
}

static enum verdict
on_filter(const struct access *access)
{
	if (strchr(access->text, ':') == NULL)
		return skip(access, "FILTER needs TRANSPORT:DESTINATION");
	return add_effect(access, EFFECT_FILTER, VERDICT_DUNNO);
}

static enum verdict
on_redirect(const struct access *access)
{
	if (strchr(access->text, '@') == NULL)
		return skip(access, "REDIRECT needs USER@DOMAIN");
	return add_effect(access, EFFECT_REDIRECT, VERDICT_DUNNO);
}

static enum verdict
on_bcc(const struct access *access)
{
	if (strchr(access->text, '@') == NULL)
		return skip(access, "BCC needs USER@DOMAIN");
	return add_effect(access, EFFECT_BCC, VERDICT_DUNNO);
}

/* Whether text begins as a header does (RFC 5322, 2.2): NAME: */
static bool
is_header(const char *text)
{
	size_t len = 0;

	while (text[len] > 0x20 && text[len] < 0x7f && text[len] != ':')
		len++;
	if (len == 0)
		return false;
	return text[len + strspn(text + len, " \t")] == ':';
}

static enum verdict
on_prepend(const struct access *access)
{
	const struct request *request = access->inq->request;

	if (!is_header(access->text))
		return skip(access, "PREPEND needs \"NAME: VALUE\"");
	if (request->state == STATE_END_OF_MESSAGE)
		return skip(access, "the message has been received already");
	return add_effect(access, EFFECT_PREPEND, VERDICT_DUNNO);
}

static const struct action_word {
	const char *word;
	access_fn *act;
	bool has_effect; /* on the message */
} words[] = {
	{ "OK", on_ok, false },
	{ "RELAY", on_ok, false },
	{ "DUNNO", on_dunno, false },
	{ "REJECT", on_reject, false },
	{ "DEFER", on_defer, false },
	{ "DEFER_IF_PERMIT", on_defer_if_permit, false },
	{ "DEFER_IF_REJECT", on_defer_if_reject, false },
	{ "WARN", on_warn, false },
	{ "INFO", on_info, false },
	{ "HOLD", on_hold, true },
	{ "DISCARD", on_discard, true },
	{ "FILTER", on_filter, true },
	{ "REDIRECT", on_redirect, true },
	{ "BCC", on_bcc, true },
	{ "PREPEND", on_prepend, true },
};

/* The row of the first word, of len bytes; NULL: it is none. */
static const struct action_word *
find_word(const char *value, size_t len)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strlen(words[i].word) == len &&
		    strncasecmp(words[i].word, value, len) == 0)
			return &words[i];
	return NULL;
}

/* 4NN TEXT or 5NN TEXT; a number alone is no reply code. */
static bool
is_reply(const struct access *access, size_t wordlen)
{
	return wordlen == 3 && access->text[0] != '\0' &&
	    (access->value[0] == '4' || access->value[0] == '5') &&
	    isdigit((unsigned char)access->value[1]) &&
	    isdigit((unsigned char)access->value[2]);
}

/* Not only a number, but no word at all permits: once that was usual. */
static bool
is_permit(const char *value)
{
	return value[strspn(value, "0123456789")] == '\0' ||
	    value[strspn(value, ", \t\r\n")] == '\0';
}

/* A list of restrictions. */
static enum verdict
run_list(const struct access *access)
{
	struct value_program *list = policy_value_program(access->inq->policy,
	    access->table, access->value);

	if (list->why != NULL)
		inquiry_log_fault(access->inq, list->why, &list->is_told);
	if (list->program == NULL)
		return action_fault(access->action);
	return inquiry_run(access->inq, list->program, access->subject,
	    access->action);
}

/* What a value alone says. */
static struct access
access_of(const char *value, size_t len)
{
	return (struct access){
		.value = value,
		.text = value + len + strspn(value + len, " \t"),
	};
}

enum access_kind
access_action_kind(const char *value)
{
	size_t len = strcspn(value, " \t");
	const struct action_word *row = find_word(value, len);
	struct access access = access_of(value, len);

	if (row != NULL)
		return row->has_effect ? ACCESS_EFFECT : ACCESS_ACTION;
	return is_reply(&access, len) || is_permit(value) ? ACCESS_ACTION
							  : ACCESS_LIST;
}

enum verdict
access_action(struct inquiry *inq, const char *table, const char *value,
    struct subject subject, struct action *action)
{
	size_t len = strcspn(value, " \t");
	const struct action_word *row = find_word(value, len);
	struct access access = access_of(value, len);

	access.inq = inq;
	access.table = table;
	access.subject = subject;
	access.action = action;
	if (row != NULL)
		return row->act(&access);
	if (is_reply(&access, len))
		return refuse(&access, (int)strtol(value, NULL, 10));
	if (is_permit(value))
		return VERDICT_PERMIT;
	return run_list(&access);
}

enum verdict
access_forbid_permit(struct inquiry *inq, const struct table *table,
    enum verdict verdict, struct action *action)
{
	if (verdict != VERDICT_PERMIT || action->effect == EFFECT_DISCARD)
		return verdict;
	inquiry_log(inq,
	    "%s permits by a name that its owner can choose: "
	    "that is not allowed, use DUNNO for exceptions",
	    table_word(table));
	return action_fault(action);
}
