/*
 * A function in a process of its own, for a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"

static void __attribute__((noreturn))
work_in_child(child_work *work, const void *arg, int fd)
{
	struct strbuf out = { 0 };
	int code = work(arg, &out);
	size_t done = 0;
	ssize_t n;

	while (done < out.len &&
	    (n = write(fd, out.bytes + done, out.len - done)) > 0)
		done += (size_t)n;
	_exit(code);
}

/* Until its end.  Returns false when time is over. */
static bool
read_all(int fd, long ms, struct strbuf *out)
{
	struct pollfd pollfd = { fd, POLLIN, 0 };
	long end = clock_ms() + ms, left;
	char bytes[4096];
	ssize_t n;

	while ((left = end - clock_ms()) > 0) {
		if (poll(&pollfd, 1, (int)left) != 1)
			continue;
		n = read(fd, bytes, sizeof bytes);
		if (n == 0)
			return true;
		if (n > 0)
			strbuf_add(out, bytes, (size_t)n);
	}
	return false;
}

int
child_run(child_work *work, const void *arg, long ms, struct strbuf *out,
    struct strbuf *err)
{
	int fds[2], status = 0;
	bool is_done;
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) == -1) {
		strbuf_addf(err, "pipe: %s", strerror(errno));
		return -1;
	}
	child = fork();
	if (child == 0)
		work_in_child(work, arg, fds[1]);
	close(fds[1]);
	if (child == -1) {
		strbuf_addf(err, "fork: %s", strerror(errno));
		close(fds[0]);
		return -1;
	}
	is_done = read_all(fds[0], ms, out);
	close(fds[0]);
	if (!is_done) {
		kill(child, SIGKILL);
		strbuf_addf(err, "no answer within %ld ms", ms);
	}
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		continue;
	if (is_done && WIFEXITED(status))
		return WEXITSTATUS(status);
	if (is_done)
		strbuf_adds(err, "ended by a signal");
	return -1;
}
