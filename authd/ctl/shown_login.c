/*
 * Last logins for people and programs.
 */
#include <unistd.h>

#include "shown_login.h"
#include "date.h"

void
shown_logins_open(struct shown_logins *shown, struct authctl *ctl)
{
	const char *path = ctl->config.last_login_file;
	struct strbuf err = { 0 };

	*shown = (struct shown_logins){ 0 };
	if (*path == '\0' || access(path, F_OK) == -1)
		return;
	shown->is_open = last_login_file_look(&shown->file, path, &err) == 0;
	if (!shown->is_open)
		authctl_error(ctl, "last logins: %s", strbuf_str(&err));
	strbuf_free(&err);
}

void
shown_logins_close(struct shown_logins *shown)
{
	if (shown->is_open)
		last_login_file_close(&shown->file);
}

bool
shown_logins_find(const struct shown_logins *shown,
    const struct last_login_key *key, time_t since, struct last_login *login)
{
	struct strbuf err = { 0 };
	bool is_found = shown->is_open &&
	    last_login_find(&shown->file, key, login, &err) == LOOKUP_FOUND;

	strbuf_free(&err);
	return is_found && login->when >= since;
}

void
shown_login_add(struct strbuf *out, const struct last_login *login)
{
	date_add(out, login != NULL ? login->when : 0);
	if (login == NULL)
		return;
	if (login->ip.family != 0) {
		strbuf_adds(out, " from ");
		ip_print(&login->ip, out);
	}
	strbuf_addf(out, " by %s", mechanism_name(login->mechanism));
	if (login->label[0] != '\0')
		strbuf_addf(out, " with %s", login->label);
}

void
shown_login_json(struct json *json, const char *key,
    const struct last_login *login)
{
	struct strbuf text = { 0 };

	if (login == NULL) {
		json_string(json, key, NULL);
		return;
	}
	json_object(json, key);
	date_add(&text, login->when);
	json_string(json, "time", text.bytes);
	strbuf_truncate(&text, 0);
	ip_print(&login->ip, &text);
	json_string(json, "ip", text.len > 0 ? text.bytes : NULL);
	json_string(json, "mech", mechanism_name(login->mechanism));
	json_string(json, "label",
	    login->label[0] != '\0' ? login->label : NULL);
	json_end(json);
	strbuf_free(&text);
}
