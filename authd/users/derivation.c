/*
 * Secrets of many passwords, on all cores.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "derivation.h"
#include "clock.h"

#define THREADS_MAX 64

/* What the threads share; each derivation is one's alone. */
struct work {
	struct derivation *derivations;
	size_t n;
	const struct credential_options *options;
	atomic_size_t next;
};

/* The next one.  Returns false when there is none. */
static bool
derive_next(struct work *work)
{
	size_t i = atomic_fetch_add(&work->next, 1);
	struct derivation *d;

	if (i >= work->n)
		return false;
	d = &work->derivations[i];
	credential_make(d->secrets, work->options, strbuf_str(d->password),
	    d->password->len, &d->problem);
	strbuf_wipe(d->password);
	return true;
}

static void *
derive(void *arg)
{
	while (derive_next(arg))
		;
	return NULL;
}

/* At most once a second, and not before the first one is over. */
static void
show_progress(size_t done, size_t all, time_t *shown)
{
	time_t now = clock_now();

	if (now == *shown || !isatty(STDERR_FILENO))
		return;
	*shown = now;
	fprintf(stderr, "%zu of %zu passwords\r", done, all);
}

void
derivations_run(struct derivation *derivations, size_t n,
    const struct credential_options *options)
{
	struct work work = { derivations, n, options, 0 };
	pthread_t threads[THREADS_MAX];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t nthreads = 0;
	time_t shown = clock_now();

	while ((long)nthreads + 1 < cores && nthreads < THREADS_MAX &&
	    nthreads + 1 < n &&
	    pthread_create(&threads[nthreads], NULL, derive, &work) == 0)
		nthreads++;
	while (derive_next(&work))
		show_progress(work.next, n, &shown);
	while (nthreads > 0)
		pthread_join(threads[--nthreads], NULL);
}
