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

#define RECORD_SIZE 65536 /* more than any usual one: no copy is left */

/* An entry that is read: its lines behind the first one, each with its LF. */
struct entry {
	int line;                 /* of the first one; 0: none begun */
	struct import_user *user; /* NULL: not a user's, or told already */
	struct strbuf record;
};

static void
begin(struct import *import, struct entry *entry, int line, const char *first)
{
	size_t prefix = strlen(USER_LINE);

	entry->line = line;
	strbuf_reserve(&entry->record, RECORD_SIZE);
	if (strncmp(first, USER_LINE, prefix) == 0)
		entry->user = import_add(import, line, first + prefix,
		    strlen(first + prefix));
	else
		import_skip(import, line, "not a user");
}

static void
end(struct import *import, struct entry *entry)
{
	struct strbuf why = { 0 };

	if (entry->user != NULL) {
		user_record_free(&entry->user->record);
		if (user_record_decode(&entry->user->record,
			strbuf_str(&entry->record), entry->record.len,
			&why) == -1)
			import_skip_last(import, strbuf_str(&why));
	}
	strbuf_free(&why);
	strbuf_wipe(&entry->record);
	*entry = (struct entry){ 0 };
}

/* The entry about the database.  Returns the number of its last line, or -1
 * with the reason in why. */
static int
read_self(struct import *import, struct strbuf *text, size_t *pos,
    struct strbuf *why)
{
	struct strbuf self = { 0 };
	size_t len;
	char *line;
	int n = 0;

	while (secret_input_line(text, pos, &line, &len)) {
		n++;
		if (len == 0)
			break;
		strbuf_addf(&self, "%s\n", line);
	}
	if (userdb_self_decode(strbuf_str(&self), import->fake_key, why) == -1)
		n = -1;
	strbuf_wipe(&self);
	return n;
}

int
import_dump(struct import *import, struct strbuf *text, struct strbuf *why)
{
	struct entry entry = { 0 };
	size_t pos = 0, len;
	char *line;
	int n;

	if (text->len == 0 || memchr(text->bytes, '\0', text->len) != NULL ||
	    text->bytes[text->len - 1] != '\n') {
		strbuf_adds(why, "not a dump of authctl, or not whole");
		return -1;
	}
	n = read_self(import, text, &pos, why);
	if (n == -1)
		return -1;
	import->has_fake_key = true;
	while (secret_input_line(text, &pos, &line, &len)) {
		n++;
		if (len == 0) {
			end(import, &entry);
		} else if (entry.line == 0) {
			begin(import, &entry, n, line);
		} else {
			strbuf_add(&entry.record, line, len);
			strbuf_addc(&entry.record, '\n');
		}
	}
	end(import, &entry);
	return 0;
}
