/*
 * What logins add to records, on its way to the disk.
 *
 * A file is written under a name that authctl does not look at, and gets its
 * own when it is whole: kill -9 leaves nothing half.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rehash_spool.h"
#include "clock.h"
#include "log.h"
#include "login_rules.h"
#include "mem.h"
#include "rehash.h"
#include "thread.h"
#include "ttl_cache.h"
#include "worker.h"

#define KNOWN_BYTES ((size_t)1024 * 1024)
#define KNOWN_MS    60000 /* until a user is taken anew */
#define STOP_MS     2000  /* a stuck disk must not keep us */

struct wish {
	TAILQ_ENTRY(wish) link;
	char name[REHASH_NAME_LEN + 1]; /* of the file */
	char *user;
	unsigned missing;          /* as rehash_missing says it */
	struct login_rules *rules; /* held until the secrets are made */
	struct strbuf password;    /* likewise */
	struct strbuf text;        /* of the file */
};
TAILQ_HEAD(wishes, wish);

struct rehash_spool {
	char *path;
	struct workers *workers;
	struct wishes waiting; /* for a worker */
	struct wish *derived;  /* a worker has it; NULL: none */
	struct job job;

	/* of the thread that writes */
	size_t nfiles; /* at most so many are there */
	bool has_failed;

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t ended;
	bool has_thread;
	struct wishes ready;     /* to be written */
	size_t nwishes;          /* wherever they are */
	struct ttl_cache *known; /* what was missing lately, by name */
	long pause_until;        /* clock_ms */
};

static void
wish_free(struct wish *wish)
{
	strbuf_wipe(&wish->password);
	strbuf_wipe(&wish->text);
	free(wish->user);
	free(wish);
}

/* It ends here; has_failed: the next login may try again. */
static void
drop(struct rehash_spool *spool, struct wish *wish, bool has_failed)
{
	pthread_mutex_lock(&spool->lock);
	spool->nwishes--;
	if (has_failed)
		ttl_cache_forget(spool->known, wish->name, REHASH_NAME_LEN);
	pthread_mutex_unlock(&spool->lock);
	wish_free(wish);
}

/* --- the thread that writes --- */

static size_t
count_files(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *file;
	size_t n = 0;

	if (dir == NULL)
		return 0; /* who writes to it says why */
	while ((file = readdir(dir)) != NULL)
		n += rehash_is_name(file->d_name);
	closedir(dir);
	return n;
}

/* Begin a file; what a killed run has left goes. */
static int
open_draft(const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(path, flags, 0600);

	if (fd == -1 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, flags, 0600);
	return fd;
}

static int
write_text(int fd, const struct strbuf *text)
{
	for (size_t done = 0; done < text->len;) {
		ssize_t n = write(fd, text->bytes + done, text->len - done);

		if (n == -1)
			return -1;
		done += (size_t)n;
	}
	return fsync(fd);
}

static int
write_file(const char *draft, const char *path, const struct strbuf *text)
{
	int fd = open_draft(draft), result, error;

	if (fd == -1)
		return -1;
	result = write_text(fd, text);
	if (result == 0)
		result = rename(draft, path);
	error = errno;
	close(fd);
	if (result == -1)
		unlink(draft);
	errno = error;
	return result;
}

/* Returns 0, or -1 with the reason in err. */
static int
write_wish(struct rehash_spool *spool, const struct wish *wish,
    struct strbuf *err)
{
	char *draft, *path;
	int result;

	if (spool->nfiles >= REHASH_SPOOL_MAX)
		spool->nfiles = count_files(spool->path);
	if (spool->nfiles >= REHASH_SPOOL_MAX) {
		strbuf_addf(err, "%s: %zu files wait for authctl apply",
		    spool->path, spool->nfiles);
		return -1;
	}
	draft = xasprintf("%s/.new", spool->path);
	path = xasprintf("%s/%s", spool->path, wish->name);
	result = write_file(draft, path, &wish->text);
	if (result == -1)
		strbuf_addf(err, "write %s: %s", draft, strerror(errno));
	else
		spool->nfiles++;
	free(draft);
	free(path);
	return result;
}

