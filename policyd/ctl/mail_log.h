#ifndef MAIL_LOG_H
#define MAIL_LOG_H

#include "request.h"

/*
 * A line of the mail log as the request that it tells of: one of Postfix's
 * ("NOQUEUE: reject: RCPT from NAME[ADDRESS]: ...; from=<...> to=<...>", also
 * "hold:", "reject_warning:" and so on), or of our decisions ("decision:
 * action=..."), with or without what a syslog daemon puts before it.
 * line is changed, and the request points into it.
 * Returns 0, or -1 with the reason in err: it is none of them.
 */
int mail_log_parse(struct request *, char *line, struct strbuf *err);

#endif
