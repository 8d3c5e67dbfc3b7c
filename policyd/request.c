/*
 * Requests of the Postfix policy delegation protocol (SMTPD_POLICY_README):
 * lines of name=value.  Postfix sends the same names in the same order each
 * time, so the table stands in that order and a line is first compared with
 * the name that comes next.
 */
#include <stdlib.h>
#include <string.h>

#include "request.h"

struct attribute {
	const char *name;
	size_t len;
	size_t offset;
};

#define ATTRIBUTE(name)                                                        \
	{                                                                      \
#name, sizeof(#name) - 1, offsetof(struct request, name)       \
	}

static const struct attribute attributes[] = {
	ATTRIBUTE(request),
	ATTRIBUTE(protocol_state),
	ATTRIBUTE(protocol_name),
	ATTRIBUTE(client_address),
	ATTRIBUTE(client_name),
	ATTRIBUTE(client_port),
	ATTRIBUTE(reverse_client_name),
	ATTRIBUTE(server_address),
	ATTRIBUTE(server_port),
	ATTRIBUTE(helo_name),
	ATTRIBUTE(sender),
	ATTRIBUTE(recipient),
	ATTRIBUTE(recipient_count),
	ATTRIBUTE(queue_id),
	ATTRIBUTE(instance),
	ATTRIBUTE(size),
	ATTRIBUTE(etrn_domain),
	ATTRIBUTE(stress),
	ATTRIBUTE(sasl_method),
	ATTRIBUTE(sasl_username),
	ATTRIBUTE(sasl_sender),
	ATTRIBUTE(ccert_subject),
	ATTRIBUTE(ccert_issuer),
	ATTRIBUTE(ccert_fingerprint),
	ATTRIBUTE(ccert_pubkey_fingerprint),
	ATTRIBUTE(encryption_protocol),
	ATTRIBUTE(encryption_cipher),
	ATTRIBUTE(encryption_keysize),
	ATTRIBUTE(policy_context),
};

#define NATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

static const struct {
	const char *name;
	enum protocol_state state;
} states[] = {
	{ "RCPT", STATE_RCPT },
	{ "DATA", STATE_DATA },
	{ "BDAT", STATE_DATA },
	{ "END-OF-MESSAGE", STATE_END_OF_MESSAGE },
	{ "CONNECT", STATE_CONNECT },
	{ "EHLO", STATE_HELO },
	{ "HELO", STATE_HELO },
	{ "MAIL", STATE_MAIL },
	{ "VRFY", STATE_VRFY },
	{ "ETRN", STATE_ETRN },
};

/* The attribute of that name, or NULL. */
static const struct attribute *
attribute_find(const char *name, size_t len)
{
	for (size_t i = 0; i < NATTRIBUTES; i++)
		if (attributes[i].len == len &&
		    memcmp(attributes[i].name, name, len) == 0)
			return &attributes[i];
	return NULL;
}

static void
attribute_set(struct request *request, const struct attribute *attribute,
    const char *value)
{
	*(const char **)((char *)request + attribute->offset) = value;
}

void
request_init(struct request *request)
{
	request->state = STATE_UNKNOWN;
	request->client = (struct ip){ 0 };
	for (size_t i = 0; i < NATTRIBUTES; i++)
		attribute_set(request, &attributes[i], "");
}

bool
request_set(struct request *request, const char *name, size_t namelen,
    const char *value)
{
	const struct attribute *attribute = attribute_find(name, namelen);

	if (attribute == NULL)
		return false;
	attribute_set(request, attribute, value);
	return true;
}

void
request_complete(struct request *request)
{
	request->state = STATE_UNKNOWN;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(request->protocol_state, states[i].name) == 0) {
			request->state = states[i].state;
			break;
		}
	ip_parse(&request->client, request->client_address);
}

/*
 * The attribute that a line gives, and where its value begins; NULL in value:
 * a line without "=".  Mostly it is the one that was guessed, and the "="
 * need not be looked for.
 */
static const struct attribute *
line_attribute(char *line, size_t len, size_t guess, char **value)
{
	const struct attribute *next = &attributes[guess];
	char *equals;

	if (guess < NATTRIBUTES && next->len < len && line[next->len] == '=' &&
	    memcmp(next->name, line, next->len) == 0) {
		*value = line + next->len + 1;
		return next;
	}
	equals = memchr(line, '=', len);
	*value = equals != NULL ? equals + 1 : NULL;
	return equals != NULL ? attribute_find(line, (size_t)(equals - line))
			      : NULL;
}

/* Nothing is changed before the end is found. */
ssize_t
request_parse(struct request *request, char *bytes, size_t len,
    struct strbuf *err)
{
	char *line, *eol, *value, *ends[NATTRIBUTES] = { NULL };
	const struct attribute *attribute;
	size_t guess = 0, line_len;

	request_init(request);
	for (line = bytes;; line = eol + 1) {
		eol = memchr(line, '\n', len - (size_t)(line - bytes));
		if (eol == NULL)
			return 0;
		line_len = (size_t)(eol - line);
		if (line_len > 0 && line[line_len - 1] == '\r')
			line_len--;
		if (line_len == 0)
			break;
		attribute = line_attribute(line, line_len, guess, &value);
		if (value == NULL) {
			strbuf_adds(err, "a line without \"=\"");
			return -1;
		}
		if (attribute == NULL)
			continue;
		guess = (size_t)(attribute - attributes) + 1;
		attribute_set(request, attribute, value);
		ends[guess - 1] = line + line_len;
	}
	if (memchr(bytes, '\0', (size_t)(eol - bytes)) != NULL) {
		strbuf_adds(err, "a NUL in the request");
		return -1;
	}
	for (size_t i = 0; i < NATTRIBUTES; i++)
		if (ends[i] != NULL)
			*ends[i] = '\0';
	request_complete(request);
	return eol + 1 - bytes;
}

int
request_check(const struct request *request, struct strbuf *err)
{
	if (strcmp(request->request, "smtpd_access_policy") == 0)
		return 0;
	if (request->request[0] == '\0' && request->protocol_state[0] != '\0')
		return 0;
	strbuf_adds(err, "no request=smtpd_access_policy in a request");
	return -1;
}

bool
request_has_sender(const struct request *request)
{
	switch (request->state) {
	case STATE_CONNECT:
	case STATE_HELO:
	case STATE_ETRN:
	case STATE_UNKNOWN:
		return false;
	case STATE_VRFY:
		return request->sender[0] != '\0';
	case STATE_MAIL:
	case STATE_RCPT:
	case STATE_DATA:
	case STATE_END_OF_MESSAGE:
		return true;
	}
	abort();
}

const char *
request_attribute_name(size_t i)
{
	return i < NATTRIBUTES ? attributes[i].name : NULL;
}
