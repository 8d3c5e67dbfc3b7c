/* Tests of table.c and the types of tables. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "testing.h"

#include "log.h"
#include "mem.h"
#include "table.h"

static const struct conf_origin here = { "policyd.cf", 3 };
static char *dir;

/* Write a file below dir; its path, to be freed. */
static char *
write_file(const char *name, const char *text, size_t len)
{
	char *path = xasprintf("%s/%s", dir, name);
	char *temp = xasprintf("%s.new", path);
	FILE *file = fopen(temp, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, len, file), len);
	fclose(file);
	ck_assert_int_eq(rename(temp, path), 0);
	free(temp);
	return path;
}

/* The answer of one table to one key: its value, "-" or "!". */
static char *
ask(const char *word, const char *key)
{
	struct tables *tables = tables_new();
	struct strbuf err = { 0 }, value = { 0 };
	struct table *table = tables_add(tables, word, here, &err);
	struct table_view view;

	ck_assert_msg(table != NULL, "%s", strbuf_str(&err));
	ck_assert_msg(tables_load(tables, &err) == CONF_OK, "%s",
	    strbuf_str(&err));
	view = table_view(tables_hold(tables));
	switch (table_find(&view, table, key, &value)) {
	case LOOKUP_FOUND:
		break;
	case LOOKUP_NOT_FOUND:
		strbuf_addc(&value, '-');
		break;
	case LOOKUP_TEMPFAIL:
		strbuf_addc(&value, '!');
		break;
	}
	tables_release(view.snapshot);
	tables_free(tables);
	strbuf_free(&err);
	return strbuf_detach(&value);
}

