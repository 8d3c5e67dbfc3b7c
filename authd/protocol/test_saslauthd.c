#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "saslauthd.h"
#include "testing_login.h"

static struct testing_login login;
static struct saslauthd *saslauthd;

static void
begin_with(const char *config)
{
	testing_login_begin(&login, config);
	testing_add_user(&login, "fred@example.org", "secret");
	saslauthd = saslauthd_new(&login.service);
}

static void
begin(void)
{
	begin_with("auth_failure_delay = 0\n");
}

static void
end(void)
{
	saslauthd_free(saslauthd);
	testing_login_end(&login);
}

static void
turn_loop(int ms)
{
	for (int i = 0; i < ms; i++) {
		event_base_loop(login.service.base, EVLOOP_NONBLOCK);
		poll(NULL, 0, 1);
	}
}

/* Say the bytes and that nothing follows: before (0 ms) or after a while. */
static const char *
ask(const char *bytes, size_t len, int ms)
{
	static char answer[256];
	size_t got = 0;
	ssize_t n = 1;
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	saslauthd_accept(saslauthd, pair[0]);
	ck_assert_int_eq(write(pair[1], bytes, len), (ssize_t)len);
	turn_loop(ms);
	shutdown(pair[1], SHUT_WR);
	while (n != 0) {
		turn_loop(1);
		n = read(pair[1], answer + got, sizeof answer - 1 - got);
		got += n > 0 ? (size_t)n : 0;
	}
	close(pair[1]);
	answer[got] = '\0';
	return got >= 2 ? answer + 2 : "";
}

#define BYTES(text) text, sizeof text - 1

static const struct {
	const char *request;
	size_t len;
	const char *answer;
} cases[] = {
	{ BYTES("\0\4fred\0\6secret\0\4smtp\0\0"), "OK" },
	{ BYTES("\0\4fred\0\6secret\0\4smtp\0\13example.org"), "OK" },
	{ BYTES("\0\4fred\0\6secret\0\0\0\0\0\0119.9.9.9;1"), "OK" },
	{ BYTES("\0\4fred\0\5wrong\0\4smtp\0\0"), "NO authentication failed" },
	{ BYTES("\0\5nofre\0\6secret\0\4smtp\0\0"),
	    "NO authentication failed" },
	{ BYTES("\0\13fred\0secret\0\1x\0\0\0\0"), "NO authentication failed" },
	{ BYTES("\0\4fred\0\0\0\4smtp\0\0"), "NO malformed request" },
	{ BYTES("\1\1"), "NO malformed request" },
	{ BYTES("\0\4fred\0\6sec"), "" },
};
#define NCASES (int)(sizeof cases / sizeof cases[0])

START_TEST(answers_who_goes_on_listening)
{
	ck_assert_str_eq(ask(cases[_i].request, cases[_i].len, 0),
	    cases[_i].answer);
	ck_assert_str_eq(ask(cases[_i].request, cases[_i].len, 1),
	    cases[_i].answer);
}
END_TEST

/* authd may end in the turn in which it was decided. */
START_TEST(an_answer_is_sent_when_it_is_decided)
{
	const unsigned long *judged =
	    &login.stats.logins[MECHANISM_PLAIN][LOGIN_OK];
	char answer[8];
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	saslauthd_accept(saslauthd, pair[0]);
	ck_assert_int_eq(write(pair[1], cases[0].request, cases[0].len),
	    (ssize_t)cases[0].len);
	while (*judged == 0)
		event_base_loop(login.service.base, EVLOOP_ONCE);
	ck_assert_int_eq(read(pair[1], answer, sizeof answer), 4);
	close(pair[1]);
}
END_TEST

START_TEST(who_hangs_up_is_forgotten)
{
	int pair[2];

	begin_with("auth_failure_delay = 1h\n");
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	saslauthd_accept(saslauthd, pair[0]);
	ck_assert_int_eq(write(pair[1], cases[3].request, cases[3].len),
	    (ssize_t)cases[3].len);
	while (login.stats.logins[MECHANISM_PLAIN][LOGIN_FAIL] == 0)
		event_base_loop(login.service.base, EVLOOP_ONCE);
	ck_assert_uint_eq(login.stats.open_conversations, 1);
	close(pair[1]);
	turn_loop(10);
	ck_assert_uint_eq(login.stats.open_conversations, 0);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("saslauthd");
	TCase *tc = tcase_create("saslauthd"), *slow = tcase_create("slow");

	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, slow);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, answers_who_goes_on_listening, 0, NCASES);
	tcase_add_test(tc, an_answer_is_sent_when_it_is_decided);
	tcase_add_test(slow, who_hangs_up_is_forgotten);
	return testing_run(suite);
}
