/*
 * Sockets that are listened on: opened at start, with the privileges of the
 * start, accepted from later.
 *
 * Nobody can connect to a unix socket before its owner and mode are right:
 * the umask gives the mode at bind, and a connection is refused until listen.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "inherited_sockets.h"
#include "listen_value.h"
#include "listener.h"
#include "log.h"
#include "mem.h"

/* Connections taken from one socket before others have their turn. */
#define ACCEPT_BATCH 64

/* One descriptor of so many is kept for lookups and files. */
#define RESERVE_SHARE 8

static const struct timeval pause_time = { .tv_sec = 1 };
static const char few_descriptors[] =
    "few descriptors are left: raise LimitNOFILE= of the service or ulimit -n";

struct listener {
	struct listeners *listeners;
	char *text; /* unix:PATH, for the log */
	int fd;
	bool is_inet;
	struct event *event;
};

struct listeners {
	struct listener *all;
	size_t count;
	void (*accepted)(int fd, void *arg);
	void *arg;
	rlim_t fd_limit;      /* a descriptor from here on: pause */
	struct event *resume; /* timer; pending: accepting pauses */
	bool is_starved;      /* paused, and not yet caught up: logged */
};

int
listeners_check(const struct conf_text *text,
    const struct listener_defaults *defaults, struct strbuf *err)
{
	struct strbuf warnings = { 0 };
	struct listen_value value;
	int result = listen_value_parse(&value, text, defaults, err, &warnings);

	listen_value_free(&value);
	strbuf_free(&warnings);
	return result;
}

char *
listeners_first_address(const struct conf_text *text)
{
	struct strbuf ignored = { 0 };
	struct conf_word word;
	char *address = NULL;
	size_t pos = 0;

	if (conf_next_word(text, &pos, &word, &ignored) == 1) {
		conf_word_unbrace(&word);
		address = conf_word_dup(&word);
		address[strcspn(address, ", \t\r\n")] = '\0';
	}
	strbuf_free(&ignored);
	return address;
}

/* Remove a socket file that nobody listens on. */
static int
remove_dead(const struct listen_address *address, const char *path,
    struct strbuf *err)
{
	const struct sockaddr *sa = (const void *)&address->socket.sockaddr;
	struct stat st;
	int fd, result;

	if (lstat(path, &st) == -1)
		return 0; /* bind will tell, if it is more than missing */
	if (!S_ISSOCK(st.st_mode)) {
		strbuf_addf(err,
		    "%s: there is a file that is not a socket: remove it or "
		    "name another path\n",
		    address->text);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1) {
		strbuf_addf(err, "socket: %s\n", strerror(errno));
		return -1;
	}
	result = connect(fd, sa, address->socket.len);
	if (result == -1 && errno == ECONNREFUSED) {
		result = unlink(path);
		if (result == -1)
			strbuf_addf(err, "%s: remove the dead socket: %s\n",
			    address->text, strerror(errno));
	} else if (result == -1 && errno == EACCES) {
		strbuf_addf(err,
		    "%s: another user's socket is there: remove it or name "
		    "another path\n",
		    address->text);
	} else {
		result = -1;
		strbuf_addf(err,
		    "%s: another process listens there: stop it or name "
		    "another path (ss -xlp shows which)\n",
		    address->text);
	}
	close(fd);
	return result;
}

/* bind(2) on path failed with error. */
static void
explain_unix(const char *text, const char *path, int error, struct strbuf *err)
{
	const struct passwd *pw = getpwuid(geteuid());
	char *copy = xstrdup(path);
	const char *dir = dirname(copy);

	if (error == ENOENT || error == ENOTDIR)
		strbuf_addf(err,
		    "%s: no directory %s: create it (mkdir -p "
		    "%s)\n",
		    text, dir, dir);
	else if (error == EACCES || error == EPERM)
		strbuf_addf(err,
		    "%s: %s is not writable for user %s: start "
		    "as root or name another path\n",
		    text, dir, pw != NULL ? pw->pw_name : "?");
	else
		strbuf_addf(err, "%s: bind: %s\n", text, strerror(error));
	free(copy);
}

