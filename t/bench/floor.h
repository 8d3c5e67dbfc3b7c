#ifndef FLOOR_H
#define FLOOR_H

#include "stream.h"

/*
 * Serve address for ever, in one thread.  greet (or NULL) is called once for
 * a new connection, answer whenever something came in: it consumes what it
 * has answered.  What they append to out is sent.
 */
_Noreturn void floor_serve(const char *address, void (*greet)(struct stream *),
    void (*answer)(struct stream *));

#endif
