#include <crypt.h>
#include <string.h>

#include "testing.h"
#include "credential.h"
#include "crypt_scheme.h"
#include "digest_scheme.h"

static bool
verify(const char *stored, const char *password)
{
	return credential_verify(stored, password, strlen(password), NULL) ==
	    CREDENTIAL_RIGHT;
}

START_TEST(schemes_have_names_and_costs)
{
	static const struct {
		const char *scheme, *begins; /* begins NULL: refused */
	} cases[] = {
		{ "yescrypt", "$y$j9T$" },
		{ "yescrypt:6", "$y$jAT$" },
		{ "$y$", "$y$j9T$" },
		{ "$y$j8T$", "$y$j8T$" },
		{ "bcrypt:5", "$2b$05$" },
		{ "$2b$06$", "$2b$06$" },
		{ "sha512crypt", "$6$" },
		{ "sha512crypt:2000", "$6$rounds=2000$" },
		{ "$5$rounds=3000$", "$5$rounds=3000$" },
		{ "", NULL },
		{ "yescript", NULL },
		{ "yescrypt:", NULL },
		{ "yescrypt:11", NULL }, /* 1 GiB */
		{ "yescrypt:x", NULL },
		{ "bcrypt:31", NULL },
		{ "$1$", NULL },
		{ "$y$nonsense", NULL },
		{ "$6$salt$", NULL },
		{ "*0", NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf hash = { 0 }, err = { 0 };
		const char *begins = cases[i].begins;

		ck_assert_msg(crypt_scheme_make(cases[i].scheme, "x", 1, &hash,
				  &err) == (begins != NULL ? 0 : -1),
		    "%s: %s", cases[i].scheme, strbuf_str(&err));
		if (begins != NULL) {
			ck_assert_int_eq(
			    strncmp(hash.bytes, begins, strlen(begins)), 0);
			ck_assert(verify(hash.bytes, "x"));
		} else {
			ck_assert_uint_gt(err.len, 0);
		}
		strbuf_free(&hash);
		strbuf_free(&err);
	}
}
END_TEST

/* Verifying it is the same work: libxcrypt takes it for a setting. */
START_TEST(a_dummy_is_a_hash_of_nothing)
{
	static const char *const schemes[] = { "yescrypt", "yescrypt:6",
		"gost-yescrypt", "scrypt", "bcrypt:5", "sha512crypt",
		"sha512crypt:2000", "sha256crypt", "$5$rounds=3000$",
		"$y$j8T$" };

	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		struct strbuf dummy = { 0 }, real = { 0 }, err = { 0 };
		const char *made;
		size_t salt;

		ck_assert_int_eq(
		    crypt_scheme_make_dummy(schemes[i], &dummy, &err), 0);
		ck_assert_int_eq(
		    crypt_scheme_make(schemes[i], "x", 1, &real, &err), 0);
		ck_assert_uint_eq(dummy.len, real.len);
		ck_assert_ptr_null(crypt_scheme_problem(dummy.bytes));
		ck_assert(!verify(dummy.bytes, "x"));
		made = crypt("x", dummy.bytes);
		ck_assert_uint_eq(strlen(made), dummy.len);
		salt = strncmp(made, "$2", 2) == 0
		    ? dummy.len - 31
		    : (size_t)(strrchr(made, '$') - made);
		ck_assert_int_eq(strncmp(made, dummy.bytes, salt), 0);
		ck_assert_str_ne(made, dummy.bytes);
		strbuf_free(&dummy);
		strbuf_free(&real);
	}
}
END_TEST

START_TEST(a_mistyped_scheme_gets_a_hint)
{
	struct strbuf err = { 0 };

	ck_assert_int_eq(crypt_scheme_check_name("yescript", &err), -1);
	testing_eat(&err,
	    "unknown scheme \"yescript\", did you mean yescrypt?");
}
END_TEST

