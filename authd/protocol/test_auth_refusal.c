#include "testing_auth_client.h"
#include "testing_clock.h"
#include "testing_mech.h"

START_TEST(right_and_wrong_passwords)
{
	greet(HELLO);
	say_plain(1, "fred@example.org", "secret");
	ck_assert_str_eq(hear(), "OK\t1\tuser=fred@example.org");
	say_plain(2, "FRED", "secret");
	ck_assert_str_eq(hear(), "OK\t2\tuser=fred@example.org");
	say_plain(3, "fred", "Secret");
	ck_assert_str_eq(hear(), "FAIL\t3\t" NAMED_FAIL);
	say_plain(4, "nobody", "secret");
	ck_assert_str_eq(hear(), "FAIL\t4\tuser=nobody@example.org\t" FAILED);
	say_plain(5, "fr\ted", "secret");
	ck_assert_str_eq(hear(), "FAIL\t5\t" FAILED);
	say_plain(6, "", "secret");
	ck_assert_str_eq(hear(), "FAIL\t6\t" FAILED);
	say_plain(7, "fred", "");
	ck_assert_str_eq(hear(), "FAIL\t7\t" NAMED_FAIL);
	say_plain(8, " fred", "secret");
	ck_assert_str_eq(hear(), "FAIL\t8\t" FAILED);
}
END_TEST

START_TEST(bad_base64_ends_the_request_and_not_the_connection)
{
	static const char *const bad[] = { "*", "A", "====", "a b=", "AGZyZ" };
	char line[128], expected[128];

	greet(HELLO);
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(line, sizeof line, "AUTH\t%u\tPLAIN\tresp=%s\n", i,
		    bad[i]);
		say(line);
		snprintf(expected, sizeof expected,
		    "FAIL\t%u\tcode=invalid_base64\t" FAILED, i);
		ck_assert_str_eq(hear(), expected);
	}
	say("AUTH\t9\tLOGIN\n");
	ck_assert_str_eq(hear(), "CONT\t9\tVXNlcm5hbWU6");
	say("CONT\t9\t=\n");
	ck_assert_str_eq(hear(), "FAIL\t9\tcode=invalid_base64\t" FAILED);
	ck_assert_uint_eq(login.stats.logins[MECHANISM_LOGIN][LOGIN_FAIL], 1);
	say("AUTH\t9\tLOGIN\n");
	ck_assert_str_eq(hear(), "CONT\t9\tVXNlcm5hbWU6");
	say("CONT\t9\n");
	ck_assert_str_eq(hear(), "FAIL\t9\tcode=invalid_base64\t" FAILED);
	say_plain(9, "fred", "secret");
	ck_assert_str_eq(hear(), "OK\t9\tuser=fred@example.org");
}
END_TEST

#define HOUR_MS 3600000L

static void
await_failures(unsigned count)
{
	while (login.stats.logins[MECHANISM_PLAIN][LOGIN_FAIL] < count)
		listen_once();
}

/* And not from when it was known: the first to ask is the first to hear. */
START_TEST(the_time_of_a_refusal_counts_from_the_request)
{
	char *line = xasprintf("AUTH\t2\tPLAIN\trip=198.51.100.7\tresp=%s\n",
	    plain_response("nobody", "wrong"));

	testing_clock_begin();
	begin("auth_failure_delay = 1s\n");
	greet(HELLO);
	say_plain(1, "fred", "wrong");
	testing_clock_pass(1000);
	await_failures(1);
	testing_clock_pass(-500);
	say(line);
	await_failures(2);
	testing_clock_pass(HOUR_MS);
	ck_assert_str_eq(hear(), "FAIL\t1\t" NAMED_FAIL);
	ck_assert_str_eq(hear(), "FAIL\t2\tuser=nobody@example.org\t" FAILED);
	end();
	free(line);
}
END_TEST

