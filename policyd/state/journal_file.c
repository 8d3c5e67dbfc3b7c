/*
 * The journal's file: a line that says what it is, the generation (8), and
 * frames:
 *
 *	length (4, little-endian)  checksum (8)  bytes
 *
 * The checksum, of length and bytes, is SipHash with a key that is no secret:
 * it finds what is torn, zeroed or garbled as a CRC does, and is linked
 * already.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal_file.h"
#include "clock.h"
#include "key_hash.h"
#include "log.h"
#include "mem.h"
#include "rights.h"
#include "state_record.h"

#define MAGIC     "sekisho-journal 1\n"
#define MAGIC_LEN (sizeof MAGIC - 1)
#define HEAD_LEN  (MAGIC_LEN + sizeof(uint64_t))

/* So long somebody who ends may still have the file: policyd before us. */
#define LOCK_MS 10000

struct frame {
	uint32_t length; /* little-endian, as all numbers in files */
	uint32_t checksum[2];
};
_Static_assert(sizeof(struct frame) == 12, "as it stands in the file");

static const struct key_hash checksum_key = { "sekisho-journal" };

size_t
journal_frame_begin(struct strbuf *out)
{
	static const struct frame empty;
	size_t begin = out->len;

	strbuf_add(out, &empty, sizeof empty);
	return begin;
}

/* The length stands twice while the checksum is made: in front of the bytes,
 * too. */
void
journal_frame_end(struct strbuf *out, size_t begin)
{
	char *bytes = out->bytes + begin + sizeof(struct frame);
	struct frame frame = {
		.length = htole32((uint32_t)(out->len - begin - sizeof frame)),
	};
	char *summed = bytes - sizeof frame.length;
	uint64_t checksum;

	memcpy(summed, &frame.length, sizeof frame.length);
	checksum = htole64(key_hash(&checksum_key, summed,
	    out->len - (size_t)(summed - out->bytes)));
	memcpy(frame.checksum, &checksum, sizeof checksum);
	memcpy(bytes - sizeof frame, &frame, sizeof frame);
}

/* The length of the bytes in the frame that begins there; 0: it is torn. */
static size_t
whole_frame(const char *frames, size_t len)
{
	struct strbuf right = { 0 };
	struct frame frame;
	size_t length;
	bool is_whole;

	if (len < sizeof frame)
		return 0;
	memcpy(&frame, frames, sizeof frame);
	length = le32toh(frame.length);
	if (length == 0 || length > STATE_RECORD_MAX ||
	    length > len - sizeof frame)
		return 0;
	journal_frame_begin(&right);
	strbuf_add(&right, frames + sizeof frame, length);
	journal_frame_end(&right, 0);
	is_whole = memcmp(&frame, right.bytes, sizeof frame) == 0;
	strbuf_free(&right);
	return is_whole ? length : 0;
}

size_t
journal_frames_each(const char *frames, size_t len,
    void (*fn)(void *arg, const char *bytes, size_t len), void *arg)
{
	size_t at = 0, length;

	while ((length = whole_frame(frames + at, len - at)) > 0) {
		fn(arg, frames + at + sizeof(struct frame), length);
		at += sizeof(struct frame) + length;
	}
	return at;
}

static int
explain(struct strbuf *err, const char *verb, const struct journal_file *file)
{
	strbuf_addf(err, "%s %s: %s", verb, file->path, strerror(errno));
	return -1;
}

