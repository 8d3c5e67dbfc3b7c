/*
 * master.cf(5) as postconf(1) tells it: who runs smtpd, with which options,
 * and what main.cf means to it then.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "import_service.h"
#include "mem.h"

const char *const import_shared_names[] = { "mynetworks", "mydestination",
	"relay_domains", "virtual_alias_domains", "virtual_mailbox_domains",
	"myhostname", "mydomain", "myorigin", "inet_interfaces",
	"proxy_interfaces", "recipient_delimiter",
	"parent_domain_matches_subdomains", NULL };

static const char *const nothing[] = { NULL };
static const char *const places[] = { "queue_directory", "mail_owner", NULL };

static void
add_option(struct import_service *service, char *option)
{
	service->options = xreallocarray(service->options,
	    service->noptions + 1, sizeof(char *));
	service->options[service->noptions++] = option;
}

/* The next word of a command: white space divides, but not within { }. */
static char *
next_word(const char **rest)
{
	const char *start = *rest + strspn(*rest, " \t"), *end = start;
	int depth = 0;

	for (; *end != '\0' && (depth > 0 || !isblank((unsigned char)*end));
	     end++)
		depth += *end == '{' ? 1 : *end == '}' ? -1 : 0;
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

/*
 * The -o of a command.  postconf takes `-osmtpd_helo_x=y` for a bundle of
 * options, and cuts it behind each o: what has no "=" goes on in the next.
 */
static void
read_options(struct import_service *service, const char *command)
{
	char *word, *value, *option, *begun = NULL;

	while ((word = next_word(&command)) != NULL) {
		if (strcmp(word, "-o") != 0) {
			free(word);
			continue;
		}
		free(word);
		value = next_word(&command);
		if (value == NULL)
			break;
		option = begun != NULL ? xasprintf("%so%s", begun, value)
				       : trim_option(value);
		free(begun);
		free(value);
		begun = NULL;
		if (strchr(option, '=') != NULL)
			add_option(service, option);
		else
			begun = option;
	}
	free(begun);
}

static bool
runs_smtpd(const char *command)
{
	size_t len = strcspn(command, " \t");
	const char *base = command;

	for (size_t i = 0; i < len; i++)
		if (command[i] == '/')
			base = command + i + 1;
	len -= (size_t)(base - command);
	return len == strlen("smtpd") && strncmp(base, "smtpd", len) == 0;
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
	*strrchr(context, '_') = '\0'; /* without its type */
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
	    sizeof(*services->list));
	services->list[services->n] = (struct import_service){ 0 };
	return &services->list[services->n++];
}

/* One service of master.cf, by "NAME/TYPE/command". */
static void
read_service(struct import_services *services,
    const struct postconf_value *value)
{
	struct import_service service = { 0 }, *added;
	const char *slash = strrchr(value->name, '/');

	if (slash == NULL || strcmp(slash, "/command") != 0 ||
	    !runs_smtpd(value->value))
		return;
	read_options(&service, value->value);
	if (service.noptions == 0)
		return; /* it does what main.cf says */
	service.name = xstrndup(value->name, (size_t)(slash - value->name));
	service.context = make_context(services, service.name);
	added = add_service(services);
	*added = service;
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
	words = xcalloc(2 * service->noptions + nnames + 3, sizeof(*words));
	for (size_t i = 0; i < service->noptions; i++) {
		words[n++] = "-o";
		words[n++] = service->options[i];
	}
	if (more != NULL) {
		words[n++] = "-o";
		words[n++] = more;
	}
	memcpy(words + n, names, nnames * sizeof(*words));
	result = postconf_ask(services->directory, option, words, values, err);
	free(words);
	return result;
}

static int
ask_values(struct import_services *services, struct import_service *service,
    struct strbuf *err)
{
	if (ask(services, service, "-xn", nothing, NULL, &service->set, err) ==
		-1 ||
	    ask(services, service, "-xn", nothing, "stress=yes",
		&service->stressed, err) == -1 ||
	    ask(services, service, "-x", import_shared_names, NULL,
		&service->shared, err) == -1)
		return -1;
	return 0;
}

int
import_services_ask(struct import_services *services, const char *directory,
    struct strbuf *err)
{
	struct postconf_values fields = { 0 };
	struct import_service *main_cf;
	int result;

	*services = (struct import_services){ .directory = directory };
	main_cf = add_service(services);
	main_cf->name = xstrdup("");
	main_cf->context = xstrdup("");
	result = postconf_ask(directory, "-x", places, &services->places, err);
	if (result == 0)
		result = postconf_ask(directory, "-F", nothing, &fields, err);
	for (size_t i = 0; result == 0 && i < fields.n; i++)
		read_service(services, &fields.list[i]);
	for (size_t i = 0; result == 0 && i < services->n; i++)
		result = ask_values(services, &services->list[i], err);
	postconf_values_free(&fields);
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
