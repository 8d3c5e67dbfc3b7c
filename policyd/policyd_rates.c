/*
 * The commands that tell of rates, and forget them.
 */
#include <stdlib.h>
#include <string.h>

#include "policyd.h"
#include "control_words.h"
#include "log.h"
#include "mem.h"
#include "rate_report.h"

struct order {
	struct rate_query query;
	bool wants_json;
};

/* Returns false for a number that is none. */
static bool
read_top(struct order *order, const char *word)
{
	char *end;

	if (word == NULL || *word < '0' || *word > '9')
		return false;
	order->query.top = strtoul(word, &end, 10);
	return *end == '\0' && order->query.top > 0;
}

static int
read_order(struct order *order, char *rest, struct strbuf *err)
{
	const char *word;

	while ((word = control_word_next(&rest)) != NULL) {
		if (strcmp(word, "-j") == 0) {
			order->wants_json = true;
		} else if (strcmp(word, "--top") == 0) {
			if (!read_top(order, control_word_next(&rest)))
				strbuf_adds(err, "--top needs a number");
		} else if (order->query.value == NULL) {
			order->query.value = word;
		} else {
			strbuf_adds(err, "rates of one value, or of all");
		}
		if (err->len > 0)
			return -1;
	}
	return 0;
}

void
policyd_run_rates(void *ctx, struct control_request *request, const char *args)
{
	const struct policyd *policyd = ctx;
	struct order order = { 0 };
	struct strbuf out = { 0 };
	char *words = xstrdup(args);

	if (read_order(&order, words, &out) == -1) {
		control_answer_error(request, "%s", strbuf_str(&out));
	} else {
		if (order.wants_json)
			rate_report_json(policyd->state, &order.query, &out);
		else
			rate_report_text(policyd->state, &order.query, &out);
		control_answer(request, strbuf_str(&out));
	}
	strbuf_free(&out);
	free(words);
}

void
policyd_run_reset_rates(void *ctx, struct control_request *request,
    const char *args)
{
	struct policyd *policyd = ctx;
	struct strbuf text = { 0 };
	char *words = xstrdup(args), *rest = words;
	const char *value = control_word_next(&rest);

	if (value == NULL || control_word_next(&rest) != NULL) {
		control_answer_error(request, "which value? one");
	} else if (rate_report_reset(policyd->state, value) == 0) {
		control_answer_error(request, "nothing is counted for %s",
		    value);
	} else {
		log_info("rates: reset %s", value);
		policyd_answer_when_kept(policyd, request, &text);
	}
	free(words);
}
