#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>

/*
 * Reading a text piece by piece, from its beginning.
 */

/* Move behind a piece, if the rest begins with it; returns whether it does. */
bool text_take(char **rest, const char *piece);

/* Cut a text in two; returns what stands behind the first sep, or NULL when
 * there is none. */
char *text_cut(char *text, const char *sep);

#endif
