/*
 * What policyd knows of tables of recipients is what Postfix does by default;
 * and smtpd looks at an address once, where policyd does whenever it is told
 * to.
 */
#include <string.h>

#include "import_recipients.h"
#include "mem.h"
#include "reply.h"

/* Parameters that policyd has not, and what it does. */
static const struct {
	const char *name, *value;
} fixed[] = {
	{ "double_bounce_sender", "double-bounce" },
	{ "empty_address_default_transport_maps_lookup_key", "<>" },
	{ "empty_address_relayhost_maps_lookup_key", "<>" },
	{ "owner_request_special", "yes" },
};

/* What smtpd and trivial-rewrite(8), which does not know its options, both go
 * by. */
static const char *const common[] = { "inet_interfaces", "mydestination",
	"myorigin", "proxy_interfaces", "recipient_delimiter" };

static bool
is_harmless(const struct import_service *service, const char *name)
{
	const char *delimiter =
	    import_service_value(service, "recipient_delimiter");

	return strcmp(name, "owner_request_special") == 0 &&
	    (delimiter == NULL || strchr(delimiter, '-') == NULL);
}

static char *
check_fixed(const struct import_service *service)
{
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
		const char *value =
		    import_service_value(service, fixed[i].name);

		if (value != NULL && strcmp(value, fixed[i].value) != 0 &&
		    !is_harmless(service, fixed[i].name))
			return xasprintf("policyd knows no %s but %s",
			    fixed[i].name, fixed[i].value);
	}
	return NULL;
}

static char *
check_common(const struct import_service *service,
    const struct import_service *main_cf)
{
	static const char differs[] =
	    "trivial-rewrite(8) does not know this service's %s";

	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
		const char *own = postconf_value(&service->shared, common[i]);
		const char *other = postconf_value(&main_cf->shared, common[i]);

		if (own != NULL && (other == NULL || strcmp(own, other) != 0))
			return xasprintf(differs, common[i]);
	}
	if (import_service_sets(service, "show_user_unknown_table_name"))
		return xasprintf(differs, "show_user_unknown_table_name");
	return NULL;
}

char *
import_recipients_problem(const struct import_service *service,
    const struct import_service *main_cf)
{
	const char *override =
	    import_service_value(service, "receive_override_options");
	char *problem;

	if (override != NULL &&
	    strstr(override, "no_unknown_recipient_checks") != NULL)
		return xstrdup("receive_override_options says that it does "
			       "nothing here");
	problem = check_fixed(service);
	if (problem == NULL && main_cf != NULL)
		problem = check_common(service, main_cf);
	return problem;
}

/* Recipients are forgotten when the next one comes, senders when their list is
 * walked. */
const char *
import_recipients_place(const struct restriction *row, enum stage stage,
    bool is_delayed)
{
	static const char once[] =
	    "smtpd looks at each address once, and may have done so before "
	    "this list";

	if (row->needs != RESTRICTION_NEEDS_RECIPIENTS)
		return NULL;
	switch (stage) {
	case STAGE_CLIENT:
	case STAGE_HELO:
		return row->variant == REPLY_SENDER ? once : NULL;
	case STAGE_RELAY:
	case STAGE_RECIPIENT:
		return row->variant == REPLY_SENDER && !is_delayed ? once
								   : NULL;
	case STAGE_DATA:
	case STAGE_END_OF_DATA:
		return once;
	case STAGE_SENDER:
	case STAGE_ETRN:
	case STAGE_COUNT:
		return NULL;
	}
	return NULL;
}
