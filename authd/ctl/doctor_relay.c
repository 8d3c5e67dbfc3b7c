/*
 * authctl doctor: how Postfix sends, who else is on its ports, and files that
 * lie around it.
 */
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authd_patient.h"
#include "file_check.h"
#include "mem.h"
#include "outbound_check.h"
#include "port_holder.h"
#include "word_list.h"

#define PASSWORDS  "smtp_sasl_password_maps"
#define FILTER     "/etc/fail2ban/filter.d/sekisho-authd.conf"
#define OUR_FILTER "share/sekisho/fail2ban/filter.conf" /* below the prefix */

static const char *
value(const struct doctor *doctor, const char *name)
{
	return postfix_setup_value(&authd_patient(doctor)->postfix, NULL, name);
}

static void
fix_value(struct doctor *doctor, const char *name, const char *text)
{
	postfix_setup_line(&authd_patient(doctor)->postfix, NULL, name, text,
	    &doctor->fix);
}

/* Whether Postfix gives a password to its relayhost. */
static bool
logs_in(const struct doctor *doctor)
{
	return *value(doctor, "relayhost") != '\0' &&
	    strcasecmp(value(doctor, "smtp_sasl_auth_enable"), "yes") == 0;
}

/* --- the provider --- */

static const struct {
	const char *host; /* or the end of its name */
	const char *instead;
} providers[] = {
	{ "office365.com", "xoauth2" },
	{ "outlook.com", "xoauth2" },
	{ "hotmail.com", "xoauth2" },
	{ "live.com", "xoauth2" },
};

static bool
is_of(const char *relayhost, const char *domain)
{
	const char *host = relayhost + strspn(relayhost, "[");
	size_t len = strcspn(host, "]:"), tail = strlen(domain);

	return len >= tail &&
	    strncasecmp(host + len - tail, domain, tail) == 0 &&
	    (len == tail || host[len - tail - 1] == '.');
}

void
check_relay_provider(struct doctor *doctor)
{
	static const char filter[] = "smtp_sasl_mechanism_filter";
	const char *relayhost = value(doctor, "relayhost");

	if (!logs_in(doctor) ||
	    word_list_has(value(doctor, filter), "xoauth2") ||
	    word_list_has(value(doctor, filter), "oauthbearer"))
		return;
	for (size_t i = 0; i < sizeof providers / sizeof providers[0]; i++) {
		if (!is_of(relayhost, providers[i].host))
			continue;
		fix_value(doctor, filter, providers[i].instead);
		doctor_found(doctor,
		    "relayhost = %s: this provider ends AUTH by password, and "
		    "wants OAuth (a plugin as sasl-xoauth2)",
		    relayhost);
	}
}

void
check_relay_options(struct doctor *doctor)
{
	static const char options[] = "smtp_sasl_tls_security_options";
	static const char both[] = "smtp_sasl_security_options";
	char *rest;

	if (!logs_in(doctor) ||
	    !word_list_has(value(doctor, options), "noplaintext"))
		return;
	rest = word_list_without(value(doctor, options), "noplaintext");
	fix_value(doctor,
	    strcmp(value(doctor, options), value(doctor, both)) == 0 ? both
								     : options,
	    rest);
	free(rest);
	doctor_found(doctor,
	    "%s has noplaintext: a relayhost that offers PLAIN and LOGIN "
	    "alone gets no login",
	    options);
}

void
check_relay_clear(struct doctor *doctor)
{
	static const char level[] = "smtp_tls_security_level";
	const char *now = value(doctor, level);

	if (!logs_in(doctor) ||
	    (*now != '\0' && strcasecmp(now, "none") != 0 &&
		strcasecmp(now, "may") != 0))
		return;
	fix_value(doctor, level, "encrypt");
	doctor_found(doctor, "the password for %s may pass in clear: %s = %s",
	    value(doctor, "relayhost"), level, now);
}

/* The next file of TYPE:FILE words; false at the end.  Free both. */
static bool
next_map(char **rest, char **type, char **file)
{
	char *word;

	while ((word = strsep(rest, WORD_LIST_SEPARATORS)) != NULL) {
		char *colon = strchr(word, ':');

		if (colon == NULL || colon[1] != '/')
			continue;
		*type = xstrndup(word, (size_t)(colon - word));
		*file = xstrdup(colon + 1);
		return true;
	}
	return false;
}

/* What postmap(1) makes of a file; NULL: nothing. */
static char *
index_of(const char *type, const char *file)
{
	if (strcmp(type, "hash") == 0 || strcmp(type, "btree") == 0)
		return xasprintf("%s.db", file);
	if (strcmp(type, "lmdb") == 0 || strcmp(type, "cdb") == 0)
		return xasprintf("%s.%s", file, type);
	return NULL;
}

static void
judge_map(struct doctor *doctor, const char *type, const char *file)
{
	const bool is_of_rights = strcmp(doctor->row->id, "relay-secret") == 0;
	char *index = index_of(type, file);
	struct stat text, made;

	if (is_of_rights) {
		file_check_secret(doctor, file, "", "a password of ours");
		if (index != NULL)
			file_check_secret(doctor, index, "",
			    "a password of ours");
	} else if (index != NULL && stat(file, &text) == 0 &&
	    (stat(index, &made) == -1 || made.st_mtime < text.st_mtime)) {
		doctor_fix(doctor, "postmap %s:%s", type, file);
		doctor_found(doctor, "%s is newer than %s, which Postfix reads",
		    file, index);
	}
	free(index);
}

