/*
 * GDBM files, replaced as a whole.
 *
 * GDBM neither waits for its lock nor survives a writer that is killed, and
 * a reader of a file that changes in place gets torn values.  So nobody ever
 * writes to a file that others see: a reader's snapshot needs no lock, and a
 * kill at any point leaves the old file or the new one.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <gdbm.h>

#include "log.h"
#include "mem.h"
#include "rights.h"
#include "store.h"

/* Buckets (4 kB) that a reader keeps. */
#define READER_CACHE 32

/* What a change may add to a file before the disk is full, at least. */
#define ROOM_TO_GROW (1024 * 1024)

#define COPY_CHUNK ((size_t)64 * 1024 * 1024)

struct store {
	GDBM_FILE dbf;
	char *path;
	struct stat st; /* of the file opened */
};

struct store_edit {
	GDBM_FILE dbf;
	char *path;
	char *draft; /* PATH.new: becomes PATH */
	int lock;
};

/* The beginning of every GDBM file of a 64-bit machine. */
struct header {
	uint32_t magic;
	int32_t block_size;
	int64_t dir;
	int32_t dir_size, dir_bits, bucket_size, bucket_elems;
	int64_t end; /* of the part in use: the size, in a whole file */
};
#define HEADER_MAGIC 0x13579acfu

/* Whether the open file can be a database; else the reason is in err. */
static bool
is_whole(int fd, const char *path, const struct stat *st, struct strbuf *err)
{
	struct header header = { 0 };

	if (!S_ISREG(st->st_mode)) {
		strbuf_addf(err, "%s: not a file", path);
	} else if (st->st_size == 0) {
		strbuf_addf(err, "%s: empty file, not a database", path);
	} else if (pread(fd, &header, sizeof header, 0) == -1) {
		strbuf_addf(err, "read %s: %s", path, strerror(errno));
	} else if (st->st_size < (off_t)sizeof header) {
		strbuf_addf(err, "%s: not a GDBM database", path);
	} else if (header.magic == HEADER_MAGIC && header.end > st->st_size) {
		strbuf_addf(err, "%s: truncated: %lld bytes are left of %lld",
		    path, (long long)st->st_size, (long long)header.end);
	} else {
		return true;
	}
	return false;
}

static void
explain_open(const char *path, struct strbuf *err)
{
	if (gdbm_errno == GDBM_BAD_MAGIC_NUMBER)
		strbuf_addf(err, "%s: not a GDBM database", path);
	else if (gdbm_errno == GDBM_FILE_WRITE_ERROR)
		strbuf_addf(err, "write %s: %s", path, strerror(errno));
	else if (gdbm_errno == GDBM_BYTE_SWAPPED ||
	    gdbm_errno == GDBM_BAD_FILE_OFFSET)
		strbuf_addf(err,
		    "%s: made on another kind of machine: use gdbm_dump there "
		    "and gdbm_load here",
		    path);
	else
		strbuf_addf(err, "%s: damaged: %s", path,
		    gdbm_strerror(gdbm_errno));
}

static void
explain(GDBM_FILE dbf, const char *path, const char *verb, struct strbuf *err)
{
	strbuf_addf(err, "%s %s: %s", verb, path, gdbm_db_strerror(dbf));
}

