/*
 * Parameters by descriptor table: defaults, offered values and the file
 * become a plain struct.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_file.h"
#include "log.h"
#include "mem.h"
#include "nearest.h"
#include "sorted.h"

struct conf {
	const struct conf_param *params;
	size_t nparams;
	struct conf_text *defaults; /* one per parameter */
	struct conf_file offered;
	struct conf_file file;
	struct conf_file kept; /* since the start: beats both */
	char *forced_name;     /* beats the file; NULL: nothing does */
	struct conf_text forced;
	char **declared;
	size_t ndeclared;
	char **contexts;
	size_t ncontexts;
	const char *const *elsewhere; /* NULL: nothing is */
	const char *elsewhere_file;
	const char *reserved; /* context; NULL: none */
};

/* A name looked up on behalf of a context. */
struct scope {
	const struct conf *conf;
	const char *context;
};

static const struct conf_param *
find_param(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->nparams; i++) {
		if (strcmp(conf->params[i].name, name) == 0)
			return &conf->params[i];
	}
	return NULL;
}

static bool
is_declared(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->ndeclared; i++) {
		if (strcmp(conf->declared[i], name) == 0)
			return true;
	}
	return false;
}

struct conf *
conf_new(const struct conf_param *params, size_t nparams)
{
	struct conf *conf = xcalloc(1, sizeof *conf);

	conf->params = params;
	conf->nparams = nparams;
	conf->defaults = xcalloc(nparams, sizeof *conf->defaults);
	for (size_t i = 0; i < nparams; i++)
		conf_text_set(&conf->defaults[i], params[i].def,
		    (struct conf_origin){ .file = "the default", .line = 0 });
	return conf;
}

static void
free_strings(char **strings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(strings[i]);
	free(strings);
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	for (size_t i = 0; i < conf->nparams; i++)
		conf_text_free(&conf->defaults[i]);
	free(conf->defaults);
	conf_file_free(&conf->offered);
	conf_file_free(&conf->file);
	conf_file_free(&conf->kept);
	free(conf->forced_name);
	conf_text_free(&conf->forced);
	free_strings(conf->declared, conf->ndeclared);
	free_strings(conf->contexts, conf->ncontexts);
	free(conf);
}

static void
add_string(char ***strings, size_t *n, char *s)
{
	*strings = xreallocarray(*strings, *n + 1, sizeof **strings);
	(*strings)[(*n)++] = s;
}

static void
collect_contexts(struct conf *conf)
{
	for (size_t i = 0; i < conf->file.nentries; i++) {
		const char *name = conf->file.entries[i].name;
		const char *slash = strchr(name, '/');
		bool known = false;

		if (slash == NULL || slash == name)
			continue;
		for (size_t j = 0; j < conf->ncontexts; j++) {
			const char *c = conf->contexts[j];

			if (strlen(c) == (size_t)(slash - name) &&
			    strncmp(c, name, strlen(c)) == 0)
				known = true;
		}
		if (!known)
			add_string(&conf->contexts, &conf->ncontexts,
			    xstrndup(name, (size_t)(slash - name)));
	}
}

/* The next $name in *text, which moves behind its "$"; NULL: there is none. */
static const char *
next_reference(const char **text, size_t *len)
{
	const char *dollar, *name;

	while ((dollar = strchr(*text, '$')) != NULL) {
		*text = dollar + (dollar[1] == '$' ? 2 : 1);
		if (dollar[1] == '$')
			continue;
		name = *text + strspn(*text, "{( \t\r\n");
		for (*len = 0;
		     isalnum((unsigned char)name[*len]) || name[*len] == '_';)
			++*len;
		if (*len > 0)
			return name;
	}
	return NULL;
}

/* Without the context before it. */
static const char *
base_name(const struct conf_entry *entry)
{
	const char *slash = strchr(entry->name, '/');

	return slash != NULL ? slash + 1 : entry->name;
}

static int
by_base_name(const void *a, const void *b)
{
	return strcmp(base_name(*(struct conf_entry *const *)a),
	    base_name(*(struct conf_entry *const *)b));
}

/* Mark the first entry of a name, in sorted order, and those beside it. */
static void
mark_name(struct conf_entry **sorted, size_t n, const char *name)
{
	struct conf_entry wanted = { .name = (char *)name }, *key = &wanted;
	size_t i = sorted_place(&key, sorted, n, sizeof *sorted, by_base_name);

	for (; i < n && !sorted[i]->is_used &&
	     by_base_name(&sorted[i], &key) == 0;
	     i++)
		sorted[i]->is_used = true;
}

/* Mark the entries that another value of the file takes in as $name, in all
 * contexts and however often they are set. */
