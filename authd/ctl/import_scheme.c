/*
 * Password schemes by the names that Dovecot gives them.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import_scheme.h"
#include "apr1.h"
#include "cram_md5.h"
#include "credential.h"
#include "digest_scheme.h"
#include "encoding.h"
#include "mem.h"
#include "pbkdf2_scheme.h"
#include "scram.h"

/* A password field, cut into its parts. */
struct field {
	char *scheme; /* without the suffix */
	char *suffix; /* of the encoding, or "" */
	const char *text;
	bool has_scheme; /* of its own, not implied */
};

/* Each takes the text of a field and returns false when it is none. */

static bool
take_crypt(const struct field *field, const char *text, struct secrets *secrets)
{
	(void)field;
	if (*text == '{' || strncmp(text, "SCRAM-", strlen("SCRAM-")) == 0)
		return false; /* ours, but nobody else's */
	secrets->password = xstrdup(text);
	return true;
}

static bool
take_pbkdf2(const struct field *field, const char *text,
    struct secrets *secrets)
{
	struct strbuf stored = { 0 };

	if (!pbkdf2_scheme_import(&stored, field->scheme, text))
		return false;
	secrets->password = strbuf_detach(&stored);
	return true;
}

/* These know their encodings themselves: the bytes are no text. */
static bool
take_digest(const struct field *field, const char *text,
    struct secrets *secrets)
{
	struct strbuf stored = { 0 };
	char *name = xasprintf("%s%s", field->scheme, field->suffix);
	bool ok = digest_scheme_import(&stored, name, text);

	if (ok)
		secrets->password = strbuf_detach(&stored);
	free(name);
	return ok;
}

/* Dovecot takes MD5-CRYPT under this name, too, in any encoding. */
static bool
take_md5(const struct field *field, const char *text, struct secrets *secrets)
{
	struct strbuf decoded = { 0 };
	bool ok;

	strbuf_reserve(&decoded, strlen(text));
	if (*field->suffix == '\0')
		strbuf_adds(&decoded, text);
	else
		encoding_decode(&decoded, field->suffix, text, 0);
	ok = strncmp(strbuf_str(&decoded), "$1$", strlen("$1$")) == 0
	    ? take_crypt(field, strbuf_str(&decoded), secrets)
	    : take_digest(field, text, secrets);
	strbuf_wipe(&decoded);
	return ok;
}

static bool
take_apr1(const struct field *field, const char *text, struct secrets *secrets)
{
	struct strbuf stored = { 0 };
	const char *prefix =
	    strcasecmp(field->scheme, "APR1") == 0 ? "$apr1$" : "$1$";

	if (!apr1_import(&stored, prefix, text))
		return false;
	secrets->password = strbuf_detach(&stored);
	return true;
}

/* `ITERATIONS,SALT,STOREDKEY,SERVERKEY` becomes the text of RFC 5803, which
 * serves PLAIN and LOGIN as well. */
static bool
take_scram(const struct field *field, const char *text, struct secrets *secrets)
{
	struct strbuf stored = { 0 };
	struct scram_secret secret;
	static const char separators[] = ":$:";
	size_t commas = 0;
	bool ok;

	strbuf_reserve(&stored, strlen(text) + 32);
	for (const char *p = field->scheme; *p != '\0'; p++)
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
take_cram(const struct field *field, const char *text, struct secrets *secrets)
{
	struct strbuf raw = { 0 }, hex = { 0 }, state = { 0 };
	bool ok;

	strbuf_reserve(&raw, strlen(text));
	ok = encoding_decode(&raw, field->suffix, text, CRAM_MD5_STATE_LEN);
	hex_add(&hex, raw.bytes, raw.len);
	ok = ok && cram_md5_from_dovecot(&state, strbuf_str(&hex));
	if (ok) {
		secrets->password = xasprintf("{CRAM-MD5}%s", state.bytes);
		secrets->cram_md5 = strbuf_detach(&state);
	}
	strbuf_wipe(&raw);
	strbuf_wipe(&hex);
	return ok;
}

/* NULL: known to Dovecot or OpenLDAP, but a password alone does not verify it,
 * or only a part of one. */
static const struct scheme {
	const char *name;
	bool (*take)(const struct field *, const char *text, struct secrets *);
	bool is_text; /* as which take gets it, whatever its encoding */
} schemes[] = {
	{ "CRYPT", take_crypt, true },
	{ "SHA512-CRYPT", take_crypt, true },
	{ "SHA256-CRYPT", take_crypt, true },
	{ "BLF-CRYPT", take_crypt, true },
	{ "BCRYPT", take_crypt, true },
	{ "MD5-CRYPT", take_crypt, true },
	{ "DES-CRYPT", take_crypt, true },
	{ "ARGON2", take_crypt, true },
	{ "ARGON2I", take_crypt, true },
	{ "ARGON2ID", take_crypt, true },
	{ "SCRAM-SHA-1", take_scram, true },
	{ "SCRAM-SHA-256", take_scram, true },
	{ "PBKDF2", take_pbkdf2, true },
	{ "PBKDF2-SHA1", take_pbkdf2, true },
	{ "PBKDF2-SHA256", take_pbkdf2, true },
	{ "PBKDF2-SHA512", take_pbkdf2, true },
	{ "CRAM-MD5", take_cram, false },
	{ "HMAC-MD5", take_cram, false },
	{ "MD5", take_md5, false },
	{ "DIGEST-MD5", NULL, false },
	{ "OTP", NULL, false },
	{ "NTLM", NULL, false },
	{ "LANMAN", NULL, false },
	{ "PLAIN-TRUNC", NULL, false },
	{ "APR1", take_apr1, false },
	{ "BSDMD5", take_apr1, false },
	{ "SASL", NULL, false },
	{ "TOTP1", NULL, false },
};

static const struct scheme *
find_scheme(const char *name)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (strcasecmp(schemes[i].name, name) == 0)
			return &schemes[i];
	return NULL;
}

