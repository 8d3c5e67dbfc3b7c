/*
 * The tables of one configuration: which there are, what is in them now, and
 * when their files are read again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "table.h"
#include "service_name.h"
#include "table_job.h"
#include "table_type.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "utf8.h"
#include "utf8_fold.h"

/* What was read once; shared by snapshots. */
struct table_content {
	unsigned refs;
	const struct table_type *type;
	void *bytes;
};

struct tables_snapshot {
	unsigned refs;
	size_t ncontents;
	struct table_content
	    *contents[]; /* by table; NULL: never could be read */
};

struct table {
	char *word;
	const struct table_type *type;
	const char *name; /* in word, behind TYPE: */
	struct conf_origin origin;
	size_t index;
	bool wants_whole_keys;
	struct table_stamp seen;  /* at the last look */
	struct table_stamp tried; /* when it was read, or failed to be */
	bool is_failing;          /* the content is older than the file */
	unsigned long reads, failures;
};

struct tables {
	struct table **list;
	size_t count;
	struct tables_snapshot *now;
	struct event *look;
	struct event_base *base; /* of look */
	struct table_job *job;   /* that is running */
	tables_loaded *loaded;   /* of tables_load_start */
	void *loaded_arg;
};

#define PROXY "proxy:"

/* Of the loop, for one request; most searches take some us. */
#define SEARCH_HERE_US 1000

static const struct timeval look_interval = { 1, 0 };

void
table_content_release(struct table_content *content)
{
	if (content == NULL || --content->refs > 0)
		return;
	content->type->free(content->bytes);
	free(content);
}

static struct tables_snapshot *
snapshot_new(size_t ncontents)
{
	struct tables_snapshot *snapshot = xcalloc(1,
	    sizeof *snapshot + ncontents * sizeof(struct table_content *));

	snapshot->refs = 1;
	snapshot->ncontents = ncontents;
	return snapshot;
}

struct tables_snapshot *
tables_hold(struct tables *tables)
{
	tables->now->refs++;
	return tables->now;
}

void
tables_release(struct tables_snapshot *snapshot)
{
	if (snapshot == NULL || --snapshot->refs > 0)
		return;
	for (size_t i = 0; i < snapshot->ncontents; i++)
		table_content_release(snapshot->contents[i]);
	free(snapshot);
}

struct tables *
tables_new(void)
{
	struct tables *tables = xcalloc(1, sizeof *tables);

	tables->now = snapshot_new(0);
	return tables;
}

void
tables_free(struct tables *tables)
{
	if (tables == NULL)
		return;
	table_job_abandon(tables->job);
	if (tables->look != NULL)
		event_free(tables->look);
	tables_release(tables->now);
	for (size_t i = 0; i < tables->count; i++) {
		free(tables->list[i]->word);
		free(tables->list[i]);
	}
	free(tables->list);
	free(tables);
}

bool
table_is_file(const struct table *table)
{
	return table->type->is_file && !table_input_is_inline(table->name);
}

bool
table_is_word(const char *word)
{
	return word[0] != '[' && strchr(word, ':') != NULL;
}

/* An index that postmap made is of no use without the text. */
static bool
lacks_text(const struct table_type *type, const char *name)
{
	char *index;
	struct stat st;
	bool result;

	if (type->index == NULL)
		return false;
	index = xasprintf("%s%s", name, type->index);
	result = stat(index, &st) == 0 && stat(name, &st) == -1;
	free(index);
	return result;
}

static bool
has_text(const struct table *table, struct strbuf *err)
{
	if (!lacks_text(table->type, table->name))
		return true;
	conf_error(err, table->origin,
	    "%s: policyd reads the text, but there is only the index %s%s; "
	    "make the text: postmap -s %s >%s; or let Postfix read it: write "
	    "proxy:%s, and name that in proxy_read_maps of main.cf",
	    table->word, table->name, table->type->index, table->word,
	    table->name, table->word);
	return false;
}

/* Whether NAME suits TYPE. */
static bool
has_good_name(const struct table *table, struct strbuf *err)
{
	if (table->name[0] == '\0') {
		conf_error(err, table->origin, "%s: nothing after the colon",
		    table->word);
		return false;
	}
	if (table->type->is_file && !table->type->allows_braces &&
	    table_input_is_inline(table->name)) {
		conf_error(err, table->origin,
		    "%s: needs a file; text in braces is for inline:, cidr:, "
		    "regexp:, pcre:",
		    table->word);
		return false;
	}
	return has_text(table, err);
}

