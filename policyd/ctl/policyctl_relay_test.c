/*
 * policyctl relay-test: does a mail server relay for strangers?
 */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "policyctl_command.h"
#include "mem.h"
#include "own_address.h"
#include "postconf.h"
#include "relay_form.h"
#include "relay_static.h"
#include "smtp_probe.h"

#define EXIT_OPEN 1

/* Postfix answers more slowly after ten errors in a session. */
#define FORMS_PER_SESSION 8

/* What became of one form. */
enum outcome_of_form {
	FORM_REFUSED,
	FORM_ACCEPTED,
	FORM_KEPT, /* accepted, as any address of the host is */
	FORM_SKIPPED,
};

static const char *const outcome_words[] = {
	[FORM_REFUSED] = "refused",
	[FORM_ACCEPTED] = "ACCEPTED",
	[FORM_KEPT] = "kept",
	[FORM_SKIPPED] = "skipped",
};

struct relay_test {
	struct policyctl *ctl;
	const struct addrinfo *address;
	struct smtp_probe probe;
	unsigned nforms;    /* of this session */
	struct strbuf helo; /* in it; empty: our address */
	struct strbuf name, literal;
	struct relay_host host;
	bool takes_postmaster; /* of the host, from a stranger */
	bool takes_anybody;    /* any recipient of the host */
	size_t counts[4];
	struct strbuf plain; /* what was said to the plain form */
};

/* HOST, HOST:PORT, [IPv6]:PORT; both are allocated. */
static void
split_target(const char *target, char **host, char **port)
{
	const char *colon = strrchr(target, ':');
	const char *start = target;
	size_t len;

	if (target[0] == '[' && strchr(target, ']') != NULL) {
		start = target + 1;
		len = strcspn(start, "]");
		colon = start[len + 1] == ':' ? start + len + 1 : NULL;
	} else {
		if (colon != NULL && strchr(target, ':') != colon)
			colon = NULL; /* an IPv6 address alone */
		len = colon != NULL ? (size_t)(colon - target) : strlen(target);
	}
	*host = xstrndup(start, len);
	*port = xstrdup(colon != NULL ? colon + 1 : "25");
}

/* Whether all of them are this host's. */
static bool
are_own(const struct addrinfo *address)
{
	struct own_addresses own = { 0 };
	struct conf_text all = { 0 };
	bool result = true;

	conf_text_set(&all, "all", (struct conf_origin){ "", 0 });
	own_addresses_add(&own, &all);
	for (; address != NULL && result; address = address->ai_next) {
		struct ip ip;

		smtp_ip_of(address->ai_addr, address->ai_addrlen, &ip);
		result = own_addresses_have(&own, &ip) ||
		    (ip.family == AF_INET && ip.bytes[0] == 127);
	}
	own_addresses_free(&own);
	conf_text_free(&all);
	return result;
}

/* A session for the next form; the name it greets by becomes our %o. */
static int
need_session(struct relay_test *test, const char *helo)
{
	struct strbuf server = { 0 };
	int result;

	if (test->probe.fd != -1 && test->nforms++ < FORMS_PER_SESSION &&
	    strcmp(strbuf_str(&test->helo), helo) == 0)
		return 0;
	smtp_probe_close(&test->probe);
	test->nforms = 1;
	strbuf_truncate(&test->helo, 0);
	strbuf_adds(&test->helo, helo);
	result = smtp_probe_open(&test->probe, test->address->ai_addr,
	    test->address->ai_addrlen, helo, &server, &test->ctl->err);
	if (result == 0 && test->name.len == 0)
		strbuf_adds(&test->name, strbuf_str(&server));
	strbuf_free(&server);
	return result;
}

/* What is said for a form. */
struct attempt {
	const char *sender, *recipient, *helo;
	const struct relay_form *form;
};

/* Returns 0 when the server believes it, a code, or -1. */
static int
pretend(struct relay_test *test, const struct attempt *attempt)
{
	const struct relay_pretence *xclient = attempt->form->xclient;
	struct strbuf words = { 0 };
	int code;

	if (xclient->name != NULL)
		strbuf_addf(&words, " NAME=%s", xclient->name);
	if (xclient->address != NULL)
		strbuf_addf(&words, " ADDR=%s", xclient->address);
	if (xclient->login != NULL)
		strbuf_addf(&words, " LOGIN=%s", xclient->login);
	code = smtp_probe_pretend(&test->probe, strbuf_str(&words),
	    attempt->helo, &test->ctl->err);
	strbuf_free(&words);
	return code;
}

/* MAIL and RCPT; the reply is that of the one that was refused, or of RCPT.
 * Returns the code, or -1 with the reason in the tool's err. */
