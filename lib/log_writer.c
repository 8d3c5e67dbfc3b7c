/*
 * Lines of the log on their way to the sink.  There is a thread only while
 * lines wait: a process that has one pays for it with each system call.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "log_writer.h"
#include "clock.h"
#include "log.h"
#include "log_sink.h"
#include "thread.h"

#define URGENT_RESERVE 65536 /* bytes of the queue */
#define FLUSH_MS       2000  /* at the end of the process */

static struct {
	pthread_mutex_t lock; /* of everything below, and the sink's side */
	pthread_cond_t emptied;
	bool never_waits;
	bool has_thread;     /* which alone writes then */
	int patience;        /* milliseconds, while it may wait; -1: any */
	struct strbuf lines; /* that wait */
	unsigned long lost;  /* since the start */
	unsigned long told;  /* of these, in the log */
} writer = { .lock = PTHREAD_MUTEX_INITIALIZER, .patience = -1 };

/* Behind what waits, as there was no room for more. */
static void
queue_notice(void)
{
	struct strbuf text = { 0 };

	strbuf_addf(&text, "log: %lu lines were lost",
	    writer.lost - writer.told);
	log_sink_add(&writer.lines, LOG_WARNING, "warning: ", text.bytes,
	    text.len);
	strbuf_free(&text);
	writer.told = writer.lost;
}

/* Returns how many lines nobody took. */
static unsigned long
write_lines(const struct strbuf *lines)
{
	const char *p = lines->bytes, *end = p + lines->len;
	unsigned long failed = 0;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		ssize_t n = log_sink_write(p, (size_t)(lf + 1 - p));

		if (n == 0)
			log_sink_wait(-1);
		if (n == -1)
			failed++;
		p = n == -1 ? lf + 1 : p + n;
	}
	return failed;
}

static void *
run(void *arg)
{
	struct strbuf lines;
	unsigned long failed;

	(void)arg;
	pthread_mutex_lock(&writer.lock);
	while (writer.lines.len > 0) {
		lines = writer.lines;
		writer.lines = (struct strbuf){ 0 };
		pthread_mutex_unlock(&writer.lock);
		failed = write_lines(&lines);
		strbuf_free(&lines);
		pthread_mutex_lock(&writer.lock);
		writer.lost += failed;
		if (failed == 0 && writer.lost > writer.told)
			queue_notice();
	}
	writer.has_thread = false;
	pthread_cond_signal(&writer.emptied);
	pthread_mutex_unlock(&writer.lock);
	return NULL;
}

/* What waits is written by the thread; without one it is lost. */
static void
write_later(void)
{
	if (!writer.never_waits || writer.has_thread)
		return;
	writer.has_thread = thread_start(run, NULL) == 0;
	if (writer.has_thread)
		return;
	writer.lost++;
	strbuf_truncate(&writer.lines, 0);
}

/* Returns how much of the line is gone, as log_sink_write. */
static ssize_t
write_now(const char *line, size_t len)
{
	size_t gone = 0;
	ssize_t n;

	if (writer.has_thread || writer.lines.len > 0)
		return 0;
	while (gone < len) {
		n = log_sink_write(line + gone, len - gone);
		if (n == -1)
			return -1;
		if (n == 0 &&
		    (writer.never_waits || !log_sink_wait(writer.patience)))
			break;
		gone += (size_t)n;
	}
	return (ssize_t)gone;
}

static void
queue(const char *line, size_t len, bool is_urgent)
{
	size_t max = LOG_QUEUE_MAX + (is_urgent ? URGENT_RESERVE : 0);

	if (writer.lines.len + len > max) {
		writer.lost++;
		return;
	}
	strbuf_add(&writer.lines, line, len);
	write_later();
}

void
log_writer_put(const char *line, size_t len, bool is_urgent)
{
	ssize_t n;

	pthread_mutex_lock(&writer.lock);
	n = write_now(line, len);
	if (n == -1)
		writer.lost++;
	else if ((size_t)n < len)
		queue(line + n, len - (size_t)n, is_urgent);
	else if (writer.never_waits && writer.lost > writer.told) {
		queue_notice();
		write_later();
	}
	pthread_mutex_unlock(&writer.lock);
}

/* The last lines of a process get some time. */
static void
flush(void)
{
	pthread_mutex_lock(&writer.lock);
	thread_await_end(&writer.has_thread, &writer.emptied, &writer.lock,
	    clock_ms() + FLUSH_MS);
	pthread_mutex_unlock(&writer.lock);
}

void
log_set_patience(int ms)
{
	writer.patience = ms;
}

void
log_never_wait(void)
{
	pthread_cond_init(&writer.emptied, NULL);
	pthread_mutex_lock(&writer.lock);
	writer.never_waits = true;
	if (writer.lines.len > 0)
		write_later();
	pthread_mutex_unlock(&writer.lock);
	atexit(flush);
}

unsigned long
log_lost(void)
{
	unsigned long lost;

	pthread_mutex_lock(&writer.lock);
	lost = writer.lost;
	pthread_mutex_unlock(&writer.lock);
	return lost;
}
