/*
 * Files that may hold secrets.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "secret_input.h"
#include "rights.h"

#define INPUT_MAX (1UL << 30)
#define BOM       "\xef\xbb\xbf" /* how some editors begin UTF-8 */

/* Twice the room; the old bytes are wiped. */
static void
grow(struct strbuf *sb)
{
	struct strbuf larger = { 0 };

	strbuf_reserve(&larger, sb->len * 2);
	strbuf_add(&larger, sb->bytes, sb->len);
	strbuf_wipe(sb);
	*sb = larger;
}

int
secret_input_read(const char *path, struct strbuf *out, struct strbuf *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	const char *problem = NULL;

	if (fd == -1) {
		strbuf_addf(err, "%s: ", path);
		rights_explain(err, path, R_OK, NULL, errno);
		return -1;
	}
	strbuf_reserve(out, 65536);
	while (problem == NULL) {
		ssize_t n =
		    read(fd, out->bytes + out->len, out->size - out->len - 1);

		if (n == 0)
			break;
		if (n == -1) {
			problem = errno == EINTR ? NULL : strerror(errno);
			continue;
		}
		out->len += (size_t)n;
		out->bytes[out->len] = '\0';
		if (out->len > INPUT_MAX)
			problem = "more than 1 GiB";
		else if (out->len + 1 == out->size)
			grow(out);
	}
	if (problem != NULL)
		strbuf_addf(err, "%s: %s", is_stdin ? "standard input" : path,
		    problem);
	if (!is_stdin)
		close(fd);
	return problem == NULL ? 0 : -1;
}

bool
secret_input_line(struct strbuf *text, size_t *pos, char **line, size_t *len)
{
	char *lf;

	if (*pos == 0 && text->len >= strlen(BOM) &&
	    memcmp(text->bytes, BOM, strlen(BOM)) == 0)
		*pos = strlen(BOM);
	if (*pos >= text->len)
		return false;
	*line = text->bytes + *pos;
	lf = memchr(*line, '\n', text->len - *pos);
	*len = lf != NULL ? (size_t)(lf - *line) : text->len - *pos;
	*pos += *len + 1;
	if (*len > 0 && (*line)[*len - 1] == '\r')
		(*len)--;
	(*line)[*len] = '\0';
	return true;
}
