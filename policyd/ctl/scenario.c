/*
 * Reading of scenarios.  A line that is not indented begins a section; how
 * far the first line of a section is indented says where lines begin, and one
 * that is indented deeper continues the line before.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"
#include "conf_text.h"
#include "mem.h"
#include "request.h"
#include "rights.h"

#define LINES_MAX 100000

enum section {
	SECTION_NONE,
	SECTION_CONFIG,
	SECTION_DNS,
	SECTION_TABLES,
	SECTION_STATE,
	SECTION_REQUEST,
};

struct reader {
	struct scenario *scenario;
	struct strbuf *err;
	bool failed;
	int line;
	enum section section;
	size_t indent;       /* of the section; 0: no line yet */
	struct strbuf words; /* a line of the section, so far */
	int words_line;
};

static void
fail(struct reader *reader, int line, const char *text)
{
	struct conf_origin origin = { reader->scenario->path, line };

	conf_error(reader->err, origin, "%s", text);
	reader->failed = true;
}

/* The part that the reader is in; NULL: none has begun. */
static struct scenario_part *
last_part(const struct reader *reader)
{
	struct scenario *scenario = reader->scenario;

	return scenario->n > 0 ? &scenario->parts[scenario->n - 1] : NULL;
}

/* line: of its config:, or 0 */
static void
add_part(struct reader *reader, int line)
{
	struct scenario *scenario = reader->scenario;

	scenario->parts = xreallocarray(scenario->parts, scenario->n + 1,
	    sizeof *scenario->parts);
	scenario->parts[scenario->n++] = (struct scenario_part){ .line = line };
}

static void
add_request(struct reader *reader, const char *title)
{
	struct scenario_part *part;

	if (last_part(reader) == NULL)
		add_part(reader, 0);
	part = last_part(reader);
	part->requests =
	    xreallocarray(part->requests, part->n + 1, sizeof *part->requests);
	part->requests[part->n++] =
	    (struct scenario_request){ .line = reader->line,
		    .title = xstrdup(title),
		    .attributes = xstrdup("") };
}

/* A request without an action, a configuration without a request. */
static void
end_part(struct reader *reader)
{
	const struct scenario_part *part = last_part(reader);

	if (part == NULL || part->n == 0)
		fail(reader, part != NULL ? part->line : reader->line,
		    "there is no request:");
	for (size_t i = 0; part != NULL && i < part->n; i++) {
		if (part->requests[i].action == NULL)
			fail(reader, part->requests[i].line,
			    "the request has no action= to expect");
	}
}

/* What nobody knows is ignored, as policyd does; but a name that looks like a
 * known one was meant to be that. */
static void
warn_of_mistyped(struct reader *reader, const char *words)
{
	struct conf_origin origin = { reader->scenario->path,
		reader->words_line };
	char *name = xstrndup(words, strcspn(words, "="));
	const char *hint = request_attribute_hint(name);

	if (hint[0] != '\0')
		conf_error(reader->err, origin,
		    "warning: %s is no attribute of a policy request%s", name,
		    hint);
	free(name);
}

static void
add_attribute(struct reader *reader, const char *words)
{
	const struct scenario_part *part = last_part(reader);
	struct scenario_request *request = &part->requests[part->n - 1];
	char *longer;

	if (strncmp(words, "action=", 7) == 0) {
		free(request->action);
		request->action = xstrdup(words + 7);
		return;
	}
	if (strchr(words, '=') == NULL) {
		fail(reader, reader->words_line, "expected NAME=VALUE");
		return;
	}
	warn_of_mistyped(reader, words);
	longer = xasprintf("%s%s\n", request->attributes, words);
	free(request->attributes);
	request->attributes = longer;
}

/* A further configuration is for the requests behind it. */
static void
begin_part(struct reader *reader)
{
	const struct scenario_part *part = last_part(reader);

	if (part != NULL && part->line == 0)
		fail(reader, reader->line,
		    "config: stands before the requests that it is for");
	if (part != NULL)
		end_part(reader);
	add_part(reader, reader->line);
}

static void
add_fact(struct reader *reader, char *line)
{
	struct scenario *scenario = reader->scenario;
	struct strbuf why = { 0 };

	if (reader->section == SECTION_STATE)
		fact_state_add(scenario->state, line, &why);
	else if (reader->section == SECTION_TABLES)
		fact_file_add_key(scenario->facts, line, &why);
	else
		fact_file_add(scenario->facts, line, &why);
	if (why.len > 0)
		fail(reader, reader->words_line, why.bytes);
	strbuf_free(&why);
}

