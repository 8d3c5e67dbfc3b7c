#include <event2/event.h>
#include <string.h>

#include "app_login.h"
#include "log.h"
#include "state.h"
#include "testing.h"
#include "testing_wall_clock.h"

static char *dir, *path;
static struct event_base *base;
static struct state *state;

static void
open_state(void)
{
	base = event_base_new();
	state = state_new(base, path, 1024 * 1024, state_kinds, STATE_KINDS);
	state_open(state);
}

static void
close_state(void)
{
	state_free(state);
	event_base_free(base);
}

static void
begin(void)
{
	log_open("test", LOG_TARGET_STDERR);
	log_set_level(LOG_LEVEL_ERROR);
	dir = testing_make_dir();
	path = xasprintf("%s/state.gdbm", dir);
	open_state();
}

static void
begin_with_clock(void)
{
	clock_set_source(testing_wall_clock);
	begin();
}

static void
end(void)
{
	close_state();
	free(path);
	testing_remove_dir(dir);
}

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	ck_assert(ip_parse(&ip, text));
	return ip;
}

static bool
add(const char *login, const char *address, const char *label,
    const char *senders)
{
	const struct app_login app = { label, clock_now(),
		{ "", senders, "", "" } };
	const struct ip ip = ip_of(address);

	return app_login_add(state, login, &ip, &app);
}

/* "LABEL SENDERS, ..." */
static void
expect(const char *login, const char *address, const char *wanted)
{
	const struct ip ip = ip_of(address);
	struct app_logins logins;
	struct arena arena = { 0 };
	struct strbuf out = { 0 };

	app_login_find(state, login, &ip, clock_now(), &arena, &logins);
	for (size_t i = 0; i < logins.n; i++)
		strbuf_addf(&out, "%s%s %s", i > 0 ? ", " : "",
		    logins.logins[i].label,
		    logins.logins[i].rules[APP_SENDERS]);
	arena_free(&arena);
	testing_eat(&out, wanted);
}

START_TEST(joins_by_login_and_address)
{
	ck_assert(add("Fred@example.org", "192.0.2.1", "a", "x@y"));
	expect("fred@example.org", "192.0.2.1", "a x@y");
	expect("fred@example.org", "::ffff:192.0.2.1", "a x@y");
	expect("fred@example.org", "192.0.2.2", "");
	expect("anna@example.org", "192.0.2.1", "");
}
END_TEST

START_TEST(keeps_every_label_of_the_last_hour)
{
	ck_assert(add("f@x", "192.0.2.1", "a", "x@y"));
	testing_now += 30 * 60;
	ck_assert(add("f@x", "192.0.2.1", "b", ""));
	ck_assert(add("f@x", "192.0.2.1", "", ""));
	expect("f@x", "192.0.2.1", " , b , a x@y");
	testing_now += 30 * 60 - 1;
	expect("f@x", "192.0.2.1", " , b , a x@y");
	testing_now += 1;
	expect("f@x", "192.0.2.1", " , b ");
	testing_now += 30 * 60;
	expect("f@x", "192.0.2.1", "");
}
END_TEST

START_TEST(of_a_label_the_last_login_counts)
{
	ck_assert(add("f@x", "192.0.2.1", "a", "x@y"));
	testing_now += 1;
	ck_assert(add("f@x", "192.0.2.1", "a", "other@y"));
	expect("f@x", "192.0.2.1", "a other@y");
}
END_TEST

START_TEST(lives_over_a_restart)
{
	ck_assert(add("f@x", "2001:db8::1", "a", "x@y"));
	close_state();
	open_state();
	expect("f@x", "2001:db8::1", "a x@y");
}
END_TEST

START_TEST(is_bounded_and_the_oldest_go)
{
	char label[65];

	for (int i = 0; i < 1000; i++) {
		memset(label, 'a', 64);
		label[64] = '\0';
		label[0] = (char)('a' + i % 26);
		label[1] = (char)('a' + i / 26 % 26);
		label[2] = (char)('a' + i / 676);
		ck_assert(add("f@x", "192.0.2.1", label, "x@y"));
	}
	ck_assert(add("f@x", "192.0.2.1", "last", "x@y"));
}
END_TEST

START_TEST(takes_nothing_that_would_be_read_as_more)
{
	ck_assert(!add("f@x", "192.0.2.1", "a\tb", ""));
	ck_assert(!add("f@x", "192.0.2.1", "a", "x\ny"));
	expect("f@x", "192.0.2.1", "");
}
END_TEST

/* Of a damaged state, or of another version. */
START_TEST(lines_that_lack_fields_go)
{
	static const char key[] = "f@x 192.0.2.1";
	struct strbuf value = { 0 };
	struct state_record record;

	ck_assert(add("f@x", "192.0.2.1", "a", "x@y"));
	ck_assert(
	    state_find(state, STATE_APP_LOGINS, key, sizeof key - 1, &record));
	strbuf_add(&value, record.value, record.len);
	strbuf_addf(&value, "%lld\tb\n%lld\tc\t\tx@y\t\n\n",
	    (long long)clock_now(), (long long)clock_now());
	ck_assert(state_put(state, STATE_APP_LOGINS, key, sizeof key - 1,
	    value.bytes, value.len, record.expires));
	ck_assert(add("f@x", "192.0.2.1", "d", ""));
	expect("f@x", "192.0.2.1", "d , a x@y");
	ck_assert(
	    state_find(state, STATE_APP_LOGINS, key, sizeof key - 1, &record));
	strbuf_truncate(&value, 0);
	strbuf_add(&value, record.value, record.len);
	ck_assert_ptr_null(strstr(value.bytes, "\tb"));
	ck_assert_ptr_null(strstr(value.bytes, "\tc"));
	strbuf_free(&value);
}
END_TEST

START_TEST(has_addresses_and_domains)
{
	ck_assert(app_rule_has("a@b", "a@b"));
	ck_assert(app_rule_has("x@y,A@B", "a@b"));
	ck_assert(app_rule_has("x@y,@B.example", "a@b.example"));
	ck_assert(!app_rule_has("x@y,@b.example", "a@c.b.example"));
	ck_assert(!app_rule_has("@b.example", "a@b.example.org"));
	ck_assert(!app_rule_has("aa@b", "a@b"));
	ck_assert(!app_rule_has("", "a@b"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("app_login");
	TCase *tc = tcase_create("app_login");
	TCase *files = tcase_create("files");

	tcase_add_checked_fixture(tc, begin_with_clock, end);
	tcase_add_checked_fixture(files, begin, end);
	tcase_add_test(tc, lines_that_lack_fields_go);
	tcase_add_test(tc, joins_by_login_and_address);
	tcase_add_test(tc, keeps_every_label_of_the_last_hour);
	tcase_add_test(tc, of_a_label_the_last_login_counts);
	tcase_add_test(files, lives_over_a_restart);
	tcase_add_test(tc, is_bounded_and_the_oldest_go);
	tcase_add_test(tc, takes_nothing_that_would_be_read_as_more);
	tcase_add_test(tc, has_addresses_and_domains);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, files);
	return testing_run(suite);
}
