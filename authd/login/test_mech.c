#include <sys/socket.h>

#include "cram_md5.h"
#include "encoding.h"
#include "fake_secret.h"
#include "mech_secret.h"
#include "mem.h"
#include "testing_login.h"
#include "testing_mech.h"

#define APP_PASSWORD "abcdefghijklmnopqrstuvwx"

static struct testing_login login;
static const struct ip nowhere;
static const struct ip here = { AF_INET, { 192, 0, 2, 1 } };
static const struct ip there = { AF_INET, { 203, 0, 113, 1 } };

static void
begin(void)
{
	struct userdb_edit *edit;
	struct user_record record;

	testing_login_begin(&login, "");
	testing_login_end_threads(&login);
	edit = testing_edit(&login);
	record = testing_record("secret");
	testing_add_app(&record, "phone", APP_PASSWORD, NULL);
	testing_add_app(&record, "TV", APP_PASSWORD "3", NULL);
	testing_add_app(&record, "office", APP_PASSWORD "2", "192.0.2.0/24");
	testing_put(edit, "fred@example.org", &record);
	record.status = USER_SUSPENDED;
	testing_put(edit, "gone@example.org", &record);
	record.status = USER_ACTIVE;
	record.expires = 2;
	testing_put(edit, "old@example.org", &record);
	user_record_free(&record);
	record = testing_record("I\xc2\xadX"); /* RFC 4013: becomes IX */
	testing_put(edit, "ix@example.org", &record);
	user_record_free(&record);
	record = testing_record("a,b=c");
	testing_put(edit, "a,b=c@example.org", &record);
	user_record_free(&record);
	/* RFC 4616, 4 */
	record = testing_record("tanstaaftanstaaf");
	testing_put(edit, "tim@example.org", &record);
	user_record_free(&record);
	record = testing_record("secret");
	testing_add_app(&record, "slow", APP_PASSWORD, NULL);
	free(record.app_passwords[0].secrets.password);
	record.app_passwords[0].secrets.password =
	    xstrdup("$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1");
	testing_put(edit, "slow@example.org", &record);
	user_record_free(&record);
	record = (struct user_record){ .created = 1 };
	record.secrets.password = xstrdup("$9$of$another$version");
	testing_put(edit, "new@example.org", &record);
	user_record_free(&record);
	record = (struct user_record){ .created = 1 };
	user_record_add_app(&record, "bare")->created = 1;
	testing_put(edit, "bare@example.org", &record);
	user_record_free(&record);
	testing_commit(edit);
}

static void
end(void)
{
	testing_login_end(&login);
}

static struct mech *
new_mech(enum mechanism mechanism)
{
	return mech_new(login.service.rules, mechanism, &here);
}

static void
expect_user(const struct mech *mech, const char *user, const char *label)
{
	ck_assert_str_eq(strbuf_str(&mech_identity(mech)->user), user);
	ck_assert_str_eq(strbuf_str(&mech_identity(mech)->label), label);
}

#define MESSAGE(text) text, sizeof text - 1

