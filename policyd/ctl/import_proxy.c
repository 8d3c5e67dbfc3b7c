/*
 * Which tables Postfix reads for policyd, once policyd.cf names them.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "import_proxy.h"
#include "mem.h"

#define PROXY "proxy:"

struct words {
	char **list;
	size_t n;
};

/* How long a word is: up to what ends it outside of braces. */
static size_t
word_len(const char *word)
{
	size_t len = 0;
	int depth = 0;

	for (; word[len] != '\0'; len++) {
		if (word[len] == '{')
			depth++;
		else if (word[len] == '}' && depth-- == 0)
			break;
		else if (depth == 0 && strchr(", \t\n", word[len]) != NULL)
			break;
	}
	return len;
}

static bool
has_word(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->n; i++)
		if (strcmp(words->list[i], word) == 0)
			return true;
	return false;
}

/* All that stand in a text, each once. */
static void
collect(struct words *words, const char *text)
{
	const char *at = text;

	while ((at = strstr(at, PROXY)) != NULL) {
		bool begins = at == text || !isalnum((unsigned char)at[-1]);
		size_t len = word_len(at);
		char *word = xstrndup(at, len);

		at += len;
		if (!begins || has_word(words, word)) {
			free(word);
			continue;
		}
		words->list = xreallocarray(words->list, words->n + 1,
		    sizeof *words->list);
		words->list[words->n++] = word;
	}
}

static void
words_free(struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->list[i]);
	free(words->list);
}

void
import_proxy_write(const struct import_policy *policies, size_t n,
    const char *read_maps, struct strbuf *out)
{
	struct words words = { 0 }, named = { 0 };
	bool is_first = true;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < policies[i].nsettings; j++)
			collect(&words, policies[i].settings[j].value);
	collect(&named, read_maps);
	for (size_t i = 0; i < words.n; i++) {
		if (has_word(&named, words.list[i]))
			continue;
		if (is_first)
			strbuf_addf(out,
			    "#\n# Postfix reads tables for policyd that its own "
			    "lists do not name any more\n# (proxymap(8); postfix "
			    "reload tells it).  What they answer was not "
			    "looked at:\n# policyctl(8), import.\n#\n"
			    "#| proxy_read_maps = %s\n",
			    read_maps);
		is_first = false;
		strbuf_addf(out, "#|     %s\n", words.list[i]);
	}
	words_free(&words);
	words_free(&named);
}
