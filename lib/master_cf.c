/*
 * master.cf(5): NAME TYPE, five columns, COMMAND and its options; a line that
 * begins with white space continues the one before.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "master_cf.h"
#include "mem.h"

#define COLUMNS        8
#define COLUMN_CHROOT  4
#define COLUMN_COMMAND 7
#define WITH_ARGUMENT  "imnost" /* options of daemons that have one */

static void
add_option(struct master_service *service, char *option)
{
	service->options = xreallocarray(service->options,
	    service->noptions + 1, sizeof *service->options);
	service->options[service->noptions++] = option;
}

/* The next word of a line: white space divides, but not within { }. */
static char *
next_word(const char **rest)
{
	const char *start = *rest + strspn(*rest, " \t\n"), *end = start;
	int depth = 0;

	for (; *end != '\0' && (depth > 0 || !isspace((unsigned char)*end));
	     end++)
		depth += *end == '{' ? 1 : *end == '}' && depth > 0 ? -1 : 0;
	*rest = end;
	return end > start ? xstrndup(start, (size_t)(end - start)) : NULL;
}

/* "name=value" without braces, and without blanks around the "=". */
static char *
trim_option(const char *word)
{
	size_t len = strlen(word), namelen;
	struct strbuf option = { 0 };

	if (word[0] == '{' && word[len - 1] == '}') {
		word++;
		len -= 2;
	}
	for (; len > 0 && isspace((unsigned char)*word); len--)
		word++;
	while (len > 0 && isspace((unsigned char)word[len - 1]))
		len--;
	namelen = strcspn(word, "= \t");
	strbuf_add(&option, word, namelen < len ? namelen : len);
	if (namelen < len) {
		size_t skip = namelen + strspn(word + namelen, " \t");

		if (word[skip] == '=')
			skip++;
		skip += strspn(word + skip, " \t");
		strbuf_addc(&option, '=');
		if (skip < len)
			strbuf_add(&option, word + skip, len - skip);
	}
	return strbuf_detach(&option);
}

/* Letters that are options of a daemon; whether -o is among them, with what
 * follows it. */
static void
read_letters(struct master_service *service, const char *letters,
    const char **rest)
{
	for (; *letters != '\0'; letters++) {
		bool is_stuck = letters[1] != '\0';
		char *value;

		if (strchr(WITH_ARGUMENT, *letters) == NULL)
			continue;
		value = is_stuck ? xstrdup(letters + 1) : next_word(rest);
		if (*letters == 'o' && value != NULL)
			add_option(service,
			    is_stuck ? xstrdup(value) : trim_option(value));
		free(value);
		return;
	}
}

/* The -o of a command, whose name has been read. */
static void
read_options(struct master_service *service, const char *rest)
{
	char *word;

	while ((word = next_word(&rest)) != NULL) {
		if (word[0] == '-')
			read_letters(service, word + 1, &rest);
		free(word);
	}
}

static const char *
base_name(const char *command)
{
	const char *slash = strrchr(command, '/');

	return slash != NULL ? slash + 1 : command;
}

static void
read_service(struct master_cf *master, const char *line)
{
	char *words[COLUMNS] = { NULL };
	struct master_service service = { 0 };

	for (size_t i = 0; i < COLUMNS; i++)
		words[i] = next_word(&line);
	if (words[COLUMN_COMMAND] != NULL) {
		service.name = xasprintf("%s/%s", words[0], words[1]);
		service.chroot = words[COLUMN_CHROOT][0];
		service.command = xstrdup(base_name(words[COLUMN_COMMAND]));
		read_options(&service, line);
		master->list = xreallocarray(master->list, master->n + 1,
		    sizeof *master->list);
		master->list[master->n++] = service;
	}
	for (size_t i = 0; i < COLUMNS; i++)
		free(words[i]);
}

static void
end_line(struct master_cf *master, struct strbuf *line)
{
	if (line->len > 0)
		read_service(master, strbuf_str(line));
	strbuf_truncate(line, 0);
}

/* One physical line; the logical one before it ends where this begins one. */
static void
take_line(struct master_cf *master, struct strbuf *logical, const char *line)
{
	const char *text = line + strspn(line, " \t\r\n");

	if (*text == '\0' || *text == '#')
		return;
	if (text == line)
		end_line(master, logical);
	strbuf_adds(logical, line);
}

int
master_cf_read(struct master_cf *master, const char *directory,
    struct strbuf *err)
{
	char *path = xasprintf("%s/master.cf", directory), *line = NULL;
	FILE *file = fopen(path, "re");
	struct strbuf logical = { 0 };
	size_t size = 0, total = 0;
	ssize_t len = 0;
	int result = 0;

	*master = (struct master_cf){ 0 };
	while (file != NULL && total <= MASTER_CF_MAX &&
	    (len = getline(&line, &size, file)) != -1) {
		total += (size_t)len;
		take_line(master, &logical, line);
	}
	if (file == NULL || ferror(file)) {
		strbuf_addf(err, "%s: %s", path, strerror(errno));
		result = -1;
	} else if (total > MASTER_CF_MAX) {
		strbuf_addf(err, "%s: longer than %zu bytes", path,
		    MASTER_CF_MAX);
		result = -1;
	} else {
		end_line(master, &logical);
	}
	if (file != NULL)
		fclose(file);
	strbuf_free(&logical);
	free(line);
	free(path);
	return result;
}

static void
service_free(struct master_service *service)
{
	for (size_t i = 0; i < service->noptions; i++)
		free(service->options[i]);
	free(service->options);
	free(service->name);
	free(service->command);
}

void
master_cf_free(struct master_cf *master)
{
	for (size_t i = 0; i < master->n; i++)
		service_free(&master->list[i]);
	free(master->list);
	*master = (struct master_cf){ 0 };
}

const char *
master_service_option(const struct master_service *service, const char *name)
{
	const char *found = NULL; /* the last one counts */
	size_t len = strlen(name);

	for (size_t i = 0; i < service->noptions; i++)
		if (strncmp(service->options[i], name, len) == 0 &&
		    service->options[i][len] == '=')
			found = service->options[i];
	return found;
}

int
master_service_ask(const struct master_service *service, const char *directory,
    const char *option, const char *const words[],
    struct postconf_values *values, struct strbuf *err)
{
	size_t n = 0, nwords = 0, noptions = 0;
	const char **all;
	int result;

	if (service != NULL)
		noptions = service->noptions;
	while (words[nwords] != NULL)
		nwords++;
	all = xcalloc(2 * noptions + nwords + 1, sizeof *all);
	for (size_t i = 0; i < noptions; i++) {
		all[n++] = "-o";
		all[n++] = service->options[i];
	}
	memcpy(all + n, words, nwords * sizeof *all);
	result = postconf_ask(directory, option, all, values, err);
	free(all);
	return result;
}