static bool
is_plaintext(const char *scheme)
{
	static const char *const names[] = { "PLAIN", "CLEAR", "CLEARTEXT" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcasecmp(names[i], scheme) == 0)
			return true;
	return false;
}

bool
import_scheme_is_known(const char *name)
{
	const struct scheme *scheme = find_scheme(name);

	return is_plaintext(name) || digest_scheme_is_known(name) ||
	    (scheme != NULL && scheme->take != NULL);
}

/* A text behind a scheme that stands in another encoding. */
static bool
take_encoded(const struct scheme *scheme, const struct field *field,
    struct secrets *secrets)
{
	struct strbuf text = { 0 };
	bool ok;

	if (scheme == NULL)
		return take_digest(field, field->text, secrets);
	if (*field->suffix == '\0' || !scheme->is_text)
		return scheme->take(field, field->text, secrets);
	strbuf_reserve(&text, strlen(field->text));
	ok = encoding_decode(&text, field->suffix, field->text, 0) &&
	    strlen(strbuf_str(&text)) == text.len &&
	    scheme->take(field, strbuf_str(&text), secrets);
	strbuf_wipe(&text);
	return ok;
}

static bool
take_plaintext(const struct field *field, struct strbuf *plain)
{
	strbuf_reserve(plain, strlen(field->text));
	if (*field->suffix != '\0')
		return encoding_decode(plain, field->suffix, field->text, 0);
	strbuf_adds(plain, field->text);
	return true;
}

/*
 * The secrets of a hash.  What is said of it quotes nothing that is not a
 * name from the table: what looks like a scheme may be a password.
 */
static int
take_hash(const struct field *field, struct secrets *secrets,
    struct strbuf *err)
{
	const struct scheme *scheme = find_scheme(field->scheme);
	size_t len = strlen(field->text);
	const char *problem = NULL;

	if (scheme == NULL && !digest_scheme_is_known(field->scheme))
		strbuf_adds(err, "its {SCHEME} is not known here");
	else if (scheme != NULL && scheme->take == NULL)
		strbuf_addf(err, "scheme {%s} cannot be verified here",
		    scheme->name);
	else if (strchr(" \t", field->text[len - 1]) != NULL)
		strbuf_adds(err, "the hash ends in a blank");
	else if (!take_encoded(scheme, field, secrets))
		problem = "the hash is not whole";
	else
		problem = credential_problem(secrets->password);
	if (problem != NULL && field->has_scheme)
		strbuf_addf(err, "{%s}: %s", field->scheme, problem);
	else if (problem != NULL)
		strbuf_addf(err,
		    "%s, and there is no {SCHEME} before it (--scheme says "
		    "which it is)",
		    problem);
	if (err->len == 0)
		return 0;
	secrets_free(secrets);
	return -1;
}

static void
split(struct field *field, const char *text, const char *implied)
{
	const char *end = *text == '{' ? strchr(text, '}') : NULL;
	const char *name = end != NULL ? text + 1 : implied;
	size_t len = end != NULL ? (size_t)(end - name) : strlen(implied);
	size_t dot = strcspn(name, ".");

	if (dot > len)
		dot = len;
	field->has_scheme = end != NULL;
	field->scheme = xstrndup(name, dot);
	field->suffix = xstrndup(name + dot, len - dot);
	field->text = end != NULL ? end + 1 : text;
}

enum import_result
import_scheme_take(const char *text, const char *implied,
    struct secrets *secrets, struct strbuf *plain, struct strbuf *err)
{
	enum import_result result = IMPORT_NOT;
	struct field field;

	*secrets = (struct secrets){ 0 };
	split(&field, text, implied);
	if (*field.text == '\0')
		strbuf_adds(err, "no password");
	else if (is_plaintext(field.scheme) && take_plaintext(&field, plain))
		result = IMPORT_PLAINTEXT;
	else if (is_plaintext(field.scheme))
		strbuf_adds(err, "the password cannot be decoded");
	else if (take_hash(&field, secrets, err) == 0)
		result = IMPORT_SECRETS;
	free(field.scheme);
	free(field.suffix);
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

/* Whether Dovecot knows the scheme, too. */
static bool
is_for_dovecot(const char *password)
{
	static const char *const ours[] = { "$app$", "$apr1$", "{SHA384}",
		"{SSHA384}", "{PBKDF2-", "SCRAM-SHA-512" };

	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		if (strncmp(password, ours[i], strlen(ours[i])) == 0)
			return false;
	return true;
}

bool
import_scheme_export(const struct secrets *secrets, struct strbuf *out)
{
	const char *password = secrets->password;
	static const char cram[] = "{CRAM-MD5}", argon2[] = "$argon2";

	strbuf_reserve(out, 512);
	if (password != NULL && !is_for_dovecot(password))
		password = NULL;
	if (password != NULL && strncmp(password, cram, strlen(cram)) == 0)
		return export_cram(password + strlen(cram), out);
	if (password != NULL && strncmp(password, "SCRAM-", 6) == 0) {
		export_scram(password, out);
	} else if (password != NULL && *password == '{') {
		strbuf_adds(out, password);
	} else if (password != NULL &&
	    strncmp(password, argon2, strlen(argon2)) == 0) {
		strbuf_addf(out, "{%s}%s",
		    password[strlen("$argon2i")] == 'd' ? "ARGON2ID"
							: "ARGON2I",
		    password);
	} else if (password != NULL) {
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
