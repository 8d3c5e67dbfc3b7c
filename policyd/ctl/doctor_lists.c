/*
 * policyctl doctor: DNS lists, and the resolver that is asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policyd_patient.h"
#include "dnsbl.h"
#include "dnsbl_filter.h"
#include "mem.h"
#include "resolv_conf.h"
#include "resolver_config.h"
#include "word_list.h"

#define SITES "postscreen_dnsbl_sites"

static void
fix_resolver(struct doctor *doctor)
{
	daemon_check_line(doctor, &policyd_patient(doctor)->policyd, "restart",
	    "resolver = recursive");
}

/* The list of policyd.cf that names the site, with another word for it; "": and
 * without the restriction that does. */
static void
fix_site(struct doctor *doctor, const struct policyd_site *site,
    const char *instead)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const char *word = dnsbl_site_word(site->site);

	for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
		const char *list =
		    conf_text_str(&patient->params->lists[stage]);
		const char *at = strstr(list, word), *start = at;
		char *text;

		if (at == NULL)
			continue;
		while (*instead == '\0' && start > list &&
		    strchr(WORD_LIST_SEPARATORS, start[-1]) != NULL)
			start--;
		while (*instead == '\0' && start > list &&
		    strchr(WORD_LIST_SEPARATORS, start[-1]) == NULL)
			start--;
		text = word_list_replace(list, (size_t)(start - list),
		    (size_t)(at - list) + strlen(word), instead);
		for (char *c = text; *c != '\0'; c++)
			if (*c == '\n' || *c == '\t')
				*c = ' ';
		daemon_check_line(doctor, &patient->policyd, "reload",
		    "%s = %s", stage_list_name(stage), text);
		free(text);
		return;
	}
	doctor_fix(doctor, "change %s in %s", dnsbl_site_shown_word(site->site),
	    patient->policyd.config_path);
}

/* --- the resolver --- */

static void
read_file(const char *path, struct strbuf *text)
{
	FILE *file = fopen(path, "re");
	char bytes[4096];
	size_t n;

	while (file != NULL && (n = fread(bytes, 1, sizeof bytes, file)) > 0)
		strbuf_add(text, bytes, n);
	if (file != NULL)
		fclose(file);
}

void
check_resolver_public(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	struct resolver_config config = { 0 };
	struct strbuf text = { 0 }, ignored = { 0 };

	if (patient->nsites == 0)
		return;
	resolver_config_parse(&config, patient->params->resolver, &ignored);
	read_file(RESOLV_CONF_PATH, &text);
	if (config.mode == RESOLVER_SYSTEM)
		resolver_config_system(&config, strbuf_str(&text));
	for (size_t i = 0; i < config.nservers; i++) {
		if (!resolver_is_public(config.servers[i]))
			continue;
		fix_resolver(doctor);
		doctor_found(doctor,
		    "the resolver %s is a public one, which DNS lists refuse "
		    "to answer",
		    config.servers[i]);
	}
	resolver_config_free(&config);
	strbuf_free(&text);
	strbuf_free(&ignored);
}

void
check_resolver_dead(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	if (!patient->resolver_fails)
		return;
	fix_resolver(doctor);
	doctor_found(doctor,
	    "the resolver (%s) gives no answer: names are not known, and no "
	    "DNS list lists anybody",
	    patient->params->resolver);
}

/* --- what policyd says of its lists --- */

/* One of them: the first words of a line of `lists`. */
struct health {
	char zone[256], state[32];
	const char *reason; /* to the end of the line */
	int reason_len;
};

/* The next one; false at the end. */
static bool
next_health(const char **rest, struct health *health)
{
	while (**rest != '\0') {
		const char *line = *rest;
		int len = (int)strcspn(line, "\n"), at = 0;

		*rest += len + (line[len] == '\n');
		if (sscanf(line,
			"%255s %*s %31s %*s %*s %*s %*s %*s %*s %*s %*s %n",
			health->zone, health->state, &at) != 2 ||
		    at == 0 || strcmp(health->zone, "zone") == 0)
			continue;
		health->reason = line + at;
		health->reason_len = len - at;
		return true;
	}
	return false;
}

void
check_resolver_strips(struct doctor *doctor)
{
	const char *rest = strbuf_str(&policyd_patient(doctor)->lists);
	struct health health;
	size_t tested = 0, untestable = 0;

	while (next_health(&rest, &health)) {
		tested += strcmp(health.state, "unwatched") != 0;
		untestable += strcmp(health.state, "untestable") == 0;
	}
	if (untestable == 0 || untestable < tested)
		return;
	fix_resolver(doctor);
	doctor_found(doctor,
	    "no DNS list gives an answer to its test: the resolver takes "
	    "127.0.0.0/8 out of answers (rebind protection), so that nobody "
	    "is ever listed");
}

static void
fix_zone(struct doctor *doctor, const char *zone)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	for (size_t i = 0; i < patient->nsites; i++)
		if (strcmp(dnsbl_site_shown_zone(patient->sites[i].site),
			zone) == 0) {
			fix_site(doctor, &patient->sites[i], "");
			return;
		}
}

