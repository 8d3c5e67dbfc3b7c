/*
 * Argon2, verified by libsodium.
 */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "argon2.h"

#define MEMORY_MAX      (128UL << 10) /* KiB */
#define MEMORY_TIME_MAX (512UL << 10) /* KiB times passes */

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
	if (lanes != 1)
		return "an Argon2 hash of more than one lane (p)";
	if (memory > MEMORY_MAX || memory * passes > MEMORY_TIME_MAX)
		return "its cost is too high (0.5 s, 128 MiB)";
	return NULL;
}

bool
argon2_verify(const char *stored, const char *password, size_t len)
{
	return argon2_problem(stored) == NULL && sodium_init() != -1 &&
	    crypto_pwhash_str_verify(stored, password, len) == 0;
}
