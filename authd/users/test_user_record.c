#include <sys/socket.h>

#include <string.h>

#include "testing.h"
#include "mem.h"
#include "user_record.h"

static const char full[] =
    "sekisho-user 1\n"
    "status=suspended\n"
    "suspension/until=1750000000\n"
    "suspension/of=sending\n"
    "suspension/reason=stolen, they say\n"
    "created=1700000000\n"
    "changed=1700000001\n"
    "expires=1800000000\n"
    "password=$y$j9T$a$b\n"
    "scram-sha-1=SCRAM-SHA-1$1\n"
    "scram-sha-256=SCRAM-SHA-256$1\n"
    "scram-sha-512=SCRAM-SHA-512$1\n"
    "cram-md5=00ff\n"
    "app-password/phone/created=5\n"
    "app-password/phone/expires=7\n"
    "app-password/phone/networks=192.0.2.0/24,2001:db8::/32\n"
    "app-password/phone/password=$app$a$b\n"
    "app-password/tv/created=6\n"
    "colour=green=blue\n";

static void
decode(struct user_record *record, const char *text)
{
	struct strbuf err = { 0 };

	ck_assert_int_eq(user_record_decode(record, text, strlen(text), &err),
	    0);
	testing_eat(&err, "");
}

START_TEST(gives_back_what_it_read)
{
	struct user_record record;
	struct strbuf out = { 0 };

	decode(&record, full);
	ck_assert_int_eq(record.status, USER_SUSPENDED);
	ck_assert_int_eq(record.expires, 1800000000);
	ck_assert_str_eq(record.secrets.password, "$y$j9T$a$b");
	ck_assert_uint_eq(record.napp_passwords, 2);
	ck_assert_uint_eq(record.app_passwords[0].nnetworks, 2);
	user_record_encode(&record, &out);
	testing_eat(&out, full);
	user_record_free(&record);
}
END_TEST

START_TEST(an_empty_record_is_an_active_user_without_secrets)
{
	struct user_record record;

	decode(&record, "sekisho-user 1\n");
	ck_assert_int_eq(record.status, USER_ACTIVE);
	ck_assert_ptr_null(record.secrets.password);
	ck_assert(user_record_is_usable(&record, 1));
	user_record_free(&record);
}
END_TEST

START_TEST(refuses_what_is_no_record)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "not a user record" },
		{ "hello", "not a user record" },
		{ "sekisho-user 2\n",
		    "user record of version 2, this program knows only 1" },
		{ "sekisho-user 1\nstatus\n",
		    "user record: line 2 is not name=value" },
		{ "sekisho-user 1\n\n",
		    "user record: line 2 is not name=value" },
		{ "sekisho-user 1\n=x\n",
		    "user record: line 2 is not name=value" },
		{ "sekisho-user 1\nstatus=asleep\n",
		    "user record: bad value in line 2" },
		{ "sekisho-user 1\nexpires=1x\n",
		    "user record: bad value in line 2" },
		{ "sekisho-user 1\nexpires=-1\n",
		    "user record: bad value in line 2" },
		{ "sekisho-user 1\npassword=a\npassword=b\n",
		    "user record: bad value in line 3" },
		{ "sekisho-user 1\napp-password/x/expires=1\n",
		    "user record: bad value in line 2" },
		{ "sekisho-user 1\napp-password/x y/created=1\n",
		    "user record: bad value in line 2" },
		{ "sekisho-user 1\napp-password/x/created=1\n"
		  "app-password/x/networks=nowhere\n",
		    "user record: bad value in line 3" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct user_record record;
		struct strbuf err = { 0 };

		ck_assert_int_eq(user_record_decode(&record, cases[i].text,
				     strlen(cases[i].text), &err),
		    -1);
		testing_eat(&err, cases[i].why);
		user_record_free(&record);
	}
}
END_TEST

START_TEST(refuses_nul_bytes)
{
	static const char text[] = "sekisho-user 1\npassword=a\0b\n";
	struct user_record record;
	struct strbuf err = { 0 };

	ck_assert_int_eq(
	    user_record_decode(&record, text, sizeof text - 1, &err), -1);
	strbuf_free(&err);
	user_record_free(&record);
}
END_TEST

START_TEST(digest_tells_records_apart)
{
	unsigned char a_digest[USER_RECORD_DIGEST_LEN];
	unsigned char b_digest[USER_RECORD_DIGEST_LEN];
	struct user_record a, b;

	decode(&a, "sekisho-user 1\nchanged=1\n");
	decode(&b, "sekisho-user 1\nchanged=2\n");
	user_record_digest(&a, a_digest);
	user_record_digest(&b, b_digest);
	ck_assert_mem_ne(a_digest, b_digest, sizeof a_digest);
	user_record_free(&a);
	user_record_free(&b);
}
END_TEST

