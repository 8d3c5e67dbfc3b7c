/*
 * cidr_table(5).  The first rule that matches counts, but a table may have
 * 100,000 of them: plain rules are found by their network in one hash table,
 * asked once for every length of prefix in use.  What is left (`!` and `if`)
 * is tried in order, as far as it stands before the plain rule found.
 */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "table_type.h"
#include "cidr.h"
#include "mem.h"

#define NESTING_MAX 32
#define FIRST_SLOTS 16 /* a power of two */
#define PREFIXES    129

struct net {
	struct cidr cidr;
	unsigned order; /* of its rule; 0: the slot is free */
	size_t value;   /* offset in the arena */
};

/* A rule that an index cannot hold. */
struct special {
	struct cidr cidr;
	bool negated;
	unsigned order;
	size_t value;
	struct block *inside; /* of an if; else NULL */
};

/* The rules of the table, or those between an if and its endif. */
struct block {
	struct net *nets;
	size_t nnets, used;
	bool has_prefix[2][PREFIXES]; /* IPv4, IPv6 */
	struct special *specials;
	size_t nspecials;
};

struct table_cidr {
	struct strbuf arena; /* the values, NUL-terminated */
	struct block *all;
};

static struct block *
block_new(void)
{
	struct block *block = xcalloc(1, sizeof *block);

	block->nnets = FIRST_SLOTS;
	block->nets = xcalloc(block->nnets, sizeof *block->nets);
	return block;
}

static void
block_free(struct block *block)
{
	if (block == NULL)
		return;
	for (size_t i = 0; i < block->nspecials; i++)
		block_free(block->specials[i].inside);
	free(block->specials);
	free(block->nets);
	free(block);
}

void
table_cidr_free(void *content)
{
	struct table_cidr *table = content;

	if (table == NULL)
		return;
	strbuf_free(&table->arena);
	block_free(table->all);
	free(table);
}

/* The network of an address: what follows the prefix is zero. */
static struct cidr
network_of(const struct ip *ip, unsigned prefix)
{
	struct cidr net = { *ip, prefix };
	size_t len = ip_len(ip), whole = prefix / 8;

	if (whole < len) {
		net.ip.bytes[whole] &= (unsigned char)(0xff00 >> prefix % 8);
		memset(net.ip.bytes + whole + 1, 0, len - whole - 1);
	}
	return net;
}

static struct net *
find_net(const struct block *block, const struct cidr *cidr)
{
	size_t len = ip_len(&cidr->ip);
	uint64_t hash = 0xcbf29ce484222325U ^ cidr->prefix;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ cidr->ip.bytes[i]) * 0x100000001b3U;
	hash ^= hash >> 29;
	for (size_t i = hash & (block->nnets - 1);;
	     i = (i + 1) & (block->nnets - 1)) {
		struct net *net = &block->nets[i];

		if (net->order == 0 ||
		    (net->cidr.prefix == cidr->prefix &&
			ip_equal(&net->cidr.ip, &cidr->ip)))
			return net;
	}
}

static void
add_net(struct block *block, const struct cidr *cidr, unsigned order,
    size_t value)
{
	struct net *net = find_net(block, cidr), *old = block->nets;
	size_t nold = block->nnets;

	if (net->order != 0)
		return; /* never reached: an earlier rule is the same */
	*net = (struct net){ *cidr, order, value };
	block->has_prefix[cidr->ip.family == AF_INET6][cidr->prefix] = true;
	if (++block->used * 3 <= block->nnets * 2)
		return;
	block->nnets = nold * 2;
	block->nets = xcalloc(block->nnets, sizeof *block->nets);
	for (size_t i = 0; i < nold; i++) {
		if (old[i].order != 0)
			*find_net(block, &old[i].cidr) = old[i];
	}
	free(old);
}

static void
add_special(struct block *block, const struct special *special)
{
	size_t n = block->nspecials;

	if ((n & (n - 1)) == 0)
		block->specials = xreallocarray(block->specials,
		    n > 0 ? n * 2 : 1, sizeof *block->specials);
	block->specials[n] = *special;
	block->nspecials++;
}

/* `!` turns a rule round for addresses of its own family only. */
static bool
special_matches(const struct special *special, const struct ip *ip)
{
	return ip->family == special->cidr.ip.family &&
	    cidr_match(&special->cidr, ip) != special->negated;
}

/* Returns the offset of the value, or SIZE_MAX. */
static size_t
block_find(const struct block *block, const struct ip *ip)
{
	const bool *has_prefix = block->has_prefix[ip->family == AF_INET6];
	unsigned bits = (unsigned)ip_len(ip) * 8, first = UINT_MAX;
	size_t value = SIZE_MAX, inside;

	for (unsigned prefix = 0; prefix <= bits; prefix++) {
		const struct net *net;
		struct cidr network;

		if (!has_prefix[prefix])
			continue;
		network = network_of(ip, prefix);
		net = find_net(block, &network);
		if (net->order != 0 && net->order < first) {
			first = net->order;
			value = net->value;
		}
	}
	for (size_t i = 0; i < block->nspecials; i++) {
		const struct special *special = &block->specials[i];

		if (special->order > first)
			break;
		if (!special_matches(special, ip))
			continue;
		if (special->inside == NULL)
			return special->value;
		inside = block_find(special->inside, ip);
		if (inside != SIZE_MAX)
			return inside;
	}
	return value;
}

