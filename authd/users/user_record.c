/*
 * The record of one user as text.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <nettle/sha2.h>

#include "user_record.h"
#include "json.h"
#include "mem.h"
#include "user_name.h"

#define FIRST_LINE        "sekisho-user "
#define VERSION_HERE      "1"
#define APP_PREFIX        "app-password/"
#define SUSPENSION_PREFIX "suspension/"

static const struct secret_field {
	const char *name;
	size_t offset; /* of a char * in struct secrets */
} secret_fields[] = {
	{ "password", offsetof(struct secrets, password) },
	{ "scram-sha-1", offsetof(struct secrets, scram[SCRAM_SHA_1]) },
	{ "scram-sha-256", offsetof(struct secrets, scram[SCRAM_SHA_256]) },
	{ "scram-sha-512", offsetof(struct secrets, scram[SCRAM_SHA_512]) },
	{ "cram-md5", offsetof(struct secrets, cram_md5) },
};

#define SECRET_FIELDS (sizeof secret_fields / sizeof *secret_fields)

static char **
secret_at(const struct secrets *secrets, const struct secret_field *field)
{
	return (char **)((char *)(uintptr_t)secrets + field->offset);
}

void
secrets_free(struct secrets *secrets)
{
	for (size_t i = 0; i < SECRET_FIELDS; i++) {
		char *secret = *secret_at(secrets, &secret_fields[i]);

		secret_free(secret, secret != NULL ? strlen(secret) : 0);
	}
	*secrets = (struct secrets){ 0 };
}

static void
app_password_free(struct app_password *app)
{
	free(app->label);
	free(app->networks);
	for (int rule = 0; rule < APP_RULES; rule++)
		free(app->rules[rule]);
	secrets_free(&app->secrets);
}

static void
forget_apps(struct user_record *record)
{
	for (size_t i = 0; i < record->napp_passwords; i++)
		app_password_free(&record->app_passwords[i]);
	free(record->app_passwords);
	record->app_passwords = NULL;
	record->napp_passwords = 0;
}

static enum taken
take_time(time_t *t, const char *value)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (end == value || *end != '\0' || errno != 0 || n < 0)
		return TAKEN_NOT;
	*t = (time_t)n;
	return TAKEN;
}

enum taken
secrets_take(struct secrets *secrets, const char *name, const char *value)
{
	for (size_t i = 0; i < SECRET_FIELDS; i++) {
		char **secret = secret_at(secrets, &secret_fields[i]);

		if (strcmp(name, secret_fields[i].name) != 0)
			continue;
		if (*secret != NULL)
			return TAKEN_NOT;
		if (*value != '\0')
			*secret = xstrdup(value);
		return TAKEN;
	}
	return TAKEN_UNKNOWN;
}

static enum taken
take_networks(struct app_password *app, const char *value)
{
	struct strbuf err = { 0 };
	enum taken taken = TAKEN;
	char *copy = xstrdup(value);
	char *rest = copy, *word;

	while (taken == TAKEN && (word = strsep(&rest, ",")) != NULL) {
		struct cidr network;

		if (*word == '\0')
			continue;
		if (cidr_parse(&network, word, &err) == -1) {
			taken = TAKEN_NOT;
			break;
		}
		cidr_unmap(&network);
		app->networks = xreallocarray(app->networks, app->nnetworks + 1,
		    sizeof *app->networks);
		app->networks[app->nnetworks++] = network;
	}
	free(copy);
	strbuf_free(&err);
	return taken;
}

static enum taken
take_rule(struct app_password *app, enum app_rule rule, const char *value)
{
	struct strbuf kept = { 0 }, why = { 0 };
	bool is_good = app->rules[rule] == NULL &&
	    app_rule_parse(rule, value, &kept, &why) == 0;

	if (is_good)
		app->rules[rule] = strbuf_detach(&kept);
	strbuf_free(&kept);
	strbuf_free(&why);
	return is_good ? TAKEN : TAKEN_NOT;
}