/* What stands behind proxy: says how it is asked. */
static bool
has_good_type(struct table *table, struct strbuf *err)
{
	if (!table->type->is_proxy ||
	    service_name_is_proxied(table->name, &table->wants_whole_keys))
		return true;
	table_type_refuse_proxied(table->name, table->origin, err);
	return false;
}

static struct table *
find_word(const struct tables *tables, const char *word)
{
	for (size_t i = 0; i < tables->count; i++)
		if (strcmp(tables->list[i]->word, word) == 0)
			return tables->list[i];
	return NULL;
}

static struct table *
table_new(const struct table_type *type, const char *word,
    struct conf_origin origin)
{
	struct table *table = xcalloc(1, sizeof *table);

	table->word = xstrdup(word);
	table->type = type;
	table->name = table->word + strcspn(word, ":") + 1;
	table->wants_whole_keys = type->wants_whole_keys;
	table->origin = origin;
	return table;
}

static void
append(struct tables *tables, struct table *table)
{
	table->index = tables->count;
	tables->list = xreallocarray(tables->list, tables->count + 1,
	    sizeof(struct table *));
	tables->list[tables->count++] = table;
}

struct table *
tables_add(struct tables *tables, const char *word, struct conf_origin origin,
    struct strbuf *err)
{
	size_t len = strcspn(word, ":");
	const struct table_type *type = table_type_find(word, len);
	struct table *table = find_word(tables, word);

	if (table != NULL)
		return table;
	if (type == NULL || word[len] == '\0') {
		table_type_refuse(word, len, origin, err);
		return NULL;
	}
	table = table_new(type, word, origin);
	if (!has_good_name(table, err) || !has_good_type(table, err)) {
		free(table->word);
		free(table);
		return NULL;
	}
	append(tables, table);
	return table;
}

char *
table_proxied_word(const char *word)
{
	size_t len = strcspn(word, ":");
	const struct table_type *type = table_type_find(word, len);
	struct strbuf proxied = { 0 };

	if (word[len] == '\0' ||
	    (!table_type_is_for_proxy(word, len) &&
		(type == NULL || !lacks_text(type, word + len + 1))))
		return NULL;
	strbuf_adds(&proxied, PROXY);
	while (*word != '\0') /* what it reads itself needs no other one */
		if (strncmp(word, PROXY, sizeof PROXY - 1) == 0)
			word += sizeof PROXY - 1;
		else
			strbuf_addc(&proxied, *word++);
	return strbuf_detach(&proxied);
}

char *
table_index_word(const char *word)
{
	const struct table_type *type =
	    table_type_find(word, strcspn(word, ":"));

	return type != NULL && type->index != NULL ? xasprintf(PROXY "%s", word)
						   : NULL;
}

bool
table_is_named(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)) != NULL; at += len)
		if (at[len] == '\0' || strchr(", \t", at[len]) != NULL)
			return true;
	return false;
}

void
tables_list_unread(const struct tables *tables, const char *read_maps,
    struct strbuf *out)
{
	for (size_t i = 0; i < tables->count; i++) {
		const struct table *table = tables->list[i];

		if (table->type->is_proxy &&
		    !table_is_named(read_maps, table->word))
			strbuf_addf(out, " %s", table->word);
	}
}

struct table *
tables_add_hosts(struct tables *tables, const char *path)
{
	struct conf_origin origin = { path, 0 };
	char *word = xasprintf("%s:%s", table_type_hosts.name, path);
	struct table *table = find_word(tables, word);

	if (table == NULL && access(path, R_OK) == 0) {
		table = table_new(&table_type_hosts, word, origin);
		append(tables, table);
	}
	free(word);
	return table;
}

const char *
table_word(const struct table *table)
{
	return table->word;
}

bool
table_wants_whole_keys(const struct table *table)
{
	return table->wants_whole_keys;
}

void
table_show_values(const struct tables *tables, const struct table *table,
    table_see_value *see, void *arg)
{
	const struct table_content *content =
	    tables->now->contents[table->index];

	if (content != NULL && content->type->show_values != NULL)
		content->type->show_values(content->bytes, see, arg);
}

static void
prepare(struct table_reading *reading, const struct table *table)
{
	*reading = (struct table_reading){
		.index = table->index,
		.type = table->type,
		.input = { .name = xstrdup(table->name),
		    .origin = table->origin },
		.looked = table->seen,
	};
}

