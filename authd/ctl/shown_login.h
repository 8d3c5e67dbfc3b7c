#ifndef SHOWN_LOGIN_H
#define SHOWN_LOGIN_H

#include <stdbool.h>
#include <time.h>

#include "authctl.h"
#include "json.h"
#include "last_login_file.h"
#include "strbuf.h"

/*
 * Last logins as authctl shows them, with authd or without it.
 */
struct shown_logins {
	struct last_login_file file;
	bool is_open;
};

/* A file that does not exist has none; one that cannot be read, too, with a
 * line in err. */
void shown_logins_open(struct shown_logins *, struct authctl *);
void shown_logins_close(struct shown_logins *);

/* Returns false when there was none since then: what is older was of a user
 * who had the name before. */
bool shown_logins_find(const struct shown_logins *,
    const struct last_login_key *, time_t since, struct last_login *);

/* NULL: there was none. */
void shown_login_add(struct strbuf *out, const struct last_login *);
void shown_login_json(struct json *, const char *key,
    const struct last_login *);

#endif
