/*
 * Log lines of decisions.
 */
#include <string.h>

#include "decision_log.h"
#include "log.h"

#define LINE_USUAL 256 /* bytes */

static void
add_field(struct strbuf *line, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	strbuf_addc(line, ' ');
	strbuf_adds(line, name);
	strbuf_adds(line, "=<");
	log_escape(line, value, strlen(value));
	strbuf_addc(line, '>');
}

static void
begin(struct strbuf *line, const char *event, const struct request *request)
{
	strbuf_reserve(line, LINE_USUAL);
	strbuf_adds(line, event);
	strbuf_adds(line, ": ");
	log_escape(line, request->protocol_state,
	    strlen(request->protocol_state));
	strbuf_adds(line, " from ");
	log_escape(line, request->client_name, strlen(request->client_name));
	strbuf_addc(line, '[');
	log_escape(line, request->client_address,
	    strlen(request->client_address));
	strbuf_adds(line, "]: ");
}

/* Who, to whom, how: as at the end of Postfix's own lines. */
static const char *
end(struct strbuf *line, const struct request *request, struct arena *arena)
{
	const char *text;

	strbuf_addc(line, ';');
	if (request_has_sender(request)) {
		strbuf_adds(line, " from=<");
		log_escape(line, request->sender, strlen(request->sender));
		strbuf_addc(line, '>');
	}
	add_field(line, "to", request->recipient);
	if (request->protocol_name[0] != '\0') {
		strbuf_adds(line, " proto=");
		log_escape(line, request->protocol_name,
		    strlen(request->protocol_name));
	}
	add_field(line, "helo", request->helo_name);
	add_field(line, "sasl_username", request->sasl_username);
	text = arena_strdup(arena, strbuf_str(line));
	strbuf_free(line);
	return text;
}

const char *
decision_log_line(const char *event, const struct request *request,
    const struct reply *reply, struct arena *arena)
{
	const char *text = reply_text(reply, NULL, arena);
	struct strbuf line = { 0 };

	begin(&line, event, request);
	reply_add_code(&line, reply);
	log_escape(&line, text, strlen(text));
	return end(&line, request, arena);
}

const char *
decision_log_effect(enum effect effect, const char *text,
    const struct request *request, struct arena *arena)
{
	struct strbuf line = { 0 };

	begin(&line, arena_lower(arena, effect_name(effect)), request);
	log_escape(&line, text, strlen(text));
	return end(&line, request, arena);
}

const char *
decision_log_note(const char *event, const char *text,
    const struct subject *subject, const struct request *request,
    struct arena *arena)
{
	struct strbuf line = { 0 };

	begin(&line, event, request);
	strbuf_addc(&line, '<');
	log_escape(&line, subject->name, strlen(subject->name));
	strbuf_addf(&line, ">: %s ", reply_class_name(subject->class));
	log_escape(&line, text, strlen(text));
	return end(&line, request, arena);
}
