#include <gdbm.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "testing.h"
#include "dump.h"
#include "import.h"
#include "import_scheme.h"
#include "secret_input.h"

static const struct user_name_rules names = { "x.example", true };
static const struct credential_options cheap = {
	1U << MECHANISM_PLAIN | 1U << MECHANISM_SCRAM_SHA_1, "bcrypt:4", 4096
};

/* Read a file of some kind; gives back the result of the reader. */
static int
read_text(struct import *import, const char *kind, const char *text, size_t len,
    struct strbuf *why)
{
	struct strbuf copy = { 0 };
	int result;

	*import = (struct import){ .names = &names, .now = 7 };
	strbuf_add(&copy, text, len);
	result = import_kind_find(kind)->read(import, &copy, why);
	strbuf_wipe(&copy);
	if (result == 0)
		import_finish(import, &cheap);
	return result;
}

static void
read_kind(struct import *import, const char *kind, const char *text)
{
	struct strbuf why = { 0 };

	ck_assert_int_eq(read_text(import, kind, text, strlen(text), &why), 0);
	testing_eat(&why, "");
}

/* What is said of what was left out. */
static void
tells(struct import *import, const char *text)
{
	struct strbuf out = { 0 };

	import_tell(import, &out);
	testing_eat(&out, text);
}

static bool
verifies(const struct import *import, size_t i, const char *password)
{
	return credential_verify(import->users[i].record.secrets.password,
		   password, strlen(password), NULL) == CREDENTIAL_RIGHT;
}

START_TEST(passwords_in_the_clear_are_derived_and_forgotten)
{
	struct import import;

	read_kind(&import, "passwd-file", "joe:{PLAIN}sec ret:1:2\n");
	ck_assert_uint_eq(import.nusers, 1);
	ck_assert_str_eq(import.users[0].name, "joe@x.example");
	ck_assert_int_eq(import.users[0].record.created, 7);
	ck_assert(verifies(&import, 0, "sec ret"));
	ck_assert_ptr_nonnull(
	    import.users[0].record.secrets.scram[SCRAM_SHA_1]);
	ck_assert_ptr_null(import.users[0].plain.bytes);
	import_free(&import);
}
END_TEST

START_TEST(sasldb_in_both_formats)
{
	struct import import;

	read_kind(&import, "sasldb",
	    "VERSION=3\nformat=bytevalue\ntype=hash\nHEADER=END\n"
	    " 6a6f6500782e6578616d706c65007573657250617373776f7264\n"
	    " 736563726574\n"
	    " 6a6f6500782e6578616d706c6500636d7573617373\n 00\n"
	    "DATA=END\n");
	ck_assert_uint_eq(import.nusers, 1);
	ck_assert_uint_eq(import.nwithout, 1);
	ck_assert_str_eq(import.users[0].name, "joe@x.example");
	ck_assert(verifies(&import, 0, "secret"));
	import_free(&import);

	read_kind(&import, "sasldb",
	    "VERSION=3\nformat=print\nHEADER=END\n"
	    " joe\\00y.example\\00userPassword\n s\\5c\\\\\\20t\nDATA=END\n");
	ck_assert_str_eq(import.users[0].name, "joe@y.example");
	ck_assert(verifies(&import, 0, "s\\\\ t"));
	import_free(&import);
}
END_TEST

