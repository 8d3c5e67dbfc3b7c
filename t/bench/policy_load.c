/*
 * Load for a server of the policy protocol: requests as an smtpd of Postfix
 * 3.8 sends them, one in flight on each connection.  The one line printed at
 * the end is for scripts.
 */
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clients.h"
#include "measurement.h"
#include "mem.h"
#include "stream.h"

#define OWN_NETWORK 0xc0a80700 /* 192.168.7.0/24 */

struct connection {
	struct stream stream;
	uint64_t due;    /* when its request had to be sent */
	uint64_t number; /* of its message */
	bool is_at_end;  /* of it */
};

struct load {
	const char *address;
	size_t connections;
	struct clients clients;
	bool is_mixed;    /* not only strangers */
	bool has_ends;    /* each message has one recipient, and an end */
	bool has_threads; /* one for each connection */
	unsigned logins;  /* 0: not all are logged in */
	uint64_t messages;
	struct measurement measurement;
	int epoll;
	struct connection **idle;
	size_t idle_count;
	long dunno, rejected, other;
};

static void
usage(void)
{
	errx(64,
	    "usage: policy_load [-emT] [-a first_client] [-c connections]\n"
	    "    [-l logins] [-p pool_of_clients]\n"
	    "    " MEASUREMENT_USAGE " ADDRESS\n"
	    "-e: every other request is the end of a message\n"
	    "-l: all are logged in, as so many users, each at clients of its own\n"
	    "-m: 5%% of the requests are from 192.168.7.0/24, 5%% logged in,\n"
	    "    10%% for a domain of others\n"
	    "-T: each connection waits for its answers in a thread of its own,\n"
	    "    as each smtpd does in a process");
}

static void
add_login(struct strbuf *out, const struct load *load, uint32_t client,
    uint64_t chance)
{
	if (load->logins > 0)
		strbuf_addf(out,
		    "sasl_method=PLAIN\nsasl_username=u%u@example.org\n",
		    client % load->logins);
	else if (load->is_mixed && chance % 20 == 1)
		strbuf_adds(out,
		    "sasl_method=PLAIN\nsasl_username=user@example.org\n");
	else
		strbuf_adds(out, "sasl_method=\nsasl_username=\n");
}

static void
add_request(struct strbuf *out, const struct load *load,
    const struct connection *connection)
{
	uint64_t number = connection->number;
	uint64_t chance = scatter(number);
	unsigned kind = load->is_mixed ? (unsigned)(chance % 20) : 20;
	bool is_own = kind == 0, is_end = connection->is_at_end;
	bool is_relayed = kind == 2 || kind == 3;
	uint32_t client = clients_pick(&load->clients, number);

	if (is_own)
		client = OWN_NETWORK | (client & 255);
	strbuf_addf(out,
	    "request=smtpd_access_policy\nprotocol_state=%s\n"
	    "protocol_name=ESMTP\nclient_address=%s\nclient_name=c%08x.test\n"
	    "client_port=50000\nreverse_client_name=c%08x.test\n"
	    "server_address=192.168.7.1\nserver_port=25\nhelo_name=c%08x.test\n"
	    "sender=s%u@s%u.test\nrecipient=r%u@%s\nrecipient_count=%d\n"
	    "queue_id=\ninstance=1f.%lx.0\nsize=%u\netrn_domain=\nstress=\n",
	    is_end ? "END-OF-MESSAGE" : "RCPT", address_text(client).text,
	    client, client, client, (unsigned)(chance >> 40 & 15),
	    (unsigned)(chance >> 44 & 15), (unsigned)(chance >> 48 & 15),
	    is_relayed ? "elsewhere.test" : "example.org", is_end,
	    (unsigned long)number, (unsigned)(chance >> 52));
	add_login(out, load, client, chance);
	strbuf_adds(out,
	    "sasl_sender=\nccert_subject=\nccert_issuer=\nccert_fingerprint=\n"
	    "ccert_pubkey_fingerprint=\nencryption_protocol=TLSv1.3\n"
	    "encryption_cipher=TLS_AES_256_GCM_SHA384\n"
	    "encryption_keysize=256\npolicy_context=\n"
	    "compatibility_level=3.8\nmail_version=3.8.0\n\n");
}

/* The end of the connection's message, or a new one. */
static void
add_next(struct load *load, struct connection *connection)
{
	connection->is_at_end = load->has_ends && !connection->is_at_end;
	if (!connection->is_at_end)
		connection->number = load->messages++;
	add_request(&connection->stream.out, load, connection);
}

