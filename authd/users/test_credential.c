#include <sys/resource.h>
#include <crypt.h>
#include <string.h>

#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memxor.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "testing.h"
#include "cram_md5.h"
#include "credential.h"
#include "crypt_scheme.h"
#include "encoding.h"
#include "mem.h"
#include "scram.h"

#define ALL ((1U << MECHANISMS) - 1)

static const struct credential_options cheap = { ALL, "bcrypt:4", 4096 };

static const struct credential_options long_ones = { ALL, "sha256crypt:1000",
	4096 };

static bool
verify(const char *stored, const char *password)
{
	return credential_verify(stored, password, strlen(password), NULL) ==
	    CREDENTIAL_RIGHT;
}

static void
eat_prepared(const char *password, const char *prepared)
{
	struct strbuf out = { 0 };

	ck_assert_int_eq(credential_saslprep(password, strlen(password), &out),
	    prepared != NULL);
	testing_eat(&out, prepared != NULL ? prepared : "");
}

START_TEST(saslprep_of_rfc_4013)
{
	eat_prepared("I\xc2\xadX", "IX");
	eat_prepared("user", "user");
	eat_prepared("USER", "USER");
	eat_prepared("\xc2\xaa", "a");
	eat_prepared("\xe2\x85\xa8", "IX");
	eat_prepared("\x07", NULL);
	eat_prepared("\xd8\xa7\x31", NULL);
	eat_prepared("\xff", NULL);     /* no UTF-8 */
	eat_prepared("\xc2\xad", NULL); /* nothing is left */
	eat_prepared("", NULL);
}
END_TEST

START_TEST(saslprep_bears_what_grows_most)
{
	char text[CREDENTIAL_PASSWORD_MAX + 1] = "";
	struct strbuf out = { 0 };

	while (strlen(text) + 3 < sizeof text)
		strcat(text, "\xef\xb7\xba"); /* 18 letters under NFKC */
	ck_assert(credential_saslprep(text, strlen(text), &out));
	ck_assert_uint_gt(out.len, 10 * strlen(text));
	strbuf_free(&out);
}
END_TEST

