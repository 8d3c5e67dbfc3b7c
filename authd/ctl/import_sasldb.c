/*
 * Cyrus SASL's sasldb2.  A key is user NUL realm NUL property.
 *
 * It is a GDBM file, or one of Berkeley DB, as db_dump(1) writes it: a header
 * up to HEADER=END, then keys and values in turn, a line each, after a blank;
 * bytes in hex, or printable with \xx (-p).
 */
#include <sys/mman.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import.h"
#include "encoding.h"
#include "mem.h"
#include "secret_input.h"
#include "store.h"

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
take_pair(struct import *import, int line, const char *key, size_t key_len,
    const char *value, size_t value_len)
{
	const char *end = key + key_len;
	const char *nul = memchr(key, '\0', key_len);
	const char *realm = nul != NULL ? nul + 1 : end;
	const char *nul2 = memchr(realm, '\0', (size_t)(end - realm));
	const char *property = nul2 != NULL ? nul2 + 1 : end;
	struct strbuf name = { 0 };
	struct import_user *user;

	if (nul2 == NULL) {
		import_skip(import, line,
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
	user = import_add(import, line, name.bytes, name.len);
	if (user != NULL) {
		strbuf_reserve(&user->plain, value_len);
		strbuf_add(&user->plain, value, value_len);
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
		take_pair(import, dump->key_line, dump->key.bytes,
		    dump->key.len, bytes.bytes, bytes.len);
	strbuf_wipe(&bytes);
	strbuf_free(&dump->key);
	dump->key_line = 0;
}

/* GDBM's files begin with a number, which is written either way round and
 * has several last digits. */
static bool
is_gdbm(const struct strbuf *text)
{
	static const char big[] = { 0x13, 0x57, (char)0x9a },
			  little[] = { (char)0x9a, 0x57, 0x13 };

	return text->len > 4 &&
	    (memcmp(text->bytes, big, sizeof big) == 0 ||
		memcmp(text->bytes + 1, little, sizeof little) == 0);
}

static bool
take_record(void *arg, const char *key, size_t key_len,
    const struct value *value)
{
	take_pair(arg, 0, key, key_len, value->bytes, value->len);
	return true;
}

/* GDBM reads files only: so the bytes become one that nobody else sees. */
static int
read_gdbm(struct import *import, const struct strbuf *bytes, struct strbuf *why)
{
	int fd = memfd_create("sasldb", MFD_CLOEXEC), result = -1;
	struct store *store = NULL;
	char *path = xasprintf("/proc/self/fd/%d", fd);

	if (fd == -1 ||
	    write(fd, bytes->bytes, bytes->len) != (ssize_t)bytes->len)
		strbuf_addf(why, "copy it: %s", strerror(errno));
	else
		store = store_open(path, why);
	if (store != NULL)
		result = store_each(store, take_record, import, why);
	store_close(store);
	free(path);
	if (fd != -1)
		close(fd);
	return result;
}

static int
read_db_dump(struct import *import, struct strbuf *text, struct strbuf *why)
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
		    "not the output of db_dump, nor GDBM: make it with "
		    "db_dump -f FILE /etc/sasldb2");
		return -1;
	}
	if (!has_end) {
		strbuf_adds(why, "ends before DATA=END: not whole");
		return -1;
	}
	return 0;
}

int
import_sasldb(struct import *import, struct strbuf *text, struct strbuf *why)
{
	return is_gdbm(text) ? read_gdbm(import, text, why)
			     : read_db_dump(import, text, why);
}
