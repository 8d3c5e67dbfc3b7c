/*
 * Limits of the guard as they are written.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <strings.h>

#include "guard_limits.h"
#include "places.h"
#include "rate_limit.h"

/* A budget, while its words come. */
struct reading {
	struct guard_budget budget;
	bool has_hour, has_day;
};

/* N/1h or N/1d.  Returns 0, or -1 with the reason in err. */
static int
read_word(struct reading *reading, const char *word, struct strbuf *err)
{
	struct rate_limit limit;
	bool *has;

	if (rate_limit_parse_amount(&limit, word, err) == -1)
		return -1;
	if (limit.length != PLACES_HOUR && limit.length != PLACES_DAY) {
		strbuf_addf(err, "\"%s\": the guard counts in 1h and in 1d",
		    word);
		return -1;
	}
	has = limit.length == PLACES_HOUR ? &reading->has_hour
					  : &reading->has_day;
	if (*has) {
		strbuf_addf(err, "\"%s\": there is a limit in %s already", word,
		    limit.time);
		return -1;
	}
	*has = true;
	if (limit.length == PLACES_HOUR)
		reading->budget.hour = limit.most;
	else
		reading->budget.day = limit.most;
	return 0;
}

static int
end_reading(struct reading *reading, struct guard_budget *budget,
    struct strbuf *err)
{
	if (!reading->has_hour && !reading->has_day) {
		strbuf_adds(err, "expected N/1h N/1d, as 50/1h 100/1d");
		return -1;
	}
	if (!reading->has_hour)
		reading->budget.hour = reading->budget.day;
	if (!reading->has_day)
		reading->budget.day = 2 * reading->budget.hour;
	*budget = reading->budget;
	return 0;
}

/* Call read for each word.  Returns -1 with the reason in why, or a line in
 * err. */
static int
each_word(const struct conf_text *text,
    int (*read)(void *arg, const char *word, struct strbuf *why), void *arg,
    struct strbuf *why, struct strbuf *err)
{
	struct conf_word word;
	size_t pos = 0;
	int more, result = 0;

	while (result == 0 &&
	    (more = conf_next_word(text, &pos, &word, err)) != 0) {
		char *copy;

		if (more == -1)
			return -1;
		copy = conf_word_dup(&word);
		result = read(arg, copy, why);
		free(copy);
	}
	return result;
}

/* What is wrong, as a line. */
static int
blame(const char *parameter, const struct conf_text *text, struct strbuf *why,
    struct strbuf *err)
{
	if (why->len > 0)
		conf_error(err, conf_text_origin(text, 0), "%s: %s", parameter,
		    strbuf_str(why));
	strbuf_free(why);
	return -1;
}

static int
read_budget_word(void *arg, const char *word, struct strbuf *why)
{
	return read_word(arg, word, why);
}

int
guard_budget_parse(struct guard_budget *budget, const char *parameter,
    const struct conf_text *text, struct strbuf *err)
{
	struct reading reading = { 0 };
	struct strbuf why = { 0 };

	if (each_word(text, read_budget_word, &reading, &why, err) == -1 ||
	    end_reading(&reading, budget, &why) == -1)
		return blame(parameter, text, &why, err);
	return 0;
}

/* Numbers of places. */

struct origins {
	uint64_t counts[2];
	size_t n;
};

static int
read_origins_word(void *arg, const char *word, struct strbuf *why)
{
	struct origins *origins = arg;
	struct rate_limit limit;

	if (rate_limit_parse_amount(&limit, word, why) == -1)
		return -1;
	if (limit.length != PLACES_HOUR || origins->n == 2) {
		strbuf_addf(why, "\"%s\": expected N/1h N/1h, as 3/1h 5/1h",
		    word);
		return -1;
	}
	origins->counts[origins->n++] = limit.most;
	return 0;
}

int
guard_origins_parse(struct guard_limits *limits, const char *parameter,
    const struct conf_text *text, struct strbuf *err)
{
	struct origins origins = { 0 };
	struct strbuf why = { 0 };

	if (each_word(text, read_origins_word, &origins, &why, err) == -1)
		return blame(parameter, text, &why, err);
	if (origins.n != 2 || origins.counts[0] > origins.counts[1]) {
		strbuf_adds(&why,
		    "expected N/1h N/1h, the smaller one first, as 3/1h 5/1h");
		return blame(parameter, text, &why, err);
	}
	limits->strict_origins = origins.counts[0];
	limits->hostile_origins = origins.counts[1];
	return 0;
}

/* Values of tables. */

struct value {
	struct guard_limits *limits;
	struct guard_budget *budget; /* that the words are of; NULL: of none */
	struct reading reading;
};

static int
end_budget(struct value *value, struct strbuf *why)
{
	return value->budget == NULL
	    ? 0
	    : end_reading(&value->reading, value->budget, why);
}

static int
read_value_word(void *arg, const char *word, struct strbuf *why)
{
	struct value *value = arg;
	struct guard_budget *named = NULL;

	if (strcasecmp(word, "own") == 0)
		named = &value->limits->own;
	else if (strcasecmp(word, "strange") == 0)
		named = &value->limits->strange;
	if (named != NULL) {
		if (end_budget(value, why) == -1)
			return -1;
		value->budget = named;
		value->reading = (struct reading){ 0 };
		return 0;
	}
	if (value->budget == NULL) {
		strbuf_addf(why, "\"%s\": expected none, own or strange", word);
		return -1;
	}
	return read_word(&value->reading, word, why);
}

int
guard_limits_parse_value(struct guard_limits *limits, const char *text,
    struct strbuf *err)
{
	struct value value = { .limits = limits };
	struct conf_text words = { 0 };
	int result;

	conf_text_set(&words, text, (struct conf_origin){ 0 });
	result = each_word(&words, read_value_word, &value, err, err);
	if (result == 0)
		result = end_budget(&value, err);
	if (result == 0 && value.budget == NULL) {
		strbuf_adds(err, "expected none, own or strange");
		result = -1;
	}
	conf_text_free(&words);
	return result;
}
