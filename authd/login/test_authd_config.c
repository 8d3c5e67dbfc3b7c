/* Tests of authd_config.c, with a postconf of our own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "authd_config.h"
#include "mem.h"
#include "testing.h"

static char *dir, *path, *usual_path;
static struct authd_config config;
static struct strbuf err;

static void
write_file(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ne(fputs(text, f), EOF);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(name, mode), 0);
}

static void
setup(void)
{
	dir = testing_make_dir();
	path = xasprintf("%s/authd.cf", dir);
	usual_path = xstrdup(getenv("PATH"));
}

static void
teardown(void)
{
	authd_config_free(&config);
	strbuf_free(&err);
	free(path);
	setenv("PATH", usual_path, 1);
	free(usual_path);
	testing_remove_dir(dir);
}

static int
load(const char *text)
{
	write_file(path, text, 0600);
	return authd_config_load(&config, path, &err);
}

START_TEST(mechanisms_are_offered_in_order_and_once)
{
	ck_assert_int_eq(
	    load("default_realm =\nmechanisms = scram-sha-256, PLAIN PLAIN\n"),
	    EX_OK);
	ck_assert_uint_eq(config.noffered, 2);
	ck_assert_int_eq(config.offered[0], MECHANISM_SCRAM_SHA_256);
	ck_assert_int_eq(config.offered[1], MECHANISM_PLAIN);
	ck_assert_uint_eq(config.credentials.mechanisms,
	    1U << MECHANISM_SCRAM_SHA_256 | 1U << MECHANISM_PLAIN);
	ck_assert(authd_config_offers(&config, MECHANISM_PLAIN));
	ck_assert(!authd_config_offers(&config, MECHANISM_LOGIN));
}
END_TEST

START_TEST(what_is_wrong_is_said_all_at_once)
{
	static const char *const said[] = {
		":1: mechanisms: unknown mechanism \"PLAN\", did you mean "
		"PLAIN?",
		":2: user_database: \"hash:/x\" is not gdbm: and an absolute "
		"path",
		":3: password_scheme: ",
		":4: default_realm = a@b: ",
		":5: workers = 257: expected 0..256",
	};

	ck_assert_int_eq(load("mechanisms = PLAN\nuser_database = hash:/x\n"
			      "password_scheme = rot13\n"
			      "default_realm = a@b\nworkers = 257\n"),
	    EX_CONFIG);
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
		ck_assert_msg(strstr(err.bytes, said[i]) != NULL, "%s: %s",
		    said[i], err.bytes);
}
END_TEST

START_TEST(one_mechanism_at_least_is_named)
{
	ck_assert_int_eq(load("mechanisms =\ndefault_realm =\n"), EX_CONFIG);
	ck_assert_ptr_nonnull(strstr(err.bytes, ":1: mechanisms: none named"));
}
END_TEST

START_TEST(a_relative_path_is_no_database)
{
	ck_assert_int_eq(load("default_realm =\nuser_database = gdbm:users\n"),
	    EX_CONFIG);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_told_apart)
{
	ck_assert_int_eq(authd_config_load(&config, path, &err), EX_NOINPUT);
}
END_TEST

/* Postfix is asked once in a process. */
START_TEST(default_realm_is_mydomain_unless_it_is_set)
{
	char *postconf = xasprintf("%s/postconf", dir);
	char *ours_first = xasprintf("%s:%s", dir, usual_path);

	setenv("PATH", ours_first, 1);
	write_file(postconf, "#!/bin/sh\necho example.org\n", 0700);
	ck_assert_int_eq(load("default_realm = other.test\n"), EX_OK);
	ck_assert_str_eq(config.default_realm, "other.test");
	authd_config_free(&config);
	ck_assert_int_eq(load(""), EX_OK);
	ck_assert_str_eq(config.default_realm, "example.org");
	authd_config_free(&config);
	ck_assert_int_eq(load("default_realm =\n"), EX_OK);
	ck_assert_str_eq(config.default_realm, "");
	free(ours_first);
	free(postconf);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("authd_config");
	TCase *tc = tcase_create("authd_config");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, default_realm_is_mydomain_unless_it_is_set);
	tcase_add_test(tc, mechanisms_are_offered_in_order_and_once);
	tcase_add_test(tc, what_is_wrong_is_said_all_at_once);
	tcase_add_test(tc, one_mechanism_at_least_is_named);
	tcase_add_test(tc, a_relative_path_is_no_database);
	tcase_add_test(tc, a_file_that_is_not_there_is_told_apart);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
