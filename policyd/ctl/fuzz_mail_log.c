/*
 * libFuzzer: lines of the mail log, which hold what clients have said.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail_log.h"
#include "mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Every attribute can be read to its end. */
static void
read_all(const struct request *request)
{
	for (size_t i = 0; request_attribute_name(i) != NULL; i++)
		if (strlen(request_attribute_value(request, i)) > SIZE_MAX / 2)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct strbuf err = { 0 };
	struct request request;
	char *line = xmalloc(len + 1);

	memcpy(line, bytes, len);
	line[len] = '\0';
	if (mail_log_parse(&request, line, &err) == 0)
		read_all(&request);
	strbuf_free(&err);
	free(line);
	return 0;
}
