/*
 * Whether the way out is open.
 */
#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "outbound.h"
#include "child.h"
#include "cidr.h"
#include "clock.h"
#include "mem.h"

#define CHILD_MS    (OUTBOUND_MS + 500) /* with the lookup */
#define SMTP_PORT   "25"
#define ADDRESSES   4
#define ANSWER_SIZE 4096

/* Ports that a host with mail on it answers, if only by a refusal. */
static const char *const others[] = { "587", "465", "443", "80", "25" };

#define NOTHERS (sizeof others / sizeof others[0])

struct target {
	const char *host;
	const char *port;
	bool has_brackets;
};

/* One connection that is tried. */
struct attempt {
	int fd;       /* -1: it is decided */
	bool is_port; /* that is wanted */
	int error;    /* ETIMEDOUT until more is known */
};

/* The best of its mail exchangers; the host itself when there is none. */
static void
find_exchanger(const char *host, char name[NS_MAXDNAME])
{
	unsigned char answer[ANSWER_SIZE];
	unsigned best = 65536;
	ns_msg message;
	int len = res_query(host, ns_c_in, ns_t_mx, answer, sizeof answer);

	strncpy(name, host, NS_MAXDNAME - 1);
	name[NS_MAXDNAME - 1] = '\0';
	if (len <= 0 || ns_initparse(answer, len, &message) == -1)
		return;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
		char found[NS_MAXDNAME];
		ns_rr rr;
		unsigned preference;

		if (ns_parserr(&message, ns_s_an, i, &rr) == -1 ||
		    ns_rr_type(rr) != ns_t_mx || ns_rr_rdlen(rr) < 3)
			continue;
		preference = ns_get16(ns_rr_rdata(rr));
		if (preference >= best ||
		    dn_expand(answer, answer + len, ns_rr_rdata(rr) + 2, found,
			sizeof found) == -1)
			continue;
		best = preference;
		memcpy(name, found, sizeof found);
	}
}

static void
begin(struct attempt *attempt, const struct addrinfo *address, bool is_port)
{
	*attempt = (struct attempt){ -1, is_port, ETIMEDOUT };
	attempt->fd = socket(address->ai_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (attempt->fd == -1)
		return;
	if (connect(attempt->fd, address->ai_addr, address->ai_addrlen) == 0) {
		attempt->error = 0;
	} else if (errno == EINPROGRESS) {
		return;
	} else {
		attempt->error = errno;
	}
	close(attempt->fd);
	attempt->fd = -1;
}

static bool
is_answer(const struct attempt *attempt)
{
	return attempt->error == 0 || attempt->error == ECONNREFUSED;
}

/* Whether there is nothing to wait for: the port has answered, or cannot, and
 * another port did. */
static bool
is_decided(const struct attempt *attempts, size_t n)
{
	bool waits_for_port = false, waits = false, is_alive = false;

	for (size_t i = 0; i < n; i++) {
		if (attempts[i].is_port && is_answer(&attempts[i]))
			return true;
		is_alive |= is_answer(&attempts[i]);
		waits |= attempts[i].fd != -1;
		waits_for_port |= attempts[i].is_port && attempts[i].fd != -1;
	}
	return !waits || (is_alive && !waits_for_port);
}

static void
wait_for_answers(struct attempt *attempts, size_t n)
{
	long end = clock_ms() + OUTBOUND_MS, left;
	struct pollfd fds[ADDRESSES * (NOTHERS + 1)];

	while (!is_decided(attempts, n) && (left = end - clock_ms()) > 0) {
		for (size_t i = 0; i < n; i++)
			fds[i] = (struct pollfd){ attempts[i].fd, POLLOUT, 0 };
		if (poll(fds, n, (int)left) <= 0)
			return;
		for (size_t i = 0; i < n; i++) {
			socklen_t len = sizeof attempts[i].error;

			if (fds[i].revents == 0)
				continue;
			getsockopt(attempts[i].fd, SOL_SOCKET, SO_ERROR,
			    &attempts[i].error, &len);
			close(attempts[i].fd);
			attempts[i].fd = -1;
		}
	}
}

static enum outbound
verdict(const struct attempt *attempts, size_t n)
{
	bool is_refused = false, is_alive = false;

	for (size_t i = 0; i < n; i++) {
		const struct attempt *attempt = &attempts[i];

		if (attempt->is_port && attempt->error == 0)
			return OUTBOUND_OPEN;
		if (attempt->is_port && attempt->error == ECONNREFUSED)
			is_refused = true;
		else if (is_answer(attempt))
			is_alive = true;
	}
	if (is_refused)
		return OUTBOUND_REFUSED;
	return is_alive ? OUTBOUND_BLOCKED : OUTBOUND_SILENT;
}

/* All addresses of the host, on its port and on others. */
static enum outbound
try_host(const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	struct attempt attempts[ADDRESSES * (NOTHERS + 1)];
	struct addrinfo *all, *at;
	size_t n = 0;

	for (size_t i = 0; i <= NOTHERS; i++) {
		const char *tried = i == 0 ? port : others[i - 1];
		int addresses = 0;

		if (i > 0 && strcmp(tried, port) == 0)
			continue;
		if (getaddrinfo(host, tried, &hints, &all) != 0)
			return OUTBOUND_NO_NAME;
		for (at = all; at != NULL && addresses < ADDRESSES;
		     at = at->ai_next, addresses++)
			begin(&attempts[n++], at, i == 0);
		freeaddrinfo(all);
	}
	wait_for_answers(attempts, n);
	return verdict(attempts, n);
}

/* The child: lookups cannot be bounded otherwise. */
static int
try_target(const void *arg, struct strbuf *out)
{
	const struct target *target = arg;
	char name[NS_MAXDNAME];
	struct ip ip;

	if (target->has_brackets || ip_parse(&ip, target->host))
		snprintf(name, sizeof name, "%s", target->host);
	else
		find_exchanger(target->host, name);
	strbuf_adds(out, name);
	return (int)try_host(name, target->port);
}

enum outbound
outbound_try(const char *host, struct strbuf *tried)
{
	size_t len = strcspn(host, "]");
	struct target target = { .port = SMTP_PORT };
	struct strbuf ignored = { 0 };
	const char *port;
	char *copy;
	int code;

	target.has_brackets = host[0] == '[' && host[len] == ']';
	if (target.has_brackets) {
		copy = xstrndup(host + 1, len - 1);
		port = host + len + 1;
	} else {
		port = strchr(host, ':') == strrchr(host, ':')
		    ? host + strcspn(host, ":")
		    : host + strlen(host); /* an IPv6 address */
		copy = xstrndup(host, (size_t)(port - host));
	}
	if (*port == ':')
		target.port = port + 1;
	target.host = copy;
	code = child_run(try_target, &target, CHILD_MS, tried, &ignored);
	if (tried->len == 0)
		strbuf_adds(tried, copy);
	strbuf_addf(tried, ":%s", target.port);
	strbuf_free(&ignored);
	free(copy);
	return code == -1 ? OUTBOUND_NO_NAME : (enum outbound)code;
}
