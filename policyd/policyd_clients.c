/*
 * The commands that let clients in and shut them out.
 */
#include <stdlib.h>
#include <string.h>

#include "policyd.h"
#include "clock.h"
#include "control_words.h"
#include "live_clients.h"
#include "log.h"
#include "mem.h"
#include "state.h"

/* What was asked for, until it is on disk. */
struct change {
	struct control_request *request;
	struct strbuf text; /* for the answer */
};

/* allow and deny as they came. */
struct order {
	struct live_client *clients;
	size_t n;
	enum live_client_action action;
	bool is_forced;
	char *words; /* what the comments point to */
};

static void
on_synced(void *arg, const char *failure)
{
	struct change *change = arg;

	if (failure != NULL)
		control_answer_error(change->request,
		    "not on disk, so it ends with policyd: %s", failure);
	else
		control_answer(change->request, strbuf_str(&change->text));
	strbuf_free(&change->text);
	free(change);
}

void
policyd_answer_when_kept(struct policyd *policyd,
    struct control_request *request, struct strbuf *text)
{
	struct change *change = xcalloc(1, sizeof *change);

	change->request = request;
	change->text = *text;
	state_sync(policyd->state, on_synced, change);
}

/* Take the options off the words.  Returns the first word behind them. */
static const char *
read_options(struct order *order, char **rest, struct strbuf *err)
{
	const char *word;

	while ((word = control_word_next(rest)) != NULL &&
	    strncmp(word, "--", 2) == 0) {
		if (strcmp(word, "--force") == 0)
			order->is_forced = true;
		else if (strcmp(word, "--relay") == 0 &&
		    order->action != LIVE_CLIENT_DENY)
			order->action = LIVE_CLIENT_RELAY;
		else
			strbuf_addf(err, "unknown option %s\n", word);
	}
	return word;
}

/* NET [TIME [COMMENT]], any number of them. */
static void
read_clients(struct order *order, const char *net, char **rest,
    struct strbuf *err)
{
	for (; net != NULL; net = control_word_next(rest)) {
		const char *time = control_word_next(rest);
		const char *comment = control_word_next(rest);
		const struct live_client_words words = {
			.net = net,
			.time = time != NULL ? time : "",
			.comment = comment != NULL ? comment : "",
			.is_forced = order->is_forced,
		};
		struct live_client *client;

		order->clients = xreallocarray(order->clients, order->n + 1,
		    sizeof *order->clients);
		client = &order->clients[order->n++];
		client->action = order->action;
		if (live_client_parse(client, &words, clock_now(), err) == -1)
			strbuf_addc(err, '\n');
	}
	if (order->n == 0 && err->len == 0)
		strbuf_adds(err, "which client? an address or a network\n");
}

static void
put_all(struct policyd *policyd, const struct order *order, struct strbuf *err)
{
	for (size_t i = 0; i < order->n; i++) {
		if (live_clients_put(policyd->live_clients, &order->clients[i]))
			continue;
		cidr_print(&order->clients[i].net, err);
		strbuf_addf(err,
		    ": no room for more, %zu of %zu are done: raise "
		    "state_limit\n",
		    i, order->n);
		return;
	}
}

static void
warn_unused(const struct policyd *policyd, const struct order *order,
    struct strbuf *text)
{
	if (order->action != LIVE_CLIENT_RELAY &&
	    !policies_use(policyd->policies, LIVE_CLIENTS_RESTRICTION))
		strbuf_adds(text,
		    "warning: no list names " LIVE_CLIENTS_RESTRICTION
		    ": this has no effect yet\n");
}

static void
log_order(const struct order *order)
{
	struct strbuf text = { 0 };

	live_client_print(&order->clients[0], clock_now(), &text);
	if (order->n > 1)
		strbuf_addf(&text, " and %zu more", order->n - 1);
	log_info("clients: %s", strbuf_str(&text));
	strbuf_free(&text);
}

static void
run(struct policyd *policyd, struct control_request *request, const char *args,
    enum live_client_action action)
{
	struct order order = { .action = action, .words = xstrdup(args) };
	struct strbuf err = { 0 }, text = { 0 };
	char *rest = order.words;
	const char *net = read_options(&order, &rest, &err);

	read_clients(&order, net, &rest, &err);
	if (err.len == 0)
		put_all(policyd, &order, &err);
	if (err.len > 0) {
		control_answer_error(request, "%s", strbuf_str(&err));
	} else {
		log_order(&order);
		warn_unused(policyd, &order, &text);
		policyd_answer_when_kept(policyd, request, &text);
	}
	strbuf_free(&err);
	free(order.clients);
	free(order.words);
}

void
policyd_run_allow(void *ctx, struct control_request *request, const char *args)
{
	run(ctx, request, args, LIVE_CLIENT_ALLOW);
}

void
policyd_run_deny(void *ctx, struct control_request *request, const char *args)
{
	run(ctx, request, args, LIVE_CLIENT_DENY);
}

void
policyd_run_forget(void *ctx, struct control_request *request, const char *args)
{
	struct policyd *policyd = ctx;
	struct strbuf text = { 0 };
	struct cidr net;

	if (live_client_parse_net(&net, args, &text) == -1) {
		control_answer_error(request, "%s", strbuf_str(&text));
		strbuf_free(&text);
	} else if (!live_clients_forget(policyd->live_clients, &net)) {
		control_answer_error(request,
		    "%s: neither allowed nor denied by itself", args);
	} else {
		cidr_print(&net, &text);
		log_info("clients: forget %s", strbuf_str(&text));
		strbuf_free(&text);
		policyd_answer_when_kept(policyd, request, &text);
	}
}

static bool
next_of_list(void *arg, struct strbuf *out)
{
	return live_client_list_next(arg, out);
}

static void
free_list(void *arg)
{
	live_client_list_free(arg);
}

void
policyd_run_clients(void *ctx, struct control_request *request,
    const char *args)
{
	const struct policyd *policyd = ctx;
	const struct control_pieces pieces = {
		.next = next_of_list,
		.free = free_list,
		.arg =
		    live_client_list_new(policyd->live_clients, *args != '\0'),
	};

	control_answer_in_pieces(request, &pieces);
}
