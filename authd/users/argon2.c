/*
 * Argon2, verified by libsodium.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <sodium.h>

#include "argon2.h"

#define MEMORY_MAX      (128UL << 10) /* KiB */
#define MEMORY_TIME_MAX (512UL << 10) /* KiB times passes */
#define LANES_MAX       255           /* computed one after the other */

const char *
argon2_problem(const char *stored)
{
	unsigned long memory, passes, lanes;
	int end = 0;
	char variant[3] = "";

	if (strlen(stored) >= crypto_pwhash_STRBYTES ||
	    sscanf(stored, "$argon2%2[id]$v=19$m=%9lu,t=%9lu,p=%9lu$%n",
		variant, &memory, &passes, &lanes, &end) != 4 ||
	    end == 0 ||
	    (strcmp(variant, "i") != 0 && strcmp(variant, "id") != 0))
		return "not an Argon2 hash (i or id, version 19)";
	if (strchr(stored + end, '$') == NULL)
		return "the hash is not whole";
	if (lanes == 0 || lanes > LANES_MAX || memory < 8 * lanes)
		return "not an Argon2 hash: RFC 9106 has no such p and m";
	if (memory > MEMORY_MAX || memory * passes > MEMORY_TIME_MAX)
		return "its cost is too high (0.5 s, 128 MiB)";
	return NULL;
}

/* The library says "another password" for want of memory, too. */
static bool
has_memory_for(const char *stored)
{
	unsigned long kib = 1;
	void *memory;

	sscanf(stored, "$argon2%*[id]$v=19$m=%9lu", &kib);
	memory = mmap(NULL, kib << 10, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	munmap(memory, kib << 10);
	return true;
}

bool
argon2_verify(const char *stored, const char *password, size_t len)
{
	bool equal = sodium_init() != -1 &&
	    crypto_pwhash_str_verify(stored, password, len) == 0;

	errno = equal || has_memory_for(stored) ? 0 : ENOMEM;
	return equal;
}
