#ifndef USERDB_NEWS_H
#define USERDB_NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "strbuf.h"
#include "user_record.h"

/*
 * What is new in a user database, kept in its own entry, so that nobody has to
 * look at a million users for it: how many changes there were since it was
 * made, whose records the last of them changed, and who is suspended.
 */
#define USERDB_CHANGES_MAX 500

struct suspended_user {
	char *name;
	struct suspension suspension;
};

struct userdb_news { /* all-zero: of a database that nobody has changed */
	unsigned long long changes;
	size_t known; /* of the last ones the names are known */
	char *changed[USERDB_CHANGES_MAX]; /* change n: at n % MAX, from 0 */
	struct suspended_user *suspended;  /* by name */
	size_t nsuspended, size;
};

/* Returns false when the text of the entry has none: an older one made it. */
bool userdb_news_decode(struct userdb_news *, const char *text);
void userdb_news_encode(const struct userdb_news *, struct strbuf *out);
void userdb_news_free(struct userdb_news *); /* back to all-zero */

void userdb_news_copy(struct userdb_news *, const struct userdb_news *from);

/* A record was changed; NULL: it is gone.  Who was suspended stays so, for the
 * sessions that are open. */
void userdb_news_note(struct userdb_news *, const char *name,
    const struct user_record *);

/* Who is suspended, without it being a change. */
void userdb_news_set(struct userdb_news *, const char *name,
    const struct user_record *);

#endif
