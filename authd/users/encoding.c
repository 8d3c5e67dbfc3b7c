/*
 * Base64 and hex.
 */
#include <string.h>
#include <strings.h>

#include <nettle/base16.h>
#include <nettle/base64.h>

#include "encoding.h"
#include "mem.h"

void
base64_add(struct strbuf *out, const void *bytes, size_t len)
{
	size_t text_len = BASE64_ENCODE_RAW_LENGTH(len);

	strbuf_reserve(out, text_len);
	base64_encode_raw(out->bytes + out->len, len, bytes);
	out->len += text_len;
	out->bytes[out->len] = '\0';
}

void
hex_add(struct strbuf *out, const void *bytes, size_t len)
{
	size_t text_len = BASE16_ENCODE_LENGTH(len);

	strbuf_reserve(out, text_len);
	base16_encode_update(out->bytes + out->len, len, bytes);
	out->len += text_len;
	out->bytes[out->len] = '\0';
}

/* One text for the same bytes: so the decoded ones must give it back. */
bool
base64_decode(struct strbuf *out, const char *text, size_t len)
{
	struct base64_decode_ctx ctx;
	struct strbuf again = { 0 };
	size_t before = out->len, decoded;
	bool ok;

	strbuf_reserve(out, BASE64_DECODE_LENGTH(len));
	base64_decode_init(&ctx);
	ok = base64_decode_update(&ctx, &decoded,
		 (uint8_t *)out->bytes + before, len, text) &&
	    base64_decode_final(&ctx);
	if (ok) {
		base64_add(&again, out->bytes + before, decoded);
		ok = again.len == len &&
		    (len == 0 || memcmp(again.bytes, text, len) == 0);
		strbuf_wipe(&again);
	}
	out->len = ok ? before + decoded : before;
	out->bytes[out->len] = '\0';
	explicit_bzero(&ctx, sizeof(ctx));
	return ok;
}

bool
hex_decode(struct strbuf *out, const char *text, size_t len)
{
	struct base16_decode_ctx ctx;
	size_t before = out->len, decoded;
	bool ok = true;

	for (size_t i = 0; ok && i < len; i++)
		ok = strchr("0123456789abcdefABCDEF", text[i]) != NULL &&
		    text[i] != '\0';
	strbuf_reserve(out, BASE16_DECODE_LENGTH(len));
	base16_decode_init(&ctx);
	ok = ok &&
	    base16_decode_update(&ctx, &decoded, (uint8_t *)out->bytes + before,
		len, text) &&
	    base16_decode_final(&ctx);
	out->len = ok ? before + decoded : before;
	out->bytes[out->len] = '\0';
	return ok;
}

bool
encoding_decode(struct strbuf *out, const char *suffix, const char *text,
    size_t raw_len)
{
	size_t len = strlen(text);

	if (strcasecmp(suffix, ".HEX") == 0 ||
	    (*suffix == '\0' && raw_len != 0 && len == 2 * raw_len))
		return hex_decode(out, text, len);
	if (*suffix == '\0' || strcasecmp(suffix, ".B64") == 0 ||
	    strcasecmp(suffix, ".BASE64") == 0)
		return base64_decode(out, text, len);
	return false;
}
