/*
 * Rules of app passwords as they are written.
 */
#include <stdlib.h>
#include <string.h>

#include "app_rule.h"
#include "conf.h"
#include "mem.h"
#include "printable.h"

#define LIMIT_SECONDS_MAX (366L * 86400)
#define SEPARATORS        ", \t"

static const char *const names[APP_RULES] = {
	[APP_SENDERS] = "senders",
	[APP_RECIPIENTS] = "recipients",
	[APP_LIMIT] = "limit",
};

const char *
app_rule_name(enum app_rule rule)
{
	return names[rule];
}

enum app_rule
app_rule_find(const char *name)
{
	int rule = 0;

	while (rule < APP_RULES && strcmp(names[rule], name) != 0)
		rule++;
	return (enum app_rule)rule;
}

bool
app_rule_is_list(enum app_rule rule)
{
	return rule != APP_LIMIT;
}

/* USER@DOMAIN or @DOMAIN, without what would mean something else in a line, in
 * JSON or as a route to another domain. */
static bool
is_address(const char *word)
{
	static const char never[] = "\"'\\<>()[]:;%!";
	const char *at = strchr(word, '@');

	if (at == NULL || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
	    at[1] == '.' || at[strlen(at) - 1] == '.' ||
	    strpbrk(word, never) != NULL)
		return false;
	for (; *word != '\0'; word++)
		if ((unsigned char)*word < 0x21 || *word == 0x7f)
			return false;
	return true;
}

static int
parse_list(enum app_rule rule, const char *typed, struct strbuf *out,
    struct strbuf *err)
{
	char *copy = xstrdup(typed), *rest = copy, *word;
	size_t before = out->len;
	int result = 0;

	while (result == 0 && (word = strsep(&rest, SEPARATORS)) != NULL) {
		if (*word == '\0')
			continue;
		if (!is_address(word)) {
			strbuf_addc(err, '"');
			printable_add(err, word, strlen(word));
			strbuf_adds(err, "\": neither an address nor @DOMAIN");
			result = -1;
		}
		strbuf_addf(out, "%s%s", out->len > before ? "," : "", word);
	}
	free(copy);
	if (result == 0 && out->len == before) {
		strbuf_addf(err, "no %s named", names[rule]);
		result = -1;
	}
	if (result == 0 && out->len - before > APP_RULE_MAX) {
		strbuf_addf(err, "more than %d bytes", APP_RULE_MAX);
		result = -1;
	}
	return result;
}

static int
parse_limit(const char *typed, struct strbuf *out, struct strbuf *err)
{
	const char *slash = strchr(typed, '/');
	char number[16] = "";
	long most, seconds;

	if (slash != NULL && (size_t)(slash - typed) < sizeof number)
		memcpy(number, typed, (size_t)(slash - typed));
	if (conf_parse_size(number, &most) == -1 || slash == NULL ||
	    strlen(slash) > sizeof number ||
	    conf_parse_time(slash + 1, &seconds) == -1 || seconds < 1 ||
	    seconds > LIMIT_SECONDS_MAX) {
		strbuf_adds(err,
		    "expected N/TIME, as 200/1d: recipients in a time of 1s "
		    "to 366d");
		return -1;
	}
	strbuf_adds(out, typed);
	return 0;
}

int
app_rule_parse(enum app_rule rule, const char *typed, struct strbuf *out,
    struct strbuf *err)
{
	return app_rule_is_list(rule) ? parse_list(rule, typed, out, err)
				      : parse_limit(typed, out, err);
}
