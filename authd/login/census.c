/*
 * A look at all users.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "census.h"
#include "command_line.h"
#include "command_line.h"
#include "log.h"
#include "mem.h"
#include "userdb.h"

#define COUNTING_NICE 10 /* more than the loop's */

struct census {
	pthread_t thread;
	bool has_thread;
	atomic_bool stop;
	atomic_bool is_complete; /* what follows is constant from then on */
	char *path;
	enum mechanism offered[MECHANISMS];
	size_t noffered;

	unsigned long users;
	unsigned long unreadable;
	unsigned long lacking[MECHANISMS];
	char *realms[CENSUS_REALMS];
	size_t nrealms;
};

static void
note_realm(struct census *census, const char *name)
{
	const char *realm = strchr(name, '@') + 1;

	for (size_t i = 0; i < census->nrealms; i++)
		if (strcmp(census->realms[i], realm) == 0)
			return;
	if (census->nrealms < CENSUS_REALMS)
		census->realms[census->nrealms++] = xstrdup(realm);
}

static bool
count_user(void *arg, const char *name, const struct user_record *record)
{
	struct census *census = arg;

	census->users++;
	note_realm(census, name);
	if (record == NULL)
		census->unreadable++;
	for (size_t i = 0; record != NULL && i < census->noffered; i++)
		if (mechanism_secret(census->offered[i], &record->secrets) ==
		    NULL)
			census->lacking[census->offered[i]]++;
	return !census->stop;
}

static void
print_lacking(const struct census *census, struct strbuf *out)
{
	for (size_t i = 0; i < census->noffered; i++) {
		const char *name = mechanism_name(census->offered[i]);

		if (census->lacking[census->offered[i]] > 0)
			strbuf_addf(out,
			    "%lu of %lu users have no secret for %s and will "
			    "fail there: they need a new password "
			    "(%sauthctl user list --without %s)\n",
			    census->lacking[census->offered[i]], census->users,
			    name, command_line_prefix(), name);
	}
}

static void
print_numbers(const struct census *census, struct strbuf *out)
{
	strbuf_addf(out, "users: %lu\n", census->users);
	if (census->unreadable > 0)
		strbuf_addf(out, "records that cannot be read: %lu\n",
		    census->unreadable);
}

/* Returns false when it was ended early, or, with the reason in err, the
 * database cannot be read. */
static bool
count(struct census *census, struct strbuf *err)
{
	return userdb_each(census->path, count_user, census, err) == 0 &&
	    !census->stop;
}

static void
log_text(enum log_level level,
    void (*print)(const struct census *, struct strbuf *),
    const struct census *census)
{
	struct strbuf text = { 0 };

	print(census, &text);
	log_lines(level, strbuf_str(&text));
	strbuf_free(&text);
}

static void *
run(void *arg)
{
	struct census *census = arg;
	struct strbuf err = { 0 };
	id_t self = (id_t)gettid();

	/* Linux: of this thread.  Nobody waits for it. */
	setpriority(PRIO_PROCESS, self,
	    getpriority(PRIO_PROCESS, self) + COUNTING_NICE);
	census->is_complete = count(census, &err);
	strbuf_free(&err); /* the database's own watch reports it */
	if (!census->is_complete)
		return NULL;
	log_text(LOG_LEVEL_INFO, print_numbers, census);
	log_text(LOG_LEVEL_WARN, print_lacking, census);
	return NULL;
}

static struct census *
census_alloc(const struct authd_config *config)
{
	struct census *census = xcalloc(1, sizeof *census);

	census->path = xstrdup(config->database_path);
	census->noffered = config->noffered;
	memcpy(census->offered, config->offered, sizeof config->offered);
	return census;
}

struct census *
census_new(const struct authd_config *config)
{
	struct census *census = census_alloc(config);
	int error = pthread_create(&census->thread, NULL, run, census);

	if (error != 0)
		log_warn("users: not counted: start a thread: %s",
		    strerror(error));
	census->has_thread = error == 0;
	return census;
}

void
census_log(const struct authd_config *config)
{
	struct census *census = census_alloc(config);
	struct strbuf err = { 0 };

	if (count(census, &err))
		log_text(LOG_LEVEL_WARN, print_lacking, census);
	else
		log_warn("%s; every login is a temporary failure until it is "
			 "mended",
		    strbuf_str(&err));
	strbuf_free(&err);
	census_free(census);
}

void
census_free(struct census *census)
{
	if (census == NULL)
		return;
	census->stop = true;
	if (census->has_thread)
		pthread_join(census->thread, NULL);
	for (size_t i = 0; i < census->nrealms; i++)
		free(census->realms[i]);
	free(census->path);
	free(census);
}

void
census_print(struct census *census, struct strbuf *out)
{
	if (census == NULL || !census->is_complete) {
		strbuf_adds(out, "users: not counted yet\n");
		return;
	}
	print_numbers(census, out);
	print_lacking(census, out);
}

size_t
census_realms(struct census *census, char *realms[CENSUS_REALMS])
{
	if (census == NULL || !census->is_complete)
		return 0;
	for (size_t i = 0; i < census->nrealms; i++)
		realms[i] = xstrdup(census->realms[i]);
	return census->nrealms;
}
