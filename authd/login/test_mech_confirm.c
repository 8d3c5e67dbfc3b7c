/*
 * What becomes of a login that was proved, when the user database changes
 * before it is made known.
 */
#include <crypt.h>
#include <unistd.h>

#include "testing_clock.h"
#include "testing_login.h"
#include "testing_mech.h"

#define APP_PASSWORD "abcdefghijklmnopqrstuvwx"

static struct testing_login login;
static struct crypt_data scratch;
static const struct ip here = { AF_INET, { 192, 0, 2, 1 } };

/* fred's record; NULL: he is deleted. */
static void
put_fred(const struct user_record *record)
{
	struct strbuf err = { 0 };
	struct userdb_edit *edit = testing_edit(&login);

	if (record != NULL)
		testing_put(edit, "fred@example.org", record);
	else
		ck_assert_int_eq(
		    userdb_edit_delete(edit, "fred@example.org", &err), 0);
	testing_commit(edit);
}

static void
begin(void)
{
	struct user_record record;

	testing_login_begin(&login, "");
	testing_login_end_threads(&login);
	record = testing_record("secret");
	testing_add_app(&record, "phone", APP_PASSWORD, NULL);
	put_fred(&record);
	user_record_free(&record);
}

static void
end(void)
{
	testing_login_end(&login);
}

static enum mech_result
by_plain(struct mech *mech, const char *password)
{
	return plain(mech, "fred", password);
}

static enum mech_result
by_scram(struct mech *mech, const char *password)
{
	struct scram_client client = good_client;

	client.password = password;
	if (strcmp(password, APP_PASSWORD) == 0)
		client.name = "fred/phone";
	return scram(mech, &client);
}

static enum mech_result
by_cram_md5(struct mech *mech, const char *password)
{
	return cram_md5(mech, "fred", password);
}

static const struct way {
	enum mechanism mechanism;
	enum mech_result (*log_in)(struct mech *, const char *password);
	const char *password;
} ways[] = {
	{ MECHANISM_PLAIN, by_plain, "secret" },
	{ MECHANISM_SCRAM_SHA_256, by_scram, "secret" },
	{ MECHANISM_CRAM_MD5, by_cram_md5, "secret" },
	{ MECHANISM_PLAIN, by_plain, APP_PASSWORD },
	{ MECHANISM_SCRAM_SHA_256, by_scram, APP_PASSWORD },
	{ MECHANISM_CRAM_MD5, by_cram_md5, APP_PASSWORD },
};
#define WAYS 6

static struct mech *
log_in(const struct way *way)
{
	struct mech *mech =
	    mech_new(login.service.rules, way->mechanism, &here);

	ck_assert_int_eq(way->log_in(mech, way->password), MECH_OK);
	return mech;
}

static enum mech_result
confirm(struct mech *mech, const struct login_rules *rules)
{
	enum mech_result result = mech_confirm(mech, rules);

	if (result == MECH_HASH)
		result = mech_hash(mech, &scratch);
	return result == MECH_OK ? mech_confirm(mech, rules) : result;
}

/* Changes of the record. */

static void
touch(struct user_record *record)
{
	record->changed++;
}

static void
suspend(struct user_record *record)
{
	record->status = USER_SUSPENDED;
}

static void
expire(struct user_record *record)
{
	record->expires = 2;
}

static void
set_password(struct user_record *record, const char *password)
{
	struct user_record other = testing_record(password);

	secrets_free(&record->secrets);
	record->secrets = other.secrets;
	other.secrets = (struct secrets){ 0 };
	user_record_free(&other);
}

static void
change_password(struct user_record *record)
{
	set_password(record, "another");
}

static void
set_it_again(struct user_record *record)
{
	set_password(record, "secret");
}

static void
revoke_app(struct user_record *record)
{
	ck_assert(user_record_remove_app(record, "phone"));
}

static void
bind_to_network(struct user_record *record)
{
	revoke_app(record);
	testing_add_app(record, "phone", APP_PASSWORD, "203.0.113.0/24");
}

