/*
 * The user database as its readers see it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "userdb.h"
#include "encoding.h"
#include "key_hash.h"
#include "mem.h"

#define FIRST_LINE   "sekisho-users "
#define VERSION_HERE "1"
#define KEY_NAME     "fake-key="

/* A name has the same decoy each time; they are many, because each of them
 * looks as one user does.  They lie together, in what GDBM has cached. */
#define DECOYS 64

#define NO_KEY "?" /* is not there */

enum look {
	LOOK_ALWAYS, /* at each question */
	LOOK_ONCE,   /* at the next one */
	LOOKED,
};

struct userdb {
	pthread_mutex_t lock; /* of all that follows: GDBM has no threads */
	char *path;
	struct store *store;    /* NULL: no usable database */
	unsigned long snapshot; /* counts the stores that were opened */
	enum look look;
	unsigned char fake_key[USERDB_FAKE_KEY_LEN];
	struct userdb_news news;
	struct key_hash decoy_hash;
	char *decoys[DECOYS]; /* users whose records are read for nobody */
	size_t ndecoys;
};

struct userdb *
userdb_new(const char *path)
{
	struct userdb *db = xcalloc(1, sizeof *db);

	db->path = xstrdup(path);
	key_hash_init(&db->decoy_hash);
	if (pthread_mutex_init(&db->lock, NULL) != 0)
		abort();
	return db;
}

static void
forget_store(struct userdb *db)
{
	if (db->store != NULL)
		store_close(db->store);
	db->store = NULL;
	userdb_news_free(&db->news);
	while (db->ndecoys > 0)
		free(db->decoys[--db->ndecoys]);
}

void
userdb_free(struct userdb *db)
{
	if (db == NULL)
		return;
	forget_store(db);
	pthread_mutex_destroy(&db->lock);
	free(db->path);
	secret_free(db, sizeof *db);
}

void
userdb_self_encode(const unsigned char key[USERDB_FAKE_KEY_LEN],
    struct strbuf *out)
{
	strbuf_adds(out, FIRST_LINE VERSION_HERE "\n" KEY_NAME);
	hex_add(out, key, USERDB_FAKE_KEY_LEN);
	strbuf_addc(out, '\n');
}

int
userdb_self_decode(const char *bytes, unsigned char key[USERDB_FAKE_KEY_LEN],
    struct strbuf *err)
{
	struct strbuf decoded = { 0 };
	const char *version = bytes + strlen(FIRST_LINE);
	const char *line;
	int result = -1;

	if (strncmp(bytes, FIRST_LINE, strlen(FIRST_LINE)) != 0) {
		strbuf_adds(err, "not a user database made by authctl");
		return -1;
	}
	if (strncmp(version, VERSION_HERE "\n", strlen(VERSION_HERE "\n")) !=
	    0) {
		strbuf_addf(err,
		    "user database of version %.*s, this program knows only "
		    "version " VERSION_HERE,
		    (int)strcspn(version, "\n"), version);
		return -1;
	}
	line = strstr(version, "\n" KEY_NAME);
	if (line != NULL) {
		line += strlen("\n" KEY_NAME);
		if (hex_decode(&decoded, line, strcspn(line, "\n")) &&
		    decoded.len == USERDB_FAKE_KEY_LEN) {
			memcpy(key, decoded.bytes, USERDB_FAKE_KEY_LEN);
			result = 0;
		}
	}
	strbuf_wipe(&decoded);
	if (result == -1)
		strbuf_adds(err, "user database: its own entry is damaged");
	return result;
}

/* Open a database of ours.  news: may be NULL.  Returns NULL with the reason
 * in err. */
static struct store *
open_store(const char *path, unsigned char key[USERDB_FAKE_KEY_LEN],
    struct userdb_news *news, struct strbuf *err)
{
	struct store *store = store_open(path, err);
	struct value self = { 0 };
	struct strbuf why = { 0 };
	int result = -1;

	if (store == NULL)
		return NULL;
	switch (store_find(store, USERDB_SELF_KEY, strlen(USERDB_SELF_KEY),
	    &self, &why)) {
	case LOOKUP_FOUND:
		result = userdb_self_decode(self.bytes, key, &why);
		if (result == 0 && news != NULL)
			userdb_news_decode(news, self.bytes);
		secret_free(self.bytes, self.len);
		break;
	case LOOKUP_NOT_FOUND:
		strbuf_adds(&why, "not a user database made by authctl");
		break;
	case LOOKUP_TEMPFAIL:
		break;
	}
	if (result == -1) {
		strbuf_addf(err, "%s: %s", path, strbuf_str(&why));
		store_close(store);
		store = NULL;
	}
	strbuf_free(&why);
	return store;
}

