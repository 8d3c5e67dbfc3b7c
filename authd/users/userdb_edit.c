/*
 * Changes of the user database.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "userdb_edit.h"
#include "mem.h"
#include "random_bytes.h"
#include "userdb.h"

struct userdb_edit {
	struct store_edit *store;
};

static int
put_self(struct store_edit *store, const unsigned char key[USERDB_FAKE_KEY_LEN],
    struct strbuf *err)
{
	struct strbuf text = { 0 };
	int result;

	strbuf_reserve(&text, 256);
	userdb_self_encode(key, &text);
	result = store_edit_put(store, USERDB_SELF_KEY, strlen(USERDB_SELF_KEY),
	    text.bytes, text.len, err);
	strbuf_wipe(&text);
	return result;
}

/* The entry about the database itself: make it in a new one, else look
 * whether it is one that we may change. */
static int
check_self(struct store_edit *store, const char *path, bool is_new,
    struct strbuf *err)
{
	unsigned char key[USERDB_FAKE_KEY_LEN];
	struct strbuf why = { 0 };
	struct value value = { 0 };
	int result = -1;

	switch (store_edit_find(store, USERDB_SELF_KEY, strlen(USERDB_SELF_KEY),
	    &value, &why)) {
	case LOOKUP_FOUND:
		result = userdb_self_decode(value.bytes, key, &why);
		break;
	case LOOKUP_NOT_FOUND:
		if (!is_new) {
			strbuf_adds(&why,
			    "not a user database made by authctl");
			break;
		}
		random_bytes(key, sizeof key);
		result = put_self(store, key, &why);
		break;
	case LOOKUP_TEMPFAIL:
		break;
	}
	if (result == -1)
		strbuf_addf(err, "%s: %s", path, strbuf_str(&why));
	explicit_bzero(key, sizeof key);
	secret_free(value.bytes, value.len);
	strbuf_free(&why);
	return result;
}

struct userdb_edit *
userdb_edit_begin(const char *path, enum store_edit_mode mode,
    const char *group, struct strbuf *err)
{
	bool is_new = mode == STORE_EDIT_CREATE && access(path, F_OK) == -1;
	struct store_edit *store = store_edit_begin(path, mode, group, err);
	struct userdb_edit *edit;

	if (store == NULL)
		return NULL;
	if (check_self(store, path, is_new, err) == -1) {
		store_edit_abort(store);
		return NULL;
	}
	edit = xcalloc(1, sizeof *edit);
	edit->store = store;
	return edit;
}

enum lookup
userdb_edit_find(struct userdb_edit *edit, const char *name,
    struct user_record *record, struct strbuf *err)
{
	struct value value = { 0 };
	enum lookup result;

	*record = (struct user_record){ 0 };
	result = store_edit_find(edit->store, name, strlen(name), &value, err);
	if (result != LOOKUP_FOUND)
		return result;
	if (user_record_decode(record, value.bytes, value.len, err) == -1) {
		user_record_free(record);
		result = LOOKUP_TEMPFAIL;
	}
	secret_free(value.bytes, value.len);
	return result;
}

int
userdb_edit_put(struct userdb_edit *edit, const char *name,
    const struct user_record *record, struct strbuf *err)
{
	struct strbuf text = { 0 };
	int result;

	assert(strchr(name, '@') != NULL);
	user_record_encode(record, &text);
	result = store_edit_put(edit->store, name, strlen(name), text.bytes,
	    text.len, err);
	strbuf_wipe(&text);
	return result;
}

int
userdb_edit_delete(struct userdb_edit *edit, const char *name,
    struct strbuf *err)
{
	assert(strchr(name, '@') != NULL);
	return store_edit_delete(edit->store, name, strlen(name), err);
}

int
userdb_edit_set_fake_key(struct userdb_edit *edit,
    const unsigned char key[USERDB_FAKE_KEY_LEN], struct strbuf *err)
{
	return put_self(edit->store, key, err);
}

int
userdb_edit_commit(struct userdb_edit *edit, struct strbuf *err)
{
	int result = store_edit_commit(edit->store, err);

	free(edit);
	return result;
}

void
userdb_edit_abort(struct userdb_edit *edit)
{
	store_edit_abort(edit->store);
	free(edit);
}
