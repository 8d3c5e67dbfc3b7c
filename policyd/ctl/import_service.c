/*
 * master.cf(5): who runs smtpd, with which options, and what main.cf means to
 * it then, by postconf(1).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "import_service.h"
#include "mem.h"
#include "policy.h"
#include "table_text.h"

#define COLUMNS       8
#define WITH_ARGUMENT "imnost" /* options of smtpd that have one */

static const char *const nothing[] = { NULL };
static const char *const places[] = { "queue_directory", "mail_owner", NULL };

static void
add_option(struct import_service *service, char *option)
{
	service->options = xreallocarray(service->options,
	    service->noptions + 1, sizeof(char *));
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
		strbuf_add(&option, word + skip, len - skip);
	}
	return strbuf_detach(&option);
}

/* Letters that are options of smtpd; whether -o is among them, with what
 * follows it. */
static void
read_letters(struct import_service *service, const char *letters,
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
read_options(struct import_service *service, const char *rest)
{
	char *word;

	while ((word = next_word(&rest)) != NULL) {
		if (word[0] == '-')
			read_letters(service, word + 1, &rest);
		free(word);
	}
}

static bool
is_smtpd(const char *command)
{
	const char *slash = strrchr(command, '/');

	return strcmp(slash != NULL ? slash + 1 : command, "smtpd") == 0;
}

static bool
has_context(const struct import_services *services, const char *context)
{
	for (size_t i = 0; i < services->n; i++)
		if (strcmp(services->list[i].context, context) == 0)
			return true;
	return false;
}

/* A name for policyd.cf that no other service has. */
static char *
make_context(const struct import_services *services, const char *name)
{
	char *context = xstrdup(name);

	for (char *c = context; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && *c != '.' && *c != '-')
			*c = '_';
	for (int i = 2; context[0] == '\0' || has_context(services, context);
	     i++) {
		free(context);
		context = xasprintf("service%d", i);
	}
	return context;
}

static struct import_service *
add_service(struct import_services *services)
{
	services->list = xreallocarray(services->list, services->n + 1,
	    sizeof *services->list);
	services->list[services->n] = (struct import_service){ 0 };
	return &services->list[services->n++];
}

/* One line of master.cf: NAME TYPE, five columns, COMMAND OPTIONS. */
static void
read_service(struct import_services *services, const char *line)
{
	char *words[COLUMNS] = { NULL };
	struct import_service service = { 0 };

	for (size_t i = 0; i < COLUMNS; i++)
		words[i] = next_word(&line);
	if (words[COLUMNS - 1] != NULL && is_smtpd(words[COLUMNS - 1]))
		read_options(&service, line);
	if (service.noptions > 0) { /* else it does what main.cf says */
		service.name = xasprintf("%s/%s", words[0], words[1]);
		service.context = make_context(services, words[0]);
		*add_service(services) = service;
	}
	for (size_t i = 0; i < COLUMNS; i++)
		free(words[i]);
}

/* postconf(1) cuts `-oname=value` at each o, so it is not asked. */
static int
read_master(struct import_services *services, struct strbuf *err)
{
	char *path = xasprintf("%s/master.cf", services->directory);
	struct table_input input = { .name = path, .err = err };
	struct table_text text = { 0 };
	int result = table_text_read(&text, &input), number;
	const char *line;

	while (result == 0 && (line = table_text_line(&text, &number)) != NULL)
		read_service(services, line);
	table_text_free(&text);
	free(path);
	return result;
}

/* postconf as if the options, and one more (NULL: none), stood in main.cf. */
static int
ask(const struct import_services *services,
    const struct import_service *service, const char *option,
    const char *const names[], const char *more, struct postconf_values *values,
    struct strbuf *err)
{
	size_t n = 0, nnames = 0;
	const char **words;
	int result;

	while (names[nnames] != NULL)
		nnames++;
	words = xcalloc(2 * service->noptions + nnames + 3, sizeof *words);
	for (size_t i = 0; i < service->noptions; i++) {
		words[n++] = "-o";
		words[n++] = service->options[i];
	}
	if (more != NULL) {
		words[n++] = "-o";
		words[n++] = more;
	}
	memcpy(words + n, names, nnames * sizeof *words);
	result = postconf_ask(services->directory, option, words, values, err);
	free(words);
	return result;
}

static int
ask_values(struct import_services *services, struct import_service *service,
    struct strbuf *err)
{
	const char **shared = policyd_shared_names();
	int result = 0;

	if (ask(services, service, "-xn", nothing, NULL, &service->set, err) ==
		-1 ||
	    ask(services, service, "-xn", nothing, "stress=yes",
		&service->stressed, err) == -1 ||
	    ask(services, service, "-x", shared, NULL, &service->shared, err) ==
		-1)
		result = -1;
	free(shared);
	return result;
}

int
import_services_ask(struct import_services *services, const char *directory,
    struct strbuf *err)
{
	struct import_service *main_cf;
	int result;

	*services = (struct import_services){ .directory = directory };
	main_cf = add_service(services);
	main_cf->name = xstrdup("");
	main_cf->context = xstrdup("");
	result = postconf_ask(directory, "-x", places, &services->places, err);
	if (result == 0)
		result = read_master(services, err);
	for (size_t i = 0; result == 0 && i < services->n; i++)
		result = ask_values(services, &services->list[i], err);
	return result;
}

static void
service_free(struct import_service *service)
{
	for (size_t i = 0; i < service->noptions; i++)
		free(service->options[i]);
	free(service->options);
	free(service->name);
	free(service->context);
	postconf_values_free(&service->set);
	postconf_values_free(&service->stressed);
	postconf_values_free(&service->shared);
}

void
import_services_free(struct import_services *services)
{
	for (size_t i = 0; i < services->n; i++)
		service_free(&services->list[i]);
	free(services->list);
	postconf_values_free(&services->places);
	*services = (struct import_services){ 0 };
}

const char *
import_service_value(const struct import_service *service, const char *name)
{
	return postconf_value(&service->set, name);
}

bool
import_service_sets(const struct import_service *service, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < service->noptions; i++)
		if (strncmp(service->options[i], name, len) == 0 &&
		    service->options[i][len] == '=')
			return true;
	return false;
}