/* A descriptor that does not follow links can only be changed by its name. */
static int
change_mode(int fd, mode_t mode)
{
	char *name = xasprintf("/proc/self/fd/%d", fd);
	int result = chmod(name, mode);

	free(name);
	return result;
}

/* Give the socket to its owner, and nothing else that may stand there.  One
 * that the service manager opened may need its mode, too. */
static int
give_away(const struct listen_address *address, const char *path,
    struct strbuf *err)
{
	int fd, result = -1;
	struct stat st;

	if (address->uid == (uid_t)-1 && address->gid == (gid_t)-1)
		return 0;
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
		result =
		    fchownat(fd, "", address->uid, address->gid, AT_EMPTY_PATH);
	if (result == 0 && (st.st_mode & ALLPERMS) != address->mode)
		result = change_mode(fd, address->mode);
	if (result == -1)
		strbuf_addf(err, "%s: change owner and mode: %s\n",
		    address->text, strerror(errno));
	if (fd != -1)
		close(fd);
	return result;
}

static int
bind_unix(int fd, const struct listen_address *address, struct strbuf *err)
{
	const struct sockaddr *sa = (const void *)&address->socket.sockaddr;
	const char *path = socket_address_path(&address->socket);
	mode_t mask;
	int result, error;

	if (remove_dead(address, path, err) == -1)
		return -1;
	mask = umask(0777 & ~address->mode);
	result = bind(fd, sa, address->socket.len);
	error = errno;
	umask(mask);
	if (result == -1) {
		explain_unix(address->text, path, error, err);
		return -1;
	}
	return give_away(address, path, err);
}

static int
bind_inet(int fd, const struct listen_address *address, struct strbuf *err)
{
	const struct sockaddr *sa = (const void *)&address->socket.sockaddr;
	const char *fix = NULL;
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (sa->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, sa, address->socket.len) == 0)
		return 0;
	if (errno == EADDRINUSE)
		fix = "the port is in use: stop what listens there (ss -ltnp "
		      "shows it) or name another port";
	else if (errno == EADDRNOTAVAIL)
		fix = "this machine has no such address (ip address shows "
		      "them)";
	else if (errno == EACCES)
		fix = "a port below 1024 is for root: start as root or name "
		      "another port";
	strbuf_addf(err, "%s: %s\n", address->text,
	    fix != NULL ? fix : strerror(errno));
	return -1;
}