static const struct {
	const char *message;
	size_t len;
	enum mech_result result;
	const char *reason; /* the beginning of it */
} plains[] = {
	/* RFC 4616, 4 */
	{ MESSAGE("\0tim\0tanstaaftanstaaf"), MECH_OK, NULL },
	{ MESSAGE("Ursel\0tim\0tanstaaftanstaaf"), MECH_FAIL,
	    "asks to act as somebody else" },
	/* chasquid sends the name twice */
	{ MESSAGE("tim@example.org\0tim@example.org\0tanstaaftanstaaf"),
	    MECH_OK, NULL },
	{ MESSAGE("tim\0tim@example.org\0tanstaaftanstaaf"), MECH_OK, NULL },
	{ MESSAGE("\0tim\0wrong"), MECH_FAIL, "wrong password" },
	{ MESSAGE("\0tim\0wr\xf6ng"), MECH_FAIL,
	    "wrong password (it is not UTF-8; Latin-1?)" },
	{ MESSAGE("\0tim\0wr\xc3\xb6ng"), MECH_FAIL, "wrong password" },
	{ MESSAGE("\0tim\0tanstaaftanstaaf\r\n"), MECH_FAIL,
	    "wrong password (it ends in CR or LF)" },
	{ MESSAGE("\0tim\n\0tanstaaftanstaaf"), MECH_FAIL,
	    "user name has a control character (it ends in CR or LF)" },
	{ MESSAGE("Ursel\0tim\0wrong"), MECH_FAIL, "wrong password" },
	{ MESSAGE("\0nobody\0wrong"), MECH_FAIL, "unknown user" },
	{ MESSAGE("\0gone\0secret"), MECH_FAIL, "suspended" },
	{ MESSAGE("\0old\0secret"), MECH_FAIL, "expired" },
	{ MESSAGE("\0bare\0secret"), MECH_FAIL, "no secret for PLAIN" },
	{ MESSAGE("\0new\0secret"), MECH_TEMPFAIL,
	    "the password cannot be hashed" },
	{ MESSAGE("\0tim\0tanstaaftanstaaf\0"), MECH_FAIL, "malformed" },
	{ MESSAGE("\0tim\0tan\0staaf"), MECH_FAIL, "malformed" },
	{ MESSAGE("\0tim"), MECH_FAIL, "malformed" },
	{ MESSAGE("tim"), MECH_FAIL, "malformed" },
	{ MESSAGE("\0\0"), MECH_FAIL, "" },
	{ MESSAGE("\0 tim\0tanstaaftanstaaf"), MECH_FAIL, "user name" },
	{ MESSAGE("\0tim@@example.org\0tanstaaftanstaaf"), MECH_FAIL,
	    "user name" },
	{ MESSAGE("\0tim@other.org\0tanstaaftanstaaf"), MECH_FAIL,
	    "unknown user" },
	/* SASLprep: as stored, and as a client prepares it */
	{ MESSAGE("\0ix\0I\xc2\xadX"), MECH_OK, NULL },
};

START_TEST(messages_of_plain)
{
	struct mech *mech = new_mech(MECHANISM_PLAIN);
	enum mech_result result =
	    step(mech, plains[_i].message, plains[_i].len);

	ck_assert_msg(result == plains[_i].result, "%s", mech_reason(mech));
	if (plains[_i].reason != NULL)
		ck_assert_msg(strncmp(mech_reason(mech), plains[_i].reason,
				  strlen(plains[_i].reason)) == 0,
		    "%s", mech_reason(mech));
	mech_free(mech);
}
END_TEST

START_TEST(scram_right)
{
	struct mech *mech = new_mech(MECHANISM_SCRAM_SHA_256);
	const char *last;
	size_t len;

	ck_assert_int_eq(scram(mech, &good_client), MECH_OK);
	expect_user(mech, "fred@example.org", "");
	last = mech_challenge(mech, &len);
	ck_assert(last != NULL && strncmp(last, "v=", 2) == 0);
	mech_free(mech);
}
END_TEST

START_TEST(scram_names_and_passwords)
{
	static const struct {
		const char *name, *password, *user, *label;
	} cases[] = {
		{ "FRED@Example.ORG", "secret", "fred@example.org", "" },
		{ "a=2Cb=3Dc", "a,b=c", "a,b=c@example.org", "" },
		{ "ix", "IX", "ix@example.org", "" },
		{ "fred/phone", APP_PASSWORD, "fred@example.org", "phone" },
		{ "fred@example.org/phone", APP_PASSWORD, "fred@example.org",
		    "phone" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scram_client client = good_client;
		struct mech *mech = new_mech(MECHANISM_SCRAM_SHA_256);

		client.name = cases[i].name;
		client.password = cases[i].password;
		ck_assert_msg(scram(mech, &client) == MECH_OK, "%s: %s",
		    client.name, mech_reason(mech));
		expect_user(mech, cases[i].user, cases[i].label);
		mech_free(mech);
	}
}
END_TEST

START_TEST(scram_wrong)
{
	struct scram_client clients[12];
	size_t n = 0;

	for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++)
		clients[i] = good_client;
	clients[n++].has_bad_proof = true;
	clients[n++].password = "Secret";
	clients[n++].nonce = "clientnonce";
	clients[n++].nonce = "clientnonceandmore";
	clients[n++].nonce = "";
	clients[n++].binding = "eSws"; /* y,, after n,, */
	clients[n++].binding = "";
	clients[n++].header = "p=tls-unique,,";
	clients[n++].header = "x,,";
	clients[n++].header = "n,a=other@example.org,";
	clients[n++].name = "a=2";
	clients[n++].name = "nobody";
	ck_assert_uint_eq(n, sizeof clients / sizeof clients[0]);
	for (size_t i = 0; i < n; i++) {
		struct mech *mech = new_mech(MECHANISM_SCRAM_SHA_256);

		ck_assert_msg(scram(mech, &clients[i]) == MECH_FAIL, "%zu", i);
		mech_free(mech);
	}
}
END_TEST