static const struct {
	const char *type;
	const char *text; /* of the file, or what follows the colon */
	const char *key;
	const char *value;
} lookups[] = {
	{ "inline:", "{a=1, b=2}", "B", "2" },
	{ "inline:", "{a=1, a=2}", "a", "2" },
	{ "inline:", "{ { a = two words }, c=d }", "a", "two words" },
	{ "inline:", "{a=}", "a", "" },
	{ "inline:", "{a=1}", "aa", "-" },
	{ "static:", "OK", "any", "OK" },
	{ "static:", "{ two words }", "any", "two words" },
	{ "texthash", "a b\nkey\n  cont value\n", "KEY", "cont value" },
	{ "texthash", "# c\n\nA.Test   x y  \n  z\n # d\n w\nb c", "a.test",
	    "x y    z w" },
	{ "texthash", "a b\nb c", "b", "c" },
	{ "texthash", "a b\r\n", "a", "b" },
	{ "texthash", "\"a b\"@c.d e f\n", "\"a b\"@c.d", "e f" },
	{ "texthash", "\xc3\x89.test z\n", "\xc3\xa9.test", "z" },
	{ "texthash", "\xc3\xa9.test z\n", "\xc3\x89.test", "z" },
	{ "texthash", "a b\n", "\xff", "-" },
	{ "texthash", "", "a", "-" },
	{ "hash", "a 1\nA 2\n", "a", "1" },
	{ "btree", "a 1\n", "a", "1" },
	{ "cidr", "192.0.2.1 one\n192.0.2.0/24 net\n", "192.0.2.1", "one" },
	{ "cidr", "192.0.2.0/24 net\n192.0.2.1 one\n", "192.0.2.1", "net" },
	{ "cidr", "192.0.2.0/24 net\n0.0.0.0/0 all\n", "203.0.113.1", "all" },
	{ "cidr", "10.0.0.0/8 x\n", "11.0.0.1", "-" },
	{ "cidr", "10.0.0.0/8 x\n10.0.0.0/8 y\n", "10.0.0.1", "x" },
	{ "cidr", "!10.0.0.0/8 no\n", "11.0.0.1", "no" },
	{ "cidr", "!10.0.0.0/8 no\n", "10.0.0.1", "-" },
	{ "cidr", "!10.0.0.0/8 no\n", "2001:db8::1", "-" },
	{ "cidr", "2001:db8::/32 six\n", "2001:db8::1", "six" },
	{ "cidr", "[2001:db8::]/32 six\n", "2001:db8::1", "six" },
	{ "cidr", "[2001:db8::/32] six\n", "2001:db8::1", "six" },
	{ "cidr", "[192.0.2.1] four\n", "192.0.2.1", "four" },
	{ "cidr", "::/0 six\n", "192.0.2.1", "-" },
	{ "cidr", "if 10.0.0.0/8\n10.1.0.0/16 in\nendif\n10.0.0.0/8 out\n",
	    "10.1.2.3", "in" },
	{ "cidr", "if 10.0.0.0/8\n10.1.0.0/16 in\nendif\n10.0.0.0/8 out\n",
	    "10.2.2.3", "out" },
	{ "cidr", "10.0.0.0/8 out\nif 10.0.0.0/8\n10.1.0.0/16 in\nendif\n",
	    "10.1.2.3", "out" },
	{ "cidr", "if !10.0.0.0/8\n0.0.0.0/0 in\nendif\n", "11.1.2.3", "in" },
	{ "cidr",
	    "IF 10.0.0.0/8\nif 10.1.0.0/16\n!10.1.1.0/24 in\nendif\n"
	    "ENDIF\n",
	    "10.1.2.3", "in" },
	{ "cidr", "192.0.2.0/24 x\n", "a.test", "-" },
	{ "cidr:", "{ {192.0.2.1 one}, {192.0.2.0/24 other one} }", "192.0.2.2",
	    "other one" },
	{ "regexp", "/b(.)/ x\n", "ABC", "x" },
	{ "regexp", "/b(.)/i x\n", "ABC", "-" },
	{ "regexp", "/a(.)/ b${1}x$(1)$$1\n", "ab", "bbxb$1" },
	{ "regexp", "/a(.)(z)?/ <$1> <$2>.\n", "ab", "<b> <>." },
	{ "regexp", "!/b/ no\n/b/ yes\n", "abc", "yes" },
	{ "regexp", "! /b/ no\n", "acc", "no" },
	{ "regexp", "/a/!/b/ only a\n", "xa", "only a" },
	{ "regexp", "/a/!/b/ only a\n", "ab", "-" },
	{ "regexp", "/a/ !/b/ a value\n", "ab", "!/b/ a value" },
	{ "regexp", "|a/b| slash\n", "a/b", "slash" },
	{ "regexp", "/a\\/b/ slash\n", "a/b", "slash" },
	{ "regexp", "if /a/\n/b/ in\nendif\n/b/ out\n", "ab", "in" },
	{ "regexp", "if /a/\n/b/ in\nendif\n/b/ out\n", "cb", "out" },
	{ "regexp", "if !/a/\nIF /c/\n/b/ in\nENDIF\nendif\n/b/ out\n", "cb",
	    "in" },
	{ "regexp", "if /a/\n/x/ in\nendif\n/b/ out\n", "ab", "out" },
	{ "regexp", "/\\(a\\)\\(b\\)/x $2$1\n", "ab", "ba" },
	{ "regexp", "/^.$/ one\n", "\xff", "-" },
	{ "regexp:", "{ {/a{2}/ two}, {/c/  { d }} }", "xaa", "two" },
	{ "regexp:", "{ {/a{2}/ two}, {/c/  { d }} }", "c", "{ d }" },
	{ "pcre", "/^a(\\d+)(?=b)/ n=$1\n", "A12b", "n=12" },
	{ "pcre", "/B/i x\n", "ab", "-" },
	{ "pcre", "/a b/x x\n", "ab", "x" },
	{ "pcre", "/b/A x\n", "ab", "-" },
	{ "pcre", "/(a+)a/U $1\n", "aaa", "a" },
	{ "pcre", "/^.$/ one\n", "\xc3\xa9", "one" },
	{ "pcre", "!/x/ no\n", "ab", "no" },
	{ "pcre", "/a/ !/b/ a value\n", "ab", "!/b/ a value" },
	{ "pcre", "if /a/\n/b(c)?/ [$1]\nendif\n", "ab", "[]" },
	{ "pcre", "/^(a+)+$/ x\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
	    "!" },
};

