/*
 * Tables of logins.
 */
#include "login_lookup.h"
#include "inquiry.h"
#include "mail_address.h"
#include "rate_key.h"
#include "table.h"

enum lookup
login_lookup(struct inquiry *inq, const struct table_list *maps,
    const char **value)
{
	const char *login = maps->n == 0
	    ? NULL
	    : rate_key_value(RATE_SASL_USERNAME, inq->request, inq->arena);
	const char *at = login == NULL ? NULL : mail_address_at(login);
	enum lookup result = LOOKUP_NOT_FOUND;

	if (login == NULL)
		return LOOKUP_NOT_FOUND;
	for (size_t i = 0; i < maps->n && result == LOOKUP_NOT_FOUND; i++)
		result = inquiry_table(inq, maps->tables[i], login, value);
	if (at == NULL)
		return result;
	for (size_t i = 0; i < maps->n && result == LOOKUP_NOT_FOUND; i++)
		if (!table_wants_whole_keys(maps->tables[i]))
			result = inquiry_table(inq, maps->tables[i], at, value);
	return result;
}
