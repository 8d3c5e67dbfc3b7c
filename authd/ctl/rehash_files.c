/*
 * The directory of rehash, read by root and written by another user.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rehash_files.h"
#include "mem.h"
#include "printable.h"

#define REFUSED_TOLD 20 /* lines; the others are counted */

/* What a file is that authd did not write; NULL: it may have. */
static const char *
stat_problem(const struct stat *st, uid_t owner)
{
	if (!S_ISREG(st->st_mode) || st->st_nlink != 1)
		return "not a file of its own";
	if (st->st_uid != owner || (st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "not authd's alone";
	if (st->st_size > REHASH_ENTRY_MAX)
		return "too large";
	return NULL;
}

/* Whatever becomes of the file meanwhile. */
static int
read_bytes(int fd, char bytes[REHASH_ENTRY_MAX + 1], size_t *len)
{
	ssize_t n = 1;

	for (*len = 0; n > 0 && *len <= REHASH_ENTRY_MAX; *len += (size_t)n) {
		n = read(fd, bytes + *len, REHASH_ENTRY_MAX + 1 - *len);
		if (n == -1)
			return -1;
	}
	return 0;
}

/* Returns 0, or -1 with the reason in why. */
static int
read_file(int dir, const char *name, uid_t owner, struct rehash_file *file,
    struct strbuf *why)
{
	char bytes[REHASH_ENTRY_MAX + 1];
	const char *problem = NULL;
	struct stat st;
	size_t len = 0;
	int fd, result = -1;

	*file = (struct rehash_file){ 0 };
	if (!rehash_is_name(name)) {
		strbuf_adds(why, "not a name that authd gives");
		return -1;
	}
	fd = openat(dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		strbuf_adds(why, strerror(errno));
	else if ((problem = stat_problem(&st, owner)) != NULL)
		strbuf_adds(why, problem);
	else if (read_bytes(fd, bytes, &len) == -1)
		strbuf_adds(why, strerror(errno));
	else
		result = rehash_decode(&file->entry, bytes, len, why);
	if (fd != -1)
		close(fd);
	explicit_bzero(bytes, sizeof bytes);
	memcpy(file->name, name, sizeof file->name);
	file->written = result == 0 ? st.st_mtime : 0;
	return result;
}

static void
remove_at(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == -1)
		unlinkat(dir, name, AT_REMOVEDIR);
}

static void
read_all(struct rehash_files *files, DIR *dir, uid_t owner,
    struct strbuf *refused)
{
	const struct dirent *there;
	size_t nrefused = 0;

	while (files->n < REHASH_SPOOL_MAX && (there = readdir(dir)) != NULL) {
		struct rehash_file *file = &files->files[files->n];
		struct strbuf why = { 0 };

		if (there->d_name[0] == '.')
			continue; /* authd writes it still */
		if (read_file(files->dir, there->d_name, owner, file, &why) ==
		    0) {
			files->n++;
			continue;
		}
		if (nrefused++ < REFUSED_TOLD) {
			printable_add(refused, there->d_name,
			    strlen(there->d_name));
			strbuf_addf(refused, ": %s: removed\n",
			    strbuf_str(&why));
		}
		remove_at(files->dir, there->d_name);
		rehash_entry_free(&file->entry);
		strbuf_free(&why);
	}
	if (nrefused > REFUSED_TOLD)
		strbuf_addf(refused, "and %zu more of the kind\n",
		    nrefused - REFUSED_TOLD);
}

static int
check_directory(int fd, const char *path, uid_t owner, struct strbuf *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1) {
		strbuf_addf(err, "%s: %s", path, strerror(errno));
	} else if (st.st_uid != owner ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		strbuf_addf(err,
		    "%s: others than authd may write there: "
		    "nothing is taken",
		    path);
	} else {
		return 0;
	}
	return -1;
}

int
rehash_files_read(struct rehash_files *files, const char *path, uid_t owner,
    struct strbuf *refused, struct strbuf *err)
{
	DIR *dir;

	*files = (struct rehash_files){ 0 };
	files->dir =
	    open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (files->dir == -1 && errno == ENOENT)
		return 0;
	if (files->dir == -1) {
		strbuf_addf(err, "open %s: %s", path, strerror(errno));
		return -1;
	}
	if (check_directory(files->dir, path, owner, err) == -1)
		return -1;
	dir = fdopendir(fcntl(files->dir, F_DUPFD_CLOEXEC, 0));
	if (dir == NULL) {
		strbuf_addf(err, "read %s: %s", path, strerror(errno));
		return -1;
	}
	files->files = xcalloc(REHASH_SPOOL_MAX, sizeof *files->files);
	read_all(files, dir, owner, refused);
	closedir(dir);
	return 0;
}

void
rehash_files_remove(const struct rehash_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		remove_at(files->dir, files->files[i].name);
}

void
rehash_files_free(struct rehash_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		rehash_entry_free(&files->files[i].entry);
	free(files->files);
	if (files->dir != -1)
		close(files->dir);
	*files = (struct rehash_files){ .dir = -1 };
}
