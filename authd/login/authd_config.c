/*
 * The parameters of authd.cf(5) and what they mean.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "authd_config.h"
#include "crypt_scheme.h"
#include "log.h"
#include "mem.h"
#include "nearest.h"

#define FIELD(name) offsetof(struct authd_config, name)

#define DATABASE_TYPE "gdbm:"

const struct listener_defaults authd_client_defaults = {
	.owner = "postfix",
	.group = "postfix",
	.mode = 0660,
	.inet = LISTENER_LOOPBACK,
};

const struct conf_param authd_params[] = {
	{ "user", CONF_STRING, CONF_AT_START, FIELD(user), AUTHD_USER, "name",
	    "Whom authd becomes when root starts it. "
	    "Empty: it stays the user that started it." },
	{ "listen", CONF_TEXT, CONF_AT_START, FIELD(listen),
	    "unix:/var/spool/postfix/private/sekisho-auth", "address ...",
	    "Where Postfix (smtpd_sasl_path) and other SMTP servers ask. Each "
	    "address is unix:PATH or inet:ADDRESS:PORT (loopback only), plain "
	    "or as { ADDRESS, owner = U, group = G, mode = 0660 }." },
	{ "saslauthd_listen", CONF_TEXT, CONF_AT_START, FIELD(saslauthd_listen),
	    "", "address ...",
	    "Where programs with pwcheck_method saslauthd ask." },
	{ "control_socket", CONF_TEXT, CONF_AT_START, FIELD(control_socket),
	    "unix:/run/sekisho/authd.ctl", "address",
	    "Where authctl asks: unix:PATH, because who may change things is "
	    "told by the peer's user. Empty: nowhere." },
	{ "policyd_control", CONF_STRING, CONF_AT_START, FIELD(policyd_control),
	    "unix:/run/sekisho/policyd.ctl", "address",
	    "Where policyd tells whom its guard suspends, and is told by "
	    "authctl whom it is to stop: its control_socket. What it said "
	    "last is kept beside last_login_file. Empty: policyd is not "
	    "used." },
	{ "metrics_listen", CONF_TEXT, CONF_AT_START, FIELD(metrics_listen), "",
	    "address",
	    "Where Prometheus gets metrics by HTTP (/metrics): "
	    "inet:127.0.0.1:PORT or unix:PATH. Empty: nowhere." },
	{ "pid_file", CONF_STRING, CONF_AT_START, FIELD(pid_file),
	    "/run/sekisho/authd.pid", "path",
	    "Written and locked, but not with -f. Empty: none." },
	{ "log_level", CONF_CHOICE, 0, FIELD(log_level), "info",
	    "error|warn|info|debug", "What is logged: this much or worse." },
	{ "user_database", CONF_TEXT, 0, FIELD(user_database),
	    DATABASE_TYPE "/var/lib/sekisho/auth/users.gdbm", "gdbm:path",
	    "The users and what was derived from their passwords." },
	{ "last_login_file", CONF_STRING, CONF_AT_START, FIELD(last_login_file),
	    "/var/lib/sekisho/login/last-logins", "path",
	    "Where authd keeps the last login and the last failure of each "
	    "user, and the last use of each app password. Who may read its "
	    "directory may read it; it can be lost without harm. Empty: "
	    "nowhere." },
	{ "mechanisms", CONF_TEXT, 0, FIELD(mechanisms), "PLAIN LOGIN",
	    "mechanism ...",
	    "What is offered, in this order: PLAIN, LOGIN, SCRAM-SHA-256, "
	    "SCRAM-SHA-1, SCRAM-SHA-512, CRAM-MD5. A password that is set "
	    "later gets a secret for these and no others. A client that can do "
	    "SCRAM takes it where it is offered: users whose passwords are "
	    "older fail there; -t says how many." },
	{ "default_realm", CONF_STRING, 0, FIELD(default_realm), "", "domain",
	    "What follows the @ of a name that has none. Default: mydomain of "
	    "Postfix, when it has a dot. Empty: such a name is refused." },
	{ "username_case", CONF_CHOICE, 0, FIELD(username_case), "fold",
	    "fold|keep",
	    "Whether the part before the @ is compared without regard to case "
	    "(ASCII); the realm always is." },
	{ "password_scheme", CONF_RAW, 0, FIELD(password_scheme), "yescrypt",
	    "scheme",
	    "How new passwords are hashed: yescrypt, gost-yescrypt, scrypt, "
	    "bcrypt, sha512crypt or sha256crypt, with :COST as in yescrypt:6 "
	    "if the usual cost is not wanted; or how a crypt(5) setting "
	    "begins, as in $y$jAT$." },
	{ "scram_iterations", CONF_INT, 0, FIELD(scram_iterations), "20000",
	    "4096..65536",
	    "Iteration count of new SCRAM secrets, and the one that names of "
	    "nobody show: users whose secrets have another one can be told "
	    "from nobody until they get a new password. Clients made with "
	    "libsasl2 take no more than 65536." },
	{ "auth_failure_delay", CONF_TIME, 0, FIELD(auth_failure_delay), "2s",
	    "time",
	    "How long after the request a refusal is sent; it grows to twice "
	    "that for addresses that fail often. 0: at once. More than 2s "
	    "makes some SMTP servers give up." },
	{ "auth_cache_time", CONF_TIME, 0, FIELD(auth_cache_time), "10m",
	    "time",
	    "How long a login with the same password needs no hashing. "
	    "0: never." },
	{ "workers", CONF_INT, CONF_AT_START, FIELD(workers), "0", "0..256",
	    "Threads that hash passwords. 0: as many as there are cores." },
	{ "queue_limit", CONF_INT, CONF_AT_START, FIELD(queue_limit), "1000",
	    "1..100000",
	    "Passwords that may wait for a worker; beyond, the address with "
	    "most of them gets temporary failures." },
	{ "rehash", CONF_BOOL, 0, FIELD(rehash), "no", "yes|no",
	    "Whether a right password by PLAIN or LOGIN adds what the user's "
	    "record lacks: a hash of password_scheme where it has a weaker "
	    "one, and secrets for the kinds of SCRAM that are offered. See "
	    "authctl(8), apply, which puts them in." },
};
const size_t authd_nparams = sizeof authd_params / sizeof authd_params[0];

/*
 * mydomain as Postfix sees it, or NULL when there is no Postfix.  Asked once:
 * after the start no program can be run (sandbox), and a reload keeps it.
 */
