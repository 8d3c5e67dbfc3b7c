/*
 * A pass is DUNNO: nothing that a list names, that a table holds or that DNS
 * says opens what main.cf keeps closed.  One question is answered with OK, and
 * has to be asked by its name.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "live_clients.h"
#include "mem.h"
#include "policy_params.h"
#include "restriction_table.h"
#include "store.h"
#include "testing_log.h"
#include "testing_policy.h"

#define RELAY_CLIENT "192.0.2.1"

static const char *const lists[] = { "client", "helo", "sender", "relay",
	"recipient", "data", "end_of_data", "etrn" };
#define NLISTS (sizeof lists / sizeof lists[0])

static const char *const states[] = { "CONNECT", "EHLO", "MAIL", "RCPT", "DATA",
	"END-OF-MESSAGE", "VRFY", "ETRN" };
#define NSTATES (sizeof states / sizeof states[0])

/* One whom everything lets in, and one about whom everything is wrong. */
static const char *const requests[] = {
	"client_address=" RELAY_CLIENT " client_name=good.example "
	"reverse_client_name=good.example helo_name=good.example "
	"sender=fred@good.example recipient=user@here.example "
	"sasl_username=fred sasl_method=PLAIN encryption_protocol=TLSv1.3 "
	"ccert_fingerprint=AB etrn_domain=here.example instance=1",
	"client_address=198.51.100.1 client_name=unknown "
	"reverse_client_name=unknown helo_name=_ sender=a@bad "
	"recipient=user@else.example etrn_domain=x instance=2",
};
#define NREQUESTS (sizeof requests / sizeof requests[0])

static const struct testing_fact facts[] = {
	{ "A good.example", RELAY_CLIENT },
	{ "MX good.example", "10 good.example" },
	{ "NS good.example", "good.example" },
	{ "PTR 1.2.0.192.in-addr.arpa", "good.example" },
	{ "1.2.0.192.zone.example", "OK" },
	{ "good.example.zone.example", "250 2.0.0 OK" },
	{ "1.100.51.198.zone.example", "OK" },
	{ NULL, NULL },
};

#define SURROUNDINGS                                                           \
	"smtpd_delay_reject = no\n"                                            \
	"mynetworks = 192.0.2.0/24\n"                                          \
	"mydestination = here.example\n"                                       \
	"smtpd_sender_login_maps = static:OK\n"                                \
	"dnsbl_sites = zone.example\n"                                         \
	"recipient_rate_limits = sasl_username 1/1h\n"

/* The words that policyd may say, beside the codes of refusals. */
static const char *const words[] = { "DUNNO", "DEFER_IF_PERMIT",
	"DEFER_IF_REJECT", "DISCARD", "HOLD", "FILTER", "REDIRECT", "BCC",
	"PREPEND" };

static bool
is_harmless(const char *action)
{
	size_t len = strcspn(action, " ");

	if (strpbrk(action, "\r\n") != NULL)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (len == strlen(words[i]) &&
		    strncmp(action, words[i], len) == 0)
			return true;
	return len == 3 && (action[0] == '4' || action[0] == '5') &&
	    strspn(action, "0123456789") == 3;
}

static void
expect_harmless(struct testing_policy *testing, const char *request)
{
	const char *action = testing_policy_ask(testing, request);

	ck_assert_msg(is_harmless(action), "%s: %s", request, action);
}

static void
let_relay(struct testing_policy *testing)
{
	struct live_client client = { .action = LIVE_CLIENT_RELAY,
		.comment = "OK" };
	struct strbuf err = { 0 };

	testing_policy_count(testing);
	ck_assert_int_eq(live_client_parse_net(&client.net, RELAY_CLIENT, &err),
	    0);
	ck_assert(live_clients_put(testing_policy_clients(testing), &client));
}

