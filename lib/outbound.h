#ifndef OUTBOUND_H
#define OUTBOUND_H

#include "strbuf.h"

/*
 * Whether mail can leave: a connection to another host's port is tried for a
 * second, and others of its ports beside it, which tells a filter from a host
 * that is away.  Nothing is said on it.
 */
#define OUTBOUND_MS 1000

enum outbound {
	OUTBOUND_OPEN,
	OUTBOUND_BLOCKED, /* other ports of the host answer */
	OUTBOUND_REFUSED, /* the host, or a filter, says no */
	OUTBOUND_SILENT,  /* no port of it answers */
	OUTBOUND_NO_NAME, /* the name cannot be looked up */
};

/*
 * host: as relayhost has it, HOST, [HOST], [HOST]:PORT or HOST:PORT; without
 * brackets its mail exchanger is taken, if it has one.  tried: "HOST:PORT" that
 * was tried.
 */
enum outbound outbound_try(const char *host, struct strbuf *tried);

#endif
