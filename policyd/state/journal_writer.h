#ifndef JOURNAL_WRITER_H
#define JOURNAL_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "journal_file.h"
#include "strbuf.h"

/*
 * The thread of the journal: there while it writes or syncs what it was given.
 * It alone touches the files, once journal_writer_new was called.
 */
struct journal_writer;

/* file: taken over.  told is called in the thread, after each change of what
 * journal_writer_report says, but for the size. */
struct journal_writer *journal_writer_new(struct journal_file *,
    const char *snapshot_path, void (*told)(void *arg), void *arg);

/* Writes and syncs what is left, for as long as a stop may take.  Returns false
 * when the thread still waits for a disk: it ends with the process, and may
 * call told until then. */
bool journal_writer_free(struct journal_writer *);

enum dump_step {
	DUMP_NONE,
	DUMP_BEGIN = 1 << 0,
	DUMP_MORE = 1 << 1,
	DUMP_END = 1 << 2,
};

/*
 * Work for the thread.  All is emptied.  frames: changes, for the journal and
 * a snapshot that is being made; dumped: records for that alone, as they were
 * before the changes.
 */
struct journal_work {
	struct strbuf frames;
	struct strbuf dumped;
	unsigned dump;  /* of enum dump_step */
	uint64_t batch; /* the number of the changes; grows */
	bool is_urgent; /* sync when it is written */
};

/* Returns false when no thread could be started: it waits until more is added.
 */
bool journal_writer_add(struct journal_writer *, struct journal_work *);

struct journal_report {
	uint64_t synced;   /* all batches up to this one are on disk */
	bool is_broken;    /* nothing is written, until a dump is done */
	unsigned failures; /* times that this began */
	unsigned dumps;    /* that have ended */
	bool dump_failed;  /* the last of them */
	bool is_idle;      /* nothing of a dump waits */
	struct strbuf why; /* of the last failure; to be freed */
	long long journal_bytes, snapshot_bytes;
	time_t last_sync; /* 0: none yet */
};
void journal_writer_report(struct journal_writer *, struct journal_report *);

#endif