/* Cyrus SASL built with GDBM: the same keys, and no NUL behind a password. */
START_TEST(sasldb_in_gdbm)
{
	static const char key[] = "joe\0y.example\0userPassword";
	static const char other[] = "joe\0y.example\0cmusaslsecretPLAIN";
	char path[] = "/tmp/sekisho.XXXXXX";
	datum password = { (char *)(uintptr_t) "secret", 6 };
	struct strbuf text = { 0 }, why = { 0 };
	struct import import;
	GDBM_FILE dbf;
	int fd = mkstemp(path);

	ck_assert_int_ne(fd, -1);
	dbf = gdbm_open(path, 0, GDBM_NEWDB, 0600, NULL);
	ck_assert_ptr_nonnull(dbf);
	gdbm_store(dbf, (datum){ (char *)(uintptr_t)key, sizeof key - 1 },
	    password, GDBM_INSERT);
	gdbm_store(dbf, (datum){ (char *)(uintptr_t)other, sizeof other - 1 },
	    password, GDBM_INSERT);
	gdbm_close(dbf);
	ck_assert_int_eq(secret_input_read(path, &text, &why), 0);
	ck_assert_int_eq(
	    read_text(&import, "sasldb", text.bytes, text.len, &why), 0);
	ck_assert_uint_eq(import.nusers, 1);
	ck_assert_uint_eq(import.nwithout, 1);
	ck_assert_str_eq(import.users[0].name, "joe@y.example");
	ck_assert(verifies(&import, 0, "secret"));
	import_free(&import);
	ck_assert_int_eq(
	    read_text(&import, "sasldb", text.bytes, text.len / 2, &why), -1);
	import_free(&import);
	strbuf_free(&why);
	strbuf_wipe(&text);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(sasldb_that_is_not_whole_is_refused)
{
	static const char *const texts[] = { "", "junk\n",
		"VERSION=3\nformat=print\n",
		"VERSION=3\nformat=print\nHEADER=END\n a\n" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct import import;
		struct strbuf why = { 0 };

		ck_assert_int_eq(read_text(&import, "sasldb", texts[i],
				     strlen(texts[i]), &why),
		    -1);
		ck_assert_uint_gt(why.len, 0);
		strbuf_free(&why);
		import_free(&import);
	}
}
END_TEST

START_TEST(sasldb_tells_bad_lines)
{
	struct import import;

	read_kind(&import, "sasldb",
	    "VERSION=3\nHEADER=END\n 6a\n 6a\n 6\n 6a\nx\n 6a\n"
	    " 6a0000757365725061737377"
	    "6f7264\n\nDATA=END\n");
	ck_assert_uint_eq(import.nusers, 0);
	tells(&import,
	    "line 3: not a key of sasldb (user, realm, property)\n"
	    "line 5: not data of db_dump\n"
	    "line 7: not data of db_dump\n"
	    "line 10: not data of db_dump\n");
	import_free(&import);
	/* half a key is none */
	read_kind(&import, "sasldb",
	    "VERSION=3\nformat=print\nHEADER=END\n"
	    " j\\00x\\00userPassword\\zz\n secret\nDATA=END\n");
	ck_assert_uint_eq(import.nusers, 0);
	import_free(&import);
}
END_TEST

START_TEST(shadow_knows_locked_expired_and_aged)
{
	static const char text[] =
	    "root:*:1::::::\n"
	    "a:$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1:1:0:9:7::2:\n"
	    "b:!$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1:1::::::\n"
	    "c:$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1:1:0:9:7::x:\n"
	    "d:$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1:1:0:9:7::0:\n"
	    "e:!!:::::::\n"
	    "f:$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1:100:0:90:7:30::\n"
	    "g:$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1:0:0:99999:7:::\n"
	    "h:$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1:100:0:99999:7:-1:-1:\n"
	    "i:$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1:x:0:99999:7:::\n";
	struct import import;

	read_kind(&import, "shadow", text);
	ck_assert_uint_eq(import.nwithout, 2);
	ck_assert_uint_eq(import.nusers, 6);
	ck_assert_int_eq(import.users[0].record.expires, 2 * 86400);
	ck_assert(verifies(&import, 0, "secret"));
	ck_assert_int_eq(import.users[1].record.status, USER_SUSPENDED);
	ck_assert_int_eq(import.users[1].record.expires, 0);
	ck_assert_int_ne(import.users[2].record.expires, 0);
	/* a password is no longer good than its age, whatever follows */
	ck_assert_int_eq(import.users[3].record.expires, 190 * 86400);
	ck_assert_int_eq(import.users[4].record.expires, 1);
	ck_assert_int_eq(import.users[5].record.expires, 0);
	tells(&import,
	    "line 4: c@x.example: bad date of change or expiry\n"
	    "line 10: i@x.example: bad date of change or expiry\n");
	import_free(&import);
}
END_TEST

START_TEST(extra_fields_of_dovecot)
{
	static const struct {
		const char *line;
		bool taken, suspended;
	} cases[] = {
		{ "a:{PLAIN}b", true, false },
		{ "a:{PLAIN}b\r", true, false },
		{ "a:{PLAIN}b::::::userdb_mail=maildir:~/nologin", true,
		    false },
		{ "a:{PLAIN}b::::::nologin", true, true },
		{ "a:{PLAIN}b::::::proxy=y nologin=yes", true, true },
		/* Dovecot looks at the name alone */
		{ "a:{PLAIN}b::::::nologin=n", true, true },
		{ "a:{PLAIN}b::::::fail=no", true, true },
		{ "a:{PLAIN}b::::::fail", true, true },
		{ "a:{PLAIN}b::::::nodelay=y  host=192.0.2.1\tuserdb_x", true,
		    false },
		{ "a:{PLAIN}b::::::forward_a=b event_x=y", true, false },
		{ "a:{PLAIN}b::::::nologins=y", false, false },
		{ "a:{PLAIN}b::::::noauthenticate", false, false },
		{ "a:{PLAIN}b::::::nopassword=y", false, false },
		{ "a:{PLAIN}b::::::delay_until=99", false, false },
		{ "a:{PLAIN}b::::::user=c", false, false },
		{ "a:{PLAIN}b::::::NOLOGIN", false, false },
		{ "a:{PLAIN}b::::::later_field", false, false },
		{ "a:{PLAIN}b::::::allow_nets=::1/128 nologin", false, false },
		{ "a:{PLAIN}b::::::allow_real_nets=192.0.2.1", false, false },
		{ "a:{PLAIN}", false, false },
		{ "a:", false, false },
		{ "a", false, false },
		{ ":{PLAIN}b", false, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct import import;

		read_kind(&import, "passwd-file", cases[i].line);
		ck_assert_msg(import.nusers == cases[i].taken, "%s",
		    cases[i].line);
		ck_assert_uint_eq(import.nskipped, !cases[i].taken);
		if (cases[i].taken)
			ck_assert_int_eq(import.users[0].record.status,
			    cases[i].suspended ? USER_SUSPENDED : USER_ACTIVE);
		import_free(&import);
	}
}
END_TEST

/* Lines of other files, cut at the wrong place: all have "secret" in them. */
START_TEST(what_is_told_never_has_a_password)
{
	static const char *const lines[] = {
		"fred@example.org,secret",
		"fred@example.org,se:secret",
		"\"fred@example.org\",\"secret\"",
		"fred@example.org|secret|1:2",
		"fred@example.org;secret;;:",
		"fred@example.org\tsecret:x",
		"fred@example.org secret",
		"fred@example.org secret:x",
		"fred@example.org=secret:x",
		"fred@example.org/secret:x",
		"secret,fred@example.org:x",
		"fred|secret:x",
		"fred;secret",
		"INSERT INTO users VALUES ('fred@example.org','secret:x');",
		"('fred@example.org','secret'),",
		"userPassword: secret",
		"userPassword:: secret",
		"fred:secret",
		"fred:{secret}word",
		"fred:{SECRET.secret}word",
		"fred:{PLAIN.secret}secret",
		"fred:{SSHA}secret",
		"fred:{CRYPT}secret",
		"fred:{ARGON2ID}$argon2id$secret",
		"fred:{PBKDF2}$1$secret",
		"fred:{SCRAM-SHA-256}4096,secret",
		"fred:x::::::secret=secret",
		"fred:x::::::pass=secret secret",
		"fred:x:secret:0:secret:1:1:secret:",
		"secret\x01secret:x",
		"secret@secret@secret:x",
		"user=secret",
	};
	static const char *const readers[] = { "passwd-file", "shadow",
		"htpasswd", "sasldb", "dump", "ldif" };

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		for (size_t k = 0; k < sizeof readers / sizeof readers[0];
		     k++) {
			struct import import;
			struct strbuf said = { 0 };

			read_text(&import, readers[k], lines[i],
			    strlen(lines[i]), &said);
			ck_assert_uint_eq(import.nusers, 0);
			import_tell(&import, &said);
			ck_assert_msg(strcasestr(strbuf_str(&said), "secret") ==
				NULL,
			    "%s: %s", readers[k], strbuf_str(&said));
			strbuf_free(&said);
			import_free(&import);
		}
	}
}
END_TEST

START_TEST(what_no_scheme_takes_is_left_out)
{
	struct import import;

	read_kind(&import, "passwd-file",
	    "a:{PLAIN.hex}610062\nb:{PLAIN}c\nd:{CLEAR.hex}6\n");
	ck_assert_uint_eq(import.nusers, 1);
	ck_assert_str_eq(import.users[0].name, "b@x.example");
	ck_assert_uint_eq(import.nskipped, 2);
	import_free(&import);
}
END_TEST

START_TEST(stored_strings_of_our_own_are_not_for_others)
{
	struct import import;

	read_kind(&import, "htpasswd",
	    "a:{CRYPT}{CRAM-MD5}00\nb:{CRYPT}{PLAIN}x\n");
	ck_assert_uint_eq(import.nusers, 0);
	ck_assert_uint_eq(import.nskipped, 2);
	import_free(&import);
}
END_TEST

START_TEST(a_dump_brings_everything)
{
	static const char text[] =
	    "sekisho-users 1\nfake-key="
	    "000102030405060708090a0b0c0d0e0f"
	    "101112131415161718191a1b1c1d1e1f\n\n"
	    "user=a@x\nsekisho-user 1\nstatus=suspended\ncreated=1\n"
	    "changed=2\nlater=x\n\n"
	    "user=b@x\nsekisho-user 1\nstatus=active\ncreated=1\n"
	    "changed=2\n\n";
	struct import import;
	struct strbuf out = { 0 };

	read_kind(&import, "dump", text);
	ck_assert_uint_eq(import.nusers, 2);
	ck_assert(import.has_fake_key);
	dump_add_self(&out, import.fake_key);
	for (size_t i = 0; i < import.nusers; i++)
		dump_add_user(&out, import.users[i].name,
		    &import.users[i].record);
	testing_eat(&out, text);
	import_free(&import);
}
END_TEST

/* A hash that must be fast is looked at in the loop of authd. */
START_TEST(a_dump_brings_no_secret_that_nothing_else_takes)
{
	static const char *const secrets[] = {
		"app-password/a/created=1\napp-password/a/password="
		"$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1\n",
		"scram-sha-1=SCRAM-SHA-1$2000000000:s3PTvUau9Gp72HkOzI8R/Q=="
		"$IFqi86XU92HV207REZzm9nwu71c=:ahgWWuvTrSl27HzLNW92WcQxqgg=\n",
		"password=$6$rounds=900000000$a$"
		"7jr7uo0LwJ.hQNOeZ2l0JEJzikBYq/FryDbcmcQRTlTEGaEE38ZgM9.Kx6Azs"
		"xt3IULWXiTwGTruK12Z4I0fw.\n",
	};

	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
		struct import import;
		struct strbuf text = { 0 };

		strbuf_addf(&text,
		    "sekisho-users 1\nfake-key="
		    "000102030405060708090a0b0c0d0e0f"
		    "101112131415161718191a1b1c1d1e1f\n\n"
		    "user=a@x\nsekisho-user 1\nstatus=active\n%s\n"
		    "user=b@x\nsekisho-user 1\nstatus=active\n\n",
		    secrets[i]);
		read_kind(&import, "dump", text.bytes);
		ck_assert_uint_eq(import.nusers, 1);
		ck_assert_str_eq(import.users[0].name, "b@x");
		ck_assert_uint_eq(import.nskipped, 1);
		import_free(&import);
		strbuf_free(&text);
	}
}
END_TEST