/* Whether the file is there but cannot be opened just now. */
static bool
is_out_of_reach(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return errno != ENOENT && errno != ENOTDIR;
	close(fd);
	return false;
}

static bool
take_decoy(void *arg, const char *key, size_t keylen, const struct value *value)
{
	struct userdb *db = arg;

	(void)value;
	if (memchr(key, '@', keylen) != NULL)
		db->decoys[db->ndecoys++] = xstrndup(key, keylen);
	return db->ndecoys < DECOYS;
}

/* Whether the file is another one than that in use. */
static bool
is_stale(struct userdb *db)
{
	bool is_other =
	    db->look != LOOKED && store_is_stale(db->store, db->path);

	if (db->look == LOOK_ONCE && !is_other)
		db->look = LOOKED;
	return is_other;
}

static void
look_once(struct userdb *db)
{
	if (db->look == LOOKED)
		db->look = LOOK_ONCE;
}

static int
refresh(struct userdb *db, struct strbuf *err)
{
	struct store *store;
	struct userdb_news news = { 0 };
	struct strbuf why = { 0 };

	if (db->store != NULL && !is_stale(db))
		return 0;
	if (db->store != NULL && is_out_of_reach(db->path))
		return 0;
	store = open_store(db->path, db->fake_key, &news, err);
	forget_store(db);
	db->store = store;
	db->news = news;
	db->snapshot++;
	if (store == NULL)
		return -1;
	store_each(store, take_decoy, db, &why); /* damaged: fewer */
	strbuf_free(&why);
	return 0;
}

int
userdb_refresh(struct userdb *db, struct strbuf *err)
{
	int result;

	pthread_mutex_lock(&db->lock);
	look_once(db);
	result = refresh(db, err);
	if (result == 0 && is_stale(db) && is_out_of_reach(db->path))
		strbuf_addf(err, "%s has changed and cannot be opened",
		    db->path);
	pthread_mutex_unlock(&db->lock);
	return result;
}

void
userdb_look_once(struct userdb *db)
{
	pthread_mutex_lock(&db->lock);
	db->look = LOOK_ONCE;
	pthread_mutex_unlock(&db->lock);
}

enum lookup
userdb_find(struct userdb *db, const char *name, struct user_record *record,
    struct strbuf *err)
{
	struct value value = { 0 };
	enum lookup result = LOOKUP_TEMPFAIL;
	unsigned long snapshot;

	*record = (struct user_record){ 0 };
	if (strchr(name, '@') ==
	    NULL) /* no user's name: the entry of its own */
		return LOOKUP_NOT_FOUND;
	pthread_mutex_lock(&db->lock);
	if (refresh(db, err) == 0)
		result = store_find(db->store, name, strlen(name), &value, err);
	snapshot = db->snapshot;
	pthread_mutex_unlock(&db->lock);
	if (result != LOOKUP_FOUND)
		return result;
	if (user_record_decode(record, value.bytes, value.len, err) == -1) {
		user_record_free(record);
		result = LOOKUP_TEMPFAIL; /* never "not found" */
	} else {
		record->snapshot = snapshot;
	}
	secret_free(value.bytes, value.len);
	return result;
}

/* The first of those keys that is there (NULL: none), and as many looks
 * whichever it is.  Returns its index, or count. */
static size_t
find_first(struct userdb *db, const char *const *keys, size_t count,
    struct value *value, enum lookup *result, struct strbuf *err)
{
	size_t found = count;

	*result = LOOKUP_NOT_FOUND;
	for (size_t i = 0; i < count && *result != LOOKUP_TEMPFAIL; i++) {
		bool is_wanted = found == count && keys[i] != NULL;
		const char *key = is_wanted ? keys[i] : NO_KEY;
		struct value none = { 0 };
		enum lookup look = store_find(db->store, key, strlen(key),
		    is_wanted ? value : &none, err);

		if (look == LOOKUP_FOUND)
			found = i;
		if (look != LOOKUP_NOT_FOUND)
			*result = look;
	}
	return found;
}

