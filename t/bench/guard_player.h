#ifndef GUARD_PLAYER_H
#define GUARD_PLAYER_H

#include <time.h>

#include "strbuf.h"

/*
 * Who answers policy requests in a simulation: policyd's own functions, in this
 * process, or a policyd behind a socket.  Both have a clock that is set.
 */
struct guard_player;

/* A policyd.cf.  Ends the process when it is wrong. */
struct guard_player *guard_player_new(const char *config);

/* clock: the file that libfaketime reads. */
struct guard_player *guard_player_connect(const char *socket,
    const char *clock);
void guard_player_free(struct guard_player *);

void guard_player_set_clock(struct guard_player *, time_t now);

/* Attributes as they go over the socket, the empty line included.  Returns the
 * text after action=, borrowed until the next call. */
const char *guard_player_ask(struct guard_player *, const struct strbuf *);

/* What the state comes to, as policyctl shows it; nothing of a daemon's. */
void guard_player_describe(struct guard_player *, struct strbuf *out);

#endif
