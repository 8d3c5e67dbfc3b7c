/*
 * The control socket's other side: the command line tools.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "control.h"
#include "conf.h"
#include "listener.h"
#include "rights.h"
#include "socket_address.h"

#define ANSWER_MAX (64 * 1024 * 1024)

/* Let the next call on the socket end by then (clock_ms).  Returns -1, with
 * errno set, when that is past. */
static int
limit_time(int fd, long deadline)
{
	long left = deadline - clock_ms();
	struct timeval tv = { .tv_sec = left / 1000,
		.tv_usec = left % 1000 * 1000 };

	if (left <= 0) {
		errno = ETIMEDOUT;
		return -1;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == -1)
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
}

static void
explain(struct strbuf *err, const struct socket_address *address, int error)
{
	const char *path = socket_address_path(address);

	if (error == ENOENT || error == ECONNREFUSED)
		strbuf_adds(err,
		    "nobody listens there: start the daemon, or give its "
		    "configuration file with -c");
	else if (error == EAGAIN || error == EINPROGRESS || error == ETIMEDOUT)
		strbuf_adds(err, "the daemon does not answer");
	else if (error == ECONNRESET || error == EPIPE)
		strbuf_adds(err,
		    "the daemon closed the connection within its answer");
	else if (path != NULL)
		rights_explain(err, path, W_OK, ADMINISTRATORS, error);
	else
		strbuf_adds(err, strerror(error));
}

static int
send_all(int fd, const char *bytes, size_t len, long deadline)
{
	while (len > 0) {
		ssize_t n;

		if (limit_time(fd, deadline) == -1)
			return -1;
		n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* Whether the empty line has come. */
static bool
is_complete(const struct strbuf *answer)
{
	size_t len = answer->len;

	return len > 0 && answer->bytes[len - 1] == '\n' &&
	    (len == 1 || answer->bytes[len - 2] == '\n');
}

static int
receive_answer(int fd, struct strbuf *answer, long deadline)
{
	while (!is_complete(answer)) {
		ssize_t n;

		if (limit_time(fd, deadline) == -1)
			return -1;
		strbuf_reserve(answer, 16384);
		n = recv(fd, answer->bytes + answer->len, 16384, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ECONNRESET;
		else if (n > 0 && answer->len > ANSWER_MAX)
			errno = EMSGSIZE;
		if (n <= 0 || answer->len > ANSWER_MAX)
			return -1;
		answer->len += (size_t)n;
		answer->bytes[answer->len] = '\0';
	}
	strbuf_truncate(answer, answer->len - 1);
	return 0;
}

/* Connect, send, receive.  Returns -1 with errno set. */
static int
talk(const struct socket_address *address, const char *line, long deadline,
    struct strbuf *answer)
{
	int fd =
	    socket(address->sockaddr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result = -1, error;

	if (fd == -1)
		return -1;
	if (limit_time(fd, deadline) == 0 &&
	    connect(fd, (const struct sockaddr *)&address->sockaddr,
		address->len) == 0 &&
	    send_all(fd, line, strlen(line), deadline) == 0 &&
	    send_all(fd, "\n", 1, deadline) == 0)
		result = receive_answer(fd, answer, deadline);
	error = errno;
	close(fd);
	errno = error;
	return result;
}

int
control_find(const struct conf_param *params, size_t nparams, const char *path,
    char **address, struct strbuf *err)
{
	struct conf *conf = conf_new(params, nparams);
	struct conf_text value = { 0 };
	struct strbuf why = { 0 };
	int code = EX_OK;

	*address = NULL;
	if (conf_read(conf, path, &why) == CONF_UNREADABLE) {
		strbuf_adds(err, strbuf_str(&why));
		code = EX_NOINPUT;
	} else if (conf_get(conf, NULL, "control_socket", false, &value, err) ==
	    -1) {
		code = EX_CONFIG;
	} else if ((*address = listeners_first_address(&value)) == NULL) {
		strbuf_adds(err,
		    "control_socket is empty: the daemon cannot be asked\n");
		code = EX_UNAVAILABLE;
	}
	strbuf_free(&why);
	conf_text_free(&value);
	conf_free(conf);
	return code;
}

int
control_ask(const char *address, const char *line, int seconds,
    struct strbuf *out, struct strbuf *err)
{
	static const char word[] = "error: ";
	struct strbuf answer = { 0 };
	struct socket_address sa;
	int result;

	if (socket_address_parse(&sa, address, err) == -1)
		return -1;
	if (strchr(line, '\n') != NULL) {
		strbuf_adds(err, "a command is one line");
		return 1;
	}
	result = talk(&sa, line, clock_ms() + seconds * 1000L, &answer);
	if (result == -1) {
		int error = errno;

		strbuf_addf(err, "%s: ", address);
		explain(err, &sa, error);
	} else if (strncmp(strbuf_str(&answer), word, strlen(word)) == 0) {
		strbuf_add(err, answer.bytes + strlen(word),
		    answer.len - strlen(word) - 1); /* its last LF */
		result = 1;
	} else {
		strbuf_add(out, answer.bytes, answer.len);
	}
	strbuf_free(&answer);
	return result;
}

int
control_connect(const char *address, struct strbuf *err)
{
	struct socket_address sa;
	int fd;

	if (socket_address_parse(&sa, address, err) == -1) {
		strbuf_addc(err, '\n');
		return -1;
	}
	fd = socket(sa.sockaddr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 &&
	    connect(fd, (const struct sockaddr *)&sa.sockaddr, sa.len) == 0)
		return fd;
	strbuf_addf(err, "%s: ", address);
	explain(err, &sa, errno);
	strbuf_addc(err, '\n');
	if (fd != -1)
		close(fd);
	return -1;
}
