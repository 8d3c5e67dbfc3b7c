#ifndef AUTHD_NEWS_H
#define AUTHD_NEWS_H

#include <time.h>

struct userdb;
struct watch;

/*
 * What is new in the user database, for the watch: records that were changed,
 * and who is suspended, which ends by itself, too.
 */
struct authd_news;

struct authd_news *authd_news_new(struct watch *);
void authd_news_free(struct authd_news *);

/* Look; to be called each second, and when somebody says that it has changed.
 */
void authd_news_look(struct authd_news *, struct userdb *, time_t now);

/* The next look is into another database. */
void authd_news_change_database(struct authd_news *);

/* Tell the watch of all who are suspended. */
void authd_news_tell(const struct authd_news *);

#endif
