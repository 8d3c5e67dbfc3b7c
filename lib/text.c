/*
 * Pieces of texts.
 */
#include <string.h>

#include "text.h"

bool
text_take(char **rest, const char *piece)
{
	size_t len = strlen(piece);

	if (strncmp(*rest, piece, len) != 0)
		return false;
	*rest += len;
	return true;
}

char *
text_cut(char *text, const char *sep)
{
	char *at = strstr(text, sep);

	if (at == NULL)
		return NULL;
	*at = '\0';
	return at + strlen(sep);
}