/* A service whose refusals take an hour; of each look at the clock so much
 * passes. */
static void
begin_slow(long fly_ms)
{
	testing_clock_begin();
	testing_clock_fly(fly_ms);
	begin("auth_failure_delay = 1h\n");
	greet(HELLO);
}

/* PLAIN is refused, and nobody hears of it. */
static void
expect_held_back(void)
{
	await_failures(1);
	expect_silence();
	ck_assert_uint_eq(login.stats.logins[MECHANISM_PLAIN][LOGIN_FAIL], 1);
}

/* Whatever the password; and as late as any other. */
START_TEST(a_continuation_out_of_turn_is_refused_once)
{
	char *lines = xasprintf("AUTH\t1\tPLAIN\tresp=%s\nCONT\t1\tabcd\n",
	    plain_response("fred", "secret"));

	begin_slow(0);
	say(lines);
	expect_held_back();
	end();
	begin_slow(HOUR_MS);
	say(lines);
	ck_assert_str_eq(hear(), "FAIL\t1\t" NAMED_FAIL);
	expect_silence();
	end();
	free(lines);
}
END_TEST

START_TEST(without_a_database_an_old_client_loses_the_connection)
{
	char *path = xasprintf("%s/users", login.dir);

	ck_assert_int_eq(unlink(path), 0);
	free(path);
	greet(HELLO);
	say_plain(1, "fred", "secret");
	expect_close();
}
END_TEST

START_TEST(without_a_database_a_new_client_hears_temp_fail)
{
	char *path = xasprintf("%s/users", login.dir);

	ck_assert_int_eq(unlink(path), 0);
	free(path);
	greet("VERSION\t1\t2\nCPID\t1\n");
	say_plain(1, "fred", "secret");
	ck_assert_str_eq(hear(),
	    "FAIL\t1\tcode=temp_fail\t"
	    "reason=temporary authentication failure");
	say("AUTH\t1\tSCRAM-SHA-256\tresp=biwsbj1mcmVkLHI9YWJjZGVm\n");
	ck_assert(strstr(hear(), "code=temp_fail") != NULL);
}
END_TEST

/* What is logged while this one login is asked for, by a client of 1.2. */
static void
read_log_of(const char *line, char text[], size_t size)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	ssize_t len;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ne(dup2(fileno(file), STDERR_FILENO), -1);
	log_open("test", LOG_TARGET_STDERR);
	log_set_level(LOG_LEVEL_INFO);
	say(line);
	hear();
	log_set_level(LOG_LEVEL_ERROR);
	dup2(saved, STDERR_FILENO);
	close(saved);
	log_open("test", LOG_TARGET_STDERR);
	len = pread(fileno(file), text, size - 1, 0);
	ck_assert_int_gt(len, 0);
	text[len] = '\0';
	fclose(file);
}

/* Who finds no room is no guesser, and must not look like one. */
START_TEST(too_many_logins_are_a_temporary_failure_in_the_log_too)
{
	int others[5];
	char line[60], text[1000];

	begin_slow(0);
	for (int i = 0; i < 5; i++) {
		for (int n = 0; n < 1000; n++) {
			snprintf(line, sizeof line,
			    "AUTH\t%d\tPLAIN\tresp=abcd\n", n);
			say(line);
		}
		others[i] = peer;
		peer = -1;
		connect_peer();
		greet("VERSION\t1\t2\nCPID\t1\n");
	}
	ck_assert_uint_eq(login.stats.open_conversations, 5000);
	read_log_of("AUTH\t1\tPLAIN\tservice=smtp\trip=192.0.2.1\tresp=abcd\n",
	    text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text,
	    "ip=192.0.2.1 result=tempfail "
	    "reason=\"too many logins"));
	for (int i = 0; i < 5; i++)
		close(others[i]);
	end();
}
END_TEST

