#ifndef WIPE_H
#define WIPE_H

#include <stddef.h>

/*
 * Allocation for libraries that handle passwords and do not wipe them
 * (libevent's buffers, libsasl2): free and realloc leave nothing behind.
 */
void wipe_free(void *);
void *wipe_realloc(void *, size_t);

/* Give libevent these functions; before any other call to it. */
void wipe_libevent(void);

#endif
