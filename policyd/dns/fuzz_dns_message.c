/*
 * libFuzzer: any bytes as a DNS reply, to a question of each type.
 */
#include <stdint.h>

#include "dns_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_NS, DNS_PTR,
		DNS_MX, DNS_TXT };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct dns_answer *answer =
		    dns_message_parse(bytes, len, types[i]);

		if (dns_answer_size(answer) < sizeof *answer)
			__builtin_trap();
		dns_answer_release(answer);
	}
	return 0;
}
