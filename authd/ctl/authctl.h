#ifndef AUTHCTL_H
#define AUTHCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "app_rule.h"
#include "authd_config.h"
#include "strbuf.h"

struct change;
struct userdb_edit;

/*
 * What the files of authctl(8) share: its options and its commands.
 */
enum {
	OPTION_JSON = 1 << 0,
	OPTION_PASSWORD_STDIN = 1 << 1,
	OPTION_WITHOUT = 1 << 2,
	OPTION_LABEL = 1 << 3,
	OPTION_EXPIRES = 1 << 4,
	OPTION_NETWORKS = 1 << 5,
	OPTION_REPLACE = 1 << 6,
	OPTION_MIRROR = 1 << 7,
	OPTION_FORCE = 1 << 8,
	OPTION_DRY_RUN = 1 << 9,
	OPTION_REALM = 1 << 10,
	OPTION_SCHEME = 1 << 11,
	OPTION_OUTBOUND = 1 << 12,
	OPTION_EXEC = 1 << 16,
	OPTION_REASON = 1 << 17,
	OPTION_TIME = 1 << 18,
	OPTION_SENDING = 1 << 19,
	OPTION_SINCE = 1 << 20,
	OPTION_QUEUE_IDS = 1 << 21,
	OPTION_SENDERS = 1 << 22,
	OPTION_RECIPIENTS = 1 << 23,
	OPTION_LIMIT = 1 << 24,
	OPTION_ONCE = 1 << 25,
	/* No option: a command that needs control_socket alone. */
	ASKS_ONLY = 1 << 15,
};

#define WORDS_MAX 64

/* A command as it was written; all texts are borrowed. */
struct arguments {
	unsigned given; /* bit set of OPTION_... */
	const char *config_path;
	const char *without;
	const char *label;
	const char *expires;
	const char *networks;
	const char *rules[APP_RULES];
	const char *since;
	const char *realm;
	const char *outbound;
	const char *scheme;
	const char *exec;
	const char *reason;
	const char *time;             /* --for */
	bool is_line;                 /* of a batch: its words may be a
				       * password, and are not repeated */
	const char *password;         /* batch only: from the line */
	const char *words[WORDS_MAX]; /* behind the name of the command */
	int nwords;
};

struct authctl {
	struct authd_config config;
	time_t now;
	struct strbuf out; /* for stdout; may hold a secret */
	struct strbuf err; /* for stderr, whole lines */
};

/*
 * The commands.  Their functions return an exit code of sysexits.h, with
 * lines in err when it is not 0.  Those that change users have prepare (may
 * be NULL) and apply, see authctl_change.h; the others have run.
 */
struct command {
	const char *name; /* one or two words */
	const char *synopsis;
	int min_words, max_words;
	unsigned options; /* that it takes; ASKS_ONLY */
	int (*prepare)(struct authctl *, struct change *);
	int (*apply)(struct authctl *, struct change *, struct userdb_edit *);
	int (*run)(struct authctl *, const struct arguments *);
	const char *doc;
};

/*
 * Find the command that the words begin with and take its options; argv[0]
 * is skipped, argv is permuted, its texts are borrowed.
 * Returns EX_OK with *command set, or EX_USAGE with a line in err.
 * *command stays NULL when -h or --version was asked for (in out).
 */
int authctl_parse(int argc, char **argv, const struct command **command,
    struct arguments *args, struct strbuf *out, struct strbuf *err);

/* Add a line to err. */
void authctl_error(struct authctl *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Add the line about a database that cannot be read, with the remedy where
 * there is none.  Returns EX_NOINPUT. */
int authctl_no_database(struct authctl *, const struct strbuf *why);

/* Write out to stdout, also only when there is much of it, for commands that
 * print without end.  EX_IOERR when it cannot be written. */
int authctl_write(struct authctl *);
int authctl_write_some(struct authctl *);
/* Write err to stderr, each line with the name of the program. */
void authctl_write_errors(struct authctl *);

/* The normal form of a name, appended; EX_USAGE when it is none. */
int authctl_user_name(struct authctl *, const char *typed, struct strbuf *out);

/* Find a user to look at: EX_OK, EX_NOUSER, EX_NOINPUT (no database).
 * The name found is appended; the record is to be freed in every case. */
int authctl_find(struct authctl *, const char *typed, struct strbuf *name,
    struct user_record *record);

/*
 * One question to a daemon; its answer is appended.  Returns EX_OK, 1 when it
 * says no to the question itself, EX_UNAVAILABLE when it does not answer; the
 * reason stands behind the prefix in a line of err.
 */
int authctl_ask_daemon(struct authctl *, const char *address,
    const char *prefix, const char *line, struct strbuf *answer);

/* The commands of the other files. */
int authctl_list(struct authctl *, const struct arguments *);
int authctl_show(struct authctl *, const struct arguments *);
int authctl_app_list(struct authctl *, const struct arguments *);
int authctl_check(struct authctl *, const struct arguments *);
int authctl_doctor(struct authctl *, const struct arguments *);
int authctl_stats(struct authctl *, const struct arguments *);
int authctl_ask(struct authctl *, const struct arguments *);
int authctl_incident(struct authctl *, const struct arguments *);
int authctl_top(struct authctl *, const struct arguments *);
int authctl_watch(struct authctl *, const struct arguments *);
int authctl_batch(struct authctl *, const struct arguments *);
int authctl_apply(struct authctl *, const struct arguments *);
int authctl_import(struct authctl *, const struct arguments *);
int authctl_export(struct authctl *, const struct arguments *);

#endif
