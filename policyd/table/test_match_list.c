/* Tests of match_list.c. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing.h"

#include "match_list.h"
#include "mem.h"

static const struct conf_origin here = { "main.cf", 7 };
static struct tables *tables;
static struct table_view view;

static struct match_list *
parse(const char *value, enum match_list_kind kind)
{
	struct strbuf err = { 0 }, warnings = { 0 };
	struct conf_text text = { 0 };
	struct match_list *list;

	conf_text_set(&text, value, here);
	tables = tables_new();
	list = match_list_parse(&text, kind, tables, &warnings, &err);
	strbuf_free(&warnings);
	testing_eat(&err, "");
	ck_assert_int_eq(tables_load(tables, &err), CONF_OK);
	view = table_view(tables_hold(tables));
	conf_text_free(&text);
	return list;
}

static void
done(struct match_list *list)
{
	match_list_free(list);
	tables_release(view.snapshot);
	tables_free(tables);
}

static const struct {
	enum match_list_kind kind;
	const char *list;
	const char *name;
	const char *address; /* "": no address is asked for */
	enum lookup result;
} cases[] = {
	{ MATCH_DOMAIN, "a.test, B.test", "b.TEST", "", LOOKUP_FOUND },
	{ MATCH_DOMAIN, "a.test", "x.a.test", "", LOOKUP_NOT_FOUND },
	{ MATCH_DOMAIN, ".a.test", "x.a.test", "", LOOKUP_NOT_FOUND },
	{ MATCH_DOMAIN, "!a.test a.test", "a.test", "", LOOKUP_NOT_FOUND },
	{ MATCH_DOMAIN, "!!a.test", "a.test", "", LOOKUP_FOUND },
	{ MATCH_DOMAIN, "inline:{a.test=x}", "A.test", "", LOOKUP_FOUND },
	{ MATCH_DOMAIN, "inline:{a.test=x}", "b.a.test", "", LOOKUP_NOT_FOUND },
	{ MATCH_DOMAIN, "!inline:{a.test=x} static:all", "a.test", "",
	    LOOKUP_NOT_FOUND },
	{ MATCH_DOMAIN, "", "a.test", "", LOOKUP_NOT_FOUND },
	{ MATCH_DOMAIN, "\xc3\x89.test", "\xc3\xa9.TEST", "", LOOKUP_FOUND },
	{ MATCH_DOMAIN, "\xc3\xa9.test", "\xc3\x89.test", "", LOOKUP_FOUND },
	{ MATCH_DOMAIN_PARENTS, "\xc3\x89.test", "x.\xc3\x89.test", "",
	    LOOKUP_FOUND },
	{ MATCH_DOMAIN_PARENTS, "longer.a.test", "a.test", "",
	    LOOKUP_NOT_FOUND },
	{ MATCH_DOMAIN_PARENTS, "a.test", "x.y.a.test", "", LOOKUP_FOUND },
	{ MATCH_DOMAIN_PARENTS, "a.test", "xa.test", "", LOOKUP_NOT_FOUND },
	{ MATCH_DOMAIN_PARENTS, "inline:{a.test=x}", "b.a.test", "",
	    LOOKUP_FOUND },
	{ MATCH_DOMAIN_DOTTED, "a.test", "x.a.test", "", LOOKUP_NOT_FOUND },
	{ MATCH_DOMAIN_DOTTED, ".a.test", "x.a.test", "", LOOKUP_FOUND },
	{ MATCH_DOMAIN_DOTTED, ".a.test", "a.test", "", LOOKUP_NOT_FOUND },
	{ MATCH_DOMAIN_DOTTED, "inline:{.a.test=x}", "b.a.test", "",
	    LOOKUP_FOUND },
	{ MATCH_HOST_PARENTS, "127.0.0.0/8", "x.test", "127.1.2.3",
	    LOOKUP_FOUND },
	{ MATCH_HOST_PARENTS, "192.0.2.1", "x.test", "192.0.2.1",
	    LOOKUP_FOUND },
	{ MATCH_HOST_PARENTS, "192.0.2.1", "x.test", "192.0.2.10",
	    LOOKUP_NOT_FOUND },
	{ MATCH_HOST_PARENTS, "[::1]/128 [2001:db8::]/32", "x.test",
	    "2001:db8::1", LOOKUP_FOUND },
	{ MATCH_HOST_PARENTS, "[2001:db8:0::1]", "x.test", "2001:db8::1",
	    LOOKUP_FOUND },
	{ MATCH_HOST_PARENTS, "!192.0.2.1, 192.0.2.0/24", "x", "192.0.2.1",
	    LOOKUP_NOT_FOUND },
	{ MATCH_HOST_PARENTS, "!192.0.2.1, 192.0.2.0/24", "x", "192.0.2.2",
	    LOOKUP_FOUND },
	{ MATCH_HOST_PARENTS, "example.test", "a.example.test", "192.0.2.2",
	    LOOKUP_FOUND },
	{ MATCH_HOST_DOTTED, "example.test", "a.example.test", "192.0.2.2",
	    LOOKUP_NOT_FOUND },
	{ MATCH_HOST_PARENTS, "127.0.0.0/8 # 192.0.2.0/24", "x", "192.0.2.1",
	    LOOKUP_NOT_FOUND },
	{ MATCH_HOST_PARENTS, "# 127.0.0.0/8", "x", "127.0.0.1",
	    LOOKUP_NOT_FOUND },
	{ MATCH_HOST_PARENTS, "10.0.0.0/8 #x\n 192.0.2.1", "x", "192.0.2.1",
	    LOOKUP_NOT_FOUND },
	{ MATCH_DOMAIN, "a.test#x, b.test #c.test,d.test", "a.test#x", "",
	    LOOKUP_FOUND },
	{ MATCH_DOMAIN, "a.test#x, b.test #c.test,d.test", "d.test", "",
	    LOOKUP_NOT_FOUND },
	{ MATCH_HOST_PARENTS, "[192.0.2.1] [10.0.0.0]/8", "x", "10.1.2.3",
	    LOOKUP_FOUND },
	{ MATCH_HOST_PARENTS, "192.0.2.1 fd00/8", "x", "192.0.2.1",
	    LOOKUP_FOUND },
	{ MATCH_HOST_PARENTS, "fd00/8 192.0.2.1", "x", "192.0.2.1",
	    LOOKUP_TEMPFAIL },
	{ MATCH_HOST_PARENTS, "!fd00/8 192.0.2.1", "x", "192.0.2.1",
	    LOOKUP_TEMPFAIL },
	{ MATCH_HOST_PARENTS, "fd00/8 [fd00::1]", "x", "fd00::1",
	    LOOKUP_FOUND },
	{ MATCH_HOST_PARENTS, "cidr:{{192.0.2.0/24 x}}", "x", "192.0.2.2",
	    LOOKUP_FOUND },
	{ MATCH_HOST_PARENTS, "inline:{192.0.2.2=x}", "x", "192.0.2.2",
	    LOOKUP_FOUND },
};

