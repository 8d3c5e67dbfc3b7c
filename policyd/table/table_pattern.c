/*
 * Tables of regular expressions: regexp_table(5), pcre_table(5).  The rules
 * are tried in the order of the file; the two types differ in their engine.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "table_type.h"
#include "table_engine.h"
#include "mem.h"

#define NESTING_MAX 32

struct pattern {
	void *compiled; /* NULL: none */
	bool negated;
	size_t ngroups;
};

/* A part of a value: literal text, or what a group matched. */
struct piece {
	char *text;   /* NULL: a group */
	size_t group; /* $group */
};

struct rule {
	struct pattern pattern;
	struct pattern other; /* regexp only: /pattern/!/other/ */
	struct piece *pieces;
	size_t npieces;
	size_t ngroups; /* the highest $n of the pieces */
	/* Of an if: the rule behind its endif; else 0. */
	size_t otherwise;
};

struct table_pattern {
	const struct engine *engine;
	struct rule *rules;
	size_t nrules;
};

static void
rule_free(const struct engine *engine, struct rule *rule)
{
	engine->free(rule->pattern.compiled);
	engine->free(rule->other.compiled);
	for (size_t i = 0; i < rule->npieces; i++)
		free(rule->pieces[i].text);
	free(rule->pieces);
}

void
table_pattern_free(void *content)
{
	struct table_pattern *table = content;

	if (table == NULL)
		return;
	for (size_t i = 0; i < table->nrules; i++)
		rule_free(table->engine, &table->rules[i]);
	free(table->rules);
	free(table);
}

void
table_pattern_show_values(const void *content, table_see_value *see, void *arg)
{
	const struct table_pattern *table = content;
	struct strbuf value = { 0 };

	for (size_t i = 0; i < table->nrules; i++) {
		const struct rule *rule = &table->rules[i];

		strbuf_truncate(&value, 0);
		for (size_t j = 0; j < rule->npieces; j++)
			if (rule->pieces[j].text != NULL)
				strbuf_adds(&value, rule->pieces[j].text);
			else
				strbuf_addf(&value, "$%zu",
				    rule->pieces[j].group);
		see(arg, strbuf_str(&value));
	}
	strbuf_free(&value);
}

/* What the matches of one lookup need. */
struct lookup_state {
	const struct engine *engine;
	const char *key;
	struct effort *effort;
	void *room;
};

static enum engine_result
try(const struct lookup_state *state, const struct pattern *pattern,
    struct engine_group *groups, size_t ngroups)
{
	enum engine_result result = state->engine->match(pattern->compiled,
	    state->key, groups, ngroups, state->effort, state->room);

	if (!pattern->negated || result == ENGINE_FAILED)
		return result;
	return result == ENGINE_MATCHES ? ENGINE_DIFFERS : ENGINE_MATCHES;
}

static enum engine_result
try_rule(const struct lookup_state *state, const struct rule *rule,
    struct engine_group *groups)
{
	enum engine_result result;

	if (effort_left(state->effort) == 0)
		return ENGINE_FAILED;
	result = try(state, &rule->pattern, groups, rule->ngroups);
	if (result == ENGINE_MATCHES && rule->other.compiled != NULL)
		result = try(state, &rule->other, NULL, 0);
	return result;
}

static void
add_value(const struct rule *rule, const struct engine_group *groups,
    struct strbuf *value)
{
	for (size_t i = 0; i < rule->npieces; i++) {
		const struct piece *piece = &rule->pieces[i];

		if (piece->text != NULL)
			strbuf_adds(value, piece->text);
		else if (groups[piece->group].start != NULL)
			strbuf_add(value, groups[piece->group].start,
			    groups[piece->group].len);
	}
}

static enum lookup
find(const struct table_pattern *table, const struct lookup_state *state,
    struct strbuf *value)
{
	struct engine_group groups[ENGINE_GROUPS_MAX + 1] = { 0 };

