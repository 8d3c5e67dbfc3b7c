/*
 * policyctl doctor: who may relay without a password, and as whom one may send
 * with one.
 */
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policyd_patient.h"
#include "cidr.h"
#include "conf_text.h"
#include "mem.h"
#include "word_list.h"

#define MYNETWORKS "mynetworks"

/* One network of mynetworks, and the whole list. */
struct network {
	const struct postfix_service *service; /* NULL: policyd.cf has it */
	const char *list;
	const char *word;
	struct cidr cidr;
	bool is_policyd;
};

/* What is wrong with it: appended to why.  Returns false when all is well. */
typedef bool judge_network(const struct network *, struct strbuf *why);

static void
fix_networks(struct doctor *doctor, const struct network *network)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	char *rest = word_list_without(network->list, network->word);

	if (network->is_policyd)
		daemon_check_line(doctor, &patient->policyd, "reload",
		    MYNETWORKS " = %s", rest);
	else
		postfix_setup_line(&patient->postfix, network->service,
		    MYNETWORKS, rest, &doctor->fix);
	free(rest);
}

static void
judge_word(struct doctor *doctor, struct network *network, judge_network *judge)
{
	struct strbuf why = { 0 };

	if (cidr_parse(&network->cidr, network->word, &why) == -1) {
		strbuf_free(&why); /* a table, a file, an exclusion */
		return;
	}
	cidr_unmap(&network->cidr);
	if (judge(network, &why)) {
		fix_networks(doctor, network);
		doctor_found(doctor, MYNETWORKS " of %s holds %s, %s",
		    network->is_policyd
			? policyd_patient(doctor)->policyd.config_path
			: postfix_setup_place(network->service, MYNETWORKS),
		    network->word, strbuf_str(&why));
	}
	strbuf_free(&why);
}

static void
judge_list(struct doctor *doctor, struct network *network, judge_network *judge)
{
	struct conf_text text = { 0 };
	struct conf_word word;
	struct strbuf ignored = { 0 };
	size_t pos = 0;

	conf_text_set(&text, network->list, (struct conf_origin){ "", 0 });
	while (conf_next_word(&text, &pos, &word, &ignored) == 1) {
		char *copy = conf_word_dup(&word);

		network->word = copy;
		judge_word(doctor, network, judge);
		free(copy);
	}
	conf_text_free(&text);
	strbuf_free(&ignored);
}

static void
judge_networks(struct doctor *doctor, judge_network *judge)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	struct network network = { 0 };

	for (size_t i = 0; i < patient->postfix.n; i++) {
		network.service = &patient->postfix.services[i];
		network.list = postfix_setup_value(&patient->postfix,
		    network.service, MYNETWORKS);
		judge_list(doctor, &network, judge);
	}
	if (!conf_is_set(patient->policies->conf, MYNETWORKS))
		return;
	network.is_policyd = true;
	network.list = conf_text_str(&patient->params->mynetworks);
	judge_list(doctor, &network, judge);
}

/* --- the world --- */

static const char *const private_networks[] = { "127.0.0.0/8", "10.0.0.0/8",
	"172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
	"fc00::/7", "fe80::/10", "::1" };

static bool
is_within(const struct cidr *inner, const char *text)
{
	struct cidr outer = { 0 };
	struct strbuf ignored = { 0 };
	bool result = cidr_parse(&outer, text, &ignored) == 0 &&
	    outer.prefix <= inner->prefix && cidr_match(&outer, &inner->ip);

	strbuf_free(&ignored);
	return result;
}

static bool
is_private(const struct cidr *cidr)
{
	for (size_t i = 0;
	     i < sizeof private_networks / sizeof private_networks[0]; i++)
		if (is_within(cidr, private_networks[i]))
			return true;
	return false;
}

#define WORLD_IPV4 16 /* a shorter prefix holds many who are strangers */
#define WORLD_IPV6 32

static bool
is_world(const struct network *network, struct strbuf *why)
{
	unsigned world =
	    network->cidr.ip.family == AF_INET ? WORLD_IPV4 : WORLD_IPV6;

	if (is_private(&network->cidr) || network->cidr.prefix >= world)
		return false;
	strbuf_adds(why,
	    network->cidr.prefix == 0
		? "which is the world: everybody may relay"
		: "which holds a part of the world: strangers may relay");
	return true;
}

void
check_networks_world(struct doctor *doctor)
{
	judge_networks(doctor, is_world);
}

static bool
is_public_ipv6(const struct network *network, struct strbuf *why)
{
	if (network->cidr.ip.family != AF_INET6 ||
	    network->cidr.prefix < WORLD_IPV6 || network->cidr.prefix == 128 ||
	    is_private(&network->cidr))
		return false;
	strbuf_adds(why,
	    "a public prefix, which other hosts of the provider may share: "
	    "they may relay");
	return true;
}

void
check_networks_ipv6(struct doctor *doctor)
{
	judge_networks(doctor, is_public_ipv6);
}

/* --- containers --- */

/* How bridges that containers stand behind are called. */
static const char *const bridges[] = { "docker", "br-", "podman", "cni",
	"lxcbr", "lxdbr", "incusbr", "virbr", "nerdctl" };

/* Where Docker and Podman put the gateway, if nobody tells them otherwise. */
static const char *const gateways[] = { "172.17.0.1", "10.88.0.1" };

static bool
is_bridge(const char *name)
{
	for (size_t i = 0; i < sizeof bridges / sizeof bridges[0]; i++)
		if (strncmp(name, bridges[i], strlen(bridges[i])) == 0)
			return true;
	return false;
}

