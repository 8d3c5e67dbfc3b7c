#ifndef USER_RECORD_H
#define USER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "app_rule.h"
#include "cidr.h"
#include "strbuf.h"

struct json;

/*
 * What the database knows of one user: text, one `name=value` a line, the
 * first line `sekisho-user 1` (design: no plaintext password anywhere).
 * Those of an app password are `app-password/LABEL/name=value`.
 * Names that are not known here are kept when a record is changed.
 */
enum user_status {
	USER_ACTIVE,
	USER_SUSPENDED,
};

enum scram_hash { SCRAM_SHA_1, SCRAM_SHA_256, SCRAM_SHA_512, SCRAM_HASHES };

/* The derived secrets of one password.  NULL or "": none of that kind. */
struct secrets {
	char *password;            /* crypt(3) string */
	char *scram[SCRAM_HASHES]; /* RFC 5803 text */
	char *cram_md5;            /* HMAC-MD5 state, hex, as libsasl2 wants */
};

/* A further password of the user, for one device or program. */
struct app_password {
	char *label;           /* [A-Za-z0-9._-]+, unique per user */
	time_t created;        /* seconds since the epoch */
	time_t expires;        /* 0: never */
	struct cidr *networks; /* owned; none: from everywhere */
	size_t nnetworks;
	char *rules[APP_RULES]; /* owned; NULL: none of that kind */
	struct secrets secrets; /* password: a fast keyed hash, "$app$..." */
};

/* Of one whose status is SUSPENDED. */
struct suspension {
	time_t until;      /* 0: until he is resumed */
	bool only_sending; /* logins that are not for sending go on */
	char *reason;      /* NULL: none was given */
};

struct user_record {
	enum user_status status;
	struct suspension suspension;
	time_t created;
	time_t changed;
	time_t expires; /* 0: never */
	struct secrets secrets;
	struct app_password *app_passwords; /* owned, in order of creation */
	size_t napp_passwords;
	struct strbuf unknown;  /* lines with names of later versions */
	unsigned long snapshot; /* of the database that it was found in */
	char *text;             /* owned; the bytes it was read from */
	size_t text_len;
	size_t text_pos; /* from here on they are not decoded */
};

#define USER_APP_PASSWORDS_MAX 100

/* Returns 0, or -1 with the reason in err: not a record, a newer version, a
 * line that cannot be read.  The record is to be freed in both cases. */
int user_record_decode(struct user_record *, const char *bytes, size_t len,
    struct strbuf *err);

/*
 * The same in two steps, for who must not take longer the more app passwords
 * there are: what stands before them, then the rest.  Only both together are a
 * record.  text, from malloc, becomes the record's; the second step may be
 * taken twice.
 */
int user_record_decode_main(struct user_record *, char *text, size_t len,
    struct strbuf *err);
int user_record_decode_rest(struct user_record *, struct strbuf *err);

/*
 * Between the two: one app password, its label in the same case or else in
 * another (NULL: there is none, for which as much is read).  It lasts until the
 * rest is decoded.  Returns 0, or -1 with the reason in err.
 */
int user_record_decode_app(struct user_record *, const char *label,
    const struct app_password **, struct strbuf *err);

/* SHA-256 of the bytes that it was read from. */
#define USER_RECORD_DIGEST_LEN 32
void user_record_digest(const struct user_record *,
    unsigned char digest[USER_RECORD_DIGEST_LEN]);

void user_record_encode(const struct user_record *, struct strbuf *out);
void user_record_free(struct user_record *); /* wipes; back to all-zero */
void secrets_free(struct secrets *);         /* the same */

/* Secrets as lines of a record; prefix: before each name. */
void secrets_encode(const struct secrets *, const char *prefix,
    struct strbuf *out);

/* What one line may say: it was taken, it is wrong, nobody knows the name. */
enum taken { TAKEN, TAKEN_NOT, TAKEN_UNKNOWN };
enum taken secrets_take(struct secrets *, const char *name, const char *value);

/* NULL when the user has none of that label (case counts). */
struct app_password *user_record_find_app(const struct user_record *,
    const char *label);
/* A new all-zero one of that label, which must not be there yet. */
struct app_password *user_record_add_app(struct user_record *,
    const char *label);
/* Returns false when there is none of that label. */
bool user_record_remove_app(struct user_record *, const char *label);

/* Whether logins are refused for that; is_sending: it is one for sending. */
bool user_record_is_suspended(const struct user_record *, time_t now,
    bool is_sending);

/* Both compare with now; networks with the client (family 0: unknown). */
bool user_record_is_usable(const struct user_record *, time_t now);
bool app_password_is_usable(const struct app_password *, time_t now,
    const struct ip *client);

/* What limits its use, as fields of an object: texts of networks, senders ...;
 * those it has. */
void app_password_tell(const struct app_password *, struct json *);

#endif
