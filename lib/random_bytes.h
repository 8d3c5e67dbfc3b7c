#ifndef RANDOM_BYTES_H
#define RANDOM_BYTES_H

#include <stddef.h>

/* Fill from the kernel's generator; ends the process if there is none. */
void random_bytes(void *, size_t len);

#endif