START_TEST(finds_what_postfix_finds)
{
	bool is_file = strchr(lookups[_i].type, ':') == NULL;
	char *path = is_file
	    ? write_file("table", lookups[_i].text, strlen(lookups[_i].text))
	    : NULL;
	char *word = is_file
	    ? xasprintf("%s:%s", lookups[_i].type, path)
	    : xasprintf("%s%s", lookups[_i].type, lookups[_i].text);
	char *value = ask(word, lookups[_i].key);

	ck_assert_msg(strcmp(value, lookups[_i].value) == 0,
	    "%s\n%s\n%s: %s, not %s", word, lookups[_i].text, lookups[_i].key,
	    value, lookups[_i].value);
	free(value);
	free(word);
	free(path);
}
END_TEST

static const struct {
	const char *word;
	const char *error;
} bad_words[] = {
	{ "hsh:/x", "unknown table type \"hsh\", did you mean hash?" },
	{ "/x", "a table is TYPE:NAME, as texthash:/etc/postfix/access" },
	{ "texthash:", "nothing after the colon" },
	{ "texthash:{a=b}",
	    "needs a file; text in braces is for inline:, cidr:, regexp:, "
	    "pcre:" },
	{ "ldap:/x",
	    "policyd does not read ldap: tables itself, but Postfix does for "
	    "it: write proxy:ldap:/x, and name that in proxy_read_maps of "
	    "main.cf" },
};

START_TEST(a_bad_word_is_refused_with_what_can_be_done)
{
	struct tables *tables = tables_new();
	struct strbuf err = { 0 };
	char *expected = xasprintf("policyd.cf:3: %s: %s\n", bad_words[_i].word,
	    bad_words[_i].error);

	ck_assert_ptr_null(tables_add(tables, bad_words[_i].word, here, &err));
	testing_eat(&err, expected);
	free(expected);
	tables_free(tables);
}
END_TEST

static const struct {
	const char *type;
	const char *text;
	const char *errors; /* each line is preceded by the path and a colon */
} broken[] = {
	{ "texthash", "a b\nkey\n\"x y\nA z\n",
	    "2: key without a value: key\n3: a quote is never closed\n"
	    "4: the key stands twice: A\n" },
	{ "texthash", "  a b\n",
	    "1: the line begins with white space, but continues none\n" },
	{ "texthash", "a b\nc \xff\n", "2: not UTF-8\n" },
	{ "cidr", "foo bar\n10.0.0.1/8 x\n10.0.0.0/8\nendif\nif 10.0.0.0/8\n",
	    "1: foo: not an IP address or network\n"
	    "2: 10.0.0.1/8: bits are set behind the mask, did you mean "
	    "10.0.0.0/8?\n"
	    "3: network without a value: 10.0.0.0/8\n"
	    "4: endif without if\n5: if without endif\n" },
	{ "cidr", "if 10.0.0.0/8\n  10.1.0.0/16 x\nendif\n",
	    "1: 10.0.0.0/8  10.1.0.0/16 x: the mask must be a number from 0 to "
	    "32\n" },
	{ "regexp",
	    "foo x\n/a/\n/a x\n/a/q x\n/(a)/ $2\n!/(a)/ $1\n/(a)/ $1x\n"
	    "/a/ $\nif /a/ /b/ c\nendif x\nendif\nif /a/\n/(/ x\n",
	    "1: expected /pattern/flags value\n2: pattern without a value\n"
	    "3: the pattern has no second \"/\"\n4: unknown flag \"q\"\n"
	    "5: \"$2\": the pattern has $1 to $1; a dollar sign is written $$, "
	    "a letter follows only ${n}\n"
	    "6: \"$1\": the pattern has $1 to $0; a dollar sign is written $$, "
	    "a letter follows only ${n}\n"
	    "7: \"$1x\": the pattern has $1 to $1; a dollar sign is written "
	    "$$, a letter follows only ${n}\n"
	    "8: \"$\": the pattern has $1 to $0; a dollar sign is written $$, "
	    "a letter follows only ${n}\n"
	    "9: text after the pattern of if (rules inside of it must not be "
	    "indented): /b/ c\n"
	    "10: text after endif\n11: endif without if\n"
	    "13: /(/: Unmatched ( or \\(\n12: if without endif\n" },
	{ "pcre", "/a[/ x\n/a/!/b/ x\n",
	    "1: /a[/: missing terminating ] for character class at offset 2\n"
	    "2: expected a value, not \"!/b/ x\": the second pattern is "
	    "regexp: only\n" },
};

