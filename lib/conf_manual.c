/*
 * The table of parameters as text: for -h, and for the manual.
 */
#include "conf.h"

static const struct {
	unsigned flag;
	const char *doc;
} flags[] = {
	{ CONF_AT_START, " Read at start only." },
	{ CONF_FROM_POSTFIX, " Taken from Postfix unless set here." },
};

static void
add_flags(struct strbuf *doc, unsigned set)
{
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if ((set & flags[i].flag) != 0)
			strbuf_adds(doc, flags[i].doc);
}

void
conf_print_help(const struct conf_param *params, size_t nparams,
    struct strbuf *out)
{
	for (size_t i = 0; i < nparams; i++) {
		const struct conf_param *param = &params[i];

		strbuf_addf(out, "  %s = %s\n        %s", param->name,
		    *param->def != '\0' ? param->def : "(empty)", param->doc);
		add_flags(out, param->flags);
		strbuf_addc(out, '\n');
	}
}

void
conf_mdoc_text(struct strbuf *out, const char *text)
{
	for (const char *s = text; *s != '\0'; s++) {
		if (*s == '\\')
			strbuf_adds(out, "\\e");
		else if (*s == '"')
			strbuf_adds(out, "\\(dq");
		else if (*s == ' ' && s > text && s[-1] == '.')
			strbuf_addc(out, '\n');
		else
			strbuf_addc(out, *s);
	}
}

void
conf_print_mdoc(const struct conf_param *params, size_t nparams,
    struct strbuf *out)
{
	for (size_t i = 0; i < nparams; i++) {
		const struct conf_param *param = &params[i];
		struct strbuf doc = { 0 };

		strbuf_adds(&doc, param->doc);
		add_flags(&doc, param->flags);
		strbuf_addf(out, ".It Ic %s No = Ar %s\n", param->name,
		    param->arg != NULL ? param->arg : "value");
		conf_mdoc_text(out, strbuf_str(&doc));
		strbuf_free(&doc);
		if (*param->def == '\0') {
			strbuf_adds(out, "\nDefault: empty.\n");
			continue;
		}
		strbuf_adds(out, "\nDefault:\n.Ql ");
		conf_mdoc_text(out, param->def);
		strbuf_adds(out, " .\n");
	}
}
