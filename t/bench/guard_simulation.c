/*
 * The guard, played to: a provider's users, and thieves of their passwords.
 *
 * guard_simulation [-u USERS] [-d DAYS] [-t THIEVES] [-s SHAPES]
 *     [-S SOCKET -c CLOCK] SEED ...
 *
 * SHAPES is a number, 1 a company that moves, 2 a conference, 4 a VPN, or
 * their sum.  Without a socket policyd's functions are called; with one, a
 * policyd of which nobody has asked anything is asked, and the file CLOCK tells
 * it the time.  Exits with 1 when a promise is broken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard_player.h"
#include "guard_world.h"
#include "clock.h"
#include "mem.h"

#define FIRST_DAY 1799971200L /* seconds since the epoch */
#define DAY       86400L
#define HOUR      3600L
#define LOCK_TIME (3 * DAY)

/* What is promised. */
#define LOCKS_MAX  20  /* of good users, for 1000 of them in 30 days */
#define OUT_FAST   100 /* recipients that a fast thief reaches */
#define OUT_SLOW   250 /* a patient one, or at the victim's place */
#define HABIT_FAST 50  /* below that: of the victim, in an hour */
#define HABIT_SLOW 80

static const char config[] =
    "smtpd_recipient_restrictions = reject_sasl_takeover\n"
    "smtpd_end_of_data_restrictions = reject_sasl_takeover\n"
    "mynetworks = 127.0.0.0/8\n"
    "log_level = error\n"
    "postfix_config_directory =\n";

struct account {
	bool is_suspended;
	long locked_until;
	unsigned in_hour, busiest; /* recipients accepted in an hour */
	long hour;
};

struct theft {
	unsigned out;
	unsigned habit; /* of the victim, before */
	bool has_begun;
};

struct simulation {
	struct world *world;
	struct world_plan plan;
	struct guard_player *player;
	struct account *accounts;
	struct theft *thefts;
	struct strbuf request;
	unsigned long instances;
	unsigned suspended, locked;  /* good users */
	unsigned long sent, put_off; /* good messages after learning */
	unsigned long asked;
};

static void
add(struct strbuf *out, const char *name, const char *value)
{
	strbuf_addf(out, "%s=%s\n", name, value);
}

static const char *
ask(struct simulation *sim, const struct message *message, const char *state,
    const char *more)
{
	struct strbuf *request = &sim->request;

	strbuf_truncate(request, 0);
	add(request, "request", "smtpd_access_policy");
	add(request, "protocol_state", state);
	add(request, "client_name", message->client_name);
	add(request, "client_address", message->client_address);
	strbuf_addf(request, "sasl_username=user%u@example.org\n",
	    message->user);
	strbuf_addf(request, "instance=i.%lu\n", sim->instances);
	strbuf_addf(request, "%s\n\n", more);
	sim->asked++;
	return guard_player_ask(sim->player, request);
}

static bool
is_victim(const struct simulation *sim, const struct message *message)
{
	long since;

	return world_thief_of(sim->world, message->user, &since) != -1 &&
	    message->at >= since;
}

/* What a refusal says of the account. */
static void
note_refusal(struct simulation *sim, const struct message *message,
    const char *action)
{
	struct account *account = &sim->accounts[message->user];

	if (strstr(action, "suspended") != NULL) {
		sim->suspended +=
		    !account->is_suspended && !is_victim(sim, message);
		account->is_suspended = true;
	} else if (strstr(action, "locked") != NULL &&
	    message->at >= account->locked_until) {
		sim->locked += !is_victim(sim, message);
		account->locked_until = message->at + LOCK_TIME;
	}
}

static void
note_accepted(struct simulation *sim, const struct message *message, unsigned n)
{
	struct account *account = &sim->accounts[message->user];

	if (message->thief != -1) {
		sim->thefts[message->thief].out += n;
		return;
	}
	if (message->at / HOUR != account->hour)
		account->in_hour = 0;
	account->hour = message->at / HOUR;
	account->in_hour += n;
	if (account->in_hour > account->busiest && !is_victim(sim, message))
		account->busiest = account->in_hour;
}

/* Send a message; those of its recipients that were refused stay in it. */
static void
send_message(struct simulation *sim, struct message *message)
{
	unsigned refused = 0, accepted;
	char more[64];

	sim->instances++;
	for (unsigned i = 0; i < message->n; i++) {
		const char *action;

		snprintf(more, sizeof more, "recipient=r%llu@example.net",
		    (unsigned long long)message->recipients[i]);
		action = ask(sim, message, "RCPT", more);
		if (strcmp(action, "DUNNO") == 0)
			continue;
		note_refusal(sim, message, action);
		message->recipients[refused++] = message->recipients[i];
	}
	accepted = message->n - refused;
	message->n = refused;
	if (accepted == 0)
		return;
	snprintf(more, sizeof more, "recipient_count=%u\nsize=1000", accepted);
	if (strcmp(ask(sim, message, "END-OF-MESSAGE", more), "DUNNO") == 0)
		note_accepted(sim, message, accepted);
}

