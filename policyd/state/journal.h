#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <time.h>

#include "state_record.h"
#include "strbuf.h"

struct event_base;

/*
 * What keeps records over a restart: a snapshot, FILE, and FILE.journal with
 * the changes since.  The loop hands over what changed in a fifth of a
 * second; a thread writes that, and syncs each half second.  Nobody waits for a
 * disk.
 *
 * When the journal has become long, and when a disk that failed may work
 * again, all records are written to a new snapshot, some in each turn.
 */
struct journal;

struct journal_source {
	/* Call journal_add for what has changed since the last time. */
	void (*changes)(void *arg);
	/* Call journal_dump for the next few records, from the first one on
	 * after first.  Returns false when those were the last. */
	bool (*dump)(void *arg, bool first);
	void *arg;
};

struct journal *journal_new(struct event_base *, const char *path,
    const struct journal_source *);

/* Writes what is left.  Whoever waits for a sync is told that we end. */
void journal_free(struct journal *);

/*
 * Read all, the newest of a key last, and begin to keep what is added.
 * Returns 0, or -1 with the reason in err: nothing is kept then, and the files
 * stay as they are.
 */
int journal_open(struct journal *,
    void (*fn)(void *arg, const struct state_record *), void *arg,
    struct strbuf *err);

/* After journal_open has failed, where the files are none that are to be left
 * alone: keep what is added as soon as that can be. */
void journal_open_later(struct journal *);

/* Read all, and keep nothing. */
int journal_look(const char *path,
    void (*fn)(void *arg, const struct state_record *), void *arg,
    struct strbuf *err);

/* There is something to add: changes of the source is called soon.  Returns
 * false when nothing is kept. */
bool journal_expect(struct journal *);

void journal_add(struct journal *, const struct state_record *);
void journal_dump(struct journal *, const struct state_record *);

/* done is called, not before this returns, when all that was added is on disk:
 * failure is NULL; or when that failed. */
typedef void journal_synced(void *arg, const char *failure);
void journal_sync(struct journal *, journal_synced *done, void *arg);

struct journal_status {
	bool keeps;         /* what is added comes to a disk */
	long long bytes;    /* of FILE.journal */
	time_t last_sync;   /* 0: none yet */
	long long failures; /* times that writing began to fail */
};
struct journal_status journal_status(const struct journal *);

#endif
