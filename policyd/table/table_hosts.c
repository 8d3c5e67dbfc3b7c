/*
 * The names of hosts(5) and their addresses, as files of nsswitch.conf(5).
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "table_type.h"
#include "cidr.h"
#include "mem.h"
#include "sorted.h"

struct entry {
	const char *name; /* in the bytes */
	const char *address;
	size_t line; /* for the order */
};

struct hosts {
	char *bytes;
	struct entry *entries; /* by name */
	size_t n;
};

static const char blanks[] = " \t\r\v\f";

/* Cut the next word off. */
static char *
next_word(char **line)
{
	char *word = *line + strspn(*line, blanks);

	if (*word == '\0')
		return NULL;
	*line = word + strcspn(word, blanks);
	if (**line != '\0')
		*(*line)++ = '\0';
	return word;
}

/* ADDRESS NAME ...; a line of another form is none, as in the C library. */
static void
add_line(struct hosts *hosts, char *line, size_t number)
{
	const char *address, *name;
	struct ip ip;

	line[strcspn(line, "#")] = '\0';
	address = next_word(&line);
	if (address == NULL || !ip_parse(&ip, address))
		return;
	while ((name = next_word(&line)) != NULL) {
		hosts->entries = xreallocarray(hosts->entries, hosts->n + 1,
		    sizeof *hosts->entries);
		hosts->entries[hosts->n++] =
		    (struct entry){ name, address, number };
	}
}

static int
compare(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;
	int order = strcasecmp(one->name, other->name);

	if (order != 0)
		return order;
	return one->line < other->line ? -1 : one->line > other->line;
}

void *
table_hosts_read(struct table_input *input)
{
	struct hosts *hosts;
	struct table_text text;
	char *line, *rest;

	if (table_text_read(&text, input) == -1) {
		table_text_free(&text);
		return NULL;
	}
	hosts = xcalloc(1, sizeof *hosts);
	hosts->bytes = rest = xstrndup(text.bytes, text.len);
	for (size_t number = 0; (line = strsep(&rest, "\n")) != NULL; number++)
		add_line(hosts, line, number);
	if (hosts->n > 0)
		qsort(hosts->entries, hosts->n, sizeof *hosts->entries,
		    compare);
	table_text_free(&text);
	return hosts;
}

static int
by_name(const void *name, const void *element)
{
	const struct entry *entry = element;

	return strcasecmp(name, entry->name);
}

enum lookup
table_hosts_find(void *content, const char *key, struct strbuf *value)
{
	const struct hosts *hosts = content;
	enum lookup result = LOOKUP_NOT_FOUND;
	size_t i = sorted_place(key, hosts->entries, hosts->n,
	    sizeof *hosts->entries, by_name);

	for (; i < hosts->n && by_name(key, &hosts->entries[i]) == 0; i++) {
		if (result == LOOKUP_FOUND)
			strbuf_addc(value, ' ');
		strbuf_adds(value, hosts->entries[i].address);
		result = LOOKUP_FOUND;
	}
	return result;
}

void
table_hosts_free(void *content)
{
	struct hosts *hosts = content;

	if (hosts == NULL)
		return;
	free(hosts->entries);
	free(hosts->bytes);
	free(hosts);
}
