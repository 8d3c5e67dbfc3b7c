/*
 * Lists of restrictions: words become steps, and mistakes become errors, or a
 * fault where a table's value has them.
 */
#include <string.h>

#include <event2/event.h>

#include "dnsbl.h"
#include "program.h"
#include "restriction_table.h"
#include "table.h"
#include "testing.h"

static struct event_base *base;
static struct dnsbls *dnsbls;
static struct tables *tables;
static struct restriction_class class_row = { .name = "my_class" };
static const struct restriction_classes classes = { 1, &class_row };

static void
begin(void)
{
	static const struct dnsbl_dns nobody = { 0 };
	static const struct dnsbl_options untested = { .untested = "" };

	base = event_base_new();
	dnsbls = dnsbls_new(base, &nobody, &untested);
	tables = tables_new();
}

static void
end(void)
{
	tables_free(tables);
	dnsbls_free(dnsbls);
	event_base_free(base);
}

/* bare: the check that a table alone stands for; NULL: none may. */
static struct program *
parse(const char *list, bool is_value, const char *bare, struct strbuf *err)
{
	struct program_context context = {
		.restrictions = &restriction_table,
		.tables = is_value ? NULL : tables,
		.dnsbls = dnsbls,
		.classes = &classes,
		.bare_table = bare != NULL
		    ? restriction_find(&restriction_table, bare)
		    : NULL,
	};
	struct conf_text text = { 0 };
	struct program *program;

	conf_text_set(&text, list, (struct conf_origin){ "p.cf", 7 });
	program = program_parse(&text, &context, err);
	conf_text_free(&text);
	return program;
}

/* "permit; reject_rbl_client bl.example", a warning with "?" before it. */
static void
check_steps(struct program *program, const char *expected)
{
	struct strbuf got = { 0 };

	for (size_t i = 0; i < program->nsteps; i++) {
		const struct step *step = &program->steps[i];

		strbuf_addf(&got, "%s%s%s", i > 0 ? "; " : "",
		    step->is_warning ? "?" : "", step->restriction->name);
		if (step->argument.word != NULL)
			strbuf_addf(&got, " %s", step->argument.word);
	}
	testing_eat(&got, expected);
	program_free(program);
}

static const struct {
	const char *list, *steps;
} lists[] = {
	{ "", "" },
	{ "permit", "permit" },
	{ "permit_mynetworks,reject\n defer",
	    "permit_mynetworks; reject; defer" },
	{ "PERMIT_MyNetworks", "permit_mynetworks" },
	{ "reject_rbl_client bl.example=127.0.0.2, permit",
	    "reject_rbl_client bl.example=127.0.0.2; permit" },
	{ "check_client_access inline:{a=b, c=d} permit",
	    "check_client_access inline:{a=b, c=d}; permit" },
	{ "warn_if_reject reject permit", "?reject; permit" },
	{ "warn_if_reject, warn_if_reject, reject_rbl_client bl.example",
	    "?reject_rbl_client bl.example" },
	{ "warn_if_reject my_class, reject", "?class my_class; reject" },
	{ "reject warn_if_reject", "reject" },
	{ "static:OK, permit", "check_helo_access static:OK; permit" },
	/* the old names are rows of their own */
	{ "reject_rbl bl.example", "reject_rbl bl.example" },
};

START_TEST(words_become_steps)
{
	struct strbuf err = { 0 };
	struct program *program;

	begin();
	program = parse(lists[_i].list, false, "check_helo_access", &err);
	testing_eat(&err, "");
	ck_assert_ptr_nonnull(program);
	check_steps(program, lists[_i].steps);
	end();
}
END_TEST

