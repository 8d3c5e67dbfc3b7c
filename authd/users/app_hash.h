#ifndef APP_HASH_H
#define APP_HASH_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * The hash of an app password: `$app$SALT$MAC`, both base64, the MAC
 * HMAC-SHA-256 with the salt as its key.  Fast, which is right only for
 * passwords that were generated with 100 bits of entropy or more.
 */
void app_hash_add(struct strbuf *out, const char *password, size_t len);
const char *app_hash_problem(const char *stored); /* NULL: it is one */
bool app_hash_verify(const char *stored, const char *password, size_t len);

#endif
