/*
 * A child in private/ that hands out connections (SCM_RIGHTS).
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "proxymap_door.h"
#include "log.h"
#include "mem.h"
#include "sandbox.h"

#define SERVICE     "proxymap"
#define DIRECTORY   "private"
#define CHILD_FD    3 /* all that the child has, beside /dev/null */
#define PROBLEM_MAX 500

struct asker {
	STAILQ_ENTRY(asker) next;
	proxymap_opened *opened; /* NULL: it has forgotten */
	void *arg;
};

struct proxymap_door {
	int fd; /* -1: closed */
	char *problem;
	struct event *on_answer;
	STAILQ_HEAD(, asker) askers; /* answered in this order */
};

/* The child. */

/* Descriptor 0 to 2 are /dev/null, 3 leads to the parent, no more. */
static int
keep_only(int fd)
{
	int null = open("/dev/null", O_RDWR);

	if (null == -1 || dup2(fd, CHILD_FD) == -1)
		return -1;
	for (int i = 0; i < CHILD_FD; i++)
		if (dup2(null, i) == -1)
			return -1;
	return close_range(CHILD_FD + 1, ~0U, 0);
}

/* Lock the child up: 0, or -1 with the reason. */
static int
lock_up(const char *directory, const char *owner, struct strbuf *err)
{
	const struct passwd *pw;

	if (geteuid() != 0) {
		if (chdir(directory) == 0)
			return 0;
		strbuf_addf(err, "chdir %s: %s", directory, strerror(errno));
		return -1;
	}
	pw = getpwnam(owner);
	if (pw == NULL || pw->pw_uid == 0) {
		strbuf_addf(err, "mail_owner %s: no such user", owner);
		return -1;
	}
	if (initgroups(owner, pw->pw_gid) == -1 || chroot(directory) == -1 ||
	    chdir("/") == -1) {
		strbuf_addf(err, "chroot %s: %s", directory, strerror(errno));
		return -1;
	}
	if (setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1) {
		strbuf_addf(err, "become %s: %s", owner, strerror(errno));
		return -1;
	}
	return 0;
}

/* A connection, or -1. */
static int
connect_service(void)
{
	static const struct sockaddr_un un = { .sun_family = AF_UNIX,
		.sun_path = SERVICE };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd != -1 &&
	    connect(fd, (const struct sockaddr *)&un, sizeof un) == -1) {
		int error = errno;

		close(fd);
		errno = error;
		fd = -1;
	}
	return fd;
}

/* Send the error, 0 with the descriptor. */
static int
send_connection(int fd, int error)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec data = { &error, sizeof error };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (fd != -1) {
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	}
	return sendmsg(CHILD_FD, &message, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

/* Until the parent is gone. */
static void
serve(void)
{
	char one;

	while (recv(CHILD_FD, &one, sizeof one, 0) == sizeof one) {
		int fd = connect_service();
		int error = fd == -1 ? errno : 0;

		if (send_connection(fd, error) == -1)
			return;
		if (fd != -1)
			close(fd);
	}
}

static void __attribute__((noreturn))
run_child(int fd, const char *directory, const char *owner)
{
	static const struct sandbox_paths nothing = { 0 };
	struct strbuf err = { 0 };

	signal(SIGTERM, SIG_IGN); /* the parent may have work to end */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (keep_only(fd) == -1)
		_exit(1);
	if (lock_up(directory, owner, &err) == 0)
		sandbox_enter(&nothing, &err);
	if (send(CHILD_FD, strbuf_str(&err), err.len + 1, MSG_NOSIGNAL) == -1 ||
	    err.len > 0)
		_exit(1);
	prctl(PR_SET_NAME, "policyd-proxy", 0, 0, 0);
	serve();
	_exit(0);
}

/* The parent. */

static void __attribute__((format(printf, 2, 3)))
close_door(struct proxymap_door *door, const char *fmt, ...)
{
	struct strbuf problem = { 0 };
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&problem, fmt, ap);
	va_end(ap);
	free(door->problem);
	door->problem = strbuf_detach(&problem);
	if (door->fd != -1)
		close(door->fd);
	door->fd = -1;
}

/* Wait until the child is where it belongs. */
static void
hear_of_child(struct proxymap_door *door)
{
	char why[PROBLEM_MAX] = "";
	ssize_t n = recv(door->fd, why, sizeof why - 1, 0);

	if (n <= 0)
		close_door(door, "the process for " SERVICE " did not start");
	else if (why[0] != '\0')
		close_door(door, "%s", why);
	else
		fcntl(door->fd, F_SETFL, O_NONBLOCK);
}

