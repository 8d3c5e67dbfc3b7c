#ifndef IMPORT_POLICY_H
#define IMPORT_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "import_list.h"
#include "import_service.h"
#include "stage.h"

/*
 * What main.cf, or a service of master.cf, becomes: lines of policyd.cf, and
 * lists that ask policyd.
 */
struct import_setting { /* of policyd.cf */
	char *name;
	char *value;
	char *notes; /* lines of comments before it */
	bool is_list;
};

struct import_policy {
	const struct import_service *service;
	const struct import_policy *main_cf; /* NULL: it is that itself */
	struct import_context context;
	struct import_list *classes;
	size_t nclasses;
	struct import_list lists[STAGE_COUNT];
	char *problems[RESTRICTION_NEEDS_COUNT]; /* NULL: none */
	size_t nsettings;
	struct import_setting *settings;
	bool is_separate;         /* policyd.cf has a context for it */
	char *texts[STAGE_COUNT]; /* of its lists, a restriction a line */
};

/* main_cf: NULL, or that which services differ from; it has to live on.  All
 * settings are there then, whether what moves needs them or not. */
void import_policy_make(struct import_policy *, const struct import_service *,
    const struct import_policy *main_cf, struct dnsbls *, struct import_keys *);

/* Make it what stands in the files, once main_cf is that. */
void import_policy_finish(struct import_policy *);
void import_policy_free(struct import_policy *);

/* Whether policyd has anything to do in it. */
bool import_policy_asks(const struct import_policy *);

/* Whether a setting is not that of main.cf already. */
bool import_policy_differs(const struct import_policy *,
    const struct import_setting *);

/* What a list has to be, a restriction a line, when it is not so already,
 * once main.cf has been changed; else NULL.  Borrowed. */
const char *import_policy_new_list(const struct import_policy *, enum stage);

#endif
