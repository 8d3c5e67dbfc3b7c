/*
 * Cyrus SASL's sasldb2, as db_dump(1) writes it: a header up to HEADER=END,
 * then keys and values in turn, a line each, after a blank; bytes in hex, or
 * printable with \xx (-p).  A key is user NUL realm NUL property.
 */
#include <string.h>

#include "import.h"
#include "encoding.h"
#include "secret_input.h"

struct dump {
	bool in_data;
	bool is_printable; /* format=print */
	int key_line;
	struct strbuf key; /* empty: a key is next */
};

static bool
decode_printable(struct strbuf *out, const char *text, size_t len)
{
	strbuf_reserve(out, len);
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\\') {
			strbuf_addc(out, text[i]);
		} else if (i + 1 < len && text[i + 1] == '\\') {
			strbuf_addc(out, '\\');
			i++;
		} else if (i + 2 < len && hex_decode(out, text + i + 1, 2)) {
			i += 2;
		} else {
			return false;
		}
	}
	return true;
}

/* A key and its value make a user, if the key is that of a password. */
static void
take_pair(struct import *import, const struct dump *dump,
    const struct strbuf *value)
{
	const char *key = dump->key.bytes, *end = key + dump->key.len;
	const char *nul = memchr(key, '\0', dump->key.len);
	const char *realm = nul != NULL ? nul + 1 : end;
	const char *nul2 = memchr(realm, '\0', (size_t)(end - realm));
	const char *property = nul2 != NULL ? nul2 + 1 : end;
	struct strbuf name = { 0 };
	struct import_user *user;

	if (nul2 == NULL) {
		import_skip(import, dump->key_line,
		    "not a key of sasldb (user, realm, property)");
		return;
	}
	if ((size_t)(end - property) != strlen("userPassword") ||
	    memcmp(property, "userPassword", (size_t)(end - property)) != 0) {
		import->nwithout++;
		return;
	}
	strbuf_adds(&name, key);
	if (*realm != '\0')
		strbuf_addf(&name, "@%s", realm);
	user = import_add(import, dump->key_line, name.bytes, name.len);
	if (user != NULL) {
		strbuf_reserve(&user->plain, value->len);
		strbuf_add(&user->plain, value->bytes, value->len);
	}
	strbuf_free(&name);
}

static void
take_data(struct import *import, struct dump *dump, int line, const char *text,
    size_t len)
{
	struct strbuf bytes = { 0 };
	bool ok = *text == ' ' &&
	    (dump->is_printable ? decode_printable(&bytes, text + 1, len - 1)
				: hex_decode(&bytes, text + 1, len - 1));

	if (!ok) {
		import_skip(import, line, "not data of db_dump");
		strbuf_wipe(&bytes);
	}
	if (dump->key_line == 0) {
		dump->key_line = line;
		dump->key = bytes;
		return; /* bytes are the dump's now */
	}
	if (ok && dump->key.len > 0)
		take_pair(import, dump, &bytes);
	strbuf_wipe(&bytes);
	strbuf_free(&dump->key);
	dump->key_line = 0;
}

int
import_sasldb(struct import *import, struct strbuf *text, struct strbuf *why)
{
	struct dump dump = { 0 };
	bool has_end = false;
	size_t pos = 0, len;
	char *line;

	for (int n = 1; secret_input_line(text, &pos, &line, &len); n++) {
		if (n == 1 && strncmp(line, "VERSION=", 8) != 0)
			break;
		if (strcmp(line, "DATA=END") == 0)
			has_end = true;
		else if (strcmp(line, "HEADER=END") == 0)
			dump.in_data = true;
		else if (strcmp(line, "format=print") == 0)
			dump.is_printable = true;
		else if (dump.in_data)
			take_data(import, &dump, n, line, len);
	}
	strbuf_wipe(&dump.key);
	if (!dump.in_data) {
		strbuf_adds(why,
		    "not the output of db_dump: make it with "
		    "db_dump -f FILE /etc/sasldb2");
		return -1;
	}
	if (!has_end) {
		strbuf_adds(why, "ends before DATA=END: not whole");
		return -1;
	}
	return 0;
}
