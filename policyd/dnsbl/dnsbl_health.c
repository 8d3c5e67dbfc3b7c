/*
 * The states of a DNS list, and what leads from one to another.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dnsbl_health.h"

const char *
dnsbl_state_name(enum dnsbl_state state)
{
	switch (state) {
	case DNSBL_UNTESTED:
		return "untested";
	case DNSBL_OK:
		return "ok";
	case DNSBL_UNTESTABLE:
		return "untestable";
	case DNSBL_UNWATCHED:
		return "unwatched";
	case DNSBL_FAILING:
		return "failing";
	case DNSBL_QUARANTINED:
		return "quarantined";
	}
	abort();
}

void
dnsbl_health_init(struct dnsbl_health *h, bool is_tested, time_t now)
{
	*h = (struct dnsbl_health){
		.state = is_tested ? DNSBL_UNTESTED : DNSBL_UNWATCHED,
		.is_tested = is_tested,
		.since = now,
	};
}

void
dnsbl_health_free(struct dnsbl_health *h)
{
	strbuf_free(&h->reason);
	strbuf_free(&h->remedy);
}

enum dnsbl_outcome
dnsbl_outcome_of(const struct dns_answer *answer)
{
	static const unsigned char refusal[] = { 127, 255, 255 };
	static const unsigned char localhost[] = { 127, 0, 0, 1 };
	enum dnsbl_outcome outcome = DNSBL_IS_ODD;

	switch (answer->status) {
	case DNS_FAILED:
	case DNS_MALFORMED:
		return DNSBL_SAYS_NOTHING;
	case DNS_NOT_FOUND:
		return DNSBL_SAYS_NO;
	case DNS_FOUND:
		break;
	}
	for (size_t i = 0; i < answer->nrecords; i++) {
		const unsigned char *bytes = answer->records[i].ip.bytes;

		if (memcmp(bytes, refusal, sizeof refusal) == 0)
			return DNSBL_REFUSES;
		if (bytes[0] == 127 &&
		    memcmp(bytes, localhost, sizeof localhost) != 0)
			outcome = DNSBL_SAYS_YES;
	}
	return outcome;
}

bool
dnsbl_health_is_used(const struct dnsbl_health *h)
{
	switch (h->state) {
	case DNSBL_OK:
	case DNSBL_UNTESTABLE:
	case DNSBL_UNWATCHED:
		return true;
	case DNSBL_QUARANTINED:
		return h->is_gone;
	case DNSBL_UNTESTED:
	case DNSBL_FAILING:
		return false;
	}
	abort();
}

bool
dnsbl_health_is_new(const struct dnsbl_health *h)
{
	return h->state == DNSBL_UNTESTED && !h->test_failed;
}

bool
dnsbl_health_is_suspect(const struct dnsbl_health *h)
{
	switch (h->state) {
	case DNSBL_OK:
	case DNSBL_UNTESTABLE:
	case DNSBL_UNWATCHED:
		return h->failures_in_row >= DNSBL_FAILURES_MAX;
	case DNSBL_UNTESTED:
		return h->test_failed;
	case DNSBL_FAILING:
	case DNSBL_QUARANTINED:
		return false;
	}
	abort();
}

static bool
enter(struct dnsbl_health *h, enum dnsbl_state state, time_t now,
    const char *reason, const char *remedy)
{
	strbuf_truncate(&h->reason, 0);
	strbuf_adds(&h->reason, reason);
	strbuf_truncate(&h->remedy, 0);
	strbuf_adds(&h->remedy, remedy);
	h->is_gone = false;
	if (h->state == state)
		return false;
	h->state = state;
	h->since = now;
	h->failures_in_row = 0;
	return true;
}

void
dnsbl_health_restart(struct dnsbl_health *h, bool is_tested, time_t now)
{
	h->is_tested = is_tested;
	enter(h, is_tested ? DNSBL_UNTESTED : DNSBL_UNWATCHED, now, "", "");
}

/* "answers 192.0.2.1" */
static void
describe_answer(struct strbuf *text, const struct dns_answer *answer)
{
	strbuf_adds(text, "answers ");
	ip_print(&answer->records[0].ip, text);
}

/*
 * Quarantine for an answer to a question that must not be answered so.
 * listed: the reason when it is a listing.
 */
