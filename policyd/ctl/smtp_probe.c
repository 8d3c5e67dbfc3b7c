/*
 * Questions to an SMTP server.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "smtp_probe.h"
#include "clock.h"
#include "mem.h"
#include "printable.h"

void
smtp_ip_of(const struct sockaddr *address, socklen_t len, struct ip *ip)
{
	char text[NI_MAXHOST];

	*ip = (struct ip){ 0 };
	if (getnameinfo(address, len, text, sizeof text, NULL, 0,
		NI_NUMERICHOST) == 0 &&
	    ip_parse(ip, text))
		ip_unmap(ip);
}

void
smtp_literal_add(struct strbuf *out, const struct ip *ip)
{
	strbuf_adds(out, ip->family == AF_INET6 ? "[IPv6:" : "[");
	ip_print(ip, out);
	strbuf_addc(out, ']');
}

static int
fail(struct strbuf *err, const char *what)
{
	strbuf_addf(err, "%s: %s", what,
	    errno == EAGAIN || errno == EINPROGRESS ? "no answer in time"
						    : strerror(errno));
	return -1;
}

/* Read more of a reply. */
static int
read_more(struct smtp_probe *probe, struct strbuf *err)
{
	struct pollfd pollfd = { .fd = probe->fd, .events = POLLIN };
	long left = probe->deadline - clock_ms();
	ssize_t n;

	if (left <= 0) {
		strbuf_adds(err, "no answer in time");
		return -1;
	}
	if (poll(&pollfd, 1, (int)left) <= 0)
		return 0; /* look at the time */
	n = recv(probe->fd, probe->buffer, sizeof probe->buffer, MSG_DONTWAIT);
	if (n == 0) {
		strbuf_adds(err, "the server closed the connection");
		return -1;
	}
	if (n == -1 && errno != EINTR && errno != EAGAIN)
		return fail(err, "read");
	probe->at = 0;
	probe->len = n > 0 ? (size_t)n : 0;
	return 0;
}

static int
read_line(struct smtp_probe *probe, struct strbuf *line, struct strbuf *err)
{
	strbuf_truncate(line, 0);
	while (probe->nbytes < SMTP_PROBE_BYTES) {
		char c;

		if (probe->at == probe->len) {
			if (read_more(probe, err) == -1)
				return -1;
			continue;
		}
		c = probe->buffer[probe->at++];
		probe->nbytes++;
		if (c == '\n')
			return 0;
		if (c != '\r' && line->len < SMTP_PROBE_SHOWN)
			strbuf_addc(line, c);
	}
	strbuf_adds(err, "a reply without end");
	return -1;
}

/* Returns the code; -1: it is no line of SMTP. */
static int
code_of(const char *line)
{
	if (strspn(line, "0123456789") != 3 || strchr(" -", line[3]) == NULL)
		return -1;
	return (int)strtol(line, NULL, 10);
}

/* One line of a reply. */
static void
take_line(struct smtp_probe *probe, const struct strbuf *line)
{
	if (line->len > 4 && strcmp(line->bytes + 4, "SMTPUTF8") == 0)
		probe->has_utf8 = true;
	if (line->len > 4 && strncmp(line->bytes + 4, "XCLIENT ", 8) == 0)
		probe->has_xclient = true;
	if (probe->reply.len >= SMTP_PROBE_SHOWN)
		return;
	if (probe->reply.len > 0)
		strbuf_adds(&probe->reply, " / ");
	printable_add(&probe->reply, line->bytes, line->len);
}

/* Returns the code. */
static int
read_reply(struct smtp_probe *probe, struct strbuf *err)
{
	struct strbuf line = { 0 };
	bool is_last = false;
	int code = -1;

	strbuf_truncate(&probe->reply, 0);
	probe->deadline = clock_ms() + SMTP_PROBE_SECONDS * 1000L;
	probe->nbytes = 0;
	while (!is_last) {
		code = -1;
		if (read_line(probe, &line, err) == -1)
			break;
		code = code_of(strbuf_str(&line));
		if (code == -1) {
			strbuf_adds(err, "what answers there speaks no SMTP");
			break;
		}
		take_line(probe, &line);
		is_last = line.bytes[3] != '-';
	}
	strbuf_free(&line);
	return code;
}

