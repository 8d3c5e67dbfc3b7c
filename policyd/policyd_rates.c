/*
 * The commands that tell of rates, and forget them.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "policyd.h"
#include "control_words.h"
#include "log.h"
#include "mem.h"
#include "rate_report.h"

/* Returns false for a number that is none. */
static bool
read_top(struct rate_query *query, const char *word)
{
	char *end;

	if (word == NULL || *word < '0' || *word > '9')
		return false;
	query->top = strtoul(word, &end, 10);
	return *end == '\0' && query->top > 0;
}

static int
read_query(struct rate_query *query, char *rest, struct strbuf *err)
{
	const char *word;

	while ((word = control_word_next(&rest)) != NULL) {
		if (strcmp(word, "-j") == 0) {
			query->wants_json = true;
		} else if (strcmp(word, "--top") == 0) {
			if (!read_top(query, control_word_next(&rest)))
				strbuf_adds(err, "--top needs a number");
		} else if (query->value == NULL) {
			query->value = word;
		} else {
			strbuf_adds(err, "rates of one value, or of all");
		}
		if (err->len > 0)
			return -1;
	}
	return 0;
}

static bool
next_of_report(void *arg, struct strbuf *out)
{
	return rate_report_next(arg, out);
}

static void
free_report(void *arg)
{
	rate_report_free(arg);
}

void
policyd_run_rates(void *ctx, struct control_request *request, const char *args)
{
	const struct policyd *policyd = ctx;
	struct rate_query query = { 0 };
	struct strbuf err = { 0 };
	char *words = xstrdup(args);

	if (read_query(&query, words, &err) == -1) {
		control_answer_error(request, "%s", strbuf_str(&err));
	} else {
		const struct control_pieces pieces = {
			.next = next_of_report,
			.free = free_report,
			.arg = rate_report_new(policyd->state, &query),
		};

		control_answer_in_pieces(request, &pieces);
	}
	strbuf_free(&err);
	free(words);
}

/* A reset, while what it is for is collected. */
struct reset {
	struct policyd *policyd;
	struct control_request *request;
	struct rate_report *report;
	char *value;
};

static void
finish(struct reset *reset)
{
	struct strbuf text = { 0 };

	if (rate_report_forget(reset->report) == 0) {
		control_answer_error(reset->request,
		    "nothing is counted for %s", reset->value);
	} else {
		log_info("rates: reset %s", reset->value);
		policyd_answer_when_kept(reset->policyd, reset->request, &text);
	}
	rate_report_free(reset->report);
	free(reset->value);
	free(reset);
}

/* Some in each turn of the loop: there may be a million counters. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval now = { 0 };
	struct reset *reset = arg;

	(void)fd;
	(void)what;
	if (!rate_report_collect(reset->report) ||
	    event_base_once(reset->policyd->base, -1, EV_TIMEOUT, on_turn,
		reset, &now) == -1)
		finish(reset);
}

void
policyd_run_reset_rates(void *ctx, struct control_request *request,
    const char *args)
{
	struct policyd *policyd = ctx;
	char *words = xstrdup(args), *rest = words;
	const char *value = control_word_next(&rest);

	if (value == NULL || control_word_next(&rest) != NULL) {
		control_answer_error(request, "which value? one");
	} else {
		const struct rate_query query = { .value = value };
		struct reset *reset = xcalloc(1, sizeof *reset);

		reset->policyd = policyd;
		reset->request = request;
		reset->report = rate_report_new(policyd->state, &query);
		reset->value = xstrdup(value);
		on_turn(-1, 0, reset);
	}
	free(words);
}
