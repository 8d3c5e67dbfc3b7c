/*
 * policyctl allow, deny and forget: clients that are let in or shut out while
 * policyd runs.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "policyctl_command.h"
#include "clock.h"
#include "control_words.h"
#include "live_client.h"

#define LINE_BYTES 200000 /* of a command with many clients */

/* The command as it is sent, and what its clients have in common. */
struct order {
	struct policyctl *ctl;
	enum live_client_action action;
	struct strbuf line;
	size_t head; /* of the line: the command and its options */
};

static void
order_begin(struct order *order, struct policyctl *ctl,
    enum live_client_action action)
{
	*order = (struct order){ .ctl = ctl, .action = action };
	strbuf_adds(&order->line,
	    action == LIVE_CLIENT_DENY ? "deny" : "allow");
	if (action == LIVE_CLIENT_RELAY)
		strbuf_adds(&order->line, " --relay");
	if (ctl->is_forced)
		strbuf_adds(&order->line, " --force");
	order->head = order->line.len;
}

/* A warning is for people, not a result. */
static void
move_warnings(struct policyctl *ctl)
{
	if (strncmp(strbuf_str(&ctl->out), "warning: ", 9) != 0)
		return;
	if (strstr(strbuf_str(&ctl->err), ctl->out.bytes) == NULL)
		strbuf_adds(&ctl->err, ctl->out.bytes);
	strbuf_truncate(&ctl->out, 0);
}

static int
send_line(struct policyctl *ctl, const char *line)
{
	int code = policyctl_send(ctl, line);

	move_warnings(ctl);
	return code;
}

static int
order_send(struct order *order)
{
	int code = EX_OK;

	if (order->line.len > order->head)
		code = send_line(order->ctl, order->line.bytes);
	strbuf_truncate(&order->line, order->head);
	return code;
}

static void
add_word(struct strbuf *line, const char *word)
{
	strbuf_addc(line, ' ');
	control_word_add(line, word);
}

/* Take what the command line gives where the words give none. */
static void
complete(const struct order *order, struct live_client_words *words)
{
	const struct policyctl *ctl = order->ctl;

	if (words->time[0] == '\0' && ctl->time != NULL)
		words->time = ctl->time;
	if (words->comment[0] == '\0' && ctl->comment != NULL)
		words->comment = ctl->comment;
	words->is_forced = ctl->is_forced;
}

static int
check(const struct order *order, const struct live_client_words *words,
    struct strbuf *err)
{
	struct live_client client = { .action = order->action };

	return live_client_parse(&client, words, clock_now(), err);
}

static void
order_add(struct order *order, const struct live_client_words *words)
{
	add_word(&order->line, words->net);
	add_word(&order->line, words->time);
	add_word(&order->line, words->comment);
}

static int
send_one(struct order *order, const char *net)
{
	struct live_client_words words = { net, "", "", false };
	struct policyctl *ctl = order->ctl;

	complete(order, &words);
	if ((ctl->time != NULL && ctl->time[0] == '\0') ||
	    check(order, &words, &ctl->err) == -1) {
		if (ctl->err.len == 0)
			strbuf_adds(&ctl->err, "--for needs a time");
		strbuf_addc(&ctl->err, '\n');
		return EX_USAGE;
	}
	order_add(order, &words);
	return order_send(order);
}

/* Call fn for each line that has a client.  Returns the first code that is not
 * EX_OK. */
static int
each_line(struct order *order, const char *text,
    int (*fn)(struct order *, const struct live_client_words *, int number))
{
	struct strbuf copy = { 0 };
	int code = EX_OK, number = 0;
	char *rest, *line;

	strbuf_adds(&copy, text);
	rest = copy.bytes;
	while (code == EX_OK && (line = strsep(&rest, "\n")) != NULL) {
		struct live_client_words words;

		number++;
		if (!live_client_read_line(&words, line))
			continue;
		complete(order, &words);
		code = fn(order, &words, number);
	}
	strbuf_free(&copy);
	return code;
}

/* All errors of all lines are shown. */
static int
check_line(struct order *order, const struct live_client_words *words,
    int number)
{
	struct strbuf why = { 0 };

	if (check(order, words, &why) == -1)
		strbuf_addf(&order->ctl->err, "line %d: %s\n", number,
		    strbuf_str(&why));
	strbuf_free(&why);
	return EX_OK;
}

static int
add_line(struct order *order, const struct live_client_words *words, int number)
{
	(void)number;
	order_add(order, words);
	return order->line.len < LINE_BYTES ? EX_OK : order_send(order);
}

/* Nothing is changed when there is an error in any line. */
static int
send_stdin(struct order *order)
{
	struct policyctl *ctl = order->ctl;
	struct strbuf text = { 0 };
	int code = EX_USAGE;

	if (policyctl_read_stdin(&text, &ctl->err) == 0)
		each_line(order, strbuf_str(&text), check_line);
	if (ctl->err.len == 0)
		code = each_line(order, strbuf_str(&text), add_line);
	if (code == EX_OK)
		code = order_send(order);
	strbuf_free(&text);
	return code;
}

static int
run(struct policyctl *ctl, enum live_client_action action)
{
	struct order order;
	int code;

	if (ctl->from_stdin == (ctl->nwords == 1)) {
		strbuf_adds(&ctl->err,
		    "which client? an address or a network, or --stdin\n");
		return EX_USAGE;
	}
	order_begin(&order, ctl, action);
	code = ctl->from_stdin ? send_stdin(&order)
			       : send_one(&order, ctl->words[0]);
	strbuf_free(&order.line);
	return code;
}

int
policyctl_allow(struct policyctl *ctl)
{
	return run(ctl,
	    ctl->wants_relay ? LIVE_CLIENT_RELAY : LIVE_CLIENT_ALLOW);
}

int
policyctl_deny(struct policyctl *ctl)
{
	return run(ctl, LIVE_CLIENT_DENY);
}

int
policyctl_forget(struct policyctl *ctl)
{
	struct strbuf line = { 0 };
	struct cidr net;
	int code = EX_USAGE;

	if (live_client_parse_net(&net, ctl->words[0], &ctl->err) == 0) {
		strbuf_adds(&line, "forget");
		add_word(&line, ctl->words[0]);
		code = send_line(ctl, line.bytes);
	} else {
		strbuf_addc(&ctl->err, '\n');
	}
	strbuf_free(&line);
	return code;
}
