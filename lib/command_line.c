/*
 * What the command lines of all our programs have in common.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "command_line.h"

const char *
command_line_prefix(void)
{
	static const char prefix[] = "sekisho-";

	return strncmp(program_invocation_short_name, prefix,
		   sizeof prefix - 1) == 0
	    ? prefix
	    : "";
}

void
command_line_add_version(struct strbuf *out)
{
	strbuf_addf(out, "%s (sekisho) " VERSION "\n",
	    program_invocation_short_name);
}

void
command_line_add_usage(struct strbuf *out, const char *synopsis)
{
	strbuf_addf(out, "usage: %s %s\n", program_invocation_short_name,
	    synopsis);
}

void
command_line_add_command(struct strbuf *out, const char *name,
    const char *synopsis, const char *doc)
{
	strbuf_addf(out, "  %s%s%s\n      %s\n", name,
	    synopsis[0] != '\0' ? " " : "", synopsis, doc);
}

void
command_line_add_options(struct strbuf *out, const char *config_file)
{
	strbuf_addf(out,
	    "  -c FILE\n      The configuration (%s).\n"
	    "  -h, --help, --version\n",
	    config_file);
}

bool
command_line_may_mean(const char *name, int nwords, char *const *words)
{
	for (int i = 0; i < nwords && *name != '\0'; i++) {
		size_t len = strcspn(name, " ");

		if (strlen(words[i]) != len ||
		    strncmp(words[i], name, len) != 0)
			return false;
		name += len + (name[len] == ' ');
	}
	return true;
}

/* The name of a long option, of which val is the number; NULL: it has none. */
static const char *
long_name(const struct option *options, int val)
{
	for (; options->name != NULL; options++)
		if (options->val == val)
			return options->name;
	return NULL;
}

/* optopt is 0 for a long option that nobody knows; of a known one it is its
 * val, of a letter the letter, which may stand among others. */
void
command_line_add_refusal(struct strbuf *err, int result, char *const *argv,
    const struct option *long_options)
{
	const char *unknown = argv[optind - 1];
	const char *known = long_name(long_options, optopt);
	bool is_unknown = result != ':' && known == NULL;

	strbuf_adds(err, is_unknown ? "unknown option " : "option ");
	if (optopt == 0)
		strbuf_add(err, unknown, strcspn(unknown, "="));
	else if (known != NULL)
		strbuf_addf(err, "--%s", known);
	else
		strbuf_addf(err, "-%c", optopt);
	if (result == ':')
		strbuf_adds(err, " needs a value\n");
	else if (known != NULL)
		strbuf_adds(err, " takes no value\n");
	else
		strbuf_adds(err, " (-h shows all)\n");
}