START_TEST(a_refusal_takes_its_time_and_an_acceptance_none)
{
	begin_slow(0);
	say_plain(1, "fred", "wrong");
	say_plain(2, "fred", "secret");
	ck_assert_str_eq(hear(), "OK\t2\tuser=fred@example.org");
	expect_held_back();
	end();
}
END_TEST

/* A proxy says so, that has clients of its own. */
START_TEST(with_no_penalty_no_address_grows_slow)
{
	struct strbuf who = { 0 };
	char *line;

	begin_slow(0);
	for (int i = 0; i < 20; i++) {
		line = xasprintf("AUTH\t%d\tPLAIN\tno-penalty\t"
				 "rip=192.0.2.9\tresp=%s\n",
		    i, plain_response("fred", "wrong"));
		say(line);
		free(line);
	}
	await_failures(20);
	penalty_print(login.service.penalty, 2000, clock_ms(), &who);
	ck_assert_ptr_nonnull(
	    strstr(strbuf_str(&who), "addresses that fail often: 0\n"));
	strbuf_free(&who);
	end();
}
END_TEST

/* What a wrong password hears, with what may differ taken out. */
static void
hear_refusal(struct strbuf *heard_all, enum mechanism mechanism,
    const char *name, unsigned id)
{
	struct strbuf say_it = { 0 }, base64 = { 0 }, decoded = { 0 };
	char user[64], prefix[32];
	const char *line;
	bool is_first = true;

	snprintf(user, sizeof user, "user=%s@example.org", name);
	strbuf_addf(&say_it, "AUTH\t%u\t%s\tservice=smtp", id,
	    mechanism_name(mechanism));
	if (mechanism == MECHANISM_PLAIN)
		strbuf_addf(&say_it, "\tresp=%s",
		    plain_response(name, "wrong"));
	for (;;) {
		strbuf_addc(&say_it, '\n');
		say(strbuf_str(&say_it));
		strbuf_free(&say_it);
		line = hear();
		snprintf(prefix, sizeof prefix, "CONT\t%u\t", id);
		if (strncmp(line, prefix, strlen(prefix)) != 0)
			break;
		line += strlen(prefix);
		ck_assert(base64_decode(&decoded, line, strlen(line)));
		if (mechanism == MECHANISM_LOGIN)
			strbuf_addf(heard_all, "%s|", strbuf_str(&decoded));
		else /* nonces, salts: of one length */
			strbuf_addf(heard_all, "%zu|", decoded.len);
		if (mechanism == MECHANISM_CRAM_MD5)
			strbuf_addf(&base64,
			    "%s 0123456789abcdef0123456789abcdef", name);
		else if (mechanism == MECHANISM_LOGIN)
			strbuf_adds(&base64, is_first ? name : "wrong");
		else if (decoded.len == 0)
			strbuf_addf(&base64, "n,,n=%s,r=abcdef", name);
		else
			strbuf_addf(&base64, "c=biws,%.*s,p=%s",
			    (int)strcspn(decoded.bytes, ","), decoded.bytes,
			    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
		strbuf_addf(&say_it, "CONT\t%u\t", id);
		base64_add(&say_it, base64.bytes, base64.len);
		strbuf_free(&base64);
		strbuf_free(&decoded);
		is_first = false;
	}
	snprintf(prefix, sizeof prefix, "FAIL\t%u\t", id);
	ck_assert(strncmp(line, prefix, strlen(prefix)) == 0);
	line += strlen(prefix);
	ck_assert(strncmp(line, user, strlen(user)) == 0);
	strbuf_adds(heard_all, line + strlen(user));
}

START_TEST(a_stranger_hears_what_a_user_hears)
{
	static const enum mechanism mechanisms[] = { MECHANISM_PLAIN,
		MECHANISM_LOGIN, MECHANISM_CRAM_MD5, MECHANISM_SCRAM_SHA_256 };
	enum mechanism mechanism = mechanisms[_i];
	struct strbuf known = { 0 }, unknown = { 0 };

	greet(HELLO);
	for (unsigned i = 0; i < 200; i++) {
		hear_refusal(&known, mechanism, "fred", i);
		hear_refusal(&unknown, mechanism, "derf", i);
		if (mechanism == MECHANISM_CRAM_MD5) {
			/* the length of its random number differs */
			ck_assert_str_eq(strchr(known.bytes, '|'),
			    strchr(unknown.bytes, '|'));
		} else {
			ck_assert_str_eq(known.bytes, unknown.bytes);
		}
		strbuf_truncate(&known, 0);
		strbuf_truncate(&unknown, 0);
	}
	strbuf_free(&known);
	strbuf_free(&unknown);
}
END_TEST

/* A line that ends in base64. */
static void
say_encoded(const char *begin_of_line, const struct strbuf *message)
{
	struct strbuf line = { 0 };

	strbuf_adds(&line, begin_of_line);
	base64_add(&line, message->bytes, message->len);
	strbuf_addc(&line, '\n');
	say(strbuf_str(&line));
	strbuf_free(&line);
}

static void
suspend_fred(void)
{
	struct userdb_edit *edit = testing_edit(&login);
	struct user_record record = testing_record("secret");

	record.status = USER_SUSPENDED;
	testing_put(edit, "fred@example.org", &record);
	testing_commit(edit);
	user_record_free(&record);
}

/* Suspended before the client's last message, and after the server's. */
START_TEST(who_is_suspended_during_a_login_is_refused)
{
	struct strbuf message = { 0 }, server = { 0 };
	const char *line;

	greet(HELLO);
	scram_first(&good_client, &message);
	say_encoded("AUTH\t1\tSCRAM-SHA-256\tresp=", &message);
	line = hear();
	ck_assert(strncmp(line, "CONT\t1\t", 7) == 0);
	ck_assert(base64_decode(&server, line + 7, strlen(line + 7)));
	if (_i == 0)
		suspend_fred();
	strbuf_free(&message);
	scram_final(&good_client, strbuf_str(&server), &message);
	say_encoded("CONT\t1\t", &message);
	if (_i == 1) {
		ck_assert(strncmp(hear(), "CONT\t1\t", 7) == 0);
		suspend_fred();
		say("CONT\t1\t\n");
	}
	ck_assert_str_eq(hear(), "FAIL\t1\t" NAMED_FAIL);
	ck_assert_uint_eq(
	    login.stats.logins[MECHANISM_SCRAM_SHA_256][LOGIN_FAIL], 1);
	strbuf_free(&message);
	strbuf_free(&server);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("auth_refusal");
	TCase *quick = tcase_create("quick"), *slow = tcase_create("slow");

	suite_add_tcase(suite, quick);
	suite_add_tcase(suite, slow);
	tcase_add_checked_fixture(quick, begin_quick, end);
	tcase_add_test(quick, right_and_wrong_passwords);
	tcase_add_test(quick,
	    bad_base64_ends_the_request_and_not_the_connection);
	tcase_add_test(quick,
	    without_a_database_an_old_client_loses_the_connection);
	tcase_add_test(quick, without_a_database_a_new_client_hears_temp_fail);
	tcase_add_loop_test(quick, who_is_suspended_during_a_login_is_refused,
	    0, 2);
	tcase_add_loop_test(quick, a_stranger_hears_what_a_user_hears, 0, 4);
	tcase_add_test(slow, a_continuation_out_of_turn_is_refused_once);
	tcase_add_test(slow, a_refusal_takes_its_time_and_an_acceptance_none);
	tcase_add_test(slow, the_time_of_a_refusal_counts_from_the_request);
	tcase_add_test(slow,
	    too_many_logins_are_a_temporary_failure_in_the_log_too);
	tcase_add_test(slow, with_no_penalty_no_address_grows_slow);
	return testing_run(suite);
}
