/*
 * DNS lists of addresses and names: reject_rbl_*, reject_rhsbl_*,
 * permit_dnswl_*, permit_rhswl_*.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "restrict.h"
#include "destination.h"
#include "evaluation.h"
#include "host_name.h"
#include "policy.h"
#include "reply_template.h"

/* What a reply template can name. */
struct listing {
	struct evaluation *ev;
	const struct argument *argument;
	const struct dnsbl_answer *answer;
	struct subject subject; /* class, and what is listed */
};

static const char *
or_null_address(const char *text)
{
	return text[0] != '\0' ? text : "<>";
}

static const char *
local_part(const struct listing *listing, const char *address)
{
	const char *at = strrchr(address, '@');

	if (at == NULL)
		return or_null_address(address);
	return arena_strndup(evaluation_arena(listing->ev), address,
	    (size_t)(at - address));
}

static const char *
domain_part(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : "";
}

static const char *
local_time(const struct listing *listing)
{
	time_t now = evaluation_now(listing->ev);
	char text[64];
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(text, sizeof(text), "%b %d %H:%M:%S", &tm) == 0)
		return "";
	return arena_strdup(evaluation_arena(listing->ev), text);
}

/* Names of the list that has it. */
static const char *
lookup_rbl(const struct listing *listing, const char *name)
{
	const struct policy *policy = evaluation_policy(listing->ev);

	if (strcmp(name, "rbl_code") == 0)
		return arena_printf(evaluation_arena(listing->ev), "%ld",
		    policy->params.maps_rbl_reject_code);
	if (strcmp(name, "rbl_class") == 0)
		return reply_class_name(listing->subject.class);
	if (strcmp(name, "rbl_what") == 0)
		return listing->subject.name;
	if (strcmp(name, "rbl_domain") == 0)
		return dnsbl_site_zone(listing->argument->site);
	if (strcmp(name, "rbl_reason") == 0 || strcmp(name, "rbl_txt") == 0)
		return listing->answer->text;
	return NULL;
}

/* Whether the client has named a sender: an empty one is <> then. */
static bool
has_sender(const struct request *request)
{
	return request->state == STATE_MAIL || request->state == STATE_RCPT ||
	    request->state == STATE_DATA ||
	    request->state == STATE_END_OF_MESSAGE;
}

static bool
has_recipient(const struct request *request)
{
	return request->state == STATE_RCPT || request->state == STATE_VRFY;
}

/* Names of the sender or the recipient: suffix is what follows that word. */
static const char *
lookup_address(const struct listing *listing, const char *suffix,
    const char *address, bool is_there)
{
	if (address[0] == '\0' && !is_there)
		return "";
	if (suffix[0] == '\0')
		return or_null_address(address);
	if (strcmp(suffix, "_name") == 0)
		return local_part(listing, address);
	if (strcmp(suffix, "_domain") == 0)
		return domain_part(address);
	return NULL;
}

static const char *
lookup_client(const struct listing *listing, const char *name)
{
	const struct request *request = evaluation_request(listing->ev);

	if (strcmp(name, "client") == 0)
		return stage_subject(STAGE_CLIENT, request,
		    evaluation_arena(listing->ev))
		    .name;
	if (strcmp(name, "client_name") == 0)
		return request->client_name;
	if (strcmp(name, "client_address") == 0)
		return request->client_address;
	if (strcmp(name, "client_port") == 0)
		return request->client_port;
	if (strcmp(name, "reverse_client_name") == 0)
		return request->reverse_client_name;
	if (strcmp(name, "server_address") == 0)
		return request->server_address;
	if (strcmp(name, "server_port") == 0)
		return request->server_port;
	return NULL;
}

static const char *
lookup(void *ctx, const char *name)
{
	const struct listing *listing = ctx;
	const struct request *request = evaluation_request(listing->ev);
	const char *value;

	if (strncmp(name, "sender", 6) == 0)
		return lookup_address(listing, name + 6, request->sender,
		    has_sender(request));
	if (strncmp(name, "recipient", 9) == 0)
		return lookup_address(listing, name + 9, request->recipient,
		    has_recipient(request));
	if (strcmp(name, "helo_name") == 0)
		return request->helo_name;
	if (strcmp(name, "myhostname") == 0)
		return evaluation_policy(listing->ev)->params.myhostname;
	if (strcmp(name, "localtime") == 0)
		return local_time(listing);
	value = lookup_rbl(listing, name);
	return value != NULL ? value : lookup_client(listing, name);
}

