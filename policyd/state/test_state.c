#include <stdio.h>
#include <string.h>

#include "metrics.h"
#include "state_report.h"
#include "testing_state.h"

#define HOUR 3600

START_TEST(remembers_over_a_restart)
{
	struct lab lab;

	lab_begin(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	lab_put(&lab, KIND_KEEPS, "b", "2", 0);
	lab_put(&lab, KIND_GIVES_WAY, "a", "3", testing_now + HOUR);
	lab_put(&lab, KIND_KEEPS, "b", "a value that takes more memory", 0);
	ck_assert(state_forget(lab.state, KIND_KEEPS, "a", 1));
	ck_assert(!state_forget(lab.state, KIND_KEEPS, "a", 1));
	for (int i = 0; i < 2; i++) {
		lab_expect(&lab, KIND_KEEPS, "a", "");
		lab_expect(&lab, KIND_KEEPS, "b",
		    "a value that takes more memory");
		lab_expect(&lab, KIND_GIVES_WAY, "a", "3");
		lab_restart(&lab);
	}
	lab_end(&lab);
}
END_TEST

START_TEST(expires_to_the_second)
{
	struct lab lab;

	lab_begin(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "1", testing_now + HOUR);
	testing_now += HOUR - 1;
	lab_expect(&lab, KIND_KEEPS, "a", "1");
	lab_restart(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "1");
	testing_now++;
	lab_expect(&lab, KIND_KEEPS, "a", "");
	ck_assert(!state_forget(lab.state, KIND_KEEPS, "a", 1));
	lab_restart(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "");
	lab_end(&lab);
}
END_TEST

/* A shorter life that has ended leaves nothing behind, not what it replaced. */
START_TEST(what_expired_hides_nothing_older)
{
	struct lab lab;

	lab_begin(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "for ever", 0);
	lab_restart(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "an hour", testing_now + HOUR);
	testing_now += 2 * HOUR;
	lab_restart(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "");
	lab_end(&lab);
}
END_TEST

/* The clock stood a year ahead. */
START_TEST(lasts_one_length_from_when_the_clock_was_set_back)
{
	const time_t year = 365 * 24 * HOUR;
	struct lab lab;

	lab_begin(&lab);
	for (int is_restarted = 0; is_restarted < 2; is_restarted++) {
		testing_now += year;
		lab_put(&lab, KIND_KEEPS, "a", "1", testing_now + HOUR);
		lab_put(&lab, KIND_KEEPS, "ever", "2", 0);
		if (is_restarted)
			lab_restart(&lab);
		testing_now -= year;
		if (is_restarted)
			lab_restart(&lab);
		lab_expect(&lab, KIND_KEEPS, "ever", "2"); /* seen here */
		testing_now += HOUR - 1;
		lab_expect(&lab, KIND_KEEPS, "a", "1");
		lab_expect(&lab, KIND_KEEPS, "ever", "2");
		lab_restart(&lab);
		testing_now++;
		lab_expect(&lab, KIND_KEEPS, "a", "");
		lab_expect(&lab, KIND_KEEPS, "ever", "2");
	}
	lab_end(&lab);
}
END_TEST

/* Ahead by less than the length: the record is not from the future when it is
 * looked at, and still it began when the clock was set back. */
START_TEST(counts_from_the_moment_the_clock_was_set_back)
{
	struct lab lab;

	lab_begin(&lab);
	testing_now += HOUR / 2;
	lab_put(&lab, KIND_KEEPS, "a", "1", testing_now + HOUR);
	testing_now -= HOUR / 2;
	lab_expect(&lab, KIND_KEEPS, "other", "");
	testing_now += HOUR;
	lab_expect(&lab, KIND_KEEPS, "a", "");
	lab_end(&lab);
}
END_TEST

/* What began before, and what began in between, last as long as they should;
 * whether or not they were looked at in between. */
START_TEST(a_clock_that_is_set_back_and_forth_makes_nothing_shorter)
{
	const time_t day = 24 * HOUR;
	struct lab lab;

	lab_begin(&lab);
	for (int is_seen = 0; is_seen < 2; is_seen++) {
		lab_put(&lab, KIND_KEEPS, "long ago", "1",
		    testing_now + 2 * day);
		testing_now += day + HOUR;
		lab_put(&lab, KIND_KEEPS, "before", "2", testing_now + HOUR);
		testing_now -= day;
		lab_put(&lab, KIND_KEEPS, "between", "3", testing_now + HOUR);
		lab_put(&lab, KIND_KEEPS, "ever", "4", 0);
		testing_now += 10;
		if (is_seen)
			lab_expect(&lab, KIND_KEEPS, "before", "2");
		lab_expect(&lab, KIND_KEEPS, "other", "");
		testing_now += day;
		lab_expect(&lab, KIND_KEEPS, "other", "");
		testing_now += HOUR - 11;
		lab_expect(&lab, KIND_KEEPS, "before", "2");
		lab_expect(&lab, KIND_KEEPS, "between", "3");
		lab_expect(&lab, KIND_KEEPS, "long ago", "1");
		testing_now++;
		lab_expect(&lab, KIND_KEEPS, "before", "");
		lab_expect(&lab, KIND_KEEPS, "between", "");
		lab_expect(&lab, KIND_KEEPS, "ever", "4");
		testing_now += day - 2 * HOUR;
		lab_expect(&lab, KIND_KEEPS, "long ago", "");
	}
	lab_end(&lab);
}
END_TEST

static bool
edit(struct lab *lab, const char *name, char value, time_t expires)
{
	const struct state_key key = state_key_of(name, strlen(name));
	struct state_edit edit;

	if (!state_edit(lab->state, KIND_KEEPS, &key, &edit))
		return false;
	edit.value[0] = value;
	state_edited(lab->state, KIND_KEEPS, &edit, expires);
	return true;
}

START_TEST(a_value_that_was_edited_is_remembered)
{
	struct state_record record;
	struct lab lab;

	lab_begin(&lab);
	ck_assert(!edit(&lab, "a", '1', 0));
	lab_put(&lab, KIND_KEEPS, "a", "12", testing_now + HOUR);
	ck_assert_ptr_null(lab_sync(&lab));
	testing_now += HOUR - 1;
	ck_assert(edit(&lab, "a", '3', testing_now + 2 * HOUR));
	lab_expect(&lab, KIND_KEEPS, "a", "32");
	lab_restart(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "32");
	ck_assert(state_find(lab.state, KIND_KEEPS, "a", 1, &record));
	ck_assert_int_eq(record.since, testing_now);
	ck_assert_int_eq(record.expires, testing_now + 2 * HOUR);
	testing_now += 2 * HOUR;
	ck_assert(!edit(&lab, "a", '4', 0));
	lab_expect(&lab, KIND_KEEPS, "a", "");
	lab_end(&lab);
}
END_TEST

START_TEST(what_is_edited_is_of_the_time_that_the_clock_tells)
{
	struct lab lab;

	lab_begin(&lab);
	testing_now += 24 * HOUR;
	lab_put(&lab, KIND_KEEPS, "a", "1", testing_now + HOUR);
	testing_now -= 24 * HOUR;
	ck_assert(edit(&lab, "a", '2', testing_now + 2 * HOUR));
	testing_now += 2 * HOUR - 1;
	lab_expect(&lab, KIND_KEEPS, "a", "2");
	testing_now++;
	lab_expect(&lab, KIND_KEEPS, "a", "");
	lab_end(&lab);
}
END_TEST

START_TEST(sweeps_what_has_expired)
{
	struct lab lab;
	struct strbuf out = { 0 };
	char key[32];

	lab_begin(&lab);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof key, "%d", i);
		lab_put(&lab, KIND_GIVES_WAY, key, "x",
		    testing_now + (i < 900 ? 1 : HOUR));
	}
	testing_now++;
	do {
		event_base_loop(lab.base, EVLOOP_ONCE);
		strbuf_truncate(&out, 0);
		state_describe_json(lab.state, &out);
	} while (strstr(strbuf_str(&out), "\"entries\":100,") == NULL);
	strbuf_free(&out);
	lab_end(&lab);
}
END_TEST