enum lookup
table_cidr_find(void *content, const char *key, struct strbuf *value)
{
	const struct table_cidr *table = content;
	struct ip ip;
	size_t found;

	if (!ip_parse(&ip, key))
		return LOOKUP_NOT_FOUND;
	found = block_find(table->all, &ip);
	if (found == SIZE_MAX)
		return LOOKUP_NOT_FOUND;
	strbuf_adds(value, table->arena.bytes + found);
	return LOOKUP_FOUND;
}

/* Where the parser stands. */
void
table_cidr_show_values(const void *content, table_see_value *see, void *arg)
{
	const struct strbuf *arena =
	    &((const struct table_cidr *)content)->arena;

	for (size_t at = 0; at < arena->len;
	     at += strlen(arena->bytes + at) + 1)
		see(arg, arena->bytes + at);
}

struct parser {
	struct table_input *input;
	struct table_cidr *table;
	struct block *open[NESTING_MAX + 1]; /* open[0]: the whole table */
	int lines[NESTING_MAX + 1];          /* of each if */
	unsigned depth;
	unsigned order;
};

static bool
is_keyword(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncasecmp(line, word, len) == 0 &&
	    strchr(" \t\r!", line[len]) != NULL;
}

/* [!]PATTERN; the address may stand in brackets.  Returns 0 or -1. */
static int
parse_pattern(struct parser *parser, char *pattern, int line,
    struct special *special)
{
	struct strbuf why = { 0 };
	size_t len;
	int result;

	while (*pattern == '!' || *pattern == ' ' || *pattern == '\t') {
		special->negated ^= *pattern == '!';
		pattern++;
	}
	len = strlen(pattern);
	if (pattern[0] == '[' && pattern[len - 1] == ']') {
		pattern[len - 1] = '\0';
		pattern++;
	} else if (pattern[0] == '[' && strstr(pattern, "]/") != NULL) {
		char *bracket = strstr(pattern, "]/");

		memmove(bracket, bracket + 1, strlen(bracket));
		pattern++;
	}
	result = cidr_parse(&special->cidr, pattern, &why);
	if (result == -1)
		table_input_error(parser->input, line, "%s", strbuf_str(&why));
	strbuf_free(&why);
	return result;
}

static void
parse_if(struct parser *parser, char *pattern, int line)
{
	struct special special = { .order = ++parser->order };
	struct block *block = parser->open[parser->depth];

	if (parser->depth == NESTING_MAX) {
		table_input_error(parser->input, line,
		    "if is nested deeper than %d", NESTING_MAX);
		return;
	}
	/* A bad one is entered, too: its endif must find it. */
	parse_pattern(parser, pattern, line, &special);
	special.inside = block_new();
	add_special(block, &special);
	parser->depth++;
	parser->open[parser->depth] = special.inside;
	parser->lines[parser->depth] = line;
}

static void
parse_endif(struct parser *parser, const char *rest, int line)
{
	if (rest[strspn(rest, " \t\r")] != '\0')
		table_input_error(parser->input, line, "text after endif");
	if (parser->depth == 0)
		table_input_error(parser->input, line, "endif without if");
	else
		parser->depth--;
}

static void
parse_rule(struct parser *parser, char *line, int number)
{
	struct special special = { .order = ++parser->order };
	struct block *block = parser->open[parser->depth];
	char *end = line + strspn(line, "! \t"), *value;

	end += strcspn(end, " \t\r");
	value = end + strspn(end, " \t\r");
	if (*value == '\0') {
		table_input_error(parser->input, number,
		    "network without a value: %s", line);
		return;
	}
	*end = '\0';
	if (parse_pattern(parser, line, number, &special) == -1)
		return;
	special.value = parser->table->arena.len;
	strbuf_add(&parser->table->arena, value, strlen(value) + 1);
	if (special.negated)
		add_special(block, &special);
	else
		add_net(block, &special.cidr, special.order, special.value);
}

void *
table_cidr_read(struct table_input *input)
{
	struct table_cidr *table = xcalloc(1, sizeof *table);
	struct parser parser = { .input = input, .table = table };
	struct table_text text;
	char *line;
	int number;

	table->all = parser.open[0] = block_new();
	if (table_text_read(&text, input) == -1)
		goto done;
	while ((line = table_text_line(&text, &number)) != NULL) {
		if (is_keyword(line, "if"))
			parse_if(&parser, line + 2, number);
		else if (strncasecmp(line, "endif", 5) == 0)
			parse_endif(&parser, line + 5, number);
		else
			parse_rule(&parser, line, number);
	}
	for (; parser.depth > 0; parser.depth--)
		table_input_error(input, parser.lines[parser.depth],
		    "if without endif");
done:
	table_text_free(&text);
	if (input->nerrors == 0)
		return table;
	table_cidr_free(table);
	return NULL;
}
