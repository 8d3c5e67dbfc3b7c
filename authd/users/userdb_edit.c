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
	unsigned char fake_key[USERDB_FAKE_KEY_LEN];
	struct userdb_news news;
};

/* The entry about the database itself. */
static int
put_self(struct userdb_edit *edit, struct strbuf *err)
{
	struct strbuf text = { 0 };
	int result;

	strbuf_reserve(&text, 256);
	userdb_self_encode(edit->fake_key, &text);
	userdb_news_encode(&edit->news, &text);
	result = store_edit_put(edit->store, USERDB_SELF_KEY,
	    strlen(USERDB_SELF_KEY), text.bytes, text.len, err);
	strbuf_wipe(&text);
	return result;
}

static bool
note_user(void *arg, const char *name, const struct user_record *record)
{
	userdb_news_set(arg, name, record);
	return true;
}

/* Who is suspended in a database of an older authctl, which does not say. */
static int
find_suspended(struct userdb_news *news, const char *path, struct strbuf *err)
{
	return userdb_each(path, note_user, news, err);
}

/* Take the entry of a database that is there: one that we may change. */
static int
read_self(struct userdb_edit *edit, const char *path, const char *text,
    struct strbuf *why)
{
	if (userdb_self_decode(text, edit->fake_key, why) == -1)
		return -1;
	if (userdb_news_decode(&edit->news, text))
		return 0;
	return find_suspended(&edit->news, path, why);
}

/* The entry about the database itself: make it in a new one, else look
 * whether it is one that we may change. */
static int
begin_self(struct userdb_edit *edit, const char *path, bool is_new,
    struct strbuf *err)
{
	struct strbuf why = { 0 };
	struct value value = { 0 };
	int result = -1;

	switch (store_edit_find(edit->store, USERDB_SELF_KEY,
	    strlen(USERDB_SELF_KEY), &value, &why)) {
	case LOOKUP_FOUND:
		result = read_self(edit, path, value.bytes, &why);
		break;
	case LOOKUP_NOT_FOUND:
		if (!is_new) {
			strbuf_adds(&why,
			    "not a user database made by authctl");
			break;
		}
		random_bytes(edit->fake_key, sizeof edit->fake_key);
		result = 0;
		break;
	case LOOKUP_TEMPFAIL:
		break;
	}
	if (result == -1)
		strbuf_addf(err, "%s: %s", path, strbuf_str(&why));
	secret_free(value.bytes, value.len);
	strbuf_free(&why);
	return result;
}

static void
edit_free(struct userdb_edit *edit)
{
	userdb_news_free(&edit->news);
	secret_free(edit, sizeof *edit);
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
	edit = xcalloc(1, sizeof *edit);
	edit->store = store;
	if (begin_self(edit, path, is_new, err) == -1) {
		userdb_edit_abort(edit);
		return NULL;
	}
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
	userdb_news_note(&edit->news, name, record);
	return result;
}

int
userdb_edit_delete(struct userdb_edit *edit, const char *name,
    struct strbuf *err)
{
	int result;

	assert(strchr(name, '@') != NULL);
	result = store_edit_delete(edit->store, name, strlen(name), err);
	if (result == 0)
		userdb_news_note(&edit->news, name, NULL);
	return result;
}

void
userdb_edit_set_fake_key(struct userdb_edit *edit,
    const unsigned char key[USERDB_FAKE_KEY_LEN])
{
	memcpy(edit->fake_key, key, USERDB_FAKE_KEY_LEN);
}

int
userdb_edit_commit(struct userdb_edit *edit, struct strbuf *err)
{
	int result = put_self(edit, err);

	if (result == 0)
		result = store_edit_commit(edit->store, err);
	else
		store_edit_abort(edit->store);
	edit_free(edit);
	return result;
}

void
userdb_edit_abort(struct userdb_edit *edit)
{
	store_edit_abort(edit->store);
	edit_free(edit);
}
