/*
 * The loop of a server that does nothing else.  What a real one needs beyond
 * this is its own; the rest is sockets and the load generator.
 */
#include <err.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "floor.h"
#include "mem.h"

#define FOR_EVER (3600 * 1000000000ull) /* until something happens */

struct server {
	struct stream listener; /* only its fd is used */
	void (*greet)(struct stream *);
	void (*answer)(struct stream *);
};

static void
accept_all(struct server *server)
{
	struct stream *stream;
	int fd;

	while ((fd = accept4(server->listener.fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		stream = xcalloc(1, sizeof *stream);
		stream_open(stream, fd, server->listener.epoll);
		if (server->greet)
			server->greet(stream);
		stream_write(stream);
	}
}

static void
on_readable(struct stream *stream, void *arg)
{
	struct server *server = arg;
	bool is_open;

	if (stream == &server->listener) {
		accept_all(server);
		return;
	}
	is_open = stream_read(stream);
	server->answer(stream);
	if (!is_open || !stream_write(stream)) {
		stream_close(stream);
		free(stream);
	}
}

void
floor_serve(const char *address, void (*greet)(struct stream *),
    void (*answer)(struct stream *))
{
	struct server server = { .greet = greet, .answer = answer };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	stream_open(&server.listener, stream_listen(address), epoll);
	for (;;)
		stream_wait(epoll, FOR_EVER, on_readable, &server);
}
