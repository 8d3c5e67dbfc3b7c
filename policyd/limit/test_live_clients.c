#include <string.h>

#include <event2/event.h>

#include "live_clients.h"
#include "time_left.h"
#include "testing.h"

#define NOW 1000000

struct lab {
	struct event_base *base;
	char *dir, *path;
	struct state *state;
	struct live_clients *clients;
};

static void
lab_begin(struct lab *lab)
{
	lab->base = event_base_new();
	lab->dir = testing_make_dir();
	lab->path = xasprintf("%s/state.gdbm", lab->dir);
	lab->state = state_new(lab->base, lab->path, 64 * 1024 * 1024,
	    state_kinds, STATE_KINDS);
	state_open(lab->state);
	lab->clients = live_clients_new(lab->state);
}

static void
lab_restart(struct lab *lab)
{
	live_clients_free(lab->clients);
	state_free(lab->state);
	lab->state = state_new(lab->base, lab->path, 64 * 1024 * 1024,
	    state_kinds, STATE_KINDS);
	state_open(lab->state);
	lab->clients = live_clients_new(lab->state);
}

static void
lab_end(struct lab *lab)
{
	live_clients_free(lab->clients);
	state_free(lab->state);
	event_base_free(lab->base);
	free(lab->path);
	testing_remove_dir(lab->dir);
}

static void
put(struct lab *lab, const char *net, enum live_client_action action)
{
	struct live_client client = { .action = action };
	const struct live_client_words words = { net, "", net, false };
	struct strbuf err = { 0 };

	ck_assert_int_eq(live_client_parse(&client, &words, NOW, &err), 0);
	ck_assert(live_clients_put(lab->clients, &client));
}

/* The network that counts for an address; "": none. */
static void
expect(const struct lab *lab, const char *address, const char *net)
{
	struct live_client client = { .comment = "" };
	struct ip ip;

	ck_assert(ip_parse(&ip, address));
	if (!live_clients_find(lab->clients, &ip, &client))
		client.comment = "";
	ck_assert_str_eq(client.comment, net);
}

static void
list(const struct lab *lab, struct strbuf *out)
{
	struct live_client_list *list =
	    live_client_list_new(lab->clients, true);

	while (live_client_list_next(list, out))
		;
	live_client_list_free(list);
}

START_TEST(the_smallest_network_counts)
{
	struct lab lab;

	lab_begin(&lab);
	expect(&lab, "192.0.2.1", "");
	put(&lab, "0.0.0.0/0", LIVE_CLIENT_ALLOW);
	put(&lab, "192.0.2.0/24", LIVE_CLIENT_DENY);
	put(&lab, "192.0.2.0/25", LIVE_CLIENT_RELAY);
	put(&lab, "192.0.2.1", LIVE_CLIENT_DENY);
	put(&lab, "2001:db8::/33", LIVE_CLIENT_DENY);
	put(&lab, "2001:db8::1", LIVE_CLIENT_ALLOW);
	for (int i = 0; i < 2; i++) {
		expect(&lab, "192.0.2.1", "192.0.2.1");
		expect(&lab, "192.0.2.127", "192.0.2.0/25");
		expect(&lab, "192.0.2.128", "192.0.2.0/24");
		expect(&lab, "192.0.3.0", "0.0.0.0/0");
		expect(&lab, "::ffff:192.0.2.1", "192.0.2.1");
		expect(&lab, "2001:db8::1", "2001:db8::1");
		expect(&lab, "2001:db8:7fff::2", "2001:db8::/33");
		expect(&lab, "2001:db8:8000::2", "");
		lab_restart(&lab);
	}
	lab_end(&lab);
}
END_TEST