struct store *
store_open(const char *path, struct strbuf *err)
{
	/* O_NONBLOCK: a FIFO is no reason to wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct store *store;
	size_t cache = READER_CACHE;
	struct stat st;
	GDBM_FILE dbf;
	int off = 0;

	if (fd == -1 || fstat(fd, &st) == -1) {
		strbuf_addf(err, "open %s: ", path);
		rights_explain(err, path, R_OK, NULL, errno);
		if (fd != -1)
			close(fd);
		return NULL;
	}
	if (!is_whole(fd, path, &st, err)) {
		close(fd);
		return NULL;
	}
	dbf = gdbm_fd_open(fd, path, 0,
	    GDBM_READER | GDBM_NOLOCK | GDBM_NOMMAP | GDBM_CLOERROR, NULL);
	if (dbf == NULL) {
		explain_open(path, err);
		return NULL;
	}
	if (gdbm_setopt(dbf, GDBM_SETCACHEAUTO, &off, sizeof off) == -1 ||
	    gdbm_setopt(dbf, GDBM_SETCACHESIZE, &cache, sizeof cache) == -1) {
		explain(dbf, path, "open", err);
		gdbm_close(dbf);
		return NULL;
	}
	store = xcalloc(1, sizeof *store);
	store->dbf = dbf;
	store->path = xstrdup(path);
	store->st = st;
	return store;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	gdbm_close(store->dbf);
	free(store->path);
	free(store);
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
store_is_stale(const struct store *store, const char *path)
{
	const struct stat *old = &store->st;
	struct stat st;

	return stat(path, &st) == -1 || st.st_dev != old->st_dev ||
	    st.st_ino != old->st_ino || st.st_size != old->st_size ||
	    !same_time(&st.st_mtim, &old->st_mtim) ||
	    !same_time(&st.st_ctim, &old->st_ctim);
}

/* The library takes keys and values as they are; their size is an int. */
static datum
datum_of(const char *bytes, size_t len)
{
	union {
		const char *in;
		char *out;
	} pointer = { .in = bytes };

	assert(len <= INT_MAX);
	return (datum){ .dptr = pointer.out, .dsize = (int)len };
}

/* Make what the library allocated ours, with a NUL behind it. */
static void
take(datum from, struct value *value)
{
	value->len = (size_t)from.dsize;
	value->bytes = xmalloc(value->len + 1);
	memcpy(value->bytes, from.dptr, value->len);
	value->bytes[value->len] = '\0';
	secret_free(from.dptr, value->len);
}

static enum lookup
find(GDBM_FILE dbf, const char *path, datum key, struct value *value,
    struct strbuf *err)
{
	datum found = gdbm_fetch(dbf, key);

	*value = (struct value){ 0 };
	if (found.dptr != NULL) {
		take(found, value);
		return LOOKUP_FOUND;
	}
	if (gdbm_last_errno(dbf) == GDBM_ITEM_NOT_FOUND)
		return LOOKUP_NOT_FOUND;
	explain(dbf, path, "read", err);
	return LOOKUP_TEMPFAIL;
}

enum lookup
store_find(struct store *store, const char *key, size_t keylen,
    struct value *value, struct strbuf *err)
{
	return find(store->dbf, store->path, datum_of(key, keylen), value, err);
}

int
store_each(struct store *store,
    bool (*fn)(void *arg, const char *key, size_t keylen,
	const struct value *value),
    void *arg, struct strbuf *err)
{
	datum key = gdbm_firstkey(store->dbf), next;
	enum lookup result = LOOKUP_FOUND;
	bool more = true;

	while (key.dptr != NULL && more) {
		struct value value;

		result = find(store->dbf, store->path, key, &value, err);
		if (result == LOOKUP_NOT_FOUND)
			strbuf_addf(err, "%s: damaged: a key has no value",
			    store->path);
		more = result == LOOKUP_FOUND &&
		    fn(arg, key.dptr, (size_t)key.dsize, &value);
		secret_free(value.bytes, value.len);
		if (more) {
			next = gdbm_nextkey(store->dbf, key);
			free(key.dptr);
			key = next;
		}
	}
	if (result == LOOKUP_FOUND && key.dptr == NULL &&
	    gdbm_last_errno(store->dbf) != GDBM_ITEM_NOT_FOUND) {
		explain(store->dbf, store->path, "read", err);
		result = LOOKUP_TEMPFAIL;
	}
	free(key.dptr);
	return result == LOOKUP_FOUND ? 0 : -1;
}

long
store_count(struct store *store)
{
	gdbm_count_t count;

	if (gdbm_count(store->dbf, &count) == -1)
		return -1;
	return (long)count;
}

/* Make sure that nobody else changes the file.  Returns -1 when it fails. */
static int
take_lock(const char *path, struct strbuf *err)
{
	char *name = xasprintf("%s.lock", path);
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int result = fd;

	if (fd != -1)
		result = flock(fd, LOCK_EX | LOCK_NB);
	if (result == -1 && fd != -1 && errno == EWOULDBLOCK) {
		log_info("waiting for another change of %s to end", path);
		do
			result = flock(fd, LOCK_EX);
		while (result == -1 && errno == EINTR);
	}
	if (result == -1) {
		int error = errno;

		strbuf_addf(err, "lock %s: %s", name, strerror(error));
		if (error == ENOENT)
			strbuf_adds(err, ": create its directory");
		else if (error == EACCES)
			strbuf_adds(err, ": be root, or its directory's owner");
		if (fd != -1)
			close(fd);
		fd = -1;
	}
	free(name);
	return fd;
}

/* Whether the disk has room for a changed copy of size bytes. */
static bool
has_room(int fd, const char *path, off_t size, struct strbuf *err)
{
	struct statvfs vfs;
	uintmax_t free_bytes, wanted;

	if (fstatvfs(fd, &vfs) == -1)
		return true;
	free_bytes = (uintmax_t)(geteuid() == 0 ? vfs.f_bfree : vfs.f_bavail) *
	    vfs.f_frsize;
	wanted = (uintmax_t)size + ROOM_TO_GROW;
	if (free_bytes >= wanted)
		return true;
	strbuf_addf(err,
	    "%s: the disk has %ju kB free, a changed copy needs %ju kB", path,
	    free_bytes / 1024, wanted / 1024);
	return false;
}

/* Copy by read and write, where the kernel cannot copy by itself. */
static int
copy_slowly(int from, int to)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof buf)) != 0) {
		if (n == -1 && errno != EINTR)
			return -1;
		for (ssize_t done = 0; done < n;) {
			ssize_t w = write(to, buf + done, (size_t)(n - done));

			if (w == -1 && errno != EINTR)
				return -1;
			done += w > 0 ? w : 0;
		}
	}
	explicit_bzero(buf, sizeof buf);
	return 0;
}

