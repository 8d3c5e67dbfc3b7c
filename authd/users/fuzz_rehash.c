/*
 * libFuzzer: any bytes as a file that waits for authctl apply.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rehash.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct credential_options options = {
	.mechanisms = (1U << MECHANISMS) - 1,
	.password_scheme = "yescrypt",
	.scram_iterations = 4096,
};

/* What was read can be written, and is then the same. */
static void
check_text(const struct rehash_entry *entry)
{
	struct rehash_entry again;
	struct strbuf text = { 0 }, text_again = { 0 }, err = { 0 };

	rehash_encode(entry, &text);
	if (rehash_decode(&again, text.bytes, text.len, &err) == -1)
		__builtin_trap();
	rehash_encode(&again, &text_again);
	if (strcmp(text.bytes, text_again.bytes) != 0)
		__builtin_trap();
	rehash_entry_free(&again);
	strbuf_free(&text);
	strbuf_free(&text_again);
}

/* What gets into a record can be verified there, and costs little enough. */
static void
check_record(struct rehash_entry *entry)
{
	static const char md5crypt[] = "$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1";
	struct user_record record = { 0 };

	record.secrets.password = strdup(md5crypt);
	rehash_add(&record.secrets, &entry->secrets, &options);
	if (credential_record_problem(&record) != NULL ||
	    record.secrets.cram_md5 != NULL)
		__builtin_trap();
	user_record_free(&record);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct rehash_entry entry;
	struct strbuf err = { 0 };

	if (rehash_decode(&entry, (const char *)bytes, len, &err) == 0) {
		check_text(&entry);
		check_record(&entry);
	}
	rehash_entry_free(&entry);
	strbuf_free(&err);
	return 0;
}
