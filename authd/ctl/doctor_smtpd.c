/*
 * authctl doctor: what smtpd does with authd, by main.cf and master.cf.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "authd_patient.h"
#include "conf_text.h"
#include "mem.h"
#include "word_list.h"

#define SUBMISSION "submission/inet"

static const char *
value(const struct doctor *doctor, const struct postfix_service *service,
    const char *name)
{
	return postfix_setup_value(&authd_patient(doctor)->postfix, service,
	    name);
}

static bool
says_yes(const struct doctor *doctor, const struct postfix_service *service,
    const char *name)
{
	return postfix_setup_says_yes(&authd_patient(doctor)->postfix, service,
	    name);
}

/* The fix is another value, where it is set. */
static void
fix_value(struct doctor *doctor, const struct postfix_service *service,
    const char *name, const char *text)
{
	postfix_setup_line(&authd_patient(doctor)->postfix, service, name, text,
	    &doctor->fix);
}

/* The same, for what makes smtpd give up. */
static void
fix_dead(struct doctor *doctor, const struct postfix_service *service,
    const char *name, const char *text)
{
	postfix_setup_revive_line(&authd_patient(doctor)->postfix, service,
	    name, text, &doctor->fix);
}

/* --- TLS --- */

static bool
is_wrapped(const struct doctor *doctor, const struct postfix_service *service)
{
	return says_yes(doctor, service, "smtpd_tls_wrappermode");
}

static bool
wants_tls(const struct doctor *doctor, const struct postfix_service *service)
{
	const char *level = value(doctor, service, "smtpd_tls_security_level");

	if (*level != '\0')
		return strcasecmp(level, "none") != 0;
	return says_yes(doctor, service, "smtpd_use_tls") ||
	    says_yes(doctor, service, "smtpd_enforce_tls") ||
	    is_wrapped(doctor, service);
}

static bool
has_certificate(const struct doctor *doctor,
    const struct postfix_service *service)
{
	static const char *const names[] = { "smtpd_tls_chain_files",
		"smtpd_tls_cert_file", "smtpd_tls_eccert_file",
		"smtpd_tls_dcert_file" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (*value(doctor, service, names[i]) != '\0')
			return true;
	return false;
}

/* Whether AUTH waits for TLS. */
static bool
needs_tls(const struct doctor *doctor, const struct postfix_service *service)
{
	return says_yes(doctor, service, "smtpd_tls_auth_only") ||
	    strcasecmp(value(doctor, service, "smtpd_tls_security_level"),
		"encrypt") == 0 ||
	    says_yes(doctor, service, "smtpd_enforce_tls") ||
	    is_wrapped(doctor, service);
}

static void
tls_missing(struct doctor *doctor, const struct postfix_service *service)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const char *name = service->master->name;

	if (!needs_tls(doctor, service))
		return;
	if (!wants_tls(doctor, service)) {
		fix_value(doctor, service, "smtpd_tls_security_level", "may");
		doctor_found(doctor,
		    "%s offers AUTH behind TLS only (smtpd_tls_auth_only), and "
		    "no TLS: nobody can log in",
		    name);
	} else if (!has_certificate(doctor, service)) {
		postfix_setup_command(&patient->postfix, "postfix",
		    "tls new-server-key", &doctor->fix);
		doctor_fix(doctor,
		    ", and the line that it prints: it makes a certificate");
		doctor_found(doctor,
		    "%s offers AUTH behind TLS only, and has no certificate "
		    "(smtpd_tls_cert_file): nobody can log in",
		    name);
	}
}

void
check_tls_missing(struct doctor *doctor)
{
	authd_patient_each(doctor, tls_missing);
}

/* --- mechanisms --- */

/* What a word of smtpd_sasl_security_options keeps out: mechanisms that have a
 * property, or lack one. */
static const struct {
	const char *word;
	const char *flag;
	bool must_have;
} properties[] = {
	{ "noplaintext", "plaintext", false },
	{ "noactive", "active", false },
	{ "nodictionary", "dictionary", false },
	{ "noanonymous", "anonymous", false },
	{ "forward_secrecy", "forward-secrecy", true },
	{ "mutual_auth", "mutual-auth", true },
};

#define NPROPERTIES (sizeof properties / sizeof properties[0])

/* The word that keeps a mechanism out; NULL: none. */
static const char *
word_against(const struct authd_offer *offer, const char *options)
{
	for (size_t i = 0; i < NPROPERTIES; i++)
		if (word_list_has(options, properties[i].word) &&
		    word_list_has(offer->flags, properties[i].flag) !=
			properties[i].must_have)
			return properties[i].word;
	return NULL;
}