static void
mark_used(struct conf *conf)
{
	size_t n = conf->file.nentries, len;
	struct conf_entry **sorted = xcalloc(n, sizeof *sorted);
	const char *text, *name;
	char *copy;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &conf->file.entries[i];
	qsort(sorted, n, sizeof *sorted, by_base_name);
	for (size_t i = 0; i < n; i++) {
		text = conf_text_str(&conf->file.entries[i].value);
		while ((name = next_reference(&text, &len)) != NULL) {
			copy = xstrndup(name, len);
			mark_name(sorted, n, copy);
			free(copy);
		}
	}
	free(sorted);
}

static bool
takes_in(const struct conf_file *file, const char *wanted)
{
	const char *text, *name;
	size_t len;

	for (size_t i = 0; i < file->nentries; i++) {
		text = conf_text_str(&file->entries[i].value);
		while ((name = next_reference(&text, &len)) != NULL) {
			if (strlen(wanted) == len &&
			    memcmp(wanted, name, len) == 0)
				return true;
		}
	}
	return false;
}

bool
conf_takes_in(const struct conf *conf, const char *name)
{
	return takes_in(&conf->file, name) || takes_in(&conf->offered, name);
}

void
conf_force(struct conf *conf, const char *name, const char *value)
{
	free(conf->forced_name);
	conf->forced_name = NULL;
	if (value == NULL)
		return;
	conf->forced_name = xstrdup(name);
	conf_text_set(&conf->forced, value,
	    (struct conf_origin){ .file = "the request", .line = 0 });
}

/* Entries have come. */
static enum conf_result
take_file(struct conf *conf, enum conf_file_result result)
{
	switch (result) {
	case CONF_FILE_OK:
	case CONF_FILE_BAD:
		break;
	case CONF_FILE_UNREADABLE:
		return CONF_UNREADABLE;
	}
	collect_contexts(conf);
	mark_used(conf);
	return result == CONF_FILE_OK ? CONF_OK : CONF_BAD;
}

enum conf_result
conf_read(struct conf *conf, const char *path, struct strbuf *err)
{
	return take_file(conf, conf_file_read(&conf->file, path, err));
}

enum conf_result
conf_read_passage(struct conf *conf, const struct conf_passage *passage,
    struct strbuf *err)
{
	return take_file(conf, conf_file_add(&conf->file, passage, err));
}

void
conf_add_value(struct strbuf *out, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '$')
			strbuf_addc(out, '$');
		strbuf_addc(out, *value);
	}
}

static void
add_entry(struct conf_file *file, const char *name, const char *value,
    const char *where)
{
	struct conf_entry *entry;

	file->entries = xreallocarray(file->entries, file->nentries + 1,
	    sizeof *file->entries);
	entry = &file->entries[file->nentries++];
	*entry = (struct conf_entry){ .name = xstrdup(name) };
	conf_text_set(&entry->value, value,
	    (struct conf_origin){ .file = where, .line = 0 });
}

void
conf_offer(struct conf *conf, const char *name, const char *value,
    const char *where)
{
	add_entry(&conf->offered, name, value, where);
}

bool
conf_is_set(const struct conf *conf, const char *name)
{
	return conf_file_find(&conf->file, name) != NULL;
}

void
conf_set_elsewhere(struct conf *conf, const char *const prefixes[],
    const char *file)
{
	conf->elsewhere = prefixes;
	conf->elsewhere_file = file;
}

void
conf_reserve(struct conf *conf, const char *context)
{
	conf->reserved = context;
}

void
conf_declare(struct conf *conf, const char *name)
{
	if (!is_declared(conf, name))
		add_string(&conf->declared, &conf->ndeclared, xstrdup(name));
}

static const struct conf_text *
raw_value(void *arg, const char *name)
{
	const struct scope *scope = arg;
	const struct conf *conf = scope->conf;
	const struct conf_param *param = find_param(conf, name);
	const struct conf_entry *entry = conf_file_find(&conf->kept, name);

	if (conf->forced_name != NULL && strcmp(conf->forced_name, name) == 0)
		return &conf->forced;
	if (entry == NULL && scope->context != NULL) {
		char *full = xasprintf("%s/%s", scope->context, name);

		entry = conf_file_find(&conf->file, full);
		free(full);
	}
	if (entry == NULL)
		entry = conf_file_find(&conf->file, name);
	if (entry == NULL)
		entry = conf_file_find(&conf->offered, name);
	if (entry != NULL)
		return &entry->value;
	return param != NULL ? &conf->defaults[param - conf->params] : NULL;
}

static void
offer_params(void *arg, struct nearest *nearest)
{
	const struct conf *conf = ((const struct scope *)arg)->conf;

	for (size_t i = 0; i < conf->nparams; i++)
		nearest_offer(nearest, conf->params[i].name);
}

