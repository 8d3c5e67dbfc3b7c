/* Tests of macro.c.  What is expected is what Postfix 3.7 and 3.10 make of
 * such a value. */
#include <string.h>

#include "testing.h"

#include "macro.h"

struct testing {
	struct strbuf out, why;
};

static void
add_text(void *ctx, const char *at, const char *bytes, size_t len)
{
	struct testing *testing = ctx;

	ck_assert_ptr_nonnull(at);
	strbuf_add(&testing->out, bytes, len);
}

static int
add_value(void *ctx, const char *at, const char *name)
{
	struct testing *testing = ctx;

	(void)at;
	if (strcmp(name, "unset") == 0) {
		strbuf_adds(&testing->why, "unset");
		return -1;
	}
	strbuf_adds(&testing->out, strcmp(name, "set") == 0 ? "yes" : "");
	return 0;
}

static bool
has_value(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "set") == 0;
}

static void
on_failure(void *ctx, const char *at, const char *reason)
{
	struct testing *testing = ctx;

	(void)at;
	strbuf_adds(&testing->why, reason);
}

static const struct {
	const char *text, *expanded;
} values[] = {
	{ "", "" },
	{ "$set ${set} $(set) $$set $${set}", "yes yes yes $set ${set}" },
	{ "$set.x${empty}x", "yes.xx" },
	{ "${ set }${set }", "yesyes" },
	{ "${set?{A}:{B}}", "A" },
	{ "${empty?{A}:{B}}", "B" },
	{ "${unset?{A}:{B}}", "B" },
	{ "${set?{A} : {B}}", "A" },
	{ "${empty ? {A} : {B} }", "B" },
	{ "${ empty?{A}:{B}}", "B" },
	{ "${set ?A}${set ? A}${set?A }", "A AA " },
	{ "${set:{B}}${unset:{B}}${unset : {B} }${empty:B}", "BBB" },
	{ "${set?{A}}${unset?{A}}", "A" },
	{ "${unset?{A}:B c}${unset?{A}: B c}", "B c B c" },
	{ "${set?A:B}${unset?A:B}", "A:B" },
	{ "${set?{A{x}}:{B}}", "A{x}" },
	{ "${set?{$set}:{B}}", "yes" },
	{ "${set?{${empty:{Q}}}:{B}}", "Q" },
	{ "${set?}${set:}${set?{}:{B}}", "" },
	{ "${set??foo:{b}ar}${set?:foo}${unset:?foo}", "?foo:{b}ar:foo?foo" },
	{ "$(set?{A}:{B})$(set?A)", "AA" },
	{ "${{a}=={a}?{c}:{d}}", "c" },
	{ "${{a} == {b} ? {c} : {d}}", "d" },
	{ "${ {a} == {b} ? {c} : {d} }", "d" },
	{ "${{a} == {a}\t?\t{c}\t:\t{d}}", "c" },
	{ "${{a} != {b} ? {c} : {d}}", "c" },
	{ "${{a} < {b} ? {c} : {d}}", "c" },
	{ "${{b} <= {b} ? {c} : {d}}", "c" },
	{ "${{b} >= {c} ? {c} : {d}}", "d" },
	{ "${{b} > {a} ? {c} : {d}}", "c" },
	{ "${{9} < {10} ? {c} : {d}}", "c" },
	{ "${{9} < {10x} ? {c} : {d}}", "d" },
	{ "${{} < {10} ? {c} : {d}}", "c" },
	{ "${{010} == {10} ? {c} : {d}}", "c" },
	{ "${{3.10} <level {3.6} ? {c} : {d}}", "d" },
	{ "${{3.10} >=level {3.6} ? {c} : {d}}", "c" },
	{ "${{3.10} < {3.6} ? {c} : {d}}", "c" },
	{ "${{3.6} ==level {3.6.0} ? {c} : {d}}", "c" },
	{ "x${{a} == {b}}y${{a} == {a}}z", "xytruez" },
	{ "${{a} == {a}?yes}${{a} == {a}:no}", "yes" },
	{ "${{a} == {b}:no}${{a} == {b} : {no}}", "nono" },
	{ "${{a} == {a} ? c : d}${{a} == {b} ? {c} : d}", " c : d d" },
	{ "${{$set} == {yes} ? {c} : {d}}", "c" },
	{ "${{${set}} == { yes} ? {c} : {d}}", "d" },
	{ "${{$set$set} == {yesyes} ? {c} : {d}}", "c" },
	{ "${{$empty} == {} ? {c} : {d}}", "c" },
	{ "${{a} == {a} ? {${{b} == {b} ? {deep} : {no}}} : {d}}", "deep" },
	{ "${{set} == {set} ? {$set} : {d}}", "yes" },
};

START_TEST(expands_as_postfix_does)
{
	struct testing testing = { 0 };
	const struct macro macro = { &testing.out, add_text, add_value,
		has_value, on_failure, &testing };

	ck_assert_msg(
	    macro_expand(&macro, values[_i].text, strlen(values[_i].text)) == 0,
	    "%s: %s", values[_i].text, strbuf_str(&testing.why));
	testing_eat(&testing.out, values[_i].expanded);
	testing_eat(&testing.why, "");
}
END_TEST

static const char *const bad_values[] = {
	"$unset",
	"${{$unset} == {} ? {c} : {d}}",
	"${}",
	"${ }",
	"$",
	"$ x",
	"${set",
	"$(set}",
	"${set?{A}",
	"${set?{A:{B}}",
	"${set-x}",
	"${set x}",
	"${set?{A}x}",
	"${set?{A} x:{B}}",
	"${set?{A}:{B}x}",
	"${unset?{A}:{B}x}",
	"$(set?{A)",
	"${{a}}",
	"${{a}?{b}}",
	"${{a} == {b}",
	"${{a} == b ? {c}}",
	"${{a} == {a} x}",
	"${{1} = {1} ? {c} : {d}}",
	"${{1} =~ {1} ? {c} : {d}}",
	"${{1} !=level {x} ? {c} : {d}}",
	"${{1.2.3.4} ==level {1} ? {c} : {d}}",
};

START_TEST(refuses_what_postfix_refuses)
{
	struct testing testing = { 0 };
	const struct macro macro = { &testing.out, add_text, add_value,
		has_value, on_failure, &testing };

	ck_assert_msg(
	    macro_expand(&macro, bad_values[_i], strlen(bad_values[_i])) == -1,
	    "%s", bad_values[_i]);
	ck_assert_uint_gt(testing.why.len, 0);
	strbuf_free(&testing.out);
	strbuf_free(&testing.why);
}
END_TEST

START_TEST(brackets_have_an_end)
{
	struct testing testing = { 0 };
	const struct macro macro = { &testing.out, add_text, add_value,
		has_value, on_failure, &testing };
	struct strbuf text = { 0 };

	for (int i = 0; i < 100000; i++)
		strbuf_adds(&text, "${set?");
	for (int i = 0; i < 100000; i++)
		strbuf_adds(&text, "}");
	ck_assert_int_eq(macro_expand(&macro, text.bytes, text.len), -1);
	testing_eat(&testing.why, "${ } is nested too deep");
	strbuf_free(&testing.out);
	strbuf_free(&text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("macro");
	TCase *tc = tcase_create("macro");

	tcase_add_loop_test(tc, expands_as_postfix_does, 0,
	    sizeof values / sizeof values[0]);
	tcase_add_loop_test(tc, refuses_what_postfix_refuses, 0,
	    sizeof bad_values / sizeof bad_values[0]);
	tcase_add_test(tc, brackets_have_an_end);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
