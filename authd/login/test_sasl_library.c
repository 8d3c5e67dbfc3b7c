#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "testing_login.h"
#include "testing_mech.h"

static struct testing_login login;
static char *plugins; /* where libsasl2 looks for them */
static const struct ip nowhere;

/* Nothing is installed but one file, which is no plugin. */
static void
begin(void)
{
	char *broken;
	FILE *f;

	plugins = testing_make_dir();
	broken = xasprintf("%s/libplain.so", plugins);
	f = fopen(broken, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	free(broken);
	setenv("SASL_PATH", plugins, 1);
	testing_login_begin(&login, "");
	testing_login_end_threads(&login);
}

static void
end(void)
{
	testing_login_end(&login);
	testing_remove_dir(plugins);
	unsetenv("SASL_PATH");
}

static void
begin_with_plugins(void)
{
	testing_login_begin(&login, "");
	testing_login_end_threads(&login);
}

static void
end_with_plugins(void)
{
	testing_login_end(&login);
}

static void
expect_in(const struct strbuf *text, const char *part)
{
	ck_assert_msg(strstr(strbuf_str(text), part) != NULL, "%s: %s", part,
	    strbuf_str(text));
}

START_TEST(a_mechanism_without_plugin_is_told)
{
	enum mechanism mechanism = (enum mechanism)_i;
	struct strbuf err = { 0 };

	ck_assert_int_eq(mech_check(mechanism, &err), -1);
	expect_in(&err, plugins);
	expect_in(&err, "libsasl2-modules");
	expect_in(&err,
	    mechanism == MECHANISM_PLAIN ? "file too short"
					 : "No such file or directory");
	strbuf_free(&err);
}
END_TEST

/* Whatever the client says, and whether there is such a user. */
START_TEST(a_login_without_plugin_fails_for_now)
{
	static const char *const responses[] = { NULL, "n,,n=fred,r=x",
		"fred" };

	for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
		const char *response = responses[i];
		struct mech *mech =
		    mech_new(login.service.rules, (enum mechanism)_i, &nowhere);

		ck_assert_int_eq(step(mech, response,
				     response != NULL ? strlen(response) : 0),
		    MECH_TEMPFAIL);
		ck_assert_ptr_nonnull(
		    strstr(mech_reason(mech), "libsasl2: SASL(-4)"));
		mech_free(mech);
	}
}
END_TEST

START_TEST(a_plugin_that_came_later_needs_a_restart)
{
	struct strbuf err = { 0 };
	char *path = xasprintf("%s/libscram.so", plugins);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fclose(f);
	ck_assert_int_eq(mech_check(MECHANISM_SCRAM_SHA_256, &err), -1);
	expect_in(&err, "restart authd");
	unlink(path);
	strbuf_free(&err);
	free(path);
}
END_TEST

START_TEST(a_mechanism_with_plugin_is_fine)
{
	struct strbuf err = { 0 };

	ck_assert_msg(mech_check((enum mechanism)_i, &err) == 0, "%s",
	    strbuf_str(&err));
}
END_TEST

/* What the kernel gives for random bytes; 0: as usual. */
static unsigned char chosen;

ssize_t
getrandom(void *bytes, size_t len, unsigned flags)
{
	if (chosen == 0)
		return syscall(SYS_getrandom, bytes, len, flags);
	memset(bytes, chosen, len);
	return (ssize_t)len;
}

/* Where it cannot be guessed from anything else, and needs no descriptor. */
START_TEST(a_nonce_comes_from_the_kernel)
{
	static const struct {
		enum mechanism mechanism;
		const char *response;
	} cases[] = {
		{ MECHANISM_SCRAM_SHA_256, "n,,n=fred,r=x" },
		{ MECHANISM_CRAM_MD5, NULL },
	};
	static const unsigned char choices[] = { 1, 1, 2 };
	struct rlimit none = { 0, 0 }, before;
	const char *response = cases[_i].response;
	char *nonces[3];
	struct strbuf err = { 0 };
	size_t len;

	testing_add_user(&login, "fred@example.org", "secret");
	ck_assert_int_eq(userdb_refresh(login.service.rules->userdb, &err), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none.rlim_max = before.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (size_t i = 0; i < 3; i++) {
		struct mech *mech = mech_new(login.service.rules,
		    cases[_i].mechanism, &nowhere);

		chosen = choices[i];
		ck_assert_int_eq(respond(mech, response,
				     response == NULL ? 0 : strlen(response)),
		    MECH_CHALLENGE);
		chosen = 0;
		nonces[i] = xstrdup(mech_challenge(mech, &len));
		mech_free(mech);
	}
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_str_eq(nonces[0], nonces[1]);
	ck_assert_str_ne(nonces[0], nonces[2]);
	for (size_t i = 0; i < 3; i++)
		free(nonces[i]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sasl_library");
	TCase *without = tcase_create("without plugins"),
	      *with = tcase_create("with plugins");

	suite_add_tcase(suite, without);
	tcase_add_unchecked_fixture(without, begin, end);
	tcase_add_loop_test(without, a_mechanism_without_plugin_is_told, 0,
	    MECHANISMS);
	tcase_add_loop_test(without, a_login_without_plugin_fails_for_now, 0,
	    MECHANISMS);
	tcase_add_test(without, a_plugin_that_came_later_needs_a_restart);
	suite_add_tcase(suite, with);
	tcase_add_unchecked_fixture(with, begin_with_plugins, end_with_plugins);
	tcase_add_loop_test(with, a_mechanism_with_plugin_is_fine, 0,
	    MECHANISMS);
	tcase_add_loop_test(with, a_nonce_comes_from_the_kernel, 0, 2);
	return testing_run(suite);
}
