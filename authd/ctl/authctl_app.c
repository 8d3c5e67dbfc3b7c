/*
 * authctl app-password: further passwords of a user, generated here and
 * shown once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "authctl_change.h"
#include "date.h"
#include "json.h"
#include "mem.h"
#include "random_bytes.h"

/* 24 characters out of 32: 120 bits, and nothing that looks like another. */
#define GENERATED_LEN 24
static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
_Static_assert(sizeof alphabet == 32 + 1, "five bits each, no bias");

static void
generate(struct strbuf *out)
{
	unsigned char bytes[GENERATED_LEN];

	random_bytes(bytes, sizeof bytes);
	strbuf_reserve(out, GENERATED_LEN);
	for (size_t i = 0; i < sizeof bytes; i++)
		strbuf_addc(out, alphabet[bytes[i] % 32]);
	explicit_bzero(bytes, sizeof bytes);
}

/* An error in an option, as authctl_error; frees why. */
static int
refuse(struct authctl *ctl, const char *option, struct strbuf *why)
{
	authctl_error(ctl, "--%s: %s", option, strbuf_str(why));
	strbuf_free(why);
	return EX_USAGE;
}

static int
parse_label(struct authctl *ctl, struct change *change)
{
	const char *label = change->args.label;
	struct strbuf why = { 0 };

	if (label == NULL)
		return EX_OK;
	if (!user_label_is_valid(label, strlen(label))) {
		strbuf_adds(&why, "1-64 of A-Z a-z 0-9 . _ -, no others");
		return refuse(ctl, "label", &why);
	}
	change->label = xstrdup(label);
	return EX_OK;
}

static int
parse_networks(struct authctl *ctl, struct change *change)
{
	char *copy = xstrdup(change->args.networks);
	char *rest = copy, *word;
	struct strbuf why = { 0 };
	int code = EX_OK;

	while (code == EX_OK && (word = strsep(&rest, ", ")) != NULL) {
		if (*word == '\0')
			continue;
		change->networks = xreallocarray(change->networks,
		    change->nnetworks + 1, sizeof *change->networks);
		if (cidr_parse(&change->networks[change->nnetworks], word,
			&why) == -1)
			code = refuse(ctl, "networks", &why);
		else
			cidr_unmap(&change->networks[change->nnetworks++]);
	}
	if (code == EX_OK && change->nnetworks == 0) {
		strbuf_adds(&why, "no network named");
		code = refuse(ctl, "networks", &why);
	}
	free(copy);
	return code;
}

static int
parse_rule(struct authctl *ctl, struct change *change, enum app_rule rule)
{
	const char *typed = change->args.rules[rule];
	struct strbuf kept = { 0 }, why = { 0 };
	int code = EX_OK;

	if (typed != NULL && app_rule_parse(rule, typed, &kept, &why) == -1)
		code = refuse(ctl, app_rule_name(rule), &why);
	else if (typed != NULL)
		change->rules[rule] = strbuf_detach(&kept);
	strbuf_free(&kept);
	return code;
}

int
app_add_prepare(struct authctl *ctl, struct change *change)
{
	struct strbuf why = { 0 };
	int code = parse_label(ctl, change);

	if (code == EX_OK && change->args.expires != NULL &&
	    date_parse(change->args.expires, ctl->now, &change->expires,
		&why) == -1)
		code = refuse(ctl, "expires", &why);
	if (code == EX_OK && change->args.networks != NULL)
		code = parse_networks(ctl, change);
	for (int rule = 0; code == EX_OK && rule < APP_RULES; rule++)
		code = parse_rule(ctl, change, (enum app_rule)rule);
	if (code != EX_OK)
		return code;
	generate(&change->generated);
	if (credential_make_app(&change->secrets, &ctl->config.credentials,
		change->generated.bytes, change->generated.len, &why) == -1) {
		authctl_error(ctl, "%s", strbuf_str(&why));
		code = EX_USAGE;
	}
	strbuf_free(&why);
	return code;
}

int
app_del_prepare(struct authctl *ctl, struct change *change)
{
	if (change->args.label == NULL) {
		authctl_error(ctl, "app-password del: which one? --label L");
		return EX_USAGE;
	}
	return parse_label(ctl, change);
}

/* libsasl2 takes one SCRAM secret per name, so each label is a name of its
 * own; PLAIN, LOGIN and CRAM-MD5 find the app password by what fits. */