/* Made with other programs (doveadm pw, crypt(3)) from "secret". */
START_TEST(verifies_hashes_from_elsewhere)
{
	static const char *const hashes[] = {
		"$6$DR21tA3VAODesdNP$7jr7uo0LwJ.hQNOeZ2l0JEJzikBYq/FryDbcmcQRT"
		"lTEGaEE38ZgM9.Kx6Azsxt3IULWXiTwGTruK12Z4I0fw.",
		"$5$SU7YxUFfBOE9Y8MB$7jpGTzqsmKJqSha8t1jOjeZTfUe4.9Zukh4TYQuSp"
		"25",
		"$2y$05$aK/cSOIakcROja9S2bF5tOSWPkiwAsRxhltdfKSAtxmuzwUDkRSvu",
		"$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1",
		"syMT0vy0XFDEY",
		"_J9..rasmz0.F/jqjWck",
		"$sha1$1000$saltsalt$Afd9xS7u8w4h.ywETK2u0ha2i2TG",
		"$md5$saltsalt$$htFYkfcXgVn6XJq7JYvMH/",
		"$3$$878d8014606cda29677a44efa1353fc7",
		"SCRAM-SHA-1$4096:s3PTvUau9Gp72HkOzI8R/Q=="
		"$IFqi86XU92HV207REZzm9nwu71c=:ahgWWuvTrSl27HzLNW92WcQxqgg=",
		"{SSHA}ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH",
		"{SSHA256}TBCproOQCNmF4odCrPQNE71EIQnKmxuRx3hrp/rTQa1Fsgfe",
		"{SSHA512}9x+HgYhAuXeWleFHthiSxy7s5puAqCt/UvOvvg0gevRW587TVUl1"
		"2Z0hIqFTKoQZwESMnTp7LvLSyVPxxTeuUsGtkXI=",
		"{SMD5}N4g4Ujtrx30QOxlkQ75u514D5gU=",
		"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
		"{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=",
		"{SHA512}vSsar3708Jvp9Szi2NWZZ02Bqp1qRCFpbcTZPdBhnWgs5WtNZKnvC"
		"XdhztmeD2cmW192CF5bDufKRpayrW/isg==",
		"{LDAP-MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==",
		"{PBKDF2}$1$z0nBdhLdCSklPoBJ$5000$"
		"e884bd7e7188647bd1ca373dacb22b4ca1a94f70",
		"$apr1$gSMeJe2H$rzXFRYGF2ngyst8nLXV9l.",
		"$argon2id$v=19$m=65536,t=3,p=1$8AnqayM1uXixEU7gLfFicA"
		"$VjABeXCQMxVx3kBUYMoflzsmyJh/sJQy3H3yla5RMZ8",
		"$argon2i$v=19$m=32768,t=4,p=1$W8ZS9/53+ItrfFJA1lLujA"
		"$5J5S5fDiUa9sW2nIgQBQBGvEvXIN5r2J61jLP3YebIs",
	};

	for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
		ck_assert_msg(credential_problem(hashes[i]) == NULL, "%s: %s",
		    hashes[i], credential_problem(hashes[i]));
		ck_assert_msg(verify(hashes[i], "secret"), "%s", hashes[i]);
		ck_assert_msg(!verify(hashes[i], "Secret"), "%s", hashes[i]);
	}
}
END_TEST

START_TEST(apr1_takes_passwords_of_any_length)
{
	/* openssl passwd -apr1 */
	ck_assert(
	    verify("$apr1$syStudbV$ih/Mme97xTv9jwfTQQR2T.", "0123456789"));
	ck_assert(verify("$apr1$binRTRWK$idtdyNGcIOg9Jp5lfNB8s1",
	    "01234567890123456"));
	ck_assert(verify("$apr1$9H69.ggq$.aspU2tATtlTdeLJLNjZf0", "a"));
}
END_TEST