static bool
quarantine(struct dnsbl_health *h, const struct dns_answer *answer,
    const char *listed, time_t now)
{
	struct strbuf reason = { 0 };
	const char *remedy = NULL;
	bool has_changed;

	switch (dnsbl_outcome_of(answer)) {
	case DNSBL_REFUSES:
		describe_answer(&reason, answer);
		strbuf_adds(&reason, ": refuses to answer this resolver");
		remedy = "ask from a resolver of your own (resolver = "
			 "recursive), or register with the list";
		break;
	case DNSBL_IS_ODD:
		describe_answer(&reason, answer);
		strbuf_adds(&reason, ", which is no listing");
		remedy = "see whether the list still exists; if not, take it "
			 "out of the configuration";
		break;
	case DNSBL_SAYS_YES:
		strbuf_adds(&reason, listed);
		remedy = "take it out of the configuration, or, if it holds "
			 "127.0.0.0/8 on purpose, name it in dnsbl_untested";
		break;
	case DNSBL_SAYS_NO:
	case DNSBL_SAYS_NOTHING:
		abort();
	}
	has_changed =
	    enter(h, DNSBL_QUARANTINED, now, strbuf_str(&reason), remedy);
	strbuf_free(&reason);
	return has_changed;
}

bool
dnsbl_test_needs_zone(const struct dnsbl_test *test)
{
	return dnsbl_outcome_of(test->listed) == DNSBL_SAYS_NO &&
	    dnsbl_outcome_of(test->unlisted) == DNSBL_SAYS_NO;
}

bool
dnsbl_health_tested(struct dnsbl_health *h, const struct dnsbl_test *test,
    time_t now)
{
	enum dnsbl_outcome listed = dnsbl_outcome_of(test->listed);
	enum dnsbl_outcome unlisted = dnsbl_outcome_of(test->unlisted);
	bool has_changed;

	h->last_test = now;
	h->test_failed = false;
	if (listed == DNSBL_REFUSES || listed == DNSBL_IS_ODD)
		return quarantine(h, test->listed, "", now);
	if (unlisted != DNSBL_SAYS_NO && unlisted != DNSBL_SAYS_NOTHING)
		return quarantine(h, test->unlisted, test->if_listed, now);
	/* Without an answer it says nothing new. */
	h->test_failed = listed == DNSBL_SAYS_NOTHING ||
	    unlisted == DNSBL_SAYS_NOTHING ||
	    (test->zone != NULL && test->zone->status == DNS_FAILED);
	if (h->test_failed)
		return false;
	if (listed == DNSBL_SAYS_YES)
		return enter(h, DNSBL_OK, now, "", "");
	if (!test->zone->is_nxdomain)
		return enter(h, DNSBL_UNTESTABLE, now,
		    "has no test points (RFC 5782)",
		    "none: it is used untested");
	has_changed =
	    enter(h, DNSBL_QUARANTINED, now, "the zone does not exist",
		"correct its name, or take it out of the configuration");
	h->is_gone = true;
	return has_changed;
}

bool
dnsbl_health_answered(struct dnsbl_health *h, const struct dns_answer *answer,
    time_t now)
{
	enum dnsbl_outcome outcome = dnsbl_outcome_of(answer);

	h->last_lookup = now;
	latency_add(&h->latency, answer->ms);
	if (outcome == DNSBL_SAYS_NOTHING) {
		h->failures++;
		h->failures_in_row++;
		return false;
	}
	h->failures_in_row = 0;
	if (outcome == DNSBL_REFUSES && h->is_tested)
		return quarantine(h, answer, "", now);
	if (h->state == DNSBL_FAILING)
		return enter(h, h->before_failing, now, "", "");
	return false;
}

bool
dnsbl_health_fails(struct dnsbl_health *h, time_t now)
{
	struct strbuf reason = { 0 };
	bool has_changed;

	if (h->state == DNSBL_UNTESTED)
		strbuf_adds(&reason, "its first test got no answer");
	else
		strbuf_addf(&reason, "its last %u lookups got no answer",
		    h->failures_in_row);
	h->before_failing = h->state;
	has_changed = enter(h, DNSBL_FAILING, now, strbuf_str(&reason),
	    "see whether its name servers can be reached from here; if it "
	    "has closed, take it out of the configuration");
	strbuf_free(&reason);
	return has_changed;
}

bool
dnsbl_health_proved(struct dnsbl_health *h, const struct dns_answer *answer,
    time_t now)
{
	switch (dnsbl_outcome_of(answer)) {
	case DNSBL_SAYS_YES:
	case DNSBL_REFUSES:
	case DNSBL_IS_ODD:
		return quarantine(h, answer,
		    "lists what it cannot know: perhaps everything", now);
	case DNSBL_SAYS_NO:
		if (!h->is_gone)
			return false;
		return enter(h, DNSBL_UNTESTABLE, now,
		    "lists clients, but has no test points (RFC 5782)",
		    "none: it is used untested");
	case DNSBL_SAYS_NOTHING:
		return false;
	}
	abort();
}
