#ifndef PROVIDERS_H
#define PROVIDERS_H

#include "destination.h"
#include "app_login.h"
#include "facts.h"
#include "guard.h"
#include "live_client.h"
#include "match_list.h"
#include "rates.h"
#include "request.h"
#include "suspensions.h"

/*
 * The kinds of facts there are.  Each has a row in provider_*.c and a function
 * here that makes its key; the type of its value stands behind.
 */

/* const struct dns_answer * */
const struct fact *facts_dns(struct facts *, const char *name, enum dns_type);

/* const struct dnsbl_answer * */
const struct fact *facts_dnsbl(struct facts *, struct dnsbl_site *,
    enum dnsbl_kind, const char *label);

/*
 * What takes time: a search in a table, by the thread, one at a time, and for
 * SEARCH_CPU_US of processor time in all; or a lookup by the server that has
 * the table.  const struct table_answer *
 */
#define SEARCH_CPU_US 50000
struct table_answer {
	enum lookup result;
	const char *value; /* or why it failed; "" or NULL: there is none */
	unsigned nkeys;    /* that were not found */
};
const struct fact *facts_table(struct facts *, const struct table *,
    const char *key);

/* What was found in a table; key and value are borrowed. */
const struct fact *fact_of_table(struct arena *, const struct table *,
    const char *key, enum lookup, const char *value);

/* A key that was not found, and those before it that were not: such a fact, or
 * NULL.  Only so many are shown. */
#define MISSES_SHOWN 20
bool fact_is_miss(const struct fact *, const struct table *);
const struct fact *fact_of_miss(struct arena *, const struct fact *before,
    const struct table *, const char *key);

/* Where mail to an address goes; found out once for a request.  const struct
 * destination_answer * */
struct destination_answer {
	bool has_failed; /* a table that decides could not be asked */
	struct destination destination;
};
const struct fact *facts_destination(struct facts *, const char *address);

/* Whether a list of patterns has a name; client_name: it is an address, of
 * that client.  What is given is borrowed.  const struct list_answer * */
struct list_answer {
	struct match match;
	const char *client_name; /* or NULL */
};
const struct fact *fact_of_list(struct arena *, const char *list_name,
    const char *name, const char *client_name, struct match);

/* What time it is.  const time_t * */
const struct fact *fact_of_time(const struct facts *, struct arena *);

/* Recipients of the transaction that passed before.  const unsigned * */
const struct fact *fact_of_transaction(const struct facts *, struct arena *,
    const struct request *);

/* What a command said of a client.  const struct client_answer * */
struct client_answer {
	bool is_known;
	struct live_client client;
	time_t now;
};
const struct fact *fact_of_client(const struct facts *, struct arena *,
    const struct request *);

/* Whether its login is suspended.  const struct suspension_answer * */
struct suspension_answer {
	bool is_suspended;
	struct suspension suspension;
	time_t now;
};
const struct fact *fact_of_suspension(const struct facts *, struct arena *,
    const struct request *);

/* What the guard knows of its login.  const struct guard_view * */
const struct fact *fact_of_login(const struct facts *, struct arena *,
    const struct request *);

/* What was counted of all that a request wants, and of one part of that as a
 * fact.  const struct rate_answer * */
const struct rate_answer *facts_rates(const struct facts *, struct arena *,
    const struct rate_order *);
bool facts_have_given(const struct facts *, const struct request *,
    uint64_t by);
const struct fact *fact_of_rate(struct arena *, const struct rate_answer *);

/* ask_dnsbl and cancel_dnsbl of a source that has the lists themselves; look:
 * for explain, as dnsbl_look. */
void *facts_ask_dnsbl(void *ctx, struct dnsbl_site *, enum dnsbl_kind,
    const char *label, dnsbl_done *done, void *arg);
void *facts_look_dnsbl(void *ctx, struct dnsbl_site *, enum dnsbl_kind,
    const char *label, dnsbl_done *done, void *arg);
void facts_cancel_dnsbl(void *question);

/* cancel_table of a source that asks by table_lookup_start. */
void facts_cancel_table(void *question);

/* For facts_begin: what providers need of a request that begins. */
void providers_begin(struct facts *);

/* By which passwords the login came from the client's address.  const struct
 * app_logins * */
const struct fact *fact_of_app_logins(const struct facts *, struct arena *,
    const struct request *);

#endif