	for (size_t i = 0; i < table->nrules;) {
		const struct rule *rule = &table->rules[i];

		switch (try_rule(state, rule, groups)) {
		case ENGINE_FAILED:
			return LOOKUP_TEMPFAIL;
		case ENGINE_DIFFERS:
			i = rule->otherwise > 0 ? rule->otherwise : i + 1;
			break;
		case ENGINE_MATCHES:
			if (rule->otherwise == 0) {
				add_value(rule, groups, value);
				return LOOKUP_FOUND;
			}
			i++;
			break;
		}
	}
	return LOOKUP_NOT_FOUND;
}

enum lookup
table_pattern_search(const void *content, const char *key,
    struct effort *effort, struct strbuf *value)
{
	const struct table_pattern *table = content;
	struct lookup_state state = { .engine = table->engine,
		.key = key,
		.effort = effort,
		.room = table->engine->room_new() };
	enum lookup result;

	effort_begin(effort);
	result = find(table, &state, value);
	effort_end(effort);
	table->engine->room_free(state.room);
	return result;
}

/* Where the parser stands. */
struct parser {
	struct table_input *input;
	struct table_pattern *table;
	size_t open[NESTING_MAX]; /* the ifs without endif so far */
	int lines[NESTING_MAX];
	size_t depth;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

static bool
is_keyword(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncasecmp(line, word, len) == 0 && !is_alnum(line[len]);
}

/* The end of a pattern: its delimiter, where no backslash stands before. */
static char *
find_delimiter(char *p, char delimiter)
{
	for (; *p != '\0' && *p != delimiter; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
	}
	return *p == '\0' ? NULL : p;
}

/* [!]/PATTERN/FLAGS at *text, which moves right behind it.  Returns 0 or -1. */
static int
parse_pattern(struct parser *parser, char **text, int line,
    struct pattern *pattern)
{
	struct strbuf why = { 0 };
	char *p = *text, *start, *end, *flags;

	for (; *p == '!' || is_blank(*p); p++)
		pattern->negated ^= *p == '!';
	if (*p == '\0' || is_alnum(*p)) {
		table_input_error(parser->input, line,
		    "expected /pattern/flags value");
		return -1;
	}
	start = p + 1;
	end = find_delimiter(start, *p);
	if (end == NULL) {
		table_input_error(parser->input, line,
		    "the pattern has no second \"%c\"", *p);
		return -1;
	}
	*end = '\0';
	p = end + 1 + strcspn(end + 1, " \t\r!");
	flags = xstrndup(end + 1, (size_t)(p - end - 1));
	pattern->compiled = parser->table->engine->compile(start, flags,
	    &pattern->ngroups, &why);
	if (pattern->compiled == NULL)
		table_input_error(parser->input, line, "%s", why.bytes);
	free(flags);
	strbuf_free(&why);
	*text = p;
	return pattern->compiled != NULL ? 0 : -1;
}

static void
add_piece(struct rule *rule, char *text, size_t group)
{
	rule->pieces = xreallocarray(rule->pieces, rule->npieces + 1,
	    sizeof *rule->pieces);
	rule->pieces[rule->npieces++] = (struct piece){ text, group };
	if (group > rule->ngroups)
		rule->ngroups = group;
}

/*
 * $1, ${1} or $(1) at *text (on the '$'), which moves behind it.
 * Returns the number, or 0 when it is none that the pattern has.
 */
static size_t
parse_group(const char **text, size_t ngroups)
{
	const char *p = *text + 1;
	char closing = *p == '{' ? '}' : *p == '(' ? ')' : '\0';
	size_t number = 0, ndigits;

	if (closing != '\0')
		p++;
	ndigits = strspn(p, "0123456789");
	for (size_t i = 0; i < ndigits && number <= ngroups; i++)
		number = number * 10 + (size_t)(p[i] - '0');
	p += ndigits;
	if (ndigits == 0 || number > ngroups || number > ENGINE_GROUPS_MAX)
		return 0;
	/* A name goes on here: "$1x" names no group. */
	if (closing == '\0' ? is_alnum(*p) || *p == '_' : *p != closing)
		return 0;
	*text = closing != '\0' ? p + 1 : p;
	return number;
}

static void
parse_value(struct parser *parser, const char *text, int line,
    struct rule *rule)
{
	size_t ngroups = rule->pattern.negated ? 0 : rule->pattern.ngroups;
	struct strbuf literal = { 0 };

