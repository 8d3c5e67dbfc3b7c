/*
 * check_*_access: tables of names, addresses and logins (access(5)).
 */
#include <stdlib.h>
#include <string.h>

#include "restrict.h"
#include "access_action.h"
#include "access_map.h"
#include "destination.h"
#include "evaluation.h"
#include "policy.h"
#include "restriction_table.h"

static enum verdict
act(struct evaluation *ev, const struct argument *arg, const char *value,
    struct subject subject, struct action *action)
{
	return access_action(ev, table_word(arg->table), value, subject,
	    action);
}

enum verdict
check_client_access(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const struct request *request = evaluation_request(ev);
	const char *value;

	if (!access_map_client(ev, arg->table, request->client_name,
		request->client_address, &value))
		return VERDICT_DUNNO;
	return act(ev, arg, value,
	    stage_subject(STAGE_CLIENT, request, evaluation_arena(ev)), action);
}

enum verdict
check_reverse_client_hostname_access(struct evaluation *ev,
    const struct argument *arg, struct action *action)
{
	const struct request *request = evaluation_request(ev);
	struct subject subject = { REPLY_REVERSE_CLIENT,
		request->reverse_client_name };
	const char *value;

	if (!access_map_client(ev, arg->table, request->reverse_client_name,
		request->client_address, &value))
		return VERDICT_DUNNO;
	return access_forbid_permit(ev, arg->table,
	    act(ev, arg, value, subject, action), action);
}

enum verdict
check_helo_access(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const char *name = evaluation_request(ev)->helo_name;
	const char *value;

	if (!access_map_domain(ev, arg->table, name, &value))
		return VERDICT_DUNNO;
	return act(ev, arg, value, (struct subject){ REPLY_HELO, name },
	    action);
}

enum verdict
check_etrn_access(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const char *name = evaluation_request(ev)->etrn_domain;
	const char *value;

	if (!access_map_domain(ev, arg->table, name, &value))
		return VERDICT_DUNNO;
	return act(ev, arg, value, (struct subject){ REPLY_ETRN, name },
	    action);
}

enum verdict
check_sasl_access(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const char *login = evaluation_request(ev)->sasl_username;
	const char *value;

	if (login[0] == '\0' ||
	    !access_map_exact(ev, arg->table, login, &value))
		return VERDICT_DUNNO;
	return act(ev, arg, value, (struct subject){ REPLY_LOGIN, login },
	    action);
}

/* Look a mail address up in its resolved form. */
static enum verdict
check_mail(struct evaluation *ev, const struct argument *arg,
    struct subject subject, struct action *action)
{
	struct arena *arena = evaluation_arena(ev);
	const struct policy *policy = evaluation_policy(ev);
	struct destination dest;
	enum verdict verdict;
	const char *value;

	if (destination_resolve(&dest, policy, evaluation_tables(ev), arena,
		subject.name) == -1)
		return action_lookup_failure(action, arena, subject.name);
	if (!access_map_mail(ev, arg->table, dest.address, &value))
		return VERDICT_DUNNO;
	verdict = act(ev, arg, value, subject, action);
	/* A recipient that routes on through us is never permitted. */
	if (verdict == VERDICT_PERMIT && subject.class == REPLY_RECIPIENT &&
	    dest.is_routed && !policy->params.allow_untrusted_routing)
		return VERDICT_DUNNO;
	return verdict;
}

enum verdict
check_sender_access(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const struct request *request = evaluation_request(ev);
	struct subject subject = { REPLY_SENDER, request->sender };
	const char *value;

	if (!request_has_sender(request))
		return VERDICT_DUNNO;
	if (request->sender[0] != '\0')
		return check_mail(ev, arg, subject, action);
	if (!access_map_exact(ev, arg->table,
		evaluation_policy(ev)->params.smtpd_null_access_lookup_key,
		&value))
		return VERDICT_DUNNO;
	return act(ev, arg, value, subject, action);
}

enum verdict
check_recipient_access(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const char *recipient = evaluation_request(ev)->recipient;

	if (recipient[0] == '\0')
		return VERDICT_DUNNO;
	return check_mail(ev, arg,
	    (struct subject){ REPLY_RECIPIENT, recipient }, action);
}

/* A table alone in a class means what the list says that uses the class. */
enum verdict
check_bare_table(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const char *name = stage_table_check(evaluation_stage(ev));

	if (name == NULL) {
		evaluation_log(ev,
		    "%s: a table needs a check_*_access before it in %s",
		    arg->word, stage_list_name(evaluation_stage(ev)));
		return action_fault(action);
	}
	return restriction_find(&restriction_table, name)
	    ->eval(ev, arg, action);
}
