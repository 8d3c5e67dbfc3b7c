/*
 * libFuzzer: any bytes as an answer of a server that has tables.
 */
#include <stdint.h>

#include "service_protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct service_protocol *const protocols[] = {
		&service_proxymap, &service_socketmap, &service_tcp
	};

	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
		struct service_answer answer = { 0 };
		ssize_t n =
		    protocols[i]->parse((const char *)bytes, len, &answer);

		if (n > (ssize_t)len || n < -1)
			__builtin_trap();
		strbuf_free(&answer.text);
	}
	return 0;
}
