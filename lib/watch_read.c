/*
 * The reading end of a watch for people.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "watch_read.h"
#include "control.h"
#include "json_line.h"
#include "mem.h"
#include "socket_address.h"

struct reading {
	const char *command;
	bool is_present; /* what was so already has come */
	struct strbuf *err;
};

/* Give the line to the command, and wait for its end.  Returns an exit code. */
static int
run(struct reading *reading, const char *line)
{
	int fds[2], status;
	pid_t pid;

	if (pipe(fds) == -1 || (pid = fork()) == -1) {
		strbuf_addf(reading->err, "run %s: %s\n", reading->command,
		    strerror(errno));
		return EX_OSERR;
	}
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(fds[0], STDIN_FILENO);
		close(fds[0]);
		close(fds[1]);
		execl("/bin/sh", "sh", "-c", reading->command, NULL);
		_exit(EX_OSERR);
	}
	close(fds[0]);
	/* One that does not read it all may have its reasons. */
	if (write(fds[1], line, strlen(line)) == -1 && errno != EPIPE)
		strbuf_addf(reading->err, "write: %s\n", strerror(errno));
	close(fds[1]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return EX_OK;
}

/* The name of the event; "" when it is none.  text is cut in place. */
static const char *
event_of(struct json_line *json, char *text)
{
	const char *event = NULL;

	if (json_line_read(json, text) == 0)
		event = json_line_string(json, "event");
	return event != NULL ? event : "";
}

static int
complain(struct reading *reading)
{
	strbuf_addf(reading->err, "write: %s\n", strerror(errno));
	return EX_IOERR;
}

/* text: without its LF; it is cut in place. */
static int
take_line(struct reading *reading, char *text)
{
	struct json_line json;
	char *line = xasprintf("%s\n", text);
	const char *event = event_of(&json, text);
	int code = EX_OK;

	if (strncmp(line, "error: ", 7) == 0) {
		strbuf_adds(reading->err, line + 7);
		code = EX_UNAVAILABLE;
	} else if (reading->command == NULL) {
		if (fputs(line, stdout) == EOF)
			code = complain(reading);
	} else if (reading->is_present && event[0] != '\0') {
		code = run(reading, line);
	}
	if (strcmp(event, "present") == 0)
		reading->is_present = true;
	if (strcmp(event, "cut") == 0) {
		strbuf_adds(reading->err, "too slow: the daemon hung up\n");
		code = EX_TEMPFAIL;
	}
	free(line);
	return code;
}

/* All that have come are seen before the next is waited for.  The last one of a
 * daemon that has gone may lack its end. */
static int
take_lines(struct reading *reading, struct evbuffer *in, bool has_gone)
{
	int code = EX_OK;
	char *text;

	if (has_gone && evbuffer_get_length(in) > 0)
		evbuffer_add(in, "\n", 1);
	while (code == EX_OK &&
	    (text = evbuffer_readln(in, NULL, EVBUFFER_EOL_LF)) != NULL) {
		code = take_line(reading, text);
		free(text);
	}
	if (fflush(stdout) == EOF && code == EX_OK)
		code = complain(reading);
	return code;
}

static int
read_lines(struct reading *reading, int fd)
{
	struct evbuffer *in = evbuffer_new();
	bool has_gone = false;
	int code = EX_OK;

	if (in == NULL)
		abort();
	while (code == EX_OK && !has_gone) {
		/* -1: as much as libevent takes at once */
		has_gone = evbuffer_read(in, fd, -1) <= 0;
		code = take_lines(reading, in, has_gone);
	}
	evbuffer_free(in);
	if (code == EX_OK) {
		strbuf_adds(reading->err, "the daemon has gone\n");
		code = EX_UNAVAILABLE;
	}
	return code;
}

int
watch_read(const char *address, const char *events, const char *command,
    struct strbuf *err)
{
	struct reading reading = { .command = command, .err = err };
	struct strbuf line = { 0 };
	int fd = control_connect(address, err), code;

	if (fd == -1)
		return EX_UNAVAILABLE;
	signal(SIGPIPE, SIG_IGN);
	strbuf_addf(&line, "watch %s\n", events);
	if (send(fd, line.bytes, line.len, MSG_NOSIGNAL) != (ssize_t)line.len) {
		strbuf_addf(err, "%s: %s\n", address, strerror(errno));
		code = EX_UNAVAILABLE;
	} else {
		code = read_lines(&reading, fd);
	}
	strbuf_free(&line);
	close(fd);
	return code;
}
