/*
 * Whom the guard suspends.  The file has a line for each, with the words of the
 * watch:
 *
 *	{"event":"suspended","user":...,"source":"guard","until":...}
 *
 * It is written by a thread, one at a time, to another file that then takes its
 * place: a disk that is slow stops no login.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard_list.h"
#include "clock.h"
#include "json_line.h"
#include "log.h"
#include "mem.h"
#include "sorted.h"
#include "thread.h"
#include "watch.h"

#define STOP_MS 3000 /* a disk that is stuck must not keep us */

struct entry {
	char *user;
	time_t until; /* 0: until it is ended */
	char *reason;
	bool is_told; /* since policyd began to tell all */
};

struct guard_list {
	struct watch *watch;
	char *path; /* "": none */
	pthread_mutex_t lock;
	struct entry *entries; /* by user */
	size_t n, size;
	bool is_full;    /* which was logged */
	bool is_changed; /* since the file was begun */

	/* of the thread that writes */
	pthread_cond_t written;
	bool is_writing;
	struct strbuf text; /* what it writes */
	bool has_failed;    /* which was logged */
};

static int
by_user(const void *user, const void *element)
{
	const struct entry *entry = element;

	return strcasecmp(user, entry->user);
}

/* Where the user is, or would be. */
static size_t
place_of(const struct guard_list *list, const char *user, bool *is_there)
{
	size_t place = sorted_place(user, list->entries, list->n,
	    sizeof list->entries[0], by_user);

	*is_there =
	    place < list->n && by_user(user, &list->entries[place]) == 0;
	return place;
}

bool
guard_list_find(struct guard_list *list, const char *user, time_t now,
    struct suspension *suspension)
{
	bool is_there;
	size_t place = place_of(list, user, &is_there);

	if (!is_there ||
	    (list->entries[place].until != 0 &&
		now >= list->entries[place].until))
		return false;
	*suspension = (struct suspension){ .until = list->entries[place].until,
		.reason = list->entries[place].reason };
	return true;
}

bool
guard_list_has(struct guard_list *list, const char *user, time_t now)
{
	struct suspension suspension;
	bool has;

	if (list == NULL)
		return false;
	pthread_mutex_lock(&list->lock);
	has = guard_list_find(list, user, now, &suspension);
	pthread_mutex_unlock(&list->lock);
	return has;
}

static void
add_fields(const struct entry *entry, struct json *json)
{
	json_string(json, "user", entry->user);
	json_string(json, "source", "guard");
	if (entry->until != 0)
		json_integer(json, "until", entry->until);
	else
		json_string(json, "until", NULL);
	json_string(json, "reason", entry->reason);
}

static void
tell_begin(const struct guard_list *list, const struct entry *entry)
{
	if (!watch_wants(list->watch, WATCH_SUSPENDED))
		return;
	add_fields(entry, watch_begin(list->watch, WATCH_SUSPENDED));
	watch_end(list->watch);
}

/* It goes. */
static void
remove_at(struct guard_list *list, size_t place)
{
	struct entry gone = list->entries[place];

	pthread_mutex_lock(&list->lock);
	list->n--;
	memmove(&list->entries[place], &list->entries[place + 1],
	    (list->n - place) * sizeof list->entries[0]);
	pthread_mutex_unlock(&list->lock);
	list->is_changed = true;
	if (watch_wants(list->watch, WATCH_RESUMED)) {
		struct json *json = watch_begin(list->watch, WATCH_RESUMED);

		json_string(json, "user", gone.user);
		json_string(json, "source", "guard");
		watch_end(list->watch);
	}
	free(gone.user);
	free(gone.reason);
}

/* Returns false when there is no room. */
static bool
insert(struct guard_list *list, size_t place, const char *user)
{
	if (list->n == GUARD_LIST_MAX) {
		if (!list->is_full)
			log_warn("guard: more than %d users are suspended: "
				 "policyd alone refuses the others",
			    GUARD_LIST_MAX);
		list->is_full = true;
		return false;
	}
	if (list->n == list->size) {
		list->size = 2 * list->size + 16;
		list->entries = xreallocarray(list->entries, list->size,
		    sizeof list->entries[0]);
	}
	memmove(&list->entries[place + 1], &list->entries[place],
	    (list->n - place) * sizeof list->entries[0]);
	list->entries[place] = (struct entry){ .user = xstrdup(user) };
	list->n++;
	return true;
}

void
guard_list_add(struct guard_list *list, const char *user, time_t until,
    const char *reason)
{
	bool is_there, is_so = false;
	size_t place = place_of(list, user, &is_there);
	struct entry *entry;

	pthread_mutex_lock(&list->lock);
	if (is_there || insert(list, place, user)) {
		entry = &list->entries[place];
		is_so = is_there && entry->until == until &&
		    strcmp(entry->reason, reason) == 0;
		free(entry->reason);
		entry->reason = xstrdup(reason);
		entry->until = until;
		entry->is_told = true;
	} else {
		is_so = true;
	}
	pthread_mutex_unlock(&list->lock);
	if (is_so)
		return;
	list->is_changed = true;
	tell_begin(list, &list->entries[place]);
}

