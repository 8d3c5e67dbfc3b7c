/*
 * Lines of the mail log, read as they are written: Postfix's by smtpd(8) and
 * postscreen(8), ours by decision_log.c.
 */
#include <ctype.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mail_log.h"

/* The parts of a line of Postfix. */
enum part {
	PART_ALL,
	PART_BLANK, /* where a syslog daemon wrote something before it */
	PART_QUEUE_ID,
	PART_STATE,
	PART_NAME, /* postscreen(8) has none */
	PART_ADDRESS,
	PART_PORT, /* with smtpd_client_port_logging */
	PART_COUNT,
};

static const char pattern[] = "(^|[ \t])([0-9A-Za-z]+): [a-z_-]+: ([A-Z-]+) "
			      "from ([^] \t[]*)\\[([^] \t[]+)\\]:?([0-9]*): ";

/* What stands at the end of a line of Postfix. */
static const struct {
	const char *name, *attribute;
} fields[] = {
	{ "from", "sender" },
	{ "to", "recipient" },
	{ "proto", "protocol_name" },
	{ "helo", "helo_name" },
	{ "sasl_username", "sasl_username" },
	{ "sasl_method", "sasl_method" },
	{ "sasl_sender", "sasl_sender" },
};

static void
set(struct request *request, const char *name, const char *value)
{
	request_set(request, name, strlen(name), value);
}

/* Where the value at text ends, "<...>" or a word; NULL: it does not. */
static char *
value_end(char *text)
{
	bool is_quoted = false;

	if (*text != '<')
		return text + strcspn(text, " ,\t");
	for (; *text != '\0' && (*text != '>' || is_quoted); text++) {
		if (*text == '"')
			is_quoted = !is_quoted;
		else if (*text == '\\' && text[1] != '\0')
			text++;
	}
	return *text == '>' ? text + 1 : NULL;
}

/* The field that text begins with, NAME=VALUE; *next: what follows.
 * Returns the length of its name, or 0 when it is none. */
static size_t
field_len(char *text, char **next)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_");

	if (len == 0 || text[len] != '=')
		return 0;
	*next = value_end(text + len + 1);
	return *next != NULL ? len : 0;
}

/* Whether there is nothing but fields up to the end. */
static bool
are_fields(char *text)
{
	while (*(text += strspn(text, " ,\t")) != '\0')
		if (field_len(text, &text) == 0)
			return false;
	return true;
}

/* "a b"@example.org: as the request has it, without the quotes. */
static void
unquote(char *address)
{
	char *to = address;

	if (*address != '"')
		return;
	while (*++address != '\0' && *address != '"') {
		if (*address == '\\' && address[1] != '\0')
			address++;
		*to++ = *address;
	}
	memmove(to, address + (*address == '"'), strlen(address));
}

static void
take_field(struct request *request, const char *name, char *value)
{
	size_t len = strlen(value);

	if (value[0] == '<' && len >= 2) {
		value[len - 1] = '\0';
		value++;
	}
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (strcmp(fields[i].name, name) != 0)
			continue;
		if (strcmp(name, "from") == 0 || strcmp(name, "to") == 0)
			unquote(value);
		set(request, fields[i].attribute, value);
	}
}

static void
take_fields(struct request *request, char *text)
{
	char *next = text, *name, *value;

	while (*(name = next + strspn(next, " ,\t")) != '\0') {
		value = name + field_len(name, &next);
		*value++ = '\0';
		if (*next != '\0')
			*next++ = '\0';
		take_field(request, name, value);
	}
}

/*
 * The fields stand behind the first ';' that nothing but fields follows: a
 * reply may have any text.
 */
static int
take_end(struct request *request, char *text, struct strbuf *err)
{
	char *end = text;

	while ((end = strchr(end, ';')) != NULL && !are_fields(++end))
		continue;
	if (end == NULL) {
		strbuf_adds(err,
		    "the end of the line is missing: "
		    "\"; from=<...> to=<...> proto=...\"");
		return -1;
	}
	end[-1] = '\0';
	take_fields(request, end);
	return 0;
}

/* What ETRN asked for stands in the reply only: "<DOMAIN>: ...". */
static void
take_etrn_domain(struct request *request, char *text)
{
	char *domain = strchr(text, '<');
	char *end = domain != NULL ? strstr(domain, ">: ") : NULL;

	if (end == NULL || strcmp(request->protocol_state, "ETRN") != 0)
		return;
	*end = '\0';
	request->etrn_domain = domain + 1;
}

