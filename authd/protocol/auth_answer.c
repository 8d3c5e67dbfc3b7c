/*
 * What the server says in the Dovecot auth-client protocol.
 *
 * Everything that a connection is offered is said at once, as Dovecot 2.3
 * does: Exim up to 4.98.2 reads all of it before it writes.
 */
#include <stdlib.h>
#include <unistd.h>

#include "auth_answer.h"
#include "encoding.h"
#include "random_bytes.h"

/* One for all causes that a guesser could meet: he learns nothing from it. */
#define WHY_FAIL        "credentials not accepted"
#define REASON_TEMPFAIL "reason=temporary authentication failure"

#define LINE_USUAL 256 /* bytes of an answer */

static const char *
mechanism_flags(enum mechanism mechanism)
{
	switch (mechanism) {
	case MECHANISM_PLAIN:
	case MECHANISM_LOGIN:
		return "plaintext";
	case MECHANISM_SCRAM_SHA_256:
	case MECHANISM_SCRAM_SHA_1:
	case MECHANISM_SCRAM_SHA_512:
		return "mutual-auth";
	case MECHANISM_CRAM_MD5:
		return "dictionary\tactive";
	case MECHANISMS:
		break;
	}
	abort();
}

void
auth_answer_greeting(struct strbuf *out, const struct authd_config *config,
    unsigned long number)
{
	unsigned char cookie[16];

	random_bytes(cookie, sizeof cookie);
	strbuf_addf(out, "VERSION\t%d\t%d\n", AUTH_VERSION_MAJOR,
	    AUTH_VERSION_MINOR);
	for (size_t i = 0; i < config->noffered; i++)
		strbuf_addf(out, "MECH\t%s\t%s\n",
		    mechanism_name(config->offered[i]),
		    mechanism_flags(config->offered[i]));
	strbuf_addf(out, "SPID\t%ld\nCUID\t%lu\nCOOKIE\t", (long)getpid(),
	    number);
	hex_add(out, cookie, sizeof cookie);
	strbuf_adds(out, "\nDONE\n");
}

/* The beginning of a line; command: with its TAB. */
static void
begin(struct strbuf *out, const char *command, uint32_t id)
{
	strbuf_reserve(out, LINE_USUAL);
	strbuf_adds(out, command);
	strbuf_addu(out, id);
}

void
auth_answer_challenge(struct strbuf *out, uint32_t id, const char *data,
    size_t len)
{
	begin(out, "CONT\t", id);
	strbuf_addc(out, '\t');
	base64_add(out, data, len);
	strbuf_addc(out, '\n');
}

void
auth_answer_ok(struct strbuf *out, uint32_t id, const char *user,
    const char *data, size_t len)
{
	begin(out, "OK\t", id);
	strbuf_adds(out, "\tuser=");
	strbuf_adds(out, user);
	if (data != NULL) {
		strbuf_adds(out, "\tresp=");
		base64_add(out, data, len);
	}
	strbuf_addc(out, '\n');
}

void
auth_answer_fail(struct strbuf *out, uint32_t id, const char *user,
    const char *code, const char *why)
{
	begin(out, "FAIL\t", id);
	if (user != NULL)
		strbuf_addf(out, "\tuser=%s", user);
	if (code != NULL)
		strbuf_addf(out, "\tcode=%s", code);
	strbuf_addf(out, "\treason=%s\n", why != NULL ? why : WHY_FAIL);
}

void
auth_answer_tempfail(struct strbuf *out, uint32_t id)
{
	begin(out, "FAIL\t", id);
	strbuf_adds(out, "\tcode=temp_fail\t" REASON_TEMPFAIL "\n");
}
