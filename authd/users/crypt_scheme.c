/*
 * crypt(3) strings.  One row per kind; see crypt(5).
 */
#include <crypt.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypt_scheme.h"
#include "mem.h"
#include "nearest.h"
#include "random_bytes.h"

#define MEMORY_MAX          (128UL << 20) /* bytes */
#define BCRYPT_COST_MAX     13
#define BCRYPT_PASSWORD_MAX 72
#define SHA_ROUNDS_MAX      1000000
#define SHA1_ROUNDS_MAX     250000
#define BSDI_ROUNDS_MAX     (1UL << 21)
#define SUNMD5_ROUNDS_MAX   100000
#define COST_TOO_HIGH       "its cost is too high (0.5 s, 128 MiB)"
#define COST_NOT_KNOWN      "its cost cannot be read"
#define HASH_NOT_WHOLE      "the hash is not whole"
#define HASH_NOT_SUPPORTED  "not a hash that crypt(3) knows"

static const char digits[] =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The value of a digit of crypt's base 64, or -1. */
static int
digit64(char c)
{
	const char *p = c != '\0' ? strchr(digits, c) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

/* Decimal digits from *p up to stop; *p moves behind that. */
static bool
number(const char **p, char stop, unsigned long *n)
{
	char *end;

	if (**p < '0' || **p > '9')
		return false;
	errno = 0;
	*n = strtoul(*p, &end, 10);
	if (*end != stop || errno != 0)
		return false;
	*p = end + 1;
	return true;
}

/* Each takes what follows the prefix and returns NULL or what is wrong. */

static const char *
fixed_cost(const char *params)
{
	(void)params;
	return NULL;
}

/* `jNr$`: flavour, log2(N) - 1, r - 1; r and N as one digit each. */
static const char *
yescrypt_cost(const char *params)
{
	int log2n = *params == 'j' ? digit64(params[1]) + 1 : 0;
	int r = log2n > 0 ? digit64(params[2]) + 1 : 0;

	if (log2n < 1 || r < 1 || params[3] != '$')
		return COST_NOT_KNOWN;
	if (log2n > 30 || (128UL << log2n) > MEMORY_MAX / (unsigned)r)
		return COST_TOO_HIGH;
	return NULL;
}

/* `NrrrrrPPPPP`: log2(N), r and p with the low digit first. */
static const char *
scrypt_cost(const char *params)
{
	unsigned long r = 0, p = 0;
	int log2n = digit64(params[0]);

	if (strlen(params) < 11)
		return COST_NOT_KNOWN;
	for (int i = 0; i < 5; i++) {
		int r_digit = digit64(params[1 + i]);
		int p_digit = digit64(params[6 + i]);

		if (r_digit < 0 || p_digit < 0)
			return COST_NOT_KNOWN;
		r |= (unsigned long)r_digit << (6 * i);
		p |= (unsigned long)p_digit << (6 * i);
	}
	if (log2n < 1 || r == 0 || p == 0)
		return COST_NOT_KNOWN;
	if (log2n > 30 || r > MEMORY_MAX || p > MEMORY_MAX ||
	    (128UL << log2n) > MEMORY_MAX / (r * p))
		return COST_TOO_HIGH;
	return NULL;
}

static const char *
bcrypt_cost(const char *params)
{
	unsigned long cost;

	if (!number(&params, '$', &cost))
		return COST_NOT_KNOWN;
	return cost > BCRYPT_COST_MAX ? COST_TOO_HIGH : NULL;
}

/* `rounds=N$` or nothing. */
static const char *
sha_cost(const char *params)
{
	unsigned long rounds;

	if (strncmp(params, "rounds=", strlen("rounds=")) != 0)
		return NULL;
	params += strlen("rounds=");
	if (!number(&params, '$', &rounds))
		return COST_NOT_KNOWN;
	return rounds > SHA_ROUNDS_MAX ? COST_TOO_HIGH : NULL;
}

static const char *
sha1_cost(const char *params)
{
	unsigned long rounds;

	if (!number(&params, '$', &rounds))
		return COST_NOT_KNOWN;
	return rounds > SHA1_ROUNDS_MAX ? COST_TOO_HIGH : NULL;
}

/* `$SALT` or `,rounds=N$SALT` */
static const char *
sunmd5_cost(const char *params)
{
	unsigned long rounds;

	if (*params == '$')
		return NULL;
	if (strncmp(params, ",rounds=", strlen(",rounds=")) != 0)
		return COST_NOT_KNOWN;
	params += strlen(",rounds=");
	if (!number(&params, '$', &rounds))
		return COST_NOT_KNOWN;
	return rounds > SUNMD5_ROUNDS_MAX ? COST_TOO_HIGH : NULL;
}

/* Four digits, the low one first. */
static const char *
bsdi_cost(const char *params)
{
	unsigned long rounds = 0;

	for (int i = 0; i < 4; i++) {
		int digit = digit64(params[i]);

		if (digit < 0)
			return COST_NOT_KNOWN;
		rounds |= (unsigned long)digit << (6 * i);
	}
	return rounds > BSDI_ROUNDS_MAX ? COST_TOO_HIGH : NULL;
}

static const struct kind {
	const char *name;
	const char *prefix; /* the first that fits counts */
	bool is_made;       /* for new passwords, named in password_scheme */
	size_t hash_len;    /* behind the last '$'; 0: whole_len counts */
	size_t whole_len;
	const char *(*cost)(const char *params);
	size_t sees; /* so many bytes of a password; 0: all */
	bool sees_7bit;
} kinds[] = {
	/* the strongest first */
	{ "yescrypt", "$y$", true, 43, 0, yescrypt_cost, 0, false },
	{ "gost-yescrypt", "$gy$", true, 43, 0, yescrypt_cost, 0, false },
	{ "scrypt", "$7$", true, 43, 0, scrypt_cost, 0, false },
	{ "bcrypt", "$2b$", true, 53, 0, bcrypt_cost, BCRYPT_PASSWORD_MAX,
	    false },
	{ "bcrypt", "$2a$", false, 53, 0, bcrypt_cost, BCRYPT_PASSWORD_MAX,
	    false },
	{ "bcrypt", "$2x$", false, 53, 0, bcrypt_cost, BCRYPT_PASSWORD_MAX,
	    true },
	{ "bcrypt", "$2y$", false, 53, 0, bcrypt_cost, BCRYPT_PASSWORD_MAX,
	    false },
	{ "sha512crypt", "$6$", true, 86, 0, sha_cost, 0, false },
	{ "sha256crypt", "$5$", true, 43, 0, sha_cost, 0, false },
	{ "sha1crypt", "$sha1$", false, 28, 0, sha1_cost, 0, false },
	{ "sunmd5", "$md5", false, 22, 0, sunmd5_cost, 0, false },
	{ "md5crypt", "$1$", false, 22, 0, fixed_cost, 0, false },
	{ "nt", "$3$", false, 32, 0, fixed_cost, 0, false },
	{ "bsdicrypt", "_", false, 0, 20, bsdi_cost, 0, true },
	{ "descrypt", "", false, 0, 13, fixed_cost, 8, true },
};

#define KINDS (sizeof kinds / sizeof *kinds)

static const struct kind *
kind_of(const char *stored)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strncmp(stored, kinds[i].prefix, strlen(kinds[i].prefix)) ==
		    0)
			return &kinds[i];
	abort(); /* the last one fits everything */
}

