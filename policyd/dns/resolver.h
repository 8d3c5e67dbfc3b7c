#ifndef RESOLVER_H
#define RESOLVER_H

#include <stdbool.h>
#include <stddef.h>

#include "dns_answer.h"
#include "strbuf.h"

struct event_base;
struct metrics;

/*
 * DNS for policyd: questions go out in parallel, answers come parsed and are
 * cached for their TTL.  Nobody else knows the library behind it.
 *
 * A resolver lives as long as the daemon; a reload gives it other options.  A
 * question is open until it is answered, at the latest when its time is over,
 * or cancelled; then it is gone:
 *
 *	resolver = resolver_new(base, &options, &err);
 *	...
 *	question = resolver_ask(resolver, "example.org", DNS_MX, done, arg);
 *	if (question == NULL)
 *		done has been called
 *	...
 *	resolver_cancel(question);
 *	...
 *	resolver_free(resolver);
 */
struct resolver;
struct resolver_question; /* one that is not answered yet */

struct resolver_options {
	const char *servers; /* the value of `resolver` */
	unsigned timeout_ms; /* of one question */
	size_t cache_bytes;
};

/* Warns when it is to ask a well-known public resolver.  Returns NULL with the
 * reason in err. */
struct resolver *resolver_new(struct event_base *,
    const struct resolver_options *, struct strbuf *err);
void resolver_free(struct resolver *); /* open questions: never answered */

/*
 * Other options from now on.  What is cached is forgotten, what is open stays
 * open.  Returns 0, or -1 with the reason in err, and nothing has changed.
 */
int resolver_configure(struct resolver *, const struct resolver_options *,
    struct strbuf *err);

/*
 * Ask.  name: without trailing dot, ASCII (A-labels); borrowed for the call.
 * done is called once, perhaps before resolver_ask returns (a cached answer);
 * the answer is held for the time of the call only.  It may ask and cancel,
 * but not free the resolver.
 * Returns the open question, or NULL when it was answered at once.
 */
typedef void resolver_done(void *arg, const struct dns_answer *);
struct resolver_question *resolver_ask(struct resolver *, const char *name,
    enum dns_type, resolver_done *done, void *arg);

/*
 * The same for one who only wants to see: it is not counted, and what comes is
 * not cached unless somebody asks for it meanwhile.
 */
struct resolver_question *resolver_look(struct resolver *, const char *name,
    enum dns_type, resolver_done *done, void *arg);

/* No answer is wanted any more; what comes still enters the cache. */
void resolver_cancel(struct resolver_question *);

/* Let the next question for it go to the network. */
void resolver_forget(struct resolver *, const char *name, enum dns_type);

/* For the control socket: `cache`, and the part of DNS in `metrics`. */
void resolver_describe(const struct resolver *, struct strbuf *out);
void resolver_metrics(const struct resolver *, struct metrics *);

/*
 * `flush [NAME]`: forget what is known of a name and of all below it; NULL:
 * of all names.  Returns 0 or -1.
 */
int resolver_flush(struct resolver *, const char *name, struct strbuf *err);

#endif