static int
copy_file(int from, int to)
{
	ssize_t n;

	do
		n = copy_file_range(from, NULL, to, NULL, COPY_CHUNK, 0);
	while (n > 0 || (n == -1 && errno == EINTR));
	if (n == -1 &&
	    (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
		errno == EOPNOTSUPP))
		return copy_slowly(from, to);
	return n == 0 ? 0 : -1;
}

/* Owner and mode as the file at from had (-1: a new file's). */
static int
set_owner(int fd, int from, const char *group, struct strbuf *err)
{
	const struct group *gr = NULL;
	struct stat old = { .st_uid = (uid_t)-1,
		.st_gid = (gid_t)-1,
		.st_mode = 0640 };

	if (from != -1) {
		if (fstat(from, &old) == -1)
			return -1;
	} else if (group != NULL && geteuid() == 0) {
		gr = getgrnam(group);
		if (gr == NULL) {
			strbuf_addf(err,
			    "no such group %s: create the "
			    "daemon's user and group first: ",
			    group);
			errno = ENOENT;
			return -1;
		}
		old.st_gid = gr->gr_gid;
	}
	if (fchown(fd, old.st_uid, old.st_gid) == -1)
		return -1;
	return fchmod(fd, old.st_mode & 07777);
}

/* Begin the draft: a copy of the file at from, or an empty file (from -1, or
 * not copied).  Returns its descriptor, or -1. */
