/*
 * Passwords and what is derived from them.
 */
#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <stringprep.h>

#include "credential.h"
#include "app_hash.h"
#include "apr1.h"
#include "argon2.h"
#include "cram_md5.h"
#include "crypt_scheme.h"
#include "digest_scheme.h"
#include "mem.h"
#include "pbkdf2_scheme.h"
#include "random_bytes.h"
#include "scram.h"

_Static_assert(CREDENTIAL_PASSWORD_MAX == CRYPT_PASSWORD_MAX,
    "one limit for all mechanisms");

static const char *const mechanism_names[MECHANISMS] = {
	[MECHANISM_PLAIN] = "PLAIN",
	[MECHANISM_LOGIN] = "LOGIN",
	[MECHANISM_SCRAM_SHA_256] = "SCRAM-SHA-256",
	[MECHANISM_SCRAM_SHA_1] = "SCRAM-SHA-1",
	[MECHANISM_SCRAM_SHA_512] = "SCRAM-SHA-512",
	[MECHANISM_CRAM_MD5] = "CRAM-MD5",
};

const char *
mechanism_name(enum mechanism mechanism)
{
	return mechanism_names[mechanism];
}

enum mechanism
mechanism_parse(const char *name, size_t len)
{
	enum mechanism mechanism = 0;

	while (mechanism < MECHANISMS &&
	    (strlen(mechanism_names[mechanism]) != len ||
		strncasecmp(name, mechanism_names[mechanism], len) != 0))
		mechanism++;
	return mechanism;
}

enum scram_hash
mechanism_scram(enum mechanism mechanism)
{
	switch (mechanism) {
	case MECHANISM_SCRAM_SHA_1:
		return SCRAM_SHA_1;
	case MECHANISM_SCRAM_SHA_256:
		return SCRAM_SHA_256;
	case MECHANISM_SCRAM_SHA_512:
		return SCRAM_SHA_512;
	case MECHANISM_PLAIN:
	case MECHANISM_LOGIN:
	case MECHANISM_CRAM_MD5:
	case MECHANISMS:
		break;
	}
	return SCRAM_HASHES;
}

const char *
mechanism_secret(enum mechanism mechanism, const struct secrets *secrets)
{
	switch (mechanism) {
	case MECHANISM_PLAIN:
	case MECHANISM_LOGIN:
		return secrets->password;
	case MECHANISM_SCRAM_SHA_256:
	case MECHANISM_SCRAM_SHA_1:
	case MECHANISM_SCRAM_SHA_512:
		return secrets->scram[mechanism_scram(mechanism)];
	case MECHANISM_CRAM_MD5:
		return secrets->cram_md5;
	case MECHANISMS:
		break;
	}
	abort();
}

/* Printable ASCII is its own prepared form, and then no copy is left in what
 * libidn frees. */
static bool
is_printable_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return true;
}

/* SASLprep may make a text longer, but not by more than this (NFKC). */
#define SASLPREP_SIZE (CREDENTIAL_PASSWORD_MAX * 18 + 1)

bool
credential_saslprep(const char *password, size_t len, struct strbuf *out)
{
	char *text;
	bool ok;

	if (len == 0 || len > CREDENTIAL_PASSWORD_MAX ||
	    memchr(password, '\0', len) != NULL)
		return false;
	if (is_printable_ascii(password, len)) {
		strbuf_reserve(out, len);
		strbuf_add(out, password, len);
		return true;
	}
	text = xcalloc(SASLPREP_SIZE, 1);
	memcpy(text, password, len);
	/* a character that is not assigned yet stays, as at the client */
	ok = stringprep(text, SASLPREP_SIZE, 0, stringprep_saslprep) ==
		STRINGPREP_OK &&
	    *text != '\0';
	if (ok) {
		strbuf_reserve(out, strlen(text));
		strbuf_adds(out, text);
	}
	secret_free(text, SASLPREP_SIZE);
	return ok;
}

/* The password in the two forms that secrets are made from. */
struct forms {
	const char *raw; /* borrowed */
	size_t raw_len;
	struct strbuf prepared;
};

static int
forms_init(struct forms *forms, const char *password, size_t len,
    struct strbuf *err)
{
	const char *problem = NULL;

	*forms = (struct forms){ .raw = password, .raw_len = len };
	if (len == 0)
		problem = "the password is empty";
	else if (len > CREDENTIAL_PASSWORD_MAX)
		problem = "the password is too long (511 bytes at most)";
	else if (memchr(password, '\0', len) != NULL)
		problem = "the password has a NUL byte";
	if (problem != NULL) {
		strbuf_adds(err, problem);
		return -1;
	}
	if (!credential_saslprep(password, len, &forms->prepared) ||
	    forms->prepared.len > CREDENTIAL_PASSWORD_MAX) {
		strbuf_wipe(&forms->prepared);
		strbuf_reserve(&forms->prepared, len);
		strbuf_add(&forms->prepared, password, len);
	}
	return 0;
}

