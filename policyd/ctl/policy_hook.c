/*
 * check_policy_service in the lists of main.cf and master.cf.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy_hook.h"
#include "conf_text.h"
#include "mem.h"

#define HOOK        "check_policy_service"
#define CLASSES_MAX 10 /* nested */

static const char *const permits[] = { "permit_mynetworks",
	"permit_sasl_authenticated" };

/* One list while it is read. */
struct reading {
	struct policy_hooks *hooks;
	const struct postfix_setup *setup;
	const struct listen_value *listen;
	const struct postfix_service *service;
	enum stage stage;
	const char *behind;
	unsigned depth;    /* of classes */
	size_t start, end; /* of the class in the list */
};

static char *
trimmed(const char *text, size_t len)
{
	for (; len > 0 && isspace((unsigned char)*text); len--)
		text++;
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	return xstrndup(text, len);
}

/* NAME = VALUE of { SERVER, NAME = VALUE, ... } */
static void
take_attribute(struct policy_hook *hook, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	char *name, **field = NULL;

	if (equals == NULL)
		return;
	name = trimmed(text, (size_t)(equals - text));
	if (strcmp(name, "policy_context") == 0)
		field = &hook->context;
	else if (strcmp(name, "default_action") == 0)
		field = &hook->default_action;
	else if (strcmp(name, "timeout") == 0)
		field = &hook->timeout;
	free(name);
	if (field == NULL)
		return;
	free(*field);
	equals++;
	*field = trimmed(equals, len - (size_t)(equals - text));
}

static void
take_server(struct policy_hook *hook, struct conf_word word)
{
	size_t len;

	conf_word_unbrace(&word);
	for (size_t at = 0; at < word.len; at += len + 1) {
		const char *start = word.start + at;
		const char *comma = memchr(start, ',', word.len - at);

		len = comma != NULL ? (size_t)(comma - start) : word.len - at;
		if (at == 0)
			hook->server = trimmed(start, len);
		else
			take_attribute(hook, start, len);
	}
}

static bool
is_ours(const struct listen_value *listen, const struct policy_hook *hook)
{
	for (size_t i = 0; i < listen->count; i++) {
		const struct listen_address *address = &listen->addresses[i];
		const char *path = socket_address_path(&address->socket);

		if (hook->path == NULL
			? strcmp(address->text, hook->server) == 0
			: path != NULL && strcmp(path, hook->path) == 0)
			return true;
	}
	return false;
}

static void
add_hook(const struct reading *reading, const struct conf_word *server,
    size_t start, size_t end)
{
	struct policy_hooks *hooks = reading->hooks;
	struct policy_hook hook = {
		.service = reading->service,
		.stage = reading->stage,
		.start = reading->depth > 0 ? reading->start : start,
		.end = reading->depth > 0 ? reading->end : end,
		.is_in_class = reading->depth > 0,
		.behind = reading->behind,
	};

	take_server(&hook, *server);
	if (hook.server == NULL)
		hook.server = xstrdup("");
	hook.path =
	    postfix_setup_path(reading->setup, reading->service, hook.server);
	hook.is_ours = is_ours(reading->listen, &hook);
	hooks->list =
	    xreallocarray(hooks->list, hooks->n + 1, sizeof *hooks->list);
	hooks->list[hooks->n++] = hook;
}

static bool
is_class(const struct reading *reading, const struct conf_word *word)
{
	struct conf_text text = { 0 };
	struct strbuf ignored = { 0 };
	struct conf_word class;
	bool result = false;
	size_t pos = 0;

	conf_text_set(&text,
	    postfix_setup_value(reading->setup, reading->service,
		"smtpd_restriction_classes"),
	    word->origin);
	while (!result && conf_next_word(&text, &pos, &class, &ignored) == 1)
		result = class.len == word->len &&
		    strncasecmp(class.start, word->start, word->len) == 0;
	conf_text_free(&text);
	strbuf_free(&ignored);
	return result;
}

static void read_list(struct reading *, const char *value);

static void
read_class(struct reading *reading, const struct conf_word *word,
    const char *value)
{
	char *name = conf_word_dup(word);

	if (reading->depth++ == 0) {
		reading->start = (size_t)(word->start - value);
		reading->end = reading->start + word->len;
	}
	read_list(reading,
	    postfix_setup_value(reading->setup, reading->service, name));
	reading->depth--;
	free(name);
}

static void
read_list(struct reading *reading, const char *value)
{
	struct conf_text text = { 0 };
	struct strbuf ignored = { 0 };
	struct conf_word word, server;
	size_t pos = 0;

	conf_text_set(&text, value, (struct conf_origin){ "main.cf", 0 });
	while (conf_next_word(&text, &pos, &word, &ignored) == 1) {
		size_t start = (size_t)(word.start - text.text);

		for (size_t i = 0; i < sizeof permits / sizeof permits[0]; i++)
			if (conf_word_is(&word, permits[i], true))
				reading->behind = permits[i];
		if (conf_word_is(&word, HOOK, true) &&
		    conf_next_word(&text, &pos, &server, &ignored) == 1)
			add_hook(reading, &server, start,
			    (size_t)(server.start - text.text) + server.len);
		else if (reading->depth < CLASSES_MAX &&
		    is_class(reading, &word))
			read_class(reading, &word, text.text);
	}
	conf_text_free(&text);
	strbuf_free(&ignored);
}

void
policy_hooks_find(struct policy_hooks *hooks, const struct postfix_setup *setup,
    const struct listen_value *listen)
{
	*hooks = (struct policy_hooks){ 0 };
	for (size_t i = 0; i < setup->n; i++)
		for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
			struct reading reading = {
				.hooks = hooks,
				.setup = setup,
				.listen = listen,
				.service = &setup->services[i],
				.stage = stage,
			};

			read_list(&reading,
			    postfix_setup_value(setup, reading.service,
				stage_list_name(stage)));
		}
}

void
policy_hooks_free(struct policy_hooks *hooks)
{
	for (size_t i = 0; i < hooks->n; i++) {
		struct policy_hook *hook = &hooks->list[i];

		free(hook->server);
		free(hook->path);
		free(hook->context);
		free(hook->default_action);
		free(hook->timeout);
	}
	free(hooks->list);
	*hooks = (struct policy_hooks){ 0 };
}
