/*
 * Explain: one evaluation with a recorder, and what it recorded as text or as
 * JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "control_words.h"
#include "explain_print.h"
#include "mem.h"
#include "nearest.h"
#include "policy.h"
#include "trace.h"

/* One request that is being explained. */
struct explanation {
	char *words; /* what the request points to */
	struct request request;
	struct trace trace;
	struct evaluation *evaluation;
	struct policies *policies;
	enum explain_form form;
	void (*done)(void *arg, const char *text);
	void *arg;
};

static void
explanation_free(struct explanation *explanation)
{
	evaluation_free(explanation->evaluation);
	policies_release(explanation->policies);
	trace_free(&explanation->trace);
	free(explanation->words);
	free(explanation);
}

static void
unknown_attribute(const char *word, struct strbuf *err)
{
	struct nearest nearest;
	const char *name;

	nearest_init(&nearest, word);
	for (size_t i = 0; (name = request_attribute_name(i)) != NULL; i++)
		nearest_offer(&nearest, name);
	strbuf_addf(err, "%s is no attribute of a policy request%s", word,
	    nearest_hint(&nearest));
}

/* Set one attribute from NAME=VALUE, in place. */
static int
set_attribute(struct request *request, char *word, struct strbuf *err)
{
	char *equals = strchr(word, '=');

	if (equals == NULL) {
		strbuf_addf(err, "%s: expected NAME=VALUE", word);
		return -1;
	}
	*equals = '\0';
	if (request_set(request, word, (size_t)(equals - word), equals + 1))
		return 0;
	unknown_attribute(word, err);
	return -1;
}

static int
read_request(struct explanation *explanation, struct strbuf *err)
{
	char *rest = explanation->words, *word;

	request_init(&explanation->request);
	while ((word = control_word_next(&rest)) != NULL)
		if (set_attribute(&explanation->request, word, err) == -1)
			return -1;
	request_complete(&explanation->request);
	return request_check_values(&explanation->request, err);
}

static void
on_answer(void *arg, const char *action)
{
	struct explanation *explanation = arg;
	struct strbuf out = { 0 };

	if (explanation->form == EXPLAIN_JSON)
		explain_print_json(&explanation->trace, action, &out);
	else
		explain_print_text(&explanation->trace, action, &out);
	explanation->done(explanation->arg, strbuf_str(&out));
	strbuf_free(&out);
	explanation_free(explanation);
}

int
explain_start(const struct explain *explain, const char *args,
    void (*done)(void *arg, const char *text), void *arg, struct strbuf *err)
{
	struct explanation *explanation = xcalloc(1, sizeof(*explanation));
	struct evaluation_input input = {
		.policies = explain->policies,
		.request = &explanation->request,
		.transaction = explain->transaction,
		.trace = &explanation->trace,
	};

	explanation->words = xstrdup(args);
	explanation->form = explain->form;
	explanation->policies = policies_hold(explain->policies);
	explanation->done = done;
	explanation->arg = arg;
	if (read_request(explanation, err) == -1) {
		explanation_free(explanation);
		return -1;
	}
	explanation->evaluation =
	    evaluation_new(explain->base, explain->source);
	/* The answer may come at once, and frees the explanation. */
	evaluation_start(explanation->evaluation, &input, on_answer,
	    explanation);
	return 0;
}