/* A flood of one kind leaves the other alone, in memory and on disk. */
START_TEST(no_kind_pushes_out_another)
{
	struct lab lab;
	char key[32];

	lab_begin(&lab);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof key, "%d", i);
		lab_put(&lab, KIND_KEEPS, key, key, testing_now + 1);
	}
	for (int i = 0; i < 30000; i++) {
		snprintf(key, sizeof key, "%d", i);
		lab_put(&lab, KIND_GIVES_WAY, key, "x", 0);
	}
	for (int restarts = 0; restarts < 2; restarts++) {
		for (int i = 0; i < 1000; i++) {
			snprintf(key, sizeof key, "%d", i);
			lab_expect(&lab, KIND_KEEPS, key, key);
		}
		lab_restart(&lab);
	}
	lab_end(&lab);
}
END_TEST

static void
expect_metric(const struct lab *lab, const char *line)
{
	struct strbuf out = { 0 };
	struct metrics metrics = { .out = &out, .program = "x" };

	state_metrics(lab->state, &metrics);
	ck_assert_ptr_nonnull(strstr(strbuf_str(&out), line));
	strbuf_free(&out);
}

START_TEST(refuses_when_a_kind_that_keeps_is_full)
{
	struct lab lab;
	unsigned count = 0;

	lab_begin(&lab);
	while (
	    state_put(lab.state, KIND_KEEPS, &count, sizeof count, "x", 1, 0))
		count++;
	ck_assert_uint_gt(count, 1000);
	expect_metric(&lab, "state_refused_total{kind=\"keeps\"} 1\n");
	expect_metric(&lab, "state_refused_total{kind=\"gives\"} 0\n");
	lab_put(&lab, KIND_GIVES_WAY, "other kind", "x", 0);
	lab_restart(&lab);
	for (unsigned i = 0; i < count; i++) {
		struct state_record record;

		ck_assert(
		    state_find(lab.state, KIND_KEEPS, &i, sizeof i, &record));
	}
	lab_end(&lab);
}
END_TEST

