#ifndef SERVICE_NAME_H
#define SERVICE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "service_protocol.h"
#include "socket_address.h"
#include "table_text.h"

/*
 * What the name of a table says that a server has: which server, and what it
 * is called there.
 *
 *	proxy:TYPE:NAME				Postfix's proxymap(8)
 *	socketmap:inet:HOST:PORT:NAME		socketmap_table(5)
 *	socketmap:unix:PATH:NAME		PATH: below queue_directory,
 *						or absolute
 *	tcp:HOST:PORT				tcp_table(5)
 */
#define SERVICE_ADDRESSES_MAX 4 /* of a host that are tried */

struct service_name {
	const struct service_protocol *protocol;
	char *server;   /* for people, and to tell servers apart */
	char *table;    /* as the server calls it */
	bool is_folded; /* keys are fixed text, of any case */
	char *path;     /* of its socket; NULL: none */
	size_t naddresses;
	struct socket_address addresses[SERVICE_ADDRESSES_MAX];
};

/* Content of tables (table_type.h); hosts are looked up here. */
void *table_proxy_read(struct table_input *);
void *table_socketmap_read(struct table_input *);
void *table_tcp_read(struct table_input *);
void table_service_name_free(void *); /* NULL is fine */

struct service_name *service_name_copy(const struct service_name *);

/*
 * Whether the TYPE in front of NAME, behind proxy:, is known; is_whole: it is
 * asked for whole keys only.
 */
bool service_name_is_proxied(const char *type_and_name, bool *is_whole);

/* Show the types that can stand behind proxy: to who looks for the nearest. */
struct nearest;
void service_name_offer(struct nearest *);

#endif
