/*
 * Words of a line on the control socket, so escaped that any text passes.
 */
#include <string.h>

#include "control_words.h"

void
control_word_add(struct strbuf *line, const char *word)
{
	if (line->len > 0)
		strbuf_addc(line, ' ');
	if (*word == '\0')
		strbuf_adds(line, "\\e");
	for (; *word != '\0'; word++) {
		unsigned char c = (unsigned char)*word;

		if (c > 0x20 && c < 0x7f && c != '\\')
			strbuf_addc(line, (char)c);
		else
			strbuf_addf(line, "\\x%02x", c);
	}
}

/* Returns -1 when it is no hexadecimal digit. */
static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte that \xHH stands for; 0 when text is no such escape. */
static int
decode_byte(const char *text)
{
	int high, low;

	if (text[0] != '\\' || text[1] != 'x' ||
	    (high = hex_digit(text[2])) < 0 || (low = hex_digit(text[3])) < 0)
		return 0;
	return high << 4 | low;
}

static void
decode(char *word)
{
	char *out = word;

	if (strcmp(word, "\\e") == 0)
		*word = '\0';
	while (*word != '\0') {
		int c = decode_byte(word);

		if (c == 0) {
			*out++ = *word++;
		} else {
			*out++ = (char)c;
			word += 4;
		}
	}
	*out = '\0';
}

char *
control_word_next(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	size_t len = strcspn(word, " \t");

	*rest = word + len;
	if (len == 0)
		return NULL;
	if (word[len] != '\0')
		*(*rest)++ = '\0';
	decode(word);
	return word;
}
