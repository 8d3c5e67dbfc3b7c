/*
 * Password schemes by the names that Dovecot gives them.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import_scheme.h"
#include "cram_md5.h"
#include "credential.h"
#include "digest_scheme.h"
#include "encoding.h"
#include "mem.h"
#include "pbkdf2_scheme.h"
#include "scram.h"

/* Each takes the text behind the scheme and returns false when it is none. */

static bool
take_crypt(const char *scheme, const char *text, struct secrets *secrets)
{
	(void)scheme;
	if (*text == '{' || strncmp(text, "SCRAM-", strlen("SCRAM-")) == 0)
		return false; /* ours, but nobody else's */
	secrets->password = xstrdup(text);
	return true;
}

static bool
take_pbkdf2(const char *scheme, const char *text, struct secrets *secrets)
{
	(void)scheme;
	secrets->password = xasprintf(PBKDF2_PREFIX "%s", text);
	return true;
}

static bool
take_digest(const char *scheme, const char *text, struct secrets *secrets)
{
	struct strbuf stored = { 0 };

	if (!digest_scheme_import(&stored, scheme, text))
		return false;
	secrets->password = strbuf_detach(&stored);
	return true;
}

/* `ITERATIONS,SALT,STOREDKEY,SERVERKEY` becomes the text of RFC 5803, which
 * serves PLAIN and LOGIN as well. */
static bool
take_scram(const char *scheme, const char *text, struct secrets *secrets)
{
	struct strbuf stored = { 0 };
	struct scram_secret secret;
	static const char separators[] = ":$:";
	size_t commas = 0;
	bool ok;

	strbuf_reserve(&stored, strlen(text) + 32);
	for (const char *p = scheme; *p != '\0'; p++)
		strbuf_addc(&stored,
		    *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
	strbuf_addc(&stored, '$');
	for (const char *p = text; *p != '\0'; p++)
		if (*p == ',' && commas < strlen(separators))
			strbuf_addc(&stored, separators[commas++]);
		else
			strbuf_addc(&stored, *p);
	ok = scram_parse(&secret, stored.bytes);
	if (ok) {
		secrets->scram[secret.hash] = xstrdup(stored.bytes);
		secrets->password = xstrdup(stored.bytes);
	}
	explicit_bzero(&secret, sizeof secret);
	strbuf_wipe(&stored);
	return ok;
}

static bool
take_cram(const char *scheme, const char *text, struct secrets *secrets)
{
	struct strbuf state = { 0 };

	(void)scheme;
	if (!cram_md5_from_dovecot(&state, text))
		return false;
	secrets->password = xasprintf("{CRAM-MD5}%s", state.bytes);
	secrets->cram_md5 = strbuf_detach(&state);
	return true;
}

static const struct scheme {
	const char *name;
	bool (*take)(const char *scheme, const char *text, struct secrets *);
} schemes[] = {
	{ "CRYPT", take_crypt },
	{ "SHA512-CRYPT", take_crypt },
	{ "SHA256-CRYPT", take_crypt },
	{ "BLF-CRYPT", take_crypt },
	{ "MD5-CRYPT", take_crypt },
	{ "MD5", take_crypt }, /* Dovecot's old name for MD5-CRYPT */
	{ "DES-CRYPT", take_crypt },
	{ "ARGON2I", take_crypt },
	{ "ARGON2ID", take_crypt },
	{ "SCRAM-SHA-1", take_scram },
	{ "SCRAM-SHA-256", take_scram },
	{ "PBKDF2", take_pbkdf2 },
	{ "CRAM-MD5", take_cram },
	{ "HMAC-MD5", take_cram },
};

/* A password in the clear, with Dovecot's suffixes `.b64` and `.hex`. */
static bool
take_plaintext(const char *scheme, const char *text, struct strbuf *plain)
{
	static const char *const names[] = { "PLAIN", "CLEAR", "CLEARTEXT" };
	size_t len = strcspn(scheme, ".");
	const char *suffix = scheme + len;
	bool is_plain = false;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strlen(names[i]) == len &&
		    strncasecmp(names[i], scheme, len) == 0)
			is_plain = true;
	if (!is_plain)
		return false;
	strbuf_reserve(plain, strlen(text));
	if (*suffix == '\0') {
		strbuf_adds(plain, text);
		return true;
	}
	if (strcasecmp(suffix, ".hex") == 0)
		return hex_decode(plain, text, strlen(text));
	return (strcasecmp(suffix, ".b64") == 0 ||
		   strcasecmp(suffix, ".base64") == 0) &&
	    base64_decode(plain, text, strlen(text));
}

