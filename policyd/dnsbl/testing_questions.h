#ifndef TESTING_QUESTIONS_H
#define TESTING_QUESTIONS_H

#include <sys/queue.h>

#include "testing.h"
#include "dnsbl.h"
#include "testing_dns_answer.h"

/*
 * DNS by hand: questions are answered from a table, at once or when the test
 * lets them.
 */
struct asked {
	TAILQ_ENTRY(asked) link;
	char name[256];
	enum dns_type type;
	resolver_done *done;
	void *arg;
};

static TAILQ_HEAD(, asked) open_questions;
static struct {
	const char *pattern; /* a part of the name */
	enum dns_type type;
	const char *answer;
	bool is_cached;
} table[16];
static size_t ntable;
static bool is_held; /* questions wait for release() */
static unsigned nasked;

static inline void
answer_question(const char *name, enum dns_type type, resolver_done *done,
    void *arg)
{
	struct dns_answer *answer = NULL;

	for (size_t i = ntable; answer == NULL && i-- > 0;) {
		if (table[i].type != type ||
		    strstr(name, table[i].pattern) == NULL)
			continue;
		answer = answer_of(table[i].answer);
		answer->from_cache = table[i].is_cached;
	}
	if (answer == NULL)
		answer = answer_of("");
	done(arg, answer);
	dns_answer_release(answer);
}

static inline void *
ask(void *ctx, const char *name, enum dns_type type, resolver_done *done,
    void *arg)
{
	struct asked *asked;

	(void)ctx;
	nasked++;
	if (!is_held) {
		answer_question(name, type, done, arg);
		return NULL;
	}
	asked = xcalloc(1, sizeof *asked);
	memcpy(asked->name, name, strlen(name) + 1);
	asked->type = type;
	asked->done = done;
	asked->arg = arg;
	TAILQ_INSERT_TAIL(&open_questions, asked, link);
	return asked;
}

static inline void
cancel(void *question)
{
	struct asked *asked = question;

	TAILQ_REMOVE(&open_questions, asked, link);
	free(asked);
}

static inline void
forget(void *ctx, const char *name, enum dns_type type)
{
	(void)ctx;
	(void)name;
	(void)type;
}

/* Answer the open questions whose name has a part in it, and those that are
 * asked meanwhile.  Returns how many. */
static inline unsigned
release(const char *part)
{
	struct asked *asked, *next;
	unsigned n = 0;

	for (asked = TAILQ_FIRST(&open_questions); asked != NULL;
	     asked = next) {
		next = TAILQ_NEXT(asked, link);
		if (strstr(asked->name, part) == NULL)
			continue;
		TAILQ_REMOVE(&open_questions, asked, link);
		answer_question(asked->name, asked->type, asked->done,
		    asked->arg);
		free(asked);
		n++;
		next = TAILQ_FIRST(&open_questions);
	}
	return n;
}

/* How many of the open questions have a part in their name. */
static inline unsigned
nasked_for(const char *part)
{
	const struct asked *asked;
	unsigned n = 0;

	TAILQ_FOREACH(asked, &open_questions, link)
	n += strstr(asked->name, part) != NULL;
	return n;
}

static inline void
say(const char *pattern, enum dns_type type, const char *answer)
{
	for (size_t i = 0; i < ntable; i++) {
		if (strcmp(table[i].pattern, pattern) == 0 &&
		    table[i].type == type) {
			table[i].answer = answer;
			return;
		}
	}
	ck_assert_uint_lt(ntable, 16);
	table[ntable].pattern = pattern;
	table[ntable].type = type;
	table[ntable++].answer = answer;
}

static const struct dnsbl_dns dns = { ask, ask, cancel, forget, NULL };

#endif