int
conf_get(const struct conf *conf, const char *context, const char *name,
    bool raw, struct conf_text *out, struct strbuf *err)
{
	struct scope scope = { conf, context };
	const struct conf_names names = { raw_value, offer_params, &scope };
	const struct conf_text *value = raw_value(&scope, name);

	if (value == NULL) {
		conf_text_free(out);
		return 0;
	}
	if (raw) {
		conf_text_copy(out, value);
		return 0;
	}
	return conf_expand(value, &names, out, err);
}

/* "1..100" */
static int
parse_int(const char *text, const char *range, long *value)
{
	char *end;
	long low = strtol(range, &end, 10);
	long high = strtol(end + 2, NULL, 10);

	errno = 0;
	*value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return -1;
	return *value >= low && *value <= high ? 0 : -1;
}

/* The place of the word in "one|two|three", or -1. */
static int
parse_choice(const char *text, const char *choices)
{
	size_t len = strlen(text);

	for (int i = 0;; i++) {
		size_t n = strcspn(choices, "|");

		if (n == len && strncmp(choices, text, n) == 0)
			return i;
		if (choices[n] == '\0')
			return -1;
		choices += n + 1;
	}
}

static void
release_value(const struct conf_param *param, void *field)
{
	switch (param->type) {
	case CONF_STRING:
		free(*(char **)field);
		*(char **)field = NULL;
		break;
	case CONF_TEXT:
	case CONF_RAW:
		conf_text_free(field);
		break;
	case CONF_BOOL:
	case CONF_INT:
	case CONF_TIME:
	case CONF_SIZE:
	case CONF_CHOICE:
		break;
	}
}

/* Returns NULL, or what the value should have been. */
static const char *
parse_value(const struct conf_param *param, const char *text, void *field)
{
	int choice;

	switch (param->type) {
	case CONF_STRING:
		*(char **)field = xstrdup(text);
		return NULL;
	case CONF_TEXT:
	case CONF_RAW:
		return NULL;
	case CONF_BOOL:
		choice = parse_choice(text, "no|yes");
		if (choice == -1)
			return "yes or no";
		*(bool *)field = choice == 1;
		return NULL;
	case CONF_INT:
		return parse_int(text, param->arg, field) == -1 ? param->arg
								: NULL;
	case CONF_TIME:
		return conf_parse_time(text, field) == -1
		    ? "a time, as 30s, 5m, 2h, 1d, 1w"
		    : NULL;
	case CONF_SIZE:
		return conf_parse_size(text, field) == -1
		    ? "a size, as 500k, 64m, 1g"
		    : NULL;
	case CONF_CHOICE:
		choice = parse_choice(text, param->arg);
		if (choice == -1)
			return param->arg;
		*(int *)field = choice;
		return NULL;
	}
	abort();
}

void
conf_complain(const struct conf *conf, const char *name, const char *why,
    struct strbuf *err)
{
	struct conf_text text = { 0 };

	if (conf_get(conf, NULL, name, false, &text, err) == 0)
		conf_error(err, conf_text_origin(&text, 0), "%s = %s: %s", name,
		    conf_text_str(&text), why);
	conf_text_free(&text);
}

static int
apply_param(const struct conf *conf, const char *context,
    const struct conf_param *param, void *values, struct strbuf *err)
{
	void *field = (char *)values + param->offset;
	struct conf_text text = { 0 };
	const char *wanted;

	release_value(param, field);
	if (param->type == CONF_STRING)
		*(char **)field = xstrdup("");
	if (conf_get(conf, context, param->name, param->type == CONF_RAW, &text,
		err) == -1)
		return -1;
	if (param->type == CONF_TEXT || param->type == CONF_RAW) {
		*(struct conf_text *)field = text;
		return 0;
	}
	release_value(param, field);
	wanted = parse_value(param, conf_text_str(&text), field);
	if (wanted != NULL)
		conf_error(err, conf_text_origin(&text, 0),
		    "%s = %s: expected %s", param->name, conf_text_str(&text),
		    wanted);
	conf_text_free(&text);
	return wanted == NULL ? 0 : -1;
}

static bool
is_elsewhere(const struct conf *conf, const char *name)
{
	for (size_t i = 0;
	     conf->elsewhere != NULL && conf->elsewhere[i] != NULL; i++)
		if (strncmp(name, conf->elsewhere[i],
			strlen(conf->elsewhere[i])) == 0)
			return true;
	return false;
}

/* Whether the entry is for a context that the file cannot set. */
static bool
is_reserved(const struct conf *conf, const struct conf_entry *entry)
{
	size_t len = conf->reserved != NULL ? strlen(conf->reserved) : 0;

	return len > 0 && strncmp(entry->name, conf->reserved, len) == 0 &&
	    entry->name[len] == '/';
}

