/*
 * Last logins in a file.
 *
 * A first page says what the file is and has the key of its hash; each of the
 * others is a bucket, with a checksum, of entries that follow each other.  When
 * a bucket is full the file is made anew with twice the pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "last_login_file.h"
#include "mem.h"

#define MAGIC "sekisho-last-logins 1\n"

struct head {
	char magic[sizeof MAGIC];
	struct key_hash hash;
};

struct page {
	uint64_t check; /* of what follows; nothing is used: any */
	uint32_t used;
	char bytes[LAST_LOGIN_PAGE - 12];
};
_Static_assert(sizeof(struct page) == LAST_LOGIN_PAGE, "a page is full");

/* The names of the mechanism and the label follow. */
struct entry {
	uint64_t hash;
	uint32_t when;
	uint8_t ip_len; /* 0: not known */
	uint8_t mechanism_len;
	uint8_t label_len;
	uint8_t unused;
	unsigned char ip[16];
};

#define ENTRY_MAX (sizeof(struct entry) + UINT8_MAX + USER_LABEL_MAX)

/* A page that is read while it is written may look torn. */
#define READ_TRIES 3

static int
fail(struct strbuf *err, const char *what, const char *path)
{
	strbuf_addf(err, "%s %s: %s", what, path, strerror(errno));
	return -1;
}

static uint64_t
check_of(const struct last_login_file *file, const struct page *page)
{
	return key_hash(&file->hash, &page->used,
	    sizeof page->used + page->used);
}

static bool
is_whole(const struct last_login_file *file, const struct page *page)
{
	return page->used <= sizeof page->bytes &&
	    page->check == check_of(file, page);
}

static off_t
offset_of(size_t number)
{
	return (off_t)(number + 1) * LAST_LOGIN_PAGE;
}

/* One that is not whole is empty. */
static int
read_page(const struct last_login_file *file, size_t number, struct page *page)
{
	for (int tries = 0; tries < READ_TRIES; tries++) {
		ssize_t n =
		    pread(file->fd, page, sizeof *page, offset_of(number));

		if (n == -1)
			return -1;
		if (n == sizeof *page &&
		    (page->used == 0 || is_whole(file, page)))
			return 0;
	}
	page->used = 0;
	return 0;
}

static int
write_page(const struct last_login_file *file, size_t number, struct page *page)
{
	ssize_t n;

	memset(page->bytes + page->used, 0, sizeof page->bytes - page->used);
	page->check = check_of(file, page);
	n = pwrite(file->fd, page, sizeof *page, offset_of(number));
	if (n >= 0 && n < (ssize_t)sizeof *page)
		errno = ENOSPC;
	return n == sizeof *page ? 0 : -1;
}

/* Returns its length; 0: there is none at this place. */
static size_t
entry_at(const struct page *page, size_t at, struct entry *entry)
{
	size_t len = sizeof *entry;

	if (page->used - at < len)
		return 0;
	memcpy(entry, page->bytes + at, len);
	len += entry->mechanism_len + entry->label_len;
	if (page->used - at < len || entry->label_len > USER_LABEL_MAX ||
	    entry->ip_len > sizeof entry->ip)
		return 0;
	return len;
}

/* Where the entry of that hash is; its length is 0 when there is none. */
static size_t
find(const struct page *page, uint64_t hash, struct entry *entry, size_t *len)
{
	size_t at = 0;

	while ((*len = entry_at(page, at, entry)) > 0 && entry->hash != hash)
		at += *len;
	return at;
}

static void
take_out(struct page *page, size_t at, size_t len)
{
	memmove(page->bytes + at, page->bytes + at + len,
	    page->used - at - len);
	page->used -= (uint32_t)len;
}

static void
take_out_oldest(struct page *page)
{
	struct entry entry;
	size_t oldest = 0, oldest_len = 0, len;
	uint32_t when = UINT32_MAX;

	for (size_t at = 0; (len = entry_at(page, at, &entry)) > 0; at += len)
		if (entry.when <= when) {
			when = entry.when;
			oldest = at;
			oldest_len = len;
		}
	if (oldest_len > 0)
		take_out(page, oldest, oldest_len);
	else
		page->used = 0;
}

static bool
has_room(const struct page *page, size_t len)
{
	return sizeof page->bytes - page->used >= len;
}