void
guard_list_remove(struct guard_list *list, const char *user)
{
	bool is_there;
	size_t place = place_of(list, user, &is_there);

	if (is_there)
		remove_at(list, place);
}

void
guard_list_begin(struct guard_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		list->entries[i].is_told = false;
}

void
guard_list_end(struct guard_list *list)
{
	for (size_t i = list->n; i-- > 0;)
		if (!list->entries[i].is_told)
			remove_at(list, i);
}

void
guard_list_tell(struct guard_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		tell_begin(list, &list->entries[i]);
}

/* The file. */

static int
write_file(const struct guard_list *list, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	const char *bytes = strbuf_str(&list->text);
	size_t len = list->text.len;
	int result = 0;

	if (fd == -1)
		return -1;
	while (result == 0 && len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n == -1)
			result = -1;
		else
			len -= (size_t)n, bytes += n;
	}
	if (result == 0)
		result = fsync(fd);
	close(fd);
	return result;
}

static void *
run_write(void *arg)
{
	struct guard_list *list = arg;
	char *new = xasprintf("%s.new", list->path);
	bool has_failed =
	    write_file(list, new) == -1 || rename(new, list->path) == -1;

	if (has_failed && !list->has_failed)
		log_error("guard: %s: %s: whom the guard suspends is known "
			  "only as long as authd runs, or policyd",
		    list->path, strerror(errno));
	free(new);
	pthread_mutex_lock(&list->lock);
	list->has_failed = has_failed;
	list->is_writing = false;
	pthread_cond_signal(&list->written);
	pthread_mutex_unlock(&list->lock);
	return NULL;
}

static bool
is_writing(struct guard_list *list)
{
	bool is;

	pthread_mutex_lock(&list->lock);
	is = list->is_writing;
	pthread_mutex_unlock(&list->lock);
	return is;
}

static void
begin_write(struct guard_list *list)
{
	if (!list->is_changed || list->path[0] == '\0' || is_writing(list))
		return;
	strbuf_truncate(&list->text, 0);
	for (size_t i = 0; i < list->n; i++) {
		struct json json = { .out = &list->text };

		json_object(&json, NULL);
		json_string(&json, "event", watch_event_name(WATCH_SUSPENDED));
		add_fields(&list->entries[i], &json);
		json_end(&json);
		strbuf_addc(&list->text, '\n');
	}
	pthread_mutex_lock(&list->lock);
	list->is_writing = thread_start(run_write, list) == 0;
	list->is_changed = !list->is_writing; /* in a second again */
	pthread_mutex_unlock(&list->lock);
}

void
guard_list_each_second(struct guard_list *list, time_t now)
{
	for (size_t i = list->n; i-- > 0;)
		if (list->entries[i].until != 0 &&
		    list->entries[i].until <= now)
			remove_at(list, i);
	begin_write(list);
}

static void
take_line(struct guard_list *list, char *text)
{
	struct json_line line;
	const char *user, *reason;
	long long until = 0;

	if (json_line_read(&line, text) == -1)
		return;
	user = json_line_string(&line, "user");
	reason = json_line_string(&line, "reason");
	json_line_integer(&line, "until", &until);
	if (user != NULL)
		guard_list_add(list, user, (time_t)until,
		    reason != NULL ? reason : "");
}

static void
read_file(struct guard_list *list)
{
	FILE *in = fopen(list->path, "re");
	char *line = NULL;
	size_t size = 0;

	if (in == NULL) {
		if (errno != ENOENT)
			log_error("guard: %s: %s", list->path, strerror(errno));
		return;
	}
	while (list->n < GUARD_LIST_MAX && getline(&line, &size, in) > 0)
		take_line(list, line);
	if (ferror(in))
		log_error("guard: %s: %s", list->path, strerror(errno));
	free(line);
	fclose(in);
	list->is_changed = false;
}

struct guard_list *
guard_list_new(const char *path, struct watch *watch)
{
	struct guard_list *list = xcalloc(1, sizeof *list);

	list->watch = watch;
	list->path = xstrdup(path);
	pthread_mutex_init(&list->lock, NULL);
	pthread_cond_init(&list->written, NULL);
	if (path[0] != '\0')
		read_file(list);
	return list;
}

/* Returns false when the disk is stuck. */
static bool
wait_for_writer(struct guard_list *list)
{
	bool has_ended;

	pthread_mutex_lock(&list->lock);
	has_ended = thread_await_end(&list->is_writing, &list->written,
	    &list->lock, clock_ms() + STOP_MS);
	pthread_mutex_unlock(&list->lock);
	return has_ended;
}

void
guard_list_free(struct guard_list *list)
{
	if (list == NULL)
		return;
	if (!wait_for_writer(list))
		return; /* the memory is still in use */
	for (size_t i = 0; i < list->n; i++) {
		free(list->entries[i].user);
		free(list->entries[i].reason);
	}
	free(list->entries);
	strbuf_free(&list->text);
	pthread_cond_destroy(&list->written);
	pthread_mutex_destroy(&list->lock);
	free(list->path);
	free(list);
}
