/*
 * The link to policyd.
 */
#include <stdlib.h>
#include <string.h>

#include "authd_policyd.h"
#include "guard_list.h"
#include "mem.h"
#include "watch_link.h"

struct authd_policyd {
	struct watch_link *link;
	struct guard_list *list;
};

/* What the administrator said is in our own database. */
static const char *
user_of(const struct json_line *line)
{
	const char *source = json_line_string(line, "source");

	return source != NULL && strcmp(source, "guard") == 0
	    ? json_line_string(line, "user")
	    : NULL;
}

static void
take_suspended(void *arg, const struct json_line *line)
{
	struct authd_policyd *policyd = arg;
	const char *user = user_of(line);
	const char *reason = json_line_string(line, "reason");
	long long until = 0;

	json_line_integer(line, "until", &until);
	if (user != NULL)
		guard_list_add(policyd->list, user, (time_t)until,
		    reason != NULL ? reason : "");
}

static void
take_resumed(void *arg, const struct json_line *line)
{
	struct authd_policyd *policyd = arg;
	const char *user = user_of(line);

	if (user != NULL)
		guard_list_remove(policyd->list, user);
}

static const struct watch_link_handler handlers[] = {
	{ "suspended", take_suspended },
	{ "resumed", take_resumed },
};

static void
on_begin(void *arg)
{
	struct authd_policyd *policyd = arg;

	guard_list_begin(policyd->list);
}

static void
on_present(void *arg)
{
	struct authd_policyd *policyd = arg;

	guard_list_end(policyd->list);
}

int
authd_policyd_check(const char *policyd_control, struct strbuf *err)
{
	struct socket_address address;

	if (policyd_control[0] == '\0')
		return 0;
	return watch_link_parse(&address, policyd_control, err);
}

struct authd_policyd *
authd_policyd_new(struct event_base *base, const char *policyd_control,
    struct guard_list *list)
{
	struct authd_policyd *policyd = xcalloc(1, sizeof *policyd);
	const struct watch_link_options options = {
		.peer = "policyd",
		.address = policyd_control,
		.handlers = handlers,
		.nhandlers = sizeof handlers / sizeof handlers[0],
		.begins = on_begin,
		.present = on_present,
		.arg = policyd,
	};
	struct strbuf err = { 0 };

	policyd->list = list;
	policyd->link = watch_link_new(base, &options, &err);
	strbuf_free(&err); /* authd_policyd_check has told */
	return policyd;
}

void
authd_policyd_free(struct authd_policyd *policyd)
{
	if (policyd == NULL)
		return;
	watch_link_free(policyd->link);
	free(policyd);
}

void
authd_policyd_metrics(const struct authd_policyd *policyd,
    struct metrics *metrics)
{
	watch_link_metrics(policyd->link, metrics);
}
