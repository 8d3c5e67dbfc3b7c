/*
 * Names of users.  There is one normal form, `user@realm`, so that a user is
 * found however he is spelt; only ASCII letters are folded, because what is
 * one letter in another script depends on the language.
 */
#include <string.h>

#include "user_name.h"

static void
add_folded(struct strbuf *out, const char *bytes, size_t len)
{
	size_t before = out->len;

	strbuf_add(out, bytes, len);
	for (char *c = out->bytes + before; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

/* Returns what is wrong with the bytes, or NULL. */
static const char *
bad_bytes(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c == ' ')
			return "has a blank";
		if (c < 0x21 || c == 0x7f)
			return "has a control character";
	}
	return NULL;
}

int
user_name_normalise(const struct user_name_rules *rules, const char *name,
    size_t len, struct strbuf *out, struct strbuf *err)
{
	const char *at = len > 0 ? memchr(name, '@', len) : NULL;
	size_t local_len = at != NULL ? (size_t)(at - name) : len;
	const char *realm = rules->default_realm;
	size_t realm_len = realm != NULL ? strlen(realm) : 0;
	const char *problem = bad_bytes(name, len);

	if (at != NULL) {
		realm = at + 1;
		realm_len = len - local_len - 1;
	}
	if (problem == NULL) {
		if (len == 0)
			problem = "is empty";
		else if (local_len == 0)
			problem = "has nothing before the @";
		else if (local_len > USER_NAME_PART_MAX)
			problem = "is too long (255 bytes before the @)";
		else if (at == NULL && realm_len == 0)
			problem = "has no @realm (write it, or set "
				  "default_realm)";
		else if (realm_len == 0)
			problem = "has nothing after the @";
		else if (at != NULL && memchr(realm, '@', realm_len) != NULL)
			problem = "has a second @";
		else if (realm_len > USER_NAME_PART_MAX)
			problem = "is too long (255 bytes after the @)";
	}
	if (problem != NULL) {
		strbuf_addf(err, "user name %s", problem);
		return -1;
	}
	if (rules->fold_local_part)
		add_folded(out, name, local_len);
	else
		strbuf_add(out, name, local_len);
	strbuf_addc(out, '@');
	add_folded(out, realm, realm_len);
	return 0;
}

char
user_name_foreign_byte(const char *name)
{
	static const char domain[] = "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				     "-._[]@";
	const char *p = name + strcspn(name, ",;|\"\\<>()@");

	if (*p == '@')
		while (*p != '\0' &&
		    (strchr(domain, *p) != NULL || (unsigned char)*p >= 0x80))
			p++;
	return *p > ' ' && *p != 0x7f ? *p : '\0';
}

bool
user_label_is_valid(const char *label, size_t len)
{
	if (len == 0 || len > USER_LABEL_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = label[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

bool
user_name_split_label(const char *login, size_t len, struct strbuf *name,
    struct strbuf *label)
{
	const char *end = login + len;
	const char *slash = len > 0 ? memrchr(login, '/', len) : NULL;
	const char *label_end = end;

	if (slash == NULL || slash == login)
		return false;
	if (memchr(login, '@', (size_t)(slash - login)) == NULL) {
		const char *at = memchr(slash, '@', (size_t)(end - slash));

		if (at != NULL)
			label_end = at;
	}
	if (!user_label_is_valid(slash + 1, (size_t)(label_end - slash - 1)))
		return false;
	strbuf_add(name, login, (size_t)(slash - login));
	strbuf_add(name, label_end, (size_t)(end - label_end));
	strbuf_add(label, slash + 1, (size_t)(label_end - slash - 1));
	return true;
}
