/*
 * main.cf and master.cf, as each smtpd sees them.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "postfix_setup.h"
#include "conf.h"
#include "doctor.h"
#include "mem.h"

#define DIRECTORY "/etc/postfix"

static const char *const all[] = { NULL };

/* Where master.cf says nothing, old configurations have y. */
static bool
is_chrooted(const struct postfix_setup *setup,
    const struct master_service *service)
{
	const char *level =
	    postfix_setup_value(setup, NULL, "compatibility_level");

	if (service->chroot == '-')
		return strtol(level, NULL, 10) < 1;
	return service->chroot == 'y';
}

static int
add_service(struct postfix_setup *setup, const struct master_service *master,
    struct strbuf *err)
{
	struct postfix_service *service;

	setup->services = xreallocarray(setup->services, setup->n + 1,
	    sizeof *setup->services);
	service = &setup->services[setup->n++];
	*service = (struct postfix_service){ .master = master };
	service->is_chrooted = is_chrooted(setup, master);
	if (master->noptions == 0)
		return 0; /* as main.cf */
	return master_service_ask(master, setup->directory, "-x", all,
	    &service->own, err);
}

int
postfix_setup_ask(struct postfix_setup *setup, const char *directory,
    struct strbuf *err)
{
	int result;

	*setup = (struct postfix_setup){
		.is_default =
		    directory == NULL || strcmp(directory, DIRECTORY) == 0,
	};
	result = postconf_ask(directory, "-x", all, &setup->main_cf, err);
	if (directory == NULL)
		directory =
		    postfix_setup_value(setup, NULL, "config_directory");
	setup->directory = xstrdup(directory);
	if (result == 0)
		result = master_cf_read(&setup->master, directory, err);
	for (size_t i = 0; result == 0 && i < setup->master.n; i++)
		if (strcmp(setup->master.list[i].command, "smtpd") == 0)
			result =
			    add_service(setup, &setup->master.list[i], err);
	for (size_t i = 0; i < setup->n; i++)
		setup->services[i].values = setup->services[i].own.n > 0
		    ? &setup->services[i].own
		    : &setup->main_cf;
	return result;
}

void
postfix_setup_free(struct postfix_setup *setup)
{
	for (size_t i = 0; i < setup->n; i++)
		postconf_values_free(&setup->services[i].own);
	free(setup->services);
	master_cf_free(&setup->master);
	postconf_values_free(&setup->main_cf);
	free(setup->directory);
	*setup = (struct postfix_setup){ 0 };
}

void
postfix_setup_judge(struct doctor *doctor, const struct strbuf *problem)
{
	static const char none[] = "run postconf: ";

	if (problem->len == 0)
		return;
	if (strncmp(problem->bytes, none, strlen(none)) == 0) {
		doctor_skip(doctor, "%s", problem->bytes);
		return;
	}
	doctor_fix(doctor, "postfix check says all of it: mend the files");
	doctor_found(doctor, "Postfix cannot be asked: %s", problem->bytes);
}

const char *
postfix_setup_value(const struct postfix_setup *setup,
    const struct postfix_service *service, const char *name)
{
	const char *value = postconf_value(
	    service != NULL ? service->values : &setup->main_cf, name);

	return value != NULL ? value : "";
}

bool
postfix_setup_says_yes(const struct postfix_setup *setup,
    const struct postfix_service *service, const char *name)
{
	return strcasecmp(postfix_setup_value(setup, service, name), "yes") ==
	    0;
}

static bool
is_own(const struct postfix_service *service, const char *name)
{
	return service != NULL &&
	    master_service_option(service->master, name) != NULL;
}

const char *
postfix_setup_place(const struct postfix_service *service, const char *name)
{
	return is_own(service, name) ? service->master->name : "main.cf";
}

void
postfix_setup_command(const struct postfix_setup *setup, const char *program,
    const char *words, struct strbuf *out)
{
	strbuf_adds(out, program);
	if (!setup->is_default) {
		strbuf_adds(out, " -c ");
		doctor_quote(out, setup->directory);
	}
	strbuf_addf(out, " %s", words);
}

