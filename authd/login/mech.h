#ifndef MECH_H
#define MECH_H

#include <stdbool.h>
#include <stddef.h>

#include "cidr.h"
#include "credential.h"
#include "identity.h"
#include "login_rules.h"

struct crypt_data;

/*
 * One exchange of a SASL mechanism (RFC 4422), carried out by libsasl2.
 * Used by one thread at a time, which may be another at each step.
 */
struct mech;

enum mech_result {
	MECH_CHALLENGE, /* the client is asked for more */
	MECH_HASH,      /* call mech_hash: slow */
	MECH_OK,
	MECH_FAIL,
	MECH_TEMPFAIL,
};

/* Once per process.  Returns 0, or -1 with the reason in err. */
int mech_init(struct strbuf *err);
void mech_done(void);

/* Whether a mechanism can be carried out, here and after the next start.
 * Returns 0, or -1 with what is missing in err. */
int mech_check(enum mechanism, struct strbuf *err);

/* Both from the loop's thread.  client: family 0 when not known. */
struct mech *mech_new(struct login_rules *, enum mechanism,
    const struct ip *client);
void mech_free(struct mech *); /* wipes */

/*
 * Go on with what the client sent, which is taken over, unless it may not come
 * now; the first time response may be NULL: no initial response.  Cheap: some
 * 10 us.
 */
enum mech_result mech_step(struct mech *, struct strbuf *response);

/* Hash the password of a step that returned MECH_HASH, and finish.
 * scratch: the thread's own. */
enum mech_result mech_hash(struct mech *, struct crypt_data *scratch);

/*
 * Before a MECH_OK is made known, however long ago it was said: whether it
 * holds against what the user database holds now.  now: the rules of new
 * logins, whose database it is.  MECH_HASH: the password is another one, call
 * mech_hash again.  From the loop's thread; cheap while nothing has changed.
 */
enum mech_result mech_confirm(struct mech *, const struct login_rules *now);

/* No more steps will come: give back what they need. */
void mech_finish(struct mech *);

/* The challenge, or what the server still has to say after MECH_OK (NULL:
 * nothing).  Borrowed until the next call. */
const char *mech_challenge(const struct mech *, size_t *len);

/* The login is one for sending mail; to be said before the first step. */
void mech_set_sending(struct mech *);

/* Whether the client has said its name; LOGIN asks for it first and looks it up
 * later, so that is done here.  Between steps only. */
bool mech_has_name(struct mech *);

enum mechanism mech_mechanism(const struct mech *);
const struct identity *mech_identity(const struct mech *);

/* After FAIL: whether all that is wrong is the address from which the client
 * has proved its app password.  Then it may hear so. */
bool mech_is_elsewhere(const struct mech *);

/* After FAIL and TEMPFAIL: why, for the log; never for the client. */
const char *mech_reason(const struct mech *);

/* The user's own password, when a login by PLAIN or LOGIN has proved it right;
 * NULL: it was none, or an app password's.  Borrowed until mech_finish. */
const struct strbuf *mech_password(const struct mech *);

/* Whether a hash was saved because the login succeeded lately. */
bool mech_was_cached(const struct mech *);

#endif
