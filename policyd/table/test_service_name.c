/*
 * Words for tables that a server has, and what gets a proxy:.
 */
#include <stdio.h>
#include <string.h>

#include "service_name.h"
#include "table.h"
#include "testing.h"

static const struct conf_origin here = { "policyd.cf", 3 };

static const struct {
	const char *word, *error;
} bad_words[] = {
	{ "proxy:mysqll:/x",
	    "unknown table type \"mysqll\", did you mean mysql?" },
	{ "proxy:/etc/postfix/access",
	    "expected proxy:TYPE:NAME, as proxy:mysql:/etc/postfix/access.cf" },
	{ "proxy:mysql:",
	    "expected proxy:TYPE:NAME, as proxy:mysql:/etc/postfix/access.cf" },
	{ "socketmap:inet:127.0.0.1:1",
	    "expected HOST:PORT of a server: Name or service not known" },
	{ "socketmap:unix:/path",
	    "expected inet:HOST:PORT:NAME or unix:PATH:NAME" },
	{ "socketmap:127.0.0.1:1:name",
	    "expected inet:HOST:PORT:NAME or unix:PATH:NAME" },
	{ "tcp:localhost",
	    "expected HOST:PORT of a server: Name or service not known" },
	{ "tcp:127.0.0.1:nosuchport",
	    "expected HOST:PORT of a server: Servname not supported for "
	    "ai_socktype" },
};

/* Refused when it is named, or when it is read. */
START_TEST(a_bad_word_is_refused_with_what_is_expected)
{
	struct tables *tables = tables_new();
	struct strbuf err = { 0 };

	if (tables_add(tables, bad_words[_i].word, here, &err) != NULL)
		ck_assert_int_eq(tables_load(tables, &err), CONF_BAD);
	ck_assert_msg(strncmp(strbuf_str(&err), "policyd.cf:3: ", 14) == 0 &&
		strstr(strbuf_str(&err), bad_words[_i].error) != NULL,
	    "%s", strbuf_str(&err));
	strbuf_free(&err);
	tables_free(tables);
}
END_TEST

static const struct {
	const char *word, *server, *table;
	size_t naddresses;
} good_words[] = {
	{ "proxy:mysql:/x", "proxymap", "mysql:/x", 0 },
	{ "proxy:unionmap:{ mysql:/x, hash:/y }", "proxymap",
	    "unionmap:{ mysql:/x, hash:/y }", 0 },
	{ "socketmap:inet:127.0.0.1:1:a", "socketmap:inet:127.0.0.1:1", "a",
	    1 },
	{ "socketmap:inet:[::1]:1:a", "socketmap:inet:[::1]:1", "a", 1 },
	{ "socketmap:unix:private/x:a", "socketmap:unix:private/x", "a", 0 },
	{ "tcp:127.0.0.1:smtp", "tcp:127.0.0.1:smtp", "", 1 },
};

START_TEST(a_word_says_which_server_has_it)
{
	struct tables *tables = tables_new();
	struct strbuf err = { 0 };
	const struct table *table =
	    tables_add(tables, good_words[_i].word, here, &err);
	struct tables_snapshot *snapshot;
	const struct service_name *name;

	ck_assert_int_eq(tables_load(tables, &err), CONF_OK);
	snapshot = tables_hold(tables);
	name = table_service_name(snapshot, table);
	ck_assert_str_eq(name->server, good_words[_i].server);
	ck_assert_str_eq(name->table, good_words[_i].table);
	ck_assert_uint_eq(name->naddresses, good_words[_i].naddresses);
	tables_release(snapshot);
	tables_free(tables);
}
END_TEST

/* behind: what follows proxy:; NULL: there is none. */
static void
check_proxied(const char *word, const char *behind)
{
	char *proxied = table_proxied_word(word);

	ck_assert_msg((proxied != NULL) == (behind != NULL), "%s", word);
	if (behind != NULL)
		ck_assert_str_eq(proxied + strlen("proxy:"), behind);
	free(proxied);
}

START_TEST(what_postfix_alone_can_read_gets_a_proxy)
{
	char *dir = testing_make_dir();
	char *index = xasprintf("%s/x.db", dir);
	char *word = xasprintf("hash:%s/x", dir);
	FILE *file = fopen(index, "w");

	ck_assert_ptr_nonnull(file);
	fclose(file);
	check_proxied(word, word);
	check_proxied("mysql:/x", "mysql:/x");
	check_proxied("unix:passwd.byname", "unix:passwd.byname");
	check_proxied("unionmap:{proxy:mysql:/x, hash:/y}",
	    "unionmap:{mysql:/x, hash:/y}");
	check_proxied("hash:/nonexistent", NULL);
	check_proxied("texthash:/x", NULL);
	check_proxied("environ:x", NULL);
	check_proxied("nosuch:x", NULL);
	check_proxied("/x", NULL);
	free(word);
	free(index);
	testing_remove_dir(dir);
}
END_TEST

static const struct {
	const char *read_maps, *unread;
} maps[] = {
	{ "", " proxy:mysql:/a proxy:ldap:/b" },
	{ "proxy:mysql:/a", " proxy:ldap:/b" },
	{ "hash:/x, proxy:mysql:/a.cf,proxy:ldap:/b", " proxy:mysql:/a" },
	{ "proxy:mysql:/a.cf\tproxy:ldap:/b proxy:mysql:/a", "" },
};

START_TEST(what_proxy_read_maps_does_not_name_is_unread)
{
	static const char *const words[] = { "proxy:mysql:/a", "tcp:[::1]:9",
		"proxy:ldap:/b" };
	struct tables *tables = tables_new();
	struct strbuf out = { 0 };

	for (size_t i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(tables_add(tables, words[i], here, &out));
	tables_list_unread(tables, maps[_i].read_maps, &out);
	testing_eat(&out, maps[_i].unread);
	tables_free(tables);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("service_name");
	TCase *tc = tcase_create("service_name");

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, a_bad_word_is_refused_with_what_is_expected, 0,
	    sizeof bad_words / sizeof bad_words[0]);
	tcase_add_loop_test(tc, a_word_says_which_server_has_it, 0,
	    sizeof good_words / sizeof good_words[0]);
	tcase_add_test(tc, what_postfix_alone_can_read_gets_a_proxy);
	tcase_add_loop_test(tc, what_proxy_read_maps_does_not_name_is_unread, 0,
	    sizeof maps / sizeof maps[0]);
	return testing_run(suite);
}