START_TEST(digests_are_taken_over_in_any_writing)
{
	static const struct {
		const char *scheme, *text, *stored; /* stored NULL: refused */
	} cases[] = {
		{ "ssha", "ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH",
		    "{SSHA}ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH" },
		{ "PLAIN-MD5", "5ebe2294ecd0e0f08eab7690d2a6ee69",
		    "{LDAP-MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==" },
		{ "SHA1.HEX", "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4",
		    "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=" },
		{ "SHA.b64", "5en6G6MezRroT3XKqkdPOmY/BfQ=",
		    "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=" },
		{ "SHA.HEX", "5en6G6MezRroT3XKqkdPOmY/BfQ=", NULL },
		{ "SHA", "5en6G6MezRroT3XKqkdPOmY/Bf", NULL },
		{ "SSHA", "5en6G6MezRroT3XKqkdPOmY/BfQ=", NULL },
		{ "MD4", "5en6G6MezRroT3XKqkdPOmY/BfQ=", NULL },
		{ "", "", NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf out = { 0 };

		ck_assert_int_eq(
		    digest_scheme_import(&out, cases[i].scheme, cases[i].text),
		    cases[i].stored != NULL);
		testing_eat(&out, cases[i].stored ? cases[i].stored : "");
	}
}
END_TEST

START_TEST(knows_what_cannot_be_verified)
{
	static const struct {
		const char *stored, *why;
	} cases[] = {
		{ "", "not a hash that crypt(3) knows" },
		{ "*", "not a hash that crypt(3) knows" },
		{ "!", "not a hash that crypt(3) knows" },
		{ "x", "not a hash that crypt(3) knows" },
		{ "abcdefghijklmn", "the hash is not whole" },
		{ "$6$salt$", "the hash is not whole" },
		{ "$6$salt$tooshort", "the hash is not whole" },
		{ "$y$jFT$aaaaaaaaaaaaaaaaaaaaa.$"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		    "its cost is too high (0.5 s, 128 MiB)" },
		{ "$2b$20$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		    "its cost is too high (0.5 s, 128 MiB)" },
		{ "$6$rounds=999999999$salt$"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaa",
		    "its cost is too high (0.5 s, 128 MiB)" },
		{ "$app$x", "not a whole $app$ hash" },
		{ "$apr1$salt$short", "not a whole $apr1$ hash" },
		{ "{PBKDF2}$1$salt$5000$00", "not a whole PBKDF2 hash" },
		{ "{PBKDF2}$1$salt$90000000$"
		  "e884bd7e7188647bd1ca373dacb22b4ca1a94f70",
		    "its cost is too high (0.5 s, 128 MiB)" },
		{ "{SSHA}AAAA", "not a hash of a known scheme" },
		{ "{PLAIN}secret", "not a hash of a known scheme" },
		{ "$argon2id$v=19$m=9999999,t=3,p=1$AAAA$AAAA",
		    "its cost is too high (0.5 s, 128 MiB)" },
		{ "$argon2id$v=19$m=131072,t=99999,p=1$AAAA$AAAA",
		    "its cost is too high (0.5 s, 128 MiB)" },
		{ "$argon2d$v=19$m=65536,t=3,p=1$AAAA$AAAA",
		    "not an Argon2 hash (i or id, version 19)" },
		{ "{CRAM-MD5}00", "not a CRAM-MD5 state" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *why = credential_problem(cases[i].stored);

		ck_assert_msg(why != NULL, "%s", cases[i].stored);
		ck_assert_str_eq(why, cases[i].why);
		ck_assert(!verify(cases[i].stored, "x"));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("password_scheme");
	TCase *tc = tcase_create("password_scheme");

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, schemes_have_names_and_costs);
	tcase_add_test(tc, a_dummy_is_a_hash_of_nothing);
	tcase_add_test(tc, a_mistyped_scheme_gets_a_hint);
	tcase_add_test(tc, verifies_hashes_from_elsewhere);
	tcase_add_test(tc, apr1_takes_passwords_of_any_length);
	tcase_add_test(tc, digests_are_taken_over_in_any_writing);
	tcase_add_test(tc, knows_what_cannot_be_verified);
	return testing_run(suite);
}
