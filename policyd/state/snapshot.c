/*
 * The snapshot.  A record's key in GDBM is its kind and its own key; one
 * record, whose key no kind has, says what the file is.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snapshot.h"
#include "store.h"

#define FORMAT_KEY "#sekisho-state"
#define FORMAT     1

struct reading {
	void (*fn)(void *arg, const struct state_record *);
	void *arg;
	bool is_damaged;
};

static bool
on_record(void *arg, const char *key, size_t keylen, const struct value *value)
{
	struct reading *reading = arg;
	struct state_record record;

	if (keylen > 0 && key[0] == FORMAT_KEY[0])
		return true;
	if (state_record_decode(&record, value->bytes, value->len))
		reading->fn(reading->arg, &record);
	else
		reading->is_damaged = true;
	return !reading->is_damaged;
}

/* Whether the file is one of ours. */
static bool
check_format(struct store *store, const char *path, uint64_t *generation,
    struct strbuf *err)
{
	struct value value;
	unsigned format = 0;
	enum lookup result =
	    store_find(store, FORMAT_KEY, sizeof FORMAT_KEY - 1, &value, err);

	if (result == LOOKUP_TEMPFAIL)
		return false;
	if (result == LOOKUP_NOT_FOUND ||
	    sscanf(value.bytes, "%u %" SCNu64, &format, generation) < 1)
		strbuf_addf(err, "%s: not a state database of policyd", path);
	else if (format > FORMAT)
		strbuf_addf(err, "%s: of a newer version of policyd", path);
	free(value.bytes);
	return err->len == 0;
}

int
snapshot_read(const char *path, uint64_t *generation,
    void (*fn)(void *arg, const struct state_record *), void *arg,
    struct strbuf *err)
{
	struct reading reading = { .fn = fn, .arg = arg };
	struct store *store;
	int result = -1;

	*generation = 0;
	if (access(path, F_OK) == -1 && errno == ENOENT)
		return 0;
	store = store_open(path, err);
	if (store == NULL)
		return -1;
	if (check_format(store, path, generation, err))
		result = store_each(store, on_record, &reading, err);
	if (reading.is_damaged) {
		strbuf_addf(err, "%s: damaged: a record is none", path);
		result = -1;
	}
	store_close(store);
	return result;
}

struct store_edit *
snapshot_begin(const char *path, uint64_t generation, struct strbuf *err)
{
	struct store_edit *edit =
	    store_edit_begin(path, STORE_EDIT_ANEW, NULL, err);
	struct strbuf format = { 0 };

	strbuf_addf(&format, "%u %" PRIu64, FORMAT, generation);
	if (edit != NULL &&
	    store_edit_put(edit, FORMAT_KEY, sizeof FORMAT_KEY - 1,
		format.bytes, format.len, err) == -1) {
		store_edit_abort(edit);
		edit = NULL;
	}
	strbuf_free(&format);
	return edit;
}

int
snapshot_put(struct store_edit *edit, const struct state_record *record,
    struct strbuf *err)
{
	struct strbuf key = { 0 }, value = { 0 };
	int result;

	strbuf_addc(&key, record->kind);
	strbuf_add(&key, record->key, record->keylen);
	if (record->is_gone) {
		result = store_edit_delete(edit, key.bytes, key.len, err);
	} else {
		state_record_encode(record, &value);
		result = store_edit_put(edit, key.bytes, key.len, value.bytes,
		    value.len, err);
	}
	strbuf_free(&key);
	strbuf_free(&value);
	return result == -1 ? -1 : 0;
}