/* A text that is newer than its index means other things to Postfix. */
static void
warn_of_index(const struct table *table)
{
	struct table_stamp text, index;
	char *path;

	if (table->type->index == NULL)
		return;
	path = xasprintf("%s%s", table->name, table->type->index);
	text = table_stamp(table->name);
	index = table_stamp(path);
	if (index.inode != 0 && text.changed.tv_sec > index.changed.tv_sec)
		log_warn("%s: the text is newer than %s: Postfix does not know "
			 "what policyd reads; run: postmap %s",
		    table->word, path, table->word);
	free(path);
}

/* Make what was read the content of its table, in the next snapshot. */
static void
take_content(struct tables *tables, struct tables_snapshot *next,
    struct table_reading *reading)
{
	struct table *table = tables->list[reading->index];
	struct table_content *content = xcalloc(1, sizeof *content);

	content->refs = 1;
	content->type = reading->type;
	content->bytes = reading->content;
	reading->content = NULL;
	table_content_release(next->contents[table->index]);
	next->contents[table->index] = content;
	table->tried = table->seen = reading->input.stamp;
	table->is_failing = false;
	table->reads++;
	warn_of_index(table);
}

/* A snapshot with room for all tables, and the content of the present one. */
static struct tables_snapshot *
next_snapshot(const struct tables *tables)
{
	struct tables_snapshot *next = snapshot_new(tables->count);

	for (size_t i = 0; i < tables->now->ncontents; i++) {
		next->contents[i] = tables->now->contents[i];
		if (next->contents[i] != NULL)
			next->contents[i]->refs++;
	}
	return next;
}

static void
swap(struct tables *tables, struct tables_snapshot *next)
{
	tables_release(tables->now);
	tables->now = next;
}

/* Take all of a first reading. */
static enum conf_result
accept_all(struct tables *tables, struct table_reading *readings, size_t n,
    struct strbuf *err)
{
	struct tables_snapshot *next = next_snapshot(tables);
	enum conf_result result = CONF_OK;

	for (size_t i = 0; i < n; i++) {
		if (readings[i].content != NULL) {
			take_content(tables, next, &readings[i]);
			continue;
		}
		strbuf_adds(err, readings[i].err.bytes);
		if (!readings[i].input.is_unreadable)
			result = CONF_BAD;
		else if (result == CONF_OK)
			result = CONF_UNREADABLE;
	}
	swap(tables, next);
	return result;
}

enum conf_result
tables_load(struct tables *tables, struct strbuf *err)
{
	struct table_reading *readings =
	    xcalloc(tables->count, sizeof *readings);
	enum conf_result result;

	for (size_t i = 0; i < tables->count; i++) {
		prepare(&readings[i], tables->list[i]);
		table_reading_run(&readings[i]);
	}
	result = accept_all(tables, readings, tables->count, err);
	for (size_t i = 0; i < tables->count; i++)
		table_reading_free(&readings[i]);
	free(readings);
	return result;
}

static void
on_loaded(void *arg, struct table_reading *readings, size_t n)
{
	struct tables *tables = arg;
	struct strbuf err = { 0 };
	enum conf_result result;

	tables->job = NULL;
	result = accept_all(tables, readings, n, &err);
	tables->loaded(tables->loaded_arg, result, strbuf_str(&err));
	strbuf_free(&err);
}

void
tables_load_start(struct tables *tables, struct event_base *base,
    tables_loaded *done, void *arg)
{
	struct table_reading *readings =
	    xcalloc(tables->count, sizeof *readings);

	assert(tables->job == NULL);
	for (size_t i = 0; i < tables->count; i++)
		prepare(&readings[i], tables->list[i]);
	tables->loaded = done;
	tables->loaded_arg = arg;
	tables->job =
	    table_job_start(base, readings, tables->count, on_loaded, tables);
}

/*
 * A changed file could not be used: say so, once.  One that is there and
 * cannot be read (descriptors are short, its mode is wrong) is tried again.
 */
static void
keep_old(struct table *table, const struct table_reading *reading)
{
	bool is_locked =
	    reading->input.is_unreadable && reading->looked.inode != 0;

	if (reading->input.has_changed || (is_locked && table->is_failing))
		return; /* the next looks will see it */
	if (!is_locked)
		table->tried = reading->looked;
	table->is_failing = true;
	table->failures++;
	log_lines(LOG_LEVEL_ERROR, reading->err.bytes);
	log_error("%s: the old content stays in use", table->word);
}

static void
on_read_again(void *arg, struct table_reading *readings, size_t n)
{
	struct tables *tables = arg;
	struct tables_snapshot *next = next_snapshot(tables);

	tables->job = NULL;
	for (size_t i = 0; i < n; i++) {
		struct table *table = tables->list[readings[i].index];

		if (readings[i].content == NULL) {
			keep_old(table, &readings[i]);
			continue;
		}
		take_content(tables, next, &readings[i]);
		log_info("%s: changed, read again", table->word);
	}
	swap(tables, next);
}