static const struct {
	const char *list, *errors;
} mistakes[] = {
	{ "reject_unknown_client_hostnam",
	    "p.cf:7: unknown restriction reject_unknown_client_hostnam, did "
	    "you mean reject_unknown_client_hostname? (policyd.cf(5) lists "
	    "all)\n" },
	{ "my_clas",
	    "p.cf:7: unknown restriction my_clas, did you mean my_class? "
	    "(policyd.cf(5) lists all)\n" },
	{ "My_Class", /* the case of a class counts */
	    "p.cf:7: unknown restriction My_Class, did you mean my_class? "
	    "(policyd.cf(5) lists all)\n" },
	{ "smtpd_client_restrictions",
	    "p.cf:7: smtpd_client_restrictions is a list, not a restriction: "
	    "$smtpd_client_restrictions stands for what is in it\n" },
	{ "permit reject_rbl_client",
	    "p.cf:7: reject_rbl_client: ZONE[=FILTER] is missing behind it\n" },
	{ "check_client_access permit",
	    "p.cf:7: check_client_access: TYPE:NAME is missing behind it\n" },
	{ "texthash:/x",
	    "p.cf:7: texthash:/x: a table needs a check_*_access before it "
	    "here\n" },
	{ "reject_unauth_pipelining",
	    "p.cf:7: reject_unauth_pipelining: only smtpd sees when a command "
	    "arrives: keep it in main.cf\n" },
	/* the argument of what is refused, or mistyped, is no word more */
	{ "check_policy_service unix:x reject_unverified_sender",
	    "p.cf:7: check_policy_service: one policy service does not ask "
	    "another: keep it in main.cf\n"
	    "p.cf:7: reject_unverified_sender: only Postfix can probe an "
	    "address: keep it in main.cf\n" },
	{ "reject_rbl_clinet bl.example nonsense",
	    "p.cf:7: unknown restriction reject_rbl_clinet, did you mean "
	    "reject_rbl_client? (policyd.cf(5) lists all)\n"
	    "p.cf:7: unknown restriction nonsense (policyd.cf(5) lists "
	    "all)\n" },
};

START_TEST(all_mistakes_are_told_with_what_was_meant)
{
	struct strbuf err = { 0 };

	begin();
	ck_assert_ptr_null(parse(mistakes[_i].list, false, NULL, &err));
	testing_eat(&err, mistakes[_i].errors);
	end();
}
END_TEST

/* It may have come when policyd runs: Postfix finds it wrong when it comes
 * there, and so do we. */
static const struct {
	const char *value, *steps;
} values[] = {
	{ "permit_mynetworks, reject", "permit_mynetworks; reject" },
	{ "my_class", "class my_class" },
	{ "permit, nosuch, reject", "permit; error" },
	{ "nosuch", "error" },
	{ "permit check_helo_access hash:x",
	    "error; check_helo_access hash:x" },
	{ "permit hash:x", "error" },
	{ "permit reject_unauth_pipelining reject", "permit; error" },
	/* of a list without its zone nothing is left, of a table it is wrong */
	{ "permit reject_rbl_client", "permit" },
	{ "permit check_helo_access", "permit; error" },
	{ "reject_rbl_client permit", "reject_rbl_client permit" },
};

START_TEST(the_value_of_a_table_is_wrong_from_there_on)
{
	struct strbuf err = { 0 };
	struct program *program;

	begin();
	program = parse(values[_i].value, true, NULL, &err);
	ck_assert_ptr_nonnull(program);
	check_steps(program, values[_i].steps);
	strbuf_free(&err);
	end();
}
END_TEST

START_TEST(a_step_knows_where_it_stands)
{
	struct strbuf err = { 0 };
	struct program *program;

	begin();
	program = parse("permit, reject", false, NULL, &err);
	ck_assert_str_eq(program->steps[1].origin.file, "p.cf");
	ck_assert_int_eq(program->steps[1].origin.line, 7);
	program_free(program);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("program");
	TCase *tc = tcase_create("program");

	tcase_add_loop_test(tc, words_become_steps, 0,
	    sizeof lists / sizeof lists[0]);
	tcase_add_loop_test(tc, all_mistakes_are_told_with_what_was_meant, 0,
	    sizeof mistakes / sizeof mistakes[0]);
	tcase_add_loop_test(tc, the_value_of_a_table_is_wrong_from_there_on, 0,
	    sizeof values / sizeof values[0]);
	tcase_add_test(tc, a_step_knows_where_it_stands);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
