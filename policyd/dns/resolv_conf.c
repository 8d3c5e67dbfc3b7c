/*
 * The system's resolv.conf(5).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "resolv_conf.h"
#include "log.h"
#include "mem.h"
#include "strbuf.h"

#define INTERVAL_SECONDS 5 /* between two looks */
#define TEXT_MAX         (64 * 1024)

struct resolv_conf {
	char *path;
	char *text; /* in use */
	char *seen; /* at the last look */
	struct event *look;
	void (*changed)(void *arg);
	void *arg;
};

/* Returns the text, "" when there is no such file, or NULL when it cannot be
 * read: that says nothing about its text. */
static char *
read_text(const char *path)
{
	struct strbuf text = { 0 };
	char bytes[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return errno == ENOENT ? xstrdup("") : NULL;
	while ((n = read(fd, bytes, sizeof bytes)) > 0 && text.len < TEXT_MAX)
		strbuf_add(&text, bytes, (size_t)n);
	close(fd);
	if (n == -1) {
		strbuf_free(&text);
		return NULL;
	}
	return strbuf_detach(&text);
}

void
resolv_conf_look(struct resolv_conf *conf)
{
	char *text = read_text(conf->path);
	bool is_at_rest, is_new;

	if (text == NULL)
		return;
	is_at_rest = strcmp(text, conf->seen) == 0;
	is_new = strcmp(text, conf->text) != 0;
	free(conf->seen);
	conf->seen = text;
	if (!is_at_rest || !is_new)
		return;
	free(conf->text);
	conf->text = xstrdup(text);
	conf->changed(conf->arg);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	resolv_conf_look(arg);
}

struct resolv_conf *
resolv_conf_new(struct event_base *base, const char *path,
    void (*changed)(void *arg), void *arg)
{
	static const struct timeval interval = { .tv_sec = INTERVAL_SECONDS };
	struct resolv_conf *conf = xcalloc(1, sizeof *conf);

	conf->path = xstrdup(path);
	conf->text = read_text(path);
	if (conf->text == NULL) {
		log_warn("read %s: %s; until that is mended 127.0.0.1 is asked",
		    path, strerror(errno));
		conf->text = xstrdup("");
	}
	conf->seen = xstrdup(conf->text);
	conf->changed = changed;
	conf->arg = arg;
	conf->look = event_new(base, -1, EV_PERSIST, on_look, conf);
	evtimer_add(conf->look, &interval);
	return conf;
}

void
resolv_conf_free(struct resolv_conf *conf)
{
	if (conf == NULL)
		return;
	event_free(conf->look);
	free(conf->path);
	free(conf->text);
	free(conf->seen);
	free(conf);
}

const char *
resolv_conf_text(const struct resolv_conf *conf)
{
	return conf->text;
}
