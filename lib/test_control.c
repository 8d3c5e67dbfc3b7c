/*
 * A control socket served by a child process, and its clients.
 */
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "control.h"
#include "conf.h"
#include "listener.h"
#include "log.h"
#include "mem.h"
#include "socket_address.h"
#include "testing.h"

#define BIG (3 * 1024 * 1024)

static char *dir;
static char *address;
static pid_t server;
static struct strbuf out, err;

static struct event_base *base;
static struct control *control;

static void
run_echo(void *ctx, struct control_request *request, const char *args)
{
	ck_assert_str_eq(ctx, "context");
	control_answer(request, args);
}

static void
run_lines(void *ctx, struct control_request *request, const char *args)
{
	(void)ctx;
	(void)args;
	control_answer(request, "\none\n\n\ntwo\nthree");
}

static void
answer_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	control_answer(arg, "late");
}

static void
run_later(void *ctx, struct control_request *request, const char *args)
{
	struct timeval delay = { .tv_usec = strtol(args, NULL, 10) * 1000 };

	(void)ctx;
	event_base_once(base, -1, EV_TIMEOUT, answer_later, request, &delay);
}

static void
run_big(void *ctx, struct control_request *request, const char *args)
{
	char *text = xcalloc(BIG + 1, 1);

	(void)ctx;
	(void)args;
	memset(text, 'x', BIG);
	control_answer(request, text);
	free(text);
}

/* Two bytes each, after one: pieces cannot all end between two. */
static void
run_letters(void *ctx, struct control_request *request, const char *args)
{
	struct strbuf text = { 0 };

	(void)ctx;
	(void)args;
	strbuf_addc(&text, 'x');
	while (text.len < BIG)
		strbuf_adds(&text, "\xc3\xa4");
	control_answer(request, strbuf_str(&text));
	strbuf_free(&text);
}

/* A long answer: halves of lines, and nothing in between. */
#define PIECES 3000
static unsigned nasked, nfreed;

static bool
next_piece(void *arg, struct strbuf *piece)
{
	static char half[1001];

	(void)arg;
	nasked++;
	if (half[0] == '\0')
		memset(half, 'x', sizeof half - 1);
	if (nasked % 3 == 0)
		strbuf_adds(piece, half);
	if (nasked % 3 == 1)
		strbuf_addf(piece, "%u\n\n", nasked);
	return nasked < PIECES;
}

static void
free_pieces(void *arg)
{
	(void)arg;
	nfreed++;
}

static void
run_pieces(void *ctx, struct control_request *request, const char *args)
{
	static const struct control_pieces pieces = { next_piece, free_pieces,
		NULL };

	(void)ctx;
	(void)args;
	nasked = 0;
	control_answer_in_pieces(request, &pieces);
}

static void
run_asked(void *ctx, struct control_request *request, const char *args)
{
	struct strbuf text = { 0 };

	(void)ctx;
	(void)args;
	strbuf_addf(&text, "%u %u", nasked, nfreed);
	control_answer(request, strbuf_str(&text));
	strbuf_free(&text);
}

static int
set_admins(struct control *of, const char *names, struct strbuf *why)
{
	struct conf_text text = { 0 };
	int result;

	conf_text_set(&text, names, (struct conf_origin){ "test.cf", 7 });
	result = control_set_admins(of, &text, why);
	conf_text_free(&text);
	return result;
}

static void
run_admins(void *ctx, struct control_request *request, const char *args)
{
	struct strbuf why = { 0 };

	(void)ctx;
	if (set_admins(control, args, &why) == 0)
		control_answer(request, "");
	else
		control_answer_error(request, "%s", strbuf_str(&why));
	strbuf_free(&why);
}

static const struct control_command commands[] = {
	{ "echo", "TEXT", false, run_echo, "Give the text back." },
	{ "lines", "", false, run_lines, "Three lines." },
	{ "later", "MS", false, run_later, "Answer late." },
	{ "big", "", false, run_big, "Answer much." },
	{ "letters", "", false, run_letters, "The same, in letters." },
	{ "pieces", "", false, run_pieces, "Answer much, in pieces." },
	{ "asked", "", false, run_asked, "Pieces, and answers of them." },
	{ "change", "TEXT", true, run_echo, "As echo, not for all." },
	{ "admins", "USER ...", true, run_admins, "Who may change." },
};