const char *
crypt_scheme_name(const char *stored)
{
	return kind_of(stored)->name;
}

const char *
crypt_scheme_problem(const char *stored)
{
	const struct kind *kind = kind_of(stored);
	const char *hash = strrchr(stored, '$');
	const char *problem;

	switch (crypt_checksalt(stored)) {
	case CRYPT_SALT_OK:
	case CRYPT_SALT_METHOD_LEGACY:
		break;
	default:
		return HASH_NOT_SUPPORTED;
	}
	problem = kind->cost(stored + strlen(kind->prefix));
	if (problem != NULL)
		return problem;
	if (kind->hash_len != 0 &&
	    (hash == NULL || strlen(hash + 1) != kind->hash_len))
		return HASH_NOT_WHOLE;
	if (kind->hash_len == 0) {
		if (strlen(stored) != kind->whole_len)
			return HASH_NOT_WHOLE;
		for (const char *p = stored + strlen(kind->prefix); *p; p++)
			if (digit64(*p) < 0)
				return HASH_NOT_SUPPORTED;
	}
	return NULL;
}

bool
crypt_scheme_sees_all(const char *stored, const char *password, size_t len)
{
	const struct kind *kind = kind_of(stored);

	for (size_t i = 0; kind->sees_7bit && i < len; i++)
		if (((unsigned char)password[i] & 0x80) != 0)
			return false;
	return kind->sees == 0 || len < kind->sees;
}