/* Whether smtpd_sasl_mechanism_filter, of names and static: alone, lets it
 * through. */
static bool
is_let_through(const char *filter, const char *name)
{
	struct conf_text text = { 0 };
	struct conf_word word;
	struct strbuf ignored = { 0 };
	size_t pos = 0;
	bool result = *filter == '\0', is_decided = result;

	conf_text_set(&text, filter, (struct conf_origin){ "", 0 });
	while (
	    !is_decided && conf_next_word(&text, &pos, &word, &ignored) == 1) {
		bool is_negated = *word.start == '!';
		char *pattern =
		    xstrndup(word.start + is_negated, word.len - is_negated);

		if (strchr(pattern, ':') != NULL ||
		    strcasecmp(pattern, name) == 0) {
			result = !is_negated;
			is_decided = true;
		}
		free(pattern);
	}
	conf_text_free(&text);
	strbuf_free(&ignored);
	return result;
}

/* One way in: without TLS, or behind it. */
struct way {
	const char *name;    /* of the parameter that has its options */
	const char *options; /* their words */
	const char *tls;     /* for what is said */
};

/* The word that keeps all mechanisms out; NULL: some are offered.  "": the
 * filter does. */
static const char *
kept_out_by(struct doctor *doctor, const struct postfix_service *service,
    const struct way *way)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const char *filter =
	    value(doctor, service, "smtpd_sasl_mechanism_filter");
	const char *by = NULL;

	for (size_t i = 0; i < patient->noffers; i++) {
		const struct authd_offer *offer = &patient->offers[i];
		const char *word = word_against(offer, way->options);

		if (word == NULL && is_let_through(filter, offer->name))
			return NULL;
		by = word != NULL ? word : by == NULL ? "" : by;
	}
	return by;
}

static void
add_offers(struct strbuf *out, const struct authd_patient *patient)
{
	for (size_t i = 0; i < patient->noffers; i++)
		strbuf_addf(out, "%s%s", i > 0 ? " " : "",
		    patient->offers[i].name);
}

static void
judge_way(struct doctor *doctor, const struct postfix_service *service,
    const struct way *way)
{
	const char *word = kept_out_by(doctor, service, way);
	struct strbuf offers = { 0 };
	char *rest;

	if (word == NULL)
		return;
	add_offers(&offers, authd_patient(doctor));
	if (*word == '\0') {
		fix_dead(doctor, service, "smtpd_sasl_mechanism_filter",
		    "!external, static:rest");
		doctor_found(doctor,
		    "%s: no SASL authentication mechanisms%s: "
		    "smtpd_sasl_mechanism_filter keeps out all that authd "
		    "offers (%s)",
		    service->master->name, way->tls, strbuf_str(&offers));
	} else {
		rest = word_list_without(way->options, word);
		fix_dead(doctor, service, way->name, rest);
		free(rest);
		doctor_found(doctor,
		    "%s: no SASL authentication mechanisms%s: %s in %s keeps "
		    "out all that authd offers (%s)",
		    service->master->name, way->tls, word, way->name,
		    strbuf_str(&offers));
	}
	strbuf_free(&offers);
}

/* Where the options behind TLS are set. */
static struct way
way_behind_tls(const struct doctor *doctor,
    const struct postfix_service *service)
{
	struct way way = { "smtpd_sasl_tls_security_options",
		value(doctor, service, "smtpd_sasl_tls_security_options"),
		" behind TLS" };
	const char *options =
	    value(doctor, service, "smtpd_sasl_security_options");

	if (strcmp(way.options, options) == 0 &&
	    master_service_option(service->master, way.name) == NULL)
		way.name = "smtpd_sasl_security_options"; /* its default */
	return way;
}

static void
sasl_mechanisms(struct doctor *doctor, const struct postfix_service *service)
{
	struct way open = { "smtpd_sasl_security_options",
		value(doctor, service, "smtpd_sasl_security_options"), "" };
	struct way behind_tls = way_behind_tls(doctor, service);

	if (!needs_tls(doctor, service))
		judge_way(doctor, service, &open);
	if (wants_tls(doctor, service))
		judge_way(doctor, service, &behind_tls);
}

void
check_sasl_mechanisms(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);

	if (patient->noffers > 0)
		authd_patient_each(doctor, sasl_mechanisms);
	else if (authd_patient_is_asked(patient))
		doctor_skip(doctor, "authd says no mechanisms");
}

