/*
 * What guessing costs.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mem.h"
#include "penalty.h"
#include "tally.h"

#define MINUTE_MS 60000L
#define DAY_MS    (24 * 60 * MINUTE_MS)

#define SOURCES  65536
#define SITES    16384
#define ACCOUNTS 16384
#define PAIRS    65536

/* Failures, lately, at which the delay begins to grow, and has doubled. */
#define SOURCE_FREE  1
#define SOURCE_FULL  10
#define SITE_FREE    (SITE_SOURCES * SOURCE_FREE)
#define SITE_FULL    (SITE_SOURCES * SOURCE_FULL)
#define ACCOUNT_FREE 5 /* a user who mistypes */
#define ACCOUNT_FULL 20

struct penalty {
	struct tally *sources;  /* failures from there */
	struct tally *sites;    /* failures of strangers from all of it */
	struct tally *accounts; /* failures from where it never logged in */
	struct tally *pairs;    /* user and source that belong together */
};

struct penalty *
penalty_new(void)
{
	struct penalty *penalty = xcalloc(1, sizeof *penalty);

	penalty->sources = tally_new(SOURCES, 10 * MINUTE_MS);
	penalty->sites = tally_new(SITES, 10 * MINUTE_MS);
	penalty->accounts = tally_new(ACCOUNTS, 10 * MINUTE_MS);
	penalty->pairs = tally_new(PAIRS, 30 * DAY_MS);
	return penalty;
}

void
penalty_free(struct penalty *penalty)
{
	if (penalty == NULL)
		return;
	tally_free(penalty->sources);
	tally_free(penalty->sites);
	tally_free(penalty->accounts);
	tally_free(penalty->pairs);
	free(penalty);
}

static void
add_pair(struct strbuf *key, const char *user, const struct source *source)
{
	strbuf_add(key, source, sizeof *source);
	strbuf_adds(key, user);
}

bool
penalty_is_known(const struct penalty *penalty, const char *user,
    const struct source *source, long now)
{
	struct strbuf key = { 0 };
	bool known;

	add_pair(&key, user, source);
	known = tally_get(penalty->pairs, key.bytes, key.len, now) > 0;
	strbuf_free(&key);
	return known;
}

void
penalty_succeeded(struct penalty *penalty, const char *user,
    const struct source *source, long now)
{
	struct strbuf key = { 0 };

	add_pair(&key, user, source);
	tally_add(penalty->pairs, key.bytes, key.len, 1, now);
	strbuf_free(&key);
}

/* 0 at free failures or fewer, 1 at full or more. */
static double
growth(double failures, double free, double full)
{
	if (failures <= free)
		return 0;
	return failures >= full ? 1 : (failures - free) / (full - free);
}

static double
larger(double a, double b)
{
	return a > b ? a : b;
}

/*
 * One failure more where the user never logged in: what his account and the
 * site that it came from make of it.  own: what the source made of it; for that
 * much the site is not blamed, so that one guesser does not slow all of it.
 */
static double
growth_of_stranger(struct penalty *penalty, const char *user,
    const struct source *source, double own, long now)
{
	double failures =
	    tally_add(penalty->accounts, user, strlen(user), 1, now);
	double grown = growth(failures, ACCOUNT_FREE, ACCOUNT_FULL);
	struct source site;

	if (!source_site(source, &site))
		return grown;
	failures = tally_add(penalty->sites, &site, sizeof site, 1 - own, now);
	return larger(grown, growth(failures, SITE_FREE, SITE_FULL));
}

long
penalty_failed(struct penalty *penalty, const char *user,
    const struct source *source, long base_ms, long now)
{
	double grown;

	if (source->family == 0)
		return base_ms;
	grown =
	    growth(tally_add(penalty->sources, source, sizeof *source, 1, now),
		SOURCE_FREE, SOURCE_FULL);
	if (!penalty_is_known(penalty, user, source, now))
		grown = larger(grown,
		    growth_of_stranger(penalty, user, source, grown, now));
	return base_ms + (long)(grown * (double)base_ms);
}

long
penalty_of_stranger(const struct penalty *penalty, const char *user,
    long base_ms, long now)
{
	double failures =
	    tally_get(penalty->accounts, user, strlen(user), now) + 1;

	return base_ms +
	    (long)(growth(failures, ACCOUNT_FREE, ACCOUNT_FULL) *
		(double)base_ms);
}

struct printing {
	struct strbuf *out;
	long base_ms;
};

static void
print_line(const struct printing *printing, const char *who,
    const struct strbuf *what, double failures, double grown)
{
	strbuf_addf(printing->out, "%s %s failures=%.0f delay_ms=%ld\n", who,
	    strbuf_str(what), failures,
	    printing->base_ms + (long)(grown * (double)printing->base_ms));
}

static void
print_source(void *arg, const void *key, size_t len, double failures)
{
	struct strbuf text = { 0 };

	(void)len;
	source_print(key, &text);
	print_line(arg, "address", &text, failures,
	    growth(failures, SOURCE_FREE, SOURCE_FULL));
	strbuf_free(&text);
}

static void
print_site(void *arg, const void *key, size_t len, double failures)
{
	struct strbuf text = { 0 };

	(void)len;
	source_print(key, &text);
	print_line(arg, "network", &text, failures,
	    growth(failures, SITE_FREE, SITE_FULL));
	strbuf_free(&text);
}

static void
print_account(void *arg, const void *key, size_t len, double failures)
{
	struct strbuf text = { 0 };

	log_escape(&text, key, len);
	print_line(arg, "user", &text, failures,
	    growth(failures, ACCOUNT_FREE, ACCOUNT_FULL));
	strbuf_free(&text);
}

void
penalty_print(const struct penalty *penalty, long base_ms, long now,
    struct strbuf *out)
{
	struct printing printing = { .out = out, .base_ms = base_ms };
	size_t all;

	all = tally_top(penalty->sources, SOURCE_FREE + 0.5, now, print_source,
	    &printing);
	strbuf_addf(out, "addresses that fail often: %zu\n", all);
	all = tally_top(penalty->sites, SITE_FREE + 0.5, now, print_site,
	    &printing);
	strbuf_addf(out,
	    "networks that fail often, slowed where users never logged in: "
	    "%zu\n",
	    all);
	all = tally_top(penalty->accounts, ACCOUNT_FREE + 0.5, now,
	    print_account, &printing);
	strbuf_addf(out,
	    "users under attack, slowed where they never logged in: %zu\n",
	    all);
}
