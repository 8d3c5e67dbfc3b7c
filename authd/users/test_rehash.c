#include <string.h>

#include "testing.h"
#include "crypt_scheme.h"
#include "rehash.h"

#define BIT(mechanism) (1U << MECHANISM_##mechanism)

#define SCRAM_BITS (BIT(SCRAM_SHA_1) | BIT(SCRAM_SHA_256) | BIT(SCRAM_SHA_512))

static const struct credential_options options = {
	.mechanisms = (1U << MECHANISMS) - 1,
	.password_scheme = "bcrypt:4",
	.scram_iterations = 4096,
};

static char yescrypt[] = "$y$j9T$abc$0123456789012345678901234567890123456789"
			 "012";
static char sha512crypt[] = "$6$abc$012345678901234567890123456789012345678901"
			    "23456789012345678901234567890123456789012345";

static struct secrets
made(const char *password)
{
	struct secrets secrets;
	struct strbuf err = { 0 };

	ck_assert_int_eq(credential_make(&secrets, &options, password,
			     strlen(password), &err),
	    0);
	testing_eat(&err, "");
	return secrets;
}

START_TEST(lacks_what_would_be_made_today)
{
	struct credential_options plain = options;
	struct secrets secrets = { 0 };

	ck_assert_uint_eq(rehash_missing(&secrets, &options), SCRAM_BITS);
	plain.mechanisms = BIT(PLAIN) | BIT(CRAM_MD5) | BIT(SCRAM_SHA_256);
	ck_assert_uint_eq(rehash_missing(&secrets, &plain), BIT(SCRAM_SHA_256));
	secrets = made("x");
	ck_assert_uint_eq(rehash_missing(&secrets, &options), 0);
	secret_free(secrets.cram_md5, 0);
	secrets.cram_md5 = NULL;
	ck_assert_uint_eq(rehash_missing(&secrets, &options), 0);
	secrets_free(&secrets);
}
END_TEST

