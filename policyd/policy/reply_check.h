#ifndef REPLY_CHECK_H
#define REPLY_CHECK_H

#include "policy.h"
#include "strbuf.h"

/*
 * Look at the templates of replies to listings that are written in the
 * configuration, once it is read: default_rbl_reply, and what rbl_reply_maps
 * have without a file.
 * err: lines about a default with which Postfix's smtpd would end at every
 * listing; warnings: about what is replaced by another reply then.
 */
void reply_check(const struct policy *, const struct restrictions *,
    struct strbuf *warnings, struct strbuf *err);

#endif