/* The template of rbl_reply_maps for a list; NULL: there is none. */
static const char *
find_template(struct evaluation *ev, const struct argument *argument)
{
	const struct table_list *maps = &evaluation_policy(ev)->rbl_reply_maps;
	const char *key = arena_lower(evaluation_arena(ev), argument->word);
	const char *value;

	for (size_t i = 0; i < maps->n; i++)
		if (evaluation_table(ev, maps->tables[i], key, &value) ==
		    LOOKUP_FOUND)
			return value;
	return NULL;
}

/* Expand one template; NULL, and a line in the log, when it is a bad one. */
static const char *
expand(const struct listing *listing, const char *text)
{
	const struct policy *policy = evaluation_policy(listing->ev);
	struct reply_template template = { lookup, (void *)listing,
		policy->expand_filter };
	struct strbuf out = { 0 }, err = { 0 };
	const char *expanded = NULL;

	if (reply_template_expand(&template, text, &out, &err) == 0)
		expanded = arena_strdup(evaluation_arena(listing->ev),
		    strbuf_str(&out));
	else
		evaluation_log(listing->ev, "bad reply template for %s: %s",
		    listing->argument->word, strbuf_str(&err));
	strbuf_free(&out);
	strbuf_free(&err);
	return expanded;
}

static bool
is_reply(const char *text)
{
	return (text[0] == '4' || text[0] == '5') &&
	    isdigit((unsigned char)text[1]) &&
	    isdigit((unsigned char)text[2]) && text[3] == ' ';
}

static enum verdict
reject_listed(const struct listing *listing, struct action *action)
{
	static const char unavailable[] = "Service unavailable";
	const struct policy *policy = evaluation_policy(listing->ev);
	const char *template = find_template(listing->ev, listing->argument);
	const char *text = NULL;
	const struct subject plain = { REPLY_PLAIN, "" };
	char dsn[DSN_SIZE];
	int code;

	if (template != NULL)
		text = expand(listing, template);
	if (text == NULL)
		text = expand(listing,
		    conf_text_str(&policy->params.default_rbl_reply));
	if (text == NULL || !is_reply(text))
		return action_reject(action, 450, "4.7.1", plain, unavailable);
	code = (int)strtol(text, NULL, 10);
	text = reply_split_dsn(dsn, text + 4, "4.7.1");
	reply_fix_dsn(dsn, listing->subject.class);
	return action_reject(action, code, dsn, plain,
	    text[0] != '\0' ? text : unavailable);
}

/* Ask a list for a label; names what it is in the reply. */
static enum verdict
reject_if_listed(struct evaluation *ev, const struct argument *arg,
    enum dnsbl_kind kind, const char *label, struct subject subject,
    struct action *action)
{
	struct listing listing = { ev, arg, NULL, subject };

	listing.answer = evaluation_dnsbl(ev, arg->site, kind, label);
	if (listing.answer == NULL)
		return VERDICT_WAITING;
	if (listing.answer->result != DNSBL_LISTED)
		return VERDICT_DUNNO;
	return reject_listed(&listing, action);
}

/* The label of the client's address; false when it has none. */
static bool
client_label(struct evaluation *ev, enum dnsbl_kind *kind, const char **label)
{
	char *text = arena_alloc(evaluation_arena(ev), DNSBL_LABEL_SIZE);

	*label = text;
	return dnsbl_label(&evaluation_request(ev)->client, kind, text);
}

/* The label of a name or of an address's domain; NULL: not to be asked. */
static const char *
name_label(struct evaluation *ev, const char *name)
{
	const char *at = strrchr(name, '@');
	const char *domain = at != NULL ? at + 1 : name;

	if (domain[0] == '\0' || domain[0] == '[')
		return NULL;
	domain = domain_to_ascii(evaluation_policy(ev), evaluation_arena(ev),
	    domain);
	if (!host_name_is_valid(domain) || host_name_ends_numeric(domain))
		return NULL;
	return domain;
}

enum verdict
reject_rbl_client(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	struct subject subject = { REPLY_CLIENT,
		evaluation_request(ev)->client_address };
	enum dnsbl_kind kind;
	const char *label;

	if (!client_label(ev, &kind, &label))
		return VERDICT_DUNNO;
	return reject_if_listed(ev, arg, kind, label, subject, action);
}

/* As old how-tos have it: the lists stand in maps_rbl_domains. */
enum verdict
reject_maps_rbl(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return evaluation_run(ev, evaluation_policy(ev)->maps_rbl,
	    evaluation_subject(ev), action);
}

static enum verdict
reject_name(struct evaluation *ev, const struct argument *arg,
    enum reply_class class, const char *name, struct action *action)
{
	const char *label = name_label(ev, name);

	if (label == NULL)
		return VERDICT_DUNNO;
	return reject_if_listed(ev, arg, DNSBL_NAME, label,
	    (struct subject){ class, name }, action);
}

