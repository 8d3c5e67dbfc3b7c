#ifndef CONTROL_WORDS_H
#define CONTROL_WORDS_H

#include "strbuf.h"

/*
 * Words on a control line: separated by blanks; a byte that is a blank, a
 * backslash or not printable ASCII is written \xHH, so any bytes but NUL
 * pass.  A word that stands for nothing is written as \e.
 */
void control_word_add(struct strbuf *line, const char *word);

/*
 * Cut the next word off *rest, decoded in place.  Returns NULL at the end.
 * A bad escape is left as it stands.
 */
char *control_word_next(char **rest);

#endif
