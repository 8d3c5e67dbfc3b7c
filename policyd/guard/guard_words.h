#ifndef GUARD_WORDS_H
#define GUARD_WORDS_H

#include <time.h>

#include "guard.h"
#include "strbuf.h"

/* What is known of a login, for people: "own work.example; not his own
 * 192.0.2.0/24; habit 12 in 1h; ..." */
void guard_view_print(const struct guard_view *, struct strbuf *out);

/*
 * The same back from these words, as of a moment; text is changed, and
 * borrowed.  His own places are so for long, and what is reserved counts as
 * sent.  Returns 0 or -1 with the reason in err.
 */
int places_parse(struct places *, char *text, time_t now, struct strbuf *err);

#endif