START_TEST(all_errors_of_a_file_are_reported_at_once)
{
	char *path =
	    write_file("broken", broken[_i].text, strlen(broken[_i].text));
	char *word = xasprintf("%s:%s", broken[_i].type, path);
	struct strbuf err = { 0 }, expected = { 0 };
	struct tables *tables = tables_new();
	char *text = xstrdup(broken[_i].errors), *line, *rest = text;

	while ((line = strtok_r(rest, "\n", &rest)) != NULL)
		strbuf_addf(&expected, "%s:%s\n", path, line);
	ck_assert_ptr_nonnull(tables_add(tables, word, here, &err));
	ck_assert_int_eq(tables_load(tables, &err), CONF_BAD);
	testing_eat(&err, expected.bytes);
	tables_free(tables);
	strbuf_free(&expected);
	free(text);
	free(word);
	free(path);
}
END_TEST

static const struct {
	const char *name, *addresses; /* "": none */
} hosts[] = {
	{ "localhost", "127.0.0.1 ::1" },
	{ "LocalHost", "127.0.0.1 ::1" },
	{ "mx", "192.0.2.1" },
	{ "mx.example", "192.0.2.1" },
	{ "mx.example.", "" },
	{ "tabbed", "192.0.2.2" },
	{ "commented", "" },
	{ "broken", "" },
	{ "last", "192.0.2.3" },
};

START_TEST(a_file_of_hosts_has_the_addresses_of_names)
{
	static const char text[] = "127.0.0.1 localhost\n"
				   "192.0.2.1 mx.example  MX # commented\n\n"
				   "\t192.0.2.2\ttabbed\r\n"
				   "192.0.2 broken\n192.0.2.9\n#\n"
				   "::1 localhost\n192.0.2.3 last";
	char *path = write_file("hosts", text, strlen(text));
	struct tables *tables = tables_new();
	struct strbuf err = { 0 }, value = { 0 };
	struct table *table = tables_add_hosts(tables, path);
	struct table_view view;

	ck_assert_int_eq(tables_load(tables, &err), CONF_OK);
	view = table_view(tables_hold(tables));
	ck_assert_int_eq(table_find(&view, table, hosts[_i].name, &value),
	    hosts[_i].addresses[0] != '\0' ? LOOKUP_FOUND : LOOKUP_NOT_FOUND);
	ck_assert_str_eq(strbuf_str(&value), hosts[_i].addresses);
	ck_assert_ptr_null(tables_add_hosts(tables, "/nonexistent"));
	tables_release(view.snapshot);
	tables_free(tables);
	strbuf_free(&value);
	free(path);
}
END_TEST

START_TEST(a_nul_makes_a_file_bad)
{
	char *path = write_file("nul", "a b\0c\n", 6);
	char *word = xasprintf("texthash:%s", path);
	char *expected = xasprintf("%s:1: NUL in the line\n", path);
	struct strbuf err = { 0 };
	struct tables *tables = tables_new();

	ck_assert_ptr_nonnull(tables_add(tables, word, here, &err));
	ck_assert_int_eq(tables_load(tables, &err), CONF_BAD);
	testing_eat(&err, expected);
	tables_free(tables);
	free(expected);
	free(word);
	free(path);
}
END_TEST