static void
append(struct page *page, const char *bytes, size_t len)
{
	memcpy(page->bytes + page->used, bytes, len);
	page->used += (uint32_t)len;
}

static uint64_t
hash_of(const struct last_login_file *file, const struct last_login_key *key)
{
	struct strbuf text = { 0 };
	uint64_t hash;

	strbuf_addf(&text, "%d %s %s", key->kind, key->user,
	    key->label != NULL ? key->label : "");
	hash = key_hash(&file->hash, text.bytes, text.len);
	strbuf_free(&text);
	return hash;
}

static size_t
encode(char *bytes, uint64_t hash, const struct last_login *login)
{
	const char *mechanism = mechanism_name(login->mechanism);
	struct entry entry = {
		.hash = hash,
		.when = (uint32_t)login->when,
		.ip_len = (uint8_t)ip_len(&login->ip),
		.mechanism_len = (uint8_t)strlen(mechanism),
		.label_len = (uint8_t)strlen(login->label),
	};
	char *end = bytes + sizeof entry;

	memcpy(entry.ip, login->ip.bytes, entry.ip_len);
	memcpy(bytes, &entry, sizeof entry);
	memcpy(end, mechanism, entry.mechanism_len);
	end += entry.mechanism_len;
	memcpy(end, login->label, entry.label_len);
	return (size_t)(end + entry.label_len - bytes);
}

/* Returns false for what another version wrote. */
static bool
decode(const struct page *page, size_t at, const struct entry *entry,
    struct last_login *login)
{
	const char *mechanism = page->bytes + at + sizeof *entry;
	const char *label = mechanism + entry->mechanism_len;

	*login = (struct last_login){
		.when = (time_t)entry->when,
		.mechanism = mechanism_parse(mechanism, entry->mechanism_len),
	};
	if (entry->ip_len == 4)
		login->ip.family = AF_INET;
	else if (entry->ip_len == 16)
		login->ip.family = AF_INET6;
	memcpy(login->ip.bytes, entry->ip, entry->ip_len);
	memcpy(login->label, label, entry->label_len);
	return login->mechanism != MECHANISMS;
}

