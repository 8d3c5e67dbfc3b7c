/*
 * Requests of the Postfix policy delegation protocol (SMTPD_POLICY_README):
 * lines of name=value.  Postfix sends the same names in the same order each
 * time, so the table stands in that order and a line is first compared with
 * the name that comes next.
 */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "request.h"
#include "host_name.h"
#include "log.h"
#include "nearest.h"

#define SERVICE "smtpd_access_policy"

/* What a value has to look like; "" is always well: there is none. */
enum shape {
	SHAPE_TEXT,    /* anything */
	SHAPE_SERVICE, /* that the request is meant for us */
	SHAPE_NUMBER,
	SHAPE_PORT,    /* or "unknown" */
	SHAPE_ADDRESS, /* or "unknown" */
	SHAPE_HOST,    /* or "unknown" */
	SHAPE_HEX,     /* pairs of digits with ':' between */
	SHAPE_ID,      /* letters, digits, '.', '_', '-' */
};

struct attribute {
	const char *name;
	size_t len;
	size_t offset;
	enum shape shape;
};

#define ATTRIBUTE(name, shape)                                                 \
	{                                                                      \
#name, sizeof #name - 1, offsetof(struct request, name),       \
		    SHAPE_##shape                                              \
	}

static const struct attribute attributes[] = {
	ATTRIBUTE(request, SERVICE),
	ATTRIBUTE(protocol_state, TEXT),
	ATTRIBUTE(protocol_name, TEXT),
	ATTRIBUTE(client_address, ADDRESS),
	ATTRIBUTE(client_name, HOST),
	ATTRIBUTE(client_port, PORT),
	ATTRIBUTE(reverse_client_name, HOST),
	ATTRIBUTE(server_address, ADDRESS),
	ATTRIBUTE(server_port, PORT),
	ATTRIBUTE(helo_name, TEXT),
	ATTRIBUTE(sender, TEXT),
	ATTRIBUTE(recipient, TEXT),
	ATTRIBUTE(recipient_count, NUMBER),
	ATTRIBUTE(queue_id, ID),
	ATTRIBUTE(instance, ID),
	ATTRIBUTE(size, NUMBER),
	ATTRIBUTE(etrn_domain, TEXT),
	ATTRIBUTE(stress, TEXT),
	ATTRIBUTE(sasl_method, TEXT),
	ATTRIBUTE(sasl_username, TEXT),
	ATTRIBUTE(sasl_sender, TEXT),
	ATTRIBUTE(ccert_subject, TEXT),
	ATTRIBUTE(ccert_issuer, TEXT),
	ATTRIBUTE(ccert_fingerprint, HEX),
	ATTRIBUTE(ccert_pubkey_fingerprint, HEX),
	ATTRIBUTE(encryption_protocol, TEXT),
	ATTRIBUTE(encryption_cipher, TEXT),
	ATTRIBUTE(encryption_keysize, NUMBER),
	ATTRIBUTE(policy_context, TEXT),
};

#define NATTRIBUTES (sizeof attributes / sizeof attributes[0])

static const struct {
	const char *name;
	enum protocol_state state;
} states[] = {
	{ "RCPT", STATE_RCPT },
	{ "DATA", STATE_DATA },
	{ "BDAT", STATE_DATA },
	{ "END-OF-MESSAGE", STATE_END_OF_MESSAGE },
	{ "CONNECT", STATE_CONNECT },
	{ "XCLIENT", STATE_CONNECT },
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

static const char *
attribute_value(const struct request *request,
    const struct attribute *attribute)
{
	return *(
	    const char *const *)((const char *)request + attribute->offset);
}

void
request_init(struct request *request)
{
	request->state = STATE_UNKNOWN;
	request->has_state = false;
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
	request->has_state = request->protocol_state[0] != '\0';
	if (!request->has_state)
		request->protocol_state = "RCPT";
	request->state = STATE_UNKNOWN;
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
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
	if (strcmp(request->request, SERVICE) == 0)
		return 0;
	if (request->request[0] == '\0' && request->has_state)
		return 0;
	strbuf_adds(err, "no request=" SERVICE " in a request");
	return -1;
}

static bool
is_number(const char *text, long max)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && text[digits] == '\0' &&
	    strtol(text, NULL, 10) <= max;
}

