/*
 * Random bytes for salts, keys and generated passwords.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "random_bytes.h"
#include "log.h"

void
random_bytes(void *bytes, size_t len)
{
	unsigned char *p = bytes;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			log_error("getrandom: no random bytes");
			abort();
		}
		p += n;
		len -= (size_t)n;
	}
}