/* Returns the descriptor, or -1. */
/* The service manager may have its own idea of whose the socket is. */
static int
take_over(int fd, const struct listen_address *address, struct strbuf *err)
{
	const char *path = socket_address_path(&address->socket);

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	if (path == NULL || path[0] != '/' ||
	    give_away(address, path, err) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
open_address(const struct listen_address *address, struct strbuf *err)
{
	int family = address->socket.sockaddr.ss_family;
	int fd = inherited_socket_take(&address->socket);
	int result;

	if (fd != -1)
		return take_over(fd, address, err);
	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1) {
		strbuf_addf(err, "%s: socket: %s\n", address->text,
		    strerror(errno));
		return -1;
	}
	if (family == AF_UNIX)
		result = bind_unix(fd, address, err);
	else
		result = bind_inet(fd, address, err);
	if (result == 0 && listen(fd, SOMAXCONN) == -1) {
		strbuf_addf(err, "%s: listen: %s\n", address->text,
		    strerror(errno));
		result = -1;
	}
	if (result == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

struct listeners *
listeners_open(const struct conf_text *text,
    const struct listener_defaults *defaults, struct strbuf *err)
{
	struct listeners *ls = xcalloc(1, sizeof *ls);
	struct strbuf warnings = { 0 };
	struct listen_value value;
	int result = listen_value_parse(&value, text, defaults, err, &warnings);

	log_lines(LOG_LEVEL_WARN, strbuf_str(&warnings));
	strbuf_free(&warnings);
	if (result == 0)
		ls->all = xcalloc(value.count, sizeof *ls->all);
	for (size_t i = 0; ls->all != NULL && i < value.count; i++) {
		struct listen_address *address = &value.addresses[i];
		int fd = open_address(address, err);

		if (fd == -1) {
			result = -1;
			continue;
		}
		ls->all[ls->count++] = (struct listener){
			.listeners = ls,
			.text = address->text,
			.fd = fd,
			.is_inet =
			    address->socket.sockaddr.ss_family != AF_UNIX,
		};
		address->text = NULL;
	}
	listen_value_free(&value);
	if (result == -1) {
		listeners_free(ls);
		return NULL;
	}
	return ls;
}

static void
pause_accepting(struct listeners *ls, const char *why)
{
	for (size_t i = 0; i < ls->count; i++)
		event_del(ls->all[i].event);
	evtimer_add(ls->resume, &pause_time);
	if (!ls->is_starved)
		log_warn("accepting on %s pauses, existing connections go on: "
			 "%s",
		    ls->all[0].text, why);
	ls->is_starved = true;
}

static void
caught_up(struct listeners *ls)
{
	if (ls->is_starved)
		log_info("accepting on %s goes on", ls->all[0].text);
	ls->is_starved = false;
}

static void
on_connection(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;
	struct listeners *ls = l->listeners;
	int client, on = 1;

	(void)what;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (client == -1 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (client == -1 && errno == EAGAIN) {
			caught_up(ls);
			return;
		}
		if (client == -1) {
			pause_accepting(ls,
			    errno == EMFILE ? few_descriptors
					    : strerror(errno));
			return;
		}
		if (l->is_inet)
			setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on,
			    sizeof on);
		ls->accepted(client, ls->arg);
		if ((rlim_t)client >= ls->fd_limit) {
			pause_accepting(ls, few_descriptors);
			return;
		}
	}
}

/* Whether a new descriptor would be below the limit. */
static bool
has_descriptors(const struct listeners *ls)
{
	int fd = fcntl(ls->all[0].fd, F_DUPFD_CLOEXEC, 0);

	if (fd == -1)
		return false;
	close(fd);
	return (rlim_t)fd < ls->fd_limit;
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct listeners *ls = arg;

	(void)fd;
	(void)what;
	if (!has_descriptors(ls)) {
		evtimer_add(ls->resume, &pause_time);
		return;
	}
	for (size_t i = 0; i < ls->count; i++)
		event_add(ls->all[i].event, NULL);
}

void
listeners_start(struct listeners *ls, struct event_base *base,
    void (*accepted)(int fd, void *arg), void *arg)
{
	struct rlimit limit;

	inherited_sockets_close();
	ls->accepted = accepted;
	ls->arg = arg;
	ls->fd_limit = RLIM_INFINITY;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		ls->fd_limit = limit.rlim_cur - limit.rlim_cur / RESERVE_SHARE;
	ls->resume = evtimer_new(base, on_resume, ls);
	if (ls->resume == NULL)
		abort();
	for (size_t i = 0; i < ls->count; i++) {
		struct listener *l = &ls->all[i];

		l->event = event_new(base, l->fd, EV_READ | EV_PERSIST,
		    on_connection, l);
		if (l->event == NULL || event_add(l->event, NULL) == -1)
			abort();
	}
}

void
listeners_free(struct listeners *ls)
{
	if (ls == NULL)
		return;
	for (size_t i = 0; i < ls->count; i++) {
		if (ls->all[i].event != NULL)
			event_free(ls->all[i].event);
		close(ls->all[i].fd);
		free(ls->all[i].text);
	}
	if (ls->resume != NULL)
		event_free(ls->resume);
	free(ls->all);
	free(ls);
}