static void
serve_until_killed(void)
{
	static char context[] = "context";
	static const struct listener_defaults defaults = { .mode = 0666 };
	struct conf_origin origin = { .file = "test.cf", .line = 1 };
	struct conf_text text = { 0 };
	struct listeners *ls;

	log_set_level(LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN);
	conf_text_set(&text, address, origin);
	ls = listeners_open(&text, &defaults, &err);
	if (ls == NULL)
		_exit(1);
	base = event_base_new();
	control = control_new(base, ls, commands,
	    sizeof commands / sizeof commands[0], context);
	event_base_dispatch(base);
	_exit(2);
}

static int
ask(const char *line)
{
	strbuf_free(&out);
	strbuf_free(&err);
	return control_ask(address, line, 60, &out, &err);
}

static void
setup(void)
{
	const struct timespec pause = { .tv_nsec = 2000000 };

	dir = testing_make_dir();
	address = xasprintf("unix:%s/ctl", dir);
	ck_assert_int_ne(server = fork(), -1);
	if (server == 0)
		serve_until_killed();
	while (ask("version") != 0)
		nanosleep(&pause, NULL);
}

static void
teardown(void)
{
	int status;

	kill(server, SIGKILL);
	ck_assert_int_eq(waitpid(server, &status, 0), server);
	ck_assert_int_eq(WTERMSIG(status), SIGKILL); /* it did not end before */
	testing_remove_dir(dir);
	free(address);
	strbuf_free(&out);
	strbuf_free(&err);
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static int
connect_raw(void)
{
	struct socket_address sa;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(socket_address_parse(&sa, address, &err), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sa.sockaddr, sa.len),
	    0);
	return fd;
}

/* Everything that comes until the other side closes. */
static void
read_all(int fd)
{
	char buf[65536];
	ssize_t n;

	strbuf_free(&out);
	while ((n = read(fd, buf, sizeof buf)) > 0)
		strbuf_add(&out, buf, (size_t)n);
	close(fd);
}

static void
send_text(int fd, const char *text, size_t len)
{
	ck_assert_int_eq(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Send, close the sending side, read: as socat does. */
static void
talk(const char *text)
{
	int fd = connect_raw();

	send_text(fd, text, strlen(text));
	shutdown(fd, SHUT_WR);
	read_all(fd);
}

START_TEST(answers_and_ends_with_an_empty_line)
{
	talk("echo one\n");
	testing_eat(&out, "one\n\n");
	talk("lines\n");
	testing_eat(&out, "one\ntwo\nthree\n\n");
	talk("log info\n");
	testing_eat(&out, "\n");
}
END_TEST

START_TEST(answers_many_lines_in_order)
{
	talk("later 50\n\necho 1\r\n  later 1 \necho 2 \n  \necho  a  b");
	testing_eat(&out, "late\n\n1\n\nlate\n\n2\n\na  b\n\n");
}
END_TEST

START_TEST(asks_and_gives_the_answer)
{
	ck_assert_int_eq(ask("lines"), 0);
	ck_assert_str_eq(out.bytes, "one\ntwo\nthree\n");
	ck_assert_int_eq(ask("echo"), 0);
	ck_assert_str_eq(strbuf_str(&out), "");
	ck_assert_int_eq(ask("version"), 0);
	ck_assert_str_eq(out.bytes, VERSION "\n");
	ck_assert_int_eq(ask("big"), 0);
	ck_assert_uint_eq(out.len, BIG + 1);
}
END_TEST

START_TEST(answers_with_nothing_that_steers_a_terminal)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "k\xc3\xa4se \\ \"", "k\xc3\xa4se \\ \"" },
		{ "\x1b[1m\x7f\ta", "\\x1b[1m\\x7f\\x09a" },
		{ "\x9b"
		  "1m\xc2\x9b"
		  "1m",
		    "\\x9b1m\\xc2\\x9b1m" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *line = xasprintf("echo %s", cases[i].text);

		ck_assert_int_eq(ask(line), 0);
		ck_assert_msg(strstr(strbuf_str(&out), cases[i].shown) != NULL,
		    "%s", strbuf_str(&out));
		free(line);
	}
	ck_assert_int_eq(ask("\xc2\x9b"
			     "1m"),
	    1);
	ck_assert_ptr_null(strchr(strbuf_str(&err), '\xc2'));
}
END_TEST

