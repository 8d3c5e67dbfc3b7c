#ifndef TESTING_AUTH_CLIENT_H
#define TESTING_AUTH_CLIENT_H

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth_client.h"
#include "encoding.h"
#include "testing_login.h"

/*
 * A client of the Dovecot auth-client protocol: the other end of a connection
 * to a login service of its own.  hear() lets happen what can happen.
 */
#define HELLO      "VERSION\t1\t0\nCPID\t77\n"
#define FAILED     "reason=credentials not accepted"
#define NAMED_FAIL "user=fred@example.org\t" FAILED

static struct testing_login login;
static struct auth_clients *clients;

static int peer = -1;
static struct strbuf heard;
static bool is_closed;

static inline void
connect_peer_by(int type)
{
	int pair[2];

	if (peer != -1)
		close(peer);
	signal(SIGPIPE, SIG_IGN); /* as a daemon does */
	strbuf_free(&heard);
	is_closed = false;
	ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, pair), 0);
	auth_clients_accept(clients, pair[0]);
	peer = pair[1];
}

static inline void
connect_peer(void)
{
	connect_peer_by(SOCK_STREAM);
}

static inline void
begin(const char *config)
{
	testing_login_begin(&login, config);
	testing_add_user(&login, "fred@example.org", "secret");
	clients = auth_clients_new(&login.service);
	connect_peer();
}

static inline void
end(void)
{
	auth_clients_free(clients);
	close(peer);
	peer = -1;
	strbuf_free(&heard);
	testing_login_end(&login);
}

static inline void
begin_quick(void)
{
	begin("auth_failure_delay = 0\n");
}

static inline void
say_bytes(const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(peer, bytes, len);

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
		event_base_loop(login.service.base, EVLOOP_NONBLOCK);
	}
}

static inline void
say(const char *text)
{
	say_bytes(text, strlen(text));
}

/* Let happen what can happen, and take what was said. */
static inline void
listen_once(void)
{
	struct pollfd pollfd = { .fd = peer, .events = POLLIN };
	char bytes[4096];
	ssize_t n;

	event_base_loop(login.service.base, EVLOOP_NONBLOCK);
	poll(&pollfd, 1, 1);
	while ((n = read(peer, bytes, sizeof bytes)) > 0)
		strbuf_add(&heard, bytes, (size_t)n);
	if (n == 0)
		is_closed = true;
}

static inline void
listen_for(int ms)
{
	for (int i = 0; i < ms; i++)
		listen_once();
}

/* The next line, without its LF; "" when the connection was closed. */
static inline const char *
hear(void)
{
	static char line[32768];
	const char *lf;
	size_t len;

	while (heard.len == 0 ||
	    (lf = memchr(heard.bytes, '\n', heard.len)) == NULL) {
		if (is_closed)
			return "";
		listen_once();
	}
	len = (size_t)(lf - heard.bytes);
	ck_assert_uint_lt(len, sizeof line);
	memcpy(line, heard.bytes, len);
	line[len] = '\0';
	memmove(heard.bytes, lf + 1, heard.len - len - 1);
	strbuf_truncate(&heard, heard.len - len - 1);
	return line;
}

static inline void
skip_greeting(void)
{
	while (strcmp(hear(), "DONE") != 0)
		ck_assert(!is_closed);
}

static inline void
greet(const char *hello)
{
	skip_greeting();
	say(hello);
}

/* Nothing more is said, and the connection is still there. */
static inline void
expect_silence(void)
{
	listen_for(50);
	ck_assert_str_eq(strbuf_str(&heard), "");
	ck_assert(!is_closed);
}

static inline void
expect_close(void)
{
	ck_assert_str_eq(hear(), "");
	ck_assert(is_closed);
}

/* PLAIN's message (RFC 4616) in base64. */
static inline const char *
plain_response(const char *user, const char *password)
{
	static char text[1024];
	char message[512];
	int len = snprintf(message, sizeof message, "%c%s%c%s", '\0', user,
	    '\0', password);
	struct strbuf base64 = { 0 };

	ck_assert_int_lt(len, (int)sizeof message);
	base64_add(&base64, message, (size_t)len);
	snprintf(text, sizeof text, "%s", strbuf_str(&base64));
	strbuf_free(&base64);
	return text;
}

static inline void
say_plain(unsigned id, const char *user, const char *password)
{
	char *line = xasprintf("AUTH\t%u\tPLAIN\tservice=smtp\tnologin\t"
			       "lip=192.0.2.1\trip=192.0.2.2\tresp=%s\n",
	    id, plain_response(user, password));

	say(line);
	free(line);
}

#endif