START_TEST(the_first_item_that_matches_decides)
{
	struct match_list *list = parse(cases[_i].list, cases[_i].kind);
	struct ip ip;
	struct match match;

	if (cases[_i].address[0] == '\0') {
		match = match_list_domain(list, &view, cases[_i].name);
	} else {
		ck_assert(ip_parse(&ip, cases[_i].address));
		match = match_list_host(list, &view, cases[_i].name, &ip,
		    cases[_i].address);
	}
	ck_assert_msg(match.result == cases[_i].result, "%s: %s %s",
	    cases[_i].list, cases[_i].name, cases[_i].address);
	done(list);
}
END_TEST

static const struct {
	const char *list, *address, *item;
} items[] = {
	{ "127.0.0.0/8, 192.0.2.0/24", "192.0.2.1", "192.0.2.0/24" },
	{ "!192.0.2.1, 192.0.2.0/24", "192.0.2.1", "!192.0.2.1" },
	{ "[2001:db8::]/32", "2001:db8::1", "2001:db8::/32" },
	{ "Home.example", "192.0.2.1", "home.example" },
	{ "inline:{192.0.2.1=x}", "192.0.2.1", "inline:{192.0.2.1=x}" },
	{ "192.0.2.2", "192.0.2.1", NULL },
};

START_TEST(says_by_which_item)
{
	struct match_list *list = parse(items[_i].list, MATCH_HOST_PARENTS);
	struct strbuf text = { 0 };
	struct match match;
	struct ip ip;

	ck_assert(ip_parse(&ip, items[_i].address));
	match = match_list_host(list, &view, "home.example", &ip,
	    items[_i].address);
	if (items[_i].item == NULL) {
		ck_assert_ptr_null(match.item);
	} else {
		match_item_print(match.item, &text);
		ck_assert_str_eq(strbuf_str(&text), items[_i].item);
	}
	strbuf_free(&text);
	done(list);
}
END_TEST

