/*
 * Last logins on their way to the disk.
 */
#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "last_logins.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "thread.h"

#define STOP_MS 2000 /* a disk that is stuck must not keep us */

static const struct timeval gather_time = { .tv_sec = 1 };

struct item {
	enum last_login_kind kind;
	char *user; /* owned */
	struct last_login login;
};

/* What came in a second.  The index has places + 1; 0: free. */
struct batch {
	struct item *items;
	size_t n, size;
	uint16_t index[2 * LAST_LOGINS_MAX];
};
_Static_assert(LAST_LOGINS_MAX < UINT16_MAX, "the index tells them apart");

struct last_logins {
	char *path;
	struct key_hash hash;
	struct batch *gathered; /* the loop's */
	struct event *gather;   /* it waits for the thread */
	bool has_failed;        /* the thread's: the log knows */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t ended;
	bool has_thread;
	struct batch *writing; /* the thread's while it is there */
};

static void
batch_clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		free(batch->items[i].user);
	batch->n = 0;
	memset(batch->index, 0, sizeof batch->index);
}

static void
batch_free(struct batch *batch)
{
	batch_clear(batch);
	free(batch->items);
	free(batch);
}

static const char *
label_of(const struct item *item)
{
	return item->kind == LAST_USE ? item->login.label : NULL;
}

static int
write_items(const char *path, const struct batch *batch, struct strbuf *err)
{
	struct last_login_file file;
	int result = last_login_file_open(&file, path, err);

	for (size_t i = 0; result == 0 && i < batch->n; i++) {
		const struct item *item = &batch->items[i];
		const struct last_login_key key = { item->kind, item->user,
			label_of(item) };

		result = last_login_put(&file, &key, &item->login, err);
	}
	last_login_file_close(&file);
	return result;
}

/* The thread: it has one batch, and ends. */
static void *
run(void *arg)
{
	struct last_logins *last = arg;
	struct strbuf err = { 0 };
	bool has_failed = write_items(last->path, last->writing, &err) == -1;

	if (has_failed && !last->has_failed)
		log_warn("last_login_file: %s; last logins are lost",
		    strbuf_str(&err));
	else if (!has_failed && last->has_failed)
		log_info("last_login_file: %s is written again", last->path);
	last->has_failed = has_failed;
	strbuf_free(&err);
	batch_clear(last->writing);
	pthread_mutex_lock(&last->lock);
	last->has_thread = false;
	pthread_cond_signal(&last->ended);
	pthread_mutex_unlock(&last->lock);
	return NULL;
}

/* Give what was gathered to a thread.  Returns false while one has not ended,
 * and when none can be started. */
static bool
hand_over(struct last_logins *last)
{
	struct batch *batch = last->gathered, *empty = last->writing;
	bool is_given;

	pthread_mutex_lock(&last->lock);
	is_given = !last->has_thread;
	if (is_given) {
		last->gathered = empty;
		last->writing = batch;
		is_given = last->has_thread = thread_start(run, last) == 0;
	}
	if (!is_given) {
		last->gathered = batch;
		last->writing = empty;
	}
	pthread_mutex_unlock(&last->lock);
	return is_given;
}

static void
on_gathered(evutil_socket_t fd, short what, void *arg)
{
	struct last_logins *last = arg;

	(void)fd;
	(void)what;
	if (!hand_over(last))
		event_add(last->gather, &gather_time);
}

/* What systemd or a package does elsewhere. */
void
last_logins_make_directory(const char *path, const char *user)
{
	const struct passwd *pw = getpwnam(user);
	const struct group *admins = getgrnam("sekisho");
	char *directory = xstrdup(path);
	char *slash = strrchr(directory, '/');

	if (geteuid() == 0 && slash != NULL && slash != directory) {
		char *parent, *upper;

		*slash = '\0';
		parent = xstrdup(directory);
		upper = strrchr(parent, '/');
		*upper = '\0';
		if (*parent != '\0')
			mkdir(parent, 0755);
		if (mkdir(directory, 0750) == 0 && pw != NULL &&
		    chown(directory, pw->pw_uid,
			admins != NULL ? admins->gr_gid : pw->pw_gid) == -1)
			log_warn("chown %s: %s", directory, strerror(errno));
		free(parent);
	}
	free(directory);
}

