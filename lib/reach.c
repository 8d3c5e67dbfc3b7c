/*
 * Whether a mail server can reach what we listen on.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "reach.h"
#include "child.h"
#include "log.h"
#include "mem.h"
#include "rights.h"

#define RIGHTS_MS    10000 /* of a child that only looks */
#define GREETING_MAX 64
#define ACL          "system.posix_acl_access"

/* What the child is to find out. */
struct question {
	const struct listen_address *address;
	const char *user;
	const struct passwd *pw;
	const char *group;    /* his first one */
	const char *greeting; /* NULL: judge by rights */
	long ms;              /* that it may take */
	struct strbuf *out;   /* why, LF, fix */
};

static bool
has_acl(const char *path)
{
	return getxattr(path, ACL, NULL, 0) > 0;
}

/* Postfix makes sockets of its own there, as that user, or ends. */
static bool
is_of_postfix(const char *directory)
{
	const char *name = strrchr(directory, '/');

	return name != NULL && strcmp(name, "/private") == 0;
}

static enum reach
judge_directories(const struct question *q, const char *path)
{
	char *directory = rights_closed_directory(path);

	if (directory == NULL)
		return REACHED;
	strbuf_addf(q->out, "%s may not enter %s\n", q->user, directory);
	if (has_acl(directory))
		strbuf_addf(q->out, "setfacl -m u:%s:x %s", q->user, directory);
	else if (is_of_postfix(directory))
		strbuf_addf(q->out, "chown %s %s && chmod 700 %s", q->user,
		    directory, directory);
	else
		strbuf_addf(q->out, "chmod o+x %s", directory);
	free(directory);
	return REACH_CLOSED;
}

/* The socket has the wrong rights; it gets others when it is made anew. */
static enum reach
refuse_socket(const struct question *q)
{
	strbuf_addf(q->out,
	    "%s may not write to it\nwrite listen = { %s, owner = %s, group = "
	    "%s, mode = 0660 } and restart",
	    q->user, q->address->text, q->user, q->group);
	return REACH_RIGHTS;
}

static bool
is_in_group(gid_t gid)
{
	return gid == getegid() || group_member(gid);
}

/* As the kernel judges a socket that is made as the value says. */
static enum reach
judge_rights(const struct question *q)
{
	const struct listen_address *address = q->address;
	const char *path = socket_address_path(&address->socket);
	uid_t uid = address->uid != (uid_t)-1 ? address->uid : 0;
	gid_t gid = address->gid != (gid_t)-1 ? address->gid : 0;
	mode_t bit = S_IWOTH;

	if (path == NULL)
		return REACHED;
	if (judge_directories(q, path) != REACHED)
		return REACH_CLOSED;
	if (uid == geteuid())
		bit = S_IWUSR;
	else if (is_in_group(gid))
		bit = S_IWGRP;
	return address->mode & bit ? REACHED : refuse_socket(q);
}

static enum reach
refuse_access(const struct question *q, const char *path)
{
	if (judge_directories(q, path) != REACHED)
		return REACH_CLOSED;
	if (!has_acl(path))
		return refuse_socket(q);
	strbuf_addf(q->out,
	    "the access control list keeps %s from writing to it\n"
	    "setfacl -b %s",
	    q->user, path);
	return REACH_LISTED;
}

static enum reach
refuse_connection(const struct question *q, int error)
{
	const char *path = socket_address_path(&q->address->socket);

	if (error == EACCES && path != NULL)
		return refuse_access(q, path);
	if (error != ENOENT && error != ECONNREFUSED) {
		strbuf_adds(q->out, strerror(error));
		return REACH_FAILED;
	}
	strbuf_adds(q->out, "nobody listens there\nrestart the daemon");
	return error == ENOENT ? REACH_MISSING : REACH_DEAD;
}

/* Whether the first words that come are the greeting. */
static bool
is_greeted(int fd, const char *greeting)
{
	size_t wanted = strlen(greeting), len = 0;
	char text[GREETING_MAX] = "";

	while (len < wanted) {
		ssize_t n = read(fd, text + len, wanted - len);

		if (n <= 0)
			return false;
		len += (size_t)n;
	}
	return memcmp(text, greeting, wanted) == 0;
}