/* name: `LABEL/NAME` */
static enum taken
take_app(struct user_record *record, const char *name, const char *value)
{
	const char *slash = strchr(name, '/');
	struct app_password *app;
	char label[USER_LABEL_MAX + 1] = "";
	enum app_rule rule;
	size_t len;

	if (slash == NULL)
		return TAKEN_NOT;
	len = (size_t)(slash - name);
	if (!user_label_is_valid(name, len))
		return TAKEN_NOT;
	memcpy(label, name, len);
	name = slash + 1;
	app = user_record_find_app(record, label);
	if (strcmp(name, "created") == 0) {
		if (app != NULL ||
		    record->napp_passwords == USER_APP_PASSWORDS_MAX)
			return TAKEN_NOT;
		app = user_record_add_app(record, label);
		return take_time(&app->created, value);
	}
	if (app == NULL)
		return TAKEN_NOT;
	if (strcmp(name, "expires") == 0)
		return take_time(&app->expires, value);
	if (strcmp(name, "networks") == 0)
		return take_networks(app, value);
	rule = app_rule_find(name);
	if (rule != APP_RULES)
		return take_rule(app, rule, value);
	return secrets_take(&app->secrets, name, value);
}

/* name: behind `suspension/` */
static enum taken
take_suspension(struct suspension *suspension, const char *name,
    const char *value)
{
	if (strcmp(name, "until") == 0)
		return take_time(&suspension->until, value);
	if (strcmp(name, "of") == 0) {
		suspension->only_sending = strcmp(value, "sending") == 0;
		return TAKEN;
	}
	if (strcmp(name, "reason") != 0)
		return TAKEN_UNKNOWN;
	if (suspension->reason != NULL)
		return TAKEN_NOT;
	suspension->reason = xstrdup(value);
	return TAKEN;
}

static enum taken
take(struct user_record *record, const char *name, const char *value)
{
	if (strcmp(name, "status") == 0) {
		if (strcmp(value, "active") == 0)
			record->status = USER_ACTIVE;
		else if (strcmp(value, "suspended") == 0)
			record->status = USER_SUSPENDED;
		else
			return TAKEN_NOT;
		return TAKEN;
	}
	if (strncmp(name, SUSPENSION_PREFIX, strlen(SUSPENSION_PREFIX)) == 0)
		return take_suspension(&record->suspension,
		    name + strlen(SUSPENSION_PREFIX), value);
	if (strcmp(name, "created") == 0)
		return take_time(&record->created, value);
	if (strcmp(name, "changed") == 0)
		return take_time(&record->changed, value);
	if (strcmp(name, "expires") == 0)
		return take_time(&record->expires, value);
	if (strncmp(name, APP_PREFIX, strlen(APP_PREFIX)) == 0)
		return take_app(record, name + strlen(APP_PREFIX), value);
	return secrets_take(&record->secrets, name, value);
}

/* line is cut in two at its `=`. */
static int
decode_line(struct user_record *record, char *line, int number,
    struct strbuf *err)
{
	char *equals = strchr(line, '=');

	if (equals == NULL || equals == line) {
		strbuf_addf(err, "user record: line %d is not name=value",
		    number);
		return -1;
	}
	*equals = '\0';
	switch (take(record, line, equals + 1)) {
	case TAKEN:
		return 0;
	case TAKEN_NOT:
		/* names only: a value may be a secret */
		strbuf_addf(err, "user record: bad value in line %d", number);
		return -1;
	case TAKEN_UNKNOWN:
		strbuf_addf(&record->unknown, "%s=%s\n", line, equals + 1);
		return 0;
	}
	abort();
}