static char *
make_scram(enum scram_hash hash, unsigned iterations, const struct forms *forms)
{
	struct scram_secret secret = { 0 };
	struct strbuf text = { 0 };

	secret.hash = hash;
	secret.iterations = iterations;
	secret.salt_len = SCRAM_SALT_LEN;
	random_bytes(secret.salt, secret.salt_len);
	scram_derive(&secret, forms->prepared.bytes, forms->prepared.len);
	scram_print(&secret, &text);
	explicit_bzero(&secret, sizeof secret);
	return strbuf_detach(&text);
}

/* All but the one for PLAIN and LOGIN. */
static void
make_others(struct secrets *secrets, const struct credential_options *options,
    const struct forms *forms)
{
	for (enum mechanism m = 0; m < MECHANISMS; m++) {
		enum scram_hash hash = mechanism_scram(m);

		if (hash != SCRAM_HASHES && options->mechanisms & 1U << m)
			secrets->scram[hash] =
			    make_scram(hash, options->scram_iterations, forms);
	}
	if (options->mechanisms & 1U << MECHANISM_CRAM_MD5) {
		struct strbuf state = { 0 };

		cram_md5_add(&state, forms->raw, forms->raw_len);
		secrets->cram_md5 = strbuf_detach(&state);
	}
}

static bool
wants_password(const struct credential_options *options)
{
	return (options->mechanisms &
		   (1U << MECHANISM_PLAIN | 1U << MECHANISM_LOGIN)) != 0;
}

int
credential_make(struct secrets *secrets,
    const struct credential_options *options, const char *password, size_t len,
    struct strbuf *err)
{
	struct forms forms;
	struct strbuf hash = { 0 };
	int result = -1;

	*secrets = (struct secrets){ 0 };
	if (forms_init(&forms, password, len, err) == -1)
		return -1;
	if (wants_password(options)) {
		if (crypt_scheme_make(options->password_scheme,
			forms.prepared.bytes, forms.prepared.len, &hash,
			err) == -1)
			goto done;
		secrets->password = strbuf_detach(&hash);
	}
	make_others(secrets, options, &forms);
	result = 0;
done:
	strbuf_wipe(&hash);
	strbuf_wipe(&forms.prepared);
	return result;
}

int
credential_make_app(struct secrets *secrets,
    const struct credential_options *options, const char *password, size_t len,
    struct strbuf *err)
{
	struct forms forms;

	*secrets = (struct secrets){ 0 };
	if (forms_init(&forms, password, len, err) == -1)
		return -1;
	if (wants_password(options)) {
		struct strbuf hash = { 0 };

		app_hash_add(&hash, forms.prepared.bytes, forms.prepared.len);
		secrets->password = strbuf_detach(&hash);
	}
	make_others(secrets, options, &forms);
	strbuf_wipe(&forms.prepared);
	return 0;
}

static const char *
scram_problem(const char *stored)
{
	struct scram_secret secret;
	bool ok = scram_parse(&secret, stored);

	explicit_bzero(&secret, sizeof secret);
	return ok ? NULL : "not a SCRAM secret, or one of too high a cost";
}

static bool
scram_text_verify(const char *stored, const char *password, size_t len)
{
	struct scram_secret secret;
	bool equal = scram_parse(&secret, stored) &&
	    scram_verify(&secret, password, len);

	explicit_bzero(&secret, sizeof secret);
	return equal;
}

#define CRAM_PREFIX "{CRAM-MD5}"

static const char *
cram_state_problem(const char *hex)
{
	unsigned char state[CRAM_MD5_STATE_LEN];
	bool ok = cram_md5_decode(state, hex);

	explicit_bzero(state, sizeof state);
	return ok ? NULL : "not a CRAM-MD5 state";
}

static const char *
cram_problem(const char *stored)
{
	return cram_state_problem(stored + strlen(CRAM_PREFIX));
}

static bool
cram_verify(const char *stored, const char *password, size_t len)
{
	return cram_md5_verify(stored + strlen(CRAM_PREFIX), password, len);
}

