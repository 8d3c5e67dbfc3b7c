/*
 * What policyd takes from its configuration while it runs: the resolver, the
 * DNS lists, and all of it anew at a reload.
 */
#include <stdlib.h>
#include <string.h>

#include "policyd.h"
#include "clock.h"
#include "control.h"
#include "daemon.h"
#include "listener.h"
#include "log.h"
#include "metrics_server.h"
#include "policyd_authd.h"
#include "postfix_values.h"
#include "resolver_config.h"
#include "startup.h"
#include "table.h"
#include "table_lookup.h"
#include "top_logins.h"

static void
check_text(const struct conf *conf, const char *name, const char *value,
    int (*check)(const char *value, struct strbuf *why), struct strbuf *err)
{
	struct strbuf why = { 0 };

	if (check(value, &why) == -1)
		conf_complain(conf, name, strbuf_str(&why), err);
	strbuf_free(&why);
}

void
policyd_check(const struct policies *policies, struct strbuf *err)
{
	const struct policy_params *params = policies_params(policies);
	const struct conf *conf = policies->conf;

	listeners_check(&params->listen, &policyd_client_defaults, err);
	listeners_check(&params->control_socket, &control_defaults, err);
	listeners_check(&params->metrics_listen, &metrics_defaults, err);
	check_text(conf, "authd_control", params->authd_control,
	    policyd_authd_check, err);
	check_text(conf, "resolver", params->resolver, resolver_config_check,
	    err);
	startup_check_user(conf, params->user, err);
	control_set_admins(NULL, &params->control_admins, err);
	policy_state_path(params, err);
}

static struct resolver_options
resolver_options(const struct policy_params *params)
{
	return (struct resolver_options){
		.servers = params->resolver,
		.timeout_ms = (unsigned)params->dns_timeout * 1000,
		.cache_bytes = (size_t)params->dns_cache_size,
	};
}

static bool
resolver_differs(const struct policy_params *a, const struct policy_params *b)
{
	return strcmp(a->resolver, b->resolver) != 0 ||
	    a->dns_timeout != b->dns_timeout ||
	    a->dns_cache_size != b->dns_cache_size;
}

static void
configure_dnsbls(struct policyd *policyd, const struct policy_params *params)
{
	struct dnsbl_dns dns = dnsbl_dns_of(policyd->resolver);
	struct dnsbl_options options = {
		.strict = params->dnsbl_strict,
		.test_interval = params->dnsbl_test_interval,
		.untested = conf_text_str(&params->dnsbl_untested),
		.timeout_ms = (unsigned)params->dns_timeout * 1000,
	};

	dnsbls_configure(policyd->source.dnsbls, &dns, &options);
}

void
policyd_configure_lookups(struct policyd *policyd,
    const struct policy_params *params)
{
	struct table_lookup_options options = {
		.keep_ms = params->proxy_cache_time * 1000L,
		.timeout_ms = params->dns_timeout * 1000L,
	};

	table_lookups_configure(policyd->lookups, &options);
}

static int
change_resolver(struct policyd *policyd, const struct policy_params *old,
    const struct policy_params *new, struct strbuf *err)
{
	struct resolver_options options = resolver_options(new);

	if (!resolver_differs(old, new))
		return 0;
	return resolver_configure(policyd->resolver, &options, err);
}

/* The reload is over: say how it ended.  errors: NULL when it went well. */
static void
end_reload(struct policyd *policyd, const char *errors)
{
	struct control_request *asked = policyd->asked;

	policyd->asked = NULL;
	metrics_process_reload(&policyd->process, errors == NULL, clock_now());
	if (errors != NULL) {
		log_lines(LOG_LEVEL_ERROR, errors);
		log_error("reload: the configuration is wrong, the old one "
			  "stays in use");
	} else {
		log_info("reload: done");
	}
	if (asked != NULL && errors != NULL)
		control_answer_error(asked, "%s", errors);
	else if (asked != NULL)
		control_answer(asked, "reloaded\n");
	daemon_ready();
}

/* Requests go by the new configuration from now on. */
static void
take_over(struct policyd *policyd, struct policies *new)
{
	const struct policy_params *params = policies_params(new);
	struct policies *old = policyd->policies;

	conf_keep(new->conf, old->conf);
	policyd->policies = new;
	policyd->reloads++;
	log_set_level((enum log_level)params->log_level);
	configure_dnsbls(policyd, params);
	policyd_configure_lookups(policyd, params);
	policy_clients_set_policies(policyd->clients, new);
	tables_watch(new->tables, policyd->base);
	policyd_begin_guard(policyd);
	policyd_want_top_logins(policyd);
	policies_release(old);
}

static void
take_or_leave(struct policyd *policyd, enum conf_result result,
    const char *errors)
{
	struct policies *new = policyd->next;
	const struct policy_params *old = policies_params(policyd->policies);
	struct strbuf err = { 0 };

	policyd->next = NULL;
	if (result != CONF_OK) {
		end_reload(policyd, errors);
		policies_release(new);
		return;
	}
	if (change_resolver(policyd, old, policies_params(new), &err) == -1 ||
	    control_set_admins(policyd->control,
		&policies_params(new)->control_admins, &err) == -1) {
		end_reload(policyd, strbuf_str(&err));
		policies_release(new);
	} else {
		take_over(policyd, new);
		end_reload(policyd, NULL);
	}
	strbuf_free(&err);
}

static void
on_tables(void *arg, enum conf_result result, const char *errors)
{
	struct policyd *policyd = arg;

	take_or_leave(policyd, result, errors);
	if (policyd->is_asked_again)
		policyd_reload(policyd, NULL);
}

void
policyd_reload(struct policyd *policyd, struct control_request *asked)
{
	enum conf_result result;
	struct strbuf err = { 0 };
	const char *main_cf;

	if (policyd->next != NULL) {
		if (asked != NULL)
			control_answer_error(asked, "a reload is going on");
		else
			policyd->is_asked_again = true;
		return;
	}
	daemon_reloading();
	policyd->asked = asked;
	policyd->is_asked_again = false;
	if (postfix_values_are_old(policyd->source.values, &main_cf))
		log_warn("%s is newer than what is known of it, which needs "
			 "a restart",
		    main_cf);
	policyd->next = policies_read(&policyd->source, &result, &err);
	if (policyd->next == NULL)
		end_reload(policyd, strbuf_str(&err));
	else
		tables_load_start(policyd->next->tables, policyd->base,
		    on_tables, policyd);
	strbuf_free(&err);
}

void
policyd_want_top_logins(struct policyd *policyd)
{
	const struct policy_params *params = policies_params(policyd->policies);

	top_logins_want(policyd->top_logins, (size_t)params->metrics_top_users);
}

void
policyd_begin_guard(struct policyd *policyd)
{
	if (policies_use(policyd->policies, GUARD_RESTRICTION))
		guard_begin(policyd->guard);
}

int
policyd_open_dns(struct policyd *policyd, struct strbuf *err)
{
	const struct policy_params *params = policies_params(policyd->policies);
	struct resolver_options options = resolver_options(params);

	policyd->resolver = resolver_new(policyd->base, &options, err);
	if (policyd->resolver == NULL)
		return -1;
	configure_dnsbls(policyd, params);
	return 0;
}

void
policyd_close_dns(struct policyd *policyd)
{
	dnsbls_free(policyd->source.dnsbls);
	resolver_free(policyd->resolver);
}