START_TEST(byte_order_marks_and_carriage_returns_belong_to_nothing)
{
	static const struct {
		const char *kind, *text;
	} files[] = {
		{ "passwd-file",
		    "\xef\xbb\xbf"
		    "joe:{PLAIN}secret\r\n# x\r\n\r\n" },
		{ "htpasswd",
		    "\xef\xbb\xbf"
		    "joe:$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1\r\n" },
		{ "shadow",
		    "\xef\xbb\xbf"
		    "joe:$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1:::::::\r\n" },
		{ "sasldb",
		    "\xef\xbb\xbfVERSION=3\r\nformat=print\r\n"
		    "HEADER=END\r\n joe\\00\\00userPassword\r\n"
		    " secret\r\nDATA=END\r\n" },
		{ "dump",
		    "\xef\xbb\xbfsekisho-users 1\r\nfake-key="
		    "000102030405060708090a0b0c0d0e0f"
		    "101112131415161718191a1b1c1d1e1f\r\n\r\n"
		    "user=joe@x.example\r\nsekisho-user 1\r\n"
		    "status=active\r\n"
		    "password=$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1\r\n"
		    "\r\n" },
	};

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct import import;

		read_kind(&import, files[i].kind, files[i].text);
		tells(&import, "");
		ck_assert_msg(import.nusers == 1, "%s", files[i].kind);
		ck_assert_str_eq(import.users[0].name, "joe@x.example");
		ck_assert_msg(verifies(&import, 0, "secret"), "%s",
		    files[i].kind);
		import_free(&import);
	}
}
END_TEST