/* An exchange that an RFC shows, checked with the keys that we store. */
static const struct exchange {
	enum scram_hash hash;
	const char *salt, *client_first, *server_first, *client_final;
	const char *proof, *signature;
} exchanges[] = {
	{ SCRAM_SHA_1, "QSXCR+Q6sek8bf92", /* RFC 5802, 5 */
	    "n=user,r=fyko+d2lbbFgONRv9qkxdawL",
	    "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
	    "s=QSXCR+Q6sek8bf92,i=4096",
	    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
	    "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "rmF9pqV8S7suAoZWja4dJRkFsKQ=" },
	{ SCRAM_SHA_256, "W22ZaJ0SNY7soEsUEjb6gQ==", /* RFC 7677, 3 */
	    "n=user,r=rOprNGfwEbeRWgbNEkqO",
	    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
	    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
	    "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	    "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
};

static void
hmac(enum scram_hash hash, const unsigned char *key, const char *text,
    unsigned char *out)
{
	struct hmac_sha1_ctx sha1;
	struct hmac_sha256_ctx sha256;

	if (hash == SCRAM_SHA_1) {
		hmac_sha1_set_key(&sha1, 20, key);
		hmac_sha1_update(&sha1, strlen(text), (const uint8_t *)text);
		hmac_sha1_digest(&sha1, 20, out);
	} else {
		hmac_sha256_set_key(&sha256, 32, key);
		hmac_sha256_update(&sha256, strlen(text),
		    (const uint8_t *)text);
		hmac_sha256_digest(&sha256, 32, out);
	}
}

static void
plain_hash(enum scram_hash hash, const unsigned char *bytes, unsigned char *out)
{
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;

	if (hash == SCRAM_SHA_1) {
		sha1_init(&sha1);
		sha1_update(&sha1, 20, bytes);
		sha1_digest(&sha1, 20, out);
	} else {
		sha256_init(&sha256);
		sha256_update(&sha256, 32, bytes);
		sha256_digest(&sha256, 32, out);
	}
}

START_TEST(scram_keys_fit_the_exchanges_of_the_rfcs)
{
	const struct exchange *e = &exchanges[_i];
	size_t len = scram_key_len(e->hash);
	struct scram_secret secret = { .hash = e->hash, .iterations = 4096 };
	struct strbuf salt = { 0 }, proof = { 0 }, signature = { 0 };
	unsigned char mac[SCRAM_KEY_MAX], key[SCRAM_KEY_MAX];
	char *message = xasprintf("%s,%s,%s", e->client_first, e->server_first,
	    e->client_final);

	ck_assert(base64_decode(&salt, e->salt, strlen(e->salt)));
	ck_assert(base64_decode(&proof, e->proof, strlen(e->proof)));
	memcpy(secret.salt, salt.bytes, salt.len);
	secret.salt_len = salt.len;
	scram_derive(&secret, "pencil", 6);

	hmac(e->hash, secret.server_key, message, mac);
	base64_add(&signature, mac, len);
	testing_eat(&signature, e->signature);

	hmac(e->hash, secret.stored_key, message, mac);
	memxor(mac, (const uint8_t *)proof.bytes, len); /* the client key */
	plain_hash(e->hash, mac, key);
	ck_assert_mem_eq(key, secret.stored_key, len);

	ck_assert(scram_verify(&secret, "pencil", 6));
	ck_assert(!scram_verify(&secret, "Pencil", 6));
	free(message);
	strbuf_free(&salt);
	strbuf_free(&proof);
}
END_TEST

START_TEST(scram_text_is_that_of_rfc_5803)
{
	struct scram_secret secret = { .hash = SCRAM_SHA_512,
		.iterations = 4096,
		.salt = "0123456789abcdef",
		.salt_len = 16 };
	struct scram_secret again;
	struct strbuf text = { 0 };

	scram_derive(&secret, "pencil", 6);
	scram_print(&secret, &text);
	ck_assert_int_eq(strncmp(text.bytes,
			     "SCRAM-SHA-512$4096:MDEyMzQ1Njc4OWFiY2RlZg==$",
			     44),
	    0);
	ck_assert(scram_parse(&again, text.bytes));
	ck_assert_mem_eq(&again, &secret, sizeof secret);
	text.bytes[text.len - 1] = 'x';
	ck_assert(!scram_parse(&again, text.bytes));
	strbuf_truncate(&text, text.len - 1);
	ck_assert(!scram_parse(&again, text.bytes));
	strbuf_free(&text);
	ck_assert(!scram_parse(&again, "SCRAM-SHA-1$0:MDEy$MDEy:MDEy"));
	ck_assert(!scram_parse(&again, "SCRAM-SHA-1$9999999:MDEy$MDEy:MDEy"));
	ck_assert(!scram_parse(&again, "SCRAM-SHA-224$4096:MDEy$MDEy:MDEy"));
	ck_assert(!scram_parse(&again, "SCRAM-SHA-1"));
}
END_TEST

static uint32_t
word(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Go on from a state that has seen one block. */
static void
finish_md5(const unsigned char *state, const void *bytes, size_t len,
    unsigned char digest[MD5_DIGEST_SIZE])
{
	struct md5_ctx ctx;

	md5_init(&ctx);
	for (int i = 0; i < 4; i++)
		ctx.state[i] = word(state + (size_t)4 * (size_t)i);
	ctx.count = 1;
	md5_update(&ctx, len, bytes);
	md5_digest(&ctx, MD5_DIGEST_SIZE, digest);
}

START_TEST(cram_md5_state_gives_the_answer_of_rfc_2195)
{
	static const char challenge[] =
	    "<1896.697170952@postoffice.reston.mci.net>";
	unsigned char state[CRAM_MD5_STATE_LEN], digest[MD5_DIGEST_SIZE];
	struct strbuf hex = { 0 };

	cram_md5_add(&hex, "tanstaaftanstaaf", 16);
	ck_assert_uint_eq(hex.len, 64);
	ck_assert(cram_md5_decode(state, hex.bytes));
	ck_assert(cram_md5_verify(hex.bytes, "tanstaaftanstaaf", 16));
	ck_assert(!cram_md5_verify(hex.bytes, "tanstaaftanstaag", 16));
	strbuf_free(&hex);
	finish_md5(state, challenge, strlen(challenge), digest);
	finish_md5(state + 16, digest, sizeof digest, digest);
	hex_add(&hex, digest, sizeof digest);
	testing_eat(&hex, "b913a602c7eda7a495b4e6e7334d3890");
}
END_TEST

START_TEST(cram_md5_state_is_taken_over_from_dovecot)
{
	/* doveadm pw -s CRAM-MD5 -p tanstaaftanstaaf */
	static const char theirs[] = "d06d4e1b26fccaa4b0b61801132340a3"
				     "54b21152711fb604ca3e035e7015116b";
	struct strbuf ours = { 0 };

	ck_assert(cram_md5_from_dovecot(&ours, theirs));
	ck_assert(cram_md5_verify(ours.bytes, "tanstaaftanstaaf", 16));
	strbuf_free(&ours);
	ck_assert(!cram_md5_from_dovecot(&ours, theirs + 1));
}
END_TEST

START_TEST(makes_what_the_mechanisms_need_and_no_more)
{
	struct secrets secrets;
	struct strbuf err = { 0 };

	for (unsigned set = 1; set <= ALL; set++) {
		struct credential_options options = cheap;

		options.mechanisms = set;
		ck_assert_int_eq(
		    credential_make(&secrets, &options, "x", 1, &err), 0);
		for (int m = MECHANISM_SCRAM_SHA_256; m < MECHANISMS; m++)
			ck_assert_int_eq(mechanism_secret(m, &secrets) != NULL,
			    (set & 1U << m) != 0);
		ck_assert_int_eq(secrets.password != NULL, (set & 3) != 0);
		secrets_free(&secrets);
	}
}
END_TEST

START_TEST(every_secret_verifies_the_password)
{
	struct secrets secrets;
	struct strbuf err = { 0 }, cram = { 0 };

	/* a soft hyphen: all but CRAM-MD5 are made from the prepared form */
	ck_assert_int_eq(
	    credential_make(&secrets, &cheap, "I\xc2\xadX", 4, &err), 0);
	ck_assert(verify(secrets.password, "IX"));
	ck_assert(!verify(secrets.password, "Ix"));
	ck_assert(!verify(secrets.password, ""));
	for (int i = 0; i < SCRAM_HASHES; i++) {
		ck_assert(verify(secrets.scram[i], "IX"));
		ck_assert(!verify(secrets.scram[i], "Ix"));
	}
	strbuf_addf(&cram, "{CRAM-MD5}%s", secrets.cram_md5);
	ck_assert(verify(cram.bytes, "I\xc2\xadX"));
	ck_assert(!verify(cram.bytes, "IX"));
	strbuf_free(&cram);
	secrets_free(&secrets);
}
END_TEST

START_TEST(app_passwords_have_a_fast_hash)
{
	struct secrets secrets;
	struct strbuf err = { 0 };

	ck_assert_int_eq(credential_make_app(&secrets, &cheap, "abc", 3, &err),
	    0);
	ck_assert_int_eq(strncmp(secrets.password, "$app$", 5), 0);
	ck_assert_ptr_null(credential_problem(secrets.password));
	ck_assert(verify(secrets.password, "abc"));
	ck_assert(!verify(secrets.password, "abd"));
	secrets.password[strlen(secrets.password) - 2] = '!';
	ck_assert(!verify(secrets.password, "abc"));
	ck_assert_ptr_nonnull(credential_problem(secrets.password));
	secrets_free(&secrets);
}
END_TEST

START_TEST(refuses_passwords_that_no_scheme_takes)
{
	char text[CREDENTIAL_PASSWORD_MAX + 1];
	struct secrets secrets;
	struct strbuf err = { 0 };

	memset(text, 'a', sizeof text);
	ck_assert_int_eq(credential_make(&secrets, &cheap, "", 0, &err), -1);
	testing_eat(&err, "the password is empty");
	ck_assert_int_eq(credential_make(&secrets, &cheap, "a\0b", 3, &err),
	    -1);
	testing_eat(&err, "the password has a NUL byte");
	ck_assert_int_eq(
	    credential_make(&secrets, &cheap, text, sizeof text, &err), -1);
	testing_eat(&err, "the password is too long (511 bytes at most)");
	ck_assert_int_eq(credential_make(&secrets, &cheap, text, 73, &err), -1);
	testing_eat(&err,
	    "the password is too long for bcrypt, which looks "
	    "at 72 bytes only");
	ck_assert_int_eq(
	    credential_make(&secrets, &long_ones, text, sizeof text - 1, &err),
	    0);
	ck_assert_int_eq(
	    credential_verify(secrets.password, text, sizeof text - 1, NULL),
	    CREDENTIAL_RIGHT);
	ck_assert_int_eq(
	    credential_verify(secrets.password, text, sizeof text, NULL),
	    CREDENTIAL_WRONG);
	secrets_free(&secrets);
}
END_TEST

/* A sanitizer needs memory of its own. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
START_TEST(without_memory_no_password_is_wrong)
{
	static struct crypt_data scratch;
	struct rlimit none = { 0, 0 }, before;
	struct strbuf yescrypt = { 0 }, err = { 0 };
	const char *stored[2] = { NULL,
		"$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$"
		"bTXhCxxLLZOdYKhHQO1AQ3nV5zkDDhCl1Imh5WSj5Ew" };

	ck_assert_int_eq(crypt_scheme_make_dummy("yescrypt", &yescrypt, &err),
	    0);
	stored[0] = strbuf_str(&yescrypt);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &before), 0);
	none.rlim_max = before.rlim_max;
	for (size_t i = 0; i < 2; i++) {
		enum credential_match match;

		ck_assert_int_eq(credential_verify(stored[i], "a", 1, &scratch),
		    CREDENTIAL_WRONG);
		setrlimit(RLIMIT_AS, &none);
		match = credential_verify(stored[i], "a", 1, &scratch);
		setrlimit(RLIMIT_AS, &before);
		ck_assert_int_eq(match, CREDENTIAL_UNKNOWN);
	}
	strbuf_free(&yescrypt);
}
END_TEST
#endif

START_TEST(what_cannot_be_verified_is_not_wrong)
{
	static const char *const stored[] = { "$9$x$y", "$argon2id$", "{X}y",
		"$y$j9T$c2FsdHNhbHQ" };

	for (size_t i = 0; i < sizeof stored / sizeof stored[0]; i++)
		ck_assert_int_eq(credential_verify(stored[i], "a", 1, NULL),
		    CREDENTIAL_UNKNOWN);
}
END_TEST

START_TEST(nul_bytes_verify_nothing)
{
	struct secrets secrets;
	struct strbuf err = { 0 };

	ck_assert_int_eq(credential_make(&secrets, &cheap, "a", 1, &err), 0);
	ck_assert_int_eq(credential_verify(secrets.password, "a\0b", 3, NULL),
	    CREDENTIAL_WRONG);
	ck_assert_int_eq(credential_verify(secrets.password, "a\0", 2, NULL),
	    CREDENTIAL_WRONG);
	secrets_free(&secrets);
}
END_TEST

/* A secret that another place is meant for, or that costs too much. */
START_TEST(every_secret_of_a_record_is_checked)
{
	static const char app[] =
	    "$app$AAECAwQFBgcICQoLDA0ODw==$"
	    "XhQBqeDYJhzZCjyLy4tj8ZFMIZ3xM7Dv6kC0q9oQ1dE=";
	static const struct {
		const char *name, *secret;
		bool is_right;
	} cases[] = {
		{ "password", "$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1", true },
		{ "password", app, false },
		{ "password", "secret", false },
		{ "password",
		    "$2b$20$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaa",
		    false },
		{ "app-password/a/password", app, true },
		{ "app-password/a/password",
		    "$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1", false },
		{ "app-password/a/password",
		    "{SHA}5en6G6MezRroT3XKqkdPOmY/"
		    "BfQ=",
		    false },
		{ "scram-sha-1",
		    "SCRAM-SHA-1$4096:s3PTvUau9Gp72HkOzI8R/Q=="
		    "$IFqi86XU92HV207REZzm9nwu71c=:"
		    "ahgWWuvTrSl27HzLNW92WcQxqgg=",
		    true },
		{ "scram-sha-1",
		    "SCRAM-SHA-1$2000000000:s3PTvUau9Gp72HkOzI8R/Q=="
		    "$IFqi86XU92HV207REZzm9nwu71c=:"
		    "ahgWWuvTrSl27HzLNW92WcQxqgg=",
		    false },
		{ "scram-sha-256",
		    "SCRAM-SHA-1$4096:s3PTvUau9Gp72HkOzI8R/Q=="
		    "$IFqi86XU92HV207REZzm9nwu71c=:"
		    "ahgWWuvTrSl27HzLNW92WcQxqgg=",
		    false },
		{ "app-password/a/scram-sha-1", "SCRAM-SHA-1$4096:x", false },
		{ "app-password/a/cram-md5", "00", false },
		{ "cram-md5", "secret", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct user_record record;
		struct strbuf text = { 0 }, err = { 0 };

		strbuf_adds(&text, "sekisho-user 1\nstatus=active\n");
		if (strncmp(cases[i].name, "app-", 4) == 0)
			strbuf_adds(&text, "app-password/a/created=1\n");
		strbuf_addf(&text, "%s=%s\n", cases[i].name, cases[i].secret);
		ck_assert_int_eq(
		    user_record_decode(&record, text.bytes, text.len, &err), 0);
		ck_assert_msg((credential_record_problem(&record) == NULL) ==
			cases[i].is_right,
		    "%s", text.bytes);
		user_record_free(&record);
		strbuf_free(&text);
	}
}
END_TEST

START_TEST(mechanisms_have_names)
{
	for (int m = 0; m < MECHANISMS; m++) {
		const char *name = mechanism_name(m);

		ck_assert_int_eq(mechanism_parse(name, strlen(name)), m);
	}
	ck_assert_int_eq(mechanism_parse("cram-md5", 8), MECHANISM_CRAM_MD5);
	ck_assert_int_eq(mechanism_parse("PLAI", 4), MECHANISMS);
	ck_assert_int_eq(mechanism_parse("", 0), MECHANISMS);
}
END_TEST

START_TEST(base64_takes_one_text_only)
{
	static const char *const bad[] = { "Zg",
		"Zg=", "Zh==", "Z g==", "Zg==\n", "=", "Zg==Zg==", "!!!!",
		"====", "Z===", "Zg=A", "=Zg=", "Zm9vZg", "Zm9=", "Zg@=" };
	unsigned char bytes[256];
	struct strbuf out = { 0 }, text = { 0 };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!base64_decode(&out, bad[i], strlen(bad[i])),
		    "%s", bad[i]);
	ck_assert_uint_eq(out.len, 0);
	ck_assert(base64_decode(&out, "Zg==", 4));
	testing_eat(&out, "f");
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 251);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		strbuf_truncate(&text, 0);
		strbuf_truncate(&out, 0);
		base64_add(&text, bytes, len);
		ck_assert(base64_decode(&out, text.bytes, text.len));
		ck_assert_uint_eq(out.len, len);
		ck_assert_mem_eq(out.bytes, bytes, len);
	}
	strbuf_free(&text);
	strbuf_truncate(&out, 0);
	ck_assert(!hex_decode(&out, "0", 1));
	ck_assert(!hex_decode(&out, "0 0", 3));
	ck_assert(!hex_decode(&out, "0g", 2));
	ck_assert(!hex_decode(&out, "4a4:", 4));
	ck_assert(!hex_decode(&out, "4a\0b", 4));
	ck_assert(hex_decode(&out, "", 0));
	ck_assert_uint_eq(out.len, 0);
	ck_assert(hex_decode(&out, "4a4B", 4));
	testing_eat(&out, "JK");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("credential");
	TCase *tc = tcase_create("credential");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, saslprep_of_rfc_4013);
	tcase_add_test(tc, saslprep_bears_what_grows_most);
	tcase_add_loop_test(tc, scram_keys_fit_the_exchanges_of_the_rfcs, 0,
	    (int)(sizeof exchanges / sizeof exchanges[0]));
	tcase_add_test(tc, scram_text_is_that_of_rfc_5803);
	tcase_add_test(tc, cram_md5_state_gives_the_answer_of_rfc_2195);
	tcase_add_test(tc, cram_md5_state_is_taken_over_from_dovecot);
	tcase_add_test(tc, makes_what_the_mechanisms_need_and_no_more);
	tcase_add_test(tc, every_secret_verifies_the_password);
	tcase_add_test(tc, app_passwords_have_a_fast_hash);
	tcase_add_test(tc, refuses_passwords_that_no_scheme_takes);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	tcase_add_test(tc, without_memory_no_password_is_wrong);
#endif
	tcase_add_test(tc, what_cannot_be_verified_is_not_wrong);
	tcase_add_test(tc, nul_bytes_verify_nothing);
	tcase_add_test(tc, every_secret_of_a_record_is_checked);
	tcase_add_test(tc, mechanisms_have_names);
	tcase_add_test(tc, base64_takes_one_text_only);
	return testing_run(suite);
}
