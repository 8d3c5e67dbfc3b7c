/*
 * Sockets of the load generators and floor servers.  No event library: what
 * is measured should be the server, and the floor should be a floor.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream.h"
#include "socket_address.h"

#define READ_SIZE 16384
#define EVENTS    64

static int
socket_open(const char *text, struct socket_address *address)
{
	struct strbuf why = { 0 };
	int fd;

	if (socket_address_parse(address, text, &why) == -1)
		errx(64, "%s: %s", text, strbuf_str(&why));
	fd = socket(address->sockaddr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	return fd;
}

static void
set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "fcntl");
}

static void
watch(struct stream *stream, int operation)
{
	struct epoll_event event = { .data.ptr = stream };

	event.events = stream->is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN;
	if (epoll_ctl(stream->epoll, operation, stream->fd, &event) == -1)
		err(1, "epoll_ctl");
}

int
stream_connect(const char *text)
{
	struct socket_address address;
	int fd = socket_open(text, &address);

	if (connect(fd, (struct sockaddr *)&address.sockaddr, address.len) ==
	    -1)
		err(1, "connect %s", text);
	set_nonblocking(fd);
	return fd;
}

int
stream_listen(const char *text)
{
	struct socket_address address;
	int fd = socket_open(text, &address);

	if (bind(fd, (struct sockaddr *)&address.sockaddr, address.len) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		err(1, "listen %s", text);
	set_nonblocking(fd);
	return fd;
}

void
stream_open(struct stream *stream, int fd, int epoll)
{
	*stream = (struct stream){ .fd = fd, .epoll = epoll };
	watch(stream, EPOLL_CTL_ADD);
}

void
stream_close(struct stream *stream)
{
	close(stream->fd);
	strbuf_free(&stream->in);
	strbuf_free(&stream->out);
}

bool
stream_read(struct stream *stream)
{
	struct strbuf *in = &stream->in;
	ssize_t got;

	strbuf_reserve(in, READ_SIZE);
	got = recv(stream->fd, in->bytes + in->len, READ_SIZE - 1, 0);
	if (got == -1)
		return errno == EAGAIN || errno == EINTR;
	in->len += (size_t)got;
	in->bytes[in->len] = '\0';
	return got > 0;
}

bool
stream_write(struct stream *stream)
{
	struct strbuf *out = &stream->out;
	ssize_t sent = 0;

	if (out->len > 0)
		sent = send(stream->fd, out->bytes, out->len, MSG_NOSIGNAL);
	if (sent == -1 && errno != EAGAIN && errno != EINTR)
		return false;
	if (sent > 0) {
		memmove(out->bytes, out->bytes + sent, out->len - (size_t)sent);
		strbuf_truncate(out, out->len - (size_t)sent);
	}
	if (stream->is_blocked != (out->len > 0)) {
		stream->is_blocked = out->len > 0;
		watch(stream, EPOLL_CTL_MOD);
	}
	return true;
}

void
stream_consume(struct stream *stream, size_t len)
{
	struct strbuf *in = &stream->in;

	memmove(in->bytes, in->bytes + len, in->len - len);
	strbuf_truncate(in, in->len - len);
}

void
stream_wait(int epoll, uint64_t timeout_ns,
    void (*on_readable)(struct stream *, void *arg), void *arg)
{
	struct epoll_event events[EVENTS];
	struct timespec timeout = { (time_t)(timeout_ns / 1000000000),
		(long)(timeout_ns % 1000000000) };
	int i, count = epoll_pwait2(epoll, events, EVENTS, &timeout, NULL);

	for (i = 0; i < count; i++) {
		if (events[i].events & EPOLLOUT)
			stream_write(events[i].data.ptr);
		if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			on_readable(events[i].data.ptr, arg);
	}
}