static const char *
ask_mydomain(void)
{
	static bool was_asked;
	static char line[1024];
	FILE *f;

	if (!was_asked &&
	    (f = popen("PATH=$PATH:/usr/sbin postconf -hx mydomain "
		       "2>/dev/null",
		 "re")) != NULL) {
		if (fgets(line, sizeof line, f) == NULL)
			line[0] = '\0';
		pclose(f);
		line[strcspn(line, "\n")] = '\0';
	}
	was_asked = true;
	return line[0] != '\0' ? line : NULL;
}

static void
offer_default_realm(struct conf *conf)
{
	const char *mydomain = ask_mydomain();

	if (mydomain != NULL && strchr(mydomain, '.') != NULL)
		conf_offer(conf, "default_realm", mydomain, "main.cf");
}

static void
check_mechanisms(struct authd_config *config, struct strbuf *err)
{
	struct conf_word word;
	size_t pos = 0;
	bool none_named = true;

	while (conf_next_word(&config->mechanisms, &pos, &word, err) == 1) {
		enum mechanism mechanism =
		    mechanism_parse(word.start, word.len);
		char *name;
		struct nearest nearest;

		none_named = false;
		if (mechanism == MECHANISMS) {
			name = conf_word_dup(&word);
			nearest_init(&nearest, name);
			for (int m = 0; m < MECHANISMS; m++)
				nearest_offer(&nearest,
				    mechanism_name((enum mechanism)m));
			conf_error(err, word.origin,
			    "mechanisms: unknown mechanism \"%s\"%s", name,
			    nearest_hint(&nearest));
			free(name);
		} else if (!authd_config_offers(config, mechanism)) {
			config->offered[config->noffered++] = mechanism;
			config->credentials.mechanisms |= 1U << mechanism;
		}
	}
	if (none_named)
		conf_error(err, conf_text_origin(&config->mechanisms, 0),
		    "mechanisms: none named; the default is PLAIN LOGIN");
}

