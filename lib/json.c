/*
 * JSON output (RFC 8259).
 */
#include <assert.h>
#include <string.h>

#include "json.h"

/*
 * The length of the UTF-8 sequence (RFC 3629) that text begins with, 0 when
 * there is none.  The NUL at the end stops it.
 */
static size_t
utf8_len(const unsigned char *text)
{
	static const struct {
		unsigned char first_min, first_max, second_min, second_max;
		size_t len;
	} forms[] = {
		{ 0x01, 0x7f, 0, 0, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		size_t n = 1;

		if (text[0] < forms[i].first_min ||
		    text[0] > forms[i].first_max)
			continue;
		if (forms[i].len == 1)
			return 1;
		if (text[1] < forms[i].second_min ||
		    text[1] > forms[i].second_max)
			return 0;
		while (++n < forms[i].len)
			if (text[n] < 0x80 || text[n] > 0xbf)
				return 0;
		return forms[i].len;
	}
	return 0;
}

static void
add_quoted(struct strbuf *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	strbuf_addc(out, '"');
	while (*p != '\0') {
		size_t len = utf8_len(p);

		if (len == 0) {
			strbuf_adds(out, "\xef\xbf\xbd");
			len = 1;
		} else if (*p == '"' || *p == '\\') {
			strbuf_addf(out, "\\%c", *p);
		} else if (*p < 0x20 || *p == 0x7f) {
			strbuf_addf(out, "\\u%04x", *p);
		} else {
			strbuf_add(out, p, len);
		}
		p += len;
	}
	strbuf_addc(out, '"');
}

/* What comes before each value. */
static void
begin(struct json *json, const char *key)
{
	if (json->needs_comma)
		strbuf_addc(json->out, ',');
	json->needs_comma = true;
	if (key != NULL) {
		add_quoted(json->out, key);
		strbuf_addc(json->out, ':');
	}
}

static void
open_level(struct json *json, const char *key, char opening, char closing)
{
	assert(json->depth < JSON_DEPTH);
	begin(json, key);
	strbuf_addc(json->out, opening);
	json->closing[json->depth++] = closing;
	json->needs_comma = false;
}

void
json_object(struct json *json, const char *key)
{
	open_level(json, key, '{', '}');
}

void
json_array(struct json *json, const char *key)
{
	open_level(json, key, '[', ']');
}

void
json_end(struct json *json)
{
	assert(json->depth > 0);
	strbuf_addc(json->out, json->closing[--json->depth]);
	json->needs_comma = true;
}

void
json_string(struct json *json, const char *key, const char *text)
{
	begin(json, key);
	if (text != NULL)
		add_quoted(json->out, text);
	else
		strbuf_adds(json->out, "null");
}

void
json_integer(struct json *json, const char *key, long long n)
{
	begin(json, key);
	strbuf_addf(json->out, "%lld", n);
}

void
json_bool(struct json *json, const char *key, bool value)
{
	begin(json, key);
	strbuf_adds(json->out, value ? "true" : "false");
}
