#ifndef SECRET_INPUT_H
#define SECRET_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * A file that may hold secrets, read to its end without leaving copies
 * behind; out, empty before, is to be wiped.  "-" is standard input.
 * Returns 0, or -1 with the reason in err (more than 1 GiB is refused).
 */
int secret_input_read(const char *path, struct strbuf *out, struct strbuf *err);

/*
 * The next line of a text that is read in place: *line (its LF, and one CR
 * before that, are cut), *len.  *pos begins at 0; a byte order mark there is
 * skipped.  Returns false at the end.
 */
bool secret_input_line(struct strbuf *text, size_t *pos, char **line,
    size_t *len);

#endif