static int
send_line(struct smtp_probe *probe, const char *line, struct strbuf *err)
{
	char *text = xasprintf("%s\r\n", line);
	size_t len = strlen(text), sent = 0;
	int result = 0;

	while (sent < len && result == 0) {
		ssize_t n =
		    send(probe->fd, text + sent, len - sent, MSG_NOSIGNAL);

		if (n == -1 && errno != EINTR)
			result = fail(err, "write");
		if (n > 0)
			sent += (size_t)n;
	}
	free(text);
	return result;
}

int
smtp_probe_ask(struct smtp_probe *probe, const char *line, struct strbuf *err)
{
	if (send_line(probe, line, err) == -1)
		return -1;
	return read_reply(probe, err);
}

/* The name behind the code of the greeting. */
static void
take_name(const struct smtp_probe *probe, struct strbuf *server)
{
	const char *reply = strbuf_str(&probe->reply);
	const char *name = reply + strcspn(reply, " -");

	name += strspn(name, " -");
	strbuf_truncate(server, 0);
	strbuf_add(server, name, strcspn(name, " "));
}

static int
say_hello(struct smtp_probe *probe, const char *command, const char *helo,
    struct strbuf *err)
{
	struct strbuf line = { 0 };
	int code;

	strbuf_addf(&line, "%s %s", command, helo);
	if (helo[0] == '\0')
		smtp_literal_add(&line, &probe->own);
	code = smtp_probe_ask(probe, strbuf_str(&line), err);
	strbuf_free(&line);
	return code;
}

/* After a greeting of that code. */
static int
greet(struct smtp_probe *probe, int code, const char *helo, struct strbuf *err)
{
	if (code == 220)
		code = say_hello(probe, "EHLO", helo, err);
	if (code / 100 == 5)
		code = say_hello(probe, "HELO", helo, err);
	if (code == -1 || code == 250)
		return code == 250 ? 0 : -1;
	strbuf_addf(err, "the server does not want to talk: %s",
	    strbuf_str(&probe->reply));
	return -1;
}

static int
take_own_address(struct smtp_probe *probe)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof own;

	if (getsockname(probe->fd, (struct sockaddr *)&own, &len) == -1)
		return -1;
	smtp_ip_of((struct sockaddr *)&own, len, &probe->own);
	return 0;
}

static int
connect_to(struct smtp_probe *probe, const struct sockaddr *address,
    socklen_t len, struct strbuf *err)
{
	struct timeval tv = { .tv_sec = SMTP_PROBE_SECONDS };

	probe->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (probe->fd == -1)
		return fail(err, "socket");
	/* For connect and send; a reply has its own time. */
	setsockopt(probe->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
	if (connect(probe->fd, address, len) == -1)
		return fail(err, "connect");
	if (take_own_address(probe) == -1)
		return fail(err, "getsockname");
	return 0;
}

int
smtp_probe_open(struct smtp_probe *probe, const struct sockaddr *address,
    socklen_t len, const char *helo, struct strbuf *server, struct strbuf *err)
{
	int code;

	probe->len = probe->at = 0;
	probe->has_utf8 = probe->has_xclient = false;
	if (connect_to(probe, address, len, err) == 0 &&
	    (code = read_reply(probe, err)) != -1) {
		take_name(probe, server);
		if (greet(probe, code, helo, err) == 0)
			return 0;
	}
	smtp_probe_close(probe);
	return -1;
}

int
smtp_probe_pretend(struct smtp_probe *probe, const char *words,
    const char *helo, struct strbuf *err)
{
	char *line = xasprintf("XCLIENT%s", words);
	int code = smtp_probe_ask(probe, line, err);

	free(line);
	return code == 220 ? greet(probe, code, helo, err) : code;
}

void
smtp_probe_close(struct smtp_probe *probe)
{
	if (probe->fd != -1) {
		send(probe->fd, "QUIT\r\n", 6, MSG_NOSIGNAL);
		close(probe->fd);
	}
	probe->fd = -1;
	strbuf_free(&probe->reply);
}