static bool
take(const char *scheme, const char *text, struct secrets *secrets)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (strcasecmp(schemes[i].name, scheme) == 0)
			return schemes[i].take(scheme, text, secrets);
	return take_digest(scheme, text, secrets);
}

enum import_result
import_scheme_take(const char *field, const char *implied,
    struct secrets *secrets, struct strbuf *plain, struct strbuf *err)
{
	const char *end = *field == '{' ? strchr(field, '}') : NULL;
	char *scheme = end != NULL
	    ? xstrndup(field + 1, (size_t)(end - field - 1))
	    : xstrdup(implied);
	const char *text = end != NULL ? end + 1 : field;
	const char *problem = NULL;
	enum import_result result = IMPORT_NOT;

	*secrets = (struct secrets){ 0 };
	if (*text == '\0') {
		strbuf_adds(err, "no password");
	} else if (take_plaintext(scheme, text, plain)) {
		result = IMPORT_PLAINTEXT;
	} else if (!take(scheme, text, secrets)) {
		strbuf_addf(err,
		    "scheme {%.32s} cannot be verified here, or "
		    "the hash is not whole",
		    scheme);
	} else if ((problem = credential_problem(secrets->password)) != NULL) {
		strbuf_addf(err, "{%.32s}: %s", scheme, problem);
		secrets_free(secrets);
	} else {
		result = IMPORT_SECRETS;
	}
	free(scheme);
	return result;
}

/* RFC 5803 text as `{SCRAM-SHA-256}ITERATIONS,SALT,STOREDKEY,SERVERKEY`. */
static void
export_scram(const char *text, struct strbuf *out)
{
	size_t name_len = strcspn(text, "$");

	strbuf_addc(out, '{');
	strbuf_add(out, text, name_len);
	strbuf_addc(out, '}');
	for (const char *p = text + name_len + 1; *p != '\0'; p++)
		strbuf_addc(out, *p == ':' || *p == '$' ? ',' : *p);
}

static bool
export_cram(const char *hex, struct strbuf *out)
{
	struct strbuf theirs = { 0 };
	/* the same exchange of halves and of bytes undoes itself */
	bool ok = cram_md5_from_dovecot(&theirs, hex);

	if (ok)
		strbuf_addf(out, "{CRAM-MD5}%s", theirs.bytes);
	strbuf_wipe(&theirs);
	return ok;
}

bool
import_scheme_export(const struct secrets *secrets, struct strbuf *out)
{
	const char *password = secrets->password;
	static const char cram[] = "{CRAM-MD5}";

	strbuf_reserve(out, 512);
	if (password != NULL && strncmp(password, cram, strlen(cram)) == 0)
		return export_cram(password + strlen(cram), out);
	if (password != NULL && strncmp(password, "SCRAM-", 6) == 0) {
		export_scram(password, out);
	} else if (password != NULL && *password == '{') {
		strbuf_adds(out, password);
	} else if (password != NULL &&
	    strncmp(password, "$argon2", strlen("$argon2")) == 0) {
		strbuf_addf(out, "{%s}%s",
		    password[strlen("$argon2i")] == 'd' ? "ARGON2ID"
							: "ARGON2I",
		    password);
	} else if (password != NULL &&
	    strncmp(password, "$apr1$", strlen("$apr1$")) != 0) {
		strbuf_addf(out, "{CRYPT}%s", password);
	} else if (secrets->scram[SCRAM_SHA_256] != NULL) {
		export_scram(secrets->scram[SCRAM_SHA_256], out);
	} else if (secrets->scram[SCRAM_SHA_1] != NULL) {
		export_scram(secrets->scram[SCRAM_SHA_1], out);
	} else if (secrets->cram_md5 != NULL) {
		return export_cram(secrets->cram_md5, out);
	} else {
		return false;
	}
	return true;
}
