/*
 * Who runs smtpd, with which options, and what main.cf means to it then.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "import_service.h"
#include "mem.h"
#include "policy.h"

static const char *const nothing[] = { NULL };
static const char *const stress[] = { "-o", "stress=yes", NULL };
static const char *const places[] = { "queue_directory", "mail_owner", NULL };
static const char *const written[] = { "proxy_read_maps", NULL };

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

/* Those that are smtpd and set something; else it does what main.cf says. */
static void
add_services(struct import_services *services)
{
	for (size_t i = 0; i < services->master.n; i++) {
		const struct master_service *master = &services->master.list[i];
		struct import_service service = { .master = master };
		char *name;

		if (strcmp(master->command, "smtpd") != 0 ||
		    master->noptions == 0)
			continue;
		name = xstrndup(master->name, strcspn(master->name, "/"));
		service.name = xstrdup(master->name);
		service.context = make_context(services, name);
		*add_service(services) = service;
		free(name);
	}
}

static int
ask_values(struct import_services *services, struct import_service *service,
    struct strbuf *err)
{
	const char **shared = policyd_shared_names();
	const char *directory = services->directory;
	const struct master_service *master = service->master;
	int result = 0;

	if (master_service_ask(master, directory, "-xn", nothing, &service->set,
		err) == -1 ||
	    master_service_ask(master, directory, "-xn", stress,
		&service->stressed, err) == -1 ||
	    master_service_ask(master, directory, "-x", shared,
		&service->shared, err) == -1)
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
		result = postconf_ask(directory, "-p", written,
		    &services->written, err);
	if (result == 0)
		result = master_cf_read(&services->master, directory, err);
	if (result == 0)
		add_services(services);
	for (size_t i = 0; result == 0 && i < services->n; i++)
		result = ask_values(services, &services->list[i], err);
	return result;
}

static void
service_free(struct import_service *service)
{
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
	postconf_values_free(&services->written);
	master_cf_free(&services->master);
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
	return service->master != NULL &&
	    master_service_option(service->master, name) != NULL;
}