static enum reach
judge_answer(const struct question *q)
{
	const struct socket_address *socket_address = &q->address->socket;
	int fd = socket(socket_address->sockaddr.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return REACH_UNKNOWN;
	if (connect(fd, (const struct sockaddr *)&socket_address->sockaddr,
		socket_address->len) == -1)
		return refuse_connection(q, errno);
	if (is_greeted(fd, q->greeting))
		return REACHED;
	strbuf_adds(q->out,
	    "it does not answer as it should\n"
	    "see who listens there (ss -xlp) and restart the daemon");
	return REACH_STRANGER;
}

/* The child: become the user, answer by text and exit code. */
static int
judge(const void *arg, struct strbuf *out)
{
	struct question q = *(const struct question *)arg;

	q.out = out;
	if (initgroups(q.pw->pw_name, q.pw->pw_gid) == -1 ||
	    setgid(q.pw->pw_gid) == -1 || setuid(q.pw->pw_uid) == -1) {
		strbuf_addf(out, "become user %s: %s", q.pw->pw_name,
		    strerror(errno));
		return REACH_UNKNOWN;
	}
	return (int)(q.greeting != NULL ? judge_answer(&q) : judge_rights(&q));
}

static enum reach
ask_child(const struct question *q, struct strbuf *why, struct strbuf *fix)
{
	struct strbuf text = { 0 }, err = { 0 };
	int code = child_run(judge, q, q->ms, &text, &err);
	const char *newline = strchr(strbuf_str(&text), '\n');

	if (code == -1) {
		strbuf_addf(why, "%s", strbuf_str(&err));
		strbuf_adds(fix, "restart the daemon");
	} else if (newline != NULL) {
		strbuf_add(why, text.bytes, (size_t)(newline - text.bytes));
		strbuf_adds(fix, newline + 1);
	} else {
		strbuf_adds(why, strbuf_str(&text));
	}
	strbuf_free(&text);
	strbuf_free(&err);
	return code == -1 ? REACH_SILENT : (enum reach)code;
}

static void
ask(struct question *q, struct reach_answer *answer)
{
	const struct group *gr;

	*answer = (struct reach_answer){ .reach = REACH_UNKNOWN };
	q->pw = getpwnam(q->user);
	if (q->pw == NULL) {
		strbuf_addf(&answer->why, "there is no user %s", q->user);
		return;
	}
	if (geteuid() != 0) {
		strbuf_adds(&answer->why, "run this as root to try it");
		return;
	}
	gr = getgrgid(q->pw->pw_gid);
	q->group = gr != NULL ? gr->gr_name : q->user;
	answer->reach = ask_child(q, &answer->why, &answer->fix);
}

bool
reach_is_denied(enum reach reach)
{
	return reach != REACHED && reach != REACH_UNKNOWN;
}

void
reach_answer_free(struct reach_answer *answer)
{
	strbuf_free(&answer->why);
	strbuf_free(&answer->fix);
}

void
reach_by_rights(struct reach_answer *answer,
    const struct listen_address *address, const char *user)
{
	struct question q = { .address = address,
		.user = user,
		.ms = RIGHTS_MS };

	ask(&q, answer);
}

void
reach_by_asking(struct reach_answer *answer,
    const struct listen_address *address, const char *user,
    const char *greeting, long ms)
{
	struct question q = { .address = address,
		.user = user,
		.greeting = greeting,
		.ms = ms };

	ask(&q, answer);
}

void
reach_add(struct strbuf *out, const struct reach_answer *answer)
{
	strbuf_adds(out, strbuf_str(&answer->why));
	if (answer->fix.len > 0)
		strbuf_addf(out, ": %s", strbuf_str(&answer->fix));
}

pid_t
reach_listener(const struct listen_address *address)
{
	int fd = socket(address->socket.sockaddr.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred cred = { 0 };
	socklen_t len = sizeof cred;

	if (fd == -1)
		return 0;
	if (connect(fd, (const struct sockaddr *)&address->socket.sockaddr,
		address->socket.len) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		cred.pid = 0;
	close(fd);
	return cred.pid;
}

void
reach_warn(const struct conf_text *text,
    const struct listener_defaults *defaults)
{
	struct strbuf ignored = { 0 }, warnings = { 0 }, why = { 0 };
	struct reach_answer answer;
	struct listen_value value;

	listen_value_parse(&value, text, defaults, &ignored, &warnings);
	log_lines(LOG_LEVEL_WARN, strbuf_str(&warnings));
	for (size_t i = 0; i < value.count; i++) {
		reach_by_rights(&answer, &value.addresses[i], defaults->owner);
		strbuf_truncate(&why, 0);
		reach_add(&why, &answer);
		if (reach_is_denied(answer.reach))
			log_warn("%s: %s", value.addresses[i].text,
			    strbuf_str(&why));
		reach_answer_free(&answer);
	}
	listen_value_free(&value);
	strbuf_free(&why);
	strbuf_free(&warnings);
	strbuf_free(&ignored);
}