START_TEST(a_pattern_of_many_groups_is_refused)
{
	/* the ")" of the second does not close a group */
	static const char *const groups[] = { "(", "(\\)" };
	struct strbuf err = { 0 }, text = { 0 };
	struct tables *tables = tables_new();
	char *path, *word, *expected;

	strbuf_addc(&text, '/');
	for (size_t n = 65000 / strlen(groups[_i]); n > 0; n--)
		strbuf_adds(&text, groups[_i]);
	strbuf_adds(&text, "/ x\n");
	path = write_file("groups", strbuf_str(&text), text.len);
	word = xasprintf("regexp:%s", path);
	expected = xasprintf("%s:1: more than 1000 groups\n", path);
	ck_assert_ptr_nonnull(tables_add(tables, word, here, &err));
	ck_assert_int_eq(tables_load(tables, &err), CONF_BAD);
	testing_eat(&err, expected);
	tables_free(tables);
	free(expected);
	free(word);
	free(path);
	strbuf_free(&text);
}
END_TEST

START_TEST(a_missing_file_is_unreadable_and_fails_lookups)
{
	struct tables *tables = tables_new();
	struct strbuf err = { 0 }, value = { 0 };
	struct table *table =
	    tables_add(tables, "texthash:/nonexistent", here, &err);
	struct table_view view;

	ck_assert_int_eq(tables_load(tables, &err), CONF_UNREADABLE);
	testing_eat(&err,
	    "policyd.cf:3: open /nonexistent: No such file or directory\n");
	view = table_view(tables_hold(tables));
	ck_assert_int_eq(table_find(&view, table, "a", &value),
	    LOOKUP_TEMPFAIL);
	tables_release(view.snapshot);
	tables_free(tables);
}
END_TEST

START_TEST(an_index_without_text_names_the_command_that_makes_it)
{
	char *path = write_file("only.db", "", 0);
	char *word = xasprintf("hash:%s/only", dir);
	char *expected = xasprintf(
	    "policyd.cf:3: %s: policyd reads the text, but there is only the "
	    "index %s; make the text: postmap -s %s >%s/only; or let Postfix "
	    "read it: write proxy:%s, and name that in proxy_read_maps of "
	    "main.cf\n",
	    word, path, word, dir, word);
	struct tables *tables = tables_new();
	struct strbuf err = { 0 };

	ck_assert_ptr_null(tables_add(tables, word, here, &err));
	testing_eat(&err, expected);
	tables_free(tables);
	free(expected);
	free(word);
	free(path);
}
END_TEST

START_TEST(the_same_word_is_the_same_table)
{
	struct tables *tables = tables_new();
	struct strbuf err = { 0 };

	ck_assert_ptr_eq(tables_add(tables, "static:a", here, &err),
	    tables_add(tables, "static:a", here, &err));
	ck_assert_ptr_ne(tables_add(tables, "static:a", here, &err),
	    tables_add(tables, "static:b", here, &err));
	tables_free(tables);
}
END_TEST

static void
turn(struct event_base *base)
{
	const struct timeval step = { 0, 50000 };

	event_base_loopexit(base, &step);
	event_base_dispatch(base);
}

static bool
has_value(struct tables *tables, struct table *table, const char *key,
    const char *wanted)
{
	struct table_view view = table_view(tables_hold(tables));
	struct strbuf value = { 0 };
	bool is_there;

	table_find(&view, table, key, &value);
	is_there = strcmp(strbuf_str(&value), wanted) == 0;
	strbuf_free(&value);
	tables_release(view.snapshot);
	return is_there;
}

/* Run the loop until key has the value. */
static void
wait_for_value(struct event_base *base, struct tables *tables,
    struct table *table, const char *key, const char *wanted)
{
	while (!has_value(tables, table, key, wanted))
		turn(base);
}

static bool
is_state(const struct tables *tables, const char *text)
{
	struct strbuf state = { 0 };
	bool is_there;

	tables_describe(tables, &state);
	is_there = strstr(strbuf_str(&state), text) != NULL;
	strbuf_free(&state);
	return is_there;
}

/* Run the loop until the state of the tables has the text. */
static void
wait_for_state(struct event_base *base, struct tables *tables, const char *text)
{
	while (!is_state(tables, text))
		turn(base);
}

static void
on_second(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	++*(int *)arg;
}

