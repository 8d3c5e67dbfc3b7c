/*
 * Tables of fixed keys: all text in one arena, found by open addressing.
 * A million entries cost their text and 24 MB, and 0.3 us a lookup.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "table_type.h"
#include "mem.h"
#include "utf8.h"
#include "utf8_fold.h"

#define FIRST_SLOTS 64 /* a power of two */

struct slot {
	uint32_t hash;
	uint32_t key;   /* offset in the arena */
	uint32_t value; /* 0: the slot is free */
};

struct table_hash {
	struct strbuf arena; /* key NUL value NUL ... */
	struct slot *slots;
	size_t nslots, used;
};

enum duplicates {
	DUPLICATES_REPLACE, /* inline: the last one counts */
	DUPLICATES_KEEP,    /* postmap: the first one counts */
	DUPLICATES_REFUSE,  /* texthash: Postfix does not use such a table */
};

static unsigned char
lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* FNV-1a of the key in lower case. */
static uint32_t
hash_key(const char *key)
{
	uint64_t hash = 0xcbf29ce484222325U;

	for (; *key != '\0'; key++)
		hash = (hash ^ lower(*key)) * 0x100000001b3U;
	return (uint32_t)(hash ^ hash >> 32);
}

/* stored is in lower case already. */
static bool
same_key(const char *stored, const char *key)
{
	while (*key != '\0' && (unsigned char)*stored == lower(*key)) {
		stored++;
		key++;
	}
	return *key == '\0' && *stored == '\0';
}

/* The slot of a key, or the free one where it belongs. */
static struct slot *
find_slot(const struct table_hash *table, const char *key, uint32_t hash)
{
	size_t i = hash & (table->nslots - 1);

	for (;; i = (i + 1) & (table->nslots - 1)) {
		struct slot *slot = &table->slots[i];

		if (slot->value == 0 ||
		    (slot->hash == hash &&
			same_key(table->arena.bytes + slot->key, key)))
			return slot;
	}
}

static void
grow(struct table_hash *table)
{
	struct slot *old = table->slots;
	size_t nold = table->nslots;

	table->nslots = nold * 2;
	table->slots = xcalloc(table->nslots, sizeof *table->slots);
	for (size_t i = 0; i < nold; i++) {
		size_t to = old[i].hash & (table->nslots - 1);

		if (old[i].value == 0)
			continue;
		while (table->slots[to].value != 0)
			to = (to + 1) & (table->nslots - 1);
		table->slots[to] = old[i];
	}
	free(old);
}

static struct table_hash *
hash_new(void)
{
	struct table_hash *table = xcalloc(1, sizeof *table);

	table->nslots = FIRST_SLOTS;
	table->slots = xcalloc(table->nslots, sizeof *table->slots);
	return table;
}

static uint32_t
store_text(struct table_hash *table, const char *text)
{
	size_t offset = table->arena.len;

	strbuf_add(&table->arena, text, strlen(text) + 1);
	return (uint32_t)offset;
}

/* Returns false when the key is there and stays as it is. */
static bool
hash_add(struct table_hash *table, const char *key, const char *value,
    enum duplicates duplicates)
{
	struct strbuf folded = { 0 };
	struct slot *slot;
	uint32_t hash;
	bool is_new;

	utf8_fold(key, &folded);
	hash = hash_key(strbuf_str(&folded));
	slot = find_slot(table, strbuf_str(&folded), hash);
	is_new = slot->value == 0;
	if (is_new || duplicates == DUPLICATES_REPLACE) {
		slot->hash = hash;
		slot->key = store_text(table, strbuf_str(&folded));
		slot->value = store_text(table, value);
	}
	if (is_new && ++table->used * 3 > table->nslots * 2)
		grow(table);
	strbuf_free(&folded);
	return is_new || duplicates == DUPLICATES_REPLACE;
}

void
table_hash_show_values(const void *content, table_see_value *see, void *arg)
{
	const struct table_hash *table = content;

	for (size_t i = 0; i < table->nslots; i++)
		if (table->slots[i].value != 0)
			see(arg, table->arena.bytes + table->slots[i].value);
}

void
table_hash_free(void *content)
{
	struct table_hash *table = content;

	if (table == NULL)
		return;
	strbuf_free(&table->arena);
	free(table->slots);
	free(table);
}