void
check_dnsbl_state(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const char *rest = strbuf_str(&patient->lists);
	struct health health;

	while (!patient->resolver_fails && next_health(&rest, &health)) {
		if (strcmp(health.state, "quarantined") != 0 &&
		    strcmp(health.state, "failing") != 0)
			continue;
		fix_zone(doctor, health.zone);
		doctor_found(doctor,
		    "the DNS list %s is %s (%.*s): it lists nobody",
		    health.zone, health.state, health.reason_len,
		    health.reason);
	}
}

/* --- filters --- */

static void
judge_filter(struct doctor *doctor, const struct policyd_site *site)
{
	const char *word = dnsbl_site_word(site->site);
	const char *text = strchr(word, '=');
	const struct dns_answer *answer = site->test;
	struct dnsbl_filter filter = { 0 };
	struct strbuf said = { 0 };

	if (answer == NULL || answer->status != DNS_FOUND || text == NULL ||
	    dnsbl_filter_parse(&filter, text + 1, &said) == -1)
		goto done;
	for (size_t i = 0; i < answer->nrecords; i++) {
		if (dnsbl_filter_match(&filter, &answer->records[i].ip))
			goto done;
		strbuf_adds(&said, said.len > 0 ? ", " : "");
		ip_print(&answer->records[i].ip, &said);
	}
	fix_site(doctor, site, dnsbl_site_zone(site->site));
	doctor_found(doctor,
	    "the filter of %s matches nothing of what the list answers to its "
	    "own test (%s)",
	    dnsbl_site_shown_word(site->site), strbuf_str(&said));
done:
	strbuf_free(&said);
}

void
check_dnsbl_filter(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	for (size_t i = 0; i < patient->nsites; i++)
		judge_filter(doctor, &patient->sites[i]);
}

/* --- twice --- */

static bool
is_ours(const struct policyd_patient *patient, const char *zone, size_t len)
{
	for (size_t i = 0; i < patient->nsites; i++) {
		const char *ours = dnsbl_site_zone(patient->sites[i].site);

		if (strlen(ours) == len && strncasecmp(ours, zone, len) == 0)
			return true;
	}
	return false;
}

static bool
has_postscreen(const struct policyd_patient *patient)
{
	for (size_t i = 0; i < patient->postfix.master.n; i++)
		if (strcmp(patient->postfix.master.list[i].command,
			"postscreen") == 0)
			return true;
	return false;
}

/* What postscreen scores, and we ask as well. */
static void
scored_twice(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const char *list = postfix_setup_value(&patient->postfix, NULL, SITES);
	char *copy = xstrdup(list), *next = copy, *word;

	while ((word = strsep(&next, WORD_LIST_SEPARATORS)) != NULL) {
		size_t zone = strcspn(word, "=*");
		char *rest;

		if (zone == 0 || !is_ours(patient, word, zone))
			continue;
		rest = word_list_without(list, word);
		postfix_setup_line(&patient->postfix, NULL, SITES, rest,
		    &doctor->fix);
		free(rest);
		doctor_found(doctor,
		    "the DNS list %.*s is asked twice: by postscreen "
		    "(" SITES ") and by policyd",
		    (int)zone, word);
	}
	free(copy);
}

/* reject_rbl_client in a list of main.cf that asks policyd, which does so. */
static void
rejected_twice(struct doctor *doctor, const struct postfix_service *service,
    enum stage stage)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const char *name = stage_list_name(stage);
	const char *list =
	    postfix_setup_value(&patient->postfix, service, name);
	const char *at = list + strspn(list, WORD_LIST_SEPARATORS), *zone;
	size_t len;
	char *text;

	for (; *at != '\0';
	     at += len + strspn(at + len, WORD_LIST_SEPARATORS)) {
		len = strcspn(at, WORD_LIST_SEPARATORS);
		if (strncasecmp(at, "reject_rbl_client", len) != 0 &&
		    strncasecmp(at, "reject_rhsbl_", 13) != 0)
			continue;
		zone = at + len + strspn(at + len, WORD_LIST_SEPARATORS);
		if (!is_ours(patient, zone,
			strcspn(zone, "=" WORD_LIST_SEPARATORS)))
			continue;
		text = word_list_replace(list, (size_t)(at - list),
		    (size_t)(zone - list) + strcspn(zone, WORD_LIST_SEPARATORS),
		    "");
		postfix_setup_line(&patient->postfix, service, name, text,
		    &doctor->fix);
		free(text);
		doctor_found(doctor,
		    "the DNS list %.*s is asked twice: by %s of %s and by "
		    "policyd",
		    (int)strcspn(zone, "=" WORD_LIST_SEPARATORS), zone, name,
		    postfix_setup_place(service, name));
	}
}

void
check_dnsbl_twice(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	if (has_postscreen(patient))
		scored_twice(doctor);
	for (size_t i = 0; i < patient->postfix.n; i++)
		for (enum stage stage = 0; stage < STAGE_COUNT; stage++)
			rejected_twice(doctor, &patient->postfix.services[i],
			    stage);
}
