/* The cheapest server of the Dovecot auth protocol: OK, whoever it is. */
#include <err.h>
#include <string.h>

#include "floor.h"

static void
greet(struct stream *stream)
{
	strbuf_addf(&stream->out,
	    "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t%d\n"
	    "COOKIE\t00000000000000000000000000000000\nDONE\n",
	    stream->fd);
}

static void
answer(struct stream *stream)
{
	const char *line = strbuf_str(&stream->in), *end, *id;
	size_t used = 0;

	while ((end = strchr(line + used, '\n')) != NULL) {
		if (strncmp(line + used, "AUTH\t", 5) == 0) {
			id = line + used + 5;
			strbuf_addf(&stream->out, "OK\t%.*s\tuser=floor\n",
			    (int)strcspn(id, "\t\n"), id);
		}
		used = (size_t)(end - line) + 1;
	}
	stream_consume(stream, used);
}

int
main(int argc, char *argv[])
{
	if (argc != 2)
		errx(64, "usage: auth_floor ADDRESS");
	floor_serve(argv[1], greet, answer);
}
