/*
 * POSIX regular expressions, as regexp_table(5) uses them.
 *
 * A match cannot be stopped, so its length is bounded by the time there is.
 * Without back references the time grows with the square of the length at
 * worst (measured, in ms: 0.2 for 128 bytes, 50 for 2000), with them much
 * faster (300 for 128 bytes and one of them, 200 for 32 and three).
 *
 * A match locks its expression.  So one that may take long has a copy, and
 * short ones are not held up by it.
 */
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "table_engine.h"
#include "mem.h"

/* Some thousands within each other overrun the stack of regcomp. */
#define GROUPS_MAX 1000

/* Where there is little time, and where there is much. */
#define MUCH_US                   5000
#define SUBJECT_SHORT_MAX         128
#define SUBJECT_MAX               2048
#define SUBJECT_REFERRED_MAX      128 /* to which a back reference refers */
#define SUBJECT_MUCH_REFERRED_MAX 32  /* to which several do */

struct pattern {
	char *text;
	int options;
	unsigned nreferences;
	regex_t regex;
	regex_t *slow; /* the copy; NULL: none was needed so far */
};

static const struct {
	char name;
	int flag;
} flags_known[] = {
	{ 'i', REG_ICASE },
	{ 'm', REG_NEWLINE },
	{ 'x', REG_EXTENDED },
};

static int
toggle(int *options, char flag)
{
	for (size_t i = 0; i < sizeof flags_known / sizeof flags_known[0];
	     i++) {
		if (flags_known[i].name == flag) {
			*options ^= flags_known[i].flag;
			return 0;
		}
	}
	return -1;
}

/* Whether its groups may be too many, taking each "(" for one. */
static bool
has_too_many_groups(const char *pattern)
{
	int n = 0;

	for (; *pattern != '\0' && n <= GROUPS_MAX; pattern++)
		n += *pattern == '(';
	return n > GROUPS_MAX;
}

static unsigned
count_references(const char *pattern)
{
	unsigned n = 0;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '\\')
			continue;
		pattern++;
		n += *pattern >= '1' && *pattern <= '9';
		if (*pattern == '\0')
			break;
	}
	return n;
}

static void *
compile(const char *pattern, const char *flags, size_t *ngroups,
    struct strbuf *why)
{
	int options = REG_EXTENDED | REG_ICASE, result;
	struct pattern *compiled;
	char reason[256];

	for (; *flags != '\0'; flags++) {
		if (toggle(&options, *flags) == -1) {
			strbuf_addf(why, "unknown flag \"%c\"", *flags);
			return NULL;
		}
	}
	if (has_too_many_groups(pattern)) {
		strbuf_addf(why, "more than %d groups", GROUPS_MAX);
		return NULL;
	}
	compiled = xcalloc(1, sizeof *compiled);
	result = regcomp(&compiled->regex, pattern, options);
	if (result != 0) {
		regerror(result, &compiled->regex, reason, sizeof reason);
		strbuf_addf(why, "/%s/: %s", pattern, reason);
		free(compiled);
		return NULL;
	}
	compiled->text = xstrdup(pattern);
	compiled->options = options;
	compiled->nreferences = count_references(pattern);
	*ngroups = compiled->regex.re_nsub;
	return compiled;
}

static void *
room_new(void)
{
	return NULL;
}

static void
room_free(void *room)
{
	(void)room;
}

/* How long a subject may be where there is much time. */
static size_t
subject_max(const struct pattern *pattern)
{
	switch (pattern->nreferences) {
	case 0:
		return SUBJECT_MAX;
	case 1:
		return SUBJECT_REFERRED_MAX;
	default:
		return SUBJECT_MUCH_REFERRED_MAX;
	}
}

/* The copy for who has much time, which is one thread; or NULL. */
static regex_t *
slow_copy(struct pattern *pattern)
{
	if (pattern->slow != NULL)
		return pattern->slow;
	pattern->slow = xcalloc(1, sizeof *pattern->slow);
	if (regcomp(pattern->slow, pattern->text, pattern->options) == 0)
		return pattern->slow;
	free(pattern->slow);
	pattern->slow = NULL;
	return NULL;
}

/* What to match a subject with in the time there is, or NULL. */
static regex_t *
choose(struct pattern *pattern, size_t len, struct effort *effort)
{
	if (effort_left(effort) >= MUCH_US && len <= subject_max(pattern))
		return slow_copy(pattern);
	if (len <= SUBJECT_SHORT_MAX && pattern->nreferences == 0)
		return &pattern->regex;
	return NULL;
}

static enum engine_result
match(void *compiled, const char *subject, struct engine_group *groups,
    size_t ngroups, struct effort *effort, void *room)
{
	regmatch_t spans[ENGINE_GROUPS_MAX + 1];
	regex_t *regex = choose(compiled, strlen(subject), effort);

	(void)room;
	if (regex == NULL) {
		effort->is_spent = true;
		return ENGINE_FAILED;
	}
	switch (regexec(regex, subject, ngroups + 1, spans, 0)) {
	case 0:
		break;
	case REG_NOMATCH:
		return ENGINE_DIFFERS;
	default:
		return ENGINE_FAILED;
	}
	for (size_t i = 1; i <= ngroups; i++) {
		groups[i].start =
		    spans[i].rm_so >= 0 ? subject + spans[i].rm_so : NULL;
		groups[i].len = (size_t)(spans[i].rm_eo - spans[i].rm_so);
	}
	return ENGINE_MATCHES;
}

static void
release(void *compiled)
{
	struct pattern *pattern = compiled;

	if (pattern == NULL)
		return;
	regfree(&pattern->regex);
	if (pattern->slow != NULL)
		regfree(pattern->slow);
	free(pattern->slow);
	free(pattern->text);
	free(pattern);
}

const struct engine engine_regexp = { compile, room_new, room_free, match,
	release };
