/* The cheapest server of the policy protocol: DUNNO, whatever is asked. */
#include <err.h>
#include <string.h>

#include "floor.h"

static void
answer(struct stream *stream)
{
	const char *request = strbuf_str(&stream->in), *end;
	size_t used = 0;

	while ((end = strstr(request + used, "\n\n")) != NULL) {
		strbuf_adds(&stream->out, "action=DUNNO\n\n");
		used = (size_t)(end - request) + 2;
	}
	stream_consume(stream, used);
}

int
main(int argc, char *argv[])
{
	if (argc != 2)
		errx(64, "usage: policy_floor ADDRESS");
	floor_serve(argv[1], NULL, answer);
}
