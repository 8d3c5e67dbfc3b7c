/*
 * SASL mechanisms (RFC 4422) through libsasl2: PLAIN (RFC 4616), LOGIN,
 * SCRAM (RFC 5802, 7677), CRAM-MD5 (RFC 2195).
 *
 * The library parses, asks for names and secrets by callbacks, and its
 * SASL_OK is the only success.  A callback cannot wait; so for PLAIN and LOGIN
 * the first run ends at the question whether the password is right.  When
 * hashing has answered it, the client's responses are said again to a fresh
 * connection, and the answer is at hand.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mech.h"
#include "app_hash.h"
#include "command_line.h"
#include "mech_message.h"
#include "mech_secret.h"
#include "mem.h"
#include "sasl_library.h"

/* No mechanism takes more: LOGIN without initial response. */
#define RESPONSES_MAX 3

/* Whether the password of PLAIN or LOGIN is right. */
enum password_state {
	PASSWORD_UNASKED,
	PASSWORD_UNKNOWN, /* to be hashed */
	PASSWORD_RIGHT,
	PASSWORD_WRONG,
};

struct mech {
	struct login_rules *rules;
	enum mechanism mechanism;
	struct ip client;
	sasl_conn_t *conn;
	sasl_callback_t callbacks[3];
	const char *challenge; /* in conn */
	unsigned challenge_len;
	struct strbuf first_challenge;          /* CRAM-MD5 */
	struct strbuf responses[RESPONSES_MAX]; /* bytes NULL: none given */
	size_t nresponses;
	struct identity identity;
	bool acts_as_other;  /* asks to act as somebody else */
	bool has_own_secret; /* SCRAM and CRAM-MD5: what is proved is the
			      * user's, not a fake */
	bool has_proved_app; /* the app password that counts */
	enum password_state password_state;
	struct strbuf password;
	bool was_cached;
	struct strbuf reason;
};

/* In one piece of memory, for it may be secret. */
static void
take_bytes(struct strbuf *to, const char *bytes, size_t len)
{
	strbuf_wipe(to);
	strbuf_reserve(to, len);
	strbuf_add(to, bytes, len);
}

/*
 * SASL_CB_CANON_USER: the normal form of a name.  Called for the name that is
 * proved and, where the client sent another one, for the name to act as; the
 * library refuses when they differ.  What is no name goes on as that of
 * nobody: LOGIN's plugin would lose the password in memory on an error.
 */
#define NOBODY "?"

static int
on_canon_user(sasl_conn_t *conn, void *ctx, const char *name, unsigned len,
    unsigned flags, const char *realm, char *out, unsigned out_max,
    unsigned *out_len)
{
	struct mech *mech = ctx;
	struct identity other = { 0 }, *id = &mech->identity;
	const char *user = NOBODY;

	(void)conn;
	(void)realm;
	if ((flags & SASL_CU_AUTHID) == 0)
		id = &other;
	if (id->state == IDENTITY_NONE)
		identity_find(id, mech->rules, name, len, &mech->client,
		    clock_now());
	if (id->user.len > 0 && id->user.len < out_max)
		user = strbuf_str(&id->user);
	*out_len = (unsigned)strlen(user);
	memcpy(out, user, *out_len + 1);
	if (id == &other)
		mech->acts_as_other =
		    strcmp(user, strbuf_str(&mech->identity.user)) != 0;
	identity_free(&other);
	return SASL_OK;
}

/* An app password needs no slow hash, for nobody guesses 100 random bits, and
 * gets none: this is the loop.  Nobody's are tried as well, for their time. */
static bool
is_app_password(struct mech *mech)
{
	struct identity *id = &mech->identity;
	const struct user_record *work = identity_work(id);

	for (size_t i = 0; i < work->napp_passwords; i++) {
		const struct app_password *app = &work->app_passwords[i];

		if ((id->app == NULL || id->app == app) &&
		    app->secrets.password != NULL &&
		    app_hash_verify(app->secrets.password, mech->password.bytes,
			mech->password.len) &&
		    id->state >= IDENTITY_NETWORK) {
			identity_use_app(id, app, &mech->client, clock_now());
			mech->has_proved_app = true;
			return id->state == IDENTITY_USABLE;
		}
	}
	return false;
}

/* digest: gets that of the record, and lasts as long as the proof. */
static struct login_proof
proof_of(struct mech *mech, unsigned char digest[USER_RECORD_DIGEST_LEN])
{
	user_record_digest(identity_work(&mech->identity), digest);
	return (struct login_proof){
		.user = strbuf_str(&mech->identity.user),
		.password = mech->password.bytes,
		.password_len = mech->password.len,
		.record_digest = digest,
	};
}