/* A password in clear, seen by all on the way. */
static void
clear_passwords(struct doctor *doctor, const struct postfix_service *service)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const char *options =
	    value(doctor, service, "smtpd_sasl_security_options");

	if (needs_tls(doctor, service))
		return;
	for (size_t i = 0; i < patient->noffers; i++) {
		const struct authd_offer *offer = &patient->offers[i];

		if (!word_list_has(offer->flags, "plaintext") ||
		    word_against(offer, options) != NULL)
			continue;
		fix_value(doctor, service, "smtpd_tls_auth_only", "yes");
		doctor_found(doctor,
		    "%s offers AUTH %s without TLS: passwords pass in clear",
		    service->master->name, offer->name);
	}
}

void
check_clear_passwords(struct doctor *doctor)
{
	authd_patient_each(doctor, clear_passwords);
}

/* --- who may log in, and where --- */

void
check_sasl_off(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const struct postfix_setup *postfix = &patient->postfix;
	const struct postfix_service *submission = NULL;

	if (!patient->has_postfix || patient->nusers == 0 ||
	    !patient->authd.is_running)
		return;
	for (size_t i = 0; i < postfix->n; i++) {
		const struct postfix_service *service = &postfix->services[i];

		if (authd_patient_has_auth(patient, service))
			return;
		if (strstr(service->master->name, SUBMISSION) != NULL ||
		    strstr(service->master->name, ":587/") != NULL)
			submission = service;
	}
	if (submission != NULL)
		postfix_setup_own_line(postfix, submission,
		    "smtpd_sasl_auth_enable", "yes", &doctor->fix);
	else
		postfix_setup_command(postfix, "postconf",
		    "-M '" SUBMISSION "=submission inet n - y - - smtpd "
		    "-o syslog_name=postfix/submission "
		    "-o smtpd_tls_security_level=encrypt "
		    "-o smtpd_sasl_auth_enable=yes'",
		    &doctor->fix);
	doctor_found(doctor,
	    "there are users, and no service of master.cf offers AUTH "
	    "(smtpd_sasl_auth_enable)");
}

static void
sasl_type(struct doctor *doctor, const struct postfix_service *service)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const char *type = value(doctor, service, "smtpd_sasl_type");

	if (strcmp(type, "dovecot") == 0 ||
	    *conf_text_str(&patient->config->saslauthd_listen) != '\0')
		return;
	fix_dead(doctor, service, "smtpd_sasl_type", "dovecot");
	doctor_found(doctor,
	    "%s has smtpd_sasl_type = %s, and authd speaks dovecot's protocol",
	    service->master->name, type);
}

void
check_sasl_type(struct doctor *doctor)
{
	authd_patient_each(doctor, sasl_type);
}

/* Whether authd listens where the service looks. */
static bool
is_listened_on(const struct authd_patient *patient, const char *name,
    const char *path)
{
	for (size_t i = 0; i < patient->authd.listen.count; i++) {
		const struct listen_address *address =
		    &patient->authd.listen.addresses[i];
		const char *here = socket_address_path(&address->socket);

		if (path == NULL ? strcmp(address->text, name) == 0
				 : here != NULL && strcmp(here, path) == 0)
			return true;
	}
	return false;
}

/* A name for one of authd's sockets; NULL: smtpd gets to none. */
static char *
good_name(const struct authd_patient *patient,
    const struct postfix_service *service)
{
	char *name = NULL;

	for (size_t i = 0; name == NULL && i < patient->authd.listen.count;
	     i++) {
		const struct listen_address *address =
		    &patient->authd.listen.addresses[i];
		const char *path = socket_address_path(&address->socket);

		name = path == NULL
		    ? xstrdup(address->text)
		    : postfix_setup_name(&patient->postfix, service, path);
	}
	return name;
}

static void
sasl_path(struct doctor *doctor, const struct postfix_service *service)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const char *name = value(doctor, service, "smtpd_sasl_path");
	char *path, *good;

	if (strcmp(value(doctor, service, "smtpd_sasl_type"), "dovecot") != 0)
		return;
	path = postfix_setup_path(&patient->postfix, service, name);
	if (is_listened_on(patient, name, path)) {
		free(path);
		return;
	}
	good = good_name(patient, service);
	if (good != NULL)
		fix_dead(doctor, service, "smtpd_sasl_path", good);
	else
		daemon_check_line(doctor, &patient->authd, "restart",
		    "listen = unix:%s", path);
	doctor_found(doctor,
	    "%s has smtpd_sasl_path = %s, which is %s%s, and there authd does "
	    "not listen",
	    service->master->name, name, path != NULL ? path : name,
	    service->is_chrooted ? " (its smtpd is chrooted)" : "");
	free(good);
	free(path);
}

