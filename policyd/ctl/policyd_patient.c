/*
 * policyctl doctor: what the checks share.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "policyd_patient.h"
#include "dnsbl.h"
#include "mem.h"
#include "resolver.h"

#define LOOKUP_MS   1500
#define CACHE_BYTES ((size_t)1 << 20)

const struct policyd_patient *
policyd_patient(const struct doctor *doctor)
{
	return doctor->patient;
}

bool
policyd_patient_is_asked(const struct policyd_patient *patient,
    const struct postfix_service *service, enum stage stage)
{
	for (size_t i = 0; i < patient->hooks.n; i++) {
		const struct policy_hook *hook = &patient->hooks.list[i];

		if (hook->is_ours &&
		    (service == NULL || hook->service == service) &&
		    (stage == STAGE_COUNT || hook->stage == stage) &&
		    (hook->context == NULL ||
			!policy_context_is_relay(hook->context)))
			return true;
	}
	return false;
}

bool
policyd_patient_has_list(const struct policyd_patient *patient,
    enum stage stage)
{
	for (size_t i = 0; i < patient->policies->n; i++)
		if (patient->policies->policies[i]->lists[stage]->nsteps > 0)
			return true;
	return false;
}

static void
on_answer(void *arg, const struct dns_answer *answer)
{
	struct dns_answer **held = arg;

	*held = dns_answer_hold(answer);
}

static bool
have_all(const struct policyd_patient *patient, const struct dns_answer *root)
{
	for (size_t i = 0; i < patient->nsites; i++)
		if (patient->sites[i].test == NULL)
			return false;
	return root != NULL;
}

static void
ask_all(struct policyd_patient *patient, struct event_base *base,
    struct resolver *resolver)
{
	struct dns_answer *root = NULL;

	resolver_ask(resolver, "arpa", DNS_NS, on_answer, &root);
	for (size_t i = 0; i < patient->nsites; i++) {
		struct policyd_site *site = &patient->sites[i];
		char *name =
		    xasprintf("%s.%s", site->is_of_names ? "TEST" : "2.0.0.127",
			dnsbl_site_zone(site->site));

		resolver_ask(resolver, name, DNS_A, on_answer, &site->test);
		free(name);
	}
	while (!have_all(patient, root))
		event_base_loop(base, EVLOOP_ONCE);
	patient->resolver_fails = root->status == DNS_FAILED;
	patient->some_lookup_fails = patient->resolver_fails;
	for (size_t i = 0; i < patient->nsites; i++)
		patient->some_lookup_fails |=
		    patient->sites[i].test->status == DNS_FAILED;
	dns_answer_release(root);
}

void
policyd_patient_ask_dns(struct policyd_patient *patient,
    struct event_base *base)
{
	const struct resolver_options options = {
		.servers = patient->params->resolver,
		.timeout_ms = LOOKUP_MS,
		.cache_bytes = CACHE_BYTES,
	};
	struct strbuf ignored = { 0 };
	struct resolver *resolver = resolver_new(base, &options, &ignored);

	if (resolver != NULL)
		ask_all(patient, base, resolver);
	resolver_free(resolver);
	strbuf_free(&ignored);
}
