/*
 * authctl batch: changes from standard input, one a line, all of them in one
 * replacement of the database, or none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "authctl_change.h"
#include "mem.h"

#define BLANKS    " \t"
#define INPUT_MAX (1UL << 30)

struct batch {
	struct change *changes; /* their arguments point into the input */
	size_t nchanges, size;
};

/* Standard input to its end.  It may hold passwords: no copy is left. */
static int
read_input(struct authctl *ctl, struct strbuf *input)
{
	const char *problem = NULL;

	strbuf_reserve(input, 65536);
	while (problem == NULL) {
		size_t room = input->size - input->len - 1;
		ssize_t n = read(STDIN_FILENO, input->bytes + input->len, room);

		if (n == 0)
			return EX_OK;
		if (n == -1) {
			problem = errno == EINTR ? NULL : strerror(errno);
			continue;
		}
		input->len += (size_t)n;
		input->bytes[input->len] = '\0';
		if (input->len > INPUT_MAX) {
			problem = "more than 1 GiB";
		} else if ((size_t)n == room) {
			struct strbuf larger = { 0 };

			strbuf_reserve(&larger, input->len * 2);
			strbuf_add(&larger, input->bytes, input->len);
			strbuf_wipe(input);
			*input = larger;
		}
	}
	authctl_error(ctl, "standard input: %s", problem);
	return EX_NOINPUT;
}

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
	strbuf_free(&why);
	return code;
}

static int
add_lines(struct authctl *ctl, struct batch *batch, struct strbuf *input)
{
	char *line = input->bytes, *end = line + input->len;
	int result = EX_OK;

	for (int number = 1; line < end; number++) {
		char *lf = memchr(line, '\n', (size_t)(end - line));
		char *first = line + strspn(line, BLANKS);
		int code = EX_OK;

		if (lf == NULL)
			lf = end;
		*lf = '\0';
		if (first != lf && *first != '#')
			code = add_line(ctl, batch, line, (size_t)(lf - line),
			    number);
		if (result == EX_OK)
			result = code;
		line = lf + 1;
	}
	return result;
}

int
authctl_batch(struct authctl *ctl, const struct arguments *args)
{
	struct batch batch = { 0 };
	struct strbuf input = { 0 };
	int code = read_input(ctl, &input);

	(void)args;
	if (code == EX_OK)
		code = add_lines(ctl, &batch, &input);
	if (code == EX_OK && batch.nchanges > 0)
		code = changes_make(ctl, batch.changes, batch.nchanges);
	for (size_t i = 0; i < batch.nchanges; i++)
		change_free(&batch.changes[i]);
	free(batch.changes);
	strbuf_wipe(&input);
	return code;
}