/* One app password is read before the others, and all of them afterwards. */
START_TEST(reads_one_app_password_first)
{
	static const char text[] =
	    "sekisho-user 1\nstatus=active\npassword=main\n"
	    "app-password/PHONE/created=1\napp-password/PHONE/password=upper\n"
	    "app-password/phone/created=2\napp-password/phone/password=lower\n"
	    "app-password/pho/created=3\napp-password/pho/password=short\n";
	static const struct {
		const char *label, *password; /* NULL: none of that label */
	} apps[] = { { "phone", "lower" }, { "PHONE", "upper" },
		{ "Phone", "upper" }, { "pho", "short" }, { "phon", NULL },
		{ "phones", NULL } };
	struct user_record record;
	struct strbuf err = { 0 };
	const struct app_password *app;

	for (size_t i = 0; i < sizeof apps / sizeof *apps; i++) {
		ck_assert_int_eq(user_record_decode_main(&record, xstrdup(text),
				     strlen(text), &err),
		    0);
		ck_assert_int_eq(
		    user_record_decode_app(&record, apps[i].label, &app, &err),
		    0);
		ck_assert_pstr_eq(app != NULL ? app->secrets.password : NULL,
		    apps[i].password);
		ck_assert_int_eq(user_record_decode_rest(&record, &err), 0);
		ck_assert_uint_eq(record.napp_passwords, 3);
		ck_assert_str_eq(record.app_passwords[2].secrets.password,
		    "short");
		user_record_free(&record);
	}
}
END_TEST

START_TEST(usable_until_it_expires)
{
	struct user_record record = { 0 };

	record.expires = 100;
	ck_assert(user_record_is_usable(&record, 99));
	ck_assert(!user_record_is_usable(&record, 100));
	record.expires = 0;
	record.status = USER_SUSPENDED;
	ck_assert(!user_record_is_usable(&record, 99));
}
END_TEST

START_TEST(suspended_for_a_time_and_from_sending)
{
	struct user_record record = { .status = USER_SUSPENDED };

	ck_assert(user_record_is_suspended(&record, 99, false));
	record.suspension.until = 100;
	ck_assert(user_record_is_suspended(&record, 99, false));
	ck_assert(!user_record_is_suspended(&record, 100, true));
	record.suspension.only_sending = true;
	ck_assert(user_record_is_suspended(&record, 99, true));
	ck_assert(!user_record_is_suspended(&record, 99, false));
	record.status = USER_ACTIVE;
	ck_assert(!user_record_is_suspended(&record, 99, true));
}
END_TEST

START_TEST(app_passwords_come_and_go)
{
	struct user_record record;
	struct strbuf out = { 0 };

	decode(&record,
	    "sekisho-user 1\n"
	    "app-password/a/created=1\n"
	    "app-password/a/later=x\n"
	    "app-password/ab/created=2\n"
	    "app-password/ab/later=y\n");
	ck_assert(!user_record_remove_app(&record, "b"));
	ck_assert(
	    user_record_remove_app(&record, record.app_passwords[0].label));
	user_record_add_app(&record, "c")->created = 3;
	user_record_encode(&record, &out);
	testing_eat(&out,
	    "sekisho-user 1\nstatus=active\ncreated=0\nchanged=0\n"
	    "app-password/ab/created=2\n"
	    "app-password/c/created=3\n"
	    "app-password/ab/later=y\n");
	user_record_free(&record);
}
END_TEST

START_TEST(app_passwords_know_their_networks)
{
	struct user_record record;
	struct app_password *app;
	struct ip ip = { 0 };

	decode(&record, full);
	app = user_record_find_app(&record, "phone");
	ck_assert(!app_password_is_usable(app, 1, &ip)); /* unknown client */
	ck_assert(ip_parse(&ip, "192.0.2.9"));
	ck_assert(app_password_is_usable(app, 6, &ip));
	ck_assert(!app_password_is_usable(app, 7, &ip));
	ck_assert(ip_parse(&ip, "192.0.3.9"));
	ck_assert(!app_password_is_usable(app, 6, &ip));
	ck_assert(app_password_is_usable(user_record_find_app(&record, "tv"), 6,
	    &ip));
	user_record_free(&record);
}
END_TEST

/* As a client on such a socket is seen, and as it may be written. */
START_TEST(networks_of_ipv4_in_ipv6_are_those_of_ipv4)
{
	struct user_record record;
	struct ip ip = { 0 };

	decode(&record,
	    "sekisho-user 1\nstatus=active\napp-password/a/created=1\n"
	    "app-password/a/networks=::ffff:192.0.2.0/120\n");
	ck_assert(ip_parse(&ip, "192.0.2.9"));
	ck_assert(app_password_is_usable(record.app_passwords, 6, &ip));
	ck_assert(ip_parse(&ip, "192.0.3.9"));
	ck_assert(!app_password_is_usable(record.app_passwords, 6, &ip));
	user_record_free(&record);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("user_record");
	TCase *tc = tcase_create("user_record");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, gives_back_what_it_read);
	tcase_add_test(tc, an_empty_record_is_an_active_user_without_secrets);
	tcase_add_test(tc, refuses_what_is_no_record);
	tcase_add_test(tc, refuses_nul_bytes);
	tcase_add_test(tc, digest_tells_records_apart);
	tcase_add_test(tc, reads_one_app_password_first);
	tcase_add_test(tc, usable_until_it_expires);
	tcase_add_test(tc, suspended_for_a_time_and_from_sending);
	tcase_add_test(tc, app_passwords_come_and_go);
	tcase_add_test(tc, app_passwords_know_their_networks);
	tcase_add_test(tc, networks_of_ipv4_in_ipv6_are_those_of_ipv4);
	return testing_run(suite);
}
