/*
 * Pattern lists of Postfix: mynetworks, mydestination, relay_domains.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "match_list.h"
#include "mem.h"
#include "table_text.h"
#include "utf8.h"
#include "utf8_fold.h"

struct match_item {
	bool excludes;
	char *name;          /* in lower case, when it is no net and no table */
	struct cidr net;     /* family 0: none */
	bool is_broken;      /* no net: an IPv4 address asked for it fails */
	struct table *table; /* borrowed; NULL: none */
};

struct match_list {
	enum match_list_kind kind;
	struct match_item *items;
	size_t nitems;
};

/* What parsing needs on its way through files. */
struct parser {
	struct match_list *list;
	struct tables *tables;
	struct strbuf *warnings, *err;
	bool failed;
	unsigned depth;
};

static bool
is_host_list(const struct match_list *list)
{
	return list->kind == MATCH_HOST_PARENTS ||
	    list->kind == MATCH_HOST_DOTTED;
}

static bool
wants_parents(const struct match_list *list)
{
	return list->kind == MATCH_DOMAIN_PARENTS ||
	    list->kind == MATCH_HOST_PARENTS;
}

/* Whether a word must be an address or a network, right or wrong. */
static bool
looks_like_net(const char *word)
{
	return word[0] == '[' ||
	    (strchr(word, '/') != NULL &&
		word[strspn(word, "0123456789./")] == '\0');
}

/* Whether Postfix takes a word for a network, in hexadecimal digits, that it
 * cannot read: the first IPv4 client finds that out, and none before. */
static bool
is_broken_net(const char *word)
{
	return strchr(word, '/') != NULL &&
	    word[strspn(word, "0123456789abcdefABCDEF.[]/")] == '\0';
}

static void
fail(struct parser *parser, struct conf_origin origin, const char *text)
{
	conf_error(parser->err, origin, "%s", text);
	parser->failed = true;
}

static void
parse_item(struct parser *parser, const char *word, struct conf_origin origin,
    struct conf_origin table_origin, bool excludes)
{
	struct match_list *list = parser->list;
	struct match_item item = { .excludes = excludes };
	struct strbuf why = { 0 }, folded = { 0 };
	struct ip ip;

	if (table_is_word(word)) {
		if (is_host_list(list) &&
		    cidr_parse(&item.net, word, &why) == 0) {
			strbuf_truncate(&why, 0);
			strbuf_addf(&why, "%s: an IPv6 address stands in [ ]",
			    word);
			fail(parser, origin, why.bytes);
			goto done;
		}
		item.table =
		    tables_add(parser->tables, word, table_origin, parser->err);
		if (item.table == NULL) {
			parser->failed = true;
			goto done;
		}
	} else if (is_host_list(list) &&
	    (looks_like_net(word) || ip_parse(&ip, word))) {
		if (cidr_parse(&item.net, word, &why) == -1) {
			fail(parser, origin, why.bytes);
			goto done;
		}
	} else if (is_host_list(list) && is_broken_net(word)) {
		conf_error(parser->warnings, origin,
		    "%s: not an IP address or network, clients that are "
		    "looked for in this list get a temporary failure",
		    word);
		item.is_broken = true;
	} else {
		utf8_fold(word, &folded);
		item.name = strbuf_detach(&folded);
	}
	if (list->nitems == MATCH_LIST_ITEMS_MAX) {
		if (!parser->failed)
			fail(parser, origin,
			    "the list is too long, use a texthash: table");
		free(item.name);
		goto done;
	}
	list->items =
	    xreallocarray(list->items, list->nitems + 1, sizeof *list->items);
	list->items[list->nitems++] = item;
done:
	strbuf_free(&why);
}

static void parse_text(struct parser *, const struct conf_text *,
    const struct conf_origin *table_origin, bool excludes);

/* The items of a file, one line after the other. */
static void
parse_lines(struct parser *parser, char *lines, const char *path,
    const struct conf_origin *table_origin, bool excludes)
{
	struct conf_origin here = { path, 0 };
	char *line;

	while ((line = strsep(&lines, "\n")) != NULL) {
		struct conf_text text = { 0 };

		here.line++;
		if (line[0] == '#')
			continue;
		conf_text_set(&text, line, here);
		parse_text(parser, &text, table_origin, excludes);
		conf_text_free(&text);
	}
}

static void
parse_file(struct parser *parser, const char *path, struct conf_origin origin,
    bool excludes)
{
	struct table_input input = { .name = path,
		.origin = origin,
		.err = parser->err };
	struct conf_origin whole = { path, 0 };
	struct table_text file;

	if (parser->depth == MATCH_LIST_DEPTH_MAX) {
		fail(parser, origin, "files name files too deep");
		return;
	}
	parser->depth++;
	if (table_text_read(&file, &input) == -1)
		parser->failed = true;
	else if (strlen(file.bytes) != file.len)
		fail(parser, whole, "NUL in the file");
	else
		parse_lines(parser, file.bytes, path, &origin, excludes);
	parser->depth--;
	table_text_free(&file);
}

/* To Postfix a # in front of a word ends the text, and nothing else does. */
static void
warn_of_comment(struct parser *parser, const struct conf_word *word)
{
	conf_error(parser->warnings, word->origin,
	    "\"%.*s\" and all behind it is a comment, as it is to Postfix",
	    (int)word->len, word->start);
}

/* table_origin: where the file is named that the text comes from, because a
 * table keeps it; NULL: the text itself is from the configuration. */
