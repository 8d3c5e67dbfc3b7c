/*
 * Passwords from standard input or the terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "password_input.h"
#include "credential.h"
#include "mem.h"

/* A line of a file that comes from elsewhere may end in CR LF. */
#define LINE_MAX_LEN (CREDENTIAL_PASSWORD_MAX + 1)

static volatile sig_atomic_t caught;

static void
on_signal(int sig)
{
	caught = sig;
}

static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP };
#define SIGNALS (sizeof signals / sizeof signals[0])

/*
 * As read(2), of one byte.  Who holds back signals lets them in here, while
 * there is none to read: one that came just before a read would be noticed at
 * the next key only.
 */
static ssize_t
read_byte(int fd, const sigset_t *let_in, char *c)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	while (ppoll(&pollfd, 1, NULL, let_in) == -1) {
		if (errno != EINTR || caught != 0)
			return -1;
	}
	return read(fd, c, 1);
}

/*
 * One line, read byte by byte, because what follows it belongs to others;
 * without its LF, and one CR before that.
 * Returns 0, or -1 with the reason in err, if it is not a signal.
 */
static int
read_line(int fd, const sigset_t *let_in, struct strbuf *out,
    struct strbuf *err)
{
	const char *problem = NULL;
	size_t len = 0;
	ssize_t n;
	char c = '\0';

	strbuf_reserve(out, LINE_MAX_LEN);
	while ((n = read_byte(fd, let_in, &c)) == 1 && c != '\n') {
		if (c == '\0' && problem == NULL)
			problem = "the password has a NUL byte";
		if (len++ < LINE_MAX_LEN)
			strbuf_addc(out, c);
	}
	if (len > 0 && len <= LINE_MAX_LEN && out->bytes[len - 1] == '\r')
		strbuf_truncate(out, --len);
	c = '\0';
	if (n == -1) {
		if (caught == 0)
			strbuf_addf(err, "read the password: %s",
			    strerror(errno));
		return -1;
	}
	if (problem == NULL && len > CREDENTIAL_PASSWORD_MAX)
		problem = "the password is too long (511 bytes at most)";
	if (problem == NULL && len == 0)
		problem = "the password is empty";
	if (problem != NULL) {
		strbuf_adds(err, problem);
		return -1;
	}
	return 0;
}

int
password_input_line(int fd, struct strbuf *out, struct strbuf *err)
{
	return read_line(fd, NULL, out, err);
}

/* Ask with echo off; whatever ends it, the terminal is left as it was. */
static int
ask(int fd, const char *prompt, struct strbuf *out, struct strbuf *err)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction before[SIGNALS];
	struct termios usual, silent;
	sigset_t held, unheld;
	int result = -1;

	if (tcgetattr(fd, &usual) == -1) {
		strbuf_addf(err, "terminal: %s", strerror(errno));
		return -1;
	}
	caught = 0;
	sigemptyset(&held);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&held, signals[i]);
	sigprocmask(SIG_BLOCK, &held, &unheld);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &action, &before[i]);
	silent = usual;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	if (tcsetattr(fd, TCSAFLUSH, &silent) == -1 ||
	    dprintf(fd, "%s", prompt) < 0)
		strbuf_addf(err, "terminal: %s", strerror(errno));
	else
		result = read_line(fd, &unheld, out, err);
	tcsetattr(fd, TCSAFLUSH, &usual);
	dprintf(fd, "\n");
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
	sigprocmask(SIG_SETMASK, &unheld, NULL);
	if (caught != 0) {
		raise(caught);
		strbuf_adds(err, "interrupted"); /* after a stop: ask anew */
		return -1;
	}
	return result;
}

int
password_input_terminal(const char *user, struct strbuf *out,
    struct strbuf *err)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct strbuf again = { 0 };
	char *prompt;
	int result = -1;

	if (fd == -1) {
		strbuf_adds(err,
		    "no terminal to ask for the password: give it with "
		    "--password-stdin");
		return -1;
	}
	prompt = xasprintf("New password for %s: ", user);
	if (ask(fd, prompt, out, err) != 0 ||
	    ask(fd, "The same again: ", &again, err) != 0)
		goto done;
	if (again.len != out->len ||
	    !secret_equal(again.bytes, out->bytes, out->len)) {
		strbuf_adds(err, "the passwords differ");
		goto done;
	}
	result = 0;
done:
	free(prompt);
	strbuf_wipe(&again);
	close(fd);
	return result;
}
