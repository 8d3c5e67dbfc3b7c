/*
 * The thread that writes.  A process that has a thread pays for it with each
 * system call, so it ends when there is nothing to do at once.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "journal_writer.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "snapshot.h"
#include "store.h"
#include "thread.h"

#define STOP_MS 8000 /* a disk that is stuck must not keep us for ever */

struct journal_writer {
	/* the thread's */
	struct journal_file file;
	char *snapshot_path;
	struct store_edit *draft; /* of the next snapshot; NULL: none */
	struct strbuf draft_error;
	bool is_broken;
	void (*told)(void *arg);
	void *arg;

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t ended;
	bool has_thread;
	struct journal_work work;
	uint64_t written; /* batch */
	struct journal_report report;
};

static long long
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == -1 ? 0 : (long long)st.st_size;
}

struct journal_writer *
journal_writer_new(struct journal_file *file, const char *snapshot_path,
    void (*told)(void *arg), void *arg)
{
	struct journal_writer *writer = xcalloc(1, sizeof *writer);

	writer->file = *file;
	*file = (struct journal_file){ .fd = -1 };
	writer->snapshot_path = xstrdup(snapshot_path);
	writer->told = told;
	writer->arg = arg;
	writer->is_broken = writer->file.fd == -1;
	writer->report.is_broken = writer->is_broken;
	writer->report.failures = writer->is_broken;
	writer->report.journal_bytes = writer->file.size;
	writer->report.snapshot_bytes = size_of(snapshot_path);
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->ended, NULL);
	return writer;
}

/* Tell the loop; with the lock. */
static void
report_failure(struct journal_writer *writer, const char *why)
{
	if (!writer->report.is_broken)
		writer->report.failures++;
	writer->is_broken = writer->report.is_broken = true;
	strbuf_truncate(&writer->report.why, 0);
	strbuf_adds(&writer->report.why, why);
}

static void
put_into_draft(void *arg, const char *bytes, size_t len)
{
	struct journal_writer *writer = arg;
	struct state_record record;

	if (writer->draft == NULL || !state_record_decode(&record, bytes, len))
		return;
	if (snapshot_put(writer->draft, &record, &writer->draft_error) == -1) {
		store_edit_abort(writer->draft);
		writer->draft = NULL;
	}
}

/* The new snapshot takes its place, and the journal begins anew. */
static int
end_dump(struct journal_writer *writer)
{
	struct store_edit *draft = writer->draft;

	writer->draft = NULL;
	if (draft == NULL ||
	    store_edit_commit(draft, &writer->draft_error) == -1)
		return -1;
	/* What would be added to the old one is no part of the new snapshot. */
	writer->is_broken =
	    journal_file_clear(&writer->file, writer->file.generation + 1,
		&writer->draft_error) == -1;
	return writer->is_broken ? -1 : 0;
}

/* Without the lock.  Returns whether it went well. */
static bool
write_changes(struct journal_writer *writer, const struct strbuf *frames,
    struct strbuf *err)
{
	if (writer->is_broken || frames->len == 0)
		return true;
	return journal_file_append(&writer->file, frames->bytes, frames->len,
		   err) == 0;
}

/* A new snapshot, once the journal is there, which keeps others away. */
static struct store_edit *
begin_draft(struct journal_writer *writer)
{
	if (writer->file.fd == -1 &&
	    journal_file_reopen(&writer->file, &writer->draft_error) == -1)
		return NULL;
	return snapshot_begin(writer->snapshot_path,
	    writer->file.generation + 1, &writer->draft_error);
}

/* Without the lock. */
static void
go_on_with_dump(struct journal_writer *writer, const struct journal_work *work)
{
	if (work->dump & DUMP_BEGIN) {
		store_edit_abort(writer->draft);
		strbuf_truncate(&writer->draft_error, 0);
		writer->draft = begin_draft(writer);
	}
	if (writer->draft == NULL)
		return;
	journal_frames_each(strbuf_str(&work->dumped), work->dumped.len,
	    put_into_draft, writer);
	journal_frames_each(strbuf_str(&work->frames), work->frames.len,
	    put_into_draft, writer);
}

/* With the lock. */
static void
report_dump(struct journal_writer *writer, bool is_done)
{
	struct journal_report *report = &writer->report;

	report->dumps++;
	report->dump_failed = !is_done;
	if (is_done) {
		report->is_broken = false;
		report->synced = writer->written;
		report->last_sync = clock_now();
		report->snapshot_bytes = size_of(writer->snapshot_path);
	} else if (writer->is_broken) {
		report_failure(writer, strbuf_str(&writer->draft_error));
	} else {
		strbuf_truncate(&report->why, 0);
		strbuf_adds(&report->why, strbuf_str(&writer->draft_error));
	}
}

static bool
is_unsynced(const struct journal_writer *writer)
{
	return !writer->is_broken && writer->written != writer->report.synced;
}