static int
check_first_line(const char *line, struct strbuf *err)
{
	if (strncmp(line, FIRST_LINE, strlen(FIRST_LINE)) != 0) {
		strbuf_adds(err, "not a user record");
		return -1;
	}
	line += strlen(FIRST_LINE);
	if (strcmp(line, VERSION_HERE) != 0) {
		strbuf_addf(err,
		    "user record of version %.20s, this program knows " //
		    "only " VERSION_HERE,
		    line);
		return -1;
	}
	return 0;
}

/* text: lines, the first of them that number. */
static int
decode_lines(struct user_record *record, const char *text, size_t len,
    int number, struct strbuf *err)
{
	char *copy, *rest, *line;
	int result = 0;

	if (memchr(text, '\0', len) != NULL) {
		strbuf_adds(err, "not a user record");
		return -1;
	}
	copy = rest = xstrndup(text, len);
	for (; result == 0 && (line = strsep(&rest, "\n")) != NULL; number++) {
		if (*line == '\0' && rest == NULL)
			break; /* behind the last LF */
		result = number == 1 ? check_first_line(line, err)
				     : decode_line(record, line, number, err);
	}
	secret_free(copy, len);
	return result;
}

int
user_record_decode_main(struct user_record *record, char *text, size_t len,
    struct strbuf *err)
{
	static const char app[] = "\n" APP_PREFIX;
	const char *end = memmem(text, len, app, strlen(app));

	*record = (struct user_record){ .text = text, .text_len = len };
	record->text_pos = end != NULL ? (size_t)(end - text) + 1 : len;
	if (len == 0) {
		strbuf_adds(err, "not a user record");
		return -1;
	}
	return decode_lines(record, text, record->text_pos, 1, err);
}

static int
count_lines(const char *text, const char *end)
{
	int lines = 0;

	for (; text < end; text++)
		lines += *text == '\n';
	return lines;
}

static const char *
next_line(const char *line, const char *end)
{
	const char *lf = memchr(line, '\n', (size_t)(end - line));

	return lf != NULL ? lf + 1 : end;
}

static bool
begins_with(const char *line, const char *end, const char *with, size_t len)
{
	return (size_t)(end - line) >= len && memcmp(line, with, len) == 0;
}

/* Where the lines of that app password begin; end: nowhere. */
static const char *
find_app_lines(const char *line, const char *end, const char *label)
{
	size_t prefix = strlen(APP_PREFIX), len = strlen(label);
	const char *found = end;

	for (; line < end; line = next_line(line, end)) {
		const char *here = line + prefix;

		if (!begins_with(line, end, APP_PREFIX, prefix) ||
		    (size_t)(end - here) <= len || here[len] != '/')
			continue;
		if (memcmp(here, label, len) == 0)
			return line;
		if (found == end && strncasecmp(here, label, len) == 0)
			found = line;
	}
	return found;
}

/* The end of those that begin with the same label as the first. */
static const char *
end_of_app_lines(const char *first, const char *end)
{
	const char *label = first + strlen(APP_PREFIX);
	const char *slash = memchr(label, '/', (size_t)(end - label));
	size_t len = slash != NULL ? (size_t)(slash + 1 - first) : 0;
	const char *line = next_line(first, end);

	while (len > 0 && line < end && begins_with(line, end, first, len))
		line = next_line(line, end);
	return line;
}

static int
decode_app(struct user_record *record, const char *label,
    const struct app_password **app, struct strbuf *err)
{
	const char *text = record->text, *end = text + record->text_len;
	const char *rest = text + record->text_pos;
	const char *first = find_app_lines(rest, end, label);
	bool is_there = first < end;
	struct user_record other = { 0 };
	size_t before = err->len;
	int result;

	if (!is_there)
		first = rest < end ? rest : text;
	if (first != text)
		end = end_of_app_lines(first, end);
	result = decode_lines(is_there ? record : &other, first,
	    (size_t)(end - first), 1 + count_lines(text, first), err);
	user_record_free(&other);
	if (!is_there) {
		strbuf_truncate(err, before);
		return 0;
	}
	*app = record->app_passwords;
	return result;
}