static bool
succeeded_lately(struct mech *mech)
{
	unsigned char digest[USER_RECORD_DIGEST_LEN];
	struct login_proof proof = proof_of(mech, digest);

	return mech->identity.app == NULL && mech->rules->cache != NULL &&
	    success_cache_has(mech->rules->cache, &proof, clock_ms());
}

/* As much is tried of nobody. */
static enum password_state
check_without_hash(struct mech *mech)
{
	bool is_app = is_app_password(mech);
	bool is_cached = succeeded_lately(mech);

	if (is_app)
		return PASSWORD_RIGHT;
	if (mech->identity.state != IDENTITY_USABLE || !is_cached)
		return PASSWORD_UNKNOWN;
	mech->was_cached = true;
	return PASSWORD_RIGHT;
}

/* SASL_CB_SERVER_USERDB_CHECKPASS */
static int
on_check_password(sasl_conn_t *conn, void *ctx, const char *user,
    const char *password, unsigned len, struct propctx *props)
{
	struct mech *mech = ctx;

	(void)conn;
	(void)user;
	(void)props;
	if (mech->password_state == PASSWORD_UNASKED) {
		take_bytes(&mech->password, password, len);
		mech->password_state = check_without_hash(mech);
	}
	return mech->password_state == PASSWORD_RIGHT ? SASL_OK : SASL_BADAUTH;
}

static void
set_scram(struct mech *mech, sasl_server_params_t *sparams, const char *name)
{
	struct strbuf text = { 0 };

	mech->has_own_secret = mech_secret_scram(&text, &mech->identity,
	    mech->rules, mechanism_scram(mech->mechanism));
	sparams->utils->prop_set(sparams->propctx, name, strbuf_str(&text),
	    (int)text.len);
	strbuf_wipe(&text);
}

static void
set_cram_md5(struct mech *mech, sasl_server_params_t *sparams, const char *name)
{
	const struct strbuf *answer = &mech->responses[mech->nresponses - 1];
	struct cram_md5_exchange exchange = {
		.challenge = mech->first_challenge.bytes,
		.challenge_len = mech->first_challenge.len,
		.answer = answer->bytes,
		.client = mech->client,
		.now = clock_now(),
	};
	unsigned char state[CRAM_MD5_STATE_LEN];

	mech->has_own_secret = mech_secret_cram_md5(state, &mech->identity,
	    mech->rules, &exchange);
	sparams->utils->prop_set(sparams->propctx, name, (const char *)state,
	    sizeof state);
	explicit_bzero(state, sizeof state);
}

/* What the mechanism asks of our auxprop plugin. */
static void
on_lookup(void *ctx, sasl_server_params_t *sparams)
{
	struct mech *mech = ctx;
	const struct propval *prop = sparams->utils->prop_get(sparams->propctx);

	for (; prop != NULL && prop->name != NULL; prop++) {
		if (strcmp(prop->name, "*authPassword") == 0 &&
		    mechanism_scram(mech->mechanism) != SCRAM_HASHES)
			set_scram(mech, sparams, prop->name);
		else if (strcmp(prop->name, "*cmusaslsecretCRAM-MD5") == 0 &&
		    mech->mechanism == MECHANISM_CRAM_MD5 &&
		    mech->first_challenge.bytes != NULL)
			set_cram_md5(mech, sparams, prop->name);
	}
}

int
mech_init(struct strbuf *err)
{
	if (sodium_init() == -1) { /* what the processor has for fake secrets */
		strbuf_adds(err, "libsodium: it cannot be used");
		return -1;
	}
	return sasl_library_init(on_lookup, err);
}

void
mech_done(void)
{
	sasl_library_done();
}

int
mech_check(enum mechanism mechanism, struct strbuf *err)
{
	return sasl_library_check(mechanism_name(mechanism), err);
}

struct mech *
mech_new(struct login_rules *rules, enum mechanism mechanism,
    const struct ip *client)
{
	struct mech *mech = xcalloc(1, sizeof *mech);

	mech->rules = login_rules_ref(rules);
	mech->mechanism = mechanism;
	mech->client = *client;
	mech->callbacks[0] = (sasl_callback_t){ SASL_CB_CANON_USER,
		SASL_LIBRARY_CALLBACK(on_canon_user), mech };
	mech->callbacks[1] = (sasl_callback_t){ SASL_CB_SERVER_USERDB_CHECKPASS,
		SASL_LIBRARY_CALLBACK(on_check_password), mech };
	mech->callbacks[2] = (sasl_callback_t){ SASL_CB_LIST_END, NULL, NULL };
	return mech;
}

