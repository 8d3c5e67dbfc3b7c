#include <sys/queue.h>

#include <event2/event.h>

#include "testing.h"
#include "dnsbl.h"
#include "dnsbl_testing.h"

/*
 * DNS by hand: questions are answered from a table, at once or when the test
 * lets them.
 */
struct asked {
	TAILQ_ENTRY(asked) link;
	char name[256];
	enum dns_type type;
	resolver_done *done;
	void *arg;
};

static TAILQ_HEAD(, asked) open_questions;
static struct {
	const char *pattern; /* a part of the name */
	enum dns_type type;
	const char *answer;
	bool is_cached;
} table[16];
static size_t ntable;
static bool is_held; /* questions wait for release() */
static unsigned nasked;

static struct event_base *base;
static struct dnsbls *dnsbls;
static struct dnsbl_options options;

static void
answer_question(const char *name, enum dns_type type, resolver_done *done,
    void *arg)
{
	struct dns_answer *answer = NULL;

	for (size_t i = ntable; answer == NULL && i-- > 0;) {
		if (table[i].type != type ||
		    strstr(name, table[i].pattern) == NULL)
			continue;
		answer = answer_of(table[i].answer);
		answer->from_cache = table[i].is_cached;
	}
	if (answer == NULL)
		answer = answer_of("");
	done(arg, answer);
	dns_answer_release(answer);
}

static void *
ask(void *ctx, const char *name, enum dns_type type, resolver_done *done,
    void *arg)
{
	struct asked *asked;

	(void)ctx;
	nasked++;
	if (!is_held) {
		answer_question(name, type, done, arg);
		return NULL;
	}
	asked = xcalloc(1, sizeof *asked);
	memcpy(asked->name, name, strlen(name) + 1);
	asked->type = type;
	asked->done = done;
	asked->arg = arg;
	TAILQ_INSERT_TAIL(&open_questions, asked, link);
	return asked;
}

static void
cancel(void *question)
{
	struct asked *asked = question;

	TAILQ_REMOVE(&open_questions, asked, link);
	free(asked);
}

static void
forget(void *ctx, const char *name, enum dns_type type)
{
	(void)ctx;
	(void)name;
	(void)type;
}

/* Answer the open questions whose name has a part in it, and those that are
 * asked meanwhile.  Returns how many. */
static unsigned
release(const char *part)
{
	struct asked *asked, *next;
	unsigned n = 0;

	for (asked = TAILQ_FIRST(&open_questions); asked != NULL;
	     asked = next) {
		next = TAILQ_NEXT(asked, link);
		if (strstr(asked->name, part) == NULL)
			continue;
		TAILQ_REMOVE(&open_questions, asked, link);
		answer_question(asked->name, asked->type, asked->done,
		    asked->arg);
		free(asked);
		n++;
		next = TAILQ_FIRST(&open_questions);
	}
	return n;
}

/* How many of the open questions have a part in their name. */
static unsigned
nasked_for(const char *part)
{
	const struct asked *asked;
	unsigned n = 0;

	TAILQ_FOREACH(asked, &open_questions, link)
	n += strstr(asked->name, part) != NULL;
	return n;
}

static void
say(const char *pattern, enum dns_type type, const char *answer)
{
	for (size_t i = 0; i < ntable; i++) {
		if (strcmp(table[i].pattern, pattern) == 0 &&
		    table[i].type == type) {
			table[i].answer = answer;
			return;
		}
	}
	ck_assert_uint_lt(ntable, 16);
	table[ntable].pattern = pattern;
	table[ntable].type = type;
	table[ntable++].answer = answer;
}

static const struct dnsbl_dns dns = { ask, ask, cancel, forget, NULL };

static void
start(void)
{
	dnsbls = dnsbls_new(base, &dns, &options);
	dnsbls_start(dnsbls);
}

