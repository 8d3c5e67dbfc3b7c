#ifndef LAST_LOGIN_FILE_H
#define LAST_LOGIN_FILE_H

#include <time.h>

#include "cidr.h"
#include "credential.h"
#include "key_hash.h"
#include "store.h"
#include "strbuf.h"
#include "user_name.h"

/*
 * The last login and the last failure of each user, and the last use of each
 * app password, in a file that is changed in place.  It is bounded: where there
 * is no room the oldest goes.  It may be lost, or torn by a crash: what is not
 * whole in it counts as not there.
 */
struct last_login_file {
	int fd;
	char *path; /* owned; NULL: only to be read */
	struct key_hash hash;
	size_t pages;     /* a power of two */
	size_t pages_max; /* that it grows to */
};

enum last_login_kind {
	LAST_LOGIN,   /* of a user */
	LAST_FAILURE, /* of a user */
	LAST_USE,     /* of an app password */
	LAST_KINDS,
};

/* What is looked for; texts are borrowed. */
struct last_login_key {
	enum last_login_kind kind;
	const char *user;  /* in its normal form */
	const char *label; /* with LAST_USE; else NULL */
};

struct last_login {
	time_t when;
	struct ip ip; /* of the client; family 0: not known */
	enum mechanism mechanism;
	char label[USER_LABEL_MAX + 1]; /* of the app password; "": none */
};

/*
 * Open the file; for writing, begin one where there is none that can be used.
 * Returns 0, or -1 with the reason in err.
 */
int last_login_file_open(struct last_login_file *, const char *path,
    struct strbuf *err);
int last_login_file_look(struct last_login_file *, const char *path,
    struct strbuf *err);
void last_login_file_close(struct last_login_file *);

enum lookup last_login_find(const struct last_login_file *,
    const struct last_login_key *, struct last_login *, struct strbuf *err);

/* In place of what the key had.  Returns 0, or -1 with the reason in err. */
int last_login_put(struct last_login_file *, const struct last_login_key *,
    const struct last_login *, struct strbuf *err);

#define LAST_LOGIN_PAGE      4096
#define LAST_LOGIN_PAGES_MAX 32768 /* room for two million entries */

#endif
