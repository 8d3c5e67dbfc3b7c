#ifndef HALF_OPEN_H
#define HALF_OPEN_H

#include <stdbool.h>

/* Whether a client that will say no more (its side is closed) can still hear
 * us: it may have closed both. */
bool half_open(int fd);

#endif
