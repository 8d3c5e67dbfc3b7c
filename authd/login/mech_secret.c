/*
 * Which stored secret a mechanism gets to see.  The fake one is made for
 * everybody, so that it takes no other time where it is needed.
 */
#include <nettle/base16.h>
#include <nettle/md5.h>
#include <string.h>

#include "fake_secret.h"
#include "mech_secret.h"
#include "mem.h"

static void
get_fake_key(struct identity *id, const struct login_rules *rules,
    unsigned char key[USERDB_FAKE_KEY_LEN])
{
	struct strbuf err = { 0 };

	if (userdb_fake_key(rules->userdb, key, &err) == -1) {
		memset(key, 0, USERDB_FAKE_KEY_LEN);
		id->state = IDENTITY_TEMPFAIL;
		strbuf_adds(&id->reason, strbuf_str(&err));
	}
	strbuf_free(&err);
}

bool
mech_secret_scram(struct strbuf *out, struct identity *id,
    const struct login_rules *rules, enum scram_hash hash)
{
	const struct secrets *secrets = identity_secrets(id);
	bool is_own = secrets != NULL && secrets->scram[hash] != NULL;
	unsigned char key[USERDB_FAKE_KEY_LEN];
	struct strbuf fake = { 0 };

	get_fake_key(id, rules, key);
	fake_secret_scram(&fake, key, strbuf_str(&id->spelling), hash,
	    rules->config.credentials.scram_iterations);
	if (is_own)
		strbuf_adds(out, secrets->scram[hash]);
	else
		strbuf_add(out, fake.bytes, fake.len);
	strbuf_wipe(&fake);
	explicit_bzero(key, sizeof key);
	return is_own;
}

/* Start MD5 in the middle: 64 bytes of key block have gone in already. */
static void
md5_resume(struct md5_ctx *ctx, const unsigned char words[16])
{
	md5_init(ctx);
	for (size_t i = 0; i < 4; i++, words += 4)
		ctx->state[i] = (uint32_t)words[0] << 24 |
		    (uint32_t)words[1] << 16 | (uint32_t)words[2] << 8 |
		    words[3];
	ctx->count = 1;
}

static bool
answers(const struct cram_md5_exchange *exchange, const char *secret,
    unsigned char state[CRAM_MD5_STATE_LEN])
{
	const char *blank = strrchr(exchange->answer, ' ');
	unsigned char digest[MD5_DIGEST_SIZE];
	char hex[BASE16_ENCODE_LENGTH(MD5_DIGEST_SIZE)];
	struct md5_ctx ctx;
	bool equal;

	if (secret == NULL || blank == NULL || !cram_md5_decode(state, secret))
		return false;
	md5_resume(&ctx, state);
	md5_update(&ctx, exchange->challenge_len,
	    (const unsigned char *)exchange->challenge);
	md5_digest(&ctx, sizeof digest, digest);
	md5_resume(&ctx, state + 16);
	md5_update(&ctx, sizeof digest, digest);
	md5_digest(&ctx, sizeof digest, digest);
	base16_encode_update(hex, sizeof digest, digest);
	equal = strlen(blank + 1) == sizeof hex &&
	    secret_equal(blank + 1, hex, sizeof hex);
	explicit_bzero(&ctx, sizeof ctx);
	explicit_bzero(digest, sizeof digest);
	explicit_bzero(hex, sizeof hex);
	return equal;
}

/* The app password that the client's answer belongs to; NULL: none. */
static const struct app_password *
find_answering_app(const struct user_record *work,
    const struct cram_md5_exchange *exchange,
    unsigned char state[CRAM_MD5_STATE_LEN])
{
	for (size_t i = 0; i < work->napp_passwords; i++) {
		const struct app_password *app = &work->app_passwords[i];

		if (answers(exchange, app->secrets.cram_md5, state))
			return app;
	}
	return NULL;
}

bool
mech_secret_cram_md5(unsigned char state[CRAM_MD5_STATE_LEN],
    struct identity *id, const struct login_rules *rules,
    const struct cram_md5_exchange *exchange)
{
	const struct user_record *work = identity_work(id);
	const struct secrets *secrets = identity_secrets(id);
	const char *secret =
	    secrets != NULL ? secrets->cram_md5 : work->secrets.cram_md5;
	unsigned char fake[CRAM_MD5_STATE_LEN], key[USERDB_FAKE_KEY_LEN];
	const struct app_password *app = NULL;
	bool is_own;

	get_fake_key(id, rules, key);
	fake_secret_cram_md5(fake, key, strbuf_str(&id->user));
	is_own = answers(exchange, secret, state);
	if (!is_own && id->app == NULL)
		app = find_answering_app(work, exchange, state);
	if (!is_own && app == NULL)
		is_own = secret != NULL && cram_md5_decode(state, secret);
	is_own = secrets != NULL && (is_own || app != NULL); /* no decoy's */
	if (!is_own)
		memcpy(state, fake, sizeof fake);
	else if (app != NULL)
		identity_use_app(id, app, &exchange->client, exchange->now);
	explicit_bzero(fake, sizeof fake);
	explicit_bzero(key, sizeof key);
	return is_own;
}