#define SUSPENDED                                                              \
	{                                                                      \
		MECH_FAIL, "suspended"                                         \
	}
#define EXPIRED                                                                \
	{                                                                      \
		MECH_FAIL, "expired"                                           \
	}
#define WRONG                                                                  \
	{                                                                      \
		MECH_FAIL, "wrong password"                                    \
	}
#define CHANGED                                                                \
	{                                                                      \
		MECH_TEMPFAIL, "the password was changed meanwhile"            \
	}
#define REVOKED                                                                \
	{                                                                      \
		MECH_FAIL, "app password revoked"                              \
	}
#define ELSEWHERE                                                              \
	{                                                                      \
		MECH_FAIL, "app password not allowed from this address"        \
	}
#define FINE                                                                   \
	{                                                                      \
		MECH_OK, ""                                                    \
	}

static const struct change {
	void (*change)(struct user_record *);
	struct {
		enum mech_result result;
		const char *reason;
	} expected[WAYS];
} changes[] = {
	{ touch, { FINE, FINE, FINE, FINE, FINE, FINE } },
	{ suspend,
	    { SUSPENDED, SUSPENDED, SUSPENDED, SUSPENDED, SUSPENDED,
		SUSPENDED } },
	{ expire, { EXPIRED, EXPIRED, EXPIRED, EXPIRED, EXPIRED, EXPIRED } },
	{ change_password, { WRONG, CHANGED, CHANGED, FINE, FINE, FINE } },
	/* with other salts; CRAM-MD5 has none */
	{ set_it_again, { FINE, CHANGED, FINE, FINE, FINE, FINE } },
	{ revoke_app, { FINE, FINE, FINE, REVOKED, REVOKED, REVOKED } },
	{ bind_to_network,
	    { FINE, FINE, FINE, ELSEWHERE, ELSEWHERE, ELSEWHERE } },
};
#define NCHANGES (int)(sizeof changes / sizeof changes[0])

START_TEST(a_changed_record_counts_at_once)
{
	const struct change *change = &changes[_i];
	struct mech *mechs[WAYS];
	struct strbuf err = { 0 };
	struct user_record record;

	for (size_t i = 0; i < WAYS; i++)
		mechs[i] = log_in(&ways[i]);
	ck_assert_int_eq(userdb_find(login.service.rules->userdb,
			     "fred@example.org", &record, &err),
	    LOOKUP_FOUND);
	change->change(&record);
	put_fred(&record);
	user_record_free(&record);
	for (size_t i = 0; i < WAYS; i++) {
		enum mech_result result =
		    confirm(mechs[i], login.service.rules);

		ck_assert_msg(result == change->expected[i].result, "%zu: %s",
		    i, mech_reason(mechs[i]));
		ck_assert_str_eq(mech_reason(mechs[i]),
		    change->expected[i].reason);
		mech_free(mechs[i]);
	}
}
END_TEST

START_TEST(a_deleted_user_is_unknown)
{
	struct mech *mech = log_in(&ways[_i]);

	put_fred(NULL);
	ck_assert_int_eq(confirm(mech, login.service.rules), MECH_FAIL);
	ck_assert_str_eq(mech_reason(mech), "unknown user");
	mech_free(mech);
}
END_TEST

START_TEST(without_a_database_nothing_can_be_said)
{
	struct mech *mech = log_in(&ways[_i]);
	char *path = xasprintf("%s/users", login.dir);

	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(confirm(mech, login.service.rules), MECH_TEMPFAIL);
	ck_assert_str_ne(mech_reason(mech), "");
	free(path);
	mech_free(mech);
}
END_TEST

START_TEST(the_rules_of_now_say_which_database_counts)
{
	struct mech *mech = log_in(&ways[_i]);
	struct login_rules *now = testing_rules(&login, "");

	ck_assert_int_eq(confirm(mech, now), MECH_OK);
	put_fred(NULL);
	ck_assert_int_eq(confirm(mech, now), MECH_FAIL);
	mech_free(mech);
	login_rules_unref(now);
}
END_TEST

