/*
 * The life of a daemon: background, pid file, drop of privileges, signals,
 * and word to the service manager (sd_notify(3) without libsystemd).
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <event2/event.h>

#include "daemon.h"
#include "clock.h"
#include "log.h"

/* The group whose members read the configuration: the administrators'. */
#define GROUP "sekisho"

/* How long the pid file is waited for, of one who is ending. */
#define LOCK_TRIES 1000
#define LOCK_MS    10

static int ready_fd = -1; /* pipe to the parent that waits */

static struct {
	int fd;
	pid_t owner;
} pid_file = { .fd = -1 };

static struct {
	void (*stop)(void *arg);
	void (*reload)(void *arg);
	void *arg;
	struct event *term, *interrupt, *hangup;
} signals;

/* Let descriptor to be /dev/null. */
static void
silence(int to)
{
	int fd = open("/dev/null", O_RDWR);

	if (fd == -1)
		return;
	dup2(fd, to);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* The parent's part: until the child is ready or has ended. */
static void __attribute__((noreturn)) wait_for(pid_t child, int fd)
{
	ssize_t n;
	char byte;
	int status;

	do
		n = read(fd, &byte, 1);
	while (n == -1 && errno == EINTR);
	if (n == 1)
		_exit(0);
	while (waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			_exit(EX_OSERR);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE);
}

void
daemon_detach(void)
{
	int fds[2];
	pid_t child;

	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC) == -1 || (child = fork()) == -1) {
		log_error("go into the background: %s", strerror(errno));
		exit(EX_OSERR);
	}
	if (child != 0) {
		close(fds[1]);
		wait_for(child, fds[0]);
	}
	close(fds[0]);
	ready_fd = fds[1];
	setsid();
	if (chdir("/") == -1)
		log_warn("chdir /: %s", strerror(errno));
	silence(STDIN_FILENO);
	silence(STDOUT_FILENO);
}

static void
empty_pid_file(void)
{
	if (pid_file.owner == getpid() && ftruncate(pid_file.fd, 0) == -1)
		log_debug("empty the pid file: %s", strerror(errno));
}

static void
explain_lock(int fd, const char *path, struct strbuf *err)
{
	char pid[20] = "";

	if (pread(fd, pid, sizeof pid - 1, 0) == -1)
		pid[0] = '\0';
	pid[strspn(pid, "0123456789")] = '\0';
	strbuf_addf(err,
	    "%s: already running, process %s: stop it, or name another "
	    "pid_file",
	    path, pid[0] != '\0' ? pid : "unknown");
}

/*
 * Who has emptied the file is at his very end, and holds it until the kernel
 * has taken back what he had.
 */
static int
lock(int fd)
{
	struct stat st;

	for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) == -1; tries++) {
		if (errno != EWOULDBLOCK || tries == LOCK_TRIES ||
		    fstat(fd, &st) == -1 || st.st_size > 0)
			return -1;
		poll(NULL, 0, LOCK_MS);
	}
	return 0;
}

int
daemon_pid_file(const char *path, struct strbuf *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd == -1) {
		strbuf_addf(err, "pid_file %s: %s", path, strerror(errno));
		if (errno == ENOENT)
			strbuf_adds(err, ": create its directory");
		else if (errno == EACCES)
			strbuf_adds(err,
			    ": start as root or name another path");
		return -1;
	}
	if (lock(fd) == -1) {
		explain_lock(fd, path, err);
		close(fd);
		return -1;
	}
	if (ftruncate(fd, 0) == -1 ||
	    dprintf(fd, "%ld\n", (long)getpid()) < 0) {
		strbuf_addf(err, "pid_file %s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	pid_file.fd = fd;
	pid_file.owner = getpid();
	atexit(empty_pid_file);
	return 0;
}

static void
explain_no_user(const char *user, struct strbuf *err)
{
	strbuf_adds(err, "no such user: ");
	if (getgrnam(GROUP) == NULL)
		strbuf_adds(err, "groupadd --system " GROUP " && ");
	strbuf_addf(err,
	    "useradd --system --user-group --groups " GROUP
	    " --no-create-home --shell /usr/sbin/nologin %s",
	    user);
}

/* Whether some way back to root is left. */
static bool
can_come_back(uid_t uid, gid_t gid)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	return getresuid(&ruid, &euid, &suid) == -1 || ruid != uid ||
	    euid != uid || suid != uid ||
	    getresgid(&rgid, &egid, &sgid) == -1 || rgid != gid ||
	    egid != gid || sgid != gid || setuid(0) != -1 || seteuid(0) != -1;
}

