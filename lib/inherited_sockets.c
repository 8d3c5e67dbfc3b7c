/*
 * Socket activation without libsystemd: descriptors from 3 on are ours when
 * LISTEN_PID says so.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "inherited_sockets.h"
#include "log.h"

#define FIRST_FD 3
#define MOST     32

static int fds[MOST]; /* -1: taken */
static size_t nfds;

static long
environment_number(const char *name)
{
	const char *text = getenv(name);

	return text != NULL ? strtol(text, NULL, 10) : 0;
}

/* A count that is too large must not make us close what is not the manager's.
 */
static bool
is_passed(int fd)
{
	int listens = 0;
	socklen_t len = sizeof listens;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
	    listens;
}

static void
find_sockets(void)
{
	long count;

	if (environment_number("LISTEN_PID") != getpid())
		return;
	count = environment_number("LISTEN_FDS");
	if (count > MOST) {
		log_warn("LISTEN_FDS=%ld: only the first %d are looked at",
		    count, MOST);
		count = MOST;
	}
	for (int fd = FIRST_FD; fd < FIRST_FD + count; fd++) {
		if (!is_passed(fd)) {
			log_warn("LISTEN_FDS=%ld: descriptor %d is no socket "
				 "that listens",
			    count, fd);
			continue;
		}
		fds[nfds++] = fd;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

/* Whether the descriptor is a stream socket that listens on the address. */
static bool
is_bound_to(int fd, const struct socket_address *address)
{
	struct socket_address own = { .len = sizeof own.sockaddr };
	int type = 0;
	socklen_t len = sizeof type;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    type != SOCK_STREAM ||
	    getsockname(fd, (struct sockaddr *)&own.sockaddr, &own.len) == -1 ||
	    own.sockaddr.ss_family != address->sockaddr.ss_family)
		return false;
	if (own.sockaddr.ss_family == AF_UNIX)
		return strncmp(socket_address_path(&own),
			   socket_address_path(address),
			   sizeof((struct sockaddr_un *)NULL)->sun_path) == 0;
	return own.len == address->len &&
	    memcmp(&own.sockaddr, &address->sockaddr, own.len) == 0;
}

int
inherited_socket_take(const struct socket_address *address)
{
	find_sockets();
	for (size_t i = 0; i < nfds; i++) {
		int fd = fds[i];

		if (fd != -1 && is_bound_to(fd, address)) {
			fds[i] = -1;
			return fd;
		}
	}
	return -1;
}

static void
warn_untaken(int fd)
{
	struct socket_address own = { .len = sizeof own.sockaddr };
	const char *path = NULL;

	if (getsockname(fd, (struct sockaddr *)&own.sockaddr, &own.len) == 0)
		path = socket_address_path(&own);
	log_warn("the service manager listens on %s, which is not configured: "
		 "nobody answers there; make ListenStream= in the socket unit "
		 "the same as listen, and restart that unit and this",
	    path != NULL ? path : "a port");
}

void
inherited_sockets_close(void)
{
	for (size_t i = 0; i < nfds; i++) {
		if (fds[i] == -1)
			continue;
		warn_untaken(fds[i]);
		close(fds[i]);
	}
	nfds = 0;
}
