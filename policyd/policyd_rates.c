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
