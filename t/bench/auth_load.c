/*
 * Load for a server of the Dovecot auth protocol: logins as an smtpd of
 * Postfix asks for them, several in flight on each of several connections.
 * The one line printed at the end is for scripts.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clients.h"
#include "exchange.h"
#include "measurement.h"
#include "mem.h"
#include "stream.h"

struct login {
	struct exchange exchange;
	unsigned long id; /* modulo load.depth: its place among the logins */
	bool is_in_flight;
	uint64_t begin; /* or when it should have begun */
};

struct connection {
	struct stream stream;
	struct login *logins; /* load.depth */
	bool is_greeted;
};

struct load {
	const char *address;
	size_t connections;
	size_t depth; /* logins in flight on a connection */
	const struct sasl_mechanism *mechanism;
	const char *mechanism_name;
	const char *user, *password;
	size_t users;
	struct clients clients;
	struct measurement measurement;
	struct account *accounts;
	struct connection *all;
	size_t next; /* connection to begin with */
	int epoll;
	long ok, failed, temporary;
};

static void
usage(void)
{
	errx(64,
	    "usage: auth_load [-a first_client] [-A clients] [-c connections]\n"
	    "    [-d in_flight] [-m mechanism] [-p password] [-u user]\n"
	    "    [-U users]\n"
	    "    " MEASUREMENT_USAGE " ADDRESS\n"
	    "Users are USER0@example.org, USER1@example.org ...");
}

static bool
is_due(const struct load *load)
{
	return measurement_may_send(&load->measurement) &&
	    measurement_due(&load->measurement) <= now_ns();
}

static void
start_login(struct load *load, struct connection *connection,
    struct login *login)
{
	struct strbuf *out = &connection->stream.out, response = { 0 };
	uint64_t begin = measurement_due(&load->measurement);
	uint64_t number = (uint64_t)load->measurement.sent++;
	uint64_t chance = scatter(~number);
	struct account *account = &load->accounts[chance % load->users];

	login->is_in_flight = true;
	login->id += load->depth;
	login->begin = begin;
	strbuf_addf(out,
	    "AUTH\t%lu\t%s\tservice=smtp\tnologin\tlip=192.168.7.1\trip=%s\t"
	    "secured",
	    login->id, load->mechanism_name,
	    address_text(clients_pick(&load->clients, number)).text);
	if (exchange_start(&login->exchange, load->mechanism, account, chance,
		&response))
		strbuf_addf(out, "\tresp=%s", strbuf_str(&response));
	strbuf_addc(out, '\n');
	strbuf_free(&response);
}

static void
start_logins(struct load *load, struct connection *connection)
{
	size_t i;

	for (i = 0; i < load->depth; i++)
		if (!connection->logins[i].is_in_flight && is_due(load))
			start_login(load, connection, &connection->logins[i]);
}

static void
send_all(struct load *load, struct connection *connection)
{
	if (connection->is_greeted)
		start_logins(load, connection);
	if (!stream_write(&connection->stream))
		errx(1, "%s: closed the connection", load->address);
}

/* On the connections one after the other. */
static void
start_due(struct load *load)
{
	for (size_t i = 0; i < load->connections && is_due(load); i++) {
		send_all(load, &load->all[load->next]);
		load->next = (load->next + 1) % load->connections;
	}
}

/* How long there is nothing to begin, unless an answer comes. */
static uint64_t
pause_ns(const struct load *load)
{
	const struct measurement *measurement = &load->measurement;
	uint64_t next = measurement_due(measurement), now = now_ns();

	if (measurement->rate == 0 || !measurement_may_send(measurement))
		return 100000000;
	return next > now ? next - now : 1000000;
}

static void
end_login(struct load *load, struct login *login)
{
	login->is_in_flight = false;
	measurement_answered(&load->measurement, login->begin);
}

static void
on_challenge(struct connection *connection, struct login *login,
    const char *challenge)
{
	struct strbuf response = { 0 };

	if (!exchange_continue(&login->exchange, challenge, &response))
		errx(1, "wrong challenge: %s", challenge);
	strbuf_addf(&connection->stream.out, "CONT\t%lu\t%s\n", login->id,
	    strbuf_str(&response));
	strbuf_free(&response);
}