START_TEST(forgets_just_the_network_that_is_named)
{
	struct lab lab;
	struct cidr net;
	struct strbuf err = { 0 };

	lab_begin(&lab);
	put(&lab, "192.0.2.0/24", LIVE_CLIENT_DENY);
	put(&lab, "::ffff:192.0.2.1", LIVE_CLIENT_DENY);
	live_client_parse_net(&net, "192.0.2.0/25", &err);
	ck_assert(!live_clients_forget(lab.clients, &net));
	live_client_parse_net(&net, "::ffff:192.0.2.0/120", &err);
	ck_assert(live_clients_forget(lab.clients, &net));
	ck_assert(!live_clients_forget(lab.clients, &net));
	expect(&lab, "192.0.2.1", "::ffff:192.0.2.1");
	expect(&lab, "192.0.2.2", "");
	lab_end(&lab);
}
END_TEST

START_TEST(lists_in_the_order_of_addresses)
{
	struct lab lab;
	struct strbuf out = { 0 };
	struct live_client client = { .action = LIVE_CLIENT_ALLOW,
		.expires = 4000000000,
		.comment = "a \"b\"" };

	lab_begin(&lab);
	list(&lab, &out);
	testing_eat(&out, "[]\n");
	put(&lab, "2001:db8::/32", LIVE_CLIENT_DENY);
	put(&lab, "192.0.2.0/25", LIVE_CLIENT_RELAY);
	put(&lab, "192.0.2.0/24", LIVE_CLIENT_DENY);
	live_client_parse_net(&client.net, "9.0.0.0/8", &out);
	ck_assert(live_clients_put(lab.clients, &client));
	list(&lab, &out);
	testing_eat(&out,
	    "[{\"net\":\"9.0.0.0/8\",\"action\":\"allow\",\"relay\":false,"
	    "\"expires\":4000000000,\"comment\":\"a \\\"b\\\"\"},"
	    "{\"net\":\"192.0.2.0/24\",\"action\":\"deny\",\"relay\":false,"
	    "\"expires\":null,\"comment\":\"192.0.2.0/24\"},"
	    "{\"net\":\"192.0.2.0/25\",\"action\":\"allow\",\"relay\":true,"
	    "\"expires\":null,\"comment\":\"192.0.2.0/25\"},"
	    "{\"net\":\"2001:db8::/32\",\"action\":\"deny\",\"relay\":false,"
	    "\"expires\":null,\"comment\":\"2001:db8::/32\"}]\n");
	lab_end(&lab);
}
END_TEST

START_TEST(has_room_for_a_hundred_thousand)
{
	struct lab lab;
	struct live_client client = { .action = LIVE_CLIENT_DENY,
		.comment = "from the list of the firewall" };

	lab_begin(&lab);
	client.net = (struct cidr){ { .family = 2 }, 32 };
	for (unsigned i = 0; i < 100000; i++) {
		memcpy(client.net.ip.bytes, &i, 4);
		ck_assert(live_clients_put(lab.clients, &client));
	}
	for (unsigned i = 0; i < 100000; i++) {
		memcpy(client.net.ip.bytes, &i, 4);
		ck_assert(
		    live_clients_find(lab.clients, &client.net.ip, &client));
	}
	lab_end(&lab);
}
END_TEST