static int
ask_once(struct relay_test *test, const struct attempt *attempt)
{
	struct strbuf *err = &test->ctl->err;
	char *mail = xasprintf("MAIL FROM:<%s>%s", attempt->sender,
	    attempt->form->needs_utf8 ? " SMTPUTF8" : "");
	char *rcpt = xasprintf("RCPT TO:<%s>", attempt->recipient);
	int code = need_session(test, attempt->helo);

	if (code == 0 && attempt->form->xclient != NULL)
		code = pretend(test, attempt);
	if (code == 0)
		code = smtp_probe_ask(&test->probe, "RSET", err);
	if (code / 100 == 2)
		code = smtp_probe_ask(&test->probe, mail, err);
	if (code / 100 == 2)
		code = smtp_probe_ask(&test->probe, rcpt, err);
	free(mail);
	free(rcpt);
	return code;
}

/* The same; a server may hang up on who was refused too often.  Who was
 * somebody else is not so in the next form. */
static int
ask(struct relay_test *test, const struct attempt *attempt)
{
	bool is_apart = attempt->form->xclient != NULL;
	int code;

	if (is_apart)
		test->nforms = FORMS_PER_SESSION;
	code = ask_once(test, attempt);
	if (code == -1) {
		smtp_probe_close(&test->probe);
		strbuf_truncate(&test->ctl->err, 0);
		code = ask_once(test, attempt);
	}
	if (is_apart)
		test->nforms = FORMS_PER_SESSION;
	return code;
}

/* Whether it takes mail for a name of its own from a stranger. */
static int
look_for(struct relay_test *test, const char *name, bool *is_taken)
{
	char *recipient = xasprintf("%s@%s", name, test->host.name);
	const struct attempt attempt = { "relay-test@" RELAY_SENDER, recipient,
		"", &relay_forms[0] };
	int code = ask(test, &attempt);

	*is_taken = code / 100 == 2;
	free(recipient);
	return code == -1 ? -1 : 0;
}

static enum outcome_of_form
judge(const struct relay_test *test, const struct relay_form *form, int code)
{
	if (code / 100 != 2)
		return FORM_REFUSED;
	return form->is_for_us && test->takes_anybody ? FORM_KEPT
						      : FORM_ACCEPTED;
}

/* What the server would have to offer for the form; NULL: it does. */
static const char *
find_lack(const struct relay_test *test, const struct relay_form *form)
{
	if (form->needs_utf8 && !test->probe.has_utf8)
		return "the server does not offer SMTPUTF8";
	if (form->xclient != NULL && !test->probe.has_xclient)
		return "the server does not offer XCLIENT";
	return NULL;
}

static void
report(struct relay_test *test, const struct attempt *attempt,
    enum outcome_of_form outcome, const char *said)
{
	test->counts[outcome]++;
	strbuf_addf(&test->ctl->out, "%-8s  %s: <%s> to <%s>: %s\n",
	    outcome_words[outcome], attempt->form->name, attempt->sender,
	    attempt->recipient, said);
}

static int
try_form(struct relay_test *test, const struct relay_form *form)
{
	struct strbuf sender = { 0 }, recipient = { 0 }, helo = { 0 };
	struct attempt attempt = { .form = form };
	const char *lack = find_lack(test, form);
	int code = 0;

	relay_form_add(&sender, form->sender, &test->host);
	relay_form_add(&recipient, form->recipient, &test->host);
	relay_form_add(&helo, form->helo, &test->host);
	attempt.sender = strbuf_str(&sender);
	attempt.recipient = strbuf_str(&recipient);
	attempt.helo = strbuf_str(&helo);
	if (lack != NULL)
		report(test, &attempt, FORM_SKIPPED, lack);
	else if ((code = ask(test, &attempt)) != -1)
		report(test, &attempt, judge(test, form, code),
		    strbuf_str(&test->probe.reply));
	if (form == &relay_forms[0])
		strbuf_adds(&test->plain, strbuf_str(&test->probe.reply));
	strbuf_free(&sender);
	strbuf_free(&recipient);
	strbuf_free(&helo);
	return code == -1 ? -1 : 0;
}

/* Whether the plain form was refused because of where it goes: so it says, or
 * mail for the host itself is taken. */
static bool
is_about_relaying(const struct relay_test *test)
{
	const char *reply = strbuf_str(&test->plain);

	return strcasestr(reply, "relay") != NULL ||
	    (reply[0] == '5' && test->takes_postmaster);
}

