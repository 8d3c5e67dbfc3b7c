/*
 * The user database as text, written and read.
 */
#include <string.h>

#include "dump.h"
#include "import.h"
#include "secret_input.h"

#define USER_LINE "user="

void
dump_add_self(struct strbuf *out,
    const unsigned char fake_key[USERDB_FAKE_KEY_LEN])
{
	userdb_self_encode(fake_key, out);
	strbuf_addc(out, '\n');
}

void
dump_add_user(struct strbuf *out, const char *name,
    const struct user_record *record)
{
	strbuf_addf(out, USER_LINE "%s\n", name);
	user_record_encode(record, out);
	strbuf_addc(out, '\n');
}

/* A block of lines from `user=` on; the LFs are still there. */
static void
take_user(struct import *import, int line, const char *block, size_t len)
{
	size_t name_len = strcspn(block, "\n") - strlen(USER_LINE);
	const char *name = block + strlen(USER_LINE);
	const char *record = name + name_len + 1;
	struct import_user *user = import_add(import, line, name, name_len);
	struct strbuf why = { 0 };

	if (user == NULL)
		return;
	user_record_free(&user->record);
	if (user_record_decode(&user->record, record,
		len - (size_t)(record - block), &why) == -1)
		import_skip_last(import, strbuf_str(&why));
	strbuf_free(&why);
}

int
import_dump(struct import *import, struct strbuf *text, struct strbuf *why)
{
	char *block = text->bytes, *end = block + text->len;
	int line = 1;

	if (text->len == 0 || memchr(block, '\0', text->len) != NULL ||
	    end[-1] != '\n') {
		strbuf_adds(why, "not a dump of authctl, or not whole");
		return -1;
	}
	if (userdb_self_decode(block, import->fake_key, why) == -1)
		return -1;
	import->has_fake_key = true;
	while (block < end) {
		char *blank = strstr(block, "\n\n");
		char *next = blank != NULL ? blank + 2 : end;
		size_t len = blank != NULL ? (size_t)(blank + 1 - block)
					   : (size_t)(end - block);

		if (strncmp(block, USER_LINE, strlen(USER_LINE)) == 0)
			take_user(import, line, block, len);
		else if (line != 1)
			import_skip(import, line, "not a user");
		for (; block < next; block++)
			line += *block == '\n';
	}
	return 0;
}