static int
make_draft(const struct store_edit *edit, int from, bool is_copy,
    const char *group, struct strbuf *err)
{
	int fd;

	if (unlink(edit->draft) == 0)
		log_info("%s: removed, a killed run had left it", edit->draft);
	fd = open(edit->draft,
	    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		strbuf_addf(err, "create %s: %s", edit->draft, strerror(errno));
		return -1;
	}
	if ((is_copy && copy_file(from, fd) == -1) ||
	    lseek(fd, 0, SEEK_SET) == -1 || /* where GDBM reads from */
	    set_owner(fd, from, group, err) == -1) {
		strbuf_addf(err, "make %s: %s", edit->draft, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* Open the file for reading; *fd is -1 when it is missing and may be. */
static int
open_original(const char *path, enum store_edit_mode mode, int *fd, off_t *size,
    struct strbuf *err)
{
	struct stat st;

	*size = 0;
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd == -1 && errno == ENOENT && mode != STORE_EDIT_EXISTING)
		return 0;
	if (*fd == -1 || fstat(*fd, &st) == -1) {
		strbuf_addf(err, "open %s: ", path);
		rights_explain(err, path, R_OK, NULL, errno);
		return -1;
	}
	*size = st.st_size;
	if (mode == STORE_EDIT_ANEW)
		return 0;
	return is_whole(*fd, path, &st, err) ? 0 : -1;
}

static int
begin(struct store_edit *edit, enum store_edit_mode mode, const char *group,
    struct strbuf *err)
{
	int from = -1, draft, result = -1;
	bool is_copy;
	off_t size;

	edit->lock = take_lock(edit->path, err);
	if (edit->lock == -1)
		return -1;
	if (open_original(edit->path, mode, &from, &size, err) == -1 ||
	    !has_room(edit->lock, edit->path, size, err))
		goto done;
	is_copy = from != -1 && mode != STORE_EDIT_ANEW;
	draft = make_draft(edit, from, is_copy, group, err);
	if (draft == -1)
		goto done;
	/* No mmap: a full disk is an error then, not a SIGBUS. */
	edit->dbf = gdbm_fd_open(draft, edit->draft, 0,
	    (is_copy ? GDBM_WRITER : GDBM_NEWDB) | GDBM_NOLOCK | GDBM_NOMMAP |
		GDBM_CLOERROR,
	    NULL);
	if (edit->dbf != NULL)
		result = 0;
	else
		explain_open(edit->path, err);
done:
	if (from != -1)
		close(from);
	return result;
}

struct store_edit *
store_edit_begin(const char *path, enum store_edit_mode mode, const char *group,
    struct strbuf *err)
{
	struct store_edit *edit = xcalloc(1, sizeof *edit);

	/* Behind a symbolic link it is the file that is replaced. */
	edit->path = realpath(path, NULL);
	if (edit->path == NULL)
		edit->path = xstrdup(path);
	edit->draft = xasprintf("%s.new", edit->path);
	edit->lock = -1;
	if (begin(edit, mode, group, err) == -1) {
		store_edit_abort(edit);
		return NULL;
	}
	return edit;
}

enum lookup
store_edit_find(struct store_edit *edit, const char *key, size_t keylen,
    struct value *value, struct strbuf *err)
{
	return find(edit->dbf, edit->path, datum_of(key, keylen), value, err);
}

int
store_edit_put(struct store_edit *edit, const char *key, size_t keylen,
    const char *bytes, size_t len, struct strbuf *err)
{
	if (gdbm_store(edit->dbf, datum_of(key, keylen), datum_of(bytes, len),
		GDBM_REPLACE) == 0)
		return 0;
	explain(edit->dbf, edit->draft, "write", err);
	return -1;
}

int
store_edit_delete(struct store_edit *edit, const char *key, size_t keylen,
    struct strbuf *err)
{
	if (gdbm_delete(edit->dbf, datum_of(key, keylen)) == 0)
		return 0;
	if (gdbm_last_errno(edit->dbf) == GDBM_ITEM_NOT_FOUND)
		return 1;
	explain(edit->dbf, edit->draft, "write", err);
	return -1;
}

/* Make the rename last.  The change is made, whatever comes of this. */
static void
sync_directory(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1 || fsync(fd) == -1)
		log_warn("%s: sync its directory: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
	free(copy);
}

int
store_edit_commit(struct store_edit *edit, struct strbuf *err)
{
	int result = -1, closed;

	if (gdbm_sync(edit->dbf) == -1) {
		explain(edit->dbf, edit->draft, "write", err);
		goto done;
	}
	closed = gdbm_close(edit->dbf);
	edit->dbf = NULL;
	if (closed == -1) {
		strbuf_addf(err, "write %s: %s", edit->draft,
		    gdbm_strerror(gdbm_errno));
		goto done;
	}
	result = rename(edit->draft, edit->path);
	if (result == -1)
		strbuf_addf(err, "rename %s: %s", edit->draft, strerror(errno));
	else
		sync_directory(edit->path);
done:
	store_edit_abort(edit);
	return result;
}

void
store_edit_abort(struct store_edit *edit)
{
	if (edit == NULL)
		return;
	if (edit->dbf != NULL)
		gdbm_close(edit->dbf);
	if (edit->lock != -1) {
		unlink(edit->draft); /* gone after a commit */
		close(edit->lock);
	}
	free(edit->path);
	free(edit->draft);
	free(edit);
}