static void
check_database(struct authd_config *config, struct strbuf *err)
{
	const char *text = conf_text_str(&config->user_database);

	if (strncmp(text, DATABASE_TYPE "/", strlen(DATABASE_TYPE "/")) != 0)
		conf_error(err, conf_text_origin(&config->user_database, 0),
		    "user_database: \"%s\" is not " DATABASE_TYPE
		    " and an absolute path",
		    text);
	else
		config->database_path = text + strlen(DATABASE_TYPE);
}

static void
check_scheme(struct authd_config *config, struct strbuf *err)
{
	const char *scheme = conf_text_str(&config->password_scheme);
	struct strbuf why = { 0 };

	config->credentials.password_scheme = scheme;
	if (crypt_scheme_check_name(scheme, &why) == -1)
		conf_error(err, conf_text_origin(&config->password_scheme, 0),
		    "password_scheme: %s", strbuf_str(&why));
	strbuf_free(&why);
}

/* One that no name can have would refuse every login without a realm. */
static void
check_default_realm(const struct authd_config *config, struct strbuf *err)
{
	struct strbuf name = { 0 }, full = { 0 }, why = { 0 };

	strbuf_addf(&name, "x@%s", config->default_realm);
	if (*config->default_realm != '\0' &&
	    user_name_normalise(&config->names, strbuf_str(&name), name.len,
		&full, &why) == -1)
		conf_complain(config->conf, "default_realm", strbuf_str(&why),
		    err);
	strbuf_free(&name);
	strbuf_free(&full);
	strbuf_free(&why);
}

/* What is put in needs a login that is known. */
static void
check_rehash(const struct authd_config *config, struct strbuf *err)
{
	if (config->rehash && *config->last_login_file == '\0')
		conf_complain(config->conf, "rehash",
		    "needs last_login_file, which is empty", err);
}

int
authd_config_load(struct authd_config *config, const char *path,
    struct strbuf *err)
{
	size_t before = err->len;

	config->conf = conf_new(authd_params, authd_nparams);
	switch (conf_read(config->conf, path, err)) {
	case CONF_OK:
	case CONF_BAD: /* the lines that were read are checked, too */
		break;
	case CONF_UNREADABLE:
		return EX_NOINPUT;
	}
	if (!conf_is_set(config->conf, "default_realm"))
		offer_default_realm(config->conf);
	conf_apply(config->conf, NULL, config, err);
	config->names.default_realm = config->default_realm;
	config->names.fold_local_part = config->username_case == USERNAME_FOLD;
	/* A text that could not be read is NULL, and reported already. */
	if (config->mechanisms.text != NULL)
		check_mechanisms(config, err);
	if (config->user_database.text != NULL)
		check_database(config, err);
	if (config->password_scheme.text != NULL)
		check_scheme(config, err);
	check_default_realm(config, err);
	check_rehash(config, err);
	config->credentials.scram_iterations =
	    (unsigned)config->scram_iterations;
	return err->len == before ? EX_OK : EX_CONFIG;
}

void
authd_config_free(struct authd_config *config)
{
	conf_values_free(authd_params, authd_nparams, config);
	conf_free(config->conf);
	*config = (struct authd_config){ 0 };
}

char *
authd_config_beside_logins(const struct authd_config *config, const char *name)
{
	const char *path = config->last_login_file;
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return xstrdup("");
	return xasprintf("%.*s/%s", (int)(slash - path), path, name);
}

bool
authd_config_offers(const struct authd_config *config, enum mechanism mechanism)
{
	for (size_t i = 0; i < config->noffered; i++)
		if (config->offered[i] == mechanism)
			return true;
	return false;
}