/* Two looks later, at least; meanwhile: what is done over and over. */
static void
pass_looks(struct event_base *base, void (*meanwhile)(int i))
{
	static const struct timeval second = { 1, 0 };
	int seconds = 0, i = 0;
	struct event *timer =
	    event_new(base, -1, EV_PERSIST, on_second, &seconds);

	event_add(timer, &second);
	while (seconds < 3) {
		if (meanwhile != NULL)
			meanwhile(i++);
		turn(base);
	}
	event_free(timer);
}

static void
write_again(int i)
{
	char *text = xasprintf("a %d\n", i);

	free(write_file("watched", text, strlen(text)));
	free(text);
}

START_TEST(a_file_that_changes_all_the_time_is_left_alone)
{
	struct event_base *base = event_base_new();
	struct tables *tables = tables_new();
	struct strbuf err = { 0 };
	char *path = write_file("watched", "a 1\n", 4);
	char *word = xasprintf("texthash:%s", path);

	tables_add(tables, word, here, &err);
	ck_assert_int_eq(tables_load(tables, &err), CONF_OK);
	tables_watch(tables, base);
	pass_looks(base, write_again);
	ck_assert(is_state(tables, "read 1, failed 0"));
	tables_free(tables);
	event_base_free(base);
	free(word);
	free(path);
}
END_TEST

START_TEST(a_changed_file_is_taken_up_and_a_broken_one_is_not)
{
	struct event_base *base = event_base_new();
	struct tables *tables = tables_new();
	struct table_view old;
	struct strbuf err = { 0 }, value = { 0 };
	char *path = write_file("watched", "a 1\n", 4), *word;
	struct table *table;

	word = xasprintf("texthash:%s", path);
	table = tables_add(tables, word, here, &err);
	ck_assert_int_eq(tables_load(tables, &err), CONF_OK);
	tables_watch(tables, base);
	old = table_view(tables_hold(tables));
	free(write_file("watched", "a 22\n", 5));
	wait_for_value(base, tables, table, "a", "22");
	ck_assert_int_eq(table_find(&old, table, "a", &value), LOOKUP_FOUND);
	testing_eat(&value, "1"); /* who holds the old snapshot keeps it */
	tables_release(old.snapshot);
	free(write_file("watched", "a\n", 2));
	wait_for_state(base, tables, "read 2, failed 1, old content in use");
	pass_looks(base, NULL); /* it is told once */
	ck_assert(is_state(tables, "read 2, failed 1, old content in use"));
	ck_assert(has_value(tables, table, "a", "22"));
	ck_assert_int_eq(unlink(path), 0);
	free(write_file("watched", "a 333\n", 6));
	wait_for_value(base, tables, table, "a", "333");
	tables_free(tables);
	event_base_free(base);
	free(word);
	free(path);
}
END_TEST

START_TEST(a_file_whose_time_was_set_back_is_taken_up)
{
	struct event_base *base = event_base_new();
	struct tables *tables = tables_new();
	struct strbuf err = { 0 };
	char *path = write_file("watched", "a 1\n", 4);
	char *word = xasprintf("texthash:%s", path);
	struct table *table = tables_add(tables, word, here, &err);
	struct stat before, now;
	int fd = open(path, O_WRONLY);

	ck_assert_int_eq(fstat(fd, &before), 0);
	ck_assert_int_eq(tables_load(tables, &err), CONF_OK);
	tables_watch(tables, base);
	ck_assert_int_eq(write(fd, "a 2\n", 4), 4);
	do { /* until the clock of the file system has moved on */
		struct timespec times[2] = { before.st_atim, before.st_mtim };

		ck_assert_int_eq(futimens(fd, times), 0);
		ck_assert_int_eq(fstat(fd, &now), 0);
	} while (
	    memcmp(&now.st_ctim, &before.st_ctim, sizeof now.st_ctim) == 0);
	wait_for_value(base, tables, table, "a", "2");
	close(fd);
	tables_free(tables);
	event_base_free(base);
	free(word);
	free(path);
}
END_TEST

