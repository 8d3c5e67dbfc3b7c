/*
 * Steps and facts in words.
 */
#include "trace_words.h"

void
trace_words_step(struct strbuf *out, const struct step *step)
{
	if (step->is_warning)
		strbuf_adds(out, "warn_if_reject ");
	if (step->argument.class != NULL)
		strbuf_adds(out, step->argument.class->name);
	else
		strbuf_adds(out, step->restriction->name);
	if (step_shown_argument(step) != NULL) {
		strbuf_addc(out, ' ');
		strbuf_adds(out, step_shown_argument(step));
	}
}

void
fact_text_free(struct fact_text *fact)
{
	strbuf_free(&fact->name);
	strbuf_free(&fact->value);
}

static void
make_fact(struct fact_text *text, const struct fact *fact)
{
	const struct fact_provider *provider = fact->key.provider;

	text->kind = provider->name;
	provider->print_name(fact, &text->name);
	if (fact->value == NULL) {
		strbuf_adds(&text->value, "not needed");
		return;
	}
	provider->print_value(fact, &text->value);
	text->has_time = provider->work != FACT_AT_HAND && fact->facts != NULL;
	text->ms = fact->ms;
	text->from_cache = fact->from_cache;
}

bool
fact_text_make(struct fact_text *text, const struct trace_entry *entry)
{
	switch (entry->kind) {
	case TRACE_FACT:
		make_fact(text, entry->fact);
		return true;
	case TRACE_REMARK:
		strbuf_adds(&text->name, entry->name);
		strbuf_adds(&text->value, entry->value);
		return true;
	case TRACE_LOG:
		strbuf_adds(&text->name, "log");
		strbuf_adds(&text->value, entry->value);
		return true;
	case TRACE_LIST:
	case TRACE_STEP:
		break;
	}
	return false;
}

void
trace_words_fact(struct strbuf *out, const struct trace_entry *entry)
{
	struct fact_text fact = { 0 };

	if (fact_text_make(&fact, entry)) {
		strbuf_add(out, fact.name.bytes, fact.name.len);
		strbuf_adds(out, ": ");
		strbuf_add(out, fact.value.bytes, fact.value.len);
		if (fact.has_time && fact.from_cache)
			strbuf_adds(out, " (cached)");
		else if (fact.has_time)
			strbuf_addf(out, " (%u ms)", fact.ms);
	}
	fact_text_free(&fact);
}
