/*
 * Replies for what DNS lists have: templates, and the names they can use.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dnsbl_reply.h"
#include "inquiry.h"
#include "mail_address.h"
#include "mem.h"
#include "policy.h"
#include "table.h"
#include "reply_template.h"

/* What a template can name. */
typedef const char *name_fn(const struct listing *);

static const char *
rbl_code(const struct listing *listing)
{
	return arena_printf(listing->inq->arena, "%ld",
	    listing->inq->policy->params.maps_rbl_reject_code);
}

static const char *
rbl_class(const struct listing *listing)
{
	return reply_class_name(listing->subject.class);
}

static const char *
rbl_what(const struct listing *listing)
{
	return listing->subject.name;
}

static const char *
rbl_domain(const struct listing *listing)
{
	return dnsbl_site_shown_zone(listing->argument->site);
}

static const char *
rbl_text(const struct listing *listing)
{
	return listing->answer->text;
}

static const char *
client(const struct listing *listing)
{
	return stage_subject(STAGE_CLIENT, listing->inq->request,
	    listing->inq->arena)
	    .name;
}

static const char *
myhostname(const struct listing *listing)
{
	return listing->inq->policy->params.myhostname;
}

static const char *
local_time(const struct listing *listing)
{
	time_t now = inquiry_now(listing->inq);
	char text[64];
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(text, sizeof text, "%b %d %H:%M:%S", &tm) == 0)
		return "";
	return arena_strdup(listing->inq->arena, text);
}

static const struct name {
	const char *name;
	name_fn *find; /* NULL: it is an attribute of the request */
	size_t attribute;
} names[] = {
	{ "client", client, 0 },
	{ "client_address", NULL, offsetof(struct request, client_address) },
	{ "client_name", NULL, offsetof(struct request, client_name) },
	{ "client_port", NULL, offsetof(struct request, client_port) },
	{ "helo_name", NULL, offsetof(struct request, helo_name) },
	{ "localtime", local_time, 0 },
	{ "myhostname", myhostname, 0 },
	{ "rbl_class", rbl_class, 0 },
	{ "rbl_code", rbl_code, 0 },
	{ "rbl_domain", rbl_domain, 0 },
	{ "rbl_reason", rbl_text, 0 },
	{ "rbl_txt", rbl_text, 0 },
	{ "rbl_what", rbl_what, 0 },
	{ "reverse_client_name", NULL,
	    offsetof(struct request, reverse_client_name) },
	{ "server_address", NULL, offsetof(struct request, server_address) },
	{ "server_port", NULL, offsetof(struct request, server_port) },
};

static const char *
attribute(const struct request *request, size_t offset)
{
	return *(const char *const *)((const char *)request + offset);
}

/* Names of an address are that of its attribute and one of these. */
typedef const char *part_fn(const char *address, struct arena *);

static const char *
whole(const char *address, struct arena *arena)
{
	(void)arena;
	return address[0] != '\0' ? address : "<>";
}

static const char *
local_part(const char *address, struct arena *arena)
{
	if (mail_address_at(address) == NULL)
		return whole(address, arena);
	return arena_strndup(arena, address, mail_address_local_len(address));
}

static const char *
domain(const char *address, struct arena *arena)
{
	(void)arena;
	return mail_address_domain(address, "");
}

static const struct {
	const char *suffix;
	part_fn *find;
} parts[] = {
	{ "", whole },
	{ "_name", local_part },
	{ "_domain", domain },
};

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

static const struct address {
	const char *prefix;
	size_t attribute;
	bool (*is_there)(const struct request *);
} addresses[] = {
	{ "sender", offsetof(struct request, sender), has_sender },
	{ "recipient", offsetof(struct request, recipient), has_recipient },
};

static const struct name *
find_name(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

/* The address that a name belongs to; suffix: what is left of the name. */
static const struct address *
find_address(const char *name, const char **suffix)
{
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		size_t len = strlen(addresses[i].prefix);

		*suffix = name + len;
		if (strncmp(name, addresses[i].prefix, len) == 0)
			return &addresses[i];
	}
	return NULL;
}

static part_fn *
find_part(const char *suffix)
{
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (strcmp(parts[i].suffix, suffix) == 0)
			return parts[i].find;
	return NULL;
}

/* As in Postfix, an address that is not there yet has all names. */
static const char *
lookup_part(const struct listing *listing, const char *suffix,
    const char *address, bool is_there)
{
	part_fn *find = find_part(suffix);

	if (address[0] == '\0' && !is_there)
		return "";
	return find != NULL ? find(address, listing->inq->arena) : NULL;
}

static const char *
lookup(void *ctx, const char *name)
{
	const struct listing *listing = ctx;
	const struct request *request = listing->inq->request;
	const char *suffix;
	const struct address *address = find_address(name, &suffix);
	const struct name *found = find_name(name);

	if (address != NULL)
		return lookup_part(listing, suffix,
		    attribute(request, address->attribute),
		    address->is_there(request));
	if (found == NULL)
		return NULL;
	return found->find != NULL ? found->find(listing)
				   : attribute(request, found->attribute);
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

/* What the names of a template stand for when nothing is listed yet. */
struct example {
	const char *code;
	const char *value; /* of all others */
};

static const char *
lookup_example(void *ctx, const char *name)
{
	const struct example *example = ctx;
	const char *suffix;

	if (find_address(name, &suffix) != NULL)
		return example->value[0] == '\0' || find_part(suffix) != NULL
		    ? example->value
		    : NULL;
	if (find_name(name) == NULL)
		return NULL;
	return strcmp(name, "rbl_code") == 0 ? example->code : example->value;
}

/* value: of all names but the code. */
static enum reply_worth
try_example(const struct policy *policy, const char *text, const char *value,
    struct strbuf *why)
{
	char *code = xasprintf("%ld", policy->params.maps_rbl_reject_code);
	struct example example = { code, value };
	const struct reply_template template = { lookup_example, &example,
		policy->expand_filter };
	enum reply_worth worth = REPLY_IS_GOOD;
	struct strbuf out = { 0 };

	if (reply_template_expand(&template, text, &out, why) == -1)
		worth = REPLY_IS_FATAL;
	else if (!is_reply(strbuf_str(&out)))
		worth = REPLY_IS_LOST;
	strbuf_free(&out);
	free(code);
	return worth;
}

enum reply_worth
dnsbl_reply_check(const struct policy *policy, const char *text,
    struct strbuf *why)
{
	struct strbuf why_full = { 0 }, why_empty = { 0 };
	enum reply_worth full = try_example(policy, text, "x", &why_full);
	enum reply_worth empty = try_example(policy, text, "", &why_empty);
	enum reply_worth worth = full == empty ? full : REPLY_IS_GOOD;

	if (worth == REPLY_IS_LOST)
		strbuf_adds(why,
		    "a reply begins with a code, as in \"554 text\"");
	if (full == REPLY_IS_FATAL || empty == REPLY_IS_FATAL) {
		strbuf_adds(why,
		    strbuf_str(
			full == REPLY_IS_FATAL ? &why_full : &why_empty));
		if (worth != REPLY_IS_FATAL) {
			strbuf_adds(why, ", for some listings");
			worth = REPLY_IS_LOST;
		}
	}
	strbuf_free(&why_full);
	strbuf_free(&why_empty);
	return worth;
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