/* The same list everywhere: ask in all states, and for each list alone. */
static void
check_lists(const char *config, const char *list)
{
	struct strbuf text = { 0 };
	struct testing_policy *testing;

	strbuf_adds(&text, config);
	for (size_t i = 0; i < NLISTS; i++)
		strbuf_addf(&text, "smtpd_%s_restrictions = %s\n", lists[i],
		    list);
	testing = testing_policy_new(strbuf_str(&text), facts);
	let_relay(testing);
	for (size_t i = 0; i < NREQUESTS * NSTATES; i++) {
		const char *request = requests[i / NSTATES];
		char *full = xasprintf("protocol_state=%s %s",
		    states[i % NSTATES], request);

		expect_harmless(testing, full);
		free(full);
	}
	for (size_t i = 0; i < NREQUESTS * NLISTS; i++) {
		char *full = xasprintf(
		    "protocol_state=RCPT policy_context=smtpd_%s_restrictions "
		    "%s",
		    lists[i % NLISTS], requests[i / NLISTS]);

		expect_harmless(testing, full);
		free(full);
	}
	testing_policy_free(testing);
	strbuf_free(&text);
}

/* What a table may hold. */
static const char *const values[] = { "OK", "ok", "OK 250 2.0.0 fine", "RELAY",
	"1", "250", "250 OK", "250 2.0.0 OK", "200 2.1.5 OK", "permit",
	"permit_mynetworks", "permit_sasl_authenticated",
	"permit_auth_destination", "check_dynamic_client_access", "DUNNO",
	"class", "FILTER OK", "PREPEND OK: OK", "DISCARD OK", "HOLD OK",
	"REDIRECT OK@good.example", "BCC OK@good.example", "WARN OK", "INFO OK",
	"REJECT OK", "DEFER OK", "DEFER_IF_PERMIT OK", "DEFER_IF_REJECT OK",
	"450 OK", "299 OK", "2.0.0 OK", "REJECT 2.0.0 OK" };
#define NVALUES (sizeof values / sizeof values[0])

static void
check_row(const struct restriction *row, const char *argument)
{
	char *list = xasprintf("%s %s", row->name, argument);

	check_lists(SURROUNDINGS "smtpd_restriction_classes = class\n"
				 "class = permit\n",
	    list);
	free(list);
}

START_TEST(no_restriction_says_ok)
{
	const struct restriction *row = &restriction_table.rows[_i];

	if (row->eval == NULL)
		return;
	testing_log_begin("test");
	if (row->argument == ARGUMENT_NONE)
		check_row(row, "");
	else if (argument_kind_is_zone(row->argument))
		check_row(row, "zone.example");
	for (size_t i = 0; row->argument == ARGUMENT_TABLE && i < NVALUES;
	     i++) {
		char *table = xasprintf("static:{%s}", values[i]);

		check_row(row, table);
		free(table);
	}
	testing_log_end();
}
END_TEST

/* Tables of each type, with the same in them. */
static const struct {
	const char *type, *before, *behind;
} types[] = {
	{ "texthash", RELAY_CLIENT "\t", "\n198.51.100.1\tOK\n" },
	{ "hash", RELAY_CLIENT "\t", "\n198.51.100.1\tOK\n" },
	{ "btree", RELAY_CLIENT "\t", "\n198.51.100.1\tOK\n" },
	{ "lmdb", RELAY_CLIENT "\t", "\n198.51.100.1\tOK\n" },
	{ "cdb", RELAY_CLIENT "\t", "\n198.51.100.1\tOK\n" },
	{ "dbm", RELAY_CLIENT "\t", "\n198.51.100.1\tOK\n" },
	{ "cidr", "0.0.0.0/0\t", "\n" },
	{ "regexp", "/./\t", "\n" },
	{ "pcre", "/./\t", "\n" },
	{ "inline", "{{" RELAY_CLIENT "=", "}}" },
	{ "gdbm", NULL, NULL },
};
#define NTYPES (sizeof types / sizeof types[0])

static void
write_gdbm(const char *path, const char *value)
{
	struct strbuf err = { 0 };
	struct store_edit *edit =
	    store_edit_begin(path, STORE_EDIT_ANEW, NULL, &err);

	ck_assert_ptr_nonnull(edit);
	ck_assert_int_eq(store_edit_put(edit, RELAY_CLIENT,
			     strlen(RELAY_CLIENT), value, strlen(value), &err),
	    0);
	ck_assert_int_eq(store_edit_commit(edit, &err), 0);
}

static void
write_text(const char *path, size_t type, const char *value)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fprintf(file, "%s%s%s", types[type].before, value, types[type].behind);
	ck_assert_int_eq(fclose(file), 0);
}

