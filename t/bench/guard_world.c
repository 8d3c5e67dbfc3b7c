/*
 * Users and thieves.  Figures are those of a provider's logs, rounded.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard_world.h"
#include "mem.h"

#define DAY  86400L
#define HOUR 3600L

/* Where clients can be; an origin is a number of one of these ranges. */
enum origins {
	ORIGIN_WORK = 0,
	ORIGIN_HOME = 1000,
	ORIGIN_CARRIER = 2000,
	ORIGIN_ELSEWHERE = 3000, /* where travellers are */
	ORIGIN_THIEF = 5000,
	ORIGINS = 7000,
};
#define HOMES            300
#define CARRIERS         12
#define CARRIER_NETS     2000
#define HOME_NETS        4
#define ELSEWHERES       2000
#define COMPANY          400
#define CONFERENCE       60
#define VPN_USERS        40
#define CONFERENCE_DAYS  3
#define NEVER            100000L
#define STRANGERS_FROM   (1ULL << 40) /* recipients that only thieves have */
#define CONTACTS         400
#define NEWSLETTER_BATCH 50

static const struct kind {
	const char *name;
	double share, median, sigma;
} kinds[USER_KINDS] = {
	[USER_OFFICE] = { "office", 0.60, 10, 0.8 },
	[USER_MOBILE] = { "mobile", 0.15, 9, 0.7 },
	[USER_TRAVELLER] = { "traveller", 0.10, 11, 0.7 },
	[USER_HEAVY] = { "heavy writer", 0.05, 37, 0.5 },
	[USER_NEWSLETTER] = { "newsletter", 0.03, 7, 0.5 },
	[USER_SCRIPT] = { "script", 0.04, 12, 1.0 },
	[USER_LIST_OWNER] = { "list owner", 0.03, 7, 0.5 },
};

static const struct style {
	const char *name;
	unsigned addresses, recipients;
	long pause_min, pause_max;
	unsigned messages;
} styles[THIEF_STYLES] = {
	[THIEF_BLAST] = { "blast", 40, 20, 1, 3, 400 },
	[THIEF_BCC] = { "bcc", 1, 100, 30, 90, 30 },
	[THIEF_ONEIP] = { "oneip", 1, 50, 2, 10, 200 },
	[THIEF_PROXY] = { "proxy", 300, 1, 20, 60, 900 },
	[THIEF_SLOW] = { "slow", 20, 3, 120, 300, 500 },
	[THIEF_PATIENT] = { "patient", 1, 20, 1, 3, 436 },
	[THIEF_MALWARE] = { "malware", 1, 10, 60, 60, 60 },
	[THIEF_CRAWL] = { "crawl", 1, 1, 600, 1200, 300 },
};
#define PATIENT_MESSAGES 36 /* one each two hours, first */
#define PATIENT_PAUSE    (2 * HOUR)

struct trip {
	long first, last; /* days */
	unsigned origin;
};
#define TRIPS_MAX 9 /* stays: three trips of eight days */

struct user {
	enum user_kind kind;
	unsigned work, home, carrier, new_home;
	long new_home_day, letter_day, week_day, vpn_day;
	bool has_ipv6, is_of_company, is_at_conference;
	unsigned ntrips;
	struct trip trips[TRIPS_MAX];
	int thief;
};

struct thief {
	enum thief_style style;
	unsigned user, sent;
	long since;
	unsigned origins[300];
};

struct world {
	struct world_plan plan;
	uint64_t random;
	struct user *users;
	struct thief *thieves;
	long day; /* the next to be planned */
	long company_day, conference_day;
	unsigned company_work, conference_origin;
	uint64_t strangers;
	struct message **heap;
	size_t n, size;
};

/* Chance. */