/*
 * postfix/submission/smtpd[123]: where a service has a name of its own, a
 * context may have it, too.
 */
static void
take_context(struct request *request, char *line, size_t len)
{
	char *end = memmem(line, len, "/smtpd[", strlen("/smtpd[")), *slash;

	if (end == NULL)
		return;
	*end = '\0';
	slash = strrchr(line, '/');
	if (slash != NULL && strchr(slash, ' ') == NULL)
		request->policy_context = slash + 1;
}

static char *
cut(char *line, const regmatch_t *part)
{
	line[part->rm_eo] = '\0';
	return line + part->rm_so;
}

static int
parse_postfix(struct request *request, char *line,
    const regmatch_t parts[PART_COUNT], struct strbuf *err)
{
	char *text = line + parts[PART_ALL].rm_eo;
	char *queue_id = cut(line, &parts[PART_QUEUE_ID]);
	char *address = cut(line, &parts[PART_ADDRESS]);

	if (take_end(request, text, err) == -1)
		return -1;
	request->protocol_state = cut(line, &parts[PART_STATE]);
	request->client_name = cut(line, &parts[PART_NAME]);
	request->client_address =
	    strncasecmp(address, "IPv6:", 5) == 0 ? address + 5 : address;
	request->client_port = cut(line, &parts[PART_PORT]);
	if (strcmp(queue_id, "NOQUEUE") != 0)
		request->queue_id = queue_id;
	take_etrn_domain(request, text);
	take_context(request, line, (size_t)parts[PART_BLANK].rm_so);
	return 0;
}

/* Take back what log_escape did, in place, up to a byte of end.
 * Returns where that stands. */
static char *
unescape(char *text, const char *end)
{
	char *to = text;
	unsigned byte;

	while (*text != '\0' && strchr(end, *text) == NULL) {
		if (*text != '\\' || text[1] == '\0') {
			*to++ = *text++;
		} else if (text[1] == 'x' && isxdigit((unsigned char)text[2]) &&
		    isxdigit((unsigned char)text[3])) {
			char digits[] = { text[2], text[3], '\0' };

			byte = (unsigned)strtoul(digits, NULL, 16);
			*to++ = byte != 0 ? (char)byte : ' ';
			text += 4;
		} else {
			*to++ = text[1];
			text += 2;
		}
	}
	if (to < text)
		*to = '\0';
	return text;
}

/* " key=value key="a value" ...": those of a request are taken. */
static void
parse_decision(struct request *request, char *text)
{
	char *name, *value, *end;
	bool is_quoted;

	while ((value = strchr(text, '=')) != NULL) {
		name = text + strspn(text, " ");
		*value++ = '\0';
		is_quoted = *value == '"';
		value += is_quoted;
		end = unescape(value, is_quoted ? "\"" : " ");
		text = *end != '\0' ? end + 1 : end;
		*end = '\0';
		set(request, name, value);
	}
}

/* A line that was copied from a narrow window has ends within. */
static void
join(char *line)
{
	while (*(line += strcspn(line, "\r\n")) != '\0')
		*line = ' ';
}

/* Which kind begins first: a reply, or a HELO name, may have any text. */
int
mail_log_parse(struct request *request, char *line, struct strbuf *err)
{
	regmatch_t parts[PART_COUNT];
	regex_t regex;
	bool is_postfix;
	char *ours;
	int result = 0;

	request_init(request);
	join(line);
	if (regcomp(&regex, pattern, REG_EXTENDED) != 0)
		abort();
	is_postfix = regexec(&regex, line, PART_COUNT, parts, 0) == 0;
	regfree(&regex);
	ours = strstr(line, "decision: action=");
	if (ours != NULL &&
	    (!is_postfix || ours < line + parts[PART_ALL].rm_so)) {
		parse_decision(request, ours + strcspn(ours, " "));
	} else if (is_postfix) {
		result = parse_postfix(request, line, parts, err);
	} else {
		strbuf_adds(err,
		    "no line of a decision, such as \"NOQUEUE: reject: RCPT "
		    "from NAME[ADDRESS]: ...\"");
		result = -1;
	}
	request_complete(request);
	return result;
}
