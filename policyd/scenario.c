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

static void
add_request(struct reader *reader, const char *title)
{
	struct scenario *scenario = reader->scenario;

	scenario->requests = xreallocarray(scenario->requests, scenario->n + 1,
	    sizeof(*scenario->requests));
	scenario->requests[scenario->n++] =
	    (struct scenario_request){ .line = reader->line,
		    .title = xstrdup(title),
		    .attributes = xstrdup("") };
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
	struct scenario_request *request =
	    &reader->scenario->requests[reader->scenario->n - 1];
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

/* A line of a section, with all that continues it, is complete. */
static void
end_line(struct reader *reader)
{
	struct strbuf why = { 0 };

	if (reader->words.len == 0)
		return;
	if (reader->section == SECTION_REQUEST) {
		add_attribute(reader, reader->words.bytes);
	} else if (fact_file_add(reader->scenario->facts, reader->words.bytes,
		       &why) == -1) {
		fail(reader, reader->words_line, why.bytes);
	}
	strbuf_free(&why);
	strbuf_truncate(&reader->words, 0);
}

static void
begin_section(struct reader *reader, char *text)
{
	end_line(reader);
	reader->indent = 0;
	if (strcmp(text, "config:") == 0) {
		reader->section = SECTION_CONFIG;
	} else if (strcmp(text, "dns:") == 0) {
		reader->section = SECTION_DNS;
	} else if (strncmp(text, "request:", 8) == 0) {
		reader->section = SECTION_REQUEST;
		add_request(reader, text + 8 + strspn(text + 8, " \t"));
	} else {
		reader->section = SECTION_NONE;
		fail(reader, reader->line,
		    "expected config:, dns: or request:");
	}
}

/* text: without what it is indented by. */
static void
take_line(struct reader *reader, const char *text, size_t indent)
{
	if (reader->indent == 0)
		reader->indent = indent;
	if (reader->section == SECTION_CONFIG) {
		struct strbuf *config = &reader->scenario->config;

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
	/* The lines of the configuration keep their numbers. */
	strbuf_addc(&reader->scenario->config, '\n');
}

enum conf_result
scenario_read(struct scenario *scenario, const char *path, struct strbuf *err)
{
	struct reader reader = { .scenario = scenario, .err = err };
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	*scenario = (struct scenario){ .path = path, .facts = fact_file_new() };
	if (file == NULL) {
		strbuf_addf(err, "open %s: ", path);
		rights_explain(err, path, R_OK, ADMINISTRATORS, errno);
		strbuf_addc(err, '\n');
		return CONF_UNREADABLE;
	}
	while (reader.line < LINES_MAX && getline(&line, &size, file) != -1)
		read_line(&reader, line);
	if (!feof(file))
		fail(&reader, reader.line, "the file is too long");
	end_line(&reader);
	if (scenario->config.bytes != NULL &&
	    scenario->config.bytes[strspn(scenario->config.bytes, "\n")] ==
		'\0')
		strbuf_truncate(&scenario->config, 0);
	for (size_t i = 0; i < scenario->n; i++) {
		if (scenario->requests[i].action == NULL)
			fail(&reader, scenario->requests[i].line,
			    "the request has no action= to expect");
	}
	if (scenario->n == 0)
		fail(&reader, reader.line, "there is no request:");
	strbuf_free(&reader.words);
	free(line);
	fclose(file);
	return reader.failed ? CONF_BAD : CONF_OK;
}

void
scenario_free(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->n; i++) {
		free(scenario->requests[i].title);
		free(scenario->requests[i].attributes);
		free(scenario->requests[i].action);
	}
	free(scenario->requests);
	fact_file_free(scenario->facts);
	strbuf_free(&scenario->config);
	*scenario = (struct scenario){ 0 };
}
