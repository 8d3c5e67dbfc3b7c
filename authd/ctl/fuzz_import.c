/*
 * libFuzzer: any bytes as a file that users come from (the first byte says
 * which kind), and as a record of the database.
 */
#include <stdint.h>
#include <string.h>

#include "credential.h"
#include "import.h"
#include "import_scheme.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *const kinds[] = { "sasldb", "passwd-file", "shadow",
	"htpasswd", "dump", "ldif" };
#define KINDS (sizeof kinds / sizeof kinds[0])

/* What was read can be written, and is then the same. */
static void
check_record(const char *bytes, size_t len)
{
	struct user_record record, again;
	struct strbuf text = { 0 }, text_again = { 0 }, err = { 0 };

	if (user_record_decode(&record, bytes, len, &err) == 0) {
		user_record_encode(&record, &text);
		if (user_record_decode(&again, text.bytes, text.len, &err) ==
		    -1)
			__builtin_trap();
		user_record_encode(&again, &text_again);
		if (text.len != text_again.len ||
		    memcmp(text.bytes, text_again.bytes, text.len) != 0)
			__builtin_trap();
		user_record_free(&again);
	}
	user_record_free(&record);
	strbuf_free(&text);
	strbuf_free(&text_again);
	strbuf_free(&err);
}

/* Who is taken over has a secret that can be verified, or a password. */
static void
check_user(const char *kind, struct import_user *user)
{
	const char *stored = user->record.secrets.password;
	struct strbuf out = { 0 };

	if (strcmp(kind, "dump") != 0 && user->plain.bytes == NULL &&
	    (stored == NULL || credential_problem(stored) != NULL))
		__builtin_trap();
	import_scheme_export(&user->record.secrets, &out);
	strbuf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct user_name_rules names = { "x.example", true };
	struct import import = { .names = &names, .now = 1 };
	struct strbuf text = { 0 }, why = { 0 };
	const char *kind;

	if (len == 0)
		return 0;
	kind = kinds[bytes[0] % KINDS];
	strbuf_add(&text, bytes + 1, len - 1);
	import_kind_find(kind)->read(&import, &text, &why);
	for (size_t i = 0; i < import.nusers; i++)
		check_user(kind, &import.users[i]);
	import_free(&import);
	strbuf_free(&text);
	strbuf_free(&why);
	check_record((const char *)bytes + 1, len - 1);
	return 0;
}
