#ifndef APP_RULE_H
#define APP_RULE_H

#include <stdbool.h>

#include "strbuf.h"

/*
 * What mail may be sent with an app password, as for a device: policyd's
 * reject_app_password_mismatch sees to it.
 */
enum app_rule {
	APP_SENDERS,    /* ADDRESS or @DOMAIN, separated by commas */
	APP_RECIPIENTS, /* the same */
	APP_LIMIT,      /* recipients: N/TIME, as 200/1d */
	APP_RULES,
};

const char *app_rule_name(enum app_rule);      /* "senders" ... */
enum app_rule app_rule_find(const char *name); /* APP_RULES: there is none */

/* Whether it is a list of addresses. */
bool app_rule_is_list(enum app_rule);

#define APP_RULE_MAX 1024 /* bytes of a value */

/* The value that was typed (a list may have blanks, too) as it is kept,
 * appended.  Returns 0, or -1 with the reason in err. */
int app_rule_parse(enum app_rule, const char *typed, struct strbuf *out,
    struct strbuf *err);

#endif