START_TEST(a_file_stands_for_its_items)
{
	char path[] = "/tmp/match_listXXXXXX";
	int fd = mkstemp(path);
	char *value = xasprintf("x.test %s", path);
	struct match_list *list;

	ck_assert_int_gt(
	    dprintf(fd, "# a list\na.test #c.test\nb.test\n!c.test\n"), 0);
	close(fd);
	list = parse(value, MATCH_DOMAIN);
	ck_assert_int_eq(match_list_domain(list, &view, "b.test").result,
	    LOOKUP_FOUND);
	ck_assert_int_eq(match_list_domain(list, &view, "c.test").result,
	    LOOKUP_NOT_FOUND);
	done(list);
	unlink(path);
	free(value);
}
END_TEST

/* What is said of a list that is the file at path. */
static void
check_error(const char *path, const char *error)
{
	struct strbuf err = { 0 }, warnings = { 0 };
	struct conf_text text = { 0 };

	conf_text_set(&text, path, here);
	tables = tables_new();
	ck_assert_ptr_null(
	    match_list_parse(&text, MATCH_DOMAIN, tables, &warnings, &err));
	testing_eat(&err, error);
	conf_text_free(&text);
	tables_free(tables);
}

START_TEST(what_is_no_file_of_items_is_an_error)
{
	char dir[] = "/tmp/match_listXXXXXX";
	char *path, *error;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	error = xasprintf("main.cf:7: open %s: not a regular file\n", dir);
	check_error(dir, error); /* not an empty list */
	free(error);
	path = xasprintf("%s/file", dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	error = xasprintf("main.cf:7: open %s: not a regular file\n", path);
	check_error(path, error); /* and nobody waits for a writer */
	free(error);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, "a.test\0 b.test\n", 15), 15);
	close(fd);
	error = xasprintf("NUL in the file (from %s)\n", path);
	check_error(path, error);
	free(error);
	unlink(path);
	rmdir(dir);
	free(path);
}
END_TEST

START_TEST(what_is_not_what_it_looks_like_is_said)
{
	struct strbuf err = { 0 }, warnings = { 0 };
	struct conf_text text = { 0 };

	conf_text_set(&text, "10.0.0.0/8 dead/beef #192.0.2.0/24, 192.0.2.1",
	    here);
	tables = tables_new();
	match_list_free(match_list_parse(&text, MATCH_HOST_PARENTS, tables,
	    &warnings, &err));
	testing_eat(&err, "");
	testing_eat(&warnings,
	    "main.cf:7: dead/beef: not an IP address or network, clients that "
	    "are looked for in this list get a temporary failure\n"
	    "main.cf:7: \"#192.0.2.0/24\" and all behind it is a comment, as "
	    "it is to Postfix\n");
	conf_text_free(&text);
	tables_free(tables);
}
END_TEST

START_TEST(all_errors_are_reported_at_once)
{
	struct strbuf err = { 0 }, warnings = { 0 };
	struct conf_text text = { 0 };

	conf_text_set(&text,
	    "10.0.0.1/8, 2001:db8::1 /nonexistent mysql:/x.cf [::x] a.test",
	    here);
	tables = tables_new();
	ck_assert_ptr_null(match_list_parse(&text, MATCH_HOST_PARENTS, tables,
	    &warnings, &err));
	testing_eat(&err,
	    "main.cf:7: 10.0.0.1/8: bits are set behind the mask, did you mean "
	    "10.0.0.0/8?\n"
	    "main.cf:7: 2001:db8::1: an IPv6 address stands in [ ]\n"
	    "main.cf:7: open /nonexistent: No such file or directory\n"
	    "main.cf:7: mysql:/x.cf: policyd does not read mysql: "
	    "tables itself, but Postfix does for it: write proxy:mysql:/x.cf, "
	    "and name that in proxy_read_maps of main.cf\n"
	    "main.cf:7: [::x]: not an IP address or network\n");
	conf_text_free(&text);
	tables_free(tables);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("match_list");
	TCase *tc = tcase_create("match_list");

	tcase_add_loop_test(tc, says_by_which_item, 0,
	    sizeof items / sizeof items[0]);
	tcase_add_loop_test(tc, the_first_item_that_matches_decides, 0,
	    sizeof cases / sizeof cases[0]);
	tcase_add_test(tc, a_file_stands_for_its_items);
	tcase_add_test(tc, what_is_no_file_of_items_is_an_error);
	tcase_add_test(tc, what_is_not_what_it_looks_like_is_said);
	tcase_add_test(tc, all_errors_are_reported_at_once);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