static const struct {
	enum live_client_action action;
	const char *net, *time;
	bool is_forced;
	const char *error;
} refused[] = {
	{ LIVE_CLIENT_DENY, "192.0.2.1/24", "", false,
	    "192.0.2.1/24: bits are set behind the mask, did you mean "
	    "192.0.2.0/24?" },
	{ LIVE_CLIENT_DENY, "mail.example", "", false, "" },
	{ LIVE_CLIENT_DENY, "10.0.0.0/7", "", false,
	    "10.0.0.0/7: more than a /8: needs --force" },
	{ LIVE_CLIENT_DENY, "::ffff:0:0/96", "", false,
	    "::ffff:0:0/96: more than a /8: needs --force" },
	{ LIVE_CLIENT_DENY, "2000::/15", "", false,
	    "2000::/15: more than a /16: needs --force" },
	{ LIVE_CLIENT_RELAY, "0.0.0.0/0", "", false,
	    "0.0.0.0/0: more than a /8: needs --force" },
	{ LIVE_CLIENT_ALLOW, "192.0.2.1", "soon", false,
	    "soon: not a time, as 30m, 12h or 7d" },
	{ LIVE_CLIENT_ALLOW, "192.0.2.1", "0s", false,
	    "0s: not a time, as 30m, 12h or 7d" },
	{ LIVE_CLIENT_ALLOW, "192.0.2.1", "10000w", false,
	    "10000w: too long a time; without one it is for ever" },
	{ LIVE_CLIENT_DENY, "10.0.0.0/8", "", false, NULL },
	{ LIVE_CLIENT_DENY, "2000::/16", "", false, NULL },
	{ LIVE_CLIENT_DENY, "0.0.0.0/0", "", true, NULL },
	{ LIVE_CLIENT_ALLOW, "0.0.0.0/0", "1w", false, NULL },
};

START_TEST(says_what_is_wrong)
{
	struct live_client client = { .action = refused[_i].action };
	const struct live_client_words words = { refused[_i].net,
		refused[_i].time, "", refused[_i].is_forced };
	struct strbuf err = { 0 };
	int result = live_client_parse(&client, &words, NOW, &err);

	ck_assert_int_eq(result, refused[_i].error == NULL ? 0 : -1);
	if (refused[_i].error != NULL && refused[_i].error[0] != '\0')
		testing_eat(&err, refused[_i].error);
	strbuf_free(&err);
}
END_TEST

static const struct {
	const char *line, *net, *time, *comment;
} lines[] = {
	{ "192.0.2.1", "192.0.2.1", "", "" },
	{ " 192.0.2.1\t1h  a  long comment \r", "192.0.2.1", "1h",
	    "a  long comment" },
	{ "192.0.2.1 a comment", "192.0.2.1", "", "a comment" },
	{ "192.0.2.1 7d", "192.0.2.1", "7d", "" },
	{ "192.0.2.1 seven", "192.0.2.1", "", "seven" },
	{ "  ", NULL, NULL, NULL },
	{ "# 192.0.2.1", NULL, NULL, NULL },
};

START_TEST(reads_lines)
{
	char *line = xstrdup(lines[_i].line);
	struct live_client_words words;

	ck_assert_int_eq(live_client_read_line(&words, line),
	    lines[_i].net != NULL);
	if (lines[_i].net != NULL) {
		ck_assert_str_eq(words.net, lines[_i].net);
		ck_assert_str_eq(words.time, lines[_i].time);
		ck_assert_str_eq(words.comment, lines[_i].comment);
	}
	free(line);
}
END_TEST

static const struct {
	long seconds;
	const char *text;
} times[] = {
	{ 0, "0s" },
	{ 1, "1s" },
	{ 119, "119s" },
	{ 120, "2m" },
	{ 121, "3m" },
	{ 7140, "119m" },
	{ 7141, "2h" },
	{ 172800, "2d" },
	{ 172801, "3d" },
};

START_TEST(rounds_what_is_left_up)
{
	struct strbuf out = { 0 };

	time_left_add(&out, times[_i].seconds);
	testing_eat(&out, times[_i].text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("live_clients");
	TCase *tcase = tcase_create("live_clients");

	tcase_add_test(tcase, the_smallest_network_counts);
	tcase_add_test(tcase, forgets_just_the_network_that_is_named);
	tcase_add_test(tcase, lists_in_the_order_of_addresses);
	tcase_add_test(tcase, has_room_for_a_hundred_thousand);
	tcase_add_loop_test(tcase, says_what_is_wrong, 0,
	    sizeof refused / sizeof refused[0]);
	tcase_add_loop_test(tcase, reads_lines, 0,
	    sizeof lines / sizeof lines[0]);
	tcase_add_loop_test(tcase, rounds_what_is_left_up, 0,
	    sizeof times / sizeof times[0]);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
