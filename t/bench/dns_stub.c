/*
 * A DNS server (RFC 1035, over UDP) of invented answers, with a delay: DNS
 * lists that list some addresses, and a world where every address has a name
 * and every name an address and a mail exchanger.
 */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measurement.h"
#include "mem.h"

#define HEADER_LEN   12
#define MESSAGE_SIZE 1024
#define NAME_SIZE    256
#define QUEUE_LEN    65536 /* answers that wait for their time */

#define TYPE_A   1
#define TYPE_SOA 6
#define TYPE_PTR 12
#define TYPE_MX  15
#define TYPE_TXT 16

struct message {
	uint8_t bytes[MESSAGE_SIZE];
	size_t len;
	struct sockaddr_in client;
	uint64_t due;
};

struct list {
	const char *zone;
	unsigned percent; /* of the addresses are listed */
};

struct stub {
	int fd;
	uint64_t delay_ns;
	const struct list *lists;
	size_t list_count;
	struct message *queue; /* ring of QUEUE_LEN */
	size_t first, count;
};

static void
put(struct message *message, const void *bytes, size_t len)
{
	if (len > sizeof message->bytes - message->len)
		errx(1, "answer too long");
	memcpy(message->bytes + message->len, bytes, len);
	message->len += len;
}

static void
put_record(struct message *message, uint8_t type, const void *data, size_t len)
{
	const uint8_t head[] = { 0xc0, HEADER_LEN, 0, type, 0, 1, 0, 0, 1, 0, 0,
		(uint8_t)len }; /* name as asked, class IN, TTL 256 */

	put(message, head, sizeof head);
	put(message, data, len);
	message->bytes[7]++; /* count of answers */
}

/* So that a negative answer can be cached (RFC 2308). */
static void
put_soa(struct message *message)
{
	static const uint8_t soa[] = { 0, 0, TYPE_SOA, 0, 1, 0, 0, 1, 0, 0, 22,
		0, 0, 0, 0, 0, 1, 0, 0, 14, 16, 0, 0, 14, 16, 0, 0, 14, 16, 0,
		0, 1, 0 };

	put(message, soa, sizeof soa);
	message->bytes[9]++; /* count of authority records */
}

/* The name of the question as text.  Returns its type, 0: not a question. */
static unsigned
read_question(const struct message *message, char *name, size_t *end)
{
	const uint8_t *bytes = message->bytes;
	size_t at = HEADER_LEN, len = 0;

	while (at < message->len && bytes[at] != 0) {
		size_t label = bytes[at++];

		if (label > 63 || at + label >= message->len ||
		    len + label + 2 > NAME_SIZE)
			return 0;
		memcpy(name + len, bytes + at, label);
		len += label;
		name[len++] = '.';
		at += label;
	}
	if (len == 0 || at + 5 > message->len)
		return 0;
	name[len - 1] = '\0';
	*end = at + 5;
	return (unsigned)bytes[at + 1] << 8 | bytes[at + 2];
}

/* "4.3.2.1.REST" as the address 1.2.3.4; rest: set to the end. */
static bool
read_reversed(const char *name, uint32_t *address, const char **rest)
{
	unsigned a, b, c, d;
	int len = 0;

	if (sscanf(name, "%3u.%3u.%3u.%3u.%n", &d, &c, &b, &a, &len) != 4 ||
	    len == 0)
		return false;
	*address = a << 24 | (b & 255) << 16 | (c & 255) << 8 | (d & 255);
	*rest = name + len;
	return true;
}

static const struct list *
find_list(const struct stub *stub, const char *zone)
{
	size_t i;

	for (i = 0; i < stub->list_count; i++)
		if (strcasecmp(stub->lists[i].zone, zone) == 0)
			return &stub->lists[i];
	return NULL;
}

/* The test points of RFC 5782 are as they have to be. */
static bool
is_listed(const struct list *list, uint32_t address)
{
	if (address >> 24 == 127)
		return address == 0x7f000002;
	return (address & 255) * 100 / 256 < list->percent;
}

static void
answer_list(struct message *message, unsigned type)
{
	if (type == TYPE_A)
		put_record(message, TYPE_A, "\x7f\0\0\x02", 4);
	else if (type == TYPE_TXT)
		put_record(message, TYPE_TXT, "\x06listed", 7);
}

