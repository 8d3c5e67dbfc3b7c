#ifndef UTF8_FOLD_H
#define UTF8_FOLD_H

#include "strbuf.h"

/* Append text with its case folded; ASCII only, if it is not well-formed. */
void utf8_fold(const char *text, struct strbuf *out);

#endif