START_TEST(reports_in_json)
{
	struct lab lab;
	struct strbuf out = { 0 };
	char *expected;

	lab_begin(&lab);
	state_describe_json(lab.state, &out);
	ck_assert_ptr_nonnull(strstr(strbuf_str(&out),
	    "{\"kinds\":[{\"kind\":\"keeps\",\"entries\":0,\"bytes\":0,"
	    "\"limit\":524250},"));
	ck_assert_ptr_nonnull(strstr(strbuf_str(&out), "\"last_sync\":null}"));
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	ck_assert_ptr_null(lab_sync(&lab));
	strbuf_truncate(&out, 0);
	state_describe_json(lab.state, &out);
	expected = xasprintf("\"last_sync\":%ld}", (long)testing_now);
	ck_assert_ptr_nonnull(strstr(strbuf_str(&out), expected));
	free(expected);
	strbuf_free(&out);
	lab_end(&lab);
}
END_TEST

#define MODEL_KEYS 5000
#define MODEL_OPS  1000000

/* What the state has to be like: key i has the value of a number, until. */
struct model {
	unsigned values[MODEL_KEYS]; /* 0: none */
	time_t expires[MODEL_KEYS];
};

static bool
edit_number(struct lab *lab, unsigned number, unsigned value, time_t expires)
{
	const struct state_key key = state_key_of(&number, sizeof number);
	struct state_edit edit;

	if (!state_edit(lab->state, KIND_KEEPS, &key, &edit))
		return false;
	memcpy(edit.value, &value, sizeof value);
	state_edited(lab->state, KIND_KEEPS, &edit, expires);
	return true;
}

static void
play(struct lab *lab, struct model *model)
{
	unsigned key = (unsigned)rand() % MODEL_KEYS;
	unsigned value = (unsigned)rand() | 1;
	time_t expires = rand() % 2 ? 0 : testing_now + rand() % 100;

	switch (rand() % 10) {
	case 0:
		state_forget(lab->state, KIND_KEEPS, &key, sizeof key);
		model->values[key] = 0;
		break;
	case 1:
		testing_now += rand() % 1000 == 0;
		break;
	case 2:
	case 3:
		if (!edit_number(lab, key, value, expires))
			break;
		model->values[key] = value;
		model->expires[key] = expires;
		break;
	default:
		ck_assert(state_put(lab->state, KIND_KEEPS, &key, sizeof key,
		    &value, sizeof value, expires));
		model->values[key] = value;
		model->expires[key] = expires;
	}
}

static void
compare(struct lab *lab, const struct model *model, unsigned key)
{
	struct state_record record;
	bool is_there = model->values[key] != 0 &&
	    (model->expires[key] == 0 || model->expires[key] > testing_now);

	ck_assert_int_eq(
	    state_find(lab->state, KIND_KEEPS, &key, sizeof key, &record),
	    is_there);
	if (is_there)
		ck_assert_int_eq(
		    memcmp(record.value, &model->values[key], sizeof(unsigned)),
		    0);
}

START_TEST(is_as_a_plain_model)
{
	static struct model model;
	struct lab lab;

	srand(1);
	lab_begin(&lab);
	for (int i = 1; i <= MODEL_OPS; i++) {
		play(&lab, &model);
		compare(&lab, &model, (unsigned)rand() % MODEL_KEYS);
		if (i % 100 == 0)
			event_base_loop(lab.base, EVLOOP_NONBLOCK);
		if (i % (MODEL_OPS / 5) == 0)
			lab_restart(&lab);
	}
	for (unsigned key = 0; key < MODEL_KEYS; key++)
		compare(&lab, &model, key);
	lab_end(&lab);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("state");
	TCase *tcase = tcase_create("state");

	tcase_add_test(tcase, remembers_over_a_restart);
	tcase_add_test(tcase, expires_to_the_second);
	tcase_add_test(tcase, what_expired_hides_nothing_older);
	tcase_add_test(tcase,
	    lasts_one_length_from_when_the_clock_was_set_back);
	tcase_add_test(tcase, counts_from_the_moment_the_clock_was_set_back);
	tcase_add_test(tcase,
	    a_clock_that_is_set_back_and_forth_makes_nothing_shorter);
	tcase_add_test(tcase, a_value_that_was_edited_is_remembered);
	tcase_add_test(tcase,
	    what_is_edited_is_of_the_time_that_the_clock_tells);
	tcase_add_test(tcase, sweeps_what_has_expired);
	tcase_add_test(tcase, no_kind_pushes_out_another);
	tcase_add_test(tcase, refuses_when_a_kind_that_keeps_is_full);
	tcase_add_test(tcase, reports_in_json);
	tcase_add_test(tcase, is_as_a_plain_model);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
