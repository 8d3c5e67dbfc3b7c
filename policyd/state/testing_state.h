#ifndef TESTING_STATE_H
#define TESTING_STATE_H

#include <string.h>

#include <event2/event.h>

#include "state.h"
#include "testing.h"
#include "testing_wall_clock.h"

/* A state in a directory of its own, with a wall clock that the test moves. */

enum { KIND_KEEPS, KIND_GIVES_WAY };
static const struct state_kind testing_kinds[] = {
	[KIND_KEEPS] = { "keeps", 'k', 50, 32, false },
	[KIND_GIVES_WAY] = { "gives", 'g', 50, 32, true },
};

struct lab {
	struct event_base *base;
	char *dir;
	char *path;
	size_t limit;
	struct state *state;
};

static inline void
lab_open(struct lab *lab)
{
	lab->state =
	    state_new(lab->base, lab->path, lab->limit, testing_kinds, 2);
	state_open(lab->state);
}

static inline void
lab_begin(struct lab *lab)
{
	clock_set_source(testing_wall_clock);
	lab->base = event_base_new();
	lab->dir = testing_make_dir();
	lab->path = xasprintf("%s/state.gdbm", lab->dir);
	lab->limit = 1024 * 1024;
	lab_open(lab);
}

static inline void
lab_restart(struct lab *lab)
{
	state_free(lab->state);
	lab_open(lab);
}

static inline void
lab_end(struct lab *lab)
{
	state_free(lab->state);
	event_base_free(lab->base);
	free(lab->path);
	testing_remove_dir(lab->dir);
}

struct lab_sync {
	struct lab *lab;
	char *failure;
	bool is_done;
};

static inline void
lab_on_synced(void *arg, const char *failure)
{
	struct lab_sync *sync = arg;

	sync->is_done = true;
	sync->failure = failure == NULL ? NULL : xstrdup(failure);
}

/* Until all is on disk.  Returns the reason when it is not (to be freed). */
static inline char *
lab_sync(struct lab *lab)
{
	struct lab_sync sync = { .lab = lab };

	state_sync(lab->state, lab_on_synced, &sync);
	ck_assert(!sync.is_done);
	while (!sync.is_done)
		event_base_loop(lab->base, EVLOOP_ONCE);
	return sync.failure;
}

static inline void
lab_put(struct lab *lab, size_t kind, const char *key, const char *value,
    time_t expires)
{
	ck_assert(state_put(lab->state, kind, key, strlen(key), value,
	    strlen(value), expires));
}

/* The value of a key, or "" (to be freed). */
static inline char *
lab_get(struct lab *lab, size_t kind, const char *key)
{
	struct state_record record;

	if (!state_find(lab->state, kind, key, strlen(key), &record))
		return xstrdup("");
	return xstrndup(record.value, record.len);
}

static inline void
lab_expect(struct lab *lab, size_t kind, const char *key, const char *value)
{
	char *found = lab_get(lab, kind, key);

	ck_assert_str_eq(found, value);
	free(found);
}

#endif
