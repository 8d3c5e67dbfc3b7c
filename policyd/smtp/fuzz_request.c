/*
 * libFuzzer: requests of the policy protocol.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "request.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Every attribute lies within the bytes that were parsed. */
static void
check(const struct request *request, const char *text, size_t len)
{
	const char *const values[] = { request->client_address, request->sender,
		request->recipient, request->policy_context };

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (values[i][0] != '\0' &&
		    (values[i] < text ||
			values[i] + strlen(values[i]) >= text + len))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct strbuf err = { 0 };
	struct request request;
	char *text = xmalloc(len + 1);

	memcpy(text, bytes, len);
	if (request_parse(&request, text, len, &err) > 0) {
		check(&request, text, len);
		request_check(&request, &err);
		request_has_sender(&request);
	}
	strbuf_free(&err);
	free(text);
	return 0;
}