int
user_record_decode_app(struct user_record *record, const char *label,
    const struct app_password **app, struct strbuf *err)
{
	*app = NULL;
	return record->text != NULL ? decode_app(record, label, app, err) : 0;
}

int
user_record_decode_rest(struct user_record *record, struct strbuf *err)
{
	size_t pos = record->text_pos;

	if (pos == record->text_len)
		return 0;
	forget_apps(record);
	record->text_pos = record->text_len;
	return decode_lines(record, record->text + pos, record->text_len - pos,
	    1 + count_lines(record->text, record->text + pos), err);
}

void
user_record_digest(const struct user_record *record,
    unsigned char digest[USER_RECORD_DIGEST_LEN])
{
	struct sha256_ctx sha256;

	sha256_init(&sha256);
	sha256_update(&sha256, record->text_len, (const uint8_t *)record->text);
	sha256_digest(&sha256, USER_RECORD_DIGEST_LEN, digest);
}

int
user_record_decode(struct user_record *record, const char *bytes, size_t len,
    struct strbuf *err)
{
	char *text = xmalloc(len + 1);

	memcpy(text, bytes, len);
	if (user_record_decode_main(record, text, len, err) == -1)
		return -1;
	return user_record_decode_rest(record, err);
}

void
secrets_encode(const struct secrets *secrets, const char *prefix,
    struct strbuf *out)
{
	for (size_t i = 0; i < SECRET_FIELDS; i++) {
		const char *secret = *secret_at(secrets, &secret_fields[i]);

		if (secret == NULL || *secret == '\0')
			continue;
		assert(strchr(secret, '\n') == NULL);
		strbuf_addf(out, "%s%s=%s\n", prefix, secret_fields[i].name,
		    secret);
	}
}

static void
add_networks(struct strbuf *out, const struct app_password *app)
{
	for (size_t i = 0; i < app->nnetworks; i++) {
		strbuf_adds(out, i > 0 ? "," : "");
		cidr_print(&app->networks[i], out);
	}
}

static void
encode_app(const struct app_password *app, struct strbuf *out)
{
	char *prefix = xasprintf(APP_PREFIX "%s/", app->label);

	strbuf_addf(out, "%screated=%lld\n", prefix, (long long)app->created);
	if (app->expires != 0)
		strbuf_addf(out, "%sexpires=%lld\n", prefix,
		    (long long)app->expires);
	if (app->nnetworks > 0) {
		strbuf_addf(out, "%snetworks=", prefix);
		add_networks(out, app);
		strbuf_addc(out, '\n');
	}
	for (int rule = 0; rule < APP_RULES; rule++)
		if (app->rules[rule] != NULL)
			strbuf_addf(out, "%s%s=%s\n", prefix,
			    app_rule_name((enum app_rule)rule),
			    app->rules[rule]);
	secrets_encode(&app->secrets, prefix, out);
	free(prefix);
}

static void
encode_suspension(const struct suspension *suspension, struct strbuf *out)
{
	if (suspension->until != 0)
		strbuf_addf(out, SUSPENSION_PREFIX "until=%lld\n",
		    (long long)suspension->until);
	if (suspension->only_sending)
		strbuf_adds(out, SUSPENSION_PREFIX "of=sending\n");
	if (suspension->reason != NULL)
		strbuf_addf(out, SUSPENSION_PREFIX "reason=%s\n",
		    suspension->reason);
}

/* More than any usual record: what grows leaves copies behind. */
#define RECORD_SIZE 4096

