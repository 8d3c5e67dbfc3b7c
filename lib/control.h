#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "conf_text.h"
#include "strbuf.h"

struct conf_param;
struct event_base;
struct listener_defaults;
struct listeners;

/*
 * The control socket: one line in, text out, an empty line ends the answer;
 * any number of lines on a connection, answered in order.  The first line of
 * the answer to a line that cannot be served begins with "error: ".
 * help, version and log LEVEL are built in.
 */
struct control;
struct control_request;

struct control_command {
	const char *name;
	const char *args; /* as in help; "" or "[-j]": no others are let in */
	bool changes;     /* needs uid 0, the daemon's own (SO_PEERCRED) or that
			   * of an administrator */
	/*
	 * args: what follows the name, borrowed for the call.  Must lead to
	 * exactly one control_answer for the request, now or later.
	 */
	void (*run)(void *ctx, struct control_request *, const char *args);
	const char *doc; /* one line */
};

/* How its listeners are opened: for root and the administrators. */
extern const struct listener_defaults control_defaults;

/* Takes ownership of the listeners.  commands, ctx: borrowed. */
struct control *control_new(struct event_base *, struct listeners *,
    const struct control_command *commands, size_t ncommands, void *ctx);
void control_free(struct control *);

/*
 * Who may run what changes something, beside root and the daemon's own user:
 * names of users.  Returns 0; -1 with a line "file:line: ..." for each that
 * does not exist in err, and nothing is changed.  control: NULL: they are only
 * looked for.
 */
int control_set_admins(struct control *, const struct conf_text *names,
    struct strbuf *err);

/*
 * Answer a request and be done with it, also when its client has gone.
 * Empty lines in text are left out; a missing last LF is added.
 */
void control_answer(struct control_request *, const char *text);
void control_answer_error(struct control_request *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, and then close the connection. */
void control_answer_last(struct control_request *, const char *text);

/*
 * The same with a long text, of which next appends the next piece to out, and
 * returns false when that was the last.  It is asked once in a turn of the loop
 * at most, and when what came before is written: a piece is to take less than a
 * millisecond, and may be nothing.  Then, or when the client has gone, free is
 * called.
 */
struct control_pieces {
	bool (*next)(void *arg, struct strbuf *out);
	void (*free)(void *arg);
	void *arg;
};
void control_answer_in_pieces(struct control_request *,
    const struct control_pieces *);

/*
 * An answer that comes piece by piece, for as long as its client likes.  gone
 * is called when the client has gone; it, or whoever ends the stream before
 * that, answers the request.
 */
void control_begin_stream(struct control_request *, void (*gone)(void *arg),
    void *arg);
/* What there is room for has left when this returns: before all that its reader
 * could hear from others meanwhile. */
void control_send(struct control_request *, const char *bytes, size_t len);
size_t control_unsent(const struct control_request *); /* bytes */

/*
 * The other side, for the command line tools.  Where the daemon listens: the
 * first address of control_socket in its configuration file.  Nothing else in
 * the file is looked at, so that a daemon can be asked while its file is wrong.
 * Returns an exit code: EX_OK with *address set (the caller frees it);
 * EX_NOINPUT, EX_CONFIG or, where it is empty, EX_UNAVAILABLE, with lines in
 * err.
 */
int control_find(const struct conf_param *params, size_t nparams,
    const char *path, char **address, struct strbuf *err);

/*
 * Ask it (blocking, bounded by seconds): send one line to address (unix:PATH)
 * and append the answer, without its empty line, to out.
 * Returns 0; -1 with the reason in err when the daemon cannot be reached or
 * goes silent (EX_UNAVAILABLE); 1 when the answer begins with "error: ", and is
 * then in err without that word.
 */
int control_ask(const char *address, const char *line, int seconds,
    struct strbuf *out, struct strbuf *err);

/* For who talks to it alone: a socket that is connected; -1, with a line in
 * err, when the daemon cannot be reached. */
int control_connect(const char *address, struct strbuf *err);

#endif