static bool
has_own_name(enum mechanism mechanism)
{
	switch (mechanism) {
	case MECHANISM_PLAIN:
	case MECHANISM_LOGIN:
	case MECHANISM_CRAM_MD5:
		return false;
	case MECHANISM_SCRAM_SHA_256:
	case MECHANISM_SCRAM_SHA_1:
	case MECHANISM_SCRAM_SHA_512:
		return true;
	case MECHANISMS:
		break;
	}
	abort();
}

static void
print_json(struct authctl *ctl, const struct change *change)
{
	struct json json = { .out = &ctl->out };
	const char *user = strbuf_str(&change->user);
	char *own_name = xasprintf("%s/%s", user, change->label);

	json_object(&json, NULL);
	json_string(&json, "user", user);
	json_string(&json, "label", change->label);
	json_string(&json, "password", change->generated.bytes);
	json_object(&json, "login");
	for (size_t i = 0; i < ctl->config.noffered; i++) {
		enum mechanism mechanism = ctl->config.offered[i];

		json_string(&json, mechanism_name(mechanism),
		    has_own_name(mechanism) ? own_name : user);
	}
	json_end(&json);
	json_end(&json);
	strbuf_addc(&ctl->out, '\n');
	free(own_name);
}

static void
print_text(struct authctl *ctl, const struct change *change)
{
	struct strbuf *out = &ctl->out;
	const char *user = strbuf_str(&change->user);

	strbuf_addf(out, "password  %s\n", change->generated.bytes);
	strbuf_addf(out, "label     %s (the password is shown only now)\n",
	    change->label);
	for (size_t i = 0; i < ctl->config.noffered; i++) {
		enum mechanism mechanism = ctl->config.offered[i];
		bool own_name = has_own_name(mechanism);

		strbuf_addf(out, "login     %s%s%s for %s\n", user,
		    own_name ? "/" : "", own_name ? change->label : "",
		    mechanism_name(mechanism));
	}
}

/* The first free of app-1, app-2 ... */
static char *
free_label(const struct user_record *record)
{
	for (unsigned n = 1;; n++) {
		char *label = xasprintf("app-%u", n);

		if (user_record_find_app(record, label) == NULL)
			return label;
		free(label);
	}
}

/* The new one at the end of the record. */
static int
add_to_record(struct authctl *ctl, struct change *change,
    struct user_record *record)
{
	struct app_password *app;

	if (change->label == NULL)
		change->label = free_label(record);
	if (user_record_find_app(record, change->label) != NULL) {
		authctl_error(ctl,
		    "%s: there is an app password \"%s\" already",
		    strbuf_str(&change->user), change->label);
		return EX_CANTCREAT;
	}
	if (record->napp_passwords >= USER_APP_PASSWORDS_MAX) {
		authctl_error(ctl, "%s: has %d app passwords already",
		    strbuf_str(&change->user), USER_APP_PASSWORDS_MAX);
		return EX_CANTCREAT;
	}
	app = user_record_add_app(record, change->label);
	app->created = ctl->now;
	app->expires = change->expires;
	app->networks = change->networks;
	app->nnetworks = change->nnetworks;
	app->secrets = change->secrets;
	change->networks = NULL;
	change->nnetworks = 0;
	memcpy(app->rules, change->rules, sizeof app->rules);
	memset(change->rules, 0, sizeof change->rules);
	change->secrets = (struct secrets){ 0 };
	return EX_OK;
}

int
app_add(struct authctl *ctl, struct change *change, struct userdb_edit *edit)
{
	struct user_record record;
	int code = edit_find(ctl, change, edit, &record);

	if (code == EX_OK)
		code = add_to_record(ctl, change, &record);
	if (code == EX_OK)
		code = edit_put(ctl, change, edit, &record);
	if (code == EX_OK)
		warn_if_past(ctl, change, "the app password is of no use");
	if (code == EX_OK && change->args.given & OPTION_JSON)
		print_json(ctl, change);
	else if (code == EX_OK)
		print_text(ctl, change);
	user_record_free(&record);
	return code;
}

int
app_del(struct authctl *ctl, struct change *change, struct userdb_edit *edit)
{
	struct user_record record;
	int code = edit_find(ctl, change, edit, &record);

	if (code == EX_OK && !user_record_remove_app(&record, change->label)) {
		authctl_error(ctl, "%s: no app password \"%s\"",
		    strbuf_str(&change->user), change->label);
		code = EX_NOUSER;
	}
	if (code == EX_OK)
		code = edit_put(ctl, change, edit, &record);
	user_record_free(&record);
	return code;
}
