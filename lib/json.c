/*
 * JSON output (RFC 8259).
 */
#include <assert.h>
#include <string.h>

#include "json.h"
#include "json_plain.h"
#include "printable.h"

/* A table, because each byte of each string is looked at. */
#define IS_PLAIN(c) ((c) >= ' ' && (c) <= '~' && (c) != '"' && (c) != '\\')
#define FOUR(c)     IS_PLAIN(c), IS_PLAIN(c + 1), IS_PLAIN(c + 2), IS_PLAIN(c + 3)
#define SIXTEEN(c)  FOUR(c), FOUR(c + 4), FOUR(c + 8), FOUR(c + 12)
#define QUARTER(c)  SIXTEEN(c), SIXTEEN(c + 16), SIXTEEN(c + 32), SIXTEEN(c + 48)

const bool json_is_plain[UCHAR_MAX + 1] = { QUARTER(0), QUARTER(64) };

/* Append the character that text begins with and that is not printable: a
 * control, or a byte of none.  Returns its length. */
static size_t
add_unprintable(struct strbuf *out, const unsigned char *text)
{
	if (text[0] < 0x20 || text[0] == 0x7f) {
		strbuf_addf(out, "\\u%04x", text[0]);
		return 1;
	}
	if (text[0] == 0xc2 && text[1] >= 0x80 && text[1] <= 0x9f) {
		strbuf_addf(out, "\\u%04x", text[1]);
		return 2;
	}
	strbuf_adds(out, "\xef\xbf\xbd"); /* U+FFFD */
	return 1;
}

/* What begins with a byte that does not go as it is. */
static void
add_escaped(struct strbuf *out, const char *text)
{
	size_t left = strlen(text), len;

	for (; left > 0; text += len, left -= len) {
		len = json_plain_len(text);
		if (len == 0)
			len = printable_len(text, left);
		if (len == 0) {
			len = add_unprintable(out, (const unsigned char *)text);
			continue;
		}
		if (*text == '"' || *text == '\\')
			strbuf_addc(out, '\\');
		strbuf_add(out, text, len);
	}
}

static void
add_quoted(struct strbuf *out, const char *text)
{
	size_t len = json_plain_len(text);

	strbuf_addc(out, '"');
	strbuf_add(out, text, len);
	if (text[len] != '\0')
		add_escaped(out, text + len);
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
