/*
 * Names that exist in another realm.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mem.h"
#include "realm_hint.h"

#define PAUSE_MS 100

struct realm_hint {
	struct workers *workers;
	struct job job;
	long next;                 /* when the next one may be looked for */
	struct login_rules *rules; /* NULL: nothing is being looked for */
	char *name;
	char *realms[CENSUS_REALMS];
	size_t nrealms;
	struct strbuf found; /* names that exist */
};

static void
forget(struct realm_hint *hint)
{
	login_rules_unref(hint->rules);
	hint->rules = NULL;
	free(hint->name);
	hint->name = NULL;
	for (size_t i = 0; i < hint->nrealms; i++)
		free(hint->realms[i]);
	hint->nrealms = 0;
	strbuf_free(&hint->found);
}

void
realm_hint_add_names(struct strbuf *out, const struct login_rules *rules,
    char *const *realms, size_t nrealms, const char *name)
{
	size_t local = strcspn(name, "@");

	for (size_t i = 0; i < nrealms; i++) {
		struct user_record record = { 0 };
		struct strbuf other = { 0 }, err = { 0 };

		strbuf_add(&other, name, local);
		strbuf_addf(&other, "@%s", realms[i]);
		if (userdb_find(rules->userdb, strbuf_str(&other), &record,
			&err) == LOOKUP_FOUND)
			log_field(out, "exists", strbuf_str(&other));
		user_record_free(&record);
		strbuf_free(&other);
		strbuf_free(&err);
	}
}

static struct realm_hint *
hint_of(struct job *job)
{
	return (struct realm_hint *)((char *)job -
	    offsetof(struct realm_hint, job));
}

static void
run(struct job *job, struct crypt_data *scratch)
{
	struct realm_hint *hint = hint_of(job);

	(void)scratch;
	realm_hint_add_names(&hint->found, hint->rules, hint->realms,
	    hint->nrealms, hint->name);
}

static void
on_end(struct job *job, enum job_end end)
{
	struct realm_hint *hint = hint_of(job);
	struct strbuf line = { 0 };

	(void)end; /* turned away: then nothing was found */
	if (hint->found.len > 0) {
		strbuf_adds(&line, "realm:");
		log_field(&line, "unknown", hint->name);
		strbuf_add(&line, hint->found.bytes, hint->found.len);
		log_info("%s (default_realm in authd.cf is what follows the "
			 "@ of a name without one)",
		    strbuf_str(&line));
	}
	strbuf_free(&line);
	forget(hint);
}

struct realm_hint *
realm_hint_new(struct workers *workers)
{
	struct realm_hint *hint = xcalloc(1, sizeof *hint);

	hint->workers = workers;
	hint->job.run = run;
	hint->job.end = on_end;
	return hint;
}

void
realm_hint_free(struct realm_hint *hint)
{
	if (hint == NULL)
		return;
	forget(hint);
	free(hint);
}

void
realm_hint_look(struct realm_hint *hint, struct login_rules *rules,
    struct census *census, const char *name, long now)
{
	static const struct source nobody = { 0 };

	if (hint->rules != NULL || now < hint->next)
		return;
	hint->nrealms = census_realms(census, hint->realms);
	if (hint->nrealms == 0)
		return;
	hint->next = now + PAUSE_MS;
	hint->rules = login_rules_ref(rules);
	hint->name = xstrdup(name);
	workers_add(hint->workers, &hint->job, &nobody, false);
}
