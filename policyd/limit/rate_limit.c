/*
 * Rate limits as they are written.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rate_limit.h"
#include "conf.h"

#define LENGTH_MAX (366L * 86400)

static const struct unit {
	const char *name, *parameter;
} units[RATE_UNITS] = {
	[RATE_RECIPIENTS] = { "recipients", "recipient_rate_limits" },
	[RATE_MESSAGES] = { "messages", "message_rate_limits" },
	[RATE_BYTES] = { "bytes", "byte_rate_limits" },
	[RATE_DISTINCT_RECIPIENTS] = { "distinct recipients",
	    "distinct_recipient_rate_limits" },
};

const char *
rate_unit_name(enum rate_unit unit)
{
	return units[unit].name;
}

const char *
rate_unit_parameter(enum rate_unit unit)
{
	return units[unit].parameter;
}

int
rate_limit_parse_amount(struct rate_limit *limit, const char *word,
    struct strbuf *err)
{
	const char *slash = strchr(word, '/');
	char number[32];
	size_t len;
	long most;

	if (slash == NULL) {
		strbuf_addf(err, "\"%s\": expected N/TIME, as 300/1h", word);
		return -1;
	}
	len = (size_t)(slash - word);
	if (len < sizeof number) {
		memcpy(number, word, len);
		number[len] = '\0';
	}
	if (len >= sizeof number || conf_parse_size(number, &most) == -1) {
		strbuf_addf(err, "\"%s\": before the / stands no number", word);
		return -1;
	}
	if (conf_parse_time(slash + 1, &limit->length) == -1 ||
	    limit->length < 1 || limit->length > LENGTH_MAX ||
	    strlen(slash + 1) >= sizeof limit->time) {
		strbuf_addf(err,
		    "\"%s\": behind the / stands no time from 1s to 366d",
		    word);
		return -1;
	}
	limit->most = (uint64_t)most;
	memcpy(limit->time, slash + 1, strlen(slash + 1) + 1);
	return 0;
}

/* Behind those of the key that there are: they stand together. */
static size_t
place_of(const struct rate_limits *limits, enum rate_key key)
{
	size_t place = limits->n;

	for (size_t i = 0; i < limits->n; i++)
		if (limits->limits[i].key == key)
			place = i + 1;
	return place;
}

static int
add(struct rate_limits *limits, enum rate_key key, const char *word,
    struct strbuf *err)
{
	struct rate_limit limit = { .key = key };
	size_t place = place_of(limits, key);

	if (rate_limit_parse_amount(&limit, word, err) == -1)
		return -1;
	for (size_t i = 0; i < limits->n; i++)
		if (limits->limits[i].key == key &&
		    limits->limits[i].length == limit.length) {
			strbuf_addf(err, "\"%s\": %s has a limit in %s already",
			    word, rate_key_name(key), limits->limits[i].time);
			return -1;
		}
	if (limits->n == RATE_LIMITS_MAX) {
		strbuf_addf(err, "more than %d limits", RATE_LIMITS_MAX);
		return -1;
	}
	memmove(&limits->limits[place + 1], &limits->limits[place],
	    (limits->n - place) * sizeof limit);
	limits->limits[place] = limit;
	limits->n++;
	return 0;
}

size_t
rate_limits_of_key(const struct rate_limits *limits, size_t first)
{
	size_t i = first;

	while (
	    i < limits->n && limits->limits[i].key == limits->limits[first].key)
		i++;
	return i - first;
}

/* One word, which may be a key; *key: the one that was last; *has_limit:
 * whether a limit of it came. */
static int
read_word(struct rate_limits *limits, const char *word, enum rate_key *key,
    bool *has_limit, struct strbuf *err)
{
	enum rate_key named = rate_key_find(word);

	if (*key != RATE_KEYS && named == RATE_KEYS &&
	    (!*has_limit || strchr(word, '/') != NULL)) {
		*has_limit = true;
		return add(limits, *key, word, err);
	}
	if (named == RATE_KEYS) {
		rate_key_blame(word, err);
		return -1;
	}
	if (!*has_limit) {
		strbuf_addf(err, "no limit follows %s", rate_key_name(*key));
		return -1;
	}
	*key = named;
	*has_limit = false;
	return 0;
}

int
rate_limits_parse(struct rate_limits *limits, enum rate_unit unit,
    const struct conf_text *text, struct strbuf *err)
{
	enum rate_key key = RATE_KEYS;
	bool has_limit = true;
	struct conf_word word = { 0 };
	struct strbuf why = { 0 };
	size_t pos = 0;
	int more = 0;

	*limits = (struct rate_limits){ 0 };
	while (why.len == 0 &&
	    (more = conf_next_word(text, &pos, &word, err)) == 1) {
		char *copy = conf_word_dup(&word);

		read_word(limits, copy, &key, &has_limit, &why);
		free(copy);
	}
	if (why.len == 0 && !has_limit)
		strbuf_addf(&why, "no limit follows %s", rate_key_name(key));
	if (why.len == 0)
		return more;
	conf_error(err, word.origin, "%s: %s", units[unit].parameter,
	    strbuf_str(&why));
	strbuf_free(&why);
	return -1;
}

int
rate_limits_parse_value(struct rate_limits *limits, const char *value,
    struct strbuf *err)
{
	struct conf_text text = { 0 };
	struct conf_word word;
	size_t pos = 0;
	int result = 0;

	*limits = (struct rate_limits){ 0 };
	if (strcasecmp(value, "none") == 0)
		return 0;
	conf_text_set(&text, value, (struct conf_origin){ 0 });
	while (result == 0 && conf_next_word(&text, &pos, &word, err) == 1) {
		char *copy = conf_word_dup(&word);

		result = add(limits, RATE_SASL_USERNAME, copy, err);
		free(copy);
	}
	conf_text_free(&text);
	if (err->len == 0 && limits->n == 0)
		strbuf_adds(err, "expected none, or N/TIME, as 300/1h");
	return err->len == 0 ? 0 : -1;
}