/* `postconf OPTION 'HEAD=VALUE'`, without what makes Postfix read it. */
static void
add_line(const struct postfix_setup *setup, const char *option,
    const char *head, const char *value, struct strbuf *out)
{
	struct strbuf text = { 0 }, words = { 0 };

	strbuf_adds(&text, head);
	conf_add_value(&text, value);
	strbuf_addf(&words, "%s ", option);
	doctor_quote(&words, strbuf_str(&text));
	postfix_setup_command(setup, "postconf", strbuf_str(&words), out);
	strbuf_free(&words);
	strbuf_free(&text);
}

/* postconf -P takes no blanks, and Postfix takes commas for them. */
static char *
with_commas(const char *value)
{
	struct strbuf text = { 0 };

	for (; *value != '\0'; value++) {
		char c = strchr(" \t,", *value) != NULL ? ',' : *value;

		if (c != ',' ||
		    (text.len > 0 && text.bytes[text.len - 1] != ','))
			strbuf_addc(&text, c);
	}
	strbuf_adds(&text, "");
	return strbuf_detach(&text);
}

static void
set_own(const struct postfix_setup *setup,
    const struct postfix_service *service, const char *name, const char *value,
    struct strbuf *out)
{
	char *head = xasprintf("%s/%s=", service->master->name, name);
	char *text = with_commas(value);

	add_line(setup, "-P", head, text, out);
	free(text);
	free(head);
}

/* Where it is set now. */
static void
set(const struct postfix_setup *setup, const struct postfix_service *service,
    const char *name, const char *value, struct strbuf *out)
{
	char *head;

	if (is_own(service, name)) {
		set_own(setup, service, name, value, out);
		return;
	}
	head = xasprintf("%s = ", name);
	add_line(setup, "-e", head, value, out);
	free(head);
}

static void
then_reload(const struct postfix_setup *setup, struct strbuf *out)
{
	strbuf_adds(out, " && ");
	postfix_setup_command(setup, "postfix", "reload", out);
}

void
postfix_setup_line(const struct postfix_setup *setup,
    const struct postfix_service *service, const char *name, const char *value,
    struct strbuf *out)
{
	set(setup, service, name, value, out);
	then_reload(setup, out);
}

void
postfix_setup_own_line(const struct postfix_setup *setup,
    const struct postfix_service *service, const char *name, const char *value,
    struct strbuf *out)
{
	set_own(setup, service, name, value, out);
	then_reload(setup, out);
}

void
postfix_setup_revive_line(const struct postfix_setup *setup,
    const struct postfix_service *service, const char *name, const char *value,
    struct strbuf *out)
{
	set(setup, service, name, value, out);
	strbuf_adds(out, " && ");
	if (setup->is_default) {
		doctor_service_line(out, "restart", "postfix");
		return;
	}
	postfix_setup_command(setup, "postfix", "stop", out);
	strbuf_adds(out, " && ");
	postfix_setup_command(setup, "postfix", "start", out);
}

char *
postfix_setup_path(const struct postfix_setup *setup,
    const struct postfix_service *service, const char *name)
{
	const char *queue = postfix_setup_value(setup, NULL, "queue_directory");

	if (strncmp(name, "inet:", 5) == 0)
		return NULL;
	if (strncmp(name, "unix:", 5) == 0)
		name += 5;
	if (name[0] != '/')
		return xasprintf("%s/%s", queue, name);
	return xasprintf("%s%s", service->is_chrooted ? queue : "", name);
}

char *
postfix_setup_name(const struct postfix_setup *setup,
    const struct postfix_service *service, const char *path)
{
	const char *queue = postfix_setup_value(setup, NULL, "queue_directory");
	size_t len = strlen(queue);

	if (strncmp(path, queue, len) == 0 && path[len] == '/')
		return xstrdup(path + len + 1);
	return service->is_chrooted ? NULL : xstrdup(path);
}
