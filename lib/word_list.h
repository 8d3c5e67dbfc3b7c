#ifndef WORD_LIST_H
#define WORD_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A list as main.cf has them: words with commas and white space between.
 */
#define WORD_LIST_SEPARATORS ", \t\r\n"

/* Whether one of the words is this, whatever its case. */
bool word_list_has(const char *list, const char *word);

/* "A, B" without it; the caller frees it. */
char *word_list_without(const char *list, const char *word);

/* The list with text in place of its bytes from start to end; "" takes the
 * separators behind them, too.  The caller frees it. */
char *word_list_replace(const char *list, size_t start, size_t end,
    const char *text);

#endif