	while (*text != '\0') {
		size_t group;

		if (*text != '$' || text[1] == '$') {
			strbuf_addc(&literal, *text);
			text += *text == '$' ? 2 : 1;
			continue;
		}
		group = parse_group(&text, ngroups);
		if (group == 0) {
			table_input_error(parser->input, line,
			    "\"%.4s\": the pattern has $1 to $%zu; a dollar "
			    "sign is written $$, a letter follows only ${n}",
			    text, ngroups);
			break;
		}
		if (literal.len > 0)
			add_piece(rule, strbuf_detach(&literal), 0);
		add_piece(rule, NULL, group);
	}
	if (literal.len > 0)
		add_piece(rule, strbuf_detach(&literal), 0);
	strbuf_free(&literal);
}

static void
parse_rule(struct parser *parser, char *text, int line, struct rule *rule)
{
	if (parse_pattern(parser, &text, line, &rule->pattern) == -1)
		return;
	if (*text == '!' && parser->table->engine != &engine_regexp) {
		table_input_error(parser->input, line,
		    "expected a value, not \"%s\": the second pattern is "
		    "regexp: only",
		    text);
		return;
	}
	if (*text == '!' &&
	    parse_pattern(parser, &text, line, &rule->other) == -1)
		return;
	text += strspn(text, " \t\r");
	if (*text == '\0')
		table_input_error(parser->input, line,
		    "pattern without a value");
	else
		parse_value(parser, text, line, rule);
}

/* rule: already at the end of the table. */
static void
parse_if(struct parser *parser, char *text, int line, struct rule *rule)
{
	if (parser->depth == NESTING_MAX) {
		table_input_error(parser->input, line,
		    "if is nested deeper than %d", NESTING_MAX);
		return;
	}
	parser->lines[parser->depth] = line;
	parser->open[parser->depth++] = parser->table->nrules - 1;
	if (parse_pattern(parser, &text, line, &rule->pattern) == -1)
		return;
	text += strspn(text, " \t\r");
	if (*text != '\0')
		table_input_error(parser->input, line,
		    "text after the pattern of if (rules inside of it must "
		    "not be indented): %s",
		    text);
}

static void
parse_endif(struct parser *parser, const char *rest, int line)
{
	struct table_pattern *table = parser->table;

	if (rest[strspn(rest, " \t\r")] != '\0')
		table_input_error(parser->input, line, "text after endif");
	if (parser->depth == 0) {
		table_input_error(parser->input, line, "endif without if");
		return;
	}
	parser->depth--;
	table->rules[parser->open[parser->depth]].otherwise = table->nrules;
}

static struct rule *
add_rule(struct table_pattern *table)
{
	size_t n = table->nrules;

	if ((n & (n - 1)) == 0)
		table->rules = xreallocarray(table->rules, n > 0 ? n * 2 : 1,
		    sizeof *table->rules);
	table->rules[n] = (struct rule){ 0 };
	table->nrules++;
	return &table->rules[n];
}

static void *
read_rules(struct table_input *input, const struct engine *engine)
{
	struct table_pattern *table = xcalloc(1, sizeof *table);
	struct parser parser = { .input = input, .table = table };
	struct table_text text;
	char *line;
	int number;

	table->engine = engine;
	if (table_text_read(&text, input) == -1)
		goto done;
	while ((line = table_text_line(&text, &number)) != NULL) {
		if (is_keyword(line, "endif"))
			parse_endif(&parser, line + 5, number);
		else if (is_keyword(line, "if"))
			parse_if(&parser, line + 2, number, add_rule(table));
		else
			parse_rule(&parser, line, number, add_rule(table));
	}
	while (parser.depth-- > 0)
		table_input_error(input, parser.lines[parser.depth],
		    "if without endif");
done:
	table_text_free(&text);
	if (input->nerrors == 0)
		return table;
	table_pattern_free(table);
	return NULL;
}

void *
table_pattern_read_regexp(struct table_input *input)
{
	return read_rules(input, &engine_regexp);
}

void *
table_pattern_read_pcre(struct table_input *input)
{
	return read_rules(input, &engine_pcre);
}