START_TEST(time_passes_without_a_change)
{
	struct identity id = { 0 };
	struct user_record record = testing_record("secret");

	record.expires = 20;
	put_fred(&record);
	user_record_free(&record);
	identity_find(&id, login.service.rules, "fred", 4, &here, 10);
	ck_assert_int_eq(id.state, IDENTITY_USABLE);
	identity_judge(&id, &here, 20);
	ck_assert_int_eq(id.state, IDENTITY_EXPIRED);
	identity_free(&id);
}
END_TEST

/* PLAIN's only message; what needs a hash has to wait for it. */
static enum mech_result
say_plain(struct mech *mech, const char *name, const char *password)
{
	char message[64];
	int len =
	    snprintf(message, sizeof message, "%c%s%c%s", 0, name, 0, password);

	return respond(mech, message, (size_t)len);
}

/* Else the time it takes would tell who is there. */
START_TEST(nobody_takes_the_time_of_a_hash)
{
	static const struct {
		const char *name;
		void (*change)(struct user_record *);
	} cases[] = { { "fred", NULL }, { "nobody", NULL }, { "fred", suspend },
		{ "fred", expire } };

	ck_assert_int_eq(
	    strncmp(login.service.rules->dummy, "$2b$04$", strlen("$2b$04$")),
	    0); /* TESTING_SCHEME */
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct user_record record = testing_record("secret");
		struct mech *mech;

		if (cases[i].change != NULL)
			cases[i].change(&record);
		put_fred(&record);
		user_record_free(&record);
		mech = mech_new(login.service.rules, MECHANISM_PLAIN, &here);
		ck_assert_int_eq(say_plain(mech, cases[i].name, "wrong"),
		    MECH_HASH);
		ck_assert_int_eq(mech_hash(mech, &scratch), MECH_FAIL);
		mech_free(mech);
	}
}
END_TEST

/* Nor is it sooner refused who proved the same before he expired. */
START_TEST(a_success_saves_the_hash_and_nothing_else)
{
	static const struct {
		long ms;
		enum mech_result step, hash;
	} times[] = { { 0, MECH_HASH, MECH_OK }, { 1000, MECH_OK, MECH_OK },
		{ 60000, MECH_HASH, MECH_FAIL } };
	struct success_cache *cache = success_cache_new(64, 600000);
	struct user_record record = testing_record("secret");

	testing_clock_begin();
	login.service.rules->cache = cache;
	record.expires = 20;
	put_fred(&record);
	user_record_free(&record);
	for (size_t i = 0; i < 3; i++) {
		struct mech *mech =
		    mech_new(login.service.rules, MECHANISM_PLAIN, &here);

		testing_clock_pass(times[i].ms);
		ck_assert_int_eq(say_plain(mech, "fred", "secret"),
		    times[i].step);
		if (times[i].step == MECH_HASH)
			ck_assert_int_eq(mech_hash(mech, &scratch),
			    times[i].hash);
		mech_free(mech);
	}
	login.service.rules->cache = NULL;
	success_cache_free(cache);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mech_confirm");
	TCase *tc = tcase_create("mech_confirm");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, a_changed_record_counts_at_once, 0, NCHANGES);
	tcase_add_loop_test(tc, a_deleted_user_is_unknown, 0, WAYS);
	tcase_add_loop_test(tc, without_a_database_nothing_can_be_said, 0,
	    WAYS);
	tcase_add_loop_test(tc, the_rules_of_now_say_which_database_counts, 0,
	    WAYS);
	tcase_add_test(tc, time_passes_without_a_change);
	tcase_add_test(tc, nobody_takes_the_time_of_a_hash);
	tcase_add_test(tc, a_success_saves_the_hash_and_nothing_else);
	return testing_run(suite);
}
