/* Loads are the same in every run: chance comes from the number of a question.
 */
#include <arpa/inet.h>
#include <err.h>

#include "clients.h"

uint32_t
clients_address(const char *text)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		errx(64, "not an IPv4 address: %s", text);
	return ntohl(address.s_addr);
}

uint32_t
clients_pick(const struct clients *clients, uint64_t number)
{
	if (clients->pool == 0)
		return clients->first + (uint32_t)number;
	return clients->first + (uint32_t)(scatter(number) % clients->pool);
}

struct address_text
address_text(uint32_t address)
{
	struct in_addr in = { .s_addr = htonl(address) };
	struct address_text text;

	inet_ntop(AF_INET, &in, text.text, sizeof text.text);
	return text;
}

uint64_t
scatter(uint64_t number)
{
	number = (number + 1) * 0x9e3779b97f4a7c15u;
	number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
	number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
	return number ^ (number >> 31);
}