static void
play(struct simulation *sim)
{
	struct message message;

	while (world_next(sim->world, &message)) {
		struct account *account = &sim->accounts[message.user];
		bool counts = message.at >= WORLD_LEARNING * DAY &&
		    message.thief == -1 && message.tries == 0 &&
		    !is_victim(sim, &message);

		if (message.thief != -1 &&
		    !sim->thefts[message.thief].has_begun) {
			sim->thefts[message.thief].has_begun = true;
			sim->thefts[message.thief].habit = account->busiest;
		}
		guard_player_set_clock(sim->player, FIRST_DAY + message.at);
		send_message(sim, &message);
		sim->sent += counts;
		sim->put_off += counts && message.n > 0;
		if (message.n > 0)
			world_put_off(sim->world, &message);
	}
}

/* How many recipients a thief may reach; 0: that is not graded. */
static unsigned
allowed(const struct simulation *sim, unsigned thief)
{
	unsigned habit = sim->thefts[thief].habit;

	switch (world_thief_style(sim->world, thief)) {
	case THIEF_BLAST:
	case THIEF_BCC:
	case THIEF_ONEIP:
	case THIEF_PROXY:
		return habit < HABIT_FAST ? OUT_FAST : 2 * habit;
	case THIEF_SLOW: /* for more than a day */
		return habit < HABIT_FAST ? OUT_FAST : 4 * habit;
	case THIEF_PATIENT:
	case THIEF_MALWARE:
		return habit < HABIT_SLOW ? OUT_SLOW : 0;
	case THIEF_CRAWL:
	case THIEF_STYLES:
		break;
	}
	return 0;
}

static bool
report_thieves(const struct simulation *sim)
{
	bool is_kept = true;

	for (enum thief_style style = 0; style < THIEF_STYLES; style++) {
		printf("  %-8s", thief_style_name(style));
		for (unsigned i = 0; i < sim->plan.thieves; i++) {
			const struct theft *theft = &sim->thefts[i];
			unsigned most = allowed(sim, i);
			bool is_too_much = most > 0 && theft->out > most;

			if (world_thief_style(sim->world, i) != style)
				continue;
			printf(" %u of %u%s", theft->out, theft->habit,
			    is_too_much ? "!" : "");
			is_kept &= !is_too_much;
		}
		printf("\n");
	}
	return is_kept;
}

static bool
report(struct simulation *sim, double seconds)
{
	struct strbuf state = { 0 };
	bool is_kept;

	printf("seed %llu: %u users suspended, %u locked; %.2f %% of %lu "
	       "messages put off; %lu requests in %.1f s\n"
	       "  out by thieves, of the victim's highest hour:\n",
	    (unsigned long long)sim->plan.seed, sim->suspended, sim->locked,
	    sim->sent == 0 ? 0. : 100. * sim->put_off / sim->sent, sim->sent,
	    sim->asked, seconds);
	is_kept = report_thieves(sim);
	is_kept &= sim->suspended == 0 && sim->locked <= LOCKS_MAX;
	guard_player_describe(sim->player, &state);
	printf("%s", strbuf_str(&state));
	strbuf_free(&state);
	return is_kept;
}

static bool
run(const struct world_plan *plan, const char *socket, const char *clock)
{
	struct simulation sim = {
		.plan = *plan,
		.world = world_new(plan),
		.player = socket != NULL ? guard_player_connect(socket, clock)
					 : guard_player_new(config),
		.accounts = xcalloc(plan->users, sizeof(struct account)),
		.thefts = xcalloc(plan->thieves + 1, sizeof(struct theft)),
	};
	double began = clock_cpu_seconds();
	bool is_kept;

	guard_player_set_clock(sim.player, FIRST_DAY);
	play(&sim);
	is_kept = report(&sim, clock_cpu_seconds() - began);
	world_free(sim.world);
	guard_player_free(sim.player);
	strbuf_free(&sim.request);
	free(sim.accounts);
	free(sim.thefts);
	return is_kept;
}

static unsigned
number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

int
main(int argc, char **argv)
{
	struct world_plan plan = { .users = 1000, .days = 44, .thieves = 30 };
	const char *socket = NULL, *clock = NULL;
	bool is_kept = true;
	int option;

	while ((option = getopt(argc, argv, "u:d:t:s:S:c:")) != -1)
		switch (option) {
		case 'u':
			plan.users = number(optarg);
			break;
		case 'd':
			plan.days = number(optarg);
			break;
		case 't':
			plan.thieves = number(optarg);
			break;
		case 's':
			plan.shapes = number(optarg);
			break;
		case 'S':
			socket = optarg;
			break;
		case 'c':
			clock = optarg;
			break;
		default:
			return 2;
		}
	if (plan.days < WORLD_DAYS_MIN || plan.thieves > plan.users) {
		fprintf(stderr,
		    "guard_simulation: %d days at least, and no more thieves "
		    "than users\n",
		    WORLD_DAYS_MIN);
		return 2;
	}
	for (; optind < argc; optind++) {
		plan.seed = strtoull(argv[optind], NULL, 10);
		is_kept &= run(&plan, socket, clock);
	}
	return is_kept ? 0 : 1;
}