START_TEST(a_hash_is_replaced_by_a_stronger_one_only)
{
	static char argon2[] = "$argon2id$v=19$m=65536,t=3,p=1$YWJjZGVmZ2g$x";
	static char ssha[] = "{SSHA}ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH";
	static const struct {
		char *stored;
		const char *scheme;
		bool is_missing;
	} cases[] = {
		{ sha512crypt, "bcrypt:4", true },
		{ sha512crypt, "yescrypt", true },
		{ sha512crypt, "$y$", true },
		{ ssha, "sha256crypt", true },
		{ sha512crypt, "sha512crypt", false },
		{ sha512crypt, "sha512crypt:2000", false },
		{ sha512crypt, "sha256crypt", false },
		{ yescrypt, "yescrypt:7", false },
		{ yescrypt, "bcrypt", false },
		{ argon2, "yescrypt", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct secrets secrets = { .password = cases[i].stored };
		const struct credential_options plain = {
			.mechanisms = BIT(PLAIN),
			.password_scheme = cases[i].scheme,
		};

		ck_assert_msg(rehash_missing(&secrets, &plain) ==
			(cases[i].is_missing ? BIT(PLAIN) : 0),
		    "%s, %s", cases[i].stored, cases[i].scheme);
	}
}
END_TEST

START_TEST(is_certain_of_what_a_hash_sees)
{
	static const struct {
		const char *stored, *password;
		bool is_certain;
	} cases[] = {
		{ "$6$",
		    "p\303\244sswort, and a very long one that goes on and"
		    " on, further than 72 bytes reach, of course",
		    true },
		{ "syMT0vy0XFDEY", "1234567", true },
		{ "syMT0vy0XFDEY", "12345678", false },
		{ "syMT0vy0XFDEY", "p\344ss", false },
		{ "_J9..rasmBYk8r9AiWNc", "123456789", true },
		{ "_J9..rasmBYk8r9AiWNc", "p\344ss", false },
		{ "$2y$", "p\344ss", true },
		{ "$2x$", "p\344ss", false },
		{ "$2b$",
		    "01234567890123456789012345678901234567890123456789"
		    "012345678901234567890",
		    true },
		{ "$2b$",
		    "01234567890123456789012345678901234567890123456789"
		    "0123456789012345678901",
		    false },
		/* U+FDFA: one character, and 18 when it is prepared */
		{ "$2b$", "\357\267\272\357\267\272\357\267\272", false },
		{ "{SSHA}", "p\344ss", true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(
		    rehash_is_certain(cases[i].stored, cases[i].password,
			strlen(cases[i].password)) == cases[i].is_certain,
		    "%s %zu", cases[i].stored, i);
}
END_TEST

START_TEST(the_name_is_that_of_one_password)
{
	char a[REHASH_NAME_LEN + 1], b[REHASH_NAME_LEN + 1];

	rehash_name("fred@example.org", sha512crypt, a);
	ck_assert(rehash_is_name(a));
	rehash_name("fred@example.org", sha512crypt, b);
	ck_assert_str_eq(a, b);
	rehash_name("fred@example.org", yescrypt, b);
	ck_assert_str_ne(a, b);
	rehash_name("joe@example.org", sha512crypt, b);
	ck_assert_str_ne(a, b);
	ck_assert(!rehash_is_name(""));
	ck_assert(!rehash_is_name(a + 1));
	*a = 'G';
	ck_assert(!rehash_is_name(a));
}
END_TEST

START_TEST(gives_back_what_waited)
{
	static char user[] = "fred@example.org";
	struct rehash_entry entry = { .user = user, .secrets = made("x") };
	struct rehash_entry again;
	struct strbuf text = { 0 }, err = { 0 }, copy = { 0 };

	rehash_encode(&entry, &text);
	ck_assert_uint_le(text.len, REHASH_ENTRY_MAX);
	ck_assert_int_eq(rehash_decode(&again, text.bytes, text.len, &err), 0);
	rehash_encode(&again, &copy);
	testing_eat(&copy, text.bytes);
	rehash_entry_free(&again);
	for (size_t len = 0; len < text.len; len++) {
		bool is_line = len > 0 && text.bytes[len - 1] == '\n';

		/* Whole lines are less, and nothing else. */
		ck_assert(rehash_decode(&again, text.bytes, len, &err) == -1 ||
		    is_line);
		rehash_entry_free(&again);
	}
	secrets_free(&entry.secrets);
	strbuf_wipe(&text);
	strbuf_free(&err);
}
END_TEST

START_TEST(nothing_may_hide_behind_a_nul)
{
	static const char text[] = "sekisho-rehash 1\nuser=fred@example.org\n"
				   "password=$y$\n\0 and more of the kind\n";
	struct rehash_entry entry;
	struct strbuf err = { 0 };

	ck_assert_int_eq(rehash_decode(&entry, text, sizeof text - 1, &err),
	    -1);
	ck_assert_int_eq(rehash_decode(&entry, text, strlen(text), &err), 0);
	rehash_entry_free(&entry);
	ck_assert_int_eq(rehash_decode(&entry, "", 0, &err), -1);
	ck_assert_int_eq(rehash_decode(&entry, "\0\n", 2, &err), -1);
	strbuf_free(&err);
}
END_TEST

START_TEST(adds_what_is_missing_and_no_more)
{
	struct secrets record = made("x"), more = made("x");
	char *kept = record.scram[SCRAM_SHA_1];

	free(record.password);
	record.password = xstrdup(sha512crypt);
	free(record.scram[SCRAM_SHA_256]);
	record.scram[SCRAM_SHA_256] = NULL;
	free(record.cram_md5);
	record.cram_md5 = NULL;
	ck_assert_uint_eq(rehash_add(&record, &more, &options),
	    BIT(PLAIN) | BIT(SCRAM_SHA_256));
	ck_assert(crypt_scheme_is_of(record.password, "bcrypt"));
	ck_assert_ptr_eq(record.scram[SCRAM_SHA_1], kept);
	ck_assert_ptr_null(record.cram_md5);
	ck_assert_uint_eq(rehash_add(&record, &more, &options), 0);
	secrets_free(&record);
	secrets_free(&more);
}
END_TEST

START_TEST(takes_no_secret_that_would_not_be_made)
{
	struct credential_options others = options;
	struct secrets record = { .password = sha512crypt }, more = made("x");

	others.scram_iterations = 5000;
	others.password_scheme = "yescrypt";
	ck_assert_uint_eq(rehash_add(&record, &more, &others), 0);
	others = options;
	others.mechanisms = BIT(PLAIN);
	free(more.password);
	more.password = xstrdup("$2b$04$short");
	ck_assert_uint_eq(rehash_add(&record, &more, &others), 0);
	free(more.scram[SCRAM_SHA_1]);
	more.scram[SCRAM_SHA_1] = xstrdup(more.scram[SCRAM_SHA_256]);
	others.mechanisms = BIT(SCRAM_SHA_1);
	ck_assert_uint_eq(rehash_add(&record, &more, &others), 0);
	secrets_free(&more);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rehash");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, lacks_what_would_be_made_today);
	tcase_add_test(tc, a_hash_is_replaced_by_a_stronger_one_only);
	tcase_add_test(tc, is_certain_of_what_a_hash_sees);
	tcase_add_test(tc, the_name_is_that_of_one_password);
	tcase_add_test(tc, gives_back_what_waited);
	tcase_add_test(tc, nothing_may_hide_behind_a_nul);
	tcase_add_test(tc, adds_what_is_missing_and_no_more);
	tcase_add_test(tc, takes_no_secret_that_would_not_be_made);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