/* What stands in the log is why, also where libsasl2 has no word for it. */
START_TEST(scram_reasons_are_true)
{
	static const struct {
		const char *header, *binding, *name, *reason;
	} cases[] = {
		{ "n,a=other@example.org,", "bixhPW90aGVyQGV4YW1wbGUub3JnLA==",
		    "fred", "asks to act as somebody else" },
		{ "n,a=nobody,", "bixhPW5vYm9keSw=", "fred",
		    "asks to act as somebody else" },
		{ "n,,", "eSws", "fred", "c= does not repeat the GS2 header" },
		{ "y,,", "biws", "fred", "c= does not repeat the GS2 header" },
		{ "n,,", "biwsAAAA", "fred",
		    "c= does not repeat the GS2 header" },
		{ "n,,", "", "fred", "c= does not repeat the GS2 header" },
		{ "n,a=fred,", "biws", "fred",
		    "c= does not repeat the GS2 header" },
		{ "p=tls-unique,,", "cD10bHMtdW5pcXVlLCw=", "fred",
		    "asks for channel binding (p=), which is not offered" },
		{ "x,,", "eCws", "fred",
		    "malformed response (bad protocol / cancel)" },
		{ "n,,", "biws",
		    "fr\xe9"
		    "d",
		    "unknown user (it is not UTF-8; Latin-1?)" },
		{ "n,,", "biws", "nobody", "unknown user" },
		{ "n,,", "biws", "fred\r",
		    "user name has a control character (it ends in CR or LF)" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scram_client client = good_client;
		struct mech *mech = new_mech(MECHANISM_SCRAM_SHA_256);

		client.header = cases[i].header;
		client.binding = cases[i].binding;
		client.name = cases[i].name;
		ck_assert_int_eq(scram(mech, &client), MECH_FAIL);
		ck_assert_str_eq(mech_reason(mech), cases[i].reason);
		mech_free(mech);
	}
}
END_TEST

START_TEST(a_malformed_end_of_scram_is_no_wrong_password)
{
	static const char *const ends[] = { "c=biws,r=", "c=biws,x=1",
		"c=biws,r=clientnonce", "c=biws,r=clientnonce,p=AAAA" };

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct mech *mech = new_mech(MECHANISM_SCRAM_SHA_256);
		struct strbuf first = { 0 };

		scram_first(&good_client, &first);
		ck_assert_int_eq(step(mech, first.bytes, first.len),
		    MECH_CHALLENGE);
		ck_assert_int_eq(step(mech, ends[i], strlen(ends[i])),
		    MECH_FAIL);
		ck_assert_str_eq(mech_reason(mech),
		    "malformed response (bad protocol / cancel)");
		strbuf_free(&first);
		mech_free(mech);
	}
}
END_TEST

