/*
 * decide: it asks for facts, and does nothing else to the world.
 */
#include <string.h>
#include <unistd.h>

#include "decide.h"
#include "providers.h"
#include "testing_log.h"
#include "testing_policy.h"
#include "trace.h"

static const char config[] =
    "smtpd_client_restrictions = warn_if_reject reject\n"
    "smtpd_sender_restrictions = reject_unknown_sender_domain\n"
    "smtpd_recipient_restrictions = check_recipient_access "
    "inline:{{d.example=HOLD}}\n";

static const struct testing_fact table[] = {
	{ "MX b.example", "10 mx.b.example" },
	{ NULL, NULL },
};

static struct testing_policy *testing;
static struct explain parts; /* of it: where facts come from */
static struct request request;
static struct decision decision;
static struct trace trace;
static struct facts *facts;
static unsigned arrived;

static void
on_fact(void *arg)
{
	(void)arg;
	arrived++;
}

static void
setup(void)
{
	testing_log_begin("policyd");
	testing = testing_policy_new(config, table);
	log_set_level(LOG_LEVEL_DEBUG);
	testing_policy_hold(testing);
	parts = testing_policy_explain(testing);
	facts = facts_new(parts.source, on_fact, NULL);
	request_init(&request);
	request.client_name = "x.example";
	request.client_address = "192.0.2.1";
	request.sender = "a@b.example";
	request.recipient = "c@d.example";
	request_complete(&request);
}

static void
teardown(void)
{
	decision_free(&decision);
	trace_free(&trace);
	facts_free(facts);
	testing_policy_free(testing);
	testing_log_end();
}

static unsigned long
nhits(void)
{
	const struct policy *policy = parts.policies->policies[0];
	unsigned long hits = 0;

	for (size_t stage = 0; stage < STAGE_COUNT; stage++)
		for (size_t i = 0; i < policy->lists[stage]->nsteps; i++)
			hits += policy->lists[stage]->steps[i].hits;
	return hits;
}

/* The kinds of notes, a letter each. */
static void
note_kinds(struct strbuf *out)
{
	static const char letters[NOTE_KINDS] = {
		[NOTE_LOG] = 'L',
		[NOTE_FAULT] = 'F',
		[NOTE_ANSWER] = 'A',
		[NOTE_ASIDE] = 'W',
		[NOTE_HIT] = 'H',
		[NOTE_PASSED] = 'P',
	};

	for (const struct note *note = decision.notes.first; note != NULL;
	     note = note->next)
		strbuf_addc(out, letters[note->kind]);
}

START_TEST(does_nothing_but_ask)
{
	const struct facts_input input = {
		.policy = parts.policies->policies[0],
		.tables = tables_hold(parts.policies->tables),
	};
	const struct decide_input how = {
		.policy = input.policy,
		.only = STAGE_COUNT,
		.request = &request,
		.facts = facts,
		.trace = &trace,
	};
	struct strbuf kinds = { 0 };

	facts_begin(facts, &input);
	ck_assert(!decide(&decision, &how));
	ck_assert(!decide(&decision, &how));
	ck_assert_ptr_null(decision.action);
	ck_assert_str_eq(testing_policy_asked(testing),
	    "MX b.example, A b.example, AAAA b.example");
	testing_policy_release(testing, "MX b.example");
	ck_assert_uint_eq(arrived, 1);
	ck_assert(decide(&decision, &how));
	ck_assert_str_eq(decision.action, "HOLD");
	ck_assert_int_eq(decision.kind, ANSWER_EFFECT);
	note_kinds(
	    &kinds); /* warned: hit, log, watch; on hold: answer; passed */
	ck_assert_str_eq(strbuf_str(&kinds), "HLWAP");
	ck_assert(decision.notes.has_passed);
	ck_assert_uint_eq(nhits(), 0);
	ck_assert_int_eq(lseek(testing_log_file, 0, SEEK_END), 0);
	facts_begin(facts, NULL);
	tables_release(input.tables);
	strbuf_free(&kinds);
}
END_TEST

/* Whichever restrictions ask, and in whichever walk. */
START_TEST(resolves_an_address_once)
{
	const struct facts_input input = {
		.policy = parts.policies->policies[0],
		.tables = tables_hold(parts.policies->tables),
	};
	const struct destination_answer *answer;

	facts_begin(facts, &input);
	answer = facts_destination(facts, "C@D.example")->value;
	ck_assert_str_eq(answer->destination.address, "c@d.example");
	ck_assert_ptr_eq(facts_destination(facts, "C@D.example")->value,
	    answer);
	facts_begin(facts, NULL);
	tables_release(input.tables);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("decide");
	TCase *tcase = tcase_create("decide");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, does_nothing_but_ask);
	tcase_add_test(tcase, resolves_an_address_once);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