START_TEST(help_names_every_command)
{
	ck_assert_int_eq(ask("help"), 0);
	ck_assert_ptr_nonnull(
	    strstr(out.bytes, "help                    These lines.\n"));
	ck_assert_ptr_nonnull(strstr(out.bytes, "\nlog LEVEL  "));
	ck_assert_ptr_nonnull(strstr(out.bytes,
	    "\necho TEXT               Give the text back.\n"));
}
END_TEST

START_TEST(says_what_is_wrong_with_a_command)
{
	ck_assert_int_eq(ask("lnes"), 1);
	ck_assert_str_eq(err.bytes,
	    "unknown command lnes, did you mean lines?");
	ck_assert_int_eq(ask("\033what?"), 1);
	ck_assert_str_eq(err.bytes,
	    "unknown command \\x1bwhat? (help lists them)");
	ck_assert_int_eq(ask("lines 5"), 1);
	ck_assert_str_eq(err.bytes, "lines takes no argument");
	ck_assert_int_eq(ask("log loud"), 1);
	ck_assert_str_eq(err.bytes,
	    "log needs one of error, warn, info, debug (now: error)");
	ck_assert_int_eq(ask("echo\necho"), 1);
	ck_assert_str_eq(err.bytes, "a command is one line");
}
END_TEST

START_TEST(sets_the_log_level)
{
	ck_assert_int_eq(ask("log debug"), 0);
	ck_assert_int_eq(ask("log"), 1);
	ck_assert_ptr_nonnull(strstr(err.bytes, "(now: debug)"));
}
END_TEST

START_TEST(only_root_and_the_daemons_user_change_something)
{
	ck_assert_int_eq(ask("change x"), 0);
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_int_eq(ask("change x"), 1);
	ck_assert_str_eq(err.bytes,
	    "change changes something: it needs root or the daemon's user");
	ck_assert_int_eq(ask("log debug"), 1);
	ck_assert_int_eq(ask("echo x"), 0);
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* Whether that user may; users are what they are on every system. */
static void
expect_change(uid_t uid, bool may)
{
	ck_assert_int_eq(seteuid(uid), 0);
	ck_assert_int_eq(ask("change x"), may ? 0 : 1);
	ck_assert_int_eq(seteuid(0), 0);
}

START_TEST(admins_change_something_too)
{
	const struct passwd *pw = getpwnam("daemon");
	uid_t daemon_uid = pw != NULL ? pw->pw_uid : 0;

	if (geteuid() != 0 || daemon_uid == 0)
		return;
	ck_assert_int_eq(chmod(dir, 0755), 0);
	expect_change(daemon_uid, false);
	ck_assert_int_eq(ask("admins root, daemon"), 0);
	expect_change(daemon_uid, true);
	expect_change(65534, false);
	/* all or nothing */
	ck_assert_int_eq(ask("admins nosuchuser root,neither"), 1);
	ck_assert_str_eq(err.bytes,
	    "test.cf:7: control_admins: no such user nosuchuser\n"
	    "test.cf:7: control_admins: no such user neither");
	expect_change(daemon_uid, true);
	ck_assert_int_eq(ask("admins"), 0);
	expect_change(daemon_uid, false);
	expect_change(0, true);
}
END_TEST

START_TEST(admins_can_be_looked_for_alone)
{
	ck_assert_int_eq(set_admins(NULL, " root\t,", &err), 0);
	ck_assert_int_eq(set_admins(NULL, "", &err), 0);
	ck_assert_uint_eq(err.len, 0);
	ck_assert_int_eq(set_admins(NULL, "root nosuchuser", &err), -1);
	ck_assert_str_eq(err.bytes,
	    "test.cf:7: control_admins: no such user nosuchuser\n");
}
END_TEST

START_TEST(refuses_a_line_that_is_too_long)
{
	size_t len = 255 * 1024;
	char *line = xcalloc(len + 1, 1);
	int fd = connect_raw();
	ssize_t sent = 1;

	memcpy(line, "echo ", 5);
	memset(line + 5, 'y', len - 5);
	ck_assert_int_eq(ask(line), 0);
	ck_assert_uint_eq(out.len, len - 5 + 1);
	for (int i = 0; i < 8 && sent > 0; i++)
		sent = send(fd, line, len, MSG_NOSIGNAL);
	read_all(fd);
	testing_eat(&out, "error: the line is longer than 262144 bytes\n\n");
	free(line);
}
END_TEST

START_TEST(refuses_a_nul_byte)
{
	int fd = connect_raw();

	send_text(fd, "echo a\0b\necho c\n", 16);
	shutdown(fd, SHUT_WR);
	read_all(fd);
	testing_eat(&out, "error: the line has a NUL byte\n\nc\n\n");
}
END_TEST

START_TEST(survives_clients_that_go_away)
{
	for (int i = 0; i < 50; i++) {
		int fd = connect_raw();

		send_text(fd, "later 1\nbig\nlines\n", 18);
		close(fd);
	}
	ck_assert_int_eq(ask("later 20"), 0);
	ck_assert_int_eq(ask("echo alive"), 0);
}
END_TEST

START_TEST(a_client_that_does_not_read_gets_no_second_answer)
{
	int fd = connect_raw();

	for (int i = 0; i < 1000; i++)
		send_text(fd, "big\n", 4);
	ck_assert_int_eq(ask("echo alive"), 0);
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 3; i++) {
		char buf[65536];
		size_t len = BIG + 2;

		while (len > 0) {
			ssize_t n =
			    read(fd, buf, len < sizeof buf ? len : sizeof buf);

			ck_assert_int_gt(n, 0);
			len -= (size_t)n;
		}
	}
	close(fd);
	ck_assert_int_eq(ask("echo alive"), 0);
}
END_TEST

