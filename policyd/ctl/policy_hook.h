#ifndef POLICY_HOOK_H
#define POLICY_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "listen_value.h"
#include "postfix_setup.h"
#include "stage.h"

/*
 * Where main.cf and master.cf ask a policy service: each check_policy_service
 * in a list of an smtpd, or in a class that the list names.
 */
struct policy_hook {
	const struct postfix_service *service;
	enum stage stage;     /* of the list */
	size_t start, end;    /* where it stands in the list's value */
	bool is_in_class;     /* then these are those of the class' name */
	char *server;         /* "unix:private/sekisho-policy" */
	char *path;           /* that smtpd opens; NULL: no file */
	char *context;        /* policy_context; NULL: none */
	char *default_action; /* its own; NULL: that of main.cf */
	char *timeout;        /* likewise */
	const char *behind;   /* what permits before it; NULL: nothing */
	bool is_ours;         /* policyd listens there */
};

struct policy_hooks {
	size_t n;
	struct policy_hook *list;
};

/* Both are borrowed as long as the hooks live. */
void policy_hooks_find(struct policy_hooks *, const struct postfix_setup *,
    const struct listen_value *listen);
void policy_hooks_free(struct policy_hooks *);

#endif
