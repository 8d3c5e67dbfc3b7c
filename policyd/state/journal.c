/*
 * The loop's side of the journal.  Changes of a moment are handed to
 * the writer together.  All records are dumped, a few in each turn, when the
 * journal is twice as long as the snapshot, or after a failure: then the dump
 * is what makes the files true again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>

#include "journal.h"
#include "clock.h"
#include "journal_file.h"
#include "journal_writer.h"
#include "log.h"
#include "mem.h"
#include "snapshot.h"

/* A shorter one is not worth a snapshot, for which each record is written to a
 * place of its own: it is read in less than a second. */
#define COMPACT_BYTES (64 * 1024 * 1024)

/* How long changes are gathered: so much a crash may lose.  What changes again
 * and again is written once, and writing takes more time than all else. */
static const struct timeval turn_time = { .tv_usec = 200 * 1000 };

/* How long the disk may have what was written to itself, at most. */
static const struct timeval sync_time = { .tv_usec = 500 * 1000 };

/* After a failure. */
static const struct timeval retry_time = { .tv_sec = 5 };

struct waiter {
	journal_synced *done;
	void *arg;
	uint64_t batch;
	STAILQ_ENTRY(waiter) link;
};

struct journal {
	struct event_base *base;
	struct journal_source source;
	char *path;
	struct journal_writer *writer; /* NULL: not open */
	struct strbuf refusal;         /* why it is not */
	uint64_t generation;           /* of the snapshot that was read */

	struct journal_work work; /* that is gathered */
	struct event *turn;       /* hands it over */
	bool is_turning;
	struct event *sync; /* of what was handed over */
	int told_fd;
	struct event *told;  /* the writer has something to say */
	struct event *retry; /* a dump that failed */
	bool is_dumping;
	bool has_more; /* to dump */
	bool is_broken;
	unsigned failures, dumps; /* that the writer has told of */
	STAILQ_HEAD(, waiter) waiters;
};

static void
hand_over(struct journal *journal)
{
	journal->source.changes(journal->source.arg);
	event_del(journal->turn);
	journal->is_turning = false;
	journal->work.batch++;
	journal_writer_add(journal->writer, &journal->work);
	if (!event_pending(journal->sync, EV_TIMEOUT, NULL))
		event_add(journal->sync, &sync_time);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	hand_over(arg);
}

static void
on_sync(evutil_socket_t fd, short what, void *arg)
{
	struct journal *journal = arg;

	(void)fd;
	(void)what;
	journal->work.is_urgent = true;
	if (!journal_writer_add(journal->writer, &journal->work))
		event_add(journal->sync, &sync_time);
}

/* The waiters up to a batch have what they wait for, or it has failed. */
static void
end_waiting(struct journal *journal, uint64_t batch, const char *failure)
{
	struct waiter *waiter;

	while ((waiter = STAILQ_FIRST(&journal->waiters)) != NULL &&
	    waiter->batch <= batch) {
		STAILQ_REMOVE_HEAD(&journal->waiters, link);
		waiter->done(waiter->arg, failure);
		free(waiter);
	}
}

static void
dump_more(struct journal *journal, bool first)
{
	journal->has_more = journal->source.dump(journal->source.arg, first);
	journal->work.dump |= first ? DUMP_BEGIN : DUMP_MORE;
	if (!journal->has_more)
		journal->work.dump |= DUMP_END;
	hand_over(journal);
}

static void
begin_dump(struct journal *journal)
{
	if (journal->is_dumping)
		return;
	event_del(journal->retry);
	journal->is_dumping = true;
	dump_more(journal, true);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	begin_dump(arg);
}

/* Said once; while it goes on failing only waiters are told. */
static void
take_failure(struct journal *journal, const struct journal_report *report)
{
	const char *why = strbuf_str(&report->why);

	if (report->failures != journal->failures)
		log_warn("state_database: %s: what is remembered is in memory "
			 "only, until that works again",
		    why);
	journal->failures = report->failures;
	end_waiting(journal, UINT64_MAX, why);
	event_add(journal->retry, &retry_time);
}

