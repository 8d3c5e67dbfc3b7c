/* Tests of postfix_values.c and postconf.c, with a postconf of our own. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing.h"

#include "mem.h"
#include "postconf.h"
#include "postfix_values.h"

static char *dir;

static void
write_file(const char *name, const char *text, mode_t mode)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, mode), 0);
	free(path);
}

/* What conf has for a name when the file says nothing. */
static void
check_value(const struct conf *conf, const char *name, const char *value)
{
	struct conf_text text = { 0 };
	struct strbuf err = { 0 };

	ck_assert_int_eq(conf_get(conf, NULL, name, false, &text, &err), 0);
	ck_assert_str_eq(conf_text_str(&text), value);
	conf_text_free(&text);
}

START_TEST(offers_what_postconf_says)
{
	struct conf *conf = conf_new(NULL, 0);
	struct postfix_values *values;
	struct strbuf err = { 0 }, script = { 0 };
	const char *path;

	write_file("mailname", "# ours\n\n origin.test # too\nmore\n", 0644);
	write_file("main.cf", "", 0644);
	strbuf_addf(&script,
	    "#!/bin/sh\n[ \"$*\" = '-x -c %s myhostname mydomain myorigin "
	    "mydestination mynetworks relay_domains virtual_alias_domains "
	    "virtual_mailbox_domains inet_interfaces proxy_interfaces "
	    "parent_domain_matches_subdomains recipient_delimiter "
	    "local_recipient_maps virtual_mailbox_maps relay_recipient_maps "
	    "virtual_alias_maps canonical_maps recipient_canonical_maps "
	    "sender_canonical_maps relocated_maps transport_maps "
	    "sender_dependent_default_transport_maps "
	    "sender_dependent_relayhost_maps local_transport "
	    "virtual_transport relay_transport default_transport relayhost "
	    "queue_directory mail_owner proxy_read_maps' ] || exit 1\n"
	    "echo 'queue_directory = /queue'\n"
	    "echo 'mynetworks = 127.0.0.0/8 [::1]/128'\n"
	    "echo 'relay_domains = pcre:{{/x$/ $1}}'\necho 'myorigin = %s/mailname'\n"
	    "echo noise >&2\n",
	    dir, dir);
	write_file("postconf", script.bytes, 0755);
	values = postfix_values_ask(dir, &err);
	testing_eat(&err, "");
	ck_assert_ptr_nonnull(values);
	postfix_values_offer(values, conf);
	ck_assert_str_eq(postfix_values_find(values, "queue_directory"),
	    "/queue");
	ck_assert_ptr_null(postfix_values_find(values, "mail_owner"));
	check_value(conf, "mynetworks", "127.0.0.0/8 [::1]/128");
	check_value(conf, "relay_domains", "pcre:{{/x$/ $1}}");
	check_value(conf, "myorigin", "origin.test");
	ck_assert(!postfix_values_are_old(values, &path));
	write_file("new", "", 0644);
	strbuf_truncate(&script, 0);
	strbuf_addf(&script, "%s/new", dir);
	ck_assert_int_eq(rename(script.bytes, path), 0);
	ck_assert(postfix_values_are_old(values, &path));
	postfix_values_free(values);
	conf_free(conf);
	strbuf_free(&script);
}
END_TEST

START_TEST(a_failure_says_what_to_write_instead)
{
	struct strbuf err = { 0 };

	write_file("postconf",
	    "#!/bin/sh\necho warning >&2\n"
	    "echo 'postconf: fatal: open main.cf' >&2\nexit 1\n",
	    0755);
	ck_assert_ptr_null(postfix_values_ask("/x", &err));
	testing_eat(&err,
	    "cannot ask Postfix for mynetworks, mydestination and so on: "
	    "postconf: fatal: open main.cf; set postfix_config_directory to "
	    "the directory of main.cf, or to nothing "
	    "(postfix_config_directory =) and write these parameters to "
	    "policyd.cf");
}
END_TEST

START_TEST(an_empty_directory_asks_nobody)
{
	struct strbuf err = { 0 };
	struct postfix_values *values;
	const char *path;

	write_file("postconf", "#!/bin/sh\nexit 1\n", 0755);
	values = postfix_values_ask("", &err);
	ck_assert_ptr_nonnull(values);
	ck_assert(!postfix_values_are_old(values, &path));
	postfix_values_free(values);
	testing_eat(&err, "");
}
END_TEST

static void
make_dir(void)
{
	char *path;

	dir = testing_make_dir();
	path = xasprintf("%s:%s", dir, getenv("PATH"));
	setenv("PATH", path, 1);
	free(path);
}

static void
remove_dir(void)
{
	testing_remove_dir(dir);
}

int
main(void)
{
	Suite *suite = suite_create("postfix_values");
	TCase *tc = tcase_create("postfix_values");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_test(tc, offers_what_postconf_says);
	tcase_add_test(tc, a_failure_says_what_to_write_instead);
	tcase_add_test(tc, an_empty_directory_asks_nobody);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
