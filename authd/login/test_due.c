#include <event2/event.h>
#include <string.h>

#include "clock.h"
#include "due.h"
#include "testing.h"

#define MS 1000 /* microseconds */

/* One that waits, and writes its name when it is due. */
struct named {
	struct due due;
	char name;
};

static struct event_base *base;
static struct due_list *list;
static struct strbuf heard;

static void
on_due(struct due *due)
{
	struct named *named = (struct named *)due;

	ck_assert_int_ge(clock_us(), due->at);
	ck_assert(!due->waits);
	strbuf_addc(&heard, named->name);
	memset(named, 0xff, sizeof *named); /* it may be freed here */
}

static void
add(struct named *named, char name, long long at)
{
	*named = (struct named){ .due.run = on_due, .name = name };
	due_add(list, &named->due, at);
}

static void
begin(void)
{
	base = event_base_new();
	list = due_list_new(base);
}

static void
end(void)
{
	due_list_free(list);
	event_base_free(base);
	strbuf_free(&heard);
}

static void
run_until(size_t len)
{
	while (heard.len < len)
		event_base_loop(base, EVLOOP_ONCE);
}

START_TEST(each_comes_at_its_time_and_none_before)
{
	long long now = clock_us();
	struct named named[5];

	begin();
	add(&named[0], 'd', now + 5 * MS);
	add(&named[1], 'b', now + 2 * MS + 1);
	add(&named[2], 'c', now + 2 * MS + 1);
	add(&named[3], 'e', now + 6 * MS);
	add(&named[4], 'a', now + 2 * MS);
	run_until(5);
	ck_assert_str_eq(heard.bytes, "abcde");
	end();
}
END_TEST

START_TEST(what_is_late_comes_at_once)
{
	struct named named[2];

	begin();
	add(&named[0], 'b', clock_us());
	add(&named[1], 'a', 0);
	run_until(2);
	ck_assert_str_eq(heard.bytes, "ab");
	end();
}
END_TEST

START_TEST(what_is_removed_does_not_come)
{
	long long now = clock_us();
	struct named named[4];

	begin();
	add(&named[0], 'a', now + MS);
	add(&named[1], 'b', now + 2 * MS);
	add(&named[2], 'c', now + 3 * MS);
	add(&named[3], 'd', now + 4 * MS);
	due_remove(list, &named[0].due);
	due_remove(list, &named[2].due);
	due_remove(list, &named[2].due);
	run_until(2);
	ck_assert_str_eq(heard.bytes, "bd");
	end();
}
END_TEST

static struct named second;

static void
add_second(struct due *due)
{
	on_due(due);
	add(&second, '2', 0);
}

START_TEST(one_that_is_due_may_add_another)
{
	struct named first = { .due.run = add_second, .name = '1' };

	begin();
	due_add(list, &first.due, clock_us() + MS);
	run_until(2);
	ck_assert_str_eq(heard.bytes, "12");
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("due");
	TCase *tc = tcase_create("due");

	tcase_add_test(tc, each_comes_at_its_time_and_none_before);
	tcase_add_test(tc, what_is_late_comes_at_once);
	tcase_add_test(tc, what_is_removed_does_not_come);
	tcase_add_test(tc, one_that_is_due_may_add_another);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