static int
try_to_open(const char *path)
{
	struct last_login_file file;
	struct strbuf err = { 0 };
	int result = last_login_file_open(&file, path, &err);

	if (result == -1)
		log_warn("last_login_file: %s; last logins are not kept until "
			 "a restart without that",
		    strbuf_str(&err));
	last_login_file_close(&file);
	strbuf_free(&err);
	return result;
}

struct last_logins *
last_logins_new(struct event_base *base, const char *path)
{
	struct last_logins *last;

	if (*path == '\0' || try_to_open(path) == -1)
		return NULL;
	last = xcalloc(1, sizeof *last);
	last->path = xstrdup(path);
	key_hash_init(&last->hash);
	last->gathered = xcalloc(1, sizeof *last->gathered);
	last->writing = xcalloc(1, sizeof *last->writing);
	last->gather = evtimer_new(base, on_gathered, last);
	pthread_mutex_init(&last->lock, NULL);
	pthread_cond_init(&last->ended, NULL);
	return last;
}

/* Returns whether no thread is left. */
static bool
wait_for_thread(struct last_logins *last, long until)
{
	bool has_ended;

	pthread_mutex_lock(&last->lock);
	has_ended = thread_await_end(&last->has_thread, &last->ended,
	    &last->lock, until);
	pthread_mutex_unlock(&last->lock);
	return has_ended;
}

void
last_logins_free(struct last_logins *last)
{
	long until = clock_ms() + STOP_MS;

	if (last == NULL)
		return;
	event_free(last->gather);
	if (!wait_for_thread(last, until))
		return; /* it ends with the process */
	if (last->gathered->n > 0 && hand_over(last) &&
	    !wait_for_thread(last, until))
		return;
	if (last->gathered->n > 0)
		log_error("last_login_file: %zu last logins are lost: no "
			  "thread to write them",
		    last->gathered->n);
	pthread_cond_destroy(&last->ended);
	pthread_mutex_destroy(&last->lock);
	batch_free(last->gathered);
	batch_free(last->writing);
	free(last->path);
	free(last);
}

static bool
is_of(const struct item *item, const struct last_login_key *key)
{
	const char *label = label_of(item);

	return item->kind == key->kind && strcmp(item->user, key->user) == 0 &&
	    (label == NULL || strcmp(label, key->label) == 0);
}

static uint64_t
hash_of(const struct last_logins *last, const struct last_login_key *key)
{
	return key_hash(&last->hash, key->user, strlen(key->user)) +
	    (uint64_t)key->kind;
}

/* The item of a key, perhaps a new one; NULL: there is no room for it. */
static struct item *
item_of(struct batch *batch, const struct last_login_key *key, uint64_t hash)
{
	const size_t places = sizeof batch->index / sizeof batch->index[0];
	size_t at = hash % places;
	struct item *item;

	for (; batch->index[at] != 0; at = (at + 1) % places) {
		item = &batch->items[batch->index[at] - 1];
		if (is_of(item, key))
			return item;
	}
	if (batch->n == LAST_LOGINS_MAX)
		return NULL;
	if (batch->n == batch->size) {
		batch->size = 2 * batch->size + 16;
		batch->items = xreallocarray(batch->items, batch->size,
		    sizeof *batch->items);
	}
	item = &batch->items[batch->n++];
	batch->index[at] = (uint16_t)batch->n;
	item->kind = key->kind;
	item->user = xstrdup(key->user);
	return item;
}

void
last_logins_add(struct last_logins *last, const struct last_login_key *key,
    const struct last_login *login)
{
	struct item *item;

	if (last == NULL)
		return;
	item = item_of(last->gathered, key, hash_of(last, key));
	if (item == NULL)
		return;
	item->login = *login;
	if (!event_pending(last->gather, EV_TIMEOUT, NULL))
		event_add(last->gather, &gather_time);
}