static bool
ip_of_sockaddr(struct ip *ip, const struct sockaddr *sa)
{
	*ip = (struct ip){ 0 };
	if (sa == NULL)
		return false;
	ip->family = sa->sa_family;
	if (sa->sa_family == AF_INET)
		memcpy(ip->bytes, &((const struct sockaddr_in *)sa)->sin_addr,
		    4);
	else if (sa->sa_family == AF_INET6)
		memcpy(ip->bytes, &((const struct sockaddr_in6 *)sa)->sin6_addr,
		    16);
	else
		return false;
	return true;
}

/* Whether the network holds our end of a bridge. */
static bool
holds_bridge(const struct cidr *cidr, struct strbuf *why)
{
	struct ifaddrs *all = NULL;
	bool found = false;
	struct ip ip;

	if (getifaddrs(&all) == -1)
		return false;
	for (const struct ifaddrs *at = all; at != NULL && !found;
	     at = at->ifa_next) {
		found = is_bridge(at->ifa_name) &&
		    ip_of_sockaddr(&ip, at->ifa_addr) && cidr_match(cidr, &ip);
		if (found)
			strbuf_addf(why, "and so %s (", at->ifa_name);
	}
	if (found)
		ip_print(&ip, why);
	freeifaddrs(all);
	return found;
}

static bool
is_in_container(void)
{
	return access("/.dockerenv", F_OK) == 0 ||
	    access("/run/.containerenv", F_OK) == 0;
}

/* Inside of a container all come from its gateway. */
static bool
holds_gateway(const struct cidr *cidr, struct strbuf *why)
{
	FILE *file = fopen("/proc/net/route", "re");
	unsigned long destination, gateway;
	struct ip ip = { .family = AF_INET };
	bool found = false;
	char line[256];

	while (file != NULL && !found && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "%*s %lx %lx", &destination, &gateway) == 2 &&
		    destination == 0 && gateway != 0) {
			uint32_t bytes = (uint32_t)gateway;

			memcpy(ip.bytes, &bytes, sizeof bytes);
			found = cidr_match(cidr, &ip);
		}
	if (file != NULL)
		fclose(file);
	if (found)
		strbuf_adds(why, "and so our gateway (");
	if (found)
		ip_print(&ip, why);
	return found;
}

/* Networks that can hardly be anything else. */
static bool
holds_usual_gateway(const struct cidr *cidr, struct strbuf *why)
{
	struct ip ip;

	for (size_t i = 0; i < sizeof gateways / sizeof gateways[0]; i++) {
		if (cidr->prefix < 12 || !ip_parse(&ip, gateways[i]) ||
		    !cidr_match(cidr, &ip))
			continue;
		strbuf_addf(why, "and so a container gateway (%s", gateways[i]);
		return true;
	}
	return false;
}

static bool
is_container(const struct network *network, struct strbuf *why)
{
	const struct cidr *cidr = &network->cidr;

	if (is_within(cidr, "127.0.0.0/8") || is_within(cidr, "::1") ||
	    cidr->prefix == 0)
		return false;
	if (!holds_bridge(cidr, why) &&
	    !(is_in_container() && holds_gateway(cidr, why)) &&
	    !holds_usual_gateway(cidr, why))
		return false;
	strbuf_adds(why,
	    "): strangers who come through a published port come from there, "
	    "and may relay");
	return true;
}

void
check_networks_container(struct doctor *doctor)
{
	judge_networks(doctor, is_container);
}

/* --- senders --- */

static const char *const sender_checks[] = { "reject_sender_login_mismatch",
	"reject_authenticated_sender_login_mismatch",
	"reject_known_sender_login_mismatch" };

#define NSENDER_CHECKS (sizeof sender_checks / sizeof sender_checks[0])

static bool
checks_sender(const struct doctor *doctor,
    const struct postfix_service *service)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	for (size_t i = 0; i < NSENDER_CHECKS; i++) {
		if (policyd_patient_is_asked(patient, service, STAGE_COUNT) &&
		    policies_use(patient->policies, sender_checks[i]))
			return true;
		for (enum stage stage = 0; stage < STAGE_DATA; stage++)
			if (word_list_has(postfix_setup_value(&patient->postfix,
					      service, stage_list_name(stage)),
				sender_checks[i]))
				return true;
	}
	return false;
}

void
check_submission_sender(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const struct postfix_setup *postfix = &patient->postfix;
	const char *name = stage_list_name(STAGE_SENDER);

	for (size_t i = 0; i < postfix->n; i++) {
		const struct postfix_service *service = &postfix->services[i];
		const char *list = postfix_setup_value(postfix, service, name);
		char *text;

		if (!postfix_setup_says_yes(postfix, service,
			"smtpd_sasl_auth_enable") ||
		    checks_sender(doctor, service))
			continue;
		if (*postfix_setup_value(postfix, service,
			"smtpd_sender_login_maps") == '\0') {
			postfix_setup_line(postfix, service,
			    "smtpd_sender_login_maps", "regexp:{{/(.+)/ $1}}",
			    &doctor->fix);
			doctor_fix(doctor, " && ");
		}
		text = xasprintf("%s%s%s", sender_checks[0],
		    *list != '\0' ? ", " : "", list);
		postfix_setup_own_line(postfix, service, name, text,
		    &doctor->fix);
		free(text);
		doctor_found(doctor,
		    "%s accepts any sender from those who have logged in: no "
		    "reject_*_sender_login_mismatch",
		    service->master->name);
	}
}