/* A line of a section, with all that continues it, is complete. */
static void
end_line(struct reader *reader)
{
	if (reader->words.len == 0)
		return;
	if (reader->section == SECTION_REQUEST)
		add_attribute(reader, reader->words.bytes);
	else
		add_fact(reader, reader->words.bytes);
	strbuf_truncate(&reader->words, 0);
}

static void
begin_section(struct reader *reader, char *text)
{
	end_line(reader);
	reader->indent = 0;
	if (strcmp(text, "config:") == 0) {
		reader->section = SECTION_CONFIG;
		begin_part(reader);
	} else if (strcmp(text, "dns:") == 0) {
		reader->section = SECTION_DNS;
	} else if (strcmp(text, "tables:") == 0) {
		reader->section = SECTION_TABLES;
	} else if (strcmp(text, "state:") == 0) {
		reader->section = SECTION_STATE;
	} else if (strncmp(text, "request:", 8) == 0) {
		reader->section = SECTION_REQUEST;
		add_request(reader, text + 8 + strspn(text + 8, " \t"));
	} else {
		reader->section = SECTION_NONE;
		fail(reader, reader->line,
		    "expected config:, dns:, tables:, state: or request:");
	}
}

/* text: without what it is indented by. */
static void
take_line(struct reader *reader, const char *text, size_t indent)
{
	if (reader->indent == 0)
		reader->indent = indent;
	if (reader->section == SECTION_CONFIG) {
		struct strbuf *config = &last_part(reader)->text;

		strbuf_adds(config, indent > reader->indent ? "\t" : "");
		strbuf_adds(config, text);
		return;
	}
	if (reader->section == SECTION_NONE)
		return; /* its error is reported */
	if (indent > reader->indent && reader->words.len > 0) {
		strbuf_addc(&reader->words, ' ');
		strbuf_adds(&reader->words, text);
		return;
	}
	end_line(reader);
	strbuf_adds(&reader->words, text);
	reader->words_line = reader->line;
}

static void
read_line(struct reader *reader, char *line)
{
	size_t len = strlen(line), indent = strspn(line, " \t");

	reader->line++;
	while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL)
		line[--len] = '\0';
	if (line[indent] != '\0' && line[indent] != '#') {
		if (indent == 0)
			begin_section(reader, line);
		else
			take_line(reader, line + indent, indent);
	}
	/* The lines of a configuration keep their numbers. */
	if (last_part(reader) != NULL)
		strbuf_addc(&last_part(reader)->text, '\n');
}

enum conf_result
scenario_read(struct scenario *scenario, const char *path, struct strbuf *err)
{
	struct reader reader = { .scenario = scenario, .err = err };
	enum conf_result result;
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	*scenario = (struct scenario){ .path = path,
		.facts = fact_file_new(),
		.state = fact_state_new() };
	if (file == NULL) {
		strbuf_addf(err, "open %s: ", path);
		rights_explain(err, path, R_OK, ADMINISTRATORS, errno);
		strbuf_addc(err, '\n');
		return CONF_UNREADABLE;
	}
	while (reader.line < LINES_MAX && getline(&line, &size, file) != -1)
		read_line(&reader, line);
	if (ferror(file)) {
		strbuf_addf(err, "read %s: %s\n", path, strerror(errno));
		result = CONF_UNREADABLE;
	} else {
		if (!feof(file))
			fail(&reader, reader.line, "the file is too long");
		end_line(&reader);
		end_part(&reader);
		result = reader.failed ? CONF_BAD : CONF_OK;
	}
	strbuf_free(&reader.words);
	free(line);
	fclose(file);
	return result;
}

static void
part_free(struct scenario_part *part)
{
	for (size_t i = 0; i < part->n; i++) {
		free(part->requests[i].title);
		free(part->requests[i].attributes);
		free(part->requests[i].action);
	}
	free(part->requests);
	strbuf_free(&part->text);
}

void
scenario_free(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->n; i++)
		part_free(&scenario->parts[i]);
	free(scenario->parts);
	fact_file_free(scenario->facts);
	fact_state_free(scenario->state);
	*scenario = (struct scenario){ 0 };
}