START_TEST(a_file_is_read_when_there_are_descriptors_again)
{
	struct event_base *base = event_base_new();
	struct tables *tables = tables_new();
	struct strbuf err = { 0 };
	char *path = write_file("watched", "a 1\n", 4);
	char *word = xasprintf("texthash:%s", path);
	struct table *table = tables_add(tables, word, here, &err);
	struct rlimit limit, none = { 0, 0 };

	ck_assert_int_eq(tables_load(tables, &err), CONF_OK);
	tables_watch(tables, base);
	free(write_file("watched", "a 22\n", 5));
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	wait_for_state(base, tables, "read 1, failed 1, old content in use");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	wait_for_value(base, tables, table, "a", "22");
	tables_free(tables);
	event_base_free(base);
	free(word);
	free(path);
}
END_TEST

static void
note_result(void *arg, enum conf_result result, const char *errors)
{
	ck_assert_str_eq(errors, "");
	*(int *)arg = result;
}

START_TEST(a_load_in_a_thread_reports_to_the_loop)
{
	struct event_base *base = event_base_new();
	struct tables *tables = tables_new();
	struct strbuf err = { 0 };
	struct table *table = tables_add(tables, "inline:{a=b}", here, &err);
	int result = -1;

	tables_load_start(tables, base, note_result, &result);
	ck_assert_int_eq(result, -1);
	wait_for_value(base, tables, table, "a", "b");
	ck_assert_int_eq(result, CONF_OK);
	tables_free(tables);

	tables = tables_new();
	tables_add(tables, "inline:{a=b}", here, &err);
	tables_load_start(tables, base, note_result, &result);
	tables_free(tables); /* the reader ends for itself */
	event_base_dispatch(base);
	event_base_free(base);
}
END_TEST

START_TEST(the_loop_can_read_while_a_thread_reads) /* for make tsan */
{
	struct event_base *base = event_base_new();
	struct tables *tables = tables_new();
	struct strbuf err = { 0 };
	int result = -1;
	char *value;

	tables_add(tables, "inline:{\xc3\x89=b}", here, &err);
	tables_load_start(tables, base, note_result, &result);
	value = ask("inline:{\xc3\x89=c}", "\xc3\xa9");
	ck_assert_str_eq(value, "c");
	event_base_dispatch(base);
	ck_assert_int_eq(result, CONF_OK);
	tables_free(tables);
	event_base_free(base);
	free(value);
}
END_TEST

static void
make_dir(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	dir = testing_make_dir();
}

static void
remove_dir(void)
{
	testing_remove_dir(dir);
}

int
main(void)
{
	Suite *suite = suite_create("table");
	TCase *tc = tcase_create("table");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_loop_test(tc, finds_what_postfix_finds, 0,
	    sizeof lookups / sizeof lookups[0]);
	tcase_add_loop_test(tc, a_bad_word_is_refused_with_what_can_be_done, 0,
	    sizeof bad_words / sizeof bad_words[0]);
	tcase_add_loop_test(tc, all_errors_of_a_file_are_reported_at_once, 0,
	    sizeof broken / sizeof broken[0]);
	tcase_add_loop_test(tc, a_file_of_hosts_has_the_addresses_of_names, 0,
	    sizeof hosts / sizeof hosts[0]);
	tcase_add_test(tc, a_nul_makes_a_file_bad);
	tcase_add_loop_test(tc, a_pattern_of_many_groups_is_refused, 0, 2);
	tcase_add_test(tc, a_missing_file_is_unreadable_and_fails_lookups);
	tcase_add_test(tc,
	    an_index_without_text_names_the_command_that_makes_it);
	tcase_add_test(tc, the_same_word_is_the_same_table);
	tcase_add_test(tc, a_file_that_changes_all_the_time_is_left_alone);
	tcase_add_test(tc, a_changed_file_is_taken_up_and_a_broken_one_is_not);
	tcase_add_test(tc, a_file_whose_time_was_set_back_is_taken_up);
	tcase_add_test(tc, a_file_is_read_when_there_are_descriptors_again);
	tcase_add_test(tc, a_load_in_a_thread_reports_to_the_loop);
	tcase_add_test(tc, the_loop_can_read_while_a_thread_reads);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
