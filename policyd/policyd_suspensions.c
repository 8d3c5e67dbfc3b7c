/*
 * The commands that suspend logins, and let them send again.
 */
#include <stdlib.h>
#include <string.h>

#include "policyd.h"
#include "clock.h"
#include "control_words.h"
#include "guard.h"
#include "json.h"
#include "log.h"
#include "mem.h"
#include "policyd_authd.h"
#include "suspensions.h"

/* [--until TIME] LOGIN [REASON]; TIME: seconds since the epoch.
 * Returns 0, or -1 with the reason in err. */
static int
read_order(struct suspension *order, char *rest, struct strbuf *err)
{
	const char *word = control_word_next(&rest), *reason;
	char *end;

	*order = (struct suspension){ .source = SUSPENSION_ADMIN };
	if (word != NULL && strcmp(word, "--until") == 0) {
		word = control_word_next(&rest);
		order->until = word == NULL ? 0 : strtoll(word, &end, 10);
		if (word == NULL || *end != '\0' ||
		    order->until <= clock_now()) {
			strbuf_adds(err,
			    "--until needs a time to come, in seconds since "
			    "the epoch");
			return -1;
		}
		word = control_word_next(&rest);
	}
	reason = control_word_next(&rest);
	order->user = word;
	order->reason = reason != NULL ? reason : "";
	if (word != NULL && word[0] != '\0' && control_word_next(&rest) == NULL)
		return 0;
	strbuf_adds(err, "whom? one login, and a reason as one word");
	return -1;
}

void
policyd_run_suspend(void *ctx, struct control_request *request,
    const char *args)
{
	struct policyd *policyd = ctx;
	struct suspension order;
	struct strbuf text = { 0 };
	char *words = xstrdup(args);

	if (read_order(&order, words, &text) == -1) {
		control_answer_error(request, "%s", strbuf_str(&text));
		strbuf_free(&text);
	} else if (!suspensions_begin(policyd->suspensions, &order)) {
		control_answer_error(request,
		    "%s: no room for more, or a name too long: raise "
		    "state_limit",
		    order.user);
	} else {
		policyd_authd_suspended(policyd->authd, order.user);
		log_info("suspensions: suspend %s", order.user);
		policyd_answer_when_kept(policyd, request, &text);
	}
	free(words);
}

void
policyd_run_resume(void *ctx, struct control_request *request, const char *args)
{
	struct policyd *policyd = ctx;
	struct strbuf text = { 0 };
	char *words = xstrdup(args), *rest = words;
	const char *login = control_word_next(&rest);

	if (login == NULL || control_word_next(&rest) != NULL) {
		control_answer_error(request, "whom? one login");
	} else {
		for (int i = 0; i < SUSPENSION_SOURCES; i++)
			suspensions_end(policyd->suspensions, login,
			    (enum suspension_source)i);
		guard_resume(policyd->guard, login);
		log_info("suspensions: resume %s", login);
		policyd_answer_when_kept(policyd, request, &text);
	}
	free(words);
}

/* A list, while it is told in pieces. */
struct list {
	const struct suspensions *suspensions;
	size_t place;
	bool has_begun;
	struct json json;
};

static void
add_text(void *arg, const struct suspension *suspension)
{
	strbuf_addf(arg, "%s: ", suspension->user);
	suspension_print(suspension, clock_now(), arg);
	strbuf_addc(arg, '\n');
}

static bool
next_text(void *arg, struct strbuf *out)
{
	struct list *list = arg;

	return suspensions_each_of_some(list->suspensions, &list->place,
	    add_text, out);
}

static void
add_json(void *arg, const struct suspension *suspension)
{
	json_object(arg, NULL);
	suspension_add_json(suspension, arg);
	json_end(arg);
}

static bool
next_json(void *arg, struct strbuf *out)
{
	struct list *list = arg;
	bool has_more;

	list->json.out = out;
	if (!list->has_begun)
		json_array(&list->json, NULL);
	list->has_begun = true;
	has_more = suspensions_each_of_some(list->suspensions, &list->place,
	    add_json, &list->json);
	if (!has_more) {
		json_end(&list->json);
		strbuf_addc(out, '\n');
	}
	return has_more;
}

void
policyd_run_suspensions(void *ctx, struct control_request *request,
    const char *args)
{
	const struct policyd *policyd = ctx;
	struct list *list = xcalloc(1, sizeof *list);
	const struct control_pieces pieces = {
		.next = *args != '\0' ? next_json : next_text,
		.free = free,
		.arg = list,
	};

	list->suspensions = policyd->suspensions;
	control_answer_in_pieces(request, &pieces);
}