static void
take_dump(struct journal *journal, const struct journal_report *report)
{
	journal->dumps = report->dumps;
	journal->is_dumping = false;
	if (report->dump_failed && !report->is_broken) {
		log_warn("state_database: %s: the journal grows",
		    strbuf_str(&report->why));
		event_add(journal->retry, &retry_time);
	} else if (!report->dump_failed) {
		event_del(journal->retry);
		if (journal->is_broken)
			log_info("state_database: what is remembered is on "
				 "disk again");
	}
}

static bool
is_long(const struct journal_report *report)
{
	return report->journal_bytes > COMPACT_BYTES &&
	    report->journal_bytes > 2 * report->snapshot_bytes;
}

static void
take_report(struct journal *journal, const struct journal_report *report)
{
	bool dump_ended = report->dumps != journal->dumps;

	if (dump_ended)
		take_dump(journal, report);
	journal->is_broken = report->is_broken;
	if (report->failures != journal->failures ||
	    (dump_ended && report->is_broken))
		take_failure(journal, report);
	if (report->synced == journal->work.batch)
		event_del(journal->sync);
	end_waiting(journal, report->synced, NULL);
	if (journal->is_dumping && journal->has_more && report->is_idle)
		dump_more(journal, false);
	else if (!journal->is_dumping && is_long(report) &&
	    !event_pending(journal->retry, EV_TIMEOUT, NULL))
		begin_dump(journal);
}

static void
on_told(evutil_socket_t fd, short what, void *arg)
{
	struct journal *journal = arg;
	struct journal_report report;
	uint64_t count;

	(void)what;
	if (read((int)fd, &count, sizeof count) == -1)
		return;
	journal_writer_report(journal->writer, &report);
	take_report(journal, &report);
	strbuf_free(&report.why);
}

/* In the writer's thread. */
static void
tell(void *arg)
{
	const struct journal *journal = arg;
	uint64_t one = 1;

	if (write(journal->told_fd, &one, sizeof one) == -1)
		log_error("journal: eventfd: %s", strerror(errno));
}

static struct event *
must_event(struct journal *journal, int fd, short what, event_callback_fn fn)
{
	struct event *event = event_new(journal->base, fd, what, fn, journal);

	if (event == NULL)
		abort();
	return event;
}

struct journal *
journal_new(struct event_base *base, const char *path,
    const struct journal_source *source)
{
	struct journal *journal = xcalloc(1, sizeof *journal);

	journal->base = base;
	journal->source = *source;
	journal->path = xstrdup(path);
	STAILQ_INIT(&journal->waiters);
	journal->told_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (journal->told_fd == -1)
		abort();
	journal->turn = must_event(journal, -1, 0, on_turn);
	journal->sync = must_event(journal, -1, 0, on_sync);
	journal->retry = must_event(journal, -1, 0, on_retry);
	journal->told = must_event(journal, journal->told_fd,
	    EV_READ | EV_PERSIST, on_told);
	event_add(journal->told, NULL);
	return journal;
}

void
journal_free(struct journal *journal)
{
	bool has_thread;

	if (journal == NULL)
		return;
	if (journal->is_turning)
		hand_over(journal);
	has_thread = !journal_writer_free(journal->writer);
	end_waiting(journal, UINT64_MAX, "policyd ends");
	event_free(journal->turn);
	event_free(journal->sync);
	event_free(journal->retry);
	event_free(journal->told);
	strbuf_free(&journal->work.frames);
	strbuf_free(&journal->work.dumped);
	strbuf_free(&journal->refusal);
	free(journal->path);
	if (has_thread)
		return; /* which tells it until the process ends */
	close(journal->told_fd);
	free(journal);
}

struct opening {
	void (*fn)(void *arg, const struct state_record *);
	void *arg;
};

