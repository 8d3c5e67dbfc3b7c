/*
 * Perl-like regular expressions, as pcre_table(5) uses them: PCRE2 on UTF-8,
 * without its just-in-time compiler (the daemon may not make memory
 * executable).
 *
 * PCRE2 counts the steps of a match anew at each character where it begins.
 * So the limit is what the time that is left allows, divided by the length.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "table_engine.h"
#include "mem.h"

#define STEPS_PER_US   50   /* measured: 20 to 60 */
#define HEAP_LIMIT_KIB 8192 /* of one match */

/* Kept for a lookup only: what a match took for its steps stays in it. */
struct room {
	pcre2_match_data *data;
	pcre2_match_context *context;
};

static const struct {
	char name;
	uint32_t flag;
} flags_known[] = {
	{ 'i', PCRE2_CASELESS }, { 'm', PCRE2_MULTILINE },
	{ 's', PCRE2_DOTALL }, { 'x', PCRE2_EXTENDED }, { 'A', PCRE2_ANCHORED },
	{ 'E', PCRE2_DOLLAR_ENDONLY }, { 'U', PCRE2_UNGREEDY },
	{ 'X', 0 }, /* PCRE2 knows only the strict way */
};

static int
toggle(uint32_t *options, char flag)
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

static void *
compile(const char *text, const char *flags, size_t *ngroups,
    struct strbuf *why)
{
	uint32_t options = PCRE2_CASELESS | PCRE2_DOTALL | PCRE2_UTF, count = 0;
	PCRE2_UCHAR reason[256];
	pcre2_code *code;
	PCRE2_SIZE where;
	int result;

	for (; *flags != '\0'; flags++) {
		if (toggle(&options, *flags) == -1) {
			strbuf_addf(why, "unknown flag \"%c\"", *flags);
			return NULL;
		}
	}
	code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options,
	    &result, &where, NULL);
	if (code == NULL) {
		pcre2_get_error_message(result, reason, sizeof reason);
		strbuf_addf(why, "/%s/: %s at offset %zu", text,
		    (const char *)reason, where);
		return NULL;
	}
	pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &count);
	*ngroups = count;
	return code;
}

static void *
room_new(void)
{
	struct room *room = xcalloc(1, sizeof *room);

	room->data = pcre2_match_data_create(ENGINE_GROUPS_MAX + 1, NULL);
	room->context = pcre2_match_context_create(NULL);
	if (room->data == NULL || room->context == NULL)
		abort(); /* memory is out */
	pcre2_set_heap_limit(room->context, HEAP_LIMIT_KIB);
	return room;
}

static void
room_free(void *arg)
{
	struct room *room = arg;

	pcre2_match_context_free(room->context);
	pcre2_match_data_free(room->data);
	free(room);
}

static bool
is_limit(int result)
{
	return result == PCRE2_ERROR_MATCHLIMIT ||
	    result == PCRE2_ERROR_DEPTHLIMIT || result == PCRE2_ERROR_HEAPLIMIT;
}

static enum engine_result
match(void *compiled, const char *subject, struct engine_group *groups,
    size_t ngroups, struct effort *effort, void *arg)
{
	struct room *room = arg;
	size_t len = strlen(subject);
	const PCRE2_SIZE *spans;
	int result;

	pcre2_set_match_limit(room->context,
	    (uint32_t)((size_t)effort_left(effort) * STEPS_PER_US / (len + 1)));
	result = pcre2_match(compiled, (PCRE2_SPTR)subject, len, 0, 0,
	    room->data, room->context);
	if (result == PCRE2_ERROR_NOMATCH)
		return ENGINE_DIFFERS;
	if (is_limit(result))
		effort->is_spent = true;
	if (result < 0)
		return ENGINE_FAILED;
	spans = pcre2_get_ovector_pointer(room->data);
	for (size_t i = 1; i <= ngroups; i++) {
		bool took_part = (result == 0 || (int)i < result) &&
		    spans[2 * i] != PCRE2_UNSET;

		groups[i].start = took_part ? subject + spans[2 * i] : NULL;
		groups[i].len = took_part ? spans[2 * i + 1] - spans[2 * i] : 0;
	}
	return ENGINE_MATCHES;
}

static void
release(void *compiled)
{
	pcre2_code_free(compiled);
}

const struct engine engine_pcre = { compile, room_new, room_free, match,
	release };
