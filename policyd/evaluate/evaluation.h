#ifndef EVALUATION_H
#define EVALUATION_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "action.h"
#include "arena.h"
#include "facts.h"
#include "request.h"
#include "stage.h"
#include "table.h"
#include "transaction.h"

struct event_base;
struct policies;
struct policy;
struct program;
struct trace;

/*
 * The evaluation of one request: the lists are walked as Postfix walks them,
 * by straight-line restrictions that ask for facts.  At the first restriction
 * that waits for a fact the walk goes on only to start lookups; when facts
 * come, or time is over, it is done again from the top, on the same facts.
 */
struct evaluation;

/* One evaluation after the other can be done with the same memory. */
struct evaluation *evaluation_new(struct event_base *,
    const struct fact_source *);
void evaluation_free(struct evaluation *);

/* Give back what the last one took; the answer is not valid any more. */
void evaluation_clear(struct evaluation *);

/* What is evaluated; all of it is borrowed until the evaluation is done. */
struct evaluation_input {
	struct policies *policies;
	const struct request *request;
	struct transaction *transaction;
	/* NULL; else explain: nothing is changed, and names of the client that
	 * are not given are looked up. */
	struct trace *trace;
};

/*
 * Evaluate one request.  done is called once, perhaps before this returns,
 * with the text after `action=`; borrowed for that call.
 */
typedef void evaluation_done(void *arg, const char *action);
void evaluation_start(struct evaluation *, const struct evaluation_input *,
    evaluation_done *done, void *arg);

/* Nobody wants the answer any more; done is not called. */
void evaluation_cancel(struct evaluation *);

/*
 * Facts, for restrictions.  The first look starts the lookup, NULL means it
 * is still waiting: return VERDICT_WAITING.  What came too late has failed
 * (DNS_FAILED, DNSBL_FAILED).  Borrowed for the life of the evaluation.
 */
const struct dns_answer *evaluation_dns(struct evaluation *, const char *name,
    enum dns_type);
const struct dnsbl_answer *evaluation_dnsbl(struct evaluation *,
    struct dnsbl_site *, enum dnsbl_kind, const char *label);

/* One look into a table.  value: NULL when there is none. */
enum lookup evaluation_table(struct evaluation *, const struct table *,
    const char *key, const char **value);
struct table_view *evaluation_tables(struct evaluation *);
time_t evaluation_now(const struct evaluation *); /* the same all through */

const struct request *evaluation_request(const struct evaluation *);
const struct policy *evaluation_policy(const struct evaluation *);

/* Recipients of this transaction that passed before this one. */
unsigned evaluation_passed_recipients(const struct evaluation *);

/* Memory that lasts as long as the walk. */
struct arena *evaluation_arena(struct evaluation *);

/* What the words of the present list speak of, and whose list it is. */
struct subject evaluation_subject(const struct evaluation *);
enum stage evaluation_stage(const struct evaluation *);

/* Walk a list within the list, with its own subject.  What it refused or put
 * off is settled already. */
enum verdict evaluation_run(struct evaluation *, const struct program *,
    struct subject, struct action *);

/* Log what the present step does beside its verdict; text: what Postfix does
 * not log. */
void evaluation_log_decision(struct evaluation *, const char *action,
    const char *text);

/* Where explain takes notes of what is no fact by itself; NULL: none are
 * wanted. */
struct trace *evaluation_explained(const struct evaluation *);

/* A line for the log, written when this turns out to be the final walk. */
void evaluation_log(struct evaluation *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