START_TEST(a_long_answer_is_cut_between_letters)
{
	ck_assert_int_eq(ask("letters"), 0);
	ck_assert_uint_eq(out.len, BIG + 2);
	ck_assert_ptr_null(strchr(strbuf_str(&out), '\\'));
}
END_TEST

/* Who does not read is not asked for more, and others are answered. */
START_TEST(a_slow_reader_of_pieces_holds_up_nobody)
{
	unsigned asked = 0, before, freed = 0;
	char *rest, *line;
	int fd = connect_raw();

	send_text(fd, "pieces\n", 7);
	do { /* until no more are asked for */
		before = asked;
		ck_assert_int_eq(ask("asked"), 0);
		ck_assert_int_eq(
		    sscanf(strbuf_str(&out), "%u %u", &asked, &freed), 2);
	} while (asked == 0 || asked != before);
	ck_assert_uint_lt(asked, PIECES);
	ck_assert_uint_eq(freed, 0);
	send_text(fd, "echo then\n", 10);
	shutdown(fd, SHUT_WR);
	read_all(fd);
	rest = out.bytes;
	for (unsigned i = 1; i < PIECES; i += 3) {
		line = strsep(&rest, "\n");
		line += strspn(line, "x");
		ck_assert_uint_eq(strtoul(line, NULL, 10), i);
	}
	line = strsep(&rest, "\n"); /* a half, ended for it */
	ck_assert_uint_eq(strlen(line), 1000);
	ck_assert_str_eq(rest, "\nthen\n\n");
	ck_assert_int_eq(ask("asked"), 0);
	ck_assert_str_eq(strbuf_str(&out), "3000 1\n");
}
END_TEST

START_TEST(pieces_end_when_their_client_goes)
{
	int fd = connect_raw();

	send_text(fd, "pieces\n", 7);
	close(fd);
	do
		ck_assert_int_eq(ask("asked"), 0);
	while (strstr(strbuf_str(&out), " 1") == NULL);
	ck_assert_ptr_null(strstr(strbuf_str(&out), "3000"));
}
END_TEST

START_TEST(bounds_the_number_of_clients)
{
	int fds[64], extra;
	char buf[100];

	for (int i = 0; i < 64; i++) {
		fds[i] = connect_raw();
		send_text(fds[i], "echo x\n", 7);
		ck_assert_int_eq(read(fds[i], buf, sizeof buf), 3);
	}
	extra = connect_raw();
	read_all(extra);
	testing_eat(&out, "error: too many control clients\n\n");
	for (int i = 0; i < 64; i++)
		close(fds[i]);
	while (ask("echo x") != 0)
		usleep(2000);
	ck_assert_str_eq(strbuf_str(&out), "x\n");
}
END_TEST

