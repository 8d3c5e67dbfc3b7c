/*
 * authctl batch: changes from standard input, one a line, all of them in one
 * replacement of the database, or none.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "authctl_change.h"
#include "mem.h"
#include "secret_input.h"

#define BLANKS " \t"

struct batch {
	struct change *changes; /* their arguments point into the input */
	size_t nchanges, size;
};

/*
 * Cut a line into words.  What follows the name of `user add` and `user
 * passwd` after one blank is the password, whatever it has in it.
 */
static int
split(char *line, char **words, int max, char **password)
{
	int n = 0;

	*password = NULL;
	while (n < max) {
		line += strspn(line, BLANKS);
		if (*line == '\0')
			break;
		words[n++] = line;
		line += strcspn(line, BLANKS);
		if (*line == '\0')
			break;
		*line++ = '\0';
		if (n == 3 && strcmp(words[0], "user") == 0 &&
		    (strcmp(words[1], "add") == 0 ||
			strcmp(words[1], "passwd") == 0)) {
			*password = line;
			break;
		}
	}
	return n;
}

/* The command of a line.  Returns EX_USAGE with a line in why. */
static int
parse_line(char *line, struct change *change, struct strbuf *why)
{
	static char name[] = "authctl";
	char *argv[WORDS_MAX + 2] = { name };
	struct strbuf out = { 0 };
	char *password;
	int argc = 1 + split(line, argv + 1, WORDS_MAX, &password);
	int code;

	if (password != NULL && strcmp(password, "--password-stdin") == 0) {
		strbuf_adds(why,
		    "in a batch the password stands in the line, "
		    "behind the name\n");
		return EX_USAGE;
	}
	change->args.password = password;
	change->args.is_line = true;
	code = authctl_parse(argc, argv, &change->command, &change->args, &out,
	    why);
	if (code == EX_OK &&
	    (change->command == NULL || change->command->apply == NULL ||
		change->args.config_path != NULL)) {
		strbuf_adds(why, "this cannot stand in a batch\n");
		code = EX_USAGE;
	}
	strbuf_free(&out);
	return code;
}

static int
add_line(struct authctl *ctl, struct batch *batch, char *line, size_t len,
    int number)
{
	struct strbuf why = { 0 };
	struct change *change;
	int code = EX_USAGE;

	if (batch->nchanges == batch->size) {
		batch->size = batch->size * 2 + 64;
		batch->changes = xreallocarray(batch->changes, batch->size,
		    sizeof *batch->changes);
	}
	change = &batch->changes[batch->nchanges++];
	*change = (struct change){ .line = number };
	if (strlen(line) != len)
		strbuf_adds(&why, "has a NUL byte\n");
	else
		code = parse_line(line, change, &why);
	if (code != EX_OK)
		authctl_error(ctl, "line %d: %.*s", number,
		    (int)strcspn(strbuf_str(&why), "\n"), strbuf_str(&why));
	else
		code = change_prepare(ctl, change);
	strbuf_free(&why);
	return code;
}

static int
add_lines(struct authctl *ctl, struct batch *batch, struct strbuf *input)
{
	size_t pos = 0, len;
	int result = EX_OK;
	char *line;

	for (int number = 1; secret_input_line(input, &pos, &line, &len);
	     number++) {
		size_t indent = strspn(line, BLANKS);
		int code = EX_OK;

		if (indent != len && line[indent] != '#')
			code = add_line(ctl, batch, line, len, number);
		if (result == EX_OK)
			result = code;
	}
	return result;
}

int
authctl_batch(struct authctl *ctl, const struct arguments *args)
{
	struct batch batch = { 0 };
	struct strbuf input = { 0 }, why = { 0 };
	int code = EX_OK;

	(void)args;
	if (secret_input_read("-", &input, &why) == -1) {
		authctl_error(ctl, "%s", strbuf_str(&why));
		code = EX_NOINPUT;
	}
	if (code == EX_OK)
		code = add_lines(ctl, &batch, &input);
	if (code == EX_OK && batch.nchanges > 0)
		code = changes_make(ctl, batch.changes, batch.nchanges);
	if (code == EX_OK && batch.nchanges > 0)
		code = changes_tell(ctl, batch.changes, batch.nchanges);
	for (size_t i = 0; i < batch.nchanges; i++)
		change_free(&batch.changes[i]);
	free(batch.changes);
	strbuf_wipe(&input);
	strbuf_free(&why);
	return code;
}