static void
log_result(struct rehash_spool *spool, const struct wish *wish,
    const struct strbuf *err)
{
	bool has_failed = err->len > 0;
	struct strbuf line = { 0 };

	if (has_failed && !spool->has_failed) {
		log_warn("rehash: %s; what logins would add to records is left "
			 "to later ones",
		    strbuf_str(err));
	} else if (!has_failed) {
		strbuf_adds(&line, "rehash:");
		log_field(&line, "user", wish->user);
		log_info("%s waits for authctl apply", strbuf_str(&line));
		strbuf_free(&line);
	}
	spool->has_failed = has_failed;
}

static struct wish *
next_ready(struct rehash_spool *spool)
{
	struct wish *wish;

	pthread_mutex_lock(&spool->lock);
	wish = TAILQ_FIRST(&spool->ready);
	if (wish != NULL) {
		TAILQ_REMOVE(&spool->ready, wish, link);
	} else {
		spool->has_thread = false;
		pthread_cond_signal(&spool->ended);
	}
	pthread_mutex_unlock(&spool->lock);
	return wish;
}

static void
pause_offers(struct rehash_spool *spool)
{
	pthread_mutex_lock(&spool->lock);
	spool->pause_until = clock_ms() + REHASH_PAUSE_MS;
	pthread_mutex_unlock(&spool->lock);
}

static void *
run_write(void *arg)
{
	struct rehash_spool *spool = arg;
	struct wish *wish;

	while ((wish = next_ready(spool)) != NULL) {
		struct strbuf err = { 0 };
		bool has_failed = write_wish(spool, wish, &err) == -1;

		log_result(spool, wish, &err);
		if (has_failed)
			pause_offers(spool);
		drop(spool, wish, has_failed);
		strbuf_free(&err);
	}
	return NULL;
}

/* --- a worker --- */

static struct rehash_spool *
spool_of(struct job *job)
{
	return (struct rehash_spool *)((char *)job -
	    offsetof(struct rehash_spool, job));
}

static void
run_derive(struct job *job, struct crypt_data *scratch)
{
	struct wish *wish = spool_of(job)->derived;
	struct credential_options options = wish->rules->config.credentials;
	struct rehash_entry entry = { .user = wish->user };
	struct strbuf ignored = { 0 };

	(void)scratch;
	options.mechanisms = wish->missing;
	if (credential_make(&entry.secrets, &options, wish->password.bytes,
		wish->password.len, &ignored) == 0)
		rehash_encode(&entry, &wish->text);
	secrets_free(&entry.secrets);
	strbuf_wipe(&wish->password);
	strbuf_free(&ignored);
}

/* --- the loop --- */

static void
derive_next(struct rehash_spool *spool)
{
	static const struct source nowhere = { 0 };

	spool->derived = TAILQ_FIRST(&spool->waiting);
	if (spool->derived == NULL)
		return;
	TAILQ_REMOVE(&spool->waiting, spool->derived, link);
	workers_add(spool->workers, &spool->job, &nowhere, false);
}

static void
hand_over(struct rehash_spool *spool, struct wish *wish)
{
	pthread_mutex_lock(&spool->lock);
	TAILQ_INSERT_TAIL(&spool->ready, wish, link);
	if (!spool->has_thread) /* without one it waits for the next */
		spool->has_thread = thread_start(run_write, spool) == 0;
	pthread_mutex_unlock(&spool->lock);
}

static void
on_derived(struct job *job, enum job_end end)
{
	struct rehash_spool *spool = spool_of(job);
	struct wish *wish = spool->derived;

	login_rules_unref(wish->rules);
	if (end == JOB_DONE && wish->text.len > 0)
		hand_over(spool, wish);
	else
		drop(spool, wish, end == JOB_TURNED_AWAY);
	derive_next(spool);
}

void
rehash_spool_make_directory(const char *path)
{
	if (*path != '\0')
		mkdir(path, 0700); /* who writes to it says why it cannot */
}