START_TEST(says_that_the_daemon_cannot_be_reached)
{
	ck_assert_int_eq(
	    control_ask("unix:/nonexistent/ctl", "help", 1, &out, &err), -1);
	ck_assert_str_eq(err.bytes,
	    "unix:/nonexistent/ctl: nobody listens there: start the daemon, "
	    "or give its configuration file with -c");
}
END_TEST

START_TEST(does_not_wait_for_ever)
{
	strbuf_free(&out);
	strbuf_free(&err);
	ck_assert_int_eq(control_ask(address, "later 300000", 1, &out, &err),
	    -1);
	ck_assert_ptr_nonnull(
	    strstr(err.bytes, ": the daemon does not answer"));
}
END_TEST

START_TEST(finds_the_daemon_whatever_else_is_wrong_with_its_file)
{
	static const struct conf_param params[] = {
		{ "control_socket", CONF_TEXT, 0, 0, "unix:/run/default", NULL,
		    "" },
		{ "number", CONF_INT, 0, 0, "1", "1..9", "" },
	};
	static const struct {
		const char *file, *address;
		int code;
		const char *says;
	} cases[] = {
		{ "", "unix:/run/default", EX_OK, "" },
		{ "number = 10\n", "unix:/run/default", EX_OK, "" },
		{ " x\nnumber\nnunber = 1\ncontrol_socket = unix:/a\n",
		    "unix:/a", EX_OK, "" },
		{ "control_socket = unix:$nowhere/a\n", NULL, EX_CONFIG,
		    ":1: unknown parameter $nowhere\n" },
		{ "control_socket =\n", NULL, EX_UNAVAILABLE,
		    "control_socket is empty: the daemon cannot be asked\n" },
		{ NULL, NULL, EX_NOINPUT, ": No such file or directory\n" },
	};
	char *path = xasprintf("%s/test.cf", dir), *found;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		strbuf_free(&err);
		unlink(path);
		if (cases[i].file != NULL)
			write_file(path, cases[i].file);
		ck_assert_int_eq(control_find(params, 2, path, &found, &err),
		    cases[i].code);
		ck_assert_pstr_eq(found, cases[i].address);
		ck_assert_ptr_nonnull(strstr(strbuf_str(&err), cases[i].says));
		ck_assert_uint_eq(err.len > 0, cases[i].code != EX_OK);
		free(found);
	}
	free(path);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("control");
	TCase *tc = tcase_create("control");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, answers_and_ends_with_an_empty_line);
	tcase_add_test(tc, answers_many_lines_in_order);
	tcase_add_test(tc, asks_and_gives_the_answer);
	tcase_add_test(tc, answers_with_nothing_that_steers_a_terminal);
	tcase_add_test(tc, help_names_every_command);
	tcase_add_test(tc, says_what_is_wrong_with_a_command);
	tcase_add_test(tc, sets_the_log_level);
	tcase_add_test(tc, only_root_and_the_daemons_user_change_something);
	tcase_add_test(tc, admins_change_something_too);
	tcase_add_test(tc, admins_can_be_looked_for_alone);
	tcase_add_test(tc, refuses_a_line_that_is_too_long);
	tcase_add_test(tc, refuses_a_nul_byte);
	tcase_add_test(tc, survives_clients_that_go_away);
	tcase_add_test(tc, a_client_that_does_not_read_gets_no_second_answer);
	tcase_add_test(tc, a_long_answer_is_cut_between_letters);
	tcase_add_test(tc, a_slow_reader_of_pieces_holds_up_nobody);
	tcase_add_test(tc, pieces_end_when_their_client_goes);
	tcase_add_test(tc, bounds_the_number_of_clients);
	tcase_add_test(tc, says_that_the_daemon_cannot_be_reached);
	tcase_add_test(tc, does_not_wait_for_ever);
	tcase_add_test(tc,
	    finds_the_daemon_whatever_else_is_wrong_with_its_file);
	return testing_run(suite);
}