START_TEST(a_torn_dump_is_told)
{
	static const char head[] = "sekisho-users 1\nfake-key="
				   "000102030405060708090a0b0c0d0e0f"
				   "101112131415161718191a1b1c1d1e1f\n\n";
	struct import import;
	struct strbuf text = { 0 }, why = { 0 };

	strbuf_addf(&text,
	    "%suser=a@x\nsekisho-user 1\nstat\n\nuser=b@x\n\n"
	    "user=\nsekisho-user 1\n\nhello\n\n",
	    head);
	read_kind(&import, "dump", text.bytes);
	ck_assert_uint_eq(import.nusers, 0);
	tells(&import,
	    "line 4: a@x: user record: line 2 is not name=value\n"
	    "line 8: b@x: not a user record\n"
	    "line 10: user name is empty\n"
	    "line 13: not a user\n");
	import_free(&import);

	ck_assert_int_eq(
	    read_text(&import, "dump", text.bytes, text.len - 3, &why), -1);
	testing_eat(&why, "not a dump of authctl, or not whole");
	import_free(&import);
	strbuf_free(&text);
}
END_TEST

/* What goes out for Dovecot comes in again as the same secrets. */
START_TEST(exported_schemes_come_back)
{
	static const char *const fields[] = {
		"{CRYPT}$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1",
		"{SSHA}ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH",
		"{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$8AnqayM1uXixEU7gLfFic"
		"A$VjABeXCQMxVx3kBUYMoflzsmyJh/sJQy3H3yla5RMZ8",
		"{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$W8ZS9/53+ItrfFJA1lLujA"
		"$5J5S5fDiUa9sW2nIgQBQBGvEvXIN5r2J61jLP3YebIs",
		"{PBKDF2}$1$z0nBdhLdCSklPoBJ$5000$"
		"e884bd7e7188647bd1ca373dacb22b4ca1a94f70",
		"{SCRAM-SHA-1}4096,s3PTvUau9Gp72HkOzI8R/Q==,"
		"IFqi86XU92HV207REZzm9nwu71c=,ahgWWuvTrSl27HzLNW92WcQxqgg=",
		"{CRAM-MD5}cd3ba7deaad6e5ca23448ba42e379747"
		"a9e0f7f1fbc00c8a81bbaac395731b56",
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct secrets secrets;
		struct strbuf plain = { 0 }, err = { 0 }, out = { 0 };

		ck_assert_int_eq(import_scheme_take(fields[i], "CRYPT",
				     &secrets, &plain, &err),
		    IMPORT_SECRETS);
		ck_assert(import_scheme_export(&secrets, &out));
		testing_eat(&out, fields[i]);
		secrets_free(&secrets);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("import");
	TCase *tc = tcase_create("import");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, passwords_in_the_clear_are_derived_and_forgotten);
	tcase_add_test(tc, sasldb_in_both_formats);
	tcase_add_test(tc, sasldb_in_gdbm);
	tcase_add_test(tc, sasldb_that_is_not_whole_is_refused);
	tcase_add_test(tc, sasldb_tells_bad_lines);
	tcase_add_test(tc, shadow_knows_locked_expired_and_aged);
	tcase_add_test(tc, extra_fields_of_dovecot);
	tcase_add_test(tc, what_is_told_never_has_a_password);
	tcase_add_test(tc, what_no_scheme_takes_is_left_out);
	tcase_add_test(tc, stored_strings_of_our_own_are_not_for_others);
	tcase_add_test(tc, a_dump_brings_everything);
	tcase_add_test(tc, a_dump_brings_no_secret_that_nothing_else_takes);
	tcase_add_test(tc,
	    byte_order_marks_and_carriage_returns_belong_to_nothing);
	tcase_add_test(tc, a_torn_dump_is_told);
	tcase_add_test(tc, exported_schemes_come_back);
	return testing_run(suite);
}
