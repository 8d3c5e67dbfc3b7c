/*
 * Whether a mail server can reach what we listen on.
 */
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reach.h"
#include "log.h"
#include "mem.h"
#include "rights.h"

#define GREETING_SECONDS 10
#define GREETING_MAX     64

/* What the child is to find out. */
struct question {
	const struct listen_address *address;
	const char *user;
	const char *group;    /* his first one */
	const char *greeting; /* NULL: judge by rights */
};

static enum reach
judge_directories(const struct question *q, const char *path,
    struct strbuf *err)
{
	char *directory = rights_closed_directory(path);

	if (directory == NULL)
		return REACHED;
	strbuf_addf(err, "%s may not enter %s: chmod o+x %s", q->user,
	    directory, directory);
	free(directory);
	return NOT_REACHED;
}

/* The socket has the wrong rights; it gets others when it is made anew. */
static enum reach
refuse_socket(const struct question *q, struct strbuf *err)
{
	strbuf_addf(err,
	    "%s may not write to it: write listen = { %s, owner = %s, group = "
	    "%s, mode = 0660 } and restart",
	    q->user, q->address->text, q->user, q->group);
	return NOT_REACHED;
}

static bool
is_in_group(gid_t gid)
{
	return gid == getegid() || group_member(gid);
}

/* As the kernel judges a socket that is made as the value says. */
static enum reach
judge_rights(const struct question *q, struct strbuf *err)
{
	const struct listen_address *address = q->address;
	const char *path = socket_address_path(&address->socket);
	uid_t uid = address->uid != (uid_t)-1 ? address->uid : 0;
	gid_t gid = address->gid != (gid_t)-1 ? address->gid : 0;
	mode_t bit = S_IWOTH;

	if (path == NULL)
		return REACHED;
	if (judge_directories(q, path, err) != REACHED)
		return NOT_REACHED;
	if (uid == geteuid())
		bit = S_IWUSR;
	else if (is_in_group(gid))
		bit = S_IWGRP;
	return address->mode & bit ? REACHED : refuse_socket(q, err);
}

static enum reach
refuse_connection(const struct question *q, int error, struct strbuf *err)
{
	const char *path = socket_address_path(&q->address->socket);

	if (error == EACCES && path != NULL)
		return judge_directories(q, path, err) != REACHED
		    ? NOT_REACHED
		    : refuse_socket(q, err);
	if (error == ENOENT || error == ECONNREFUSED)
		strbuf_adds(err, "nobody listens there: restart the daemon");
	else
		strbuf_adds(err, strerror(error));
	return NOT_REACHED;
}

/* Whether the first words that come are the greeting. */
static bool
is_greeted(int fd, const char *greeting)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	size_t wanted = strlen(greeting), len = 0;
	char text[GREETING_MAX] = "";

	while (len < wanted) {
		ssize_t n;

		if (poll(&pollfd, 1, GREETING_SECONDS * 1000) != 1)
			return false;
		n = read(fd, text + len, wanted - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
	}
	return memcmp(text, greeting, wanted) == 0;
}

static enum reach
judge_answer(const struct question *q, struct strbuf *err)
{
	const struct socket_address *socket_address = &q->address->socket;
	int fd = socket(socket_address->sockaddr.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return REACH_UNKNOWN;
	if (connect(fd, (const struct sockaddr *)&socket_address->sockaddr,
		socket_address->len) == -1)
		return refuse_connection(q, errno, err);
	if (is_greeted(fd, q->greeting))
		return REACHED;
	strbuf_adds(err,
	    "it does not answer as it should: see who listens there (ss -xlp) "
	    "and restart the daemon");
	return NOT_REACHED;
}

/* The child: become the user, answer by text and exit code. */
static void __attribute__((noreturn))
judge(const struct question *q, const struct passwd *pw, int fd)
{
	struct strbuf err = { 0 };
	enum reach reach = REACH_UNKNOWN;

	if (initgroups(pw->pw_name, pw->pw_gid) == -1 ||
	    setgid(pw->pw_gid) == -1 || setuid(pw->pw_uid) == -1)
		strbuf_addf(&err, "become user %s: %s", pw->pw_name,
		    strerror(errno));
	else if (q->greeting != NULL)
		reach = judge_answer(q, &err);
	else
		reach = judge_rights(q, &err);
	if (err.len > 0 && write(fd, err.bytes, err.len) == -1)
		reach = REACH_UNKNOWN;
	_exit((int)reach);
}

static void
read_all(int fd, struct strbuf *out)
{
	char bytes[1024];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		strbuf_add(out, bytes, (size_t)n);
}

static enum reach
ask_child(const struct question *q, const struct passwd *pw, struct strbuf *err)
{
	int fds[2], status;
	pid_t child;

	if (pipe(fds) == -1) {
		strbuf_addf(err, "pipe: %s", strerror(errno));
		return REACH_UNKNOWN;
	}
	child = fork();
	if (child == 0)
		judge(q, pw, fds[1]);
	close(fds[1]);
	if (child == -1)
		strbuf_addf(err, "fork: %s", strerror(errno));
	else
		read_all(fds[0], err);
	close(fds[0]);
	if (child == -1 || waitpid(child, &status, 0) == -1 ||
	    !WIFEXITED(status))
		return REACH_UNKNOWN;
	return (enum reach)WEXITSTATUS(status);
}

static enum reach
ask(struct question *q, struct strbuf *err)
{
	const struct passwd *pw = getpwnam(q->user);
	const struct group *gr;

	if (pw == NULL) {
		strbuf_addf(err, "there is no user %s", q->user);
		return REACH_UNKNOWN;
	}
	if (geteuid() != 0) {
		strbuf_adds(err, "run this as root to try it");
		return REACH_UNKNOWN;
	}
	gr = getgrgid(pw->pw_gid);
	q->group = gr != NULL ? gr->gr_name : q->user;
	return ask_child(q, pw, err);
}

enum reach
reach_by_rights(const struct listen_address *address, const char *user,
    struct strbuf *err)
{
	struct question q = { .address = address, .user = user };

	return ask(&q, err);
}

enum reach
reach_by_asking(const struct listen_address *address, const char *user,
    const char *greeting, struct strbuf *err)
{
	struct question q = { address, user, NULL, greeting };

	return ask(&q, err);
}

void
reach_warn(const struct conf_text *text,
    const struct listener_defaults *defaults)
{
	struct strbuf ignored = { 0 }, why = { 0 };
	struct listen_value value;

	listen_value_parse(&value, text, defaults, &ignored, &ignored);
	for (size_t i = 0; i < value.count; i++) {
		const struct listen_address *address = &value.addresses[i];

		strbuf_truncate(&why, 0);
		if (reach_by_rights(address, defaults->owner, &why) ==
		    NOT_REACHED)
			log_warn("%s: %s", address->text, strbuf_str(&why));
	}
	listen_value_free(&value);
	strbuf_free(&why);
	strbuf_free(&ignored);
}
