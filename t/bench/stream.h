#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "strbuf.h"

/*
 * A non-blocking stream socket in an epoll set: what came in and was not
 * consumed yet, what waits to go out.  Events carry a pointer to it, so let
 * it be the first member of what is kept for a connection.
 */
struct stream {
	int fd;
	int epoll;
	bool is_blocked; /* out waits until the peer has read */
	struct strbuf in;
	struct strbuf out;
};

/* address: unix:PATH or inet:ADDRESS:PORT.  Both end the program when they
 * cannot have it; connecting waits while the server's backlog is full. */
int stream_connect(const char *address);
int stream_listen(const char *address); /* non-blocking */

/* stream_open takes ownership of fd, stream_close frees all but the struct. */
void stream_open(struct stream *, int fd, int epoll);
void stream_close(struct stream *);

/* Both return false when the peer has closed. */
bool stream_read(struct stream *);  /* append to in what there is */
bool stream_write(struct stream *); /* what the socket takes of out */

/* Drop the first len bytes of in. */
void stream_consume(struct stream *, size_t len);

/* Wait so long, at most, for events of all streams, write what was blocked,
 * and call on_readable for those that have something to read. */
void stream_wait(int epoll, uint64_t timeout_ns,
    void (*on_readable)(struct stream *, void *arg), void *arg);

#endif