void
user_record_encode(const struct user_record *record, struct strbuf *out)
{
	strbuf_reserve(out,
	    RECORD_SIZE * (1 + record->napp_passwords) + record->unknown.len);
	strbuf_adds(out, FIRST_LINE VERSION_HERE "\n");
	strbuf_addf(out, "status=%s\n",
	    record->status == USER_SUSPENDED ? "suspended" : "active");
	if (record->status == USER_SUSPENDED)
		encode_suspension(&record->suspension, out);
	strbuf_addf(out, "created=%lld\nchanged=%lld\n",
	    (long long)record->created, (long long)record->changed);
	if (record->expires != 0)
		strbuf_addf(out, "expires=%lld\n", (long long)record->expires);
	secrets_encode(&record->secrets, "", out);
	for (size_t i = 0; i < record->napp_passwords; i++)
		encode_app(&record->app_passwords[i], out);
	strbuf_adds(out, strbuf_str(&record->unknown));
}

void
user_record_free(struct user_record *record)
{
	secrets_free(&record->secrets);
	forget_apps(record);
	free(record->suspension.reason);
	strbuf_wipe(&record->unknown);
	secret_free(record->text, record->text_len);
	*record = (struct user_record){ 0 };
}

struct app_password *
user_record_find_app(const struct user_record *record, const char *label)
{
	for (size_t i = 0; i < record->napp_passwords; i++)
		if (strcmp(record->app_passwords[i].label, label) == 0)
			return &record->app_passwords[i];
	return NULL;
}

struct app_password *
user_record_add_app(struct user_record *record, const char *label)
{
	struct app_password *app;

	assert(user_record_find_app(record, label) == NULL);
	record->app_passwords = xreallocarray(record->app_passwords,
	    record->napp_passwords + 1, sizeof *record->app_passwords);
	app = &record->app_passwords[record->napp_passwords++];
	*app = (struct app_password){ .label = xstrdup(label) };
	return app;
}

/* Lines of later versions that belong to the app password go with it. */
static void
remove_unknown(struct user_record *record, const char *label)
{
	struct strbuf kept = { 0 };
	char *prefix = xasprintf(APP_PREFIX "%s/", label);
	const char *line = strbuf_str(&record->unknown);

	strbuf_reserve(&kept, record->unknown.len);
	while (*line != '\0') {
		size_t len = strcspn(line, "\n") + 1;

		if (strncmp(line, prefix, strlen(prefix)) != 0)
			strbuf_add(&kept, line, len);
		line += len;
	}
	free(prefix);
	strbuf_wipe(&record->unknown);
	record->unknown = kept;
}

bool
user_record_remove_app(struct user_record *record, const char *label)
{
	struct app_password *app = user_record_find_app(record, label);
	struct app_password *end;

	if (app == NULL)
		return false;
	remove_unknown(record, label); /* label may be app->label */
	app_password_free(app);
	end = record->app_passwords + record->napp_passwords;
	memmove(app, app + 1, (size_t)(end - app - 1) * sizeof *app);
	record->napp_passwords--;
	return true;
}

bool
user_record_is_suspended(const struct user_record *record, time_t now,
    bool is_sending)
{
	const struct suspension *suspension = &record->suspension;

	return record->status == USER_SUSPENDED &&
	    (suspension->until == 0 || now < suspension->until) &&
	    (is_sending || !suspension->only_sending);
}

bool
user_record_is_usable(const struct user_record *record, time_t now)
{
	return !user_record_is_suspended(record, now, true) &&
	    (record->expires == 0 || now < record->expires);
}

bool
app_password_is_usable(const struct app_password *app, time_t now,
    const struct ip *client)
{
	if (app->expires != 0 && now >= app->expires)
		return false;
	if (app->nnetworks == 0)
		return true;
	for (size_t i = 0; i < app->nnetworks; i++)
		if (cidr_match(&app->networks[i], client))
			return true;
	return false;
}

void
app_password_tell(const struct app_password *app, struct json *json)
{
	struct strbuf networks = { 0 };

	add_networks(&networks, app);
	if (networks.len > 0)
		json_string(json, "networks", networks.bytes);
	for (int rule = 0; rule < APP_RULES; rule++)
		if (app->rules[rule] != NULL)
			json_string(json, app_rule_name((enum app_rule)rule),
			    app->rules[rule]);
	strbuf_free(&networks);
}
