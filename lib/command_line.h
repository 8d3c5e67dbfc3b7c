#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include <stdbool.h>

#include "strbuf.h"

struct option;

/*
 * What the command lines of all our programs have in common: the forms of
 * -h, --version and of what is wrong.  The program is named as it was called.
 */

/* "sekisho-" when we are installed, else "": what stands before the name of
 * another of our programs in a line to type. */
const char *command_line_prefix(void);

/* "NAME (sekisho) VERSION" */
void command_line_add_version(struct strbuf *out);

/* "usage: NAME SYNOPSIS" */
void command_line_add_usage(struct strbuf *out, const char *synopsis);

/* One command of a tool, as its help shows it. */
void command_line_add_command(struct strbuf *out, const char *name,
    const char *synopsis, const char *doc);

/* What every tool takes; config_file: unless -c names one. */
void command_line_add_options(struct strbuf *out, const char *config_file);

/* Whether words can be the beginning of the command's name, or that and its
 * arguments: no words can be anything. */
bool command_line_may_mean(const char *name, int nwords, char *const *words);

/*
 * A line on what getopt_long(3) refused.  result: '?', or ':' where letters
 * began with that; opterr must be 0.
 */
void command_line_add_refusal(struct strbuf *err, int result, char *const *argv,
    const struct option *long_options);

#endif