/* What is wrong with a decoy is nobody's fault. */
static void
decode_decoy(struct user_record *decoy, const struct value *value)
{
	struct strbuf why = { 0 };

	if (user_record_decode_main(decoy, value->bytes, value->len, &why) ==
	    -1)
		user_record_free(decoy);
	strbuf_free(&why);
}

enum lookup
userdb_search(struct userdb *db, const char *const names[2], size_t *which,
    struct user_record *record, struct user_record *decoy, struct strbuf *err)
{
	uint64_t hash = key_hash(&db->decoy_hash, names[0], strlen(names[0]));
	const char *keys[] = { names[0], names[1], NULL };
	enum lookup result = LOOKUP_TEMPFAIL;
	struct value value = { 0 };
	unsigned long snapshot;

	*record = *decoy = (struct user_record){ 0 };
	*which = 0;
	pthread_mutex_lock(&db->lock);
	if (refresh(db, err) == 0) {
		if (db->ndecoys > 0)
			keys[2] = db->decoys[hash % db->ndecoys];
		*which = find_first(db, keys, 3, &value, &result, err);
	}
	snapshot = db->snapshot;
	pthread_mutex_unlock(&db->lock);
	if (result != LOOKUP_FOUND)
		return result;
	if (*which == 2) {
		decode_decoy(decoy, &value);
		return LOOKUP_NOT_FOUND;
	}
	if (user_record_decode_main(record, value.bytes, value.len, err) ==
	    -1) {
		user_record_free(record);
		return LOOKUP_TEMPFAIL; /* never "not found" */
	}
	record->snapshot = snapshot;
	return LOOKUP_FOUND;
}

bool
userdb_is_current(struct userdb *db, const struct user_record *record)
{
	bool is_current;

	pthread_mutex_lock(&db->lock);
	is_current = db->store != NULL && db->snapshot == record->snapshot &&
	    !is_stale(db);
	pthread_mutex_unlock(&db->lock);
	return is_current;
}

int
userdb_fake_key(struct userdb *db, unsigned char key[USERDB_FAKE_KEY_LEN],
    struct strbuf *err)
{
	int result;

	pthread_mutex_lock(&db->lock);
	result = db->store != NULL ? 0 : refresh(db, err);
	if (result == 0)
		memcpy(key, db->fake_key, USERDB_FAKE_KEY_LEN);
	pthread_mutex_unlock(&db->lock);
	return result;
}

long
userdb_count(struct userdb *db, struct strbuf *err)
{
	long count = -1;

	pthread_mutex_lock(&db->lock);
	look_once(db);
	if (refresh(db, err) == 0) {
		count = store_count(db->store);
		if (count < 1) {
			strbuf_addf(err, "%s: cannot be counted", db->path);
			count = -1;
		} else {
			count--; /* its own entry */
		}
	}
	pthread_mutex_unlock(&db->lock);
	return count;
}

bool
userdb_news(struct userdb *db, unsigned long *before, struct userdb_news *news)
{
	bool is_new;

	pthread_mutex_lock(&db->lock);
	is_new = db->store != NULL && db->snapshot != *before;
	if (is_new) {
		*before = db->snapshot;
		userdb_news_copy(news, &db->news);
	}
	pthread_mutex_unlock(&db->lock);
	return is_new;
}

struct each {
	bool (*fn)(void *arg, const char *name, const struct user_record *);
	void *arg;
};

static bool
each_value(void *arg, const char *key, size_t keylen, const struct value *value)
{
	struct each *each = arg;
	struct user_record record = { 0 };
	struct strbuf why = { 0 };
	char *name;
	bool go_on;

	if (memchr(key, '@', keylen) == NULL)
		return true;
	name = xstrndup(key, keylen);
	if (user_record_decode(&record, value->bytes, value->len, &why) == 0)
		go_on = each->fn(each->arg, name, &record);
	else
		go_on = each->fn(each->arg, name, NULL);
	user_record_free(&record);
	strbuf_free(&why);
	free(name);
	return go_on;
}

int
userdb_each(const char *path,
    bool (*fn)(void *arg, const char *name, const struct user_record *),
    void *arg, struct strbuf *err)
{
	unsigned char key[USERDB_FAKE_KEY_LEN];
	struct store *store = open_store(path, key, NULL, err);
	struct each each = { fn, arg };
	int result;

	explicit_bzero(key, sizeof key);
	if (store == NULL)
		return -1;
	result = store_each(store, each_value, &each, err);
	store_close(store);
	return result;
}