/* Whether a file changed since it was read, and is at rest. */
static bool
look_at(struct table *table)
{
	struct table_stamp now = table_stamp(table->name);
	bool is_at_rest = table_stamp_equal(&now, &table->seen);

	table->seen = now;
	return is_at_rest && !table_stamp_equal(&now, &table->tried);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct tables *tables = arg;
	struct table_reading *readings;
	size_t n = 0;

	(void)fd;
	(void)what;
	if (tables->job != NULL)
		return;
	readings = xcalloc(tables->count, sizeof *readings);
	for (size_t i = 0; i < tables->count; i++) {
		if (table_is_file(tables->list[i]) && look_at(tables->list[i]))
			prepare(&readings[n++], tables->list[i]);
	}
	if (n == 0)
		free(readings);
	else
		tables->job = table_job_start(tables->base, readings, n,
		    on_read_again, tables);
}

void
tables_watch(struct tables *tables, struct event_base *base)
{
	tables->base = base;
	tables->look = event_new(base, -1, EV_PERSIST, on_look, tables);
	event_add(tables->look, &look_interval);
}

void
tables_describe(const struct tables *tables, struct strbuf *out)
{
	for (size_t i = 0; i < tables->count; i++) {
		const struct table *table = tables->list[i];

		if (table->type->is_service)
			strbuf_addf(out, "%s: asked elsewhere\n", table->word);
		else
			strbuf_addf(out, "%s: read %lu, failed %lu%s\n",
			    table->word, table->reads, table->failures,
			    table->is_failing ? ", old content in use" : "");
	}
}

/* NULL: it could not be read so far. */
static struct table_content *
find_content(const struct tables_snapshot *snapshot, const struct table *table)
{
	return table->index < snapshot->ncontents
	    ? snapshot->contents[table->index]
	    : NULL;
}

struct table_view
table_view(struct tables_snapshot *snapshot)
{
	return (struct table_view){ .snapshot = snapshot,
		.effort = { .clock = clock_us, .left_us = SEARCH_HERE_US } };
}

static enum lookup
search(struct table_view *view, const struct table *table,
    const struct table_content *content, const char *key, struct strbuf *value)
{
	enum lookup result =
	    table_content_search(content, key, &view->effort, value);

	if (!view->effort.is_spent || view->later == NULL)
		return result;
	return view->later(view->arg, table, key, value);
}

static bool
is_folded(const char *key)
{
	while (*key > 0 && (*key < 'A' || *key > 'Z'))
		key++;
	return *key == '\0';
}

/* What a server has, under a key as it has it. */
static enum lookup
ask_service(struct table_view *view, const struct table *table, const char *key,
    struct strbuf *value)
{
	struct strbuf folded = { 0 };
	enum lookup result;

	if (view->later == NULL)
		return LOOKUP_TEMPFAIL;
	if (!table->wants_whole_keys && !is_folded(key)) {
		utf8_fold(key, &folded);
		key = strbuf_str(&folded);
	}
	result = view->later(view->arg, table, key, value);
	strbuf_free(&folded);
	return result;
}

enum lookup
table_find(struct table_view *view, const struct table *table, const char *key,
    struct strbuf *value)
{
	const struct table_content *content =
	    find_content(view->snapshot, table);

	if (content == NULL)
		return LOOKUP_TEMPFAIL;
	if (!utf8_is_valid(key, strlen(key)))
		return LOOKUP_NOT_FOUND; /* as in Postfix, for every type */
	if (content->type->is_service)
		return ask_service(view, table, key, value);
	if (content->type->search != NULL)
		return search(view, table, content, key, value);
	return content->type->find(content->bytes, key, value);
}

const struct service_name *
table_service_name(const struct tables_snapshot *snapshot,
    const struct table *table)
{
	const struct table_content *content = find_content(snapshot, table);

	return content != NULL && content->type->is_service ? content->bytes
							    : NULL;
}

struct table_content *
table_content_hold(const struct tables_snapshot *snapshot,
    const struct table *table)
{
	struct table_content *content = find_content(snapshot, table);

	if (content == NULL || content->type->search == NULL)
		return NULL;
	content->refs++;
	return content;
}

enum lookup
table_content_search(const struct table_content *content, const char *key,
    struct effort *effort, struct strbuf *value)
{
	return content->type->search(content->bytes, key, effort, value);
}
