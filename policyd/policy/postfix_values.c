/*
 * The values of main.cf that policyd shares with Postfix.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "postfix_values.h"
#include "mem.h"
#include "policy.h"
#include "postconf.h"

struct postfix_values {
	char *main_cf; /* NULL: nobody was asked */
	struct timespec changed;
	struct postconf_values values;
};

static struct timespec
change_time(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return (struct timespec){ 0 };
	return st.st_mtim;
}

char *
postfix_origin(const char *path, struct strbuf *err)
{
	static const char blanks[] = " \t\r\n";
	FILE *file = fopen(path, "re");
	char *line = NULL, *word = NULL;
	size_t size = 0, len = 0;

	if (file == NULL) {
		strbuf_addf(err, "open %s: %s", path, strerror(errno));
		return NULL;
	}
	while (len == 0 && getline(&line, &size, file) != -1) {
		word = line + strspn(line, blanks);
		len = *word == '#' ? 0 : strcspn(word, blanks);
	}
	word = len > 0 ? xstrndup(word, len) : NULL;
	if (word == NULL)
		strbuf_addf(err, "%s: no domain in the file", path);
	free(line);
	fclose(file);
	return word;
}

/* The path itself stays where it cannot be read: that is told later. */
static void
read_origin(struct postconf_value *origin)
{
	struct strbuf ignored = { 0 };
	char *domain = postfix_origin(origin->value, &ignored);

	strbuf_free(&ignored);
	if (domain == NULL)
		return;
	free(origin->value);
	origin->value = domain;
}

/* What is asked beside parameters that policyd has, too. */
static const char *const own_names[] = { "queue_directory", "mail_owner",
	"proxy_read_maps" };

#define OWN_NAMES (sizeof own_names / sizeof own_names[0])

static bool
is_own_name(const char *name)
{
	for (size_t i = 0; i < OWN_NAMES; i++)
		if (strcmp(own_names[i], name) == 0)
			return true;
	return false;
}

static int
ask(const char *directory, struct postconf_values *values, struct strbuf *err)
{
	const char **names = policyd_shared_names();
	size_t n = 0;
	int result;

	while (names[n] != NULL)
		n++;
	names = xreallocarray(names, n + OWN_NAMES + 1, sizeof *names);
	memcpy(names + n, own_names, sizeof own_names);
	names[n + OWN_NAMES] = NULL;
	result = postconf_ask(directory, "-x", names, values, err);
	free(names);
	return result;
}

struct postfix_values *
postfix_values_ask(const char *directory, struct strbuf *err)
{
	struct postfix_values *values = xcalloc(1, sizeof *values);
	struct strbuf why = { 0 };

	if (directory[0] == '\0')
		return values;
	values->main_cf = xasprintf("%s/main.cf", directory);
	values->changed = change_time(values->main_cf);
	if (ask(directory, &values->values, &why) == -1) {
		strbuf_addf(err,
		    "cannot ask Postfix for mynetworks, mydestination and so "
		    "on: %s; set postfix_config_directory to the directory of "
		    "main.cf, or to nothing (postfix_config_directory =) and "
		    "write these parameters to policyd.cf",
		    why.bytes);
		postfix_values_free(values);
		values = NULL;
	}
	strbuf_free(&why);
	for (size_t i = 0; values != NULL && i < values->values.n; i++) {
		struct postconf_value *value = &values->values.list[i];

		if (strcmp(value->name, "myorigin") == 0 &&
		    value->value[0] == '/')
			read_origin(value);
	}
	return values;
}

void
postfix_values_free(struct postfix_values *values)
{
	if (values == NULL)
		return;
	postconf_values_free(&values->values);
	free(values->main_cf);
	free(values);
}

void
postfix_values_offer(const struct postfix_values *values, struct conf *conf)
{
	struct strbuf text = { 0 };

	for (size_t i = 0; i < values->values.n; i++) {
		const struct postconf_value *value = &values->values.list[i];

		if (is_own_name(value->name))
			continue;
		strbuf_truncate(&text, 0);
		conf_add_value(&text, value->value); /* it is expanded */
		conf_offer(conf, value->name, strbuf_str(&text), "main.cf");
	}
	strbuf_free(&text);
}

const char *
postfix_values_find(const struct postfix_values *values, const char *name)
{
	return postconf_value(&values->values, name);
}

bool
postfix_values_are_old(const struct postfix_values *values, const char **path)
{
	struct timespec now;

	*path = values->main_cf;
	if (values->main_cf == NULL)
		return false;
	now = change_time(values->main_cf);
	return now.tv_sec != values->changed.tv_sec ||
	    now.tv_nsec != values->changed.tv_nsec;
}