/* Write all of it at the end of what is whole. */
static int
write_all(struct journal_file *file, const char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(file->fd, bytes + done, len - done,
		    file->size + (off_t)done);

		if (n == -1 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	file->size += (off_t)len;
	return 0;
}

int
journal_file_append(struct journal_file *file, const char *frames, size_t len,
    struct strbuf *err)
{
	if (write_all(file, frames, len) == 0)
		return 0;
	explain(err, "write", file);
	/* The beginning of a frame would be found torn; better without. */
	if (ftruncate(file->fd, file->size) == -1)
		log_debug("truncate %s: %s", file->path, strerror(errno));
	return -1;
}

int
journal_file_sync(struct journal_file *file, struct strbuf *err)
{
	struct stat st;

	if (fdatasync(file->fd) == -1)
		return explain(err, "sync", file);
	if (fstat(file->fd, &st) == 0 && st.st_nlink == 0) {
		strbuf_addf(err, "%s: was removed", file->path);
		return -1;
	}
	return 0;
}

/* The new name in the directory is to last. */
static int
sync_directory(const struct journal_file *file)
{
	char *copy = xstrdup(file->path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd == -1 ? -1 : fsync(fd);

	if (fd != -1)
		close(fd);
	free(copy);
	return result;
}

static int
begin(struct journal_file *file, uint64_t generation, struct strbuf *err)
{
	char head[HEAD_LEN] = MAGIC;
	uint64_t number = htole64(generation);

	memcpy(head + MAGIC_LEN, &number, sizeof number);
	file->size = 0;
	file->generation = generation;
	if (ftruncate(file->fd, 0) == -1 ||
	    write_all(file, head, HEAD_LEN) == -1 ||
	    fdatasync(file->fd) == -1 || sync_directory(file) == -1)
		return explain(err, "begin", file);
	return 0;
}

static int
open_locked(struct journal_file *file, struct strbuf *err)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000000L };
	long until = clock_ms() + LOCK_MS;

	file->fd = open(file->path,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (file->fd == -1) {
		strbuf_addf(err, "open %s: ", file->path);
		rights_explain(err, file->path, W_OK, NULL, errno);
		return -1;
	}
	while (flock(file->fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return explain(err, "lock", file);
		if (clock_ms() >= until) {
			strbuf_addf(err, "%s: another policyd has it",
			    file->path);
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

int
journal_file_clear(struct journal_file *file, uint64_t generation,
    struct strbuf *err)
{
	struct stat st;

	if (fstat(file->fd, &st) == -1)
		return explain(err, "stat", file);
	if (st.st_nlink == 0) {
		close(file->fd);
		if (open_locked(file, err) == -1)
			return -1;
	}
	return begin(file, generation, err);
}

/* All of the file.  Returns -1 with errno set. */
static int
read_all(const struct journal_file *file, struct strbuf *content)
{
	struct stat st;
	ssize_t n;

	if (fstat(file->fd, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	do {
		strbuf_reserve(content, (size_t)st.st_size + 1);
		n = pread(file->fd, content->bytes + content->len,
		    (size_t)st.st_size + 1, (off_t)content->len);
		content->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n == -1 && errno == EINTR));
	return n == 0 ? 0 : -1;
}

/* What stands behind the last whole frame is of no use. */
static int
cut_tail(struct journal_file *file, size_t whole, size_t all,
    struct strbuf *err)
{
	file->size = (off_t)whole;
	if (whole == all)
		return 0;
	log_warn("%s: torn at its end, as after a crash: %zu bytes are cut off",
	    file->path, all - whole);
	if (ftruncate(file->fd, file->size) == -1 || fdatasync(file->fd) == -1)
		return explain(err, "cut", file);
	return 0;
}

/* Whether the file is a journal, or one that was never begun. */
static bool
is_ours(const struct journal_file *file, const struct strbuf *content,
    struct strbuf *err)
{
	const char *bytes = strbuf_str(content);
	size_t known = content->len < MAGIC_LEN ? content->len : MAGIC_LEN;
	const size_t name = sizeof "sekisho-journal " - 1;

	if (memcmp(bytes, MAGIC, known) == 0)
		return true;
	if (known > name && memcmp(bytes, MAGIC, name) == 0)
		strbuf_addf(err, "%s: of a newer version of policyd",
		    file->path);
	else
		strbuf_addf(err, "%s: not a journal of policyd", file->path);
	return false;
}

/* The generation of what the file is about; 0: it was never begun. */
static uint64_t
generation_of(const struct strbuf *content)
{
	uint64_t number;

	if (content->len < HEAD_LEN)
		return 0;
	memcpy(&number, content->bytes + MAGIC_LEN, sizeof number);
	return le64toh(number);
}

static int
take_in(struct journal_file *file, const struct strbuf *content,
    uint64_t generation, void (*fn)(void *arg, const char *bytes, size_t len),
    void *arg, struct strbuf *err)
{
	if (!is_ours(file, content, err))
		return -1;
	if (content->len < HEAD_LEN)
		return begin(file, generation, err);
	file->generation = generation_of(content);
	if (file->generation < generation)
		return begin(file, generation, err);
	return cut_tail(file,
	    HEAD_LEN +
		journal_frames_each(content->bytes + HEAD_LEN,
		    content->len - HEAD_LEN, fn, arg),
	    content->len, err);
}

int
journal_file_open(struct journal_file *file, const char *path,
    uint64_t generation, void (*fn)(void *arg, const char *bytes, size_t len),
    void *arg, struct strbuf *err)
{
	struct strbuf content = { 0 };
	int result = -1;

	*file = (struct journal_file){ .path = xstrdup(path), .fd = -1 };
	if (open_locked(file, err) == -1)
		goto done;
	if (read_all(file, &content) == -1)
		explain(err, "read", file);
	else
		result = take_in(file, &content, generation, fn, arg, err);
done:
	strbuf_free(&content);
	if (result == -1)
		journal_file_close(file);
	return result;
}

static void
ignore(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
}

int
journal_file_reopen(struct journal_file *file, struct strbuf *err)
{
	struct journal_file again;

	if (journal_file_open(&again, file->path, file->generation, ignore,
		NULL, err) == -1)
		return -1;
	journal_file_close(file);
	*file = again;
	return 0;
}

int
journal_file_look(const char *path, uint64_t generation,
    void (*fn)(void *arg, const char *bytes, size_t len), void *arg,
    struct strbuf *err)
{
	struct journal_file file = { .path = xstrdup(path) };
	struct strbuf content = { 0 };
	int result = 0;

	file.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file.fd == -1 && errno == ENOENT)
		goto done;
	if (file.fd == -1 || read_all(&file, &content) == -1)
		result = explain(err, "read", &file);
	else if (!is_ours(&file, &content, err))
		result = -1;
	else if (content.len >= HEAD_LEN &&
	    generation_of(&content) >= generation)
		journal_frames_each(content.bytes + HEAD_LEN,
		    content.len - HEAD_LEN, fn, arg);
done:
	strbuf_free(&content);
	journal_file_close(&file);
	return result;
}

void
journal_file_close(struct journal_file *file)
{
	if (file->fd != -1)
		close(file->fd);
	free(file->path);
	*file = (struct journal_file){ .fd = -1 };
}
