/*
 * Templates of replies, tried when a configuration is read.
 */
#include <stdlib.h>

#include "reply_check.h"
#include "table.h"

struct checking {
	const struct policy *policy;
	const struct restrictions *restrictions;
	struct conf_origin origin;
	struct strbuf *warnings;
};

/* A bad one is passed over: default_rbl_reply, or 450, takes its place. */
static void
see_template(void *arg, const char *template)
{
	const struct checking *checking = arg;
	struct strbuf why = { 0 };

	if (checking->restrictions->check_reply(checking->policy, template,
		&why) != REPLY_IS_GOOD)
		conf_error(checking->warnings, checking->origin,
		    "rbl_reply_maps: \"%s\": %s", template, strbuf_str(&why));
	strbuf_free(&why);
}

/* What is wrong with a table itself is said where its content is loaded. */
static void
check_table(struct checking *checking, const struct conf_word *word)
{
	struct tables *tables = tables_new();
	char *name = conf_word_dup(word);
	struct strbuf ignored = { 0 };
	const struct table *table =
	    tables_add(tables, name, word->origin, &ignored);

	checking->origin = word->origin;
	if (table != NULL && !table_is_file(table) &&
	    tables_load(tables, &ignored) == CONF_OK)
		table_show_values(tables, table, see_template, checking);
	strbuf_free(&ignored);
	free(name);
	tables_free(tables);
}

static void
check_default(const struct checking *checking, struct strbuf *err)
{
	const struct conf_text *value =
	    &checking->policy->params.default_rbl_reply;
	struct conf_origin origin = conf_text_origin(value, 0);
	struct strbuf why = { 0 };

	switch (checking->restrictions->check_reply(checking->policy,
	    conf_text_str(value), &why)) {
	case REPLY_IS_GOOD:
		break;
	case REPLY_IS_LOST:
		conf_error(checking->warnings, origin,
		    "default_rbl_reply: %s; 450 4.7.1 is sent in its place",
		    strbuf_str(&why));
		break;
	case REPLY_IS_FATAL:
		conf_error(err, origin, "default_rbl_reply: %s",
		    strbuf_str(&why));
		break;
	}
	strbuf_free(&why);
}

void
reply_check(const struct policy *policy,
    const struct restrictions *restrictions, struct strbuf *warnings,
    struct strbuf *err)
{
	struct checking checking = { .policy = policy,
		.restrictions = restrictions,
		.warnings = warnings };
	struct strbuf ignored = { 0 };
	struct conf_word word;
	size_t pos = 0;

	check_default(&checking, err);
	while (conf_next_word(&policy->params.rbl_reply_maps, &pos, &word,
		   &ignored) == 1)
		check_table(&checking, &word);
	strbuf_free(&ignored);
}
