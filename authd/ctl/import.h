#ifndef IMPORT_H
#define IMPORT_H

#include <stddef.h>
#include <time.h>

#include "credential.h"
#include "strbuf.h"
#include "user_name.h"
#include "user_record.h"
#include "userdb.h"

/*
 * Users out of another program's file.  A user is taken over whole or not at
 * all: what cannot be is told by line and left out.
 */
struct import_user {
	int line;   /* 0: the file has none */
	char *name; /* normal */
	struct user_record record;
	struct strbuf plain; /* a password in the clear, until derived */
	bool was_plain;
};

/* What is told of a line; 0: of none. */
struct import_note {
	int line;
	char *text;
};

struct import {
	const struct user_name_rules *names;
	const char *scheme; /* of fields without one; NULL: the usual one */
	time_t now;
	struct import_user *users;
	size_t nusers, size;
	struct import_note *notes;
	size_t nnotes, notes_size;
	size_t nskipped; /* lines that were left out, each has its note */
	char *
	    *left_out; /* normal names of those; who has none, has none here */
	size_t nleft_out;
	size_t nwithout; /* have no password at all there: not told */
	char **locked;   /* normal names of those that shadow(5) locks so */
	size_t nlocked;
	bool has_fake_key; /* a dump brings its own */
	unsigned char fake_key[USERDB_FAKE_KEY_LEN];
};

struct import_kind {
	const char *name;
	/* Says all that a record can hold: what it does not say is not so. */
	bool has_everything;
	/* Read a whole file; the text is used up.  Returns 0, or -1 with the
	 * reason in why when it is no such file. */
	int (*read)(struct import *, struct strbuf *text, struct strbuf *why);
};

/* NULL when there is none; *known: all names, separated by blanks. */
const struct import_kind *import_kind_find(const char *name);
extern const char import_kinds[];

/* Make the secrets of all passwords in the clear, on all cores, and forget
 * them; check all secrets, whatever brought them.  Who has one that cannot be
 * used is left out. */
void import_finish(struct import *, const struct credential_options *);

/* Append "line N: text" for each note, in the order of the lines. */
void import_tell(struct import *, struct strbuf *out);

void import_free(struct import *); /* wipes; back to all-zero */

/* For the readers: a new user of that name, NULL when it is no name (told,
 * without the name).  The pointer is good until the next call. */
struct import_user *import_add(struct import *, int line, const char *name,
    size_t len);
/* Take back the last one, with the reason. */
void import_skip_last(struct import *, const char *why);
/* Who has no password that could be right: not taken over, and told only if he
 * is to be locked here, too. */
void import_add_locked(struct import *, const char *name);
/* Take the password field of the last one; implied: its scheme where it has
 * none and the import names none. */
void import_take_password(struct import *, const char *field,
    const char *implied);
/* What cannot be taken over and has no name; what is told of a user who is
 * taken over.  For who merges the users, too. */
void import_skip(struct import *, int line, const char *why);
void import_note(struct import *, int line, const char *text);

/*
 * When account and password are no longer good, from the days of shadow(5):
 * of the last change, the greatest age of the password, the end of the account
 * ("": none).  0: never.  Returns false when one is no number.
 */
bool import_shadow_end(const char *changed, const char *max,
    const char *expires, time_t *end);

/* The readers. */
int import_passwd_file(struct import *, struct strbuf *, struct strbuf *why);
int import_shadow(struct import *, struct strbuf *, struct strbuf *why);
int import_htpasswd(struct import *, struct strbuf *, struct strbuf *why);
int import_ldif(struct import *, struct strbuf *, struct strbuf *why);
int import_sasldb(struct import *, struct strbuf *, struct strbuf *why);
int import_dump(struct import *, struct strbuf *, struct strbuf *why);

#endif
