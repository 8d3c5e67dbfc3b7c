/*
 * Steps and facts in words.
 */
#include "trace_words.h"

#define RECORDS_SHOWN 5 /* of a DNS answer */

void
trace_words_step(struct strbuf *out, const struct step *step)
{
	if (step->is_warning)
		strbuf_adds(out, "warn_if_reject ");
	if (step->argument.class != NULL)
		strbuf_adds(out, step->argument.class->name);
	else
		strbuf_adds(out, step->restriction->name);
	if (step_shown_argument(step) != NULL)
		strbuf_addf(out, " %s", step_shown_argument(step));
}

/* One record of an answer. */
static void
add_record(struct strbuf *out, const struct dns_record *record,
    enum dns_type type)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		ip_print(&record->ip, out);
		break;
	case DNS_MX:
		strbuf_addf(out, "%u %s", record->preference,
		    record->name[0] != '\0' ? record->name : ".");
		break;
	case DNS_NS:
	case DNS_PTR:
		strbuf_adds(out, record->name);
		break;
	case DNS_TXT:
		strbuf_add(out, record->text, record->textlen);
		break;
	}
}

/* What an answer of DNS says. */
static void
add_dns_value(struct strbuf *out, const struct dns_answer *answer,
    enum dns_type type)
{
	size_t n;

	if (answer == NULL) {
		strbuf_adds(out, "not needed");
		return;
	}
	switch (answer->status) {
	case DNS_FOUND:
		n = answer->nrecords < RECORDS_SHOWN ? answer->nrecords
						     : RECORDS_SHOWN;
		for (size_t i = 0; i < n; i++) {
			if (i > 0)
				strbuf_adds(out, ", ");
			add_record(out, &answer->records[i], type);
		}
		if (answer->nrecords > n)
			strbuf_addf(out, " and %zu more", answer->nrecords - n);
		break;
	case DNS_NOT_FOUND:
		strbuf_adds(out,
		    answer->is_nxdomain ? "no such name" : "no such record");
		break;
	case DNS_FAILED:
		strbuf_addf(out, "failed: %s", answer->reason);
		break;
	case DNS_MALFORMED:
		strbuf_addf(out, "malformed: %s", answer->reason);
		break;
	}
}

static void
add_dnsbl_value(struct strbuf *out, const struct dnsbl_answer *answer)
{
	static const char *const results[] = {
		[DNSBL_LISTED] = "listed",
		[DNSBL_NOT_LISTED] = "not listed",
		[DNSBL_FAILED] = "failed",
	};

	if (answer == NULL) {
		strbuf_adds(out, "not needed");
		return;
	}
	strbuf_adds(out, results[answer->result]);
	if (answer->why[0] != '\0')
		strbuf_addf(out, ", %s", answer->why);
	if (answer->text[0] != '\0')
		strbuf_addf(out, " \"%s\"", answer->text);
}

void
fact_text_free(struct fact_text *fact)
{
	strbuf_free(&fact->name);
	strbuf_free(&fact->value);
}

bool
fact_text_make(struct fact_text *fact, const struct trace_entry *entry)
{
	switch (entry->kind) {
	case TRACE_DNS:
		strbuf_addf(&fact->name, "%s %s", dns_type_name(entry->type),
		    entry->name);
		add_dns_value(&fact->value, entry->dns, entry->type);
		fact->has_time = entry->dns != NULL;
		if (fact->has_time) {
			fact->ms = entry->dns->ms;
			fact->from_cache = entry->dns->from_cache;
		}
		return true;
	case TRACE_DNSBL:
		strbuf_addf(&fact->name, "%s.%s", entry->name,
		    dnsbl_site_shown_word(entry->site));
		add_dnsbl_value(&fact->value, entry->dnsbl);
		fact->has_time = entry->dnsbl != NULL;
		if (fact->has_time) {
			fact->ms = entry->dnsbl->ms;
			fact->from_cache = entry->dnsbl->from_cache;
		}
		return true;
	case TRACE_TABLE:
		strbuf_addf(&fact->name, "%s in %s", entry->name, entry->table);
		strbuf_adds(&fact->value,
		    entry->value != NULL ? entry->value
					 : "the table cannot be read");
		return true;
	case TRACE_TEXT:
		strbuf_adds(&fact->name, entry->name);
		strbuf_adds(&fact->value, entry->value);
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
