/*
 * Forms of addresses for relay-test.
 */
#include <string.h>

#include "relay_form.h"

#define STRANGER  "relay-test@%s"
#define ELSEWHERE "relay-test@%f"

/* What a recipient may look like; the sender is a stranger. */
#define TO(name, recipient)                                                    \
	{                                                                      \
		name, STRANGER, recipient, "", false, false, NULL              \
	}
#define TO_US(name, recipient)                                                 \
	{                                                                      \
		name, STRANGER, recipient, "", true, false, NULL               \
	}
#define TO_UTF8(name, recipient)                                               \
	{                                                                      \
		name, STRANGER, recipient, "", false, true, NULL               \
	}

/* Whom it may seem to come from; the recipient is plainly elsewhere. */
#define FROM(name, sender)                                                     \
	{                                                                      \
		name, sender, ELSEWHERE, "", false, false, NULL                \
	}
#define FROM_UTF8(name, sender)                                                \
	{                                                                      \
		name, sender, ELSEWHERE, "", false, true, NULL                 \
	}
/* Who it says it is; all else is plain. */
#define HELO(name, helo)                                                       \
	{                                                                      \
		name, STRANGER, ELSEWHERE, helo, false, false, NULL            \
	}
/* Whom it says it speaks for, by XCLIENT. */
#define XCLIENT(name, pretence)                                                \
	{                                                                      \
		name, STRANGER, ELSEWHERE, "", false, false, pretence          \
	}

static const struct relay_pretence local = { "localhost", "127.0.0.1", NULL };
static const struct relay_pretence user = { NULL, NULL, "relay-test" };

