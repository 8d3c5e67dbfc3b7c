#ifndef TABLE_JOB_H
#define TABLE_JOB_H

#include <stddef.h>

#include "strbuf.h"
#include "table_type.h"

struct event_base;

/*
 * Reading tables in a thread, so that a large one delays no request.
 */
struct table_reading {
	size_t index; /* the caller's */
	const struct table_type *type;
	struct table_input input;  /* name: owned; err: set here */
	struct table_stamp looked; /* the caller's */
	struct strbuf err;
	void *content; /* NULL: the reasons are in err */
};

/* Read one table now. */
void table_reading_run(struct table_reading *);
void table_reading_free(struct table_reading *); /* content, too, if any */

struct table_job;

/*
 * Read several; done is called in the loop, and takes what content it wants
 * by setting it to NULL.  Takes ownership of the array and what is in it.
 */
typedef void table_job_done(void *arg, struct table_reading *, size_t n);
struct table_job *table_job_start(struct event_base *, struct table_reading *,
    size_t n, table_job_done *done, void *arg);

/* The result is not wanted any more: done will not be called. */
void table_job_abandon(struct table_job *); /* NULL is fine */

#endif
