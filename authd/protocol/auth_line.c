/*
 * Lines of the Dovecot auth-client protocol.
 */
#include <string.h>

#include "auth_line.h"
#include "encoding.h"

#define ESCAPE '\001'

char *
auth_line_next(char **rest)
{
	char *field = *rest, *tab;

	if (field == NULL)
		return NULL;
	tab = strchr(field, '\t');
	if (tab == NULL) {
		*rest = NULL;
	} else {
		*tab = '\0';
		*rest = tab + 1;
	}
	return field;
}

bool
auth_line_number(const char *field, uint32_t *number)
{
	uint64_t n = 0;

	if (field == NULL || *field == '\0')
		return false;
	for (; *field != '\0'; field++) {
		if (*field < '0' || *field > '9')
			return false;
		n = n * 10 + (uint64_t)(*field - '0');
		if (n > UINT32_MAX)
			return false;
	}
	*number = (uint32_t)n;
	return true;
}

void
auth_line_unescape(char *value)
{
	char *to = strchr(value, ESCAPE);
	const char *from;

	if (to == NULL)
		return;
	for (from = to; *from != '\0'; from++) {
		char c = *from;

		if (c == ESCAPE) {
			c = *++from;
			if (c == '\0')
				break;
			if (c == '0')
				c = '\0';
			else if (c == '1')
				c = ESCAPE;
			else if (c == 't')
				c = '\t';
			else if (c == 'r')
				c = '\r';
			else if (c == 'n')
				c = '\n';
		}
		*to++ = c;
	}
	*to = '\0';
}

/* The value of a parameter, when it is the one named; else NULL. */
static char *
value_of(char *field, const char *name)
{
	size_t len = strlen(name);

	return strncmp(field, name, len) == 0 && field[len] == '='
	    ? field + len + 1
	    : NULL;
}

/* One parameter of AUTH. */
static void
take_parameter(struct auth_line *line, char *field)
{
	struct ip client;
	char *value;

	if ((value = value_of(field, "resp")) != NULL) {
		auth_line_unescape(value);
		line->response = value;
	} else if ((value = value_of(field, "service")) != NULL ||
	    (value = value_of(field, "protocol")) != NULL) {
		auth_line_unescape(value);
		line->service = value;
	} else if ((value = value_of(field, "rip")) != NULL) {
		auth_line_unescape(value);
		if (ip_parse(&client, value)) {
			ip_unmap(&client);
			line->client = client;
		}
	} else if (strcmp(field, "no-penalty") == 0) {
		line->no_penalty = true;
	} else if (strcmp(field, "final-resp-ok") == 0) {
		line->final_with_data = true;
	}
}

bool
auth_line_parse(struct auth_line *line, char *args)
{
	char *field;

	*line = (struct auth_line){ .mechanism = "", .service = "" };
	if (!auth_line_number(auth_line_next(&args), &line->id))
		return false;
	field = auth_line_next(&args);
	if (field != NULL)
		line->mechanism = field;
	while (
	    line->response == NULL && (field = auth_line_next(&args)) != NULL)
		take_parameter(line, field);
	return true;
}

bool
auth_line_response(const char *base64, struct strbuf *out)
{
	size_t len = strlen(base64);

	strbuf_reserve(out, len); /* a secret must not leave copies */
	return base64_decode(out, base64, len);
}

bool
auth_line_initial_response(const char *base64, struct strbuf *out)
{
	return strcmp(base64, "=") == 0 || auth_line_response(base64, out);
}
