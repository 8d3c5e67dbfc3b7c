/*
 * What logins add to records, and how it waits for that.
 */
#include <stdlib.h>
#include <string.h>

#include <nettle/sha2.h>

#include "rehash.h"
#include "encoding.h"
#include "mem.h"
#include "scram.h"

#define FIRST_LINE "sekisho-rehash 1"

unsigned
rehash_missing(const struct secrets *secrets,
    const struct credential_options *options)
{
	unsigned missing = 0;

	if (secrets->password != NULL &&
	    credential_is_weaker(secrets->password, options->password_scheme))
		missing |= 1U << MECHANISM_PLAIN;
	for (enum mechanism m = 0; m < MECHANISMS; m++)
		if (mechanism_scram(m) != SCRAM_HASHES &&
		    mechanism_secret(m, secrets) == NULL)
			missing |= options->mechanisms & 1U << m;
	return missing;
}

bool
rehash_is_certain(const char *stored, const char *password, size_t len)
{
	struct strbuf prepared = { 0 };
	bool is_certain;

	strbuf_reserve(&prepared, 4 * len + 1);
	is_certain = credential_sees_all(stored, password, len) &&
	    (!credential_saslprep(password, len, &prepared) ||
		credential_sees_all(stored, prepared.bytes, prepared.len));
	strbuf_wipe(&prepared);
	return is_certain;
}

void
rehash_name(const char *user, const char *stored,
    char name[REHASH_NAME_LEN + 1])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct strbuf hex = { 0 };
	struct sha256_ctx ctx;

	_Static_assert(2 * sizeof digest == REHASH_NAME_LEN, "in hex");
	sha256_init(&ctx);
	sha256_update(&ctx, sizeof FIRST_LINE, (const uint8_t *)FIRST_LINE);
	sha256_update(&ctx, strlen(user) + 1, (const uint8_t *)user);
	sha256_update(&ctx, strlen(stored), (const uint8_t *)stored);
	sha256_digest(&ctx, sizeof digest, digest);
	explicit_bzero(&ctx, sizeof ctx);
	hex_add(&hex, digest, sizeof digest);
	memcpy(name, hex.bytes, REHASH_NAME_LEN + 1);
	strbuf_free(&hex);
}

bool
rehash_is_name(const char *name)
{
	return strlen(name) == REHASH_NAME_LEN &&
	    strspn(name, "0123456789abcdef") == REHASH_NAME_LEN;
}

void
rehash_encode(const struct rehash_entry *entry, struct strbuf *out)
{
	strbuf_reserve(out, REHASH_ENTRY_MAX);
	strbuf_addf(out, FIRST_LINE "\nuser=%s\n", entry->user);
	secrets_encode(&entry->secrets, "", out);
}

/* line is cut in two at its `=`. */
static bool
take_line(struct rehash_entry *entry, char *line)
{
	char *equals = strchr(line, '=');

	if (equals == NULL)
		return false;
	*equals++ = '\0';
	if (strcmp(line, "user") != 0)
		return secrets_take(&entry->secrets, line, equals) == TAKEN;
	if (entry->user != NULL)
		return false;
	entry->user = xstrdup(equals);
	return true;
}

/* text is cut into its lines.  Behind the last LF nothing may come. */
static bool
take_text(struct rehash_entry *entry, char *text)
{
	char *line = strsep(&text, "\n");
	bool is_good = strcmp(line, FIRST_LINE) == 0;

	while (is_good && text != NULL &&
	    (line = strsep(&text, "\n")) != NULL && text != NULL)
		is_good = take_line(entry, line);
	return is_good && *line == '\0' && entry->user != NULL;
}

int
rehash_decode(struct rehash_entry *entry, const char *bytes, size_t len,
    struct strbuf *err)
{
	char *copy = xcalloc(len + 1, 1);
	bool is_good;

	*entry = (struct rehash_entry){ 0 };
	memcpy(copy, bytes, len);
	is_good = strlen(copy) == len && take_text(entry, copy);
	if (!is_good)
		strbuf_adds(err, "not what authd writes, or not whole");
	secret_free(copy, len);
	return is_good ? 0 : -1;
}

void
rehash_entry_free(struct rehash_entry *entry)
{
	free(entry->user);
	secrets_free(&entry->secrets);
	*entry = (struct rehash_entry){ 0 };
}

/* Whether it is one that would be made today. */
static bool
is_scram_of(const char *stored, enum scram_hash hash, unsigned iterations)
{
	struct scram_secret secret;
	bool is_good = scram_parse(&secret, stored) && secret.hash == hash &&
	    secret.iterations == iterations;

	explicit_bzero(&secret, sizeof secret);
	return is_good;
}

static void
move(char **to, char **from)
{
	secret_free(*to, *to != NULL ? strlen(*to) : 0);
	*to = *from;
	*from = NULL;
}

unsigned
rehash_add(struct secrets *record, struct secrets *more,
    const struct credential_options *options)
{
	unsigned missing = rehash_missing(record, options), added = 0;

	if (missing & 1U << MECHANISM_PLAIN && more->password != NULL &&
	    credential_is_of(more->password, options->password_scheme)) {
		move(&record->password, &more->password);
		added |= 1U << MECHANISM_PLAIN;
	}
	for (enum mechanism m = 0; m < MECHANISMS; m++) {
		enum scram_hash hash = mechanism_scram(m);

		if (hash != SCRAM_HASHES && missing & 1U << m &&
		    more->scram[hash] != NULL &&
		    is_scram_of(more->scram[hash], hash,
			options->scram_iterations)) {
			move(&record->scram[hash], &more->scram[hash]);
			added |= 1U << m;
		}
	}
	return added;
}