static void
answer_world(struct message *message, const char *name, unsigned type)
{
	uint32_t address;
	const char *rest;
	char text[64];

	if (type == TYPE_A) {
		if (sscanf(name, "c%8x.test", &address) != 1)
			address = 0xc6336409; /* 198.51.100.9 */
		address = htonl(address);
		put_record(message, TYPE_A, &address, 4);
	} else if (type == TYPE_MX) {
		put_record(message, TYPE_MX, "\0\x0a\x02mx\xc0\x0c", 7);
	} else if (type == TYPE_PTR && read_reversed(name, &address, &rest)) {
		snprintf(text, sizeof text, "\x09%c%08x\x04test", 'c', address);
		put_record(message, TYPE_PTR, text, strlen(text) + 1);
	}
}

/* Make the question its answer.  Returns false when there is none. */
static bool
answer(const struct stub *stub, struct message *message)
{
	char name[NAME_SIZE];
	const struct list *list = NULL;
	const char *zone;
	uint32_t address = 0;
	size_t end;
	unsigned type;

	if (message->len < HEADER_LEN || message->bytes[2] & 0x80 ||
	    (type = read_question(message, name, &end)) == 0)
		return false;
	message->len = end;
	message->bytes[2] = 0x84 | (message->bytes[2] & 1); /* authoritative */
	message->bytes[3] = 0x80;                           /* NOERROR */
	memset(message->bytes + 6, 0, 6);
	if (read_reversed(name, &address, &zone))
		list = find_list(stub, zone);
	else if (find_list(stub, name))
		type = 0;
	if (!list)
		answer_world(message, name, type);
	else if (is_listed(list, address))
		answer_list(message, type);
	else
		message->bytes[3] |= 3; /* NXDOMAIN */
	if (message->bytes[7] == 0)
		put_soa(message);
	return true;
}

static void
send_due(struct stub *stub)
{
	while (stub->count > 0 && stub->queue[stub->first].due <= now_ns()) {
		struct message *message = &stub->queue[stub->first];

		sendto(stub->fd, message->bytes, message->len, 0,
		    (struct sockaddr *)&message->client,
		    sizeof message->client);
		stub->first = (stub->first + 1) % QUEUE_LEN;
		stub->count--;
	}
}

/* Put one question in the queue.  Returns false when there was none. */
static bool
receive(struct stub *stub)
{
	struct message *message =
	    &stub->queue[(stub->first + stub->count) % QUEUE_LEN];
	socklen_t len = sizeof message->client;
	ssize_t got = recvfrom(stub->fd, message->bytes, MESSAGE_SIZE / 2,
	    MSG_DONTWAIT, (struct sockaddr *)&message->client, &len);

	if (got == -1)
		return false;
	message->len = (size_t)got;
	message->due = now_ns() + stub->delay_ns;
	if (answer(stub, message))
		stub->count++;
	return true;
}

static void
serve(struct stub *stub)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = stub->fd, .events = POLLIN };
		uint64_t now = now_ns();
		struct timespec pause = { .tv_sec = 1 };

		if (stub->count > 0) {
			uint64_t due = stub->queue[stub->first].due;
			uint64_t ns = due > now ? due - now : 0;

			pause.tv_sec = (time_t)(ns / 1000000000);
			pause.tv_nsec = (long)(ns % 1000000000);
		}
		ppoll(&poll_fd, 1, &pause, NULL);
		while (stub->count < QUEUE_LEN && receive(stub))
			send_due(stub);
		send_due(stub);
	}
}

static int
udp_listen(const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int size = 4 << 20;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	in.sin_port = htons(53);
	if (inet_pton(AF_INET, address, &in.sin_addr) != 1)
		errx(64, "not an IPv4 address: %s", address);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (bind(fd, (struct sockaddr *)&in, sizeof in) == -1)
		err(1, "bind %s", address);
	return fd;
}

int
main(int argc, char *argv[])
{
	struct stub stub = { 0 };
	struct list *lists;
	char *percent;
	int i;

	if (argc < 3)
		errx(64, "usage: dns_stub ADDRESS DELAY_MS [ZONE=PERCENT ...]");
	lists = xcalloc((size_t)argc, sizeof *lists);
	for (i = 3; i < argc; i++) {
		if ((percent = strchr(argv[i], '=')) == NULL)
			errx(64, "not ZONE=PERCENT: %s", argv[i]);
		*percent++ = '\0';
		lists[stub.list_count].zone = argv[i];
		lists[stub.list_count++].percent =
		    (unsigned)strtoul(percent, NULL, 10);
	}
	stub.lists = lists;
	stub.delay_ns = strtoull(argv[2], NULL, 10) * 1000000;
	stub.queue = xcalloc(QUEUE_LEN, sizeof *stub.queue);
	stub.fd = udp_listen(argv[1]);
	serve(&stub);
}