static void
setup(void)
{
	TAILQ_INIT(&open_questions);
	base = event_base_new();
	options = (struct dnsbl_options){ true, 1800, "", 5000 };
	/* What is said later is looked at first. */
	say(".bl", DNS_A, "");
	say("2.0.0.127.bl", DNS_A, "127.0.0.2");
	say("2.0.0.0.0.0.f.7.", DNS_A, "127.0.0.2");
	say("test.bl", DNS_A, "127.0.0.2");
	say("4.3.2.1.bl", DNS_A, "127.0.0.2");
	say("4.3.2.1.bl", DNS_TXT, "\"listed\"");
}

static void
teardown(void)
{
	dnsbls_free(dnsbls);
	dnsbls = NULL;
	while (!TAILQ_EMPTY(&open_questions))
		cancel(TAILQ_FIRST(&open_questions));
	event_base_free(base);
	memset(table, 0, sizeof table);
	ntable = nasked = 0;
	is_held = false;
}

static struct dnsbl_site *
site(const char *word, enum dnsbl_use use)
{
	struct strbuf err = { 0 };
	struct conf_origin origin = { "policyd.cf", 7 };
	struct dnsbl_site *s =
	    dnsbl_site_parse(dnsbls, word, use, origin, &err);

	ck_assert_msg(s != NULL, "%s", strbuf_str(&err));
	event_base_loop(base, EVLOOP_NONBLOCK); /* its first test */
	return s;
}

struct got {
	int calls;
	enum dnsbl_result result;
	char text[600], why[200];
};

static void
on_answer(void *arg, const struct dnsbl_answer *answer)
{
	struct got *got = arg;

	got->calls++;
	got->result = answer->result;
	snprintf(got->text, sizeof got->text, "%s", answer->text);
	snprintf(got->why, sizeof got->why, "%s", answer->why);
}

static struct got
ask_site(struct dnsbl_site *s, const char *label)
{
	struct got got = { 0 };

	ck_assert_ptr_null(dnsbl_ask(s, DNSBL_IP4, label, on_answer, &got));
	ck_assert_int_eq(got.calls, 1);
	return got;
}

