/*
 * Answers for a simulation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "guard_player.h"
#include "clock.h"
#include "dnsbl.h"
#include "evaluation.h"
#include "guard.h"
#include "log.h"
#include "mem.h"
#include "policy.h"
#include "rates.h"
#include "request.h"
#include "restriction_table.h"
#include "state.h"
#include "state_report.h"
#include "suspensions.h"
#include "table.h"

#define STATE_LIMIT (64L * 1024 * 1024)
#define TIME_SIZE   sizeof "2027-01-15 00:00:00"

struct guard_player {
	/* in this process */
	struct event_base *base;
	struct policy_source source;
	struct policies *policies;
	struct state *state;
	struct fact_source facts;
	struct evaluation *evaluation;
	struct transaction transaction;
	/* behind a socket */
	FILE *socket;
	char *clock;

	struct strbuf request, answer;
	time_t now;
};

static time_t simulated_now;

static int
simulated_clock(clockid_t id, struct timespec *now)
{
	if (id != CLOCK_REALTIME_COARSE)
		return clock_gettime(id, now);
	*now = (struct timespec){ .tv_sec = simulated_now };
	return 0;
}

static _Noreturn void
fail(const char *what, const char *why)
{
	fprintf(stderr, "guard_simulation: %s: %s\n", what, why);
	exit(2);
}

/* policyd's functions without a daemon: what is remembered is in memory. */

static void
read_config(struct guard_player *player, const char *config)
{
	static const struct dnsbl_dns nobody = { 0 };
	static const struct dnsbl_options untested = { .untested = "" };
	char path[] = "/tmp/guard_simulation.XXXXXX";
	enum conf_result result;
	struct strbuf err = { 0 };
	int fd = mkstemp(path);

	if (fd == -1 ||
	    write(fd, config, strlen(config)) != (ssize_t)strlen(config))
		fail(path, "cannot be written");
	close(fd);
	player->source.path = path;
	player->source.restrictions = &restriction_table;
	player->source.dnsbls = dnsbls_new(player->base, &nobody, &untested);
	player->policies = policies_read(&player->source, &result, &err);
	unlink(path);
	if (player->policies == NULL ||
	    tables_load(player->policies->tables, &err) != CONF_OK)
		fail("policyd.cf", strbuf_str(&err));
	strbuf_free(&err);
}

struct guard_player *
guard_player_new(const char *config)
{
	struct guard_player *player = xcalloc(1, sizeof *player);

	clock_set_source(simulated_clock);
	log_set_level(LOG_LEVEL_ERROR);
	player->base = event_base_new();
	read_config(player, config);
	player->state = state_new(player->base, "/nowhere", STATE_LIMIT,
	    state_kinds, STATE_KINDS);
	player->facts.rates = rates_new(player->state);
	player->facts.suspensions = suspensions_new(NULL, player->state, NULL);
	player->facts.guard =
	    guard_new(player->state, player->facts.rates, NULL);
	player->evaluation = evaluation_new(player->base, &player->facts);
	return player;
}

static void
on_answer(void *arg, const struct decision *decision)
{
	struct guard_player *player = arg;

	strbuf_adds(&player->answer, decision->action);
}

static void
ask_here(struct guard_player *player, const struct strbuf *attributes)
{
	struct request request;
	struct evaluation_input input = {
		.policies = player->policies,
		.request = &request,
		.transaction = &player->transaction,
	};
	struct strbuf err = { 0 };

	strbuf_truncate(&player->request, 0);
	strbuf_add(&player->request, attributes->bytes, attributes->len);
	if (request_parse(&request, player->request.bytes, player->request.len,
		&err) <= 0)
		fail("request", strbuf_str(&err));
	evaluation_start(player->evaluation, &input, on_answer, player);
	evaluation_clear(player->evaluation);
}

void
guard_player_describe(struct guard_player *player, struct strbuf *out)
{
	if (player->state != NULL)
		state_describe(player->state, out);
}

/* A daemon. */

struct guard_player *
guard_player_connect(const char *path, const char *clock)
{
	struct guard_player *player = xcalloc(1, sizeof *player);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof address.sun_path)
		fail(path, "is too long");
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd == -1 ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) == -1 ||
	    (player->socket = fdopen(fd, "r+")) == NULL)
		fail(path, "cannot be connected to");
	player->clock = xstrdup(clock);
	return player;
}

static void
ask_there(struct guard_player *player, const struct strbuf *attributes)
{
	char line[4096];

	if (fwrite(attributes->bytes, 1, attributes->len, player->socket) !=
		attributes->len ||
	    fflush(player->socket) != 0 ||
	    fgets(line, sizeof line, player->socket) == NULL ||
	    strncmp(line, "action=", 7) != 0)
		fail("policyd", "does not answer");
	line[strcspn(line, "\n")] = '\0';
	strbuf_adds(&player->answer, line + 7);
	if (fgets(line, sizeof line, player->socket) == NULL)
		fail("policyd", "does not answer");
}

static void
write_clock(const struct guard_player *player)
{
	char *new = xasprintf("%s.new", player->clock);
	FILE *file = fopen(new, "w");
	struct tm tm;
	char text[TIME_SIZE];

	gmtime_r(&player->now, &tm);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
	if (file == NULL || fprintf(file, "%s\n", text) < 0 ||
	    fclose(file) != 0 || rename(new, player->clock) == -1)
		fail(new, "cannot be written");
	free(new);
}

/* Both. */

void
guard_player_free(struct guard_player *player)
{
	evaluation_free(player->evaluation);
	guard_free(player->facts.guard);
	suspensions_free(player->facts.suspensions);
	rates_leave(player->transaction.reservation);
	rates_free(player->facts.rates);
	state_free(player->state);
	policies_release(player->policies);
	dnsbls_free(player->source.dnsbls);
	if (player->base != NULL)
		event_base_free(player->base);
	if (player->socket != NULL)
		fclose(player->socket);
	free(player->clock);
	strbuf_free(&player->request);
	strbuf_free(&player->answer);
	free(player);
}

void
guard_player_set_clock(struct guard_player *player, time_t now)
{
	if (now == player->now)
		return;
	player->now = simulated_now = now;
	if (player->socket != NULL)
		write_clock(player);
	else
		guard_begin(player->facts.guard);
}

const char *
guard_player_ask(struct guard_player *player, const struct strbuf *attributes)
{
	strbuf_truncate(&player->answer, 0);
	(player->socket != NULL ? ask_there : ask_here)(player, attributes);
	return strbuf_str(&player->answer);
}
