#ifndef JOURNAL_FILE_H
#define JOURNAL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "strbuf.h"

/*
 * A file of frames, each with its length and checksum, that only grows: what
 * is whole in it is true, and what a crash left behind the last whole frame is
 * cut off.  What it adds to is told by a number, the generation of the
 * snapshot.
 */
struct journal_file {
	char *path;
	int fd;     /* -1: not open */
	off_t size; /* of what is whole */
	uint64_t generation;
};

/*
 * Open the file for writing, or begin one, which nobody else may have open,
 * and call fn for what is in every frame.  One of an older generation is begun
 * anew: the snapshot has it all.  A torn tail is cut, with a line in the log;
 * what is no journal, or a newer one, is left alone.
 * Returns 0, or -1 with the reason in err.
 */
int journal_file_open(struct journal_file *, const char *path,
    uint64_t generation, void (*fn)(void *arg, const char *bytes, size_t len),
    void *arg, struct strbuf *err);
void journal_file_close(struct journal_file *);

/* Try again to open one that is not; what is in it is left out. */
int journal_file_reopen(struct journal_file *, struct strbuf *err);

/* The same without a change of the file, which somebody else may have open; one
 * that does not exist has nothing. */
int journal_file_look(const char *path, uint64_t generation,
    void (*fn)(void *arg, const char *bytes, size_t len), void *arg,
    struct strbuf *err);

/* Make a frame, for journal_file_append, of what is added to out between these
 * two; begin: what the first one returned. */
size_t journal_frame_begin(struct strbuf *out);
void journal_frame_end(struct strbuf *out, size_t begin);

/* Call fn for what is in each of some frames.  Returns the length of those
 * that are whole. */
size_t journal_frames_each(const char *frames, size_t len,
    void (*fn)(void *arg, const char *bytes, size_t len), void *arg);

/* All return 0, or -1 with the reason in err; what is in the file then is as
 * before, as far as that can be told. */
int journal_file_append(struct journal_file *, const char *frames, size_t len,
    struct strbuf *err);
int journal_file_sync(struct journal_file *, struct strbuf *err);
/* Begin it anew, of another generation. */
int journal_file_clear(struct journal_file *, uint64_t generation,
    struct strbuf *err);

#endif