static void
parse_text(struct parser *parser, const struct conf_text *text,
    const struct conf_origin *table_origin, bool excludes)
{
	struct conf_word word;
	size_t pos = 0;
	int more;

	while ((more = conf_next_word(text, &pos, &word, parser->err)) == 1) {
		struct conf_origin keep =
		    table_origin != NULL ? *table_origin : word.origin;
		char *copy, *start;
		bool excluding;

		if (word.start[0] == '#') {
			warn_of_comment(parser, &word);
			return;
		}
		copy = conf_word_dup(&word);
		start = copy + strspn(copy, "!");
		excluding = ((start - copy) % 2 != 0) != excludes;
		if (*start == '/')
			parse_file(parser, start, keep, excluding);
		else if (*start != '\0')
			parse_item(parser, start, word.origin, keep, excluding);
		free(copy);
	}
	if (more == -1)
		parser->failed = true;
}

struct match_list *
match_list_parse(const struct conf_text *text, enum match_list_kind kind,
    struct tables *tables, struct strbuf *warnings, struct strbuf *err)
{
	struct match_list *list = xcalloc(1, sizeof *list);
	struct parser parser = { .list = list,
		.tables = tables,
		.warnings = warnings,
		.err = err };

	list->kind = kind;
	parse_text(&parser, text, NULL, false);
	if (!parser.failed)
		return list;
	match_list_free(list);
	return NULL;
}

void
match_list_free(struct match_list *list)
{
	if (list == NULL)
		return;
	for (size_t i = 0; i < list->nitems; i++)
		free(list->items[i].name);
	free(list->items);
	free(list);
}

/* A name in a table: whole, and, where the list says so, its parents. */
static enum lookup
find_name(const struct match_list *list, struct table_view *tables,
    const struct table *table, const char *name)
{
	enum lookup result = LOOKUP_NOT_FOUND;
	struct strbuf value = { 0 };
	const char *key = name;

	while (*key != '\0') {
		result = table_find(tables, table, key, &value);
		if (result != LOOKUP_NOT_FOUND || list->kind == MATCH_DOMAIN ||
		    table_wants_whole_keys(table))
			break;
		key = strchr(key + 1, '.');
		if (key == NULL)
			break;
		if (wants_parents(list))
			key++;
	}
	strbuf_free(&value);
	return result;
}

static bool
matches_name(const struct match_list *list, const char *pattern,
    const char *name)
{
	size_t len = strlen(name), patlen = strlen(pattern);
	const char *tail;

	if (patlen == len)
		return strcasecmp(name, pattern) == 0;
	if (list->kind == MATCH_DOMAIN || patlen > len)
		return false;
	tail = name + (len - patlen);
	if (strcasecmp(tail, pattern) != 0)
		return false;
	return wants_parents(list) ? tail[-1] == '.' : pattern[0] == '.';
}

static enum lookup
item_has_name(const struct match_list *list, struct table_view *tables,
    const struct match_item *item, const char *name)
{
	if (item->table != NULL)
		return find_name(list, tables, item->table, name);
	if (item->name != NULL && matches_name(list, item->name, name))
		return LOOKUP_FOUND;
	return LOOKUP_NOT_FOUND;
}

static enum lookup
item_has_address(struct table_view *tables, const struct match_item *item,
    const struct ip *ip, const char *address)
{
	struct strbuf value = { 0 };
	enum lookup result;

	if (item->is_broken)
		return ip->family == AF_INET ? LOOKUP_TEMPFAIL
					     : LOOKUP_NOT_FOUND;
	if (item->table == NULL)
		return item->net.ip.family != 0 && cidr_match(&item->net, ip)
		    ? LOOKUP_FOUND
		    : LOOKUP_NOT_FOUND;
	if (ip->family == 0)
		return LOOKUP_NOT_FOUND;
	result = table_find(tables, item->table, address, &value);
	strbuf_free(&value);
	return result;
}

static struct match
match_of(const struct match_item *item, enum lookup result)
{
	if (result == LOOKUP_FOUND && item->excludes)
		result = LOOKUP_NOT_FOUND;
	return (struct match){ result, item };
}

static struct match
find_domain(const struct match_list *list, struct table_view *tables,
    const char *domain)
{
	for (size_t i = 0; i < list->nitems; i++) {
		const struct match_item *item = &list->items[i];
		enum lookup result = item_has_name(list, tables, item, domain);

		if (result != LOOKUP_NOT_FOUND)
			return match_of(item, result);
	}
	return (struct match){ LOOKUP_NOT_FOUND, NULL };
}

struct match
match_list_domain(const struct match_list *list, struct table_view *tables,
    const char *domain)
{
	struct strbuf folded = { 0 };
	struct match match;

	if (utf8_is_ascii(domain))
		return find_domain(list, tables, domain);
	utf8_fold(domain, &folded);
	match = find_domain(list, tables, strbuf_str(&folded));
	strbuf_free(&folded);
	return match;
}

struct match
match_list_host(const struct match_list *list, struct table_view *tables,
    const char *name, const struct ip *ip, const char *address)
{
	for (size_t i = 0; i < list->nitems; i++) {
		const struct match_item *item = &list->items[i];
		enum lookup result = item_has_name(list, tables, item, name);

		if (result == LOOKUP_NOT_FOUND)
			result = item_has_address(tables, item, ip, address);
		if (result != LOOKUP_NOT_FOUND)
			return match_of(item, result);
	}
	return (struct match){ LOOKUP_NOT_FOUND, NULL };
}

void
match_item_print(const struct match_item *item, struct strbuf *out)
{
	if (item->excludes)
		strbuf_addc(out, '!');
	if (item->table != NULL)
		strbuf_adds(out, table_word(item->table));
	else if (item->name != NULL)
		strbuf_adds(out, item->name);
	else if (item->is_broken)
		strbuf_adds(out, "what is no network");
	else
		cidr_print(&item->net, out);
}
