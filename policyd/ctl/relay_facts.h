#ifndef RELAY_FACTS_H
#define RELAY_FACTS_H

#include "facts.h"
#include "strbuf.h"

/*
 * Facts for relay-test --static, which asks nobody: all names of DNS exist, and
 * a table that a server has lacks all keys.
 */

/* unasked: each of those tables that was looked into, a line for it. */
struct fact_source relay_facts(struct strbuf *unasked);

#endif
