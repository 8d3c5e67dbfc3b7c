#ifndef PASSWORD_INPUT_H
#define PASSWORD_INPUT_H

#include "strbuf.h"

/*
 * A password for a command line tool, appended to out (to be wiped):
 * neither empty, nor longer than crypt(3) takes, nor with a NUL.
 * Both return 0, or -1 with the reason in err.
 */

/* The first line of a descriptor without its LF and one CR before that, nothing
 * else trimmed. */
int password_input_line(int fd, struct strbuf *out, struct strbuf *err);

/* Typed twice at the terminal, without echo. */
int password_input_terminal(const char *user, struct strbuf *out,
    struct strbuf *err);

#endif
