/*
 * Asking Postfix: run postconf(1), without a shell, and read "name = value"
 * lines.  What it writes to standard error is only shown when it fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "postconf.h"
#include "clock.h"
#include "mem.h"

extern char **environ;

static const char *const places[] = {
	"postconf", /* on PATH */
	"/usr/sbin/postconf",
	"/usr/local/sbin/postconf",
};

/* Start it with standard output and error in the pipes.  Returns the errno
 * of the last try. */
static int
start(char *const argv[], const int out[2], const int errors[2], pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int result = ENOENT;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
	    O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		result =
		    posix_spawnp(pid, places[i], &actions, NULL, argv, environ);
		if (result != ENOENT)
			break;
	}
	posix_spawn_file_actions_destroy(&actions);
	return result;
}

/* Read what is there.  Returns false at the end. */
static bool
read_some(int fd, struct strbuf *to)
{
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof bytes);

	if (n <= 0)
		return n == -1 && errno == EINTR;
	if (to->len < POSTCONF_OUTPUT_MAX)
		strbuf_add(to, bytes, (size_t)n);
	return true;
}

/* Both outputs until their end.  Returns false when time is over. */
static bool
read_both(int out_fd, int error_fd, struct strbuf *out, struct strbuf *errors)
{
	struct pollfd fds[2] = { { out_fd, POLLIN, 0 },
		{ error_fd, POLLIN, 0 } };
	long end = clock_ms() + POSTCONF_SECONDS * 1000L, left;

	while (fds[0].fd != -1 || fds[1].fd != -1) {
		left = end - clock_ms();
		if (left <= 0)
			return false;
		if (poll(fds, 2, (int)left) == -1 && errno != EINTR)
			return false;
		if (fds[0].revents != 0 && !read_some(out_fd, out))
			fds[0].fd = -1;
		if (fds[1].revents != 0 && !read_some(error_fd, errors))
			fds[1].fd = -1;
		fds[0].revents = fds[1].revents = 0;
	}
	return true;
}

static void
close_pair(int fds[2])
{
	for (int i = 0; i < 2; i++) {
		if (fds[i] != -1)
			close(fds[i]);
		fds[i] = -1;
	}
}

/* The last line of what it said, which is why it failed. */
static const char *
last_line(struct strbuf *text)
{
	const char *newline;

	while (text->len > 0 && text->bytes[text->len - 1] == '\n')
		strbuf_truncate(text, text->len - 1);
	newline = strrchr(strbuf_str(text), '\n');
	return newline != NULL ? newline + 1 : strbuf_str(text);
}

static int
run(char *const argv[], struct strbuf *out, struct strbuf *err)
{
	int pipe_out[2] = { -1, -1 }, pipe_errors[2] = { -1, -1 }, status = 0;
	struct strbuf errors = { 0 };
	int result = -1, failure;
	pid_t pid;

	if (pipe2(pipe_out, O_CLOEXEC) == -1 ||
	    pipe2(pipe_errors, O_CLOEXEC) == -1) {
		strbuf_addf(err, "pipe: %s", strerror(errno));
		goto done;
	}
	failure = start(argv, pipe_out, pipe_errors, &pid);
	if (failure != 0) {
		strbuf_addf(err, "run postconf: %s", strerror(failure));
		goto done;
	}
	close(pipe_out[1]);
	close(pipe_errors[1]);
	pipe_out[1] = pipe_errors[1] = -1;
	if (!read_both(pipe_out[0], pipe_errors[0], out, &errors)) {
		kill(pid, SIGKILL);
		strbuf_addf(err, "postconf: no answer within %d s",
		    POSTCONF_SECONDS);
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	if (err->len > 0)
		goto done;
	if (out->len >= POSTCONF_OUTPUT_MAX) {
		strbuf_adds(err, "postconf: the output is too long");
		goto done;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		result = 0;
	else if (errors.len > 0)
		strbuf_adds(err, last_line(&errors));
	else
		strbuf_addf(err, "postconf failed (status %d)", status);
done:
	close_pair(pipe_out);
	close_pair(pipe_errors);
	strbuf_free(&errors);
	return result;
}

static void
add_line(struct postconf_values *values, char *line)
{
	char *equals = strchr(line, '='), *end;

	if (equals == NULL)
		return;
	for (end = equals; end > line && end[-1] == ' '; end--)
		continue;
	*end = '\0';
	equals++;
	if (*equals == ' ')
		equals++;
	values->list =
	    xreallocarray(values->list, values->n + 1, sizeof *values->list);
	values->list[values->n].name = xstrdup(line);
	values->list[values->n++].value = xstrdup(equals);
}

int
postconf_ask(const char *directory, const char *option,
    const char *const words[], struct postconf_values *values,
    struct strbuf *err)
{
	const char *const head[] = { "postconf", option, "-c", directory };
	size_t nhead = directory != NULL ? 4 : 2, nwords = 0;
	struct strbuf out = { 0 }, why = { 0 };
	const char **argv;
	char *line, *rest;
	int result;

	while (words[nwords] != NULL)
		nwords++;
	argv = xcalloc(nhead + nwords + 1, sizeof *argv);
	memcpy(argv, head, nhead * sizeof *argv);
	memcpy(argv + nhead, words, nwords * sizeof *argv);
	*values = (struct postconf_values){ 0 };
	/* posix_spawn leaves the strings alone, but says otherwise. */
	result = run((char *const *)argv, &out, &why);
	free(argv);
	rest = out.bytes;
	while (
	    result == 0 && rest != NULL && (line = strsep(&rest, "\n")) != NULL)
		add_line(values, line);
	strbuf_adds(err, strbuf_str(&why));
	strbuf_free(&why);
	strbuf_free(&out);
	return result;
}

void
postconf_values_free(struct postconf_values *values)
{
	for (size_t i = 0; i < values->n; i++) {
		free(values->list[i].name);
		free(values->list[i].value);
	}
	free(values->list);
	*values = (struct postconf_values){ 0 };
}

const char *
postconf_value(const struct postconf_values *values, const char *name)
{
	for (size_t i = 0; i < values->n; i++) {
		if (strcmp(values->list[i].name, name) == 0)
			return values->list[i].value;
	}
	return NULL;
}
