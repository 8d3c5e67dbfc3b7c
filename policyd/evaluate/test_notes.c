/* Tests of notes.c. */
#include "notes.h"
#include "testing.h"

static struct arena arena;
static struct strbuf taken;

static void
teardown(void)
{
	arena_free(&arena);
	strbuf_free(&taken);
}

static void
take(void *arg, const struct note *note)
{
	(void)arg;
	strbuf_adds(&taken, note->text);
}

static void
leave(struct notes *notes, enum note_kind kind, enum note_when when,
    unsigned number, const char *text)
{
	struct note *note = notes_add(notes, &arena, kind, when);

	note->number = number;
	note->text = text;
}

static const struct {
	bool has_passed;
	unsigned decider;
	const char *taken;
} ends[] = {
	{ true, 0, "always passed " },
	{ false, 0, "always " },
	{ false, 1, "always first " },
	{ false, 2, "always second " },
	{ true, 2, "always passed second " },
};

START_TEST(count_by_the_answer)
{
	static note_taker *const takers[NOTE_KINDS] = { [NOTE_LOG] = take };
	struct notes notes = { 0 };

	leave(&notes, NOTE_LOG, NOTE_ALWAYS, 1, "always ");
	leave(&notes, NOTE_LOG, NOTE_IF_PASSED, 0, "passed ");
	leave(&notes, NOTE_LOG, NOTE_IF_ANSWER, 1, "first ");
	leave(&notes, NOTE_LOG, NOTE_IF_ANSWER, 2, "second ");
	notes.has_passed = ends[_i].has_passed;
	notes.decider = ends[_i].decider;
	notes_take(&notes, takers, NULL);
	ck_assert_str_eq(strbuf_str(&taken), ends[_i].taken);
}
END_TEST

START_TEST(nobody_takes_are_dropped)
{
	static note_taker *const takers[NOTE_KINDS] = { [NOTE_HIT] = take };
	struct notes notes = { 0 };

	leave(&notes, NOTE_LOG, NOTE_ALWAYS, 0, "log ");
	leave(&notes, NOTE_HIT, NOTE_ALWAYS, 0, "hit ");
	notes_take(&notes, takers, NULL);
	ck_assert_str_eq(strbuf_str(&taken), "hit ");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("notes");
	TCase *tcase = tcase_create("notes");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, count_by_the_answer, 0,
	    sizeof ends / sizeof ends[0]);
	tcase_add_test(tcase, nobody_takes_are_dropped);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