struct rehash_spool *
rehash_spool_new(struct workers *workers, const char *path)
{
	struct rehash_spool *spool;

	if (*path == '\0')
		return NULL;
	spool = xcalloc(1, sizeof *spool);
	spool->path = xstrdup(path);
	spool->workers = workers;
	spool->job.run = run_derive;
	spool->job.hashes = true;
	spool->job.end = on_derived;
	spool->nfiles = REHASH_SPOOL_MAX; /* they are counted first */
	spool->known = ttl_cache_new(KNOWN_BYTES, free);
	TAILQ_INIT(&spool->waiting);
	TAILQ_INIT(&spool->ready);
	pthread_mutex_init(&spool->lock, NULL);
	pthread_cond_init(&spool->ended, NULL);
	return spool;
}

/* Returns false when the disk is stuck. */
static bool
wait_for_thread(struct rehash_spool *spool)
{
	bool has_ended;

	pthread_mutex_lock(&spool->lock);
	has_ended = thread_await_end(&spool->has_thread, &spool->ended,
	    &spool->lock, clock_ms() + STOP_MS);
	pthread_mutex_unlock(&spool->lock);
	return has_ended;
}

void
rehash_spool_free(struct rehash_spool *spool)
{
	struct wish *wish;

	if (spool == NULL)
		return;
	if (spool->derived != NULL)
		TAILQ_INSERT_HEAD(&spool->waiting, spool->derived, link);
	while ((wish = TAILQ_FIRST(&spool->waiting)) != NULL) {
		TAILQ_REMOVE(&spool->waiting, wish, link);
		login_rules_unref(wish->rules);
		wish_free(wish);
	}
	if (!wait_for_thread(spool))
		return; /* it ends with the process */
	while ((wish = TAILQ_FIRST(&spool->ready)) != NULL) {
		TAILQ_REMOVE(&spool->ready, wish, link);
		wish_free(wish);
	}
	pthread_cond_destroy(&spool->ended);
	pthread_mutex_destroy(&spool->lock);
	ttl_cache_free(spool->known);
	free(spool->path);
	free(spool);
}

/* Whether there is room for a wish, and it is not one of before. */
static bool
admit(struct rehash_spool *spool, const char *name, unsigned missing)
{
	long now = clock_ms();
	unsigned *known;
	bool is_admitted;

	pthread_mutex_lock(&spool->lock);
	known =
	    ttl_cache_find(spool->known, name, REHASH_NAME_LEN, (uint64_t)now);
	is_admitted = (known == NULL || *known != missing) &&
	    spool->nwishes < REHASH_WAITING_MAX && now >= spool->pause_until;
	if (is_admitted) {
		spool->nwishes++;
		known = xmalloc(sizeof *known);
		*known = missing;
		ttl_cache_put(spool->known, name, REHASH_NAME_LEN, known,
		    sizeof *known, (uint64_t)now + KNOWN_MS);
	}
	pthread_mutex_unlock(&spool->lock);
	return is_admitted;
}

void
rehash_spool_offer(struct rehash_spool *spool, struct login_rules *rules,
    const struct mech *mech)
{
	const struct strbuf *password = mech_password(mech);
	const struct identity *id = mech_identity(mech);
	const struct secrets *secrets = &id->record.secrets;
	char name[REHASH_NAME_LEN + 1];
	struct wish *wish;
	unsigned missing;

	if (spool == NULL || !rules->config.rehash || password == NULL)
		return;
	missing = rehash_missing(secrets, &rules->config.credentials);
	if (missing == 0 ||
	    !rehash_is_certain(secrets->password, password->bytes,
		password->len))
		return;
	rehash_name(strbuf_str(&id->user), secrets->password, name);
	if (!admit(spool, name, missing))
		return;
	wish = xcalloc(1, sizeof *wish);
	memcpy(wish->name, name, sizeof wish->name);
	wish->missing = missing;
	wish->user = xstrdup(strbuf_str(&id->user));
	wish->rules = login_rules_ref(rules);
	strbuf_reserve(&wish->password, password->len);
	strbuf_add(&wish->password, password->bytes, password->len);
	TAILQ_INSERT_TAIL(&spool->waiting, wish, link);
	if (spool->derived == NULL)
		derive_next(spool);
}
