/*
 * Logins by app passwords in the state.  A key is the login in small letters, a
 * blank, and the address; a value a line for each password: when, the label and
 * the rules, with tabs between.  Of two lines for a label the newer one counts.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app_login.h"
#include "utf8.h"

#define FIELDS    (2 + APP_RULES)
#define VALUE_MAX 16384 /* bytes; beyond, the oldest go */

static const char *const names[APP_RULES] = {
	[APP_NETWORKS] = "networks",
	[APP_SENDERS] = "senders",
	[APP_RECIPIENTS] = "recipients",
	[APP_LIMIT] = "limit",
};

const char *
app_rule_name(enum app_rule rule)
{
	return names[rule];
}

/* Returns false when the login is too long for any. */
static bool
make_key(struct strbuf *key, const char *login, const struct ip *client)
{
	struct ip ip = *client;

	ip_unmap(&ip);
	strbuf_adds(key, login);
	utf8_lower_ascii(key->bytes, login, key->len);
	strbuf_addc(key, ' ');
	ip_print(&ip, key);
	return key->len <= STATE_KEY_MAX;
}

static bool
is_clean(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x21 || *text == 0x7f)
			return false;
	return true;
}

/* Returns false for what no text of authd has. */
static bool
add_line(struct strbuf *value, const struct app_login *login)
{
	bool clean = is_clean(login->label);

	strbuf_addu(value, (unsigned long)login->when);
	strbuf_addc(value, '\t');
	strbuf_adds(value, login->label);
	for (size_t i = 0; i < APP_RULES; i++) {
		clean = clean && is_clean(login->rules[i]);
		strbuf_addc(value, '\t');
		strbuf_adds(value, login->rules[i]);
	}
	strbuf_addc(value, '\n');
	return clean;
}

/* The line is cut in place.  Returns false for what another version wrote. */
static bool
read_line(struct app_login *login, char *line)
{
	char *fields[FIELDS];

	for (size_t i = 0; i < FIELDS; i++)
		if ((fields[i] = strsep(&line, "\t")) == NULL)
			return false;
	login->when = (time_t)strtoll(fields[0], NULL, 10);
	login->label = fields[1];
	for (size_t i = 0; i < APP_RULES; i++)
		login->rules[i] = fields[2 + i];
	return true;
}

/* All of them; text is cut in place. */
static void
read_lines(struct app_logins *logins, char *text, time_t now,
    struct arena *arena)
{
	size_t lines = 0;
	char *line;

	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	logins->logins = arena_alloc(arena, lines * sizeof logins->logins[0]);
	while (lines-- > 0 && (line = strsep(&text, "\n")) != NULL) {
		struct app_login *login = &logins->logins[logins->n];

		if (read_line(login, line) &&
		    login->when + APP_LOGIN_SECONDS > now)
			logins->n++;
	}
}

void
app_login_find(struct state *state, const char *login, const struct ip *client,
    time_t now, struct arena *arena, struct app_logins *logins)
{
	struct strbuf key = { 0 };
	struct state_record record;

	*logins = (struct app_logins){ 0 };
	if (state == NULL || client->family == 0)
		return;
	if (make_key(&key, login, client) &&
	    state_find(state, STATE_APP_LOGINS, key.bytes, key.len, &record))
		read_lines(logins,
		    arena_strndup(arena, record.value, record.len), now, arena);
	strbuf_free(&key);
}

/* Whether read_line takes it. */
static bool
is_whole(const char *line, const char *end)
{
	size_t tabs = 0;

	while ((line = memchr(line, '\t', (size_t)(end - line))) != NULL) {
		line++;
		tabs++;
	}
	return tabs >= FIELDS - 1;
}

/* Whether a line that was known, up to end, still counts beside a new one. */
static bool
is_kept(const char *line, const char *end, const struct app_login *added)
{
	const char *label = memchr(line, '\t', (size_t)(end - line));
	size_t len = strlen(added->label);

	if (!is_whole(line, end) || !isdigit((unsigned char)line[0]) ||
	    (time_t)strtoll(line, NULL, 10) + APP_LOGIN_SECONDS <= added->when)
		return false;
	label++;
	return (size_t)(end - label) <= len || label[len] != '\t' ||
	    memcmp(label, added->label, len) != 0;
}

static void
add_known(struct strbuf *value, const struct state_record *known,
    const struct app_login *added)
{
	const char *line = known->value, *last = line + known->len, *end;

	for (; (end = memchr(line, '\n', (size_t)(last - line))) != NULL;
	     line = end + 1) {
		size_t len = (size_t)(end + 1 - line);

		if (is_kept(line, end, added) && value->len + len <= VALUE_MAX)
			strbuf_add(value, line, len);
	}
}

bool
app_login_add(struct state *state, const char *login, const struct ip *client,
    const struct app_login *added)
{
	struct strbuf key = { 0 }, value = { 0 };
	struct state_record known;
	bool is_put = false;

	if (client->family != 0 && make_key(&key, login, client) &&
	    add_line(&value, added)) {
		if (state_find(state, STATE_APP_LOGINS, key.bytes, key.len,
			&known))
			add_known(&value, &known, added);
		is_put = state_put(state, STATE_APP_LOGINS, key.bytes, key.len,
		    value.bytes, value.len, added->when + APP_LOGIN_SECONDS);
	}
	strbuf_free(&key);
	strbuf_free(&value);
	return is_put;
}

static void
app_login_print(const struct app_login *login, struct strbuf *out)
{
	const char *between = " (";

	if (login->label[0] == '\0') {
		strbuf_adds(out, "the user's own password");
		return;
	}
	strbuf_addf(out, "app password %s", login->label);
	for (size_t i = 0; i < APP_RULES; i++) {
		if (login->rules[i][0] == '\0')
			continue;
		strbuf_addf(out, "%s%s %s", between, names[i], login->rules[i]);
		between = ", ";
	}
	if (between[0] == ',')
		strbuf_addc(out, ')');
}

void
app_logins_print(const struct app_logins *logins, struct strbuf *out)
{
	for (size_t i = 0; i < logins->n; i++) {
		strbuf_adds(out, i > 0 ? "; " : "");
		app_login_print(&logins->logins[i], out);
	}
	if (logins->n == 0)
		strbuf_adds(out, APP_LOGINS_NONE);
}

bool
app_rule_has(const char *list, const char *address)
{
	const char *at = strrchr(address, '@');
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == ',')) {
		const char *wanted = *list == '@' && at != NULL ? at : address;

		len = strcspn(list, ",");
		if (strlen(wanted) == len &&
		    strncasecmp(list, wanted, len) == 0)
			return true;
	}
	return false;
}