const struct relay_form relay_forms[] = {
	TO("plain", ELSEWHERE),
	TO("capitals", "RELAY-TEST@%f"),
	TO("with an extension", "relay-test+more@%f"),
	TO("postmaster elsewhere", "postmaster@%f"),
	TO("abuse elsewhere", "abuse@%f"),
	TO("owner of a list", "owner-relay-test@%f"),
	TO("dot behind the domain", "relay-test@%f."),
	TO("subdomain", "relay-test@mail.%f"),
	TO("our name before it", "relay-test@%o.%f"),
	TO("our name at its end", "relay-test@not%o"),
	TO("literal elsewhere", "relay-test@[203.0.113.25]"),
	TO("IPv6 literal elsewhere", "relay-test@[IPv6:2001:db8:25::25]"),
	TO("address without brackets", "relay-test@203.0.113.25"),
	TO("quoted local part", "\"relay-test\"@%f"),
	TO("quoted blank", "\"relay test\"@%f"),
	TO("empty quotes", "\"\"@%f"),
	TO("backslash in quotes", "\"relay\\@test\"@%f"),
	TO("our domain within", "relay-test@%o@%f"),
	TO("our domain quoted within", "\"relay-test@%o\"@%f"),
	TO("our domain by percent", "relay-test%%%o@%f"),
	TO("our domain by bang", "%o!relay-test@%f"),
	TO("source route by us", "@%o:relay-test@%f"),
	TO("source route by literal", "@%a:relay-test@%f"),
	TO("source route by localhost", "@localhost:relay-test@%f"),
	TO("long source route", "@%o,@%s:relay-test@%f"),
	TO("source route by themselves", "@%f:relay-test@%f"),
	TO("bang path", "%f!relay-test"),
	TO("bang path in quotes", "\"%f!relay-test\""),
	TO("bang path by us", "%o!%f!relay-test"),
	TO("bang path by localhost", "localhost!%f!relay-test"),
	TO("percent hack without domain", "relay-test%%%f"),
	TO("two percents without domain", "relay-test%%%f%%%o"),
	TO("bang and percent", "%f!relay-test%%%o"),
	TO("quoted without domain", "\"relay-test@%f\""),
	TO("quoted percent without domain", "\"relay-test%%%f\""),
	TO("two in one", "relay-test@%f,postmaster@%o"),
	TO_US("percent hack", "relay-test%%%f@%o"),
	TO_US("percent hack to our domain", "relay-test%%%f@%d"),
	TO_US("percent hack to literal", "relay-test%%%f@%a"),
	TO_US("percent hack to localhost", "relay-test%%%f@localhost"),
	TO_US("two percent hacks", "relay-test%%%s%%%f@%o"),
	TO_US("doubled percent", "relay-test%%%%%f@%o"),
	TO_US("percent hack, quoted", "\"relay-test%%%f\"@%o"),
	TO_US("percent hack in source route", "@%f:relay-test%%%f@%o"),
	TO_US("two domains", "relay-test@%f@%o"),
	TO_US("two domains, literal", "relay-test@%f@%a"),
	TO_US("two domains, localhost", "relay-test@%f@localhost"),
	TO_US("two domains, quoted", "\"relay-test@%f\"@%o"),
	TO_US("two domains, quoted, literal", "\"relay-test@%f\"@%a"),
	TO_US("two domains, backslash", "relay-test\\@%f@%o"),
	TO_US("bang path to us", "%f!relay-test@%o"),
	TO_US("bang path to our domain", "%f!relay-test@%d"),
	TO_US("bang path to literal", "%f!relay-test@%a"),
	TO_US("bang path to localhost", "%f!relay-test@localhost"),
	TO_US("bang path to us, quoted", "\"%f!relay-test\"@%o"),
	TO_US("source route to us", "@%f:relay-test%%%f@%a"),
	TO_US("empty local part after it", "relay-test@%f@"),
	TO_UTF8("UTF-8 local part", "relais-t\303\251st@%f"),
	TO_UTF8("UTF-8 domain", "relay-test@\344\276\213.%f"),
	{ "full-width @", STRANGER, "relay-test\357\274\240%f@%o", "", true,
	    true, NULL },
	TO_UTF8("ideographic full stop", "relay-test@mail\343\200\202%f"),
	FROM("null sender", ""),
	FROM("sender of ours", "relay-test@%o"),
	FROM("sender of our domain", "relay-test@%d"),
	FROM("our postmaster", "postmaster@%o"),
	FROM("postmaster of our domain", "postmaster@%d"),
	FROM("sender with our literal", "relay-test@%a"),
	FROM("sender at localhost", "root@localhost"),
	FROM("sender without domain", "relay-test"),
	FROM("sender is a domain of ours", "%o"),
	FROM("sender is the recipient", ELSEWHERE),
	FROM("sender in a subdomain of ours", "relay-test@mail.%o"),
	FROM("sender with our name before", "relay-test@%o.%s"),
	FROM("postmaster elsewhere as sender", "postmaster@%s"),
	FROM_UTF8("UTF-8 sender", "t\303\251st@%s"),
	HELO("our name as HELO", "%o"),
	HELO("our domain as HELO", "%d"),
	HELO("our address as HELO", "%a"),
	HELO("localhost as HELO", "localhost"),
	HELO("a name elsewhere as HELO", "mail.%s"),
	XCLIENT("localhost by XCLIENT", &local),
	XCLIENT("a login by XCLIENT", &user),
};

const size_t nrelay_forms = sizeof relay_forms / sizeof relay_forms[0];

const char *
relay_domain_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL && strchr(dot + 1, '.') != NULL ? dot + 1 : name;
}

void
relay_form_add(struct strbuf *out, const char *address,
    const struct relay_host *host)
{
	for (; *address != '\0'; address++) {
		if (*address != '%') {
			strbuf_addc(out, *address);
			continue;
		}
		switch (*++address) {
		case 'o':
			strbuf_adds(out, host->name);
			break;
		case 'd':
			strbuf_adds(out, relay_domain_of(host->name));
			break;
		case 'a':
			strbuf_adds(out, host->literal);
			break;
		case 'f':
			strbuf_adds(out, RELAY_FOREIGN);
			break;
		case 's':
			strbuf_adds(out, RELAY_SENDER);
			break;
		default: /* "%%" */
			strbuf_addc(out, *address);
			break;
		}
	}
}
