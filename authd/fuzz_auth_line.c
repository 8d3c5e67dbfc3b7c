/*
 * libFuzzer: any bytes as what follows AUTH in a line.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth_line.h"
#include "mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A string that begins and ends inside of the line. */
static void
expect_inside(const char *s, const char *text, size_t len)
{
	if (s < text || s + strlen(s) > text + len)
		__builtin_trap();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = xstrndup((const char *)bytes, len);
	size_t used = strlen(text);
	struct strbuf response = { 0 };
	struct auth_line line;

	if (auth_line_parse(&line, text)) {
		if (*line.mechanism != '\0')
			expect_inside(line.mechanism, text, used);
		if (*line.service != '\0')
			expect_inside(line.service, text, used);
		if (line.response != NULL) {
			expect_inside(line.response, text, used);
			auth_line_initial_response(line.response, &response);
		}
	}
	strbuf_wipe(&response);
	free(text);
	return 0;
}
