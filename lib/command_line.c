/*
 * What the command lines of all our programs have in common.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "mem.h"
#include "nearest.h"

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

/* An option that has no letter, and that nobody knows. */
static void
refuse_long(struct strbuf *err, const char *unknown,
    const struct option *options)
{
	char *word = xstrndup(unknown, strcspn(unknown, "="));
	struct nearest nearest;

	nearest_init(&nearest, word + strspn(word, "-"));
	for (; options->name != NULL; options++)
		nearest_offer(&nearest, options->name);
	strbuf_addf(err, "unknown option %s", word);
	if (nearest.best != NULL)
		strbuf_addf(err, ", did you mean --%s?\n", nearest.best);
	else
		strbuf_adds(err, " (-h shows all)\n");
	free(word);
}

/* optopt is 0 for a long option that nobody knows; of a known one it is its
 * val, of a letter the letter, which may stand among others. */
void
command_line_add_refusal(struct strbuf *err, int result, char *const *argv,
    const struct option *long_options)
{
	const char *known = long_name(long_options, optopt);

	if (optopt == 0)
		refuse_long(err, argv[optind - 1], long_options);
	else if (result == ':' && known == NULL)
		strbuf_addf(err, "option -%c needs a value\n", optopt);
	else if (known == NULL)
		strbuf_addf(err, "unknown option -%c (-h shows all)\n", optopt);
	else
		strbuf_addf(err, "option --%s %s\n", known,
		    result == ':' ? "needs a value" : "takes no value");
}