static void
forget_responses(struct mech *mech)
{
	for (size_t i = 0; i < mech->nresponses; i++)
		strbuf_wipe(&mech->responses[i]);
	mech->nresponses = 0;
	strbuf_wipe(&mech->password);
}

void
mech_finish(struct mech *mech)
{
	sasl_dispose(&mech->conn);
	forget_responses(mech);
	identity_forget_record(&mech->identity);
}

void
mech_free(struct mech *mech)
{
	if (mech == NULL)
		return;
	mech_finish(mech);
	strbuf_wipe(&mech->first_challenge);
	identity_free(&mech->identity);
	strbuf_free(&mech->reason);
	login_rules_unref(mech->rules);
	free(mech);
}

static bool
has_nonce(enum mechanism mechanism)
{
	return mechanism == MECHANISM_CRAM_MD5 ||
	    mechanism_scram(mechanism) != SCRAM_HASHES;
}

static int
start(struct mech *mech, const struct strbuf *response)
{
	sasl_security_properties_t properties = { .maxbufsize = 0 };
	int rc = sasl_server_new("smtp", "localhost",
	    mech->rules->config.default_realm, NULL, NULL, mech->callbacks,
	    SASL_SUCCESS_DATA, &mech->conn);

	if (rc == SASL_OK)
		rc = sasl_setprop(mech->conn, SASL_SEC_PROPS, &properties);
	if (rc == SASL_OK && has_nonce(mech->mechanism))
		rc = sasl_library_use_random(mech->conn);
	if (rc != SASL_OK)
		return rc;
	return sasl_server_start(mech->conn, mechanism_name(mech->mechanism),
	    response->bytes, (unsigned)response->len, &mech->challenge,
	    &mech->challenge_len);
}

static int
say(struct mech *mech, size_t n)
{
	const struct strbuf *response = &mech->responses[n];

	mech->challenge = NULL;
	mech->challenge_len = 0;
	if (n == 0)
		return start(mech, response);
	return sasl_server_step(mech->conn, response->bytes,
	    (unsigned)response->len, &mech->challenge, &mech->challenge_len);
}

static bool
lacks_secret(const struct mech *mech)
{
	const struct secrets *secrets = identity_secrets(&mech->identity);

	return secrets != NULL &&
	    mechanism_secret(mech->mechanism, secrets) == NULL;
}

/* Whether the proof, as far as anybody knows, was not what failed. */
static bool
failed_as_other(const struct mech *mech)
{
	return mech->acts_as_other &&
	    (mech->password_state == PASSWORD_RIGHT ||
		mech->password_state == PASSWORD_UNASKED);
}

static void
add_malformed(struct mech *mech, int rc)
{
	strbuf_addf(&mech->reason, "malformed response (%s)",
	    sasl_errstring(rc, NULL, NULL));
}

static void
explain_failure(struct mech *mech, int rc)
{
	const struct identity *id = &mech->identity;

	if (id->state == IDENTITY_NONE)
		add_malformed(mech, rc);
	else if (id->state != IDENTITY_USABLE)
		strbuf_addf(&mech->reason, "%s%s", identity_obstacle(id),
		    mech_message_hint(strbuf_str(&id->name), id->name.len));
	else if (lacks_secret(mech))
		strbuf_addf(&mech->reason,
		    "no secret for %s: set the password again (%sauthctl user "
		    "passwd %s)",
		    mechanism_name(mech->mechanism), command_line_prefix(),
		    strbuf_str(&id->user));
	else if (failed_as_other(mech))
		strbuf_adds(&mech->reason, "asks to act as somebody else");
	else if (rc == SASL_BADPROT)
		add_malformed(mech, rc);
	else
		strbuf_addf(&mech->reason, "wrong password%s",
		    mech_message_hint(mech->password.bytes,
			mech->password.len));
}

/* Whether the library failed, whatever the client said. */
static bool
is_our_fault(const struct mech *mech, int rc)
{
	switch (rc) {
	case SASL_NOMEM: /* of SCRAM: no secret, or no hash function */
		return !lacks_secret(mech);
	case SASL_NOMECH: /* no plugin */
	case SASL_BADVERS:
	case SASL_NOTINIT:
	case SASL_CONFIGERR:
	case SASL_TRYAGAIN:
	case SASL_UNAVAIL:
		return true;
	default:
		return false;
	}
}