bool
crypt_scheme_verify(const char *stored, const char *password, size_t len,
    struct crypt_data *scratch)
{
	char phrase[CRYPT_PASSWORD_MAX + 1] = "";
	const char *hash;
	bool equal = false;
	int error;

	errno = 0;
	if (len > CRYPT_PASSWORD_MAX || memchr(password, '\0', len) != NULL)
		return false;
	memcpy(phrase, password, len);
	hash = crypt_rn(phrase, stored, scratch, (int)sizeof *scratch);
	error = hash == NULL ? errno : 0;
	if (hash != NULL && strlen(hash) == strlen(stored))
		equal = secret_equal(hash, stored, strlen(stored));
	explicit_bzero(phrase, sizeof phrase);
	explicit_bzero(scratch, sizeof *scratch);
	errno = error;
	return equal;
}

/*
 * The cost that a setting like "$y$jAT$" or "$6$rounds=9000$" begins with:
 * found by trying, because each kind writes it its own way.
 */
static bool
cost_of_setting(const struct kind *kind, const char *setting,
    unsigned long *cost)
{
	static const char no_salt[64];
	const char *params = setting + strlen(kind->prefix);
	char made[CRYPT_GENSALT_OUTPUT_SIZE];

	*cost = 0;
	if (*params == '\0')
		return true;
	if (kind->cost == sha_cost)
		return strncmp(params, "rounds=", strlen("rounds=")) == 0 &&
		    (params += strlen("rounds="), true) &&
		    number(&params, '$', cost) && *params == '\0';
	for (*cost = 1; *cost < 32; (*cost)++)
		if (crypt_gensalt_rn(kind->prefix, *cost, no_salt,
			sizeof no_salt, made, sizeof made) != NULL &&
		    strncmp(made, setting, strlen(setting)) == 0)
			return true;
	return false;
}

/*
 * Split "NAME", "NAME:COST" or a setting into a row and a cost (0: usual).
 * Returns NULL with the reason in err.
 */
static const struct kind *
parse_scheme(const char *scheme, unsigned long *cost, struct strbuf *err)
{
	char *name = xstrndup(scheme, strcspn(scheme, ":"));
	const char *colon = strchr(scheme, ':');
	const char *cost_text = colon != NULL ? colon + 1 : NULL;
	const struct kind *kind = NULL;
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; i < KINDS && kind == NULL; i++) {
		const struct kind *k = &kinds[i];

		if (!k->is_made)
			continue;
		nearest_offer(&nearest, k->name);
		if (strcmp(name, k->name) == 0 ||
		    strncmp(scheme, k->prefix, strlen(k->prefix)) == 0)
			kind = k;
	}
	*cost = 0;
	if (kind == NULL) {
		strbuf_addf(err, "unknown scheme \"%s\"%s", name,
		    nearest_hint(&nearest));
	} else if (*scheme == '$'
		? !cost_of_setting(kind, scheme, cost)
		: cost_text != NULL && !number(&cost_text, '\0', cost)) {
		strbuf_addf(err, "bad cost in \"%s\"", scheme);
		kind = NULL;
	}
	free(name);
	return kind;
}