static bool
is_hex(const char *text)
{
	while (isxdigit((unsigned char)text[0]) &&
	    isxdigit((unsigned char)text[1])) {
		if (text[2] == '\0')
			return true;
		if (text[2] != ':')
			break;
		text += 3;
	}
	return false;
}

static bool
is_id(const char *text)
{
	while (isalnum((unsigned char)*text) || strchr("._-", *text) != NULL)
		if (*text++ == '\0')
			return true;
	return false;
}

/* What is wrong with a value, or NULL. */
static const char *
shape_fault(enum shape shape, const char *value)
{
	bool is_unknown = strcmp(value, "unknown") == 0;
	struct ip ip;

	switch (shape) {
	case SHAPE_TEXT:
		return NULL;
	case SHAPE_SERVICE:
		return strcmp(value, SERVICE) == 0 ? NULL : "not " SERVICE;
	case SHAPE_NUMBER:
		return is_number(value, LONG_MAX) ? NULL : "no number";
	case SHAPE_PORT:
		return is_unknown || is_number(value, 65535) ? NULL : "no port";
	case SHAPE_ADDRESS:
		return is_unknown || ip_parse(&ip, value) ? NULL
							  : "no IP address";
	case SHAPE_HOST:
		return is_unknown || host_name_is_valid(value)
		    ? NULL
		    : "no host name (\"unknown\" where there is none)";
	case SHAPE_HEX:
		return is_hex(value) ? NULL : "no fingerprint";
	case SHAPE_ID:
		return is_id(value) ? NULL
				    : "letters, digits, '.', '_' and '-' only";
	}
	abort();
}

static void
add_fault(struct strbuf *err, const char *name, const char *value,
    const char *fault)
{
	strbuf_addf(err, "%s=", name);
	log_escape(err, value, strlen(value));
	strbuf_addf(err, ": %s", fault);
}

static void
unknown_state(const char *state, struct strbuf *err)
{
	struct nearest nearest;

	add_fault(err, "protocol_state", state, "Postfix sends no such state");
	nearest_init(&nearest, state);
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		nearest_offer(&nearest, states[i].name);
	strbuf_adds(err, nearest_hint(&nearest));
}

int
request_check_values(const struct request *request, struct strbuf *err)
{
	for (size_t i = 0; i < NATTRIBUTES; i++) {
		const char *value = attribute_value(request, &attributes[i]);
		const char *fault = value[0] != '\0'
		    ? shape_fault(attributes[i].shape, value)
		    : NULL;

		if (fault != NULL) {
			add_fault(err, attributes[i].name, value, fault);
			return -1;
		}
	}
	if (request->state == STATE_UNKNOWN) {
		unknown_state(request->protocol_state, err);
		return -1;
	}
	return 0;
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

bool
request_name_is_unknown(const char *name)
{
	return strcasecmp(name, "unknown") == 0;
}

const char *
request_attribute_name(size_t i)
{
	return i < NATTRIBUTES ? attributes[i].name : NULL;
}

const char *
request_attribute_value(const struct request *request, size_t i)
{
	return attribute_value(request, &attributes[i]);
}

const char *
request_attribute_hint(const char *mistyped)
{
	struct nearest nearest;

	if (attribute_find(mistyped, strlen(mistyped)) != NULL)
		return "";
	nearest_init(&nearest, mistyped);
	for (size_t i = 0; i < NATTRIBUTES; i++)
		nearest_offer(&nearest, attributes[i].name);
	return nearest_hint(&nearest);
}