static void
check_table(size_t type, const char *path, const char *value)
{
	bool is_inline = strcmp(types[type].type, "inline") == 0;
	char *list;

	if (types[type].before == NULL)
		write_gdbm(path, value);
	else if (!is_inline)
		write_text(path, type, value);
	list = is_inline
	    ? xasprintf("check_client_access inline:%s%s%s", types[type].before,
		  value, types[type].behind)
	    : xasprintf("check_client_access %s:%s", types[type].type, path);
	check_lists(SURROUNDINGS "smtpd_restriction_classes = class\n"
				 "class = permit\n",
	    list);
	free(list);
	unlink(path);
}

START_TEST(no_table_says_ok)
{
	char *dir = testing_make_dir();
	char *path = xasprintf("%s/table", dir);

	testing_log_begin("test");
	for (size_t i = 0; i < NVALUES; i++)
		check_table((size_t)_i, path, values[i]);
	testing_log_end();
	free(path);
	testing_remove_dir(dir);
}
END_TEST

/* Replies to listings that are no refusals: not taken, or not said. */
static const char *const replies[] = { "OK", "250 OK", "250 2.0.0 OK",
	"$$rbl_code 2.0.0 OK", "$$rbl_class", "DUNNO", "permit", "2" };

START_TEST(no_reply_to_a_listing_is_ok)
{
	char *config = xasprintf(SURROUNDINGS "rbl_reply_maps = static:{%s}\n",
	    replies[_i]);

	testing_log_begin("test");
	check_lists(config, "reject_rbl_client zone.example");
	testing_log_end();
	free(config);
}
END_TEST

/* A code of a refusal that would be none is an error. */
START_TEST(no_code_is_one_of_success)
{
	static const char *const good[] = { "250", "200", "354", "99", "600" };
	size_t found = 0;

	testing_log_begin("test");
	for (size_t i = 0; i < npolicyd_params; i++) {
		const char *name = policyd_params[i].name;
		size_t len = strlen(name);

		if (len < 5 || strcmp(name + len - 5, "_code") != 0)
			continue;
		found++;
		for (size_t j = 0; j < sizeof good / sizeof good[0]; j++) {
			char *config = xasprintf("%s = %s\n", name, good[j]);
			char *errors = testing_policy_errors(config);

			ck_assert_ptr_nonnull(strstr(errors, name));
			free(errors);
			free(config);
		}
	}
	ck_assert_uint_gt(found, 10);
	testing_log_end();
}
END_TEST

static const struct {
	const char *context, *action;
} contexts[] = {
	{ "dynamic_relay_clients", "OK" },
	{ "Dynamic_relay_clients", "DUNNO" },
	{ "dynamic_relay_clients/", "DUNNO" },
	{ "/dynamic_relay_clients", "DUNNO" },
	{ "dynamic_relay_clients%20", "DUNNO" },
	{ "dynamic_relay_client", "DUNNO" },
	{ "dynamic_relay_clientss", "DUNNO" },
	{ "dynamic_relay_clients/smtpd_client_restrictions", "DUNNO" },
	{ "", "DUNNO" },
};

START_TEST(only_the_reserved_context_says_ok)
{
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_client_restrictions = check_dynamic_client_access\n", NULL);
	char *request =
	    xasprintf("client_address=" RELAY_CLIENT " policy_context=%s",
		contexts[_i].context);

	let_relay(testing);
	ck_assert_str_eq(testing_policy_ask(testing, request),
	    contexts[_i].action);
	free(request);
	request = xasprintf("client_address=192.0.2.2 policy_context=%s",
	    contexts[_i].context);
	ck_assert_str_eq(testing_policy_ask(testing, request), "DUNNO");
	free(request);
	testing_policy_free(testing);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("never_ok");
	TCase *tcase = tcase_create("never_ok");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, no_restriction_says_ok, 0,
	    (int)restriction_table.n);
	tcase_add_loop_test(tcase, no_table_says_ok, 0, NTYPES);
	tcase_add_loop_test(tcase, no_reply_to_a_listing_is_ok, 0,
	    sizeof replies / sizeof replies[0]);
	tcase_add_test(tcase, no_code_is_one_of_success);
	tcase_add_loop_test(tcase, only_the_reserved_context_says_ok, 0,
	    sizeof contexts / sizeof contexts[0]);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
