#ifndef SASL_LIBRARY_H
#define SASL_LIBRARY_H

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

#include "strbuf.h"

/*
 * libsasl2, once per process: only the mechanisms' own plugins are loaded, no
 * file of /etc/sasl2 is read, and secrets come from one function of ours.
 */

/*
 * Answer what a mechanism wants to know of the user (sparams->utils->prop_*).
 * ctx: the context of the connection's SASL_CB_SERVER_USERDB_CHECKPASS.
 */
typedef void sasl_library_lookup(void *ctx, sasl_server_params_t *sparams);

/* A function as it stands in a table of sasl_callback_t. */
#define SASL_LIBRARY_CALLBACK(fn) ((sasl_callback_ft)(void (*)(void))(fn))

/* Returns 0, or -1 with the reason in err. */
int sasl_library_init(sasl_library_lookup *, struct strbuf *err);
void sasl_library_done(void);

/*
 * Whether a mechanism can be carried out: its plugin was loaded, and is there
 * for the next start, too.
 * Returns 0, or -1 with the file, what is wrong with it and the remedy in err.
 */
int sasl_library_check(const char *mechanism, struct strbuf *err);

/*
 * Let an exchange that has not begun have its nonce from the kernel: 256 bits
 * for SCRAM, 32 and the time for CRAM-MD5.  The library's own generator opens
 * /dev/urandom for each exchange and, where it cannot, takes the time in
 * silence.  Returns a code of the library's.
 */
int sasl_library_use_random(sasl_conn_t *);

#endif
