/*
 * Facts from DNS: its answers, and verdicts of DNS lists.
 */
#include "providers.h"

#define RECORDS_SHOWN 5 /* of an answer */

static const char no_answer[] = "no answer in time";

static void
on_dns(void *arg, const struct dns_answer *answer)
{
	struct fact *fact = arg;

	fact->ms = answer->ms;
	fact->from_cache = answer->from_cache;
	fact_know(fact, dns_answer_hold(answer));
}

static void *
ask_dns(struct fact *fact)
{
	const struct fact_source *source = fact->facts->source;

	return source->ask_dns(source->ctx, fact->key.name,
	    (enum dns_type)fact->key.type, on_dns, fact);
}

static void
cancel_dns(struct fact *fact)
{
	fact->facts->source->cancel_dns(fact->question);
}

static void
forget_dns(struct fact *fact)
{
	dns_answer_release((struct dns_answer *)fact->value);
}

static void
print_dns_name(const struct fact *fact, struct strbuf *out)
{
	strbuf_addf(out, "%s %s", dns_type_name((enum dns_type)fact->key.type),
	    fact->key.name);
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

static void
add_records(struct strbuf *out, const struct dns_answer *answer,
    enum dns_type type)
{
	size_t n =
	    answer->nrecords < RECORDS_SHOWN ? answer->nrecords : RECORDS_SHOWN;

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_adds(out, ", ");
		add_record(out, &answer->records[i], type);
	}
	if (answer->nrecords > n)
		strbuf_addf(out, " and %zu more", answer->nrecords - n);
}

static void
print_dns_value(const struct fact *fact, struct strbuf *out)
{
	const struct dns_answer *answer = fact->value;

	switch (answer->status) {
	case DNS_FOUND:
		add_records(out, answer, (enum dns_type)fact->key.type);
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

static const struct dns_answer late_answer = {
	.status = DNS_FAILED,
	.reason = no_answer,
};

static const struct fact_provider dns = {
	.name = "dns",
	.work = FACT_BY_DNS,
	.late = &late_answer,
	.ask = ask_dns,
	.cancel = cancel_dns,
	.forget = forget_dns,
	.print_name = print_dns_name,
	.print_value = print_dns_value,
};

const struct fact *
facts_dns(struct facts *facts, const char *name, enum dns_type type)
{
	const struct fact_key key = { &dns, NULL, type, name };

	return facts_get(facts, &key);
}

/* DNS lists. */

void *
facts_ask_dnsbl(void *ctx, struct dnsbl_site *site, enum dnsbl_kind kind,
    const char *label, dnsbl_done *done, void *arg)
{
	(void)ctx;
	return dnsbl_ask(site, kind, label, done, arg);
}

void *
facts_look_dnsbl(void *ctx, struct dnsbl_site *site, enum dnsbl_kind kind,
    const char *label, dnsbl_done *done, void *arg)
{
	(void)ctx;
	return dnsbl_look(site, kind, label, done, arg);
}

void
facts_cancel_dnsbl(void *question)
{
	dnsbl_cancel(question);
}

static void
on_dnsbl(void *arg, const struct dnsbl_answer *answer)
{
	struct fact *fact = arg;
	struct arena *arena = &fact->facts->arena;
	struct dnsbl_answer *copy = arena_alloc(arena, sizeof *copy);

	*copy = *answer;
	copy->text = arena_strdup(arena, answer->text);
	copy->why = arena_strdup(arena, answer->why);
	fact->ms = answer->ms;
	fact->from_cache = answer->from_cache;
	fact_know(fact, copy);
}

static void *
ask_dnsbl(struct fact *fact)
{
	const struct fact_source *source = fact->facts->source;

	return source->ask_dnsbl(source->ctx,
	    (struct dnsbl_site *)fact->key.place,
	    (enum dnsbl_kind)fact->key.type, fact->key.name, on_dnsbl, fact);
}

static void
cancel_dnsbl(struct fact *fact)
{
	fact->facts->source->cancel_dnsbl(fact->question);
}

static void
print_dnsbl_name(const struct fact *fact, struct strbuf *out)
{
	strbuf_addf(out, "%s.%s", fact->key.name,
	    dnsbl_site_shown_word(fact->key.place));
}

static void
print_dnsbl_value(const struct fact *fact, struct strbuf *out)
{
	static const char *const results[] = {
		[DNSBL_LISTED] = "listed",
		[DNSBL_NOT_LISTED] = "not listed",
		[DNSBL_FAILED] = "failed",
	};
	const struct dnsbl_answer *answer = fact->value;

	strbuf_adds(out, results[answer->result]);
	if (answer->why[0] != '\0')
		strbuf_addf(out, ", %s", answer->why);
	if (answer->text[0] != '\0')
		strbuf_addf(out, " \"%s\"", answer->text);
}

static const struct dnsbl_answer late_verdict = {
	.result = DNSBL_FAILED,
	.text = "",
	.why = no_answer,
};

static const struct fact_provider dnsbl = {
	.name = "dnsbl",
	.work = FACT_BY_DNS,
	.late = &late_verdict,
	.ask = ask_dnsbl,
	.cancel = cancel_dnsbl,
	.print_name = print_dnsbl_name,
	.print_value = print_dnsbl_value,
};

const struct fact *
facts_dnsbl(struct facts *facts, struct dnsbl_site *site, enum dnsbl_kind kind,
    const char *label)
{
	const struct fact_key key = { &dnsbl, site, kind, label };

	return facts_get(facts, &key);
}