/* Of both rows, rights and age. */
void
check_relay_maps(struct doctor *doctor)
{
	char *copy = xstrdup(value(doctor, PASSWORDS)), *rest = copy;
	char *type, *file;

	while (next_map(&rest, &type, &file)) {
		judge_map(doctor, type, file);
		free(type);
		free(file);
	}
	free(copy);
}

void
check_way_out(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const char *host = patient->outbound;

	if (host == NULL)
		host = value(doctor, "relayhost");
	check_outbound(doctor, &patient->postfix, host);
}

/* --- ports --- */

static bool
is_postfix(const char *name)
{
	return strcmp(name, "master") == 0 || strcmp(name, "smtpd") == 0 ||
	    strcmp(name, "postscreen") == 0;
}

/* The port of "127.0.0.1:submission/inet"; 0: none. */
static unsigned
port_of(const struct master_service *service)
{
	const char *slash = strchr(service->name, '/');
	const char *colon =
	    memrchr(service->name, ':', (size_t)(slash - service->name));
	const char *start = colon != NULL ? colon + 1 : service->name;
	const struct servent *entry;
	unsigned port = 0;
	char *name;

	if (strcmp(slash, "/inet") != 0)
		return 0;
	name = xstrndup(start, (size_t)(slash - start));
	entry = getservbyname(name, "tcp");
	if (isdigit((unsigned char)name[0]))
		port = (unsigned)strtoul(name, NULL, 10);
	else if (entry != NULL)
		port = ntohs((uint16_t)entry->s_port);
	free(name);
	return port;
}

/* Somebody else on a port that is Postfix's. */
static void
judge_port(struct doctor *doctor, unsigned port)
{
	char name[PORT_HOLDER_NAME] = "";
	pid_t pid = port_holder(port, name);

	if (pid <= 0 || is_postfix(name))
		return;
	doctor_fix(doctor, "kill %ld && ", (long)pid);
	postfix_setup_command(&authd_patient(doctor)->postfix, "postfix",
	    "reload", &doctor->fix);
	doctor_found(doctor, "%s (process %ld) listens on port %u", name,
	    (long)pid, port);
}

void
check_port_stranger(struct doctor *doctor)
{
	const struct postfix_setup *postfix = &authd_patient(doctor)->postfix;

	if (!authd_patient(doctor)->has_postfix)
		return;
	if (geteuid() != 0) {
		doctor_skip(doctor, "run this as root");
		return;
	}
	judge_port(doctor, 587);
	judge_port(doctor, 465);
	for (size_t i = 0; i < postfix->n; i++) {
		unsigned port = port_of(postfix->services[i].master);

		if (port != 0 && port != 587 && port != 465)
			judge_port(doctor, port);
	}
}

/* --- files --- */

static const char *const files[] = { "smtpd_tls_cert_file",
	"smtpd_tls_key_file", "smtpd_tls_eccert_file", "smtpd_tls_eckey_file" };

static void
judge_file(struct doctor *doctor, const struct postfix_service *service,
    const char *name)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const char *path =
	    postfix_setup_value(&patient->postfix, service, name);

	if (path[0] != '/')
		return;
	if (strstr(name, "key") != NULL &&
	    strcmp(doctor->row->id, "key-rights") == 0) {
		file_check_secret(doctor, path, "", "a key of TLS");
	} else if (strcmp(doctor->row->id, "tls-file") == 0 &&
	    access(path, F_OK) == -1 && errno == ENOENT) {
		postfix_setup_command(&patient->postfix, "postfix",
		    "tls new-server-key", &doctor->fix);
		doctor_fix(doctor, ", and the line that it prints");
		doctor_found(doctor, "%s = %s is not there: no TLS", name,
		    path);
	}
}

/* Of both rows, rights and presence. */
void
check_tls_files(struct doctor *doctor)
{
	const struct postfix_setup *postfix = &authd_patient(doctor)->postfix;

	for (size_t i = 0; i < postfix->n; i++)
		for (size_t j = 0; j < sizeof files / sizeof files[0]; j++)
			judge_file(doctor, &postfix->services[i], files[j]);
}

static bool
is_same_text(const char *a, const char *b)
{
	FILE *one = fopen(a, "re"), *two = fopen(b, "re");
	bool is_same = one != NULL && two != NULL;
	int c = 0;

	while (is_same && c != EOF) {
		c = fgetc(one);
		is_same = c == fgetc(two);
	}
	if (one != NULL)
		fclose(one);
	if (two != NULL)
		fclose(two);
	return is_same;
}

/* The filter that belongs to this program lies in its prefix. */
void
check_fail2ban(struct doctor *doctor)
{
	char program[4096] = "", *slash, *ours;
	ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

	if (n <= 0 || access(FILTER, R_OK) == -1)
		return;
	for (int i = 0; i < 2; i++) /* sbin/authctl */
		if ((slash = strrchr(program, '/')) != NULL)
			*slash = '\0';
	ours = xasprintf("%s/" OUR_FILTER, program);
	if (access(ours, R_OK) == 0 && !is_same_text(FILTER, ours)) {
		doctor_fix(doctor, "cp %s " FILTER " && fail2ban-client reload",
		    ours);
		doctor_found(doctor,
		    FILTER " is of another version: guessers may not be seen");
	}
	free(ours);
}
