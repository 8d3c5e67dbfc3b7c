#ifndef GUARD_WORLD_H
#define GUARD_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A provider's users and some thieves, all of it random from a seed: who sends
 * mail when, from where, to whom.
 */
#define WORLD_LEARNING  14                   /* days without thieves */
#define WORLD_DAYS_MIN  (WORLD_LEARNING + 5) /* in which one can come */
#define WORLD_RCPTS_MAX 150

enum user_kind {
	USER_OFFICE,
	USER_MOBILE,
	USER_TRAVELLER,
	USER_HEAVY,
	USER_NEWSLETTER,
	USER_SCRIPT,
	USER_LIST_OWNER,
	USER_KINDS,
};

enum thief_style {
	THIEF_BLAST,
	THIEF_BCC,
	THIEF_ONEIP,
	THIEF_PROXY,
	THIEF_SLOW,
	THIEF_PATIENT,
	THIEF_MALWARE,
	THIEF_CRAWL,
	THIEF_STYLES,
};

/* What not all worlds have. */
enum world_shape {
	SHAPE_COMPANY = 1 << 0,    /* of 400, moves to another provider */
	SHAPE_CONFERENCE = 1 << 1, /* of 60, for three days */
	SHAPE_VPN = 1 << 2,        /* of 40: each message from elsewhere */
};

struct world_plan {
	uint64_t seed;
	unsigned users, days, thieves;
	unsigned shapes;
};

struct message {
	long at; /* seconds from the first day on */
	unsigned user;
	int thief; /* -1: it is the user's own */
	char client_name[64], client_address[64];
	unsigned n; /* recipients */
	uint64_t recipients[WORLD_RCPTS_MAX];
	unsigned tries; /* before this one */
};

struct world;
struct world *world_new(const struct world_plan *);
void world_free(struct world *);

/* The next message in time; false: there are no more. */
bool world_next(struct world *, struct message *);

/* Some recipients were put off: those that are in the message now are tried
 * once more, by programs that do. */
void world_put_off(struct world *, const struct message *);

enum user_kind world_user_kind(const struct world *, unsigned user);
enum thief_style world_thief_style(const struct world *, unsigned thief);
/* The thief of a user's password; -1: nobody has it.  since: from when on. */
int world_thief_of(const struct world *, unsigned user, long *since);

const char *user_kind_name(enum user_kind);
const char *thief_style_name(enum thief_style);

#endif
