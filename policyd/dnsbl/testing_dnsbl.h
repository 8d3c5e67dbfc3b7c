#ifndef TESTING_DNSBL_H
#define TESTING_DNSBL_H

#include <event2/event.h>

#include "testing.h"
#include "testing_clock.h"
#include "dnsbl.h"
#include "dnsbl_lists.h"
#include "testing_questions.h"

static struct event_base *base;
static struct dnsbls *dnsbls;
static struct dnsbl_options options;

static inline void
start(void)
{
	dnsbls = dnsbls_new(base, &dns, &options);
	dnsbls_start(dnsbls);
}

static inline void
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

static inline void
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

static inline struct dnsbl_site *
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

static inline void
on_answer(void *arg, const struct dnsbl_answer *answer)
{
	struct got *got = arg;

	got->calls++;
	got->result = answer->result;
	snprintf(got->text, sizeof got->text, "%s", answer->text);
	snprintf(got->why, sizeof got->why, "%s", answer->why);
}

static inline struct got
ask_kind(struct dnsbl_site *s, enum dnsbl_kind kind, const char *label)
{
	struct got got = { 0 };

	ck_assert_ptr_null(dnsbl_ask(s, kind, label, on_answer, &got));
	ck_assert_int_eq(got.calls, 1);
	return got;
}

static inline struct got
ask_site(struct dnsbl_site *s, const char *label)
{
	return ask_kind(s, DNSBL_IP4, label);
}

#endif
