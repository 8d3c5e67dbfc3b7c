/*
 * Expansion of $name in reply templates, in the syntax of postconf(5).
 */
#include <string.h>

#include "reply_template.h"
#include "macro.h"

struct expansion {
	const struct reply_template *template;
	struct strbuf *out, *err;
};

static void
on_text(void *ctx, const char *at, const char *bytes, size_t len)
{
	struct expansion *expansion = ctx;

	(void)at;
	strbuf_add(expansion->out, bytes, len);
}

static void
on_failure(void *ctx, const char *at, const char *reason)
{
	struct expansion *expansion = ctx;

	(void)at;
	strbuf_adds(expansion->err, reason);
}

static const char *
value_of(const struct expansion *expansion, const char *name)
{
	return expansion->template->lookup(expansion->template->ctx, name);
}

/* To ask for a name is no mistake, be there such a name or not. */
static bool
has_value(void *ctx, const char *name)
{
	const char *value = value_of(ctx, name);

	return value != NULL && value[0] != '\0';
}

static int
on_value(void *ctx, const char *at, const char *name)
{
	struct expansion *expansion = ctx;
	const char *filter = expansion->template->filter;
	const char *value = value_of(expansion, name);

	(void)at;
	if (value == NULL) {
		strbuf_addf(expansion->err, "unknown name \"%s\"", name);
		return -1;
	}
	for (; *value != '\0'; value++)
		strbuf_addc(expansion->out,
		    strchr(filter, *value) != NULL ? *value : '_');
	return 0;
}

int
reply_template_expand(const struct reply_template *template, const char *text,
    struct strbuf *out, struct strbuf *err)
{
	struct expansion expansion = { template, out, err };
	const struct macro macro = { out, on_text, on_value, has_value,
		on_failure, &expansion };

	return macro_expand(&macro, text, strlen(text));
}
