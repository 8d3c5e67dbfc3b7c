#include <dlfcn.h>
#include <gdbm.h>
#include <sodium.h>
#include <sys/timerfd.h>

#include "testing_auth_client.h"
#include "testing_clock.h"
#include "testing_mech.h"

/*
 * What nobody costs before the proof: the work is counted, not timed.  The
 * functions below stand before those of the libraries.
 */
#define APP_PASSWORD "abcdefghijklmnopqrstuvwxyz"

#define FAILURE_DELAY_MS 2000 /* as usual */

static struct success_cache *cache;

static struct work {
	unsigned found, missed; /* keys of the database */
	unsigned lines;         /* of records, parsed */
	unsigned keyed;         /* hashes: fake secrets, app passwords */
	unsigned md5s;
} work;
static long find_ms;           /* that finding a record takes */
static struct timespec waited; /* until the last refusal is due */

#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

datum
gdbm_fetch(GDBM_FILE dbf, datum key)
{
	datum found = REAL(gdbm_fetch)(dbf, key);

	if (found.dptr == NULL) {
		work.missed++;
		return found;
	}
	work.found++;
	testing_clock_pass(find_ms);
	return found;
}

char *
strsep(char **rest, const char *delimiters)
{
	work.lines += *delimiters == '\n';
	return REAL(strsep)(rest, delimiters);
}

void
hmac_sha256_digest(struct hmac_sha256_ctx *ctx, size_t len, uint8_t *digest)
{
	work.keyed++;
	REAL(nettle_hmac_sha256_digest)(ctx, len, digest);
}

int
crypto_generichash_final(crypto_generichash_state *state, unsigned char *digest,
    const size_t len)
{
	work.keyed++;
	return REAL(crypto_generichash_final)(state, digest, len);
}

void
md5_digest(struct md5_ctx *ctx, size_t len, uint8_t *digest)
{
	work.md5s++;
	REAL(nettle_md5_digest)(ctx, len, digest);
}

int
timerfd_settime(int fd, int flags, const struct itimerspec *when,
    struct itimerspec *before)
{
	if (when->it_value.tv_sec > 0)
		waited = when->it_value;
	return REAL(timerfd_settime)(fd, flags, when, before);
}

static void
add_user(struct userdb_edit *edit, const char *name, enum user_status status,
    time_t expires, int apps)
{
	struct user_record record = testing_record("secret");

	record.status = status;
	record.expires = expires;
	for (int i = 0; i < apps; i++) {
		char *label = xasprintf("app%d", i);

		testing_add_app(&record, label, APP_PASSWORD, NULL);
		free(label);
	}
	testing_put(edit, name, &record);
	user_record_free(&record);
}

/* All users are alike, but for one who has many app passwords. */
static void
begin_users(int many)
{
	struct userdb_edit *edit;

	find_ms = 0;
	testing_login_begin(&login, "");
	login.service.rules->cache = cache = success_cache_new(16, 600000);
	edit = testing_edit(&login);
	add_user(edit, "fred@example.org", USER_ACTIVE, 1L << 40, 2);
	add_user(edit, "gone@example.org", USER_SUSPENDED, 1L << 40, 2);
	add_user(edit, "old@example.org", USER_ACTIVE, 1, 2);
	add_user(edit, "many@example.org", USER_ACTIVE, 1L << 40, many);
	testing_commit(edit);
}

static void
begin_alike(void)
{
	begin_users(2);
	testing_login_end_threads(&login);
}

static void
begin_unlike(void)
{
	begin_users(100);
	testing_login_end_threads(&login);
}

static void
end_users(void)
{
	testing_login_end(&login);
	success_cache_free(cache);
}

/* What a name costs, until something is answered or is to be hashed. */
static struct work
work_for(enum mechanism mechanism, const char *name, enum mech_result expected)
{
	static const struct ip nowhere = { 0 };
	struct mech *mech = mech_new(login.service.rules, mechanism, &nowhere);
	struct strbuf text = { 0 };

	if (mechanism == MECHANISM_PLAIN) {
		strbuf_addc(&text, '\0');
		strbuf_adds(&text, name);
		strbuf_add(&text, "\0wrong", 6);
	} else if (mechanism == MECHANISM_CRAM_MD5) {
		mech_step(mech, NULL);
		strbuf_addf(&text, "%s 0123456789abcdef0123456789abcdef", name);
	} else {
		strbuf_addf(&text, "n,,n=%s,r=clientnonce", name);
	}
	work = (struct work){ 0 };
	ck_assert_int_eq(mech_step(mech, &text), expected);
	mech_free(mech);
	strbuf_free(&text);
	return work;
}

static void
expect_same_work(enum mechanism mechanism, enum mech_result expected,
    const char *const *names)
{
	struct work first = { 0 };

	work_for(mechanism, names[0], expected); /* opens the database */
	for (size_t i = 0; names[i] != NULL; i++) {
		struct work now = work_for(mechanism, names[i], expected);

		if (i == 0)
			first = now;
		ck_assert_uint_eq(now.found, 1);
		ck_assert_uint_eq(now.missed, first.missed);
		ck_assert_uint_gt(now.lines, 2);
		ck_assert_uint_eq(now.lines, first.lines);
		ck_assert_uint_gt(now.keyed, 0);
		ck_assert_uint_eq(now.keyed, first.keyed);
		ck_assert_uint_eq(now.md5s, first.md5s);
	}
}

