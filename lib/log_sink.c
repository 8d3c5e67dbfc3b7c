/*
 * Standard error, the journal behind it, or syslog.  The description of
 * standard error is shared with others, who may not expect it to be
 * non-blocking: a pipe or terminal is opened once more, a socket is asked not
 * to wait each time, and a file never makes anybody wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "log_sink.h"
#include "clock.h"
#include "printable.h"

static struct {
	const char *ident;
	enum log_target target;
	bool is_journal;  /* STDERR: it is the journal's */
	bool is_socket;   /* STDERR */
	bool may_block;   /* STDERR: others decide whether a write waits */
	bool is_datagram; /* SYSLOG: a line is taken as a whole */
	int fd;           /* -1: SYSLOG: nobody takes lines */
	int own_fd;       /* fd, when it is ours to close */
} sink = { .ident = "sekisho", .fd = STDERR_FILENO, .own_fd = -1 };

/* Whether the service manager connected standard error to the journal. */
static bool
is_journal(const struct stat *st)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;

	return stream != NULL &&
	    sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	    device == st->st_dev && inode == st->st_ino;
}

static void
open_stderr(void)
{
	struct stat st = { 0 };

	if (fstat(STDERR_FILENO, &st) == -1)
		st.st_mode = 0;
	sink.is_journal = is_journal(&st);
	sink.is_socket = S_ISSOCK(st.st_mode);
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
		sink.own_fd = open("/proc/self/fd/2",
		    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	sink.may_block = !S_ISREG(st.st_mode) && sink.own_fd == -1;
	sink.fd = sink.own_fd != -1 ? sink.own_fd : STDERR_FILENO;
}

/* Returns the socket, or -1 with errno set. */
static int
connect_syslog(int type)
{
	const struct sockaddr_un un = {
		.sun_family = AF_UNIX,
		.sun_path = _PATH_LOG,
	};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd != -1 &&
	    connect(fd, (const struct sockaddr *)&un, sizeof un) == -1) {
		error = errno;
		close(fd);
		errno = error;
		fd = -1;
	}
	return fd;
}

static void
open_syslog(void)
{
	sink.is_datagram = true;
	sink.own_fd = connect_syslog(SOCK_DGRAM);
	if (sink.own_fd == -1 && errno == EPROTOTYPE) {
		sink.is_datagram = false;
		sink.own_fd = connect_syslog(SOCK_STREAM);
	}
	sink.fd = sink.own_fd;
}

int
log_find_syslog(struct strbuf *err)
{
	int fd = connect_syslog(SOCK_DGRAM);

	if (fd != -1)
		close(fd);
	else if (errno != EPROTOTYPE) {
		strbuf_addf(err, "%s: %s", _PATH_LOG, strerror(errno));
		return -1;
	}
	return 0;
}

void
log_sink_open(const char *ident, enum log_target target)
{
	if (sink.own_fd != -1)
		close(sink.own_fd);
	sink.own_fd = -1;
	sink.ident = ident;
	sink.target = target;
	if (target == LOG_TARGET_SYSLOG)
		open_syslog();
	else
		open_stderr();
}

static void
add_syslog_header(struct strbuf *out, int priority)
{
	time_t now = clock_now();
	struct tm tm;
	char date[sizeof "Jan  1 00:00:00"];

	localtime_r(&now, &tm);
	strftime(date, sizeof date, "%b %e %T", &tm);
	strbuf_addf(out, "<%d>%s %s[%ld]: ", LOG_MAIL | priority, date,
	    sink.ident, (long)getpid());
}

static void
add_ident(struct strbuf *out)
{
	strbuf_adds(out, sink.ident);
	strbuf_adds(out, ": ");
}

void
log_sink_add(struct strbuf *out, int priority, const char *word,
    const char *text, size_t len)
{
	if (sink.target == LOG_TARGET_SYSLOG)
		add_syslog_header(out, priority);
	else if (sink.is_journal)
		strbuf_addf(out, "<%d>", priority);
	else
		add_ident(out);
	strbuf_adds(out, word);
	printable_add(out, text, len);
	strbuf_addc(out, '\n');
}

static ssize_t
result_of(ssize_t n)
{
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n;
}

/* The daemon may have been started anew, with another socket. */
static ssize_t
write_syslog(const char *line, size_t len)
{
	size_t bytes = len - sink.is_datagram; /* which needs no LF */
	ssize_t n = -1;

	for (int tries = 0; n == -1 && tries < 2; tries++) {
		if (sink.fd == -1)
			open_syslog();
		if (sink.fd == -1)
			break;
		n = result_of(
		    send(sink.fd, line, bytes, MSG_DONTWAIT | MSG_NOSIGNAL));
		if (n == -1) {
			close(sink.own_fd);
			sink.fd = sink.own_fd = -1;
		}
	}
	return n > 0 && sink.is_datagram ? (ssize_t)len : n;
}

bool
log_sink_wait(int ms)
{
	struct pollfd ready = { .fd = sink.fd, .events = POLLOUT };

	return poll(&ready, 1, ms) == 1;
}

ssize_t
log_sink_write(const char *line, size_t len)
{
	if (sink.target == LOG_TARGET_SYSLOG)
		return write_syslog(line, len);
	if (sink.is_socket)
		return result_of(
		    send(sink.fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL));
	if (sink.may_block) {
		if (!log_sink_wait(0))
			return 0;
		if (len > PIPE_BUF) /* for which there is room now */
			len = PIPE_BUF;
	}
	return result_of(write(sink.fd, line, len));
}