enum lookup
table_hash_find(void *content, const char *key, struct strbuf *value)
{
	const struct table_hash *table = content;
	struct strbuf folded = { 0 };
	const struct slot *slot;

	if (!utf8_is_ascii(key)) {
		utf8_fold(key, &folded);
		key = strbuf_str(&folded);
	}
	slot = find_slot(table, key, hash_key(key));
	strbuf_free(&folded);
	if (slot->value == 0)
		return LOOKUP_NOT_FOUND;
	strbuf_adds(value, table->arena.bytes + slot->value);
	return LOOKUP_FOUND;
}

/*
 * Cut a line into key and value.  White space inside of double quotes is
 * part of the key, and so are the quotes.
 */
static char *
cut_value(char *line)
{
	bool quoted = false;
	char *p = line;

	for (; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == ' ' || *p == '\t'))
			break;
	}
	if (quoted)
		return NULL;
	if (*p != '\0')
		*p++ = '\0';
	return p + strspn(p, " \t\r\v\f");
}

static void *
read_text(struct table_input *input, enum duplicates duplicates)
{
	struct table_hash *table = hash_new();
	struct table_text text;
	char *line, *value;
	int number;

	if (table_text_read(&text, input) == -1)
		goto done;
	strbuf_reserve(&table->arena, text.len);
	while ((line = table_text_line(&text, &number)) != NULL) {
		value = cut_value(line);
		if (value == NULL)
			table_input_error(input, number,
			    "a quote is never closed");
		else if (*value == '\0')
			table_input_error(input, number,
			    "key without a value: %s", line);
		else if (!hash_add(table, line, value, duplicates) &&
		    duplicates == DUPLICATES_REFUSE)
			table_input_error(input, number,
			    "the key stands twice: %s", line);
	}
done:
	table_text_free(&text);
	if (input->nerrors == 0)
		return table;
	table_hash_free(table);
	return NULL;
}

void *
table_hash_read_text(struct table_input *input)
{
	return read_text(input, DUPLICATES_REFUSE);
}

void *
table_hash_read_indexed(struct table_input *input)
{
	return read_text(input, DUPLICATES_KEEP);
}

/* KEY=VALUE, or the inside of { KEY = VALUE }. */
static void
add_pair(struct table_hash *table, struct table_input *input, char *pair)
{
	char *equals = strchr(pair, '='), *key = pair, *end;

	if (equals == NULL) {
		table_input_error(input, 0,
		    "inline: needs KEY=VALUE or { KEY = VALUE }, not \"%s\"",
		    pair);
		return;
	}
	*equals = '\0';
	for (end = equals; end > key && strchr(" \t\r\n", end[-1]); end--)
		end[-1] = '\0';
	if (*key == '\0' || strpbrk(key, " \t\r\n") != NULL) {
		table_input_error(input, 0,
		    "inline: needs one word before the '=', not \"%s\"", key);
		return;
	}
	equals++;
	hash_add(table, key, equals + strspn(equals, " \t\r\n"),
	    DUPLICATES_REPLACE);
}

void *
table_hash_read_inline(struct table_input *input)
{
	struct table_hash *table = hash_new();
	struct conf_word word = { input->name, strlen(input->name),
		input->origin };
	struct conf_text pairs = { 0 };
	size_t pos = 0;
	int more;
	char *copy;

	if (!conf_word_unbrace(&word)) {
		table_input_error(input, 0,
		    "inline: needs { KEY=VALUE, ... }, not \"%s\"",
		    input->name);
		goto done;
	}
	copy = conf_word_dup(&word);
	conf_text_set(&pairs, copy, input->origin);
	free(copy);
	while ((more = conf_next_word(&pairs, &pos, &word, input->err)) == 1) {
		conf_word_unbrace(&word);
		copy = conf_word_dup(&word);
		add_pair(table, input, copy);
		free(copy);
	}
	if (more == -1)
		input->nerrors++;
	if (table->used == 0 && input->nerrors == 0)
		table_input_error(input, 0, "inline: has no KEY=VALUE");
done:
	conf_text_free(&pairs);
	if (input->nerrors == 0)
		return table;
	table_hash_free(table);
	return NULL;
}