START_TEST(scram_may_name_its_own_user_and_know_of_channel_binding)
{
	static const struct {
		const char *header, *binding;
	} cases[] = {
		{ "y,,", "eSws" },
		{ "n,a=fred,", "bixhPWZyZWQs" },
		{ "n,a=Fred@example.org,", "bixhPUZyZWRAZXhhbXBsZS5vcmcs" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scram_client client = good_client;
		struct mech *mech = new_mech(MECHANISM_SCRAM_SHA_256);

		client.header = cases[i].header;
		client.binding = cases[i].binding;
		ck_assert_msg(scram(mech, &client) == MECH_OK, "%s: %s",
		    client.header, mech_reason(mech));
		mech_free(mech);
	}
}
END_TEST

#define DIGEST "0123456789abcdef0123456789abcdef"

/* A digest never becomes a part of a name, nor a name what is before a NUL. */
START_TEST(answers_of_cram_md5_that_are_none)
{
	static const struct {
		const char *answer;
		size_t len;
		const char *reason;
	} cases[] = {
		{ MESSAGE("fred " DIGEST " "), "malformed" },
		{ MESSAGE("fred " DIGEST " x"), "malformed" },
		{ MESSAGE("fred\t" DIGEST), "malformed" },
		{ MESSAGE("fred" DIGEST), "malformed" },
		{ MESSAGE(" " DIGEST), "malformed" },
		{ MESSAGE("fred 0" DIGEST), "malformed" },
		{ MESSAGE("fred\0 " DIGEST), "malformed response: a NUL byte" },
		{ MESSAGE("fred " DIGEST "\r\n"),
		    "malformed response: not a name, a blank and a digest "
		    "(it ends in CR or LF)" },
		{ MESSAGE("fr\xe9"
			  "d " DIGEST),
		    "unknown user (it is not UTF-8; Latin-1?)" },
		{ MESSAGE("fred " DIGEST), "wrong password" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct mech *mech = new_mech(MECHANISM_CRAM_MD5);
		const char *name;

		ck_assert_int_eq(step(mech, NULL, 0), MECH_CHALLENGE);
		ck_assert_int_eq(step(mech, cases[i].answer, cases[i].len),
		    MECH_FAIL);
		ck_assert_msg(strncmp(mech_reason(mech), cases[i].reason,
				  strlen(cases[i].reason)) == 0,
		    "%zu: %s", i, mech_reason(mech));
		name = strbuf_str(&mech_identity(mech)->name);
		ck_assert_ptr_null(strstr(name, "0123"));
		mech_free(mech);
	}
}
END_TEST

START_TEST(login_does_not_cut_names)
{
	struct mech *mech = new_mech(MECHANISM_LOGIN);

	ck_assert_int_eq(step(mech, NULL, 0), MECH_CHALLENGE);
	ck_assert_int_eq(step(mech, "fred\0x", 6), MECH_FAIL);
	ck_assert_str_eq(mech_reason(mech), "malformed response: a NUL byte");
	ck_assert_str_eq(strbuf_str(&mech_identity(mech)->name), "");
	mech_free(mech);
}
END_TEST

START_TEST(scram_of_no_one_looks_like_one_and_stays_the_same)
{
	static const char *const names[] = { "nobody", "nobody", "somebody",
		"fred", "gone", "bare", "bare/bare", "bare/other",
		"bare/OTHER@Example.org" };
	char salts[9][128];
	const char *challenge;
	size_t len;

	for (size_t i = 0; i < 9; i++) {
		struct mech *mech = new_mech(MECHANISM_SCRAM_SHA_256);
		struct strbuf first = { 0 };
		unsigned iterations;
		char text[512];

		strbuf_addf(&first, "n,,n=%s,r=clientnonce", names[i]);
		ck_assert_int_eq(step(mech, first.bytes, first.len),
		    MECH_CHALLENGE);
		challenge = mech_challenge(mech, &len);
		memcpy(text, challenge, len);
		text[len] = '\0';
		ck_assert_int_eq(sscanf(text, "r=%*[^,],s=%127[^,],i=%u",
				     salts[i], &iterations),
		    2);
		ck_assert_uint_eq(iterations, 4096);
		ck_assert_uint_eq(strlen(salts[i]), strlen(salts[0]));
		strbuf_free(&first);
		mech_free(mech);
	}
	ck_assert_str_eq(salts[0], salts[1]);
	ck_assert_str_ne(salts[0], salts[2]);
	ck_assert_str_eq(salts[3], salts[4]); /* the same record's */
	/* nor does it show which labels there are */
	ck_assert_str_ne(salts[5], salts[6]);
	ck_assert_str_ne(salts[5], salts[7]);
	ck_assert_str_eq(salts[7], salts[8]);
}
END_TEST

/* RFC 2195, 2 */
#define RFC2195_CHALLENGE "<1896.697170952@postoffice.reston.mci.net>"
#define RFC2195_ANSWER    "tim b913a602c7eda7a495b4e6e7334d3890"

START_TEST(cram_md5_of_the_rfc)
{
	struct cram_md5_exchange exchange = {
		.challenge = RFC2195_CHALLENGE,
		.challenge_len = strlen(RFC2195_CHALLENGE),
		.answer = RFC2195_ANSWER,
	};
	unsigned char state[CRAM_MD5_STATE_LEN], right[CRAM_MD5_STATE_LEN];
	struct identity id = { 0 };
	struct app_password *app;

	/* only an app password fits: it is found by the answer */
	identity_find(&id, login.service.rules, "fred", 4, &nowhere, 10);
	ck_assert_ptr_eq(identity_work(&id), &id.record);
	ck_assert_int_eq(id.state, IDENTITY_USABLE);
	testing_add_app(&id.record, "rfc", "tanstaaftanstaaf", NULL);
	app = user_record_find_app(&id.record, "rfc");
	ck_assert(cram_md5_decode(right, app->secrets.cram_md5));
	mech_secret_cram_md5(state, &id, login.service.rules, &exchange);
	ck_assert_mem_eq(state, right, sizeof right);
	ck_assert_ptr_eq(id.app, app);
	identity_free(&id);
}
END_TEST

#define ELSEWHERE "app password not"

static const struct login_case {
	const char *name, *password;
	const struct ip *client;
	enum mech_result result;
	const char *what; /* the label, or the beginning of the reason */
} logins[] = {
	{ "fred", "secret", &here, MECH_OK, "" },
	{ "FRED@EXAMPLE.ORG", "secret", &here, MECH_OK, "" },
	{ "fred", "wrong", &here, MECH_FAIL, "wrong password" },
	{ "nobody", "secret", &here, MECH_FAIL, "unknown user" },
	{ "gone", "secret", &here, MECH_FAIL, "suspended" },
	{ "old", "secret", &here, MECH_FAIL, "expired" },
	{ "bare", "secret", &here, MECH_FAIL, "no secret for" },
	{ "fred", APP_PASSWORD, &there, MECH_OK, "phone" },
	{ "fred", APP_PASSWORD, &nowhere, MECH_OK, "phone" },
	{ "fred/phone", APP_PASSWORD, &here, MECH_OK, "phone" },
	{ "fred/phone@example.org", APP_PASSWORD, &here, MECH_OK, "phone" },
	{ "fred", APP_PASSWORD "2", &here, MECH_OK, "office" },
	{ "fred", APP_PASSWORD "2", &there, MECH_FAIL, ELSEWHERE },
	{ "fred", APP_PASSWORD "2", &nowhere, MECH_FAIL, ELSEWHERE },
	{ "fred/office", APP_PASSWORD "2", &there, MECH_FAIL, ELSEWHERE },
	{ "fred/office", "wrong", &there, MECH_FAIL, ELSEWHERE },
	{ "fred/office", APP_PASSWORD, &there, MECH_FAIL, ELSEWHERE },
	{ "gone/office", APP_PASSWORD "2", &there, MECH_FAIL, "suspended" },
	{ "fred/phone", "secret", &here, MECH_FAIL, "wrong password" },
	{ "fred/phone", APP_PASSWORD "2", &here, MECH_FAIL, "wrong password" },
	{ "fred/TV", APP_PASSWORD "3", &here, MECH_OK, "TV" },
	{ "Fred/tv@example.org", APP_PASSWORD "3", &here, MECH_OK, "TV" },
	{ "fred/car", APP_PASSWORD, &here, MECH_FAIL, "unknown user" },
	{ "gone", APP_PASSWORD, &here, MECH_FAIL, "suspended" },
	{ "gone/phone", APP_PASSWORD, &here, MECH_FAIL, "suspended" },
};
#define NLOGINS (int)(sizeof logins / sizeof logins[0])

static void
check_login(struct mech *mech, enum mech_result result,
    const struct login_case *expected)
{
	ck_assert_msg(result == expected->result, "%s %s: %s", expected->name,
	    expected->password, mech_reason(mech));
	if (result == MECH_OK)
		expect_user(mech, "fred@example.org", expected->what);
	else
		ck_assert_msg(strncmp(mech_reason(mech), expected->what,
				  strlen(expected->what)) == 0,
		    "%s %s: %s", expected->name, expected->password,
		    mech_reason(mech));
	ck_assert_msg(mech_is_elsewhere(mech) ==
		(strcmp(expected->what, ELSEWHERE) == 0 &&
		    strcmp(expected->password, APP_PASSWORD "2") == 0),
	    "%s %s", expected->name, expected->password);
	mech_free(mech);
}

START_TEST(logins_by_cram_md5)
{
	struct mech *mech = mech_new(login.service.rules, MECHANISM_CRAM_MD5,
	    logins[_i].client);

	check_login(mech, cram_md5(mech, logins[_i].name, logins[_i].password),
	    &logins[_i]);
}
END_TEST

START_TEST(logins_by_plain)
{
	struct mech *mech =
	    mech_new(login.service.rules, MECHANISM_PLAIN, logins[_i].client);

	check_login(mech, plain(mech, logins[_i].name, logins[_i].password),
	    &logins[_i]);
}
END_TEST

/* That would be in the loop. */
START_TEST(a_slow_hash_of_an_app_password_is_never_computed)
{
	struct mech *mech =
	    mech_new(login.service.rules, MECHANISM_PLAIN, &here);

	ck_assert_int_eq(plain(mech, "slow/slow", "secret"), MECH_FAIL);
	mech_free(mech);
}
END_TEST

START_TEST(logins_by_login)
{
	struct mech *mech =
	    mech_new(login.service.rules, MECHANISM_LOGIN, logins[_i].client);

	ck_assert_int_eq(step(mech, NULL, 0), MECH_CHALLENGE);
	ck_assert_int_eq(step(mech, logins[_i].name, strlen(logins[_i].name)),
	    MECH_CHALLENGE);
	check_login(mech,
	    step(mech, logins[_i].password, strlen(logins[_i].password)),
	    &logins[_i]);
}
END_TEST

/* MD5 after the 64 bytes that four of the state's words stand for. */
static struct md5_ctx
resumed(const unsigned char *words)
{
	struct md5_ctx ctx;

	md5_init(&ctx);
	for (size_t i = 0; i < 16; i++)
		ctx.state[i / 4] = ctx.state[i / 4] << 8 | words[i];
	ctx.count = 1;
	return ctx;
}

/* Who can read the database knows it, and it must open nothing. */
START_TEST(a_fake_secret_proves_nothing)
{
	struct mech *mech = new_mech(MECHANISM_CRAM_MD5);
	unsigned char key[USERDB_FAKE_KEY_LEN], state[CRAM_MD5_STATE_LEN];
	unsigned char digest[MD5_DIGEST_SIZE];
	struct strbuf err = { 0 }, answer = { 0 };
	struct md5_ctx md5;
	const char *challenge;
	size_t len;

	ck_assert_int_eq(
	    userdb_fake_key(login.service.rules->userdb, key, &err), 0);
	fake_secret_cram_md5(state, key, "bare@example.org");
	ck_assert_int_eq(step(mech, NULL, 0), MECH_CHALLENGE);
	challenge = mech_challenge(mech, &len);
	strbuf_adds(&answer, "bare ");
	md5 = resumed(state);
	md5_update(&md5, len, (const unsigned char *)challenge);
	md5_digest(&md5, sizeof digest, digest);
	md5 = resumed(state + 16);
	md5_update(&md5, sizeof digest, digest);
	md5_digest(&md5, sizeof digest, digest);
	hex_add(&answer, digest, sizeof digest);
	ck_assert_int_eq(step(mech, answer.bytes, answer.len), MECH_FAIL);
	ck_assert_msg(
	    strncmp(mech_reason(mech), "no secret for CRAM-MD5", 22) == 0, "%s",
	    mech_reason(mech));
	strbuf_free(&answer);
	mech_free(mech);
}
END_TEST

/* Many refusals may wait for their time. */
START_TEST(a_finished_exchange_holds_no_secret)
{
	struct mech *mech = new_mech(MECHANISM_PLAIN);

	ck_assert_int_eq(plain(mech, "fred/phone", "wrong"), MECH_FAIL);
	ck_assert_ptr_nonnull(mech_identity(mech)->record.secrets.password);
	mech_finish(mech);
	ck_assert_ptr_null(mech_identity(mech)->record.secrets.password);
	ck_assert_uint_eq(mech_identity(mech)->record.napp_passwords, 0);
	expect_user(mech, "fred@example.org", "phone");
	mech_free(mech);
}
END_TEST

/* Out of turn, too often, empty, with NUL bytes, huge. */
START_TEST(no_message_does_harm)
{
	char *huge = xcalloc(1, 200000);

	memset(huge, 'x', 200000);
	for (int m = 0; m < MECHANISMS; m++) {
		static const struct {
			const char *bytes;
			size_t len;
		} messages[] = { { NULL, 0 }, { MESSAGE("") },
			{ MESSAGE("\0\0\0") }, { MESSAGE("a") },
			{ MESSAGE("n,,n=,r=") }, { MESSAGE("n,,n=\0,r=a") },
			{ MESSAGE("n,,r=a,n=fred") }, { MESSAGE("a b c") },
			{ MESSAGE("fred ") }, { MESSAGE("\xff\xfe \xff") } };

		for (size_t i = 0; i <= sizeof messages / sizeof messages[0];
		     i++) {
			struct mech *mech = new_mech((enum mechanism)m);
			enum mech_result result = MECH_CHALLENGE;
			bool is_huge =
			    i == sizeof messages / sizeof messages[0];

			for (int n = 0; n < 6 && result == MECH_CHALLENGE; n++)
				result = is_huge ? step(mech, huge, 200000)
						 : step(mech, messages[i].bytes,
						       messages[i].len);
			ck_assert_int_eq(result, MECH_FAIL);
			mech_free(mech);
		}
	}
	free(huge);
}
END_TEST

#define COUNT(array) (int)(sizeof array / sizeof array[0])

int
main(void)
{
	Suite *suite = suite_create("mech");
	TCase *tc = tcase_create("mech");

	suite_add_tcase(suite, tc);
	tcase_add_unchecked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, messages_of_plain, 0, COUNT(plains));
	tcase_add_test(tc, scram_right);
	tcase_add_test(tc, scram_names_and_passwords);
	tcase_add_test(tc, scram_wrong);
	tcase_add_test(tc, scram_reasons_are_true);
	tcase_add_test(tc, a_malformed_end_of_scram_is_no_wrong_password);
	tcase_add_test(tc,
	    scram_may_name_its_own_user_and_know_of_channel_binding);
	tcase_add_test(tc, answers_of_cram_md5_that_are_none);
	tcase_add_test(tc, login_does_not_cut_names);
	tcase_add_test(tc, scram_of_no_one_looks_like_one_and_stays_the_same);
	tcase_add_test(tc, cram_md5_of_the_rfc);
	tcase_add_loop_test(tc, logins_by_cram_md5, 0, NLOGINS);
	tcase_add_loop_test(tc, logins_by_plain, 0, NLOGINS);
	tcase_add_test(tc, a_slow_hash_of_an_app_password_is_never_computed);
	tcase_add_loop_test(tc, logins_by_login, 0, NLOGINS);
	tcase_add_test(tc, a_fake_secret_proves_nothing);
	tcase_add_test(tc, a_finished_exchange_holds_no_secret);
	tcase_add_test(tc, no_message_does_harm);
	return testing_run(suite);
}
