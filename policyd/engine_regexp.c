/*
 * POSIX regular expressions, as regexp_table(5) uses them.
 */
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>

#include "table_engine.h"
#include "mem.h"

/* Some thousands within each other overrun the stack of regcomp. */
#define GROUPS_MAX 1000

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

static void *
compile(const char *pattern, const char *flags, size_t *ngroups,
    struct strbuf *why)
{
	int options = REG_EXTENDED | REG_ICASE, result;
	char reason[256];
	regex_t *regex;

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
	regex = xcalloc(1, sizeof(*regex));
	result = regcomp(regex, pattern, options);
	if (result != 0) {
		regerror(result, regex, reason, sizeof(reason));
		strbuf_addf(why, "/%s/: %s", pattern, reason);
		free(regex);
		return NULL;
	}
	*ngroups = regex->re_nsub;
	return regex;
}

static enum engine_result
match(void *compiled, const char *subject, struct engine_group *groups,
    size_t ngroups)
{
	regmatch_t spans[ENGINE_GROUPS_MAX + 1];

	switch (regexec(compiled, subject, ngroups + 1, spans, 0)) {
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
	if (compiled == NULL)
		return;
	regfree(compiled);
	free(compiled);
}

const struct engine engine_regexp = { compile, match, release };