/* Returns false when it is not a file of ours. */
static bool
read_head(struct last_login_file *file)
{
	struct head head;
	struct stat st;

	if (fstat(file->fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    pread(file->fd, &head, sizeof head, 0) != sizeof head ||
	    memcmp(head.magic, MAGIC, sizeof MAGIC) != 0)
		return false;
	file->hash = head.hash;
	file->pages = (size_t)st.st_size / LAST_LOGIN_PAGE - 1;
	return st.st_size % LAST_LOGIN_PAGE == 0 && file->pages > 0 &&
	    file->pages <= LAST_LOGIN_PAGES_MAX &&
	    (file->pages & (file->pages - 1)) == 0;
}

static int
write_head(struct last_login_file *file)
{
	struct head head = { .magic = MAGIC, .hash = file->hash };
	ssize_t n = pwrite(file->fd, &head, sizeof head, 0);

	if (n >= 0 && n < (ssize_t)sizeof head)
		errno = ENOSPC;
	return n == sizeof head ? ftruncate(file->fd, offset_of(file->pages))
				: -1;
}

/* Who may look into the directory may read the file. */
static int
share(int fd, const char *path)
{
	char *slash, *directory = xstrdup(path);
	struct stat st;
	int result;

	if ((slash = strrchr(directory, '/')) != NULL)
		slash[slash == directory] = '\0';
	result = stat(slash != NULL ? directory : ".", &st);
	free(directory);
	if (result == -1 || fchown(fd, (uid_t)-1, st.st_gid) == -1)
		return -1;
	return fchmod(fd, 0640);
}

/* One page of the old file, to the two in its place. */
static int
split_page(const struct last_login_file *old, size_t number,
    const struct last_login_file *file)
{
	struct page from, to[2] = { 0 };
	struct entry entry;
	size_t len;

	if (read_page(old, number, &from) == -1)
		return -1;
	for (size_t at = 0; (len = entry_at(&from, at, &entry)) > 0; at += len)
		append(&to[(entry.hash & old->pages) != 0], from.bytes + at,
		    len);
	if (to[0].used > 0 && write_page(file, number, &to[0]) == -1)
		return -1;
	return to[1].used == 0 ? 0
			       : write_page(file, number + old->pages, &to[1]);
}

/* old: NULL: there is none. */
static int
fill(struct last_login_file *file, const struct last_login_file *old)
{
	int result = write_head(file);

	if (result == 0)
		result = share(file->fd, file->path);
	for (size_t i = 0; result == 0 && old != NULL && i < old->pages; i++)
		result = split_page(old, i, file);
	return result;
}

/* Make a file of so many pages, with what the old one has, and put it in its
 * place. */
static int
make(struct last_login_file *file, const struct last_login_file *old,
    struct strbuf *err)
{
	char *draft = xasprintf("%s.new", file->path);
	int result = -1;

	file->fd = open(draft,
	    O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file->fd != -1 && fill(file, old) == 0)
		result = rename(draft, file->path);
	if (result == -1) {
		fail(err, "write", draft);
		if (file->fd != -1)
			close(file->fd);
		unlink(draft);
	}
	free(draft);
	return result;
}

/* Twice the pages. */
static int
grow(struct last_login_file *file, struct strbuf *err)
{
	struct last_login_file larger = *file;

	larger.pages = 2 * file->pages;
	if (make(&larger, file, err) == -1)
		return -1;
	close(file->fd);
	*file = larger;
	return 0;
}

static int
begin(struct last_login_file *file, struct strbuf *err)
{
	key_hash_init(&file->hash);
	file->pages = 1;
	return make(file, NULL, err);
}

int
last_login_file_open(struct last_login_file *file, const char *path,
    struct strbuf *err)
{
	*file = (struct last_login_file){ .path = xstrdup(path),
		.pages_max = LAST_LOGIN_PAGES_MAX };
	file->fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (file->fd != -1 && read_head(file))
		return 0;
	if (file->fd == -1 && errno != ENOENT) {
		fail(err, "open", path);
	} else {
		if (file->fd != -1)
			close(file->fd);
		if (begin(file, err) == 0)
			return 0;
	}
	free(file->path);
	*file = (struct last_login_file){ .fd = -1 };
	return -1;
}

int
last_login_file_look(struct last_login_file *file, const char *path,
    struct strbuf *err)
{
	*file = (struct last_login_file){ 0 };
	/* Its directory is another user's. */
	file->fd = open(path,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file->fd == -1)
		return fail(err, "open", path);
	if (read_head(file))
		return 0;
	strbuf_addf(err, "%s: not a file of last logins", path);
	close(file->fd);
	file->fd = -1;
	return -1;
}

void
last_login_file_close(struct last_login_file *file)
{
	if (file->fd != -1)
		close(file->fd);
	free(file->path);
	*file = (struct last_login_file){ .fd = -1 };
}

static size_t
page_of(const struct last_login_file *file, uint64_t hash)
{
	return hash & (file->pages - 1);
}

enum lookup
last_login_find(const struct last_login_file *file,
    const struct last_login_key *key, struct last_login *login,
    struct strbuf *err)
{
	uint64_t hash = hash_of(file, key);
	struct entry entry;
	struct page page;
	size_t at, len;

	if (read_page(file, page_of(file, hash), &page) == -1) {
		strbuf_addf(err, "last logins: %s", strerror(errno));
		return LOOKUP_TEMPFAIL;
	}
	at = find(&page, hash, &entry, &len);
	return len > 0 && decode(&page, at, &entry, login) ? LOOKUP_FOUND
							   : LOOKUP_NOT_FOUND;
}

int
last_login_put(struct last_login_file *file, const struct last_login_key *key,
    const struct last_login *login, struct strbuf *err)
{
	uint64_t hash = hash_of(file, key);
	char bytes[ENTRY_MAX];
	size_t len = encode(bytes, hash, login), at, old_len;
	struct entry entry;
	struct page page;

	for (;;) {
		if (read_page(file, page_of(file, hash), &page) == -1)
			return fail(err, "read", file->path);
		at = find(&page, hash, &entry, &old_len);
		take_out(&page, at, old_len);
		if (has_room(&page, len) || file->pages >= file->pages_max)
			break;
		if (grow(file, err) == -1)
			return -1;
	}
	while (!has_room(&page, len))
		take_out_oldest(&page);
	append(&page, bytes, len);
	if (write_page(file, page_of(file, hash), &page) == -1)
		return fail(err, "write", file->path);
	return 0;
}