/* Returns the setting (free), or NULL with the reason in err. */
static char *
new_setting(const char *scheme, struct strbuf *err)
{
	unsigned long cost;
	const struct kind *kind = parse_scheme(scheme, &cost, err);
	const char *problem;
	char *setting;

	if (kind == NULL)
		return NULL;
	setting = crypt_gensalt_ra(kind->prefix, cost, NULL, 0);
	if (setting == NULL) {
		strbuf_addf(err, "bad cost in \"%s\"", scheme);
		return NULL;
	}
	problem = kind->cost(setting + strlen(kind->prefix));
	if (problem != NULL) {
		strbuf_addf(err, "scheme \"%s\": %s", scheme, problem);
		free(setting);
		return NULL;
	}
	return setting;
}

/* The row of a scheme that crypt_scheme_make takes. */
static const struct kind *
kind_of_scheme(const char *scheme)
{
	struct strbuf err = { 0 };
	unsigned long cost;
	const struct kind *kind = parse_scheme(scheme, &cost, &err);

	strbuf_free(&err);
	return kind;
}

bool
crypt_scheme_is_of(const char *stored, const char *scheme)
{
	const struct kind *kind = kind_of_scheme(scheme);

	return kind != NULL && strcmp(kind_of(stored)->name, kind->name) == 0;
}

bool
crypt_scheme_is_weaker(const char *stored, const char *scheme)
{
	return !crypt_scheme_is_of(stored, scheme) &&
	    kind_of(stored) > kind_of_scheme(scheme);
}

int
crypt_scheme_check_name(const char *scheme, struct strbuf *err)
{
	char *setting = new_setting(scheme, err);

	free(setting);
	return setting != NULL ? 0 : -1;
}

int
crypt_scheme_make(const char *scheme, const char *password, size_t len,
    struct strbuf *out, struct strbuf *err)
{
	char *setting = new_setting(scheme, err);
	char *phrase = NULL;
	struct crypt_data *scratch = NULL;
	const char *hash;
	int result = -1;

	if (setting == NULL)
		return -1;
	if (len > BCRYPT_PASSWORD_MAX && strncmp(setting, "$2", 2) == 0) {
		strbuf_adds(err,
		    "the password is too long for bcrypt, which looks at 72 "
		    "bytes only");
		goto done;
	}
	if (len > CRYPT_PASSWORD_MAX || memchr(password, '\0', len) != NULL) {
		strbuf_adds(err,
		    len > CRYPT_PASSWORD_MAX
			? "the password is too long (511 bytes at most)"
			: "the password has a NUL byte");
		goto done;
	}
	phrase = xcalloc(len + 1, 1);
	memcpy(phrase, password, len);
	scratch = xcalloc(1, sizeof *scratch);
	hash = crypt_rn(phrase, setting, scratch, (int)sizeof *scratch);
	if (hash == NULL) {
		strbuf_addf(err, "hash the password: %s", strerror(errno));
		goto done;
	}
	strbuf_reserve(out, strlen(hash));
	strbuf_adds(out, hash);
	result = 0;
done:
	free(setting);
	secret_free(phrase, len);
	secret_free(scratch, sizeof *scratch);
	return result;
}

int
crypt_scheme_make_dummy(const char *scheme, struct strbuf *out,
    struct strbuf *err)
{
	char *setting = new_setting(scheme, err);
	unsigned char byte;
	size_t whole;

	if (setting == NULL)
		return -1;
	strbuf_adds(out, setting);
	/* Only bcrypt writes salt and hash without a '$' in between. */
	if (strncmp(setting, "$2", 2) != 0)
		strbuf_addc(out, '$');
	whole = (size_t)(strrchr(out->bytes, '$') + 1 - out->bytes) +
	    kind_of(setting)->hash_len;
	while (out->len < whole) {
		random_bytes(&byte, sizeof byte);
		strbuf_addc(out, digits[byte % 64]);
	}
	free(setting);
	return 0;
}