static void
start_child(struct proxymap_door *door, const char *queue_directory,
    const char *mail_owner)
{
	char *directory = xasprintf("%s/" DIRECTORY, queue_directory);
	int fds[2];
	pid_t child;

	signal(SIGCHLD, SIG_IGN); /* nobody waits for it */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1) {
		close_door(door, "socketpair: %s", strerror(errno));
		goto done;
	}
	child = fork();
	if (child == 0)
		run_child(fds[1], directory, mail_owner);
	close(fds[1]);
	door->fd = fds[0];
	if (child == -1)
		close_door(door, "fork: %s", strerror(errno));
	else
		hear_of_child(door);
done:
	free(directory);
}

struct proxymap_door *
proxymap_door_open(const char *queue_directory, const char *mail_owner)
{
	struct proxymap_door *door = xcalloc(1, sizeof *door);

	door->fd = -1;
	STAILQ_INIT(&door->askers);
	if (queue_directory == NULL || mail_owner == NULL)
		close_door(door,
		    "Postfix is not asked (postfix_config_directory), so it is "
		    "not known where its " SERVICE " is");
	else
		start_child(door, queue_directory, mail_owner);
	return door;
}

const char *
proxymap_door_problem(const struct proxymap_door *door)
{
	return door->problem;
}

/* Tell who has waited longest. */
static void
tell_first(struct proxymap_door *door, int fd, const char *why)
{
	struct asker *asker = STAILQ_FIRST(&door->askers);

	STAILQ_REMOVE_HEAD(&door->askers, next);
	if (asker->opened != NULL)
		asker->opened(asker->arg, fd, why);
	else if (fd != -1)
		close(fd);
	free(asker);
}

static void
on_end(struct proxymap_door *door)
{
	log_error("the process that opens " SERVICE " has ended; tables behind "
		  "proxy: need a restart");
	event_del(door->on_answer);
	close_door(door, "the process that opens " SERVICE " has ended");
	while (!STAILQ_EMPTY(&door->askers))
		tell_first(door, -1, door->problem);
}

static int
find_descriptor(struct msghdr *message)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (header != NULL && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(header), sizeof fd);
	return fd;
}

static void
on_answer(evutil_socket_t from, short what, void *arg)
{
	struct proxymap_door *door = arg;
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	int error = 0, fd;
	struct iovec data = { &error, sizeof error };
	struct msghdr message = { .msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	ssize_t n = recvmsg(from, &message, MSG_CMSG_CLOEXEC);

	(void)what;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof error || STAILQ_EMPTY(&door->askers)) {
		on_end(door);
		return;
	}
	fd = find_descriptor(&message);
	if (fd == -1 && error == 0)
		error = EMFILE; /* it got lost on the way */
	tell_first(door, fd, strerror(error));
}

void
proxymap_door_start(struct proxymap_door *door, struct event_base *base)
{
	if (door->fd == -1)
		return;
	door->on_answer =
	    event_new(base, door->fd, EV_READ | EV_PERSIST, on_answer, door);
	if (door->on_answer == NULL)
		abort();
	event_add(door->on_answer, NULL);
}

int
proxymap_door_ask(struct proxymap_door *door, proxymap_opened *opened,
    void *arg)
{
	static const char one = 1;
	struct asker *asker;

	if (door->fd == -1 ||
	    send(door->fd, &one, sizeof one, MSG_NOSIGNAL) == -1)
		return -1;
	asker = xcalloc(1, sizeof *asker);
	asker->opened = opened;
	asker->arg = arg;
	STAILQ_INSERT_TAIL(&door->askers, asker, next);
	return 0;
}

void
proxymap_door_forget(struct proxymap_door *door, void *arg)
{
	struct asker *asker;

	STAILQ_FOREACH(asker, &door->askers, next)
	if (asker->arg == arg)
		asker->opened = NULL;
}

void
proxymap_door_free(struct proxymap_door *door)
{
	struct asker *asker;

	if (door == NULL)
		return;
	while ((asker = STAILQ_FIRST(&door->askers)) != NULL) {
		STAILQ_REMOVE_HEAD(&door->askers, next);
		free(asker);
	}
	if (door->on_answer != NULL)
		event_free(door->on_answer);
	if (door->fd != -1)
		close(door->fd);
	free(door->problem);
	free(door);
}
