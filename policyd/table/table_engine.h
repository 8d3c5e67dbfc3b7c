#ifndef TABLE_ENGINE_H
#define TABLE_ENGINE_H

#include <stddef.h>

#include "effort.h"
#include "strbuf.h"

/*
 * The two engines behind tables of regular expressions.
 */
#define ENGINE_GROUPS_MAX 99 /* $1 to $99 */

/* What a group matched; start is NULL when it took no part. */
struct engine_group {
	const char *start;
	size_t len;
};

enum engine_result {
	ENGINE_MATCHES,
	ENGINE_DIFFERS,
	ENGINE_FAILED, /* gave up; where time was short the effort is spent */
};

struct engine {
	/*
	 * Compile a pattern with the flags that follow it, which all toggle
	 * what is on or off by default.  ngroups: how many it has.
	 * Returns NULL with the reason in why.
	 */
	void *(*compile)(const char *pattern, const char *flags,
	    size_t *ngroups, struct strbuf *why);
	/* What the matches of one lookup share; NULL: nothing. */
	void *(*room_new)(void);
	void (*room_free)(void *room);
	/* groups[n] is set for $n, n from 1 to ngroups.  Two threads may match
	 * at the same time, one that has little time and one that has much. */
	enum engine_result (*match)(void *compiled, const char *subject,
	    struct engine_group *groups, size_t ngroups, struct effort *,
	    void *room);
	void (*free)(void *compiled);
};

extern const struct engine engine_regexp; /* POSIX, regexp_table(5) */
extern const struct engine engine_pcre;   /* PCRE2, pcre_table(5) */

#endif
