/*
 * The list that is built in.
 */
#include "suspended_login.h"
#include "inquiry.h"

static enum verdict
reject_suspended_login(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *login = inq->request->sasl_username;

	(void)arg;
	if (inquiry_suspension(inq) == NULL)
		return VERDICT_DUNNO;
	return action_reject(action, 421, "4.7.1",
	    (struct subject){ REPLY_LOGIN, login }, "suspended");
}

static const struct restriction row = {
	.name = "reject_suspended_login",
	.eval = reject_suspended_login,
};

static struct step step = { .restriction = &row };

const struct program suspended_login_program = { 1, &step };
