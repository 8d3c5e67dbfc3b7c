#ifndef RESOLV_CONF_H
#define RESOLV_CONF_H

struct event_base;

/*
 * A resolv.conf(5), looked at every few seconds.  A new text counts when two
 * looks have seen the same: it may be half written at the first.
 */
struct resolv_conf;

#define RESOLV_CONF_PATH "/etc/resolv.conf"

/* Look at the file now; the loop does so every few seconds. */
void resolv_conf_look(struct resolv_conf *);

/* changed: called by a look, for each new text. */
struct resolv_conf *resolv_conf_new(struct event_base *, const char *path,
    void (*changed)(void *arg), void *arg);
void resolv_conf_free(struct resolv_conf *);

/* "" when there is none, as when it could not be read so far. */
const char *resolv_conf_text(const struct resolv_conf *);

#endif
