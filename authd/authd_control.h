#ifndef AUTHD_CONTROL_H
#define AUTHD_CONTROL_H

#include "auth_client.h"
#include "conversation.h"
#include "metrics.h"

struct control;
struct listeners;

/* What the control socket can tell about and do. */
struct authd_view {
	const struct login_service *service;
	struct auth_clients *clients;
	const struct metrics_process *process;
	const struct authd_policyd *policyd; /* the link to it */
	/* Returns 0, or -1 with all errors in err. */
	int (*reload)(void *arg, struct strbuf *err);
	/* Look at the user database now.  Returns 0, or -1 as well. */
	int (*look)(void *arg, struct strbuf *err);
	void *arg;
};

/* Takes ownership of the listeners; view: borrowed. */
struct control *authd_control_new(struct listeners *, struct authd_view *);

#endif
