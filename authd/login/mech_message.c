/*
 * What libsasl2 does not look at in the messages of clients.
 */
#include <stdlib.h>
#include <string.h>

#include <nettle/md5.h>
#include <stringprep.h>

#include "mech_message.h"
#include "encoding.h"
#include "mem.h"

#define DIGEST_LEN (2 * MD5_DIGEST_SIZE) /* as hex */

/* RFC 2195: the name, a blank and the digest, all to the last byte. */
static bool
is_cram_md5_answer(const struct mech_message *message)
{
	const char *digest;

	if (message->len < DIGEST_LEN + 2)
		return false;
	digest = message->bytes + message->len - DIGEST_LEN;
	return digest[-1] == ' ' &&
	    strspn(digest, "0123456789abcdef") == DIGEST_LEN;
}

/* The GS2 header (RFC 5802, 7) of the first message: its length; 0: none. */
static size_t
gs2_header(const struct mech_message *first)
{
	const char *comma = memchr(first->bytes, ',', first->len);

	if (comma == NULL)
		return 0;
	comma = memchr(comma + 1, ',',
	    first->len - (size_t)(comma + 1 - first->bytes));
	return comma != NULL ? (size_t)(comma + 1 - first->bytes) : 0;
}

static const char *
scram_first_problem(const struct mech_message *message)
{
	if (strncmp(message->bytes, "p=", 2) == 0)
		return "asks for channel binding (p=), which is not offered";
	return NULL; /* the rest of it libsasl2 looks at */
}

/* RFC 5802, 6: c= repeats the GS2 header, lest somebody between changes it. */
static const char *
scram_final_problem(const struct mech_message *message,
    const struct mech_message *first)
{
	struct strbuf expected = { 0 };
	const char *problem = NULL;

	strbuf_adds(&expected, "c=");
	base64_add(&expected, first->bytes, gs2_header(first));
	strbuf_addc(&expected, ',');
	if (strncmp(message->bytes, strbuf_str(&expected), expected.len) != 0)
		problem = "c= does not repeat the GS2 header";
	strbuf_free(&expected);
	return problem;
}

const char *
mech_message_problem(enum mechanism mechanism,
    const struct mech_message *message, const struct mech_message *first)
{
	bool has_nul = strlen(message->bytes) != message->len;

	if (has_nul && mechanism != MECHANISM_PLAIN)
		return "malformed response: a NUL byte";
	switch (mechanism) {
	case MECHANISM_PLAIN: /* libsasl2 counts the NULs */
	case MECHANISM_LOGIN:
		return NULL;
	case MECHANISM_SCRAM_SHA_256:
	case MECHANISM_SCRAM_SHA_1:
	case MECHANISM_SCRAM_SHA_512:
		return first == NULL ? scram_first_problem(message)
				     : scram_final_problem(message, first);
	case MECHANISM_CRAM_MD5:
		return is_cram_md5_answer(message)
		    ? NULL
		    : "malformed response: not a name, a blank and a digest";
	case MECHANISMS:
		break;
	}
	abort();
}

static bool
is_utf8(const char *bytes, size_t len)
{
	size_t n = 0;
	uint32_t *codes;

	for (size_t i = 0; i < len; i++)
		n += (unsigned char)bytes[i] >= 0x80;
	if (n == 0)
		return true;
	codes = stringprep_utf8_to_ucs4(bytes, (ssize_t)len, &n);
	if (codes == NULL)
		return false;
	secret_free(codes, n * sizeof *codes);
	return true;
}

const char *
mech_message_hint(const char *bytes, size_t len)
{
	if (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
		return " (it ends in CR or LF)";
	if (!is_utf8(bytes, len))
		return " (it is not UTF-8; Latin-1?)";
	return "";
}
