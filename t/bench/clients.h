#ifndef CLIENTS_H
#define CLIENTS_H

#include <stdint.h>

/*
 * The addresses that the SMTP clients of a load have: neighbours, from first
 * on.  Either they are a pool, of which any may come next, or (pool: 0) each
 * comes once.
 */
struct clients {
	uint32_t first; /* host byte order */
	uint32_t pool;
};

/* Ends the program when text is no IPv4 address. */
uint32_t clients_address(const char *text);

/* The address that asks question number. */
uint32_t clients_pick(const struct clients *, uint64_t number);

/* "192.0.2.1" */
struct address_text {
	char text[16];
};
struct address_text address_text(uint32_t address);

/* A number that looks random, always the same for the same number. */
uint64_t scatter(uint64_t number);

#endif
