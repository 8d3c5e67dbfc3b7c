#ifndef SUCCESS_CACHE_H
#define SUCCESS_CACHE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Logins that succeeded lately, so that the same password need not be hashed
 * again: a program that sends a hundred mails a minute logs in a hundred
 * times.  Holds nothing but keyed hashes over user, password and the bytes of
 * the user's record (so a changed record is another entry); the key is random
 * and never leaves the process.  Bounded.  Safe to use from several threads.
 * Times: milliseconds of a clock that never goes back.
 */
struct success_cache;

struct login_proof {
	const char *user; /* user@realm */
	const char *password;
	size_t password_len;
	const unsigned char *record_digest; /* 32 bytes */
};

/* time_ms: how long an entry counts; 0: not at all. */
struct success_cache *success_cache_new(size_t entries, long time_ms);
void success_cache_free(struct success_cache *); /* wipes */

/* Another time, also for the entries that are there. */
void success_cache_set_time(struct success_cache *, long time_ms);

void success_cache_add(struct success_cache *, const struct login_proof *,
    long now);
bool success_cache_has(struct success_cache *, const struct login_proof *,
    long now);

#endif