/* Name every entry of the file that nobody knows. */
static int
check_names(const struct conf *conf, struct strbuf *err)
{
	int result = 0;

	for (size_t i = 0;
	     i < conf->file.nentries && err->len < CONF_ERRORS_MAX; i++) {
		const struct conf_entry *entry = &conf->file.entries[i];
		const char *name = base_name(entry);
		struct nearest nearest;

		if (is_reserved(conf, entry)) {
			conf_error(err, entry->value.marks[0].origin,
			    "%s: the context %s is built in, it has no "
			    "parameters",
			    entry->name, conf->reserved);
			result = -1;
			continue;
		}
		if (find_param(conf, name) != NULL || is_declared(conf, name) ||
		    entry->is_used)
			continue;
		nearest_init(&nearest, name);
		offer_params(&(struct scope){ .conf = conf }, &nearest);
		if (nearest.best == NULL && is_elsewhere(conf, name))
			conf_error(err, entry->value.marks[0].origin,
			    "%s: keep it in %s", name, conf->elsewhere_file);
		else
			conf_error(err, entry->value.marks[0].origin,
			    "unknown parameter %s%s", name,
			    nearest_hint(&nearest));
		result = -1;
	}
	return result;
}

int
conf_apply(const struct conf *conf, const char *context, void *values,
    struct strbuf *err)
{
	int result = 0;

	if (context == NULL)
		result = check_names(conf, err);
	for (size_t i = 0; i < conf->nparams; i++) {
		if (apply_param(conf, context, &conf->params[i], values, err) ==
		    -1)
			result = -1;
	}
	return result;
}

void
conf_values_free(const struct conf_param *params, size_t nparams, void *values)
{
	for (size_t i = 0; i < nparams; i++)
		release_value(&params[i], (char *)values + params[i].offset);
}

static bool
has_changed(const struct conf *old, const struct conf *new,
    const struct conf_param *param)
{
	bool is_raw = param->type == CONF_RAW;
	struct conf_text before = { 0 }, after = { 0 };
	struct strbuf ignored = { 0 };
	bool result =
	    conf_get(old, NULL, param->name, is_raw, &before, &ignored) == 0 &&
	    conf_get(new, NULL, param->name, is_raw, &after, &ignored) == 0 &&
	    strcmp(conf_text_str(&before), conf_text_str(&after)) != 0;

	conf_text_free(&before);
	conf_text_free(&after);
	strbuf_free(&ignored);
	return result;
}

static void
keep(struct conf *conf, const struct conf *running,
    const struct conf_param *param)
{
	bool is_raw = param->type == CONF_RAW;
	struct conf_text text = { 0 };
	struct strbuf value = { 0 }, ignored = { 0 };

	conf_get(running, NULL, param->name, is_raw, &text, &ignored);
	if (is_raw)
		strbuf_adds(&value, conf_text_str(&text));
	else
		conf_add_value(&value, conf_text_str(&text));
	add_entry(&conf->kept, param->name, strbuf_str(&value), "the start");
	conf_text_free(&text);
	strbuf_free(&value);
	strbuf_free(&ignored);
}

void
conf_keep(struct conf *conf, const struct conf *running)
{
	for (size_t i = 0; i < conf->nparams; i++) {
		const struct conf_param *param = &conf->params[i];

		if ((param->flags & CONF_AT_START) == 0 ||
		    !has_changed(running, conf, param))
			continue;
		log_warn("reload: %s has changed, which needs a restart",
		    param->name);
		keep(conf, running, param);
	}
}

size_t
conf_contexts(const struct conf *conf, const char *const **names)
{
	*names = (const char *const *)conf->contexts;
	return conf->ncontexts;
}

void
conf_print(const struct conf *conf, struct strbuf *out)
{
	struct strbuf ignored = { 0 };
	struct conf_text text = { 0 };

	for (size_t i = 0; i < conf->nparams; i++) {
		const struct conf_param *param = &conf->params[i];

		if (conf_get(conf, NULL, param->name, param->type == CONF_RAW,
			&text, &ignored) == 0)
			strbuf_addf(out, "%s = %s\n", param->name,
			    conf_text_str(&text));
	}
	for (size_t i = 0; i < conf->file.nentries; i++) {
		const struct conf_entry *entry = &conf->file.entries[i];

		if (find_param(conf, entry->name) == NULL &&
		    conf_file_find(&conf->file, entry->name) == entry)
			strbuf_addf(out, "%s = %s\n", entry->name,
			    conf_text_str(&entry->value));
	}
	conf_text_free(&text);
	strbuf_free(&ignored);
}
