/*
 * Figures as text or JSON.
 */
#include <string.h>

#include "figures.h"

void
figures_begin(struct figures *figures, bool as_json, struct strbuf *out)
{
	*figures = (struct figures){ .json.out = out, .as_json = as_json };
	if (as_json)
		json_object(&figures->json, NULL);
}

void
figures_group(struct figures *figures, const char *name)
{
	if (figures->as_json)
		json_object(&figures->json, name);
	else
		strbuf_addf(&figures->prefix, "%s ", name);
}

/* Without the last word of the prefix, and the blank behind it. */
static void
shorten(struct strbuf *prefix)
{
	size_t len = prefix->len - 1;

	while (len > 0 && prefix->bytes[len - 1] != ' ')
		len--;
	strbuf_truncate(prefix, len);
}

void
figures_end_group(struct figures *figures)
{
	if (figures->as_json)
		json_end(&figures->json);
	else
		shorten(&figures->prefix);
}

void
figures_add(struct figures *figures, const char *name, long long n)
{
	struct strbuf key = { 0 };

	if (figures->as_json) {
		strbuf_adds(&key, name);
		for (size_t i = 0; i < key.len; i++)
			if (key.bytes[i] == ' ')
				key.bytes[i] = '_';
		json_integer(&figures->json, key.bytes, n);
	} else {
		strbuf_addf(figures->json.out, "%s%s: %lld\n",
		    strbuf_str(&figures->prefix), name, n);
	}
	strbuf_free(&key);
}

void
figures_end(struct figures *figures)
{
	if (figures->as_json)
		json_end(&figures->json);
	strbuf_free(&figures->prefix);
}