/* The only place that says yes; mech_confirm can take it back. */
static enum mech_result
result_of(struct mech *mech, int rc)
{
	if (mech->identity.state == IDENTITY_TEMPFAIL) {
		strbuf_adds(&mech->reason, strbuf_str(&mech->identity.reason));
		return MECH_TEMPFAIL;
	}
	if (rc == SASL_CONTINUE)
		return MECH_CHALLENGE;
	if (rc == SASL_OK && mech->has_own_secret)
		mech->has_proved_app = mech->identity.app != NULL;
	if (rc == SASL_OK && mech->identity.state == IDENTITY_USABLE &&
	    (mech->has_own_secret || mech->password_state == PASSWORD_RIGHT))
		return MECH_OK;
	if (is_our_fault(mech, rc)) {
		strbuf_addf(&mech->reason, "libsasl2: %s",
		    mech->conn != NULL ? sasl_errdetail(mech->conn)
				       : sasl_errstring(rc, NULL, NULL));
		return MECH_TEMPFAIL;
	}
	explain_failure(mech, rc);
	return MECH_FAIL;
}

/* PLAIN and SCRAM begin with a message of the client, which is never empty;
 * libsasl2 would ask again and again. */
static bool
is_missing(const struct mech *mech, const struct strbuf *response)
{
	return response != NULL && response->len == 0 &&
	    mech->identity.state == IDENTITY_NONE &&
	    mech->mechanism != MECHANISM_LOGIN;
}

/* Whether the response just taken is none, for reasons that libsasl2 does not
 * look at. */
static bool
is_malformed(struct mech *mech)
{
	const struct strbuf *last = &mech->responses[mech->nresponses];
	const struct strbuf *begin = mech->responses;
	struct mech_message message = { last->bytes, last->len }, first;
	const char *problem;

	if (mech->mechanism == MECHANISM_CRAM_MD5 &&
	    mech->first_challenge.bytes == NULL)
		return false;     /* nothing was asked yet */
	if (begin->bytes == NULL) /* no initial response */
		begin++;
	first = (struct mech_message){ begin->bytes, begin->len };
	problem = mech_message_problem(mech->mechanism, &message,
	    begin < last ? &first : NULL);
	if (problem == NULL)
		return false;
	strbuf_addf(&mech->reason, "%s%s", problem,
	    mech_message_hint(last->bytes, last->len));
	mech->nresponses++;
	return true;
}

enum mech_result
mech_step(struct mech *mech, struct strbuf *response)
{
	int rc;

	if (mech->nresponses == RESPONSES_MAX || is_missing(mech, response)) {
		explain_failure(mech, SASL_BADPROT);
		return MECH_FAIL;
	}
	if (response != NULL) {
		strbuf_reserve(response, 0); /* given, though it be empty */
		mech->responses[mech->nresponses] = *response;
		*response = (struct strbuf){ 0 };
	}
	if (response != NULL && is_malformed(mech))
		return MECH_FAIL;
	rc = say(mech, mech->nresponses++);
	if (mech->mechanism == MECHANISM_CRAM_MD5 && rc == SASL_CONTINUE)
		take_bytes(&mech->first_challenge, mech->challenge,
		    mech->challenge_len);
	if (rc != SASL_CONTINUE && rc != SASL_OK &&
	    mech->password_state == PASSWORD_UNKNOWN &&
	    mech->identity.state != IDENTITY_TEMPFAIL)
		return MECH_HASH;
	return result_of(mech, rc);
}

/* The bytes as they were sent and, where it differs, their SASLprep form. */
static enum credential_match
match_password(const struct mech *mech, const char *stored,
    struct crypt_data *scratch)
{
	const struct strbuf *sent = &mech->password;
	struct strbuf prepared = { 0 };
	enum credential_match match;

	strbuf_reserve(&prepared, 4 * sent->len + 1);
	match = credential_verify(stored, sent->bytes, sent->len, scratch);
	if (match == CREDENTIAL_WRONG &&
	    credential_saslprep(sent->bytes, sent->len, &prepared) &&
	    (prepared.len != sent->len ||
		memcmp(prepared.bytes, sent->bytes, sent->len) != 0))
		match = credential_verify(stored, prepared.bytes, prepared.len,
		    scratch);
	strbuf_wipe(&prepared);
	return match;
}

