/*
 * POSIX regular expressions, as regexp_table(5) uses them.
 *
 * A match cannot be stopped, so its length is bounded by the time there is.
 * Without back references the time grows with the square of the length at
 * worst (measured, in ms: 0.2 for 128 bytes, 50 for 2000), with them it has no
 * such bound.
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
#define MUCH_US              5000
#define SUBJECT_SHORT_MAX    128
#define SUBJECT_MAX          2048
#define SUBJECT_REFERRED_MAX 128 /* to which a back reference refers */

struct pattern {
	regex_t regex;
	bool has_reference;
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

static bool
has_reference(const char *pattern)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '\\')
			continue;
		pattern++;
		if (*pattern >= '1' && *pattern <= '9')
			return true;
		if (*pattern == '\0')
			return false;
	}
	return false;
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
	compiled->has_reference = has_reference(pattern);
	result = regcomp(&compiled->regex, pattern, options);
	if (result != 0) {
		regerror(result, &compiled->regex, reason, sizeof reason);
		strbuf_addf(why, "/%s/: %s", pattern, reason);
		free(compiled);
		return NULL;
	}
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

/* Whether the subject is short enough for the time there is. */
static bool
has_time(const struct pattern *pattern, size_t len, struct effort *effort)
{
	if (effort_left(effort) < MUCH_US)
		return len <= SUBJECT_SHORT_MAX && !pattern->has_reference;
	return len <=
	    (pattern->has_reference ? SUBJECT_REFERRED_MAX : SUBJECT_MAX);
}

static enum engine_result
match(void *compiled, const char *subject, struct engine_group *groups,
    size_t ngroups, struct effort *effort, void *room)
{
	struct pattern *pattern = compiled;
	regmatch_t spans[ENGINE_GROUPS_MAX + 1];

	(void)room;
	if (!has_time(pattern, strlen(subject), effort)) {
		effort->is_spent = true;
		return ENGINE_FAILED;
	}
	switch (regexec(&pattern->regex, subject, ngroups + 1, spans, 0)) {
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
	free(pattern);
}

const struct engine engine_regexp = { compile, room_new, room_free, match,
	release };