/* Also for who has many app passwords. */
START_TEST(a_first_message_of_scram)
{
	static const char *const names[] = { "fred", "nobody", "nemo", "gone",
		"old", "many", NULL };

	expect_same_work(MECHANISM_SCRAM_SHA_256, MECH_CHALLENGE, names);
	expect_same_work(MECHANISM_SCRAM_SHA_1, MECH_CHALLENGE, names);
}
END_TEST

static const struct {
	enum mechanism mechanism;
	enum mech_result result;
} steps[] = {
	{ MECHANISM_SCRAM_SHA_256, MECH_CHALLENGE },
	{ MECHANISM_CRAM_MD5, MECH_FAIL },
	{ MECHANISM_PLAIN, MECH_HASH },
};

START_TEST(a_name)
{
	static const char *const names[] = { "fred", "nobody", "nemo", "gone",
		"old", "many", NULL };

	expect_same_work(steps[_i].mechanism, steps[_i].result, names);
}
END_TEST

START_TEST(a_name_with_a_label_that_is_not_there)
{
	static const char *const names[] = { "fred/none", "nobody/app1",
		"gone/none", "old/none", "nemo/none", NULL };

	expect_same_work(steps[_i].mechanism, steps[_i].result, names);
}
END_TEST

/* Also for who has many app passwords. */
START_TEST(a_name_with_a_label_and_scram)
{
	static const char *const names[] = { "fred/app1", "nobody/app1",
		"gone/app1", "fred/none", "many/app1", "many/app99",
		"many/none", NULL };

	expect_same_work(MECHANISM_SCRAM_SHA_256, MECH_CHALLENGE, names);
}
END_TEST

/* It is a user's: his passwords must not be nobody's. */
START_TEST(a_decoy_proves_nothing)
{
	static const char *const names[] = { "nobody", "nobody/app1",
		"fred/none", "gone" };
	static const char *const passwords[] = { "secret", APP_PASSWORD };

	for (size_t i = 0; i < 8; i++) {
		const char *name = names[i / 2], *password = passwords[i % 2];
		struct ip nowhere = { 0 };
		struct mech *mech =
		    mech_new(login.service.rules, MECHANISM_PLAIN, &nowhere);
		struct scram_client client = good_client;

		ck_assert_int_eq(plain(mech, name, password), MECH_FAIL);
		mech_free(mech);
		mech =
		    mech_new(login.service.rules, MECHANISM_CRAM_MD5, &nowhere);
		ck_assert_int_eq(cram_md5(mech, name, password), MECH_FAIL);
		mech_free(mech);
		mech = mech_new(login.service.rules, MECHANISM_SCRAM_SHA_256,
		    &nowhere);
		client.name = name;
		client.password = password;
		ck_assert_int_eq(scram(mech, &client), MECH_FAIL);
		mech_free(mech);
	}
}
END_TEST

/* Whatever the work took, the refusal is due at the same. */
START_TEST(a_refusal_has_its_time)
{
	static const char *const names[] = { "fred", "nobody" };

	testing_clock_begin();
	begin_users(2);
	clients = auth_clients_new(&login.service);
	connect_peer();
	greet("VERSION\t1\t2\n");
	for (unsigned i = 0; i < 4; i++) {
		struct strbuf line = { 0 }, answer = { 0 };

		strbuf_addf(&line, "AUTH\t%u\tCRAM-MD5\n", i);
		say(strbuf_str(&line));
		while (strncmp(hear(), "CONT\t", 5) != 0)
			; /* the refusal before is over */
		find_ms = i / 2 * 3;
		strbuf_addf(&answer, "%s 0123456789abcdef0123456789abcdef",
		    names[i % 2]);
		strbuf_truncate(&line, 0);
		strbuf_addf(&line, "CONT\t%u\t", i);
		base64_add(&line, answer.bytes, answer.len);
		strbuf_addc(&line, '\n');
		say(strbuf_str(&line));
		while (waited.tv_sec == 0)
			listen_once();
		ck_assert_int_eq(waited.tv_sec * 1000000 +
			waited.tv_nsec / 1000,
		    (FAILURE_DELAY_MS - find_ms) * 1000);
		waited = (struct timespec){ 0 };
		testing_clock_pass(FAILURE_DELAY_MS);
		strbuf_free(&line);
		strbuf_free(&answer);
	}
	end();
	success_cache_free(cache);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("nobody");
	TCase *alike = tcase_create("alike"), *unlike = tcase_create("unlike"),
	      *slow = tcase_create("slow");

	suite_add_tcase(suite, alike);
	suite_add_tcase(suite, unlike);
	suite_add_tcase(suite, slow);
	tcase_add_checked_fixture(alike, begin_alike, end_users);
	tcase_add_checked_fixture(unlike, begin_unlike, end_users);
	tcase_add_test(unlike, a_first_message_of_scram);
	tcase_add_loop_test(alike, a_name, 0, 3);
	tcase_add_loop_test(alike, a_name_with_a_label_that_is_not_there, 0, 3);
	tcase_add_test(unlike, a_name_with_a_label_and_scram);
	tcase_add_test(alike, a_decoy_proves_nothing);
	tcase_add_test(slow, a_refusal_has_its_time);
	return testing_run(suite);
}