/* Nobody knows whether the password is right. */
static enum mech_result
give_up_hash(struct mech *mech, const char *stored)
{
	const char *problem = credential_problem(stored);

	strbuf_addf(&mech->reason, "the password cannot be hashed: %s",
	    problem != NULL ? problem
			    : "out of memory, or libcrypt does not know how");
	return MECH_TEMPFAIL;
}

enum mech_result
mech_hash(struct mech *mech, struct crypt_data *scratch)
{
	const struct identity *id = &mech->identity;
	const struct secrets *secrets =
	    id->app != NULL ? NULL : identity_secrets(id);
	bool has_hash = secrets != NULL && secrets->password != NULL;
	const char *stored = has_hash ? secrets->password : mech->rules->dummy;
	unsigned char digest[USER_RECORD_DIGEST_LEN];
	struct login_proof proof = proof_of(mech, digest);
	enum credential_match match = match_password(mech, stored, scratch);
	int rc = SASL_BADAUTH;

	if (match == CREDENTIAL_UNKNOWN)
		return give_up_hash(mech, stored);
	mech->password_state = PASSWORD_WRONG;
	if (match == CREDENTIAL_RIGHT && has_hash &&
	    id->state == IDENTITY_USABLE) {
		mech->password_state = PASSWORD_RIGHT;
		sasl_dispose(&mech->conn);
		for (size_t i = 0; i < mech->nresponses; i++)
			rc = say(mech, i);
		if (rc == SASL_OK && mech->rules->cache != NULL)
			success_cache_add(mech->rules->cache, &proof,
			    clock_ms());
	}
	return result_of(mech, rc);
}

/*
 * The user may log in, but what he proved is not his secret any more.  For an
 * answer to a challenge that is now out of date nobody can say what it is
 * worth: the same password may have been set again, with other salt.
 */
static enum mech_result
prove_again(struct mech *mech)
{
	mech->was_cached = false;
	if (mech->identity.app == NULL && mech->password.bytes != NULL)
		return MECH_HASH;
	strbuf_adds(&mech->reason, "the password was changed meanwhile");
	return MECH_TEMPFAIL;
}

enum mech_result
mech_confirm(struct mech *mech, const struct login_rules *now)
{
	struct identity *id = &mech->identity;
	bool is_same = true;

	identity_work(id); /* a verdict needs the whole record */
	if (id->state != IDENTITY_TEMPFAIL && now == mech->rules &&
	    userdb_is_current(now->userdb, &id->record))
		identity_judge(id, &mech->client, clock_now());
	else
		is_same = identity_find_again(id, now->userdb, mech->mechanism,
		    &mech->client, clock_now());
	mech->has_proved_app = mech->has_proved_app && is_same;
	if (id->state == IDENTITY_USABLE)
		return is_same ? MECH_OK : prove_again(mech);
	strbuf_adds(&mech->reason, identity_obstacle(id));
	return id->state == IDENTITY_TEMPFAIL ? MECH_TEMPFAIL : MECH_FAIL;
}

const char *
mech_challenge(const struct mech *mech, size_t *len)
{
	*len = mech->challenge_len;
	return mech->challenge;
}

bool
mech_has_name(struct mech *mech)
{
	const struct strbuf *last = mech->responses + mech->nresponses - 1;

	if (mech->identity.state == IDENTITY_NONE && mech->nresponses > 0 &&
	    mech->mechanism == MECHANISM_LOGIN && last->len > 0)
		identity_find(&mech->identity, mech->rules, last->bytes,
		    last->len, &mech->client, clock_now());
	return mech->identity.state != IDENTITY_NONE;
}

void
mech_set_sending(struct mech *mech)
{
	mech->identity.is_sending = true;
}

enum mechanism
mech_mechanism(const struct mech *mech)
{
	return mech->mechanism;
}

const struct identity *
mech_identity(const struct mech *mech)
{
	return &mech->identity;
}

bool
mech_is_elsewhere(const struct mech *mech)
{
	return mech->has_proved_app && mech->identity.state == IDENTITY_NETWORK;
}

const char *
mech_reason(const struct mech *mech)
{
	return strbuf_str(&mech->reason);
}

const struct strbuf *
mech_password(const struct mech *mech)
{
	return mech->password_state == PASSWORD_RIGHT &&
		mech->identity.app == NULL
	    ? &mech->password
	    : NULL;
}

bool
mech_was_cached(const struct mech *mech)
{
	return mech->was_cached;
}
