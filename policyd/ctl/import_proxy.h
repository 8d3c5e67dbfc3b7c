#ifndef IMPORT_PROXY_H
#define IMPORT_PROXY_H

#include <stddef.h>

#include "import_policy.h"
#include "strbuf.h"

/*
 * Append the lines of main.cf, each behind "#| ", by which proxymap(8) may look
 * into the tables that it is to read for policyd; nothing when there is none.
 * read_maps: proxy_read_maps as main.cf has it.
 */
void import_proxy_write(const struct import_policy *, size_t n,
    const char *read_maps, struct strbuf *out);

#endif