/* line: COMMAND TAB ID, and more fields for most commands. */
static void
on_answer(struct load *load, struct connection *connection, const char *line)
{
	const char *id = strchr(line, '\t');
	unsigned long number = id ? strtoul(id + 1, NULL, 10) : 0;
	const char *rest = id ? strchr(id + 1, '\t') : NULL;
	struct login *login = &connection->logins[number % load->depth];

	if (!login->is_in_flight || login->id != number)
		errx(1, "answer to nothing: %s", line);
	if (strncmp(line, "CONT\t", 5) == 0 && rest) {
		on_challenge(connection, login, rest + 1);
	} else if (strncmp(line, "OK\t", 3) == 0) {
		if (!exchange_is_complete(&login->exchange))
			errx(1, "too early: %s", line);
		load->ok++;
		end_login(load, login);
	} else if (strncmp(line, "FAIL\t", 5) == 0) {
		load->failed++;
		if (rest && strstr(rest, "\tcode=temp_fail"))
			load->temporary++;
		end_login(load, login);
	} else {
		errx(1, "not an answer: %s", line);
	}
}

static void
on_readable(struct stream *stream, void *arg)
{
	struct load *load = arg;
	struct connection *connection = (struct connection *)stream;
	struct strbuf *in = &stream->in;
	size_t used = 0;
	char *end;

	if (!stream_read(stream))
		errx(1, "%s: closed the connection", load->address);
	while ((end = strchr(in->bytes + used, '\n')) != NULL) {
		*end = '\0';
		if (connection->is_greeted)
			on_answer(load, connection, in->bytes + used);
		else
			connection->is_greeted =
			    strcmp(in->bytes + used, "DONE") == 0;
		used = (size_t)(end - in->bytes) + 1;
	}
	stream_consume(stream, used);
	send_all(load, connection);
}

static void
make_accounts(struct load *load)
{
	size_t i;

	load->accounts = xcalloc(load->users, sizeof *load->accounts);
	for (i = 0; i < load->users; i++) {
		struct account *account = &load->accounts[i];

		snprintf(account->name, sizeof account->name,
		    "%s%zu@example.org", load->user, i);
		account->password = load->password;
	}
}

static void
connect_all(struct load *load)
{
	struct connection *connections =
	    xcalloc(load->connections, sizeof *connections);
	size_t i, place;

	load->all = connections;
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < load->connections; i++) {
		struct connection *connection = &connections[i];

		connection->logins =
		    xcalloc(load->depth, sizeof *connection->logins);
		for (place = 0; place < load->depth; place++)
			connection->logins[place].id = place;
		stream_open(&connection->stream, stream_connect(load->address),
		    load->epoll);
		strbuf_addf(&connection->stream.out,
		    "VERSION\t1\t2\nCPID\t%zu\n", i + 1);
		stream_write(&connection->stream);
	}
}

static void
parse_options(struct load *load, int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv,
		    "a:A:c:d:m:p:u:U:" MEASUREMENT_OPTIONS)) != -1) {
		switch (option) {
		case 'a':
			load->clients.first = clients_address(optarg);
			break;
		case 'A':
			load->clients.pool =
			    (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'c':
			load->connections = strtoul(optarg, NULL, 10);
			break;
		case 'd':
			load->depth = strtoul(optarg, NULL, 10);
			break;
		case 'm':
			load->mechanism_name = optarg;
			break;
		case 'p':
			load->password = optarg;
			break;
		case 'u':
			load->user = optarg;
			break;
		case 'U':
			load->users = strtoul(optarg, NULL, 10);
			break;
		default:
			if (!measurement_option(&load->measurement, option,
				optarg))
				usage();
		}
	}
	load->mechanism = sasl_mechanism_find(load->mechanism_name);
	if (argc - optind != 1 || !load->mechanism || load->connections < 1 ||
	    load->depth < 1 || load->users < 1)
		usage();
	load->address = argv[optind];
}

int
main(int argc, char *argv[])
{
	struct load load = {
		.connections = 1,
		.depth = 1,
		.mechanism_name = "PLAIN",
		.user = "user",
		.password = "secret",
		.users = 1,
		.clients = { .first = 0xc0000201, .pool = 1 }, /* 192.0.2.1 */
		.measurement = { .wanted = 1000, .seconds = 60 },
	};

	parse_options(&load, argc, argv);
	make_accounts(&load);
	connect_all(&load);
	measurement_begin(&load.measurement);
	while (!measurement_is_over(&load.measurement)) {
		stream_wait(load.epoll, pause_ns(&load), on_readable, &load);
		if (load.measurement.rate > 0)
			start_due(&load);
	}
	measurement_print(&load.measurement);
	printf(" ok=%ld failed=%ld temporary=%ld\n", load.ok, load.failed,
	    load.temporary);
	return 0;
}
