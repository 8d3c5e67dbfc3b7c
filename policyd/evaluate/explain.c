/*
 * Explain: one evaluation with a recorder, and what it recorded as text or as
 * JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "conf.h"
#include "control_words.h"
#include "explain_print.h"
#include "mem.h"
#include "nearest.h"
#include "policy.h"
#include "stage.h"
#include "trace.h"

/* One request that is being explained. */
struct explanation {
	char *words; /* what the request points to */
	struct request request;
	struct trace trace;
	struct evaluation *evaluation;
	struct policies *policies;
	char *remark; /* on its policy_context */
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
	free(explanation->remark);
	free(explanation->words);
	free(explanation);
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
	strbuf_addf(err, "%s is no attribute of a policy request%s", word,
	    request_attribute_hint(word));
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

/* The code that Postfix sends; 0: it is no refusal. */
static int
code_sent(const struct decision *decision)
{
	switch (decision->kind) {
	case ANSWER_REPLY:
		return decision->code;
	case ANSWER_DEFER_IF_PERMIT:
		return (int)decision->policy->params.access_map_defer_code;
	case ANSWER_PASS:
	case ANSWER_DEFER_IF_REJECT:
	case ANSWER_EFFECT:
		break;
	}
	return 0;
}

static void
remark_unknown_context(struct explanation *explanation, const char *context)
{
	const char *const *contexts;
	size_t n = conf_contexts(explanation->policies->conf, &contexts);
	struct nearest nearest;

	nearest_init(&nearest, context);
	for (size_t i = 0; i < n; i++)
		nearest_offer(&nearest, contexts[i]);
	explanation->remark =
	    xasprintf("unknown: the lists without a context are evaluated%s",
		nearest_hint(&nearest));
	trace_remark(&explanation->trace, "policy_context",
	    explanation->remark);
}

/* The list of main.cf whence Postfix asks. */
static enum stage
calling_stage(struct explanation *explanation, const struct request *request)
{
	const struct policy *policy;
	enum stage stage;

	if (!policies_find(explanation->policies, request, &policy, &stage))
		remark_unknown_context(explanation, request->policy_context);
	return stage != STAGE_COUNT ? stage : stage_of_state(request->state);
}

/* What Postfix makes of a refusal: it puts its own prefix before it. */
static void
add_postfix_reply(struct strbuf *out, const struct decision *decision,
    enum stage stage)
{
	struct arena arena = { 0 };
	char dsn[DSN_SIZE];
	struct reply reply;
	const char *text;
	int code = code_sent(decision);
	struct subject caller;

	if (code == 0)
		return;
	caller = stage_subject(stage, decision->request, &arena);
	text = reply_split_dsn(dsn, strchr(decision->action, ' ') + 1, "");
	reply_fix_dsn(dsn, caller.class);
	reply_set(&reply, code, dsn, caller, text);
	reply_add_answer(out, NULL, &reply, NULL, &arena);
	arena_free(&arena);
}

static void
on_answer(void *arg, const struct decision *decision)
{
	struct explanation *explanation = arg;
	struct strbuf out = { 0 }, reply = { 0 };

	add_postfix_reply(&reply, decision,
	    calling_stage(explanation, decision->request));
	if (explanation->form == EXPLAIN_JSON)
		explain_print_json(&explanation->trace, decision->action,
		    strbuf_str(&reply), &out);
	else
		explain_print_text(&explanation->trace, decision->action,
		    strbuf_str(&reply), &out);
	explanation->done(explanation->arg, strbuf_str(&out));
	strbuf_free(&reply);
	strbuf_free(&out);
	explanation_free(explanation);
}

int
explain_start(const struct explain *explain, const char *args,
    void (*done)(void *arg, const char *text), void *arg, struct strbuf *err)
{
	struct explanation *explanation = xcalloc(1, sizeof *explanation);
	struct evaluation_input input = {
		.policies = explain->policies,
		.request = &explanation->request,
		.transaction = explain->transaction,
		.trace = &explanation->trace,
	};

	explanation->trace.keeps_all = true;
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