/* What a stored string may be beside one for crypt(3). */
static const struct kind {
	const char *name;
	const char *prefix;
	const char *(*problem)(const char *stored);
	/* NULL: may fail, see verify_slowly. */
	bool (*verify)(const char *stored, const char *password, size_t len);
} kinds[] = {
	{ "app password", "$app$", app_hash_problem, app_hash_verify },
	{ "SCRAM", "SCRAM-", scram_problem, scram_text_verify },
	{ "CRAM-MD5", CRAM_PREFIX, cram_problem, cram_verify },
	{ "argon2", "$argon2", argon2_problem, NULL },
	{ "apr1", "$apr1$", apr1_problem, apr1_verify },
	{ "pbkdf2", PBKDF2_PREFIX, pbkdf2_scheme_problem,
	    pbkdf2_scheme_verify },
	{ "digest", "{", digest_scheme_problem, digest_scheme_verify },
};

static const struct kind *
kind_of(const char *stored)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strncmp(stored, kinds[i].prefix, strlen(kinds[i].prefix)) ==
		    0)
			return &kinds[i];
	return NULL;
}

/* What needs much memory, which may not be there. */
static enum credential_match
verify_slowly(const struct kind *kind, const char *stored, const char *password,
    size_t len, struct crypt_data *scratch)
{
	bool equal = kind != NULL
	    ? argon2_verify(stored, password, len)
	    : crypt_scheme_verify(stored, password, len, scratch);

	if (equal)
		return CREDENTIAL_RIGHT;
	return errno == 0 ? CREDENTIAL_WRONG : CREDENTIAL_UNKNOWN;
}

enum credential_match
credential_verify(const char *stored, const char *password, size_t len,
    struct crypt_data *scratch)
{
	const struct kind *kind = kind_of(stored);
	struct crypt_data *own = NULL;
	enum credential_match match;

	if (len == 0 || len > CREDENTIAL_PASSWORD_MAX)
		return CREDENTIAL_WRONG;
	if (credential_problem(stored) != NULL)
		return CREDENTIAL_UNKNOWN;
	if (kind != NULL && kind->verify != NULL)
		return kind->verify(stored, password, len) ? CREDENTIAL_RIGHT
							   : CREDENTIAL_WRONG;
	if (scratch == NULL)
		scratch = own = xcalloc(1, sizeof *own);
	match = verify_slowly(kind, stored, password, len, scratch);
	secret_free(own, sizeof *own);
	return match;
}

const char *
credential_problem(const char *stored)
{
	const struct kind *kind = kind_of(stored);

	return kind != NULL ? kind->problem(stored)
			    : crypt_scheme_problem(stored);
}

/* Of all but the one for PLAIN and LOGIN. */
static const char *
others_problem(const struct secrets *secrets)
{
	for (int h = 0; h < SCRAM_HASHES; h++) {
		const char *stored = secrets->scram[h];
		const char *name = scram_name((enum scram_hash)h);

		if (stored == NULL)
			continue;
		if (scram_problem(stored) != NULL)
			return scram_problem(stored);
		if (strncmp(stored, name, strlen(name)) != 0)
			return "a SCRAM secret of another hash";
	}
	if (secrets->cram_md5 != NULL)
		return cram_state_problem(secrets->cram_md5);
	return NULL;
}

const char *
credential_record_problem(const struct user_record *record)
{
	const char *stored = record->secrets.password;
	const char *problem = others_problem(&record->secrets);

	if (problem == NULL && stored != NULL)
		problem = app_hash_problem(stored) == NULL
		    ? "the hash of an app password, too fast for this one"
		    : credential_problem(stored);
	for (size_t i = 0; problem == NULL && i < record->napp_passwords; i++) {
		const struct secrets *secrets =
		    &record->app_passwords[i].secrets;

		problem = others_problem(secrets);
		if (problem == NULL && secrets->password != NULL &&
		    app_hash_problem(secrets->password) != NULL)
			problem = "an app password with a hash of another kind";
	}
	return problem;
}

const char *
credential_kind(const char *stored)
{
	const struct kind *kind = kind_of(stored);

	return kind != NULL ? kind->name : crypt_scheme_name(stored);
}

bool
credential_is_weaker(const char *stored, const char *scheme)
{
	const struct kind *kind = kind_of(stored);

	if (kind == NULL)
		return crypt_scheme_is_weaker(stored, scheme);
	return strcmp(kind->name, "argon2") != 0;
}

bool
credential_is_of(const char *stored, const char *scheme)
{
	return kind_of(stored) == NULL &&
	    crypt_scheme_problem(stored) == NULL &&
	    crypt_scheme_is_of(stored, scheme);
}

bool
credential_sees_all(const char *stored, const char *password, size_t len)
{
	return kind_of(stored) != NULL ||
	    crypt_scheme_sees_all(stored, password, len);
}
