/*
 * check_*_access: tables of names, addresses and logins (access(5)).
 */
#include <stdlib.h>
#include <string.h>

#include "restrict.h"
#include "access_action.h"
#include "access_map.h"
#include "destination.h"
#include "inquiry.h"
#include "live_client.h"
#include "policy.h"
#include "restriction_table.h"
#include "table.h"

static enum verdict
act(struct inquiry *inq, const struct argument *arg, const char *value,
    struct subject subject, struct action *action)
{
	return access_action(inq, table_word(arg->table), value, subject,
	    action);
}

enum verdict
check_client_access(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const struct request *request = inq->request;
	const char *value;

	if (!access_map_client(inq, arg->table, request->client_name,
		request->client_address, &value))
		return VERDICT_DUNNO;
	return act(inq, arg, value,
	    stage_subject(STAGE_CLIENT, request, inq->arena), action);
}

enum verdict
check_dynamic_client_access(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const struct live_client *client = inquiry_live_client(inq);

	(void)arg;
	if (client == NULL)
		return VERDICT_DUNNO;
	if (client->action != LIVE_CLIENT_DENY)
		return VERDICT_PERMIT;
	return access_action(inq, "policyctl deny", "REJECT",
	    stage_subject(STAGE_CLIENT, inq->request, inq->arena), action);
}

enum verdict
check_reverse_client_hostname_access(struct inquiry *inq,
    const struct argument *arg, struct action *action)
{
	const struct request *request = inq->request;
	struct subject subject = { REPLY_REVERSE_CLIENT,
		request->reverse_client_name };
	const char *value;

	if (!access_map_client(inq, arg->table, request->reverse_client_name,
		request->client_address, &value))
		return VERDICT_DUNNO;
	return access_forbid_permit(inq, arg->table,
	    act(inq, arg, value, subject, action), action);
}

enum verdict
check_helo_access(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = inq->request->helo_name;
	const char *value;

	if (!access_map_domain(inq, arg->table, name, &value))
		return VERDICT_DUNNO;
	return act(inq, arg, value, (struct subject){ REPLY_HELO, name },
	    action);
}

enum verdict
check_etrn_access(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = inq->request->etrn_domain;
	const char *value;

	if (!access_map_domain(inq, arg->table, name, &value))
		return VERDICT_DUNNO;
	return act(inq, arg, value, (struct subject){ REPLY_ETRN, name },
	    action);
}

enum verdict
check_sasl_access(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *login = inq->request->sasl_username;
	const char *value;

	if (login[0] == '\0' ||
	    !access_map_exact(inq, arg->table, login, &value))
		return VERDICT_DUNNO;
	return act(inq, arg, value, (struct subject){ REPLY_LOGIN, login },
	    action);
}

/* Look a mail address up in its resolved form. */
static enum verdict
check_mail(struct inquiry *inq, const struct argument *arg,
    struct subject subject, struct action *action)
{
	const struct destination *dest = inquiry_destination(inq, subject.name);
	enum verdict verdict;
	const char *value;

	if (dest == NULL)
		return action_lookup_failure(action, inq->arena, subject.name);
	if (!access_map_mail(inq, arg->table, dest->address, &value))
		return VERDICT_DUNNO;
	verdict = act(inq, arg, value, subject, action);
	/* A recipient that routes on through us is never permitted. */
	if (verdict == VERDICT_PERMIT && subject.class == REPLY_RECIPIENT &&
	    dest->is_routed && !inq->policy->params.allow_untrusted_routing)
		return VERDICT_DUNNO;
	return verdict;
}

enum verdict
check_sender_access(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const struct request *request = inq->request;
	struct subject subject = { REPLY_SENDER, request->sender };
	const char *value;

	if (!request_has_sender(request))
		return VERDICT_DUNNO;
	if (request->sender[0] != '\0')
		return check_mail(inq, arg, subject, action);
	if (!access_map_exact(inq, arg->table,
		inq->policy->params.smtpd_null_access_lookup_key, &value))
		return VERDICT_DUNNO;
	return act(inq, arg, value, subject, action);
}

enum verdict
check_recipient_access(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *recipient = inq->request->recipient;

	if (recipient[0] == '\0')
		return VERDICT_DUNNO;
	return check_mail(inq, arg,
	    (struct subject){ REPLY_RECIPIENT, recipient }, action);
}

/* A table alone in a class means what the list says that uses the class. */
enum verdict
check_bare_table(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = stage_table_check(inq->stage);

	if (name == NULL) {
		inquiry_log(inq,
		    "%s: a table needs a check_*_access before it in %s",
		    arg->word, stage_list_name(inq->stage));
		return action_fault(action);
	}
	return restriction_find(&restriction_table, name)
	    ->eval(inq, arg, action);
}
