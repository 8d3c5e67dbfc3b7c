/*
 * Clients that close their side when they have said all.
 */
#include <poll.h>

#include "half_open.h"

bool
half_open(int fd)
{
	struct pollfd pollfd = { .fd = fd };

	return poll(&pollfd, 1, 0) == 0; /* POLLHUP: both sides */
}