/* With the lock, which is given up meanwhile. */
static void
sync_now(struct journal_writer *writer)
{
	struct strbuf err = { 0 };
	int result;

	pthread_mutex_unlock(&writer->lock);
	result = journal_file_sync(&writer->file, &err);
	pthread_mutex_lock(&writer->lock);
	if (result == -1) {
		report_failure(writer, strbuf_str(&err));
	} else {
		writer->report.synced = writer->written;
		writer->report.last_sync = clock_now();
	}
	writer->told(writer->arg);
	strbuf_free(&err);
}

static bool
has_work(const struct journal_writer *writer)
{
	return writer->work.batch != writer->written || writer->work.is_urgent;
}

/* As sync_now. */
static void
do_work(struct journal_writer *writer)
{
	struct journal_work work = writer->work;
	bool is_last = work.dump & DUMP_END, is_done = false, is_well;
	struct strbuf err = { 0 };

	writer->work = (struct journal_work){ .batch = work.batch };
	pthread_mutex_unlock(&writer->lock);
	is_well = write_changes(writer, &work.frames, &err);
	go_on_with_dump(writer, &work);
	if (is_last)
		is_done = end_dump(writer) == 0;
	pthread_mutex_lock(&writer->lock);
	writer->written = work.batch;
	if (!is_well)
		report_failure(writer, strbuf_str(&err));
	if (is_last)
		report_dump(writer, is_done);
	writer->report.journal_bytes = writer->file.size;
	if (work.dump != DUMP_NONE || !is_well)
		writer->told(writer->arg);
	strbuf_free(&err);
	strbuf_free(&work.frames);
	strbuf_free(&work.dumped);
	if (work.is_urgent && is_unsynced(writer))
		sync_now(writer);
}

static void *
run(void *arg)
{
	struct journal_writer *writer = arg;

	pthread_mutex_lock(&writer->lock);
	while (has_work(writer))
		do_work(writer);
	writer->has_thread = false;
	pthread_cond_signal(&writer->ended);
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

/* With the lock. */
static void
start(struct journal_writer *writer)
{
	if (!writer->has_thread)
		writer->has_thread = thread_start(run, writer) == 0;
}

static void
move(struct strbuf *to, struct strbuf *from)
{
	if (to->len == 0) {
		strbuf_free(to);
		*to = *from;
		*from = (struct strbuf){ 0 };
	} else {
		strbuf_add(to, from->bytes, from->len);
		strbuf_truncate(from, 0);
	}
}

bool
journal_writer_add(struct journal_writer *writer, struct journal_work *work)
{
	bool has_thread;

	pthread_mutex_lock(&writer->lock);
	move(&writer->work.frames, &work->frames);
	move(&writer->work.dumped, &work->dumped);
	writer->work.dump |= work->dump;
	writer->work.batch = work->batch;
	writer->work.is_urgent |= work->is_urgent;
	start(writer);
	has_thread = writer->has_thread;
	if (!has_thread)
		log_debug("journal: no thread");
	pthread_mutex_unlock(&writer->lock);
	work->dump = DUMP_NONE;
	work->is_urgent = false;
	return has_thread;
}

void
journal_writer_report(struct journal_writer *writer,
    struct journal_report *report)
{
	struct journal_report *own = &writer->report;

	pthread_mutex_lock(&writer->lock);
	own->is_idle = writer->work.dump == DUMP_NONE;
	*report = *own;
	report->why = (struct strbuf){ 0 };
	strbuf_adds(&report->why, strbuf_str(&own->why));
	pthread_mutex_unlock(&writer->lock);
}

static void
count(void *arg, const char *bytes, size_t len)
{
	size_t *n = arg;

	(void)bytes;
	(void)len;
	++*n;
}

/* At the end, with the lock: what the thread did not come to, if there was
 * one. */
static void
tell_lost(const struct journal_writer *writer)
{
	size_t n = 0;

	journal_frames_each(strbuf_str(&writer->work.frames),
	    writer->work.frames.len, count, &n);
	if (n > 0)
		log_error("journal: %zu changes are lost: %s", n,
		    writer->has_thread ? "the disk is stuck"
				       : "no thread to write them");
}

bool
journal_writer_free(struct journal_writer *writer)
{
	long until = clock_ms() + STOP_MS;
	bool is_stuck;

	if (writer == NULL)
		return true;
	pthread_mutex_lock(&writer->lock);
	writer->work.is_urgent = true;
	start(writer);
	is_stuck = !thread_await_end(&writer->has_thread, &writer->ended,
	    &writer->lock, until);
	tell_lost(writer);
	pthread_mutex_unlock(&writer->lock);
	if (is_stuck)
		return false;
	store_edit_abort(writer->draft);
	journal_file_close(&writer->file);
	free(writer->snapshot_path);
	strbuf_free(&writer->draft_error);
	strbuf_free(&writer->report.why);
	strbuf_free(&writer->work.frames);
	strbuf_free(&writer->work.dumped);
	pthread_cond_destroy(&writer->ended);
	pthread_mutex_destroy(&writer->lock);
	free(writer);
	return true;
}