static void
on_frame(void *arg, const char *bytes, size_t len)
{
	const struct opening *opening = arg;
	struct state_record record;

	if (state_record_decode(&record, bytes, len))
		opening->fn(opening->arg, &record);
}

int
journal_open(struct journal *journal,
    void (*fn)(void *arg, const struct state_record *), void *arg,
    struct strbuf *err)
{
	struct opening opening = { fn, arg };
	char *file_path = xasprintf("%s.journal", journal->path);
	struct journal_file file;

	if (snapshot_read(journal->path, &journal->generation, fn, arg,
		&journal->refusal) == 0 &&
	    journal_file_open(&file, file_path, journal->generation, on_frame,
		&opening, &journal->refusal) == 0)
		journal->writer =
		    journal_writer_new(&file, journal->path, tell, journal);
	free(file_path);
	if (journal->writer != NULL)
		return 0;
	strbuf_adds(err, strbuf_str(&journal->refusal));
	return -1;
}

void
journal_open_later(struct journal *journal)
{
	struct journal_file file = {
		.path = xasprintf("%s.journal", journal->path),
		.fd = -1,
		.generation = journal->generation,
	};

	journal->writer =
	    journal_writer_new(&file, journal->path, tell, journal);
	journal->is_broken = true;
	journal->failures = 1;
	event_add(journal->retry, &retry_time);
}

int
journal_look(const char *path,
    void (*fn)(void *arg, const struct state_record *), void *arg,
    struct strbuf *err)
{
	struct opening opening = { fn, arg };
	char *file_path = xasprintf("%s.journal", path);
	uint64_t generation;
	int result = snapshot_read(path, &generation, fn, arg, err);

	if (result == 0)
		result = journal_file_look(file_path, generation, on_frame,
		    &opening, err);
	free(file_path);
	return result;
}

static void
add_frame(struct strbuf *frames, const struct state_record *record)
{
	size_t begin = journal_frame_begin(frames);

	state_record_encode(record, frames);
	journal_frame_end(frames, begin);
}

bool
journal_expect(struct journal *journal)
{
	if (journal->writer == NULL ||
	    (journal->is_broken && !journal->is_dumping))
		return false;
	if (!journal->is_turning)
		event_add(journal->turn, &turn_time);
	journal->is_turning = true;
	return true;
}

void
journal_add(struct journal *journal, const struct state_record *record)
{
	if (journal_expect(journal))
		add_frame(&journal->work.frames, record);
}

void
journal_dump(struct journal *journal, const struct state_record *record)
{
	add_frame(&journal->work.dumped, record);
}

/* What cannot be: told in a turn of its own. */
static void
on_refused(evutil_socket_t fd, short what, void *arg)
{
	struct journal *journal = arg;

	(void)fd;
	(void)what;
	end_waiting(journal, UINT64_MAX, strbuf_str(&journal->refusal));
}

void
journal_sync(struct journal *journal, journal_synced *done, void *arg)
{
	static const struct timeval now = { 0 };
	struct waiter *waiter = xcalloc(1, sizeof *waiter);

	waiter->done = done;
	waiter->arg = arg;
	STAILQ_INSERT_TAIL(&journal->waiters, waiter, link);
	if (journal->writer == NULL) {
		event_base_once(journal->base, -1, EV_TIMEOUT, on_refused,
		    journal, &now);
	} else {
		if (journal->is_broken)
			begin_dump(journal);
		journal->work.is_urgent = true;
		hand_over(journal);
		waiter->batch = journal->work.batch;
	}
}

struct journal_status
journal_status(const struct journal *journal)
{
	struct journal_report report = { .is_broken = true };

	if (journal->writer != NULL)
		journal_writer_report(journal->writer, &report);
	strbuf_free(&report.why);
	return (struct journal_status){
		.keeps = !report.is_broken,
		.failures = report.failures,
		.bytes = report.journal_bytes,
		.last_sync = report.last_sync,
	};
}