static uint64_t
draw(struct world *world)
{
	uint64_t z = world->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static double
chance(struct world *world)
{
	return (double)(draw(world) >> 11) / (double)(1ULL << 53);
}

static long
between(struct world *world, long min, long max)
{
	return min + (long)(draw(world) % (uint64_t)(max - min + 1));
}

static double
log_normal(struct world *world, double median, double sigma)
{
	double u = 1 - chance(world), v = chance(world);

	return median * exp(sigma * sqrt(-2 * log(u)) * cos(2 * M_PI * v));
}

/* Messages, by time. */

static void
sift_up(struct world *world, size_t i)
{
	struct message **heap = world->heap, *message = heap[i];

	for (; i > 0 && heap[(i - 1) / 2]->at > message->at; i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = message;
}

static void
push(struct world *world, const struct message *message)
{
	if (world->n == world->size) {
		world->size = 2 * world->size + 64;
		world->heap = xreallocarray(world->heap, world->size,
		    sizeof world->heap[0]);
	}
	world->heap[world->n] = xmalloc(sizeof *message);
	*world->heap[world->n] = *message;
	sift_up(world, world->n++);
}

static void
pop(struct world *world, struct message *message)
{
	struct message **heap = world->heap, *last = heap[--world->n];
	size_t i = 0, child;

	*message = *heap[0];
	free(heap[0]);
	if (world->n == 0)
		return;
	while ((child = 2 * i + 1) < world->n) {
		if (child + 1 < world->n &&
		    heap[child + 1]->at < heap[child]->at)
			child++;
		if (heap[child]->at >= last->at)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
}

/* Where a client is. */

/* One origin in five has no name that can be verified. */
static bool
has_name(const struct world *world, unsigned origin)
{
	uint64_t bits = (origin + 1) * 0x9e3779b97f4a7c15ULL ^ world->plan.seed;

	bits = (bits ^ (bits >> 29)) * 0xbf58476d1ce4e5b9ULL;
	return (bits >> 33) % 5 != 0;
}

static void
put_client(struct world *world, struct message *message, unsigned origin,
    bool has_ipv6, unsigned who)
{
	unsigned net = origin << 3, host = (unsigned)between(world, 1, 250);

	if (origin >= ORIGIN_CARRIER && origin < ORIGIN_ELSEWHERE)
		net = ORIGINS * 8 + (origin - ORIGIN_CARRIER) * CARRIER_NETS +
		    (unsigned)between(world, 0, CARRIER_NETS - 1);
	else if (origin >= ORIGIN_HOME && origin < ORIGIN_CARRIER)
		net += (who + (unsigned)world->day) % HOME_NETS;
	if (has_ipv6)
		snprintf(message->client_address,
		    sizeof message->client_address, "2a0e:%x:%x::%x", net >> 16,
		    net & 0xffff, host);
	else
		snprintf(message->client_address,
		    sizeof message->client_address, "%u.%u.%u.%u",
		    60 + (net >> 16), net >> 8 & 255, net & 255, host);
	if (has_name(world, origin))
		snprintf(message->client_name, sizeof message->client_name,
		    "c%u.net%u.example", host, origin);
	else
		snprintf(message->client_name, sizeof message->client_name,
		    "unknown");
}

static unsigned
elsewhere(struct world *world)
{
	return ORIGIN_ELSEWHERE + (unsigned)between(world, 0, ELSEWHERES - 1);
}

static unsigned
home_of(const struct user *user, long day)
{
	return day >= user->new_home_day ? user->new_home : user->home;
}

static unsigned
work_of(const struct world *world, const struct user *user, long day)
{
	return user->is_of_company && day >= world->company_day
	    ? world->company_work
	    : user->work;
}

static unsigned
usual_place(struct world *world, const struct user *user, long day)
{
	double share = chance(world);

	if (user->kind == USER_SCRIPT)
		return user->work;
	if (user->kind == USER_LIST_OWNER)
		return work_of(world, user, day);
	if (share < (user->kind == USER_MOBILE ? 0.70 : 0.08))
		return user->carrier;
	return chance(world) < 0.7 ? work_of(world, user, day)
				   : home_of(user, day);
}

static unsigned
place_of(struct world *world, const struct user *user, long day)
{
	if (day >= user->vpn_day)
		return elsewhere(world);
	if (user->is_at_conference && day >= world->conference_day &&
	    day < world->conference_day + CONFERENCE_DAYS)
		return world->conference_origin;
	for (unsigned i = 0; i < user->ntrips; i++)
		if (day >= user->trips[i].first && day <= user->trips[i].last)
			return chance(world) < 0.2 ? user->carrier
						   : user->trips[i].origin;
	return usual_place(world, user, day);
}

/* Users. */

static void
plan_trip(struct world *world, struct user *user)
{
	long first = between(world, 0, (long)world->plan.days - 1);
	long last = first + between(world, 2, 8) - 1;

	for (; first <= last && user->ntrips < TRIPS_MAX; first += 3)
		user->trips[user->ntrips++] = (struct trip){ first,
			first + 2 < last ? first + 2 : last, elsewhere(world) };
}

static enum user_kind
draw_kind(struct world *world)
{
	double share = chance(world);
	enum user_kind kind = USER_OFFICE;

	while (kind < USER_LIST_OWNER && share >= kinds[kind].share)
		share -= kinds[kind++].share;
	return kind;
}

static void
make_user(struct world *world, unsigned i)
{
	struct user *user = &world->users[i];
	long days = (long)world->plan.days;
	long trips;

	user->kind = draw_kind(world);
	user->thief = -1;
	user->vpn_day = NEVER;
	user->is_of_company =
	    (world->plan.shapes & SHAPE_COMPANY) != 0 && i < COMPANY;
	user->work = user->is_of_company
	    ? ORIGIN_WORK
	    : ORIGIN_WORK + (unsigned)between(world, 1, 80);
	if (user->kind == USER_SCRIPT)
		user->work = ORIGIN_WORK + 100 + i % 800;
	user->home = ORIGIN_HOME + (unsigned)between(world, 0, HOMES - 1);
	user->new_home = ORIGIN_HOME + (unsigned)between(world, 0, HOMES - 1);
	user->carrier =
	    ORIGIN_CARRIER + (unsigned)between(world, 0, CARRIERS - 1);
	user->has_ipv6 = chance(world) < 0.1;
	user->new_home_day =
	    chance(world) < 0.05 ? between(world, 0, days) : NEVER;
	user->letter_day =
	    chance(world) < 0.06 ? between(world, 0, days) : NEVER;
	user->week_day = between(world, 0, 6);
	trips = user->kind == USER_TRAVELLER || chance(world) < 0.25
	    ? between(world, 1, 3)
	    : 0;
	if (user->kind == USER_SCRIPT)
		trips = 0;
	while (trips-- > 0)
		plan_trip(world, user);
}

static struct user *
any_user(struct world *world)
{
	return &world->users[draw(world) % world->plan.users];
}

static void
make_shapes(struct world *world)
{
	long last = (long)world->plan.days - CONFERENCE_DAYS - 1;

	world->company_day = between(world, WORLD_LEARNING + 1, last);
	world->company_work = ORIGIN_WORK + 990;
	world->conference_day = between(world, WORLD_LEARNING + 1, last);
	world->conference_origin = elsewhere(world);
	if ((world->plan.shapes & SHAPE_CONFERENCE) != 0)
		for (unsigned i = 0; i < CONFERENCE; i++)
			any_user(world)->is_at_conference = true;
	if ((world->plan.shapes & SHAPE_VPN) != 0)
		for (unsigned i = 0; i < VPN_USERS; i++)
			any_user(world)->vpn_day =
			    i % 2 == 0 ? 0 : between(world, 1, last);
}

static unsigned
draw_recipients(struct world *world, const struct user *user)
{
	double share = chance(world);

	if (user->kind == USER_SCRIPT)
		return 1;
	if (user->kind == USER_HEAVY && chance(world) < 0.06)
		return (unsigned)between(world, 20, 120);
	if (share < 0.75)
		return 1;
	return (unsigned)(share < 0.96 ? between(world, 2, 5)
				       : between(world, 6, 24));
}

/* To so many of a user's contacts, or of the subscribers from one on. */
static void
plan_message(struct world *world, unsigned who, unsigned n, long at,
    unsigned origin)
{
	const struct user *user = &world->users[who];
	struct message message = { .at = at, .user = who, .thief = -1, .n = n };

	put_client(world, &message, origin, user->has_ipv6, who);
	for (unsigned i = 0; i < n; i++)
		message.recipients[i] = (uint64_t)who << 16 |
		    (uint64_t)between(world, 0, CONTACTS - 1);
	push(world, &message);
}

/* The same mail to many, in several messages. */
static void
plan_mailing(struct world *world, unsigned who, unsigned n, long at,
    unsigned origin)
{
	const struct user *user = &world->users[who];
	struct message message = { .user = who, .thief = -1 };
	unsigned sent = 0;

	put_client(world, &message, origin, user->has_ipv6, who);
	while (sent < n) {
		message.at = at;
		message.n =
		    n - sent < NEWSLETTER_BATCH ? n - sent : NEWSLETTER_BATCH;
		for (unsigned i = 0; i < message.n; i++)
			message.recipients[i] =
			    (uint64_t)who << 16 | (1024 + sent++);
		push(world, &message);
		at += between(world, 2, 20);
	}
}

static long
time_of_day(struct world *world)
{
	return chance(world) < 0.75 ? between(world, 8 * HOUR, 18 * HOUR)
				    : between(world, 6 * HOUR, 23 * HOUR);
}

static void
plan_newsletter(struct world *world, unsigned who, long day)
{
	const struct user *user = &world->users[who];
	double n = log_normal(world, 540, 1.0);
	unsigned origin =
	    chance(world) < 0.1 ? elsewhere(world) : work_of(world, user, day);

	n = n < 100 ? 100 : n > 6000 ? 6000 : n;
	plan_mailing(world, who, (unsigned)n,
	    day * DAY + 9 * HOUR + between(world, 0, 6 * HOUR), origin);
}

/* A user's letter to all friends: within an hour, from home. */
static void
plan_letter(struct world *world, unsigned who, long day)
{
	unsigned n = (unsigned)between(world, 60, 260);
	long at = day * DAY + between(world, 10 * HOUR, 20 * HOUR);

	for (unsigned sent = 0; sent < n; sent += 20)
		plan_message(world, who, n - sent < 20 ? n - sent : 20,
		    at + between(world, 0, HOUR - 60),
		    home_of(&world->users[who], day));
}

static void
plan_user_day(struct world *world, unsigned who, long day)
{
	const struct user *user = &world->users[who];
	const struct kind *kind = &kinds[user->kind];
	double n = log_normal(world, kind->median, kind->sigma);

	if (day % 7 >= 5)
		n /= 4;
	for (long i = 0; i < (long)(n + 0.5); i++)
		plan_message(world, who, draw_recipients(world, user),
		    day * DAY + time_of_day(world), place_of(world, user, day));
	if (user->kind == USER_NEWSLETTER && day % 7 == user->week_day)
		plan_newsletter(world, who, day);
	if (user->kind == USER_LIST_OWNER)
		for (long i = between(world, 0, 2); i > 0; i--)
			plan_message(world, who,
			    (unsigned)between(world, 40, 90),
			    day * DAY + time_of_day(world),
			    place_of(world, user, day));
	if (day == user->letter_day)
		plan_letter(world, who, day);
}

/* Thieves. */

static void
plan_theft(struct world *world, unsigned which, long at)
{
	struct thief *thief = &world->thieves[which];
	const struct style *style = &styles[thief->style];
	const struct user *user = &world->users[thief->user];
	bool waits =
	    thief->style == THIEF_PATIENT && thief->sent < PATIENT_MESSAGES;
	struct message message = { .at = at,
		.user = thief->user,
		.thief = (int)which,
		.n = waits ? 1 : style->recipients };
	unsigned origin = thief->origins[draw(world) % style->addresses];

	if (thief->style == THIEF_MALWARE)
		origin = work_of(world, user, at / DAY);
	put_client(world, &message, origin, false, thief->user);
	for (unsigned i = 0; i < message.n; i++)
		message.recipients[i] = STRANGERS_FROM + world->strangers++;
	push(world, &message);
	thief->sent++;
}

/* A thief has sent one, and thinks of the next. */
static void
go_on_stealing(struct world *world, const struct message *message)
{
	struct thief *thief = &world->thieves[message->thief];
	const struct style *style = &styles[thief->style];
	long pause = between(world, style->pause_min, style->pause_max);

	if (thief->style == THIEF_PATIENT && thief->sent <= PATIENT_MESSAGES)
		pause = PATIENT_PAUSE;
	if (thief->sent < style->messages)
		plan_theft(world, (unsigned)message->thief,
		    message->at + pause);
}

static void
make_thief(struct world *world, unsigned i)
{
	struct thief *thief = &world->thieves[i];

	thief->style = (enum thief_style)(i % THIEF_STYLES);
	do
		thief->user = (unsigned)(draw(world) % world->plan.users);
	while (world->users[thief->user].thief != -1);
	world->users[thief->user].thief = (int)i;
	thief->since = between(world, WORLD_LEARNING * DAY,
	    ((long)world->plan.days - 5) * DAY);
	for (size_t j = 0; j < sizeof thief->origins / sizeof thief->origins[0];
	     j++)
		thief->origins[j] =
		    ORIGIN_THIEF + (unsigned)between(world, 0, ELSEWHERES - 1);
	plan_theft(world, i, thief->since);
}

struct world *
world_new(const struct world_plan *plan)
{
	struct world *world = xcalloc(1, sizeof *world);

	world->plan = *plan;
	world->random = plan->seed;
	world->users = xcalloc(plan->users, sizeof *world->users);
	world->thieves = xcalloc(plan->thieves + 1, sizeof *world->thieves);
	for (unsigned i = 0; i < plan->users; i++)
		make_user(world, i);
	make_shapes(world);
	for (unsigned i = 0; i < plan->thieves; i++)
		make_thief(world, i);
	return world;
}

void
world_free(struct world *world)
{
	while (world->n > 0)
		free(world->heap[--world->n]);
	free(world->heap);
	free(world->thieves);
	free(world->users);
	free(world);
}

bool
world_next(struct world *world, struct message *message)
{
	while (world->day < (long)world->plan.days &&
	    (world->n == 0 || world->heap[0]->at >= world->day * DAY)) {
		for (unsigned i = 0; i < world->plan.users; i++)
			plan_user_day(world, i, world->day);
		world->day++;
	}
	if (world->n == 0)
		return false;
	pop(world, message);
	if (message->thief != -1)
		go_on_stealing(world, message);
	return true;
}

void
world_put_off(struct world *world, const struct message *message)
{
	struct message again = *message;

	if (++again.tries > 3 || again.thief != -1)
		return;
	again.at += 900L << again.tries;
	push(world, &again);
}

enum user_kind
world_user_kind(const struct world *world, unsigned user)
{
	return world->users[user].kind;
}

enum thief_style
world_thief_style(const struct world *world, unsigned thief)
{
	return world->thieves[thief].style;
}

int
world_thief_of(const struct world *world, unsigned user, long *since)
{
	int thief = world->users[user].thief;

	*since = thief == -1 ? 0 : world->thieves[thief].since;
	return thief;
}

const char *
user_kind_name(enum user_kind kind)
{
	return kinds[kind].name;
}

const char *
thief_style_name(enum thief_style style)
{
	return styles[style].name;
}