enum verdict
reject_rhsbl_client(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const char *name = evaluation_request(ev)->client_name;

	if (strcasecmp(name, "unknown") == 0)
		return VERDICT_DUNNO;
	return reject_name(ev, arg, REPLY_CLIENT, name, action);
}

enum verdict
reject_rhsbl_reverse_client(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const char *name = evaluation_request(ev)->reverse_client_name;

	if (strcasecmp(name, "unknown") == 0)
		return VERDICT_DUNNO;
	return reject_name(ev, arg, REPLY_REVERSE_CLIENT, name, action);
}

enum verdict
reject_rhsbl_helo(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	return reject_name(ev, arg, REPLY_HELO,
	    evaluation_request(ev)->helo_name, action);
}

enum verdict
reject_rhsbl_sender(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	return reject_name(ev, arg, REPLY_SENDER,
	    evaluation_request(ev)->sender, action);
}

enum verdict
reject_rhsbl_recipient(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	return reject_name(ev, arg, REPLY_RECIPIENT,
	    evaluation_request(ev)->recipient, action);
}

/* An allow list never opens the way to a foreign destination.
 * Returns 1 when there is none of that, 0, or -1 when a table failed. */
static int
may_be_allowed(struct evaluation *ev)
{
	const struct policy *policy = evaluation_policy(ev);
	const char *recipient = evaluation_request(ev)->recipient;
	struct destination dest;

	if (recipient[0] == '\0')
		return 1;
	if (destination_resolve(&dest, policy, evaluation_tables(ev),
		evaluation_arena(ev), recipient) == -1)
		return -1;
	return destination_is_authorised(&dest, policy);
}

static enum verdict
permit_if_listed(struct evaluation *ev, const struct argument *arg,
    enum dnsbl_kind kind, const char *label, const char *what,
    struct action *action)
{
	const struct dnsbl_answer *answer;
	int allowed = may_be_allowed(ev);

	if (allowed == -1)
		return action_lookup_failure(action, evaluation_arena(ev),
		    evaluation_request(ev)->recipient);
	if (!allowed)
		return VERDICT_DUNNO;
	answer = evaluation_dnsbl(ev, arg->site, kind, label);
	if (answer == NULL)
		return VERDICT_WAITING;
	switch (answer->result) {
	case DNSBL_LISTED:
		return VERDICT_PERMIT;
	case DNSBL_NOT_LISTED:
		return VERDICT_DUNNO;
	case DNSBL_FAILED:
		break;
	}
	return action_defer_if_reject(action, "4.7.1",
	    (struct subject){ REPLY_CLIENT, what }, "Service unavailable");
}

enum verdict
permit_dnswl_client(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	enum dnsbl_kind kind;
	const char *label;

	if (!client_label(ev, &kind, &label))
		return VERDICT_DUNNO;
	return permit_if_listed(ev, arg, kind, label,
	    evaluation_request(ev)->client_address, action);
}

enum verdict
permit_rhswl_client(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const char *name = evaluation_request(ev)->client_name;
	const char *label = name_label(ev, name);

	if (label == NULL || strcasecmp(name, "unknown") == 0)
		return VERDICT_DUNNO;
	return permit_if_listed(ev, arg, DNSBL_NAME, label, name, action);
}

/* The client whose score is added up. */
struct scored {
	struct evaluation *ev;
	enum dnsbl_kind kind;
	const char *label;
};

static const struct dnsbl_answer *
ask_site(void *arg, struct dnsbl_site *site)
{
	const struct scored *scored = arg;

	return evaluation_dnsbl(scored->ev, site, scored->kind, scored->label);
}

enum verdict
reject_dnsbl_score(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const struct policy *policy = evaluation_policy(ev);
	struct scored scored = { .ev = ev };
	struct strbuf zones = { 0 };
	const char *text = NULL;
	long sum;

	(void)arg;
	if (!client_label(ev, &scored.kind, &scored.label))
		return VERDICT_DUNNO;
	if (!dnsbl_score_sum(&policy->dnsbl_score, ask_site, &scored, &sum,
		&zones)) {
		strbuf_free(&zones);
		return VERDICT_WAITING;
	}
	if (sum >= policy->params.dnsbl_reject_threshold)
		text = arena_printf(evaluation_arena(ev),
		    "Service unavailable; Client host [%s] blocked using %s",
		    evaluation_request(ev)->client_address, strbuf_str(&zones));
	strbuf_free(&zones);
	if (text == NULL)
		return VERDICT_DUNNO;
	return action_reject(action, (int)policy->params.maps_rbl_reject_code,
	    "5.7.1", (struct subject){ REPLY_PLAIN, "" }, text);
}
