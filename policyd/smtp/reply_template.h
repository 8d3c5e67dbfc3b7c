#ifndef REPLY_TEMPLATE_H
#define REPLY_TEMPLATE_H

#include "strbuf.h"

/*
 * Templates of DNSBL replies (default_rbl_reply): text with $name and with
 * conditions on names (macro.h).
 */
struct reply_template {
	/* The value of a name; NULL: there is no such name. */
	const char *(*lookup)(void *ctx, const char *name);
	void *ctx;
	const char *filter; /* bytes that values may have; others become _ */
};

/*
 * Append the expansion to out.  Returns 0, or -1 with the reason in err: a
 * bad form, or an unknown name.
 */
int reply_template_expand(const struct reply_template *, const char *text,
    struct strbuf *out, struct strbuf *err);

#endif