/* Returns an exit code. */
static int
sum_up(struct relay_test *test)
{
	struct strbuf *out = &test->ctl->out;
	const size_t *counts = test->counts;

	strbuf_addf(out, "%zu forms: %zu refused, %zu accepted", nrelay_forms,
	    counts[FORM_REFUSED], counts[FORM_ACCEPTED]);
	if (counts[FORM_KEPT] > 0)
		strbuf_addf(out, ", %zu kept", counts[FORM_KEPT]);
	if (counts[FORM_SKIPPED] > 0)
		strbuf_addf(out, ", %zu skipped", counts[FORM_SKIPPED]);
	strbuf_adds(out, "; no mail was sent\n");
	if (counts[FORM_KEPT] > 0)
		strbuf_adds(out,
		    "kept: the server takes any name of its own, and it "
		    "cannot be seen whether it would relay these\n");
	if (counts[FORM_ACCEPTED] > 0) {
		strbuf_adds(out, "the relay is open\n");
		return EXIT_OPEN;
	}
	if (!is_about_relaying(test)) {
		strbuf_addf(out,
		    "it cannot be told whether the relay is open: the plain "
		    "form was refused for another reason, %s\n",
		    strbuf_str(&test->plain));
		return EX_TEMPFAIL;
	}
	strbuf_adds(out, "the relay is closed to strangers\n");
	return EX_OK;
}

static int
try_all(struct relay_test *test)
{
	struct ip peer;

	smtp_ip_of(test->address->ai_addr, test->address->ai_addrlen, &peer);
	smtp_literal_add(&test->literal, &peer);
	test->host.name = strbuf_str(&test->name);
	test->host.literal = strbuf_str(&test->literal);
	if (look_for(test, "postmaster", &test->takes_postmaster) == -1 ||
	    look_for(test, "no-such-user-here", &test->takes_anybody) == -1)
		return -1;
	for (size_t i = 0; i < nrelay_forms; i++)
		if (try_form(test, &relay_forms[i]) == -1)
			return -1;
	return 0;
}

/* Postfix of this host relays for its own networks, so a test from there says
 * nothing about strangers. */
static int
refuse_own_network(struct relay_test *test, const char *target)
{
	struct strbuf own = { 0 };

	ip_print(&test->probe.own, &own);
	strbuf_addf(&test->ctl->err,
	    "nothing was tested: a connection to %s comes from %s, which is "
	    "in mynetworks and may relay; test from outside, or type "
	    "policyctl relay-test --static\n",
	    target, strbuf_str(&own));
	strbuf_free(&own);
	return EX_TEMPFAIL;
}

/* By the first address that answers. */
static int
open_first(struct relay_test *test, const struct addrinfo *addresses)
{
	int result = -1;

	for (; addresses != NULL && result == -1;
	     addresses = addresses->ai_next) {
		test->address = addresses;
		strbuf_truncate(&test->ctl->err, 0);
		result = need_session(test, "");
	}
	return result;
}

static int
run(struct relay_test *test, const struct addrinfo *addresses,
    const char *target, bool is_ours)
{
	int code = EX_UNAVAILABLE;

	if (open_first(test, addresses) == -1)
		strbuf_addf(&test->ctl->err, " (%s)\n", target);
	else if (is_ours && relay_is_own_network(test->ctl, &test->probe.own))
		code = refuse_own_network(test, target);
	else if (try_all(test) == -1)
		strbuf_addf(&test->ctl->err, " (%s)\n", target);
	else
		code = sum_up(test);
	smtp_probe_close(&test->probe);
	strbuf_free(&test->name);
	strbuf_free(&test->helo);
	strbuf_free(&test->literal);
	strbuf_free(&test->plain);
	return code;
}

static int
test_live(struct policyctl *ctl, const char *target)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct relay_test test = { .ctl = ctl, .probe.fd = -1 };
	struct addrinfo *addresses = NULL;
	char *host, *port;
	bool is_ours;
	int error, code = EX_UNAVAILABLE;

	split_target(target, &host, &port);
	error = getaddrinfo(host, port, &hints, &addresses);
	free(host);
	free(port);
	if (error != 0) {
		strbuf_addf(&ctl->err, "%s: %s\n", target, gai_strerror(error));
		return EX_UNAVAILABLE;
	}
	is_ours = are_own(addresses);
	if (!is_ours && !ctl->is_mine) {
		strbuf_addf(&ctl->err,
		    "%s is not this host: --yes-it-is-mine says that you may "
		    "test it\n",
		    target);
		code = EX_USAGE;
	} else {
		code = run(&test, addresses, target, is_ours);
	}
	freeaddrinfo(addresses);
	return code;
}

int
policyctl_relay_test(struct policyctl *ctl)
{
	if (ctl->is_static)
		return relay_static(ctl,
		    ctl->nwords > 0 ? ctl->words[0] : NULL);
	if (ctl->nwords == 1)
		return test_live(ctl, ctl->words[0]);
	strbuf_adds(&ctl->err,
	    "relay-test needs a HOST, or --static to look at the "
	    "configuration\n");
	return EX_USAGE;
}
