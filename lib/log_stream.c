/*
 * The log as a stream.
 */
#include <stdlib.h>

#include "log_stream.h"
#include "log.h"

static ssize_t
on_write(void *cookie, const char *bytes, size_t len)
{
	const char *prefix = cookie;
	struct strbuf text = { 0 };

	strbuf_adds(&text, prefix);
	strbuf_adds(&text, ": ");
	strbuf_add(&text, bytes, len);
	log_lines(LOG_LEVEL_WARN, strbuf_str(&text));
	strbuf_free(&text);
	return (ssize_t)len;
}

FILE *
log_stream(const char *prefix)
{
	const cookie_io_functions_t functions = { .write = on_write };
	FILE *stream = fopencookie((void *)prefix, "w", functions);

	if (stream != NULL)
		setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	return stream;
}