static void
send_due(struct load *load)
{
	struct measurement *measurement = &load->measurement;

	while (load->idle_count > 0 && measurement_may_send(measurement) &&
	    (measurement->rate == 0 ||
		measurement_due(measurement) <= now_ns())) {
		struct connection *connection = load->idle[--load->idle_count];

		connection->due = measurement_due(measurement);
		add_next(load, connection);
		measurement->sent++;
		if (!stream_write(&connection->stream))
			errx(1, "%s: closed the connection", load->address);
	}
}

/* How long there is nothing to send, unless an answer comes. */
static uint64_t
pause_ns(const struct load *load)
{
	const struct measurement *measurement = &load->measurement;
	uint64_t next = measurement_due(measurement), now = now_ns();

	if (measurement->rate == 0 || load->idle_count == 0 ||
	    !measurement_may_send(measurement))
		return 100000000;
	return next > now ? next - now : 0;
}

static void
count(struct load *load, const char *answer)
{
	if (strncmp(answer, "action=", 7) != 0)
		errx(1, "not an answer: %s", answer);
	if (strncmp(answer + 7, "DUNNO\n", 6) == 0)
		load->dunno++;
	else if (answer[7] == '5')
		load->rejected++;
	else
		load->other++;
}

static void
on_readable(struct stream *stream, void *arg)
{
	struct load *load = arg;
	struct connection *connection = (struct connection *)stream;
	struct strbuf *in = &stream->in;

	if (!stream_read(stream))
		errx(1, "%s: closed the connection", load->address);
	if (in->len < 2 || strcmp(in->bytes + in->len - 2, "\n\n") != 0)
		return;
	measurement_answered(&load->measurement, connection->due);
	count(load, in->bytes);
	stream_consume(stream, in->len);
	load->idle[load->idle_count++] = connection;
	send_due(load);
}

static void
connect_all(struct load *load)
{
	struct connection *connections =
	    xcalloc(load->connections, sizeof *connections);

	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	load->idle = xcalloc(load->connections, sizeof(struct connection *));
	while (load->idle_count < load->connections) {
		struct connection *connection = &connections[load->idle_count];

		connection->is_at_end = true;
		stream_open(&connection->stream, stream_connect(load->address),
		    load->epoll);
		load->idle[load->idle_count++] = connection;
	}
}

static void
parse_options(struct load *load, int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv,
		    "a:c:el:mp:T" MEASUREMENT_OPTIONS)) != -1) {
		switch (option) {
		case 'a':
			load->clients.first = clients_address(optarg);
			break;
		case 'c':
			load->connections = strtoul(optarg, NULL, 10);
			break;
		case 'e':
			load->has_ends = true;
			break;
		case 'l':
			load->logins = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'm':
			load->is_mixed = true;
			break;
		case 'p':
			load->clients.pool =
			    (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'T':
			load->has_threads = true;
			break;
		default:
			if (!measurement_option(&load->measurement, option,
				optarg))
				usage();
		}
	}
	if (argc - optind != 1 || load->connections < 1)
		usage();
	load->address = argv[optind];
}

static void *
run(void *arg)
{
	struct load *load = arg;

	connect_all(load);
	measurement_begin(&load->measurement);
	send_due(load);
	while (!measurement_is_over(&load->measurement)) {
		stream_wait(load->epoll, pause_ns(load), on_readable, load);
		send_due(load);
	}
	return NULL;
}

/* One of n parts of a load, with messages of its own. */
static struct load
part_of(const struct load *load, size_t i, size_t n)
{
	struct load part = *load;

	part.connections /= n;
	part.messages = (uint64_t)i << 32;
	part.measurement.rate /= (double)n;
	part.measurement.wanted /= (long)n;
	part.measurement.warm_up /= (long)n;
	return part;
}

static void
run_in_threads(struct load *load)
{
	size_t n = load->connections;
	struct load *parts = xcalloc(n, sizeof *parts);
	pthread_t *threads = xcalloc(n, sizeof *threads);

	for (size_t i = 0; i < n; i++) {
		parts[i] = part_of(load, i, n);
		if (pthread_create(&threads[i], NULL, run, &parts[i]) != 0)
			errx(1, "no thread for connection %zu", i);
	}
	for (size_t i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		measurement_add(&load->measurement, &parts[i].measurement);
		load->dunno += parts[i].dunno;
		load->rejected += parts[i].rejected;
		load->other += parts[i].other;
	}
	free(threads);
	free(parts);
}

int
main(int argc, char *argv[])
{
	struct load load = {
		.connections = 1,
		.clients = { .first = 0x14000001 }, /* 20.0.0.1 */
		.measurement = { .wanted = 1000, .seconds = 60 },
	};

	parse_options(&load, argc, argv);
	if (load.has_threads)
		run_in_threads(&load);
	else
		run(&load);
	measurement_print(&load.measurement);
	printf(" dunno=%ld rejected=%ld other=%ld\n", load.dunno, load.rejected,
	    load.other);
	return 0;
}
