/*
 * Replies for what DNS lists have: templates, and the names they can use.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dnsbl_reply.h"
#include "inquiry.h"
#include "policy.h"
#include "table.h"
#include "reply_template.h"

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
	return arena_strndup(listing->inq->arena, address,
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
	time_t now = inquiry_now(listing->inq);
	char text[64];
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(text, sizeof(text), "%b %d %H:%M:%S", &tm) == 0)
		return "";
	return arena_strdup(listing->inq->arena, text);
}

/* Names of the list that has it. */
static const char *
lookup_rbl(const struct listing *listing, const char *name)
{
	const struct policy *policy = listing->inq->policy;

	if (strcmp(name, "rbl_code") == 0)
		return arena_printf(listing->inq->arena, "%ld",
		    policy->params.maps_rbl_reject_code);
	if (strcmp(name, "rbl_class") == 0)
		return reply_class_name(listing->subject.class);
	if (strcmp(name, "rbl_what") == 0)
		return listing->subject.name;
	if (strcmp(name, "rbl_domain") == 0)
		return dnsbl_site_shown_zone(listing->argument->site);
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
	const struct request *request = listing->inq->request;

	if (strcmp(name, "client") == 0)
		return stage_subject(STAGE_CLIENT, request, listing->inq->arena)
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
	const struct request *request = listing->inq->request;
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
		return listing->inq->policy->params.myhostname;
	if (strcmp(name, "localtime") == 0)
		return local_time(listing);
	value = lookup_rbl(listing, name);
	return value != NULL ? value : lookup_client(listing, name);
}

static enum lookup
look(struct inquiry *inq, const char *key, const char **template)
{
	const struct table_list *maps = &inq->policy->rbl_reply_maps;
	enum lookup result = LOOKUP_NOT_FOUND;

	for (size_t i = 0; i < maps->n && result == LOOKUP_NOT_FOUND; i++)
		result = inquiry_table(inq, maps->tables[i], key, template);
	return result;
}

/* The template of rbl_reply_maps for a list, as it is written: for
 * zone=filter, then for the zone. */
static enum lookup
find_template(struct inquiry *inq, const struct argument *argument,
    const char **template)
{
	enum lookup result = look(inq, argument->word, template);
	size_t len = strcspn(argument->word, "=");

	if (result != LOOKUP_NOT_FOUND || argument->word[len] == '\0')
		return result;
	return look(inq, arena_strndup(inq->arena, argument->word, len),
	    template);
}

/* Expand one template; NULL, and a line in the log, when it is a bad one. */
static const char *
expand(const struct listing *listing, const char *text)
{
	const struct policy *policy = listing->inq->policy;
	struct reply_template template = { lookup, (void *)listing,
		policy->expand_filter };
	struct strbuf out = { 0 }, err = { 0 };
	const char *expanded = NULL;

	if (reply_template_expand(&template, text, &out, &err) == 0)
		expanded = arena_strdup(listing->inq->arena, strbuf_str(&out));
	else
		inquiry_log(listing->inq, "bad reply template for %s: %s",
		    dnsbl_site_shown_word(listing->argument->site),
		    strbuf_str(&err));
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

enum verdict
dnsbl_reject(const struct listing *listing, struct action *action)
{
	static const char unavailable[] = "Service unavailable";
	const struct policy *policy = listing->inq->policy;
	const char *template, *text = NULL;
	const struct subject plain = { REPLY_PLAIN, "" };
	char dsn[DSN_SIZE];
	int code;

	switch (find_template(listing->inq, listing->argument, &template)) {
	case LOOKUP_FOUND:
		text = expand(listing, template);
		break;
	case LOOKUP_NOT_FOUND:
		break;
	case LOOKUP_TEMPFAIL:
		return action_fault(action);
	}
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