void
check_sasl_path(struct doctor *doctor)
{
	authd_patient_each(doctor, sasl_path);
}

static void
sasl_hidden(struct doctor *doctor, const struct postfix_service *service)
{
	static const char exceptions[] = "smtpd_sasl_exceptions_networks";
	static const char discard[] = "smtpd_discard_ehlo_keywords";
	static const char *const world[] = { "0.0.0.0/0", "[::]/0", "::/0",
		"static:all" };
	const char *networks = value(doctor, service, exceptions);
	const char *keywords = value(doctor, service, discard);
	bool starttls = word_list_has(keywords, "starttls") &&
	    needs_tls(doctor, service) && !is_wrapped(doctor, service);
	char *rest;

	for (size_t i = 0; i < sizeof world / sizeof world[0]; i++) {
		if (!word_list_has(networks, world[i]))
			continue;
		rest = word_list_without(networks, world[i]);
		fix_value(doctor, service, exceptions, rest);
		free(rest);
		doctor_found(doctor, "%s hides AUTH from everybody: %s = %s",
		    service->master->name, exceptions, networks);
	}
	if (!starttls && !word_list_has(keywords, "auth"))
		return;
	rest = word_list_without(keywords, starttls ? "starttls" : "auth");
	fix_value(doctor, service, discard, rest);
	free(rest);
	doctor_found(doctor, "%s hides AUTH from everybody: %s = %s",
	    service->master->name, discard, keywords);
}

void
check_sasl_hidden(struct doctor *doctor)
{
	authd_patient_each(doctor, sasl_hidden);
}

static void
sasl_permit(struct doctor *doctor, const struct postfix_service *service)
{
	static const char relay[] = "smtpd_relay_restrictions";
	static const char *const lists[] = { relay,
		"smtpd_recipient_restrictions" };
	const char *list = value(doctor, service, relay);
	char *text;

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if (word_list_has(value(doctor, service, lists[i]),
			"permit_sasl_authenticated"))
			return;
	text = xasprintf("permit_sasl_authenticated, %s", list);
	fix_value(doctor, service, relay, text);
	free(text);
	doctor_found(doctor,
	    "%s lets nobody relay who has logged in: no "
	    "permit_sasl_authenticated in %s",
	    service->master->name, relay);
}

void
check_sasl_permit(struct doctor *doctor)
{
	authd_patient_each(doctor, sasl_permit);
}

/* "smtp/inet", "192.0.2.1:25/inet", or behind postscreen. */
static bool
is_port_25(const struct postfix_service *service)
{
	const char *name = service->master->name, *colon;
	size_t len = strcspn(name, "/");

	if (strcmp(name, "smtpd/pass") == 0)
		return true;
	colon = memrchr(name, ':', len);
	if (colon != NULL) {
		len -= (size_t)(colon + 1 - name);
		name = colon + 1;
	}
	return (len == 4 && strncmp(name, "smtp", 4) == 0) ||
	    (len == 2 && strncmp(name, "25", 2) == 0);
}

static void
auth_port_25(struct doctor *doctor, const struct postfix_service *service)
{
	if (!is_port_25(service))
		return;
	postfix_setup_own_line(&authd_patient(doctor)->postfix, service,
	    "smtpd_sasl_auth_enable", "no", &doctor->fix);
	doctor_found(doctor,
	    "%s offers AUTH on port 25, where only servers send and guessers "
	    "look first",
	    service->master->name);
}

void
check_auth_port_25(struct doctor *doctor)
{
	authd_patient_each(doctor, auth_port_25);
}

static void
realm_doubled(struct doctor *doctor, const struct postfix_service *service)
{
	const char *realm = value(doctor, service, "smtpd_sasl_local_domain");

	if (*realm == '\0')
		return;
	fix_value(doctor, service, "smtpd_sasl_local_domain", "");
	doctor_found(doctor,
	    "%s has smtpd_sasl_local_domain = %s, and authd has realms of its "
	    "own (default_realm): a name can get both",
	    service->master->name, realm);
}

void
check_realm_doubled(struct doctor *doctor)
{
	authd_patient_each(doctor, realm_doubled);
}