/* The user to become; NULL with the reason in err, or with none when the
 * process stays what it is. */
static const struct passwd *
find_user(const char *user, struct strbuf *err)
{
	const struct passwd *pw;

	if (geteuid() != 0 || *user == '\0')
		return NULL;
	errno = 0;
	pw = getpwnam(user);
	if (pw != NULL)
		return pw->pw_uid != 0 ? pw : NULL;
	if (errno != 0 && errno != ENOENT && errno != ESRCH)
		strbuf_adds(err, strerror(errno));
	else if (getpwuid(0) == NULL)
		strbuf_adds(err,
		    "users cannot be looked up, not even root: is /etc/passwd "
		    "readable, and is installed what /etc/nsswitch.conf "
		    "names?");
	else
		explain_no_user(user, err);
	return NULL;
}

int
daemon_become(const char *user, struct strbuf *err)
{
	struct strbuf why = { 0 };
	const struct passwd *pw = find_user(user, &why);

	if (pw == NULL && why.len > 0) {
		strbuf_addf(err, "user = %s: %s", user, strbuf_str(&why));
		strbuf_free(&why);
		return -1;
	}
	if (pw == NULL) {
		if (geteuid() == 0)
			log_warn("user = %s: the daemon stays root",
			    *user != '\0' ? user : "(empty)");
		return 0;
	}
	if (initgroups(user, pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1) {
		strbuf_addf(err, "become user %s: %s", user, strerror(errno));
		return -1;
	}
	if (can_come_back(pw->pw_uid, pw->pw_gid)) {
		strbuf_addf(err, "become user %s: the way back to root is open",
		    user);
		return -1;
	}
	return 0;
}

int
daemon_check_user(const char *user, struct strbuf *why)
{
	size_t before = why->len;

	find_user(user, why);
	return why->len > before ? -1 : 0;
}

/* One datagram to the socket that NOTIFY_SOCKET names, if it does. */
static void
notify(const char *state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof un.sun_path ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(un.sun_path, path, len);
	if (path[0] == '@')
		un.sun_path[0] = '\0'; /* abstract */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		(struct sockaddr *)&un,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) ==
		-1)
		log_warn("notify the service manager: %s", strerror(errno));
	if (fd != -1)
		close(fd);
}

void
daemon_ready(void)
{
	if (ready_fd != -1) {
		silence(STDERR_FILENO);
		if (write(ready_fd, "", 1) == -1)
			log_debug("the parent is gone: %s", strerror(errno));
		close(ready_fd);
		ready_fd = -1;
	}
	notify("READY=1");
}

void
daemon_reloading(void)
{
	struct strbuf state = { 0 };

	strbuf_addf(&state, "RELOADING=1\nMONOTONIC_USEC=%lld", clock_us());
	notify(strbuf_str(&state));
	strbuf_free(&state);
}

void
daemon_stopping(void)
{
	notify("STOPPING=1");
}

static void
on_stop(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	(void)arg;
	signals.stop(signals.arg);
}

static void
on_reload(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	(void)arg;
	signals.reload(signals.arg);
}

static struct event *
watch(struct event_base *base, int number, event_callback_fn callback)
{
	struct event *event = evsignal_new(base, number, callback, NULL);

	if (event == NULL || event_add(event, NULL) == -1)
		abort();
	return event;
}

void
daemon_signals(struct event_base *base, void (*stop)(void *arg),
    void (*reload)(void *arg), void *arg)
{
	signals.stop = stop;
	signals.reload = reload;
	signals.arg = arg;
	signals.term = watch(base, SIGTERM, on_stop);
	signals.interrupt = watch(base, SIGINT, on_stop);
	signals.hangup = watch(base, SIGHUP, on_reload);
	signal(SIGPIPE, SIG_IGN);
}

void
daemon_raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warn("raise the limit of descriptors: %s", strerror(errno));
}
