#ifndef RESOLVER_CONFIG_H
#define RESOLVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * Where questions go: what the value of `resolver` says, and what
 * /etc/resolv.conf adds to it.
 *
 *	struct resolver_config config = { 0 };
 *
 *	if (resolver_config_parse(&config, "system", &err) == 0 &&
 *	    config.mode == RESOLVER_SYSTEM)
 *		resolver_config_system(&config, text);
 *	...
 *	resolver_config_free(&config);
 */
enum resolver_mode {
	RESOLVER_SYSTEM,    /* the servers of resolv.conf */
	RESOLVER_RECURSIVE, /* from the root servers down, by ourselves */
	RESOLVER_SERVERS,   /* the servers that are named */
};

struct resolver_zone {
	char *zone;
	char *server; /* ADDRESS@PORT */
};

struct resolver_config {
	enum resolver_mode mode;
	char **servers; /* ADDRESS or ADDRESS@PORT */
	size_t nservers;
	struct resolver_zone *zones;
	size_t nzones;
};

/* Returns 0 or -1 with the reason in err; free it in both cases. */
int resolver_config_parse(struct resolver_config *, const char *value,
    struct strbuf *err);
/* The same, for who wants no more than the reason. */
int resolver_config_check(const char *value, struct strbuf *err);
void resolver_config_free(struct resolver_config *);

/* Log that DNS lists will not answer, where it is a well-known public one. */
void resolver_config_warn(const struct resolver_config *);

/* Whom it asks, in one line. */
void resolver_config_print(const struct resolver_config *, struct strbuf *out);

/*
 * Take the servers (RESOLVER_SYSTEM) from the text of a resolv.conf(5); one
 * that names none means 127.0.0.1.
 */
void resolver_config_system(struct resolver_config *, const char *text);

/* Whether an address, with or without @PORT, is that of a well-known public
 * resolver: DNSBLs refuse those. */
bool resolver_is_public(const char *server);

#endif