START_TEST(answers_with_text_and_address)
{
	struct got got;

	start();
	got = ask_site(site("bl.test", DNSBL_BLOCKS), "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_LISTED);
	ck_assert_str_eq(got.text, "listed");
	ck_assert_str_eq(got.why, "127.0.0.2");
	got = ask_site(site("bl.test", DNSBL_BLOCKS), "5.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
}
END_TEST

START_TEST(a_filter_picks_answers)
{
	struct got got;

	start();
	got = ask_site(site("bl.test=127.0.0.[3..9]", DNSBL_BLOCKS), "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
	got = ask_site(site("bl.test=127.0.0.2", DNSBL_BLOCKS), "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_LISTED);
}
END_TEST

/* What becomes of a hit when the list's first test runs. */
static struct got
ask_new_list(enum dnsbl_use use)
{
	struct strbuf err = { 0 };
	struct conf_origin origin = { "policyd.cf", 7 };
	struct got got = { 0 }, unlisted;
	struct dnsbl_site *s;

	start();
	s = dnsbl_site_parse(dnsbls, "bl.test", use, origin, &err);
	unlisted = ask_site(s, "5.3.2.1");
	ck_assert_int_eq(unlisted.result, DNSBL_NOT_LISTED);
	dnsbl_ask(s, DNSBL_IP4, "4.3.2.1", on_answer, &got);
	ck_assert_int_eq(got.calls, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(got.calls, 1);
	return got;
}

START_TEST(a_hit_waits_for_the_first_test)
{
	ck_assert_int_eq(ask_new_list(DNSBL_BLOCKS).result, DNSBL_LISTED);
}
END_TEST

START_TEST(a_list_that_fails_its_first_test_lists_nobody)
{
	struct got got;

	say("1.0.0.127.bl", DNS_A, "127.0.0.2");
	got = ask_new_list(DNSBL_BLOCKS);
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
	ck_assert_ptr_nonnull(strstr(got.why, "quarantined"));
}
END_TEST

START_TEST(a_list_whose_first_test_is_not_answered_does_not_count_yet)
{
	say("2.0.0.127.bl", DNS_A, "fail");
	say("1.0.0.127.bl", DNS_A, "fail");
	ck_assert_int_eq(ask_new_list(DNSBL_BLOCKS).result, DNSBL_NOT_LISTED);
	dnsbls_free(dnsbls);
	ck_assert_int_eq(ask_new_list(DNSBL_ALLOWS).result, DNSBL_FAILED);
}
END_TEST

START_TEST(who_does_not_wait_for_the_first_test_is_forgotten)
{
	struct strbuf err = { 0 };
	struct conf_origin origin = { "policyd.cf", 7 };
	struct got got = { 0 };
	struct dnsbl_site *s;

	start();
	s = dnsbl_site_parse(dnsbls, "bl.test", DNSBL_BLOCKS, origin, &err);
	dnsbl_cancel(dnsbl_ask(s, DNSBL_IP4, "4.3.2.1", on_answer, &got));
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(got.calls, 0);
}
END_TEST

START_TEST(a_list_of_the_world_lists_nobody)
{
	struct got got;
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say("9.bl", DNS_A, "127.0.0.2");
	say(".127.bl", DNS_A, "127.0.0.2"); /* the random ones, too */
	got = ask_site(s, "9.9.9.9");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
	got = ask_site(s, "9.9.9.8");
	ck_assert_str_eq(got.why,
	    "quarantined: lists what it cannot know: perhaps everything");
}
END_TEST

START_TEST(hits_share_the_proof_asked_after_them)
{
	struct got got[3] = { { 0 }, { 0 }, { 0 } };
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say(".9.9.bl", DNS_A, "127.0.0.4");
	is_held = true;
	dnsbl_ask(s, DNSBL_IP4, "1.1.9.9", on_answer, &got[0]);
	ck_assert_uint_eq(release("1.1.9.9"), 2); /* the hit, its text */
	dnsbl_ask(s, DNSBL_IP4, "2.1.9.9", on_answer, &got[1]);
	dnsbl_ask(s, DNSBL_IP4, "3.1.9.9", on_answer, &got[2]);
	ck_assert_uint_eq(release(".1.9.9"), 4);
	ck_assert_int_eq(got[0].calls + got[1].calls + got[2].calls, 0);
	nasked = 0;
	ck_assert_uint_eq(release(".127.bl"), 2); /* first, then the next */
	ck_assert_uint_eq(nasked, 1);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(got[i].result, DNSBL_LISTED);
}
END_TEST

/* That the list was good a moment ago says nothing of the hit. */
START_TEST(a_fresh_hit_needs_a_proof_of_its_own)
{
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	ck_assert_int_eq(ask_site(s, "4.3.2.1").result, DNSBL_LISTED);
	say(".127.bl", DNS_A, "127.0.0.2"); /* now it lists the world */
	ck_assert_int_eq(ask_site(s, "4.3.2.1").result, DNSBL_NOT_LISTED);
}
END_TEST

START_TEST(one_proof_at_a_time_is_asked)
{
	struct got got = { 0 };
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say(".9.9.bl", DNS_A, "127.0.0.4");
	is_held = true;
	for (int i = 0; i < 3; i++) {
		char label[20];

		snprintf(label, sizeof label, "%d.1.9.9", i);
		dnsbl_ask(s, DNSBL_IP4, label, on_answer, &got);
	}
	release(".1.9.9"); /* the hits, their texts */
	ck_assert_uint_eq(nasked_for(".127.bl"), 1);
	release(".127.bl");
	ck_assert_int_eq(got.calls, 3);
}
END_TEST

START_TEST(a_cached_hit_keeps_its_proof)
{
	struct dnsbl_site *s;
	struct got got;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	ask_site(s, "4.3.2.1");
	for (size_t i = 0; i < ntable; i++)
		table[i].is_cached = true;
	nasked = 0;
	got = ask_site(s, "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_LISTED);
	ck_assert_uint_eq(nasked, 2); /* address and text */
}
END_TEST

START_TEST(a_hit_without_proof_never_counts_later)
{
	struct dnsbl_site *s;
	struct got got;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say(".127.bl", DNS_A, "fail"); /* the proof */
	got = ask_site(s, "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
	say(".127.bl", DNS_A, "");
	got = ask_site(s, "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
	/* Nor does one that came from a cache without its proof. */
	say("5.5.5.5.bl", DNS_A, "127.0.0.2");
	table[ntable - 1].is_cached = true;
	got = ask_site(s, "5.5.5.5");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
}
END_TEST

START_TEST(a_hit_nobody_waits_for_is_proved)
{
	struct got got = { 0 };
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	is_held = true;
	dnsbl_cancel(dnsbl_ask(s, DNSBL_IP4, "4.3.2.1", on_answer, &got));
	release("4.3.2.1");
	release(".127.bl");
	ck_assert_int_eq(got.calls, 0);
	is_held = false;
	for (size_t i = 0; i < ntable; i++)
		table[i].is_cached = true;
	got = ask_site(s, "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_LISTED);
}
END_TEST

static enum dnsbl_result
look_at(struct dnsbl_site *s, const char *label)
{
	struct got got = { 0 };

	ck_assert_ptr_null(dnsbl_look(s, DNSBL_IP4, label, on_answer, &got));
	return got.result;
}

START_TEST(a_look_gives_the_answer_and_leaves_no_trace)
{
	struct strbuf before = { 0 }, after = { 0 };
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	dnsbls_describe_json(dnsbls, &before);
	ck_assert_int_eq(look_at(s, "4.3.2.1"), DNSBL_LISTED);
	ck_assert_int_eq(look_at(s, "5.3.2.1"), DNSBL_NOT_LISTED);
	say(".127.bl", DNS_A, "127.0.0.2"); /* lists the world */
	ck_assert_int_eq(look_at(s, "4.3.2.1"), DNSBL_NOT_LISTED);
	say("9.bl", DNS_A, "fail");
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(look_at(s, "9.9.9.9"), DNSBL_FAILED);
	dnsbls_describe_json(dnsbls, &after);
	ck_assert_str_eq(after.bytes, before.bytes);
	/* Neither a bad proof is kept nor who is on no list. */
	say(".127.bl", DNS_A, "");
	say("5.3.2.1.bl", DNS_A, "127.0.0.2");
	ck_assert_int_eq(ask_site(s, "4.3.2.1").result, DNSBL_LISTED);
	ck_assert_int_eq(ask_site(s, "5.3.2.1").result, DNSBL_LISTED);
	strbuf_free(&before);
	strbuf_free(&after);
}
END_TEST

START_TEST(a_look_shares_the_proof_of_others)
{
	struct got asked = { 0 }, looked = { 0 };
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say("7.7.7.7.bl", DNS_A, "127.0.0.2");
	is_held = true;
	dnsbl_ask(s, DNSBL_IP4, "7.7.7.7", on_answer, &asked);
	release("7.7.7.7");
	table[ntable - 1].is_cached = true; /* for who comes later */
	dnsbl_look(s, DNSBL_IP4, "7.7.7.7", on_answer, &looked);
	release("7.7.7.7");
	ck_assert_uint_eq(release(".127.bl"), 1);
	ck_assert_int_eq(asked.result, DNSBL_LISTED);
	ck_assert_int_eq(looked.result, DNSBL_LISTED);
}
END_TEST

START_TEST(strict_counts_listings_only)
{
	static const struct {
		const char *answer;
		bool strict_counts;
	} cases[] = { { "127.0.0.2", true }, { "127.1.2.3", true },
		{ "127.0.0.1", false }, { "192.0.2.1", false },
		{ "127.255.255.254", false } };

	for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
		const char *answer = cases[i / 2].answer;
		struct got got;

		options.strict = i % 2 == 0;
		options.test_interval = 0;
		start();
		say("9.bl", DNS_A, answer);
		got = ask_site(site("bl.test", DNSBL_BLOCKS), "9.9.9.9");
		ck_assert_msg((got.result == DNSBL_LISTED) ==
			(!options.strict || cases[i / 2].strict_counts),
		    "%s", answer);
		dnsbls_free(dnsbls);
	}
	start();
}
END_TEST

START_TEST(without_tests_it_is_as_in_postfix)
{
	struct got got;

	options.strict = false;
	options.test_interval = 0;
	start();
	nasked = 0;
	say("test", DNS_A, "192.0.2.1");
	got = ask_site(site("any.test", DNSBL_BLOCKS), "9.9.9.9");
	ck_assert_int_eq(got.result, DNSBL_LISTED);
	ck_assert_uint_eq(nasked, 2); /* address, text */
	say("test", DNS_A, "fail");
	for (int i = 0; i < 20; i++)
		got = ask_site(site("any.test", DNSBL_BLOCKS), "9.9.9.9");
	ck_assert_int_eq(got.result, DNSBL_FAILED);
	ck_assert_str_eq(got.why, "SERVFAIL");
}
END_TEST

START_TEST(an_untested_list_may_hold_the_test_net)
{
	options.untested = "x.test, BL.test";
	start();
	say(".bl", DNS_A, "127.0.0.2");
	ck_assert_int_eq(
	    ask_site(site("bl.test", DNSBL_BLOCKS), "9.9.9.9").result,
	    DNSBL_LISTED);
}
END_TEST

START_TEST(names_have_test_points_of_their_own)
{
	struct got got = { 0 };
	struct dnsbl_site *s;

	start();
	say("spam.example.bl", DNS_A, "127.0.0.2");
	s = site("bl.test", DNSBL_BLOCKS_NAMES);
	dnsbl_ask(s, DNSBL_NAME, "Spam.Example", on_answer, &got);
	ck_assert_int_eq(got.result, DNSBL_LISTED);
	dnsbl_ask(s, DNSBL_NAME, "ham.example", on_answer, &got);
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
}
END_TEST

START_TEST(who_is_on_no_list_is_not_looked_up_again)
{
	struct dnsbl_site *first, *second, *again;

	start();
	first = site("bl.test", DNSBL_BLOCKS);
	second = site("more.bl.test", DNSBL_BLOCKS);
	nasked = 0;
	ask_site(first, "5.3.2.1");
	ck_assert_uint_eq(nasked, 1);
	ask_site(first, "5.3.2.1");
	ck_assert_uint_eq(nasked, 1);
	ask_site(second, "5.3.2.1"); /* what another list said is no matter */
	ck_assert_uint_eq(nasked, 2);
	ask_site(second, "5.3.2.1");
	ck_assert_uint_eq(nasked, 2);
	dnsbls_flush(dnsbls);
	ask_site(second, "5.3.2.1");
	ck_assert_uint_eq(nasked, 3);

	/* A list that goes takes along what it said. */
	dnsbl_site_release(first);
	again = site("other.bl.test", DNSBL_BLOCKS);
	nasked = 0;
	ask_site(again, "5.3.2.1");
	ck_assert_uint_eq(nasked, 1);
}
END_TEST

START_TEST(texts_are_joined_and_made_harmless)
{
	struct got got;

	start();
	say("4.3.2.1.bl", DNS_TXT, "\"a\n\xff z\"");
	got = ask_site(site("bl.test", DNSBL_BLOCKS), "4.3.2.1");
	ck_assert_str_eq(got.text, "a   z");
}
END_TEST

START_TEST(makes_labels)
{
	static const struct {
		const char *address, *label;
	} cases[] = {
		{ "192.0.2.99", "99.2.0.192" },
		{ "2001:db8::b:a",
		    "a.0.0.0.b.0.0.0.0.0.0.0.0.0.0.0."
		    "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2" },
	};
	enum dnsbl_kind kind;
	struct ip none = { 0 };
	char label[DNSBL_LABEL_SIZE];

	for (size_t i = 0; i < 2; i++) {
		struct ip ip;

		ck_assert(ip_parse(&ip, cases[i].address));
		ck_assert(dnsbl_label(&ip, &kind, label));
		ck_assert_str_eq(label, cases[i].label);
	}
	ck_assert(!dnsbl_label(&none, &kind, label));
	start();
}
END_TEST

START_TEST(refuses_what_is_no_zone)
{
	static const char *const bad[] = { "", "=127.0.0.2", "a..b", ".a",
		"a b", "a/b", "bl.test=", "bl.test=127.0.0" };
	struct conf_origin origin = { "policyd.cf", 7 };

	start();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct strbuf err = { 0 };

		ck_assert_msg(dnsbl_site_parse(dnsbls, bad[i], DNSBL_BLOCKS,
				  origin, &err) == NULL,
		    "%s", bad[i]);
		ck_assert_int_eq(
		    strncmp(strbuf_str(&err), "policyd.cf:7: ", 14), 0);
		strbuf_free(&err);
	}
	ck_assert_str_eq(
	    dnsbl_site_zone(site("Bl.Test.=127.0.0.2", DNSBL_BLOCKS)),
	    "Bl.Test.");
}
END_TEST

START_TEST(a_site_is_shared_and_can_be_released)
{
	struct dnsbl_site *s, *same;
	struct got got = { 0 };

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	same = site("bl.test", DNSBL_BLOCKS);
	ck_assert_ptr_eq(s, same);
	dnsbl_site_release(same);
	is_held = true;
	dnsbl_cancel(dnsbl_ask(s, DNSBL_IP4, "4.3.2.1", on_answer, &got));
	dnsbl_site_release(s);
	ck_assert(TAILQ_EMPTY(&open_questions));
}
END_TEST

static bool
resolver_is_blamed(void)
{
	struct strbuf out = { 0 };
	bool is_blamed;

	dnsbls_describe(dnsbls, &out);
	is_blamed = strstr(strbuf_str(&out), "it is the resolver") != NULL;
	strbuf_free(&out);
	return is_blamed;
}

/* Ask two lists that give no answer until the resolver is blamed for it. */
static void
ask_in_vain(struct dnsbl_site *a, struct dnsbl_site *b)
{
	char label[20];

	say(".bl.a", DNS_A, "fail");
	say(".bl.b", DNS_A, "fail");
	for (int i = 0; i < 10; i++) {
		snprintf(label, sizeof label, "%d.1.1.1", i);
		ask_site(a, label);
		ask_site(b, label);
	}
	ck_assert(!resolver_is_blamed());
	while (!resolver_is_blamed()) /* in a moment */
		event_base_loop(base, EVLOOP_ONCE);
}

START_TEST(a_list_with_a_server_of_its_own_does_not_speak_for_the_resolver)
{
	struct dnsbl_site *a, *b, *own;

	start();
	a = site("bl.a", DNSBL_BLOCKS);
	b = site("bl.b", DNSBL_BLOCKS);
	own = site("bl.own", DNSBL_BLOCKS);
	ask_in_vain(a, b);
	ask_site(own, "1.1.1.1");
	ck_assert(resolver_is_blamed());
	say(".bl.b", DNS_A, "");
	ask_site(b, "1.1.1.2");
	ck_assert(!resolver_is_blamed());
}
END_TEST

/* As the machine's only list does, when it closes. */
START_TEST(a_lone_list_that_fails_is_at_fault_itself)
{
	struct dnsbl_site *s;
	char label[20];

	start();
	s = site("bl.a", DNSBL_BLOCKS);
	say(".bl.a", DNS_A, "fail");
	for (int i = 0; i < 10; i++) {
		snprintf(label, sizeof label, "%d.1.1.1", i);
		ask_site(s, label);
	}
	while (strstr(ask_site(s, "1.1.1.1").why, "failing") == NULL) {
		event_base_loop(base, EVLOOP_ONCE); /* in a moment */
		ck_assert(!resolver_is_blamed());
	}
}
END_TEST

START_TEST(the_blame_ends_when_most_lists_answer)
{
	static const char *const good[] = { "bl.c", "bl.d", "bl.e" };
	struct dnsbl_site *a, *b;

	start();
	a = site("bl.a", DNSBL_BLOCKS);
	b = site("bl.b", DNSBL_BLOCKS);
	ask_in_vain(a, b);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ask_site(site(good[i], DNSBL_BLOCKS), "1.1.1.1");
	ask_site(a, "1.1.1.2");
	while (resolver_is_blamed())
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_ptr_nonnull(strstr(ask_site(a, "1.1.1.3").why, "failing"));
}
END_TEST

START_TEST(a_list_is_not_blamed_for_what_it_was_not_asked)
{
	struct dnsbl_site *a;
	char label[20];

	start();
	a = site("bl.a", DNSBL_BLOCKS);
	say(".bl.a", DNS_A, "unasked");
	for (int i = 0; i < 20; i++) {
		snprintf(label, sizeof label, "%d.1.1.1", i);
		ck_assert_int_eq(ask_site(a, label).result, DNSBL_FAILED);
	}
	event_base_loopexit(base, &(struct timeval){ .tv_sec = 1 });
	event_base_dispatch(base);
	say(".bl.a", DNS_A, "");
	say("1.1.1.2.bl.a", DNS_A, "127.0.0.2");
	ck_assert_int_eq(ask_site(a, "1.1.1.2").result, DNSBL_LISTED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl");
	TCase *tc = tcase_create("dnsbl");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, answers_with_text_and_address);
	tcase_add_test(tc, a_filter_picks_answers);
	tcase_add_test(tc, a_hit_waits_for_the_first_test);
	tcase_add_test(tc, a_list_that_fails_its_first_test_lists_nobody);
	tcase_add_test(tc,
	    a_list_whose_first_test_is_not_answered_does_not_count_yet);
	tcase_add_test(tc, who_does_not_wait_for_the_first_test_is_forgotten);
	tcase_add_test(tc, a_list_of_the_world_lists_nobody);
	tcase_add_test(tc, hits_share_the_proof_asked_after_them);
	tcase_add_test(tc, a_fresh_hit_needs_a_proof_of_its_own);
	tcase_add_test(tc, one_proof_at_a_time_is_asked);
	tcase_add_test(tc, a_cached_hit_keeps_its_proof);
	tcase_add_test(tc, a_hit_without_proof_never_counts_later);
	tcase_add_test(tc, a_hit_nobody_waits_for_is_proved);
	tcase_add_test(tc, a_look_gives_the_answer_and_leaves_no_trace);
	tcase_add_test(tc, a_look_shares_the_proof_of_others);
	tcase_add_test(tc, strict_counts_listings_only);
	tcase_add_test(tc, without_tests_it_is_as_in_postfix);
	tcase_add_test(tc, an_untested_list_may_hold_the_test_net);
	tcase_add_test(tc, names_have_test_points_of_their_own);
	tcase_add_test(tc, who_is_on_no_list_is_not_looked_up_again);
	tcase_add_test(tc, texts_are_joined_and_made_harmless);
	tcase_add_test(tc, makes_labels);
	tcase_add_test(tc, refuses_what_is_no_zone);
	tcase_add_test(tc, a_site_is_shared_and_can_be_released);
	tcase_add_test(tc,
	    a_list_with_a_server_of_its_own_does_not_speak_for_the_resolver);
	tcase_add_test(tc, a_lone_list_that_fails_is_at_fault_itself);
	tcase_add_test(tc, the_blame_ends_when_most_lists_answer);
	tcase_add_test(tc, a_list_is_not_blamed_for_what_it_was_not_asked);
	return testing_run(suite);
}
