/*
 * The live view: a few escape sequences that every terminal has.
 */
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "top.h"
#include "clock.h"
#include "control.h"
#include "mem.h"
#include "printable.h"

#define ASK_SECONDS 10
#define COLUMNS     80 /* where nobody says */
#define LINES       24

#define SCREEN_ENTER "\033[?1049h\033[?25l"
#define SCREEN_LEAVE "\033[?25h\033[?1049l"
#define SCREEN_HOME  "\033[H"
#define CLEAR_LINE   "\033[K"
#define CLEAR_REST   "\033[J"

static volatile sig_atomic_t is_over;

static void
on_end(int signal_number)
{
	(void)signal_number;
	is_over = 1;
}

double
top_value(const struct top *top, const char *name, const char *labels)
{
	return metrics_value_of(&top->now, name, labels);
}

double
top_rate(const struct top *top, const char *name, const char *labels)
{
	double n = metrics_value_of(&top->now, name, labels) -
	    metrics_value_of(&top->before, name, labels);

	/* It is less when the daemon was started again. */
	return top->seconds > 0 && n > 0 ? n / top->seconds : 0;
}

void
top_quantile(const struct top *top, const char *name, double part,
    struct strbuf *out)
{
	char *buckets = xasprintf("%s_bucket", name);
	char *count = xasprintf("%s_count", name);
	double wanted = part * top_rate(top, count, NULL);
	const char *bound = NULL;

	for (size_t i = 0; i < top->now.n && bound == NULL; i++) {
		const struct metric_sample *sample = &top->now.list[i];

		if (strcmp(sample->name, buckets) == 0 && wanted > 0 &&
		    top_rate(top, buckets, sample->labels) >= wanted)
			bound = sample->labels + strlen("le=\"");
	}
	if (bound == NULL)
		strbuf_adds(out, "-");
	else if (bound[0] == '+')
		strbuf_adds(out, "more than 5 s");
	else
		strbuf_addf(out, "at most %g ms", strtod(bound, NULL) * 1000);
	free(buckets);
	free(count);
}

void
top_labels(const char *labels, struct strbuf *out)
{
	bool is_value = false;

	for (const char *p = labels; *p != '\0'; p++) {
		if (*p == '"') {
			is_value = !is_value;
			if (is_value && p != strchr(labels, '"'))
				strbuf_addc(out, ' ');
		} else if (is_value) {
			if (*p == '\\' && p[1] != '\0')
				p++;
			strbuf_addc(out, *p);
		}
	}
}

struct row {
	const struct metric_sample *sample;
	double rate;
};

static int
compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	if (a->rate != b->rate)
		return a->rate < b->rate ? 1 : -1;
	return (a->sample->value < b->sample->value) -
	    (a->sample->value > b->sample->value);
}

void
top_table(const struct top *top, const char *title, const char *name,
    size_t nrows, struct strbuf *out)
{
	struct row *rows = xcalloc(top->now.n + 1, sizeof *rows);
	size_t n = 0;

	for (size_t i = 0; i < top->now.n; i++) {
		const struct metric_sample *sample = &top->now.list[i];

		if (strcmp(sample->name, name) == 0 && sample->value > 0)
			rows[n++] = (struct row){ sample,
				top_rate(top, name, sample->labels) };
	}
	qsort(rows, n, sizeof *rows, compare_rows);
	strbuf_addf(out, "\n%8s %10s  %s\n", "/s", "all", title);
	for (size_t i = 0; i < n && i < nrows; i++) {
		strbuf_addf(out, "%8.1f %10.0f  ", rows[i].rate,
		    rows[i].sample->value);
		top_labels(rows[i].sample->labels, out);
		strbuf_addc(out, '\n');
	}
	if (n > nrows)
		strbuf_addf(out, "%19s  and %zu more\n", "", n - nrows);
	free(rows);
}

static double
seconds_up(const struct top *top)
{
	double seconds =
	    (double)clock_now() - top_value(top, "start_time_seconds", NULL);

	return seconds > 1 ? seconds : 1;
}

/* Returns 0, or -1 with the reason in err. */
static int
ask(struct top *top, struct strbuf *err)
{
	double time = (double)clock_ms() / 1000;
	struct strbuf text = { 0 };
	int result =
	    control_ask(top->address, "metrics", ASK_SECONDS, &text, err);

	if (result == 0) {
		bool is_first = top->now.n == 0;

		metric_samples_free(&top->before);
		top->before = top->now;
		metrics_read(&top->now, strbuf_str(&text), top->program);
		top->seconds = is_first ? seconds_up(top) : time - top->asked;
		top->asked = time;
	}
	strbuf_free(&text);
	return result == 0 ? 0 : -1;
}

static void
add_head(const struct top *top, struct strbuf *out)
{
	long up = (long)seconds_up(top);
	time_t now = clock_now();
	struct tm tm;
	char text[32];

	strftime(text, sizeof text, "%F %T", localtime_r(&now, &tm));
	strbuf_addf(out, "sekisho-%s, up %ldd %02ld:%02ld, %s%s\n",
	    top->program, up / 86400, up / 3600 % 24, up / 60 % 60, text,
	    top->is_once ? "; rates: since the start" : "; q: end");
}

/* So many lines, each as wide as there is room. */
static void
add_cut(struct strbuf *out, const struct strbuf *text,
    const struct winsize *size, const char *line_end)
{
	const char *p = strbuf_str(text);

	for (int i = 0; i < size->ws_row && *p != '\0'; i++) {
		size_t len = strcspn(p, "\n"), width = 0, n;
		const char *next = p + len + (p[len] == '\n');

		for (; width < size->ws_col && len > 0; width++) {
			n = printable_len(p, len);
			strbuf_add(out, n > 0 ? p : "?", n > 0 ? n : 1);
			p += n > 0 ? n : 1;
			len -= n > 0 ? n : 1;
		}
		strbuf_adds(out, i + 1 < size->ws_row ? line_end : "");
		p = next;
	}
}

static void
show(const struct top *top)
{
	struct winsize size = { .ws_row = LINES, .ws_col = COLUMNS };
	struct strbuf text = { 0 }, screen = { 0 };

	add_head(top, &text);
	top->draw(top, &text);
	if (top->is_once) {
		size.ws_row = USHRT_MAX;
		add_cut(&screen, &text, &size, "\n");
	} else {
		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 ||
		    size.ws_row == 0)
			size = (struct winsize){ LINES, COLUMNS, 0, 0 };
		strbuf_adds(&screen, SCREEN_HOME);
		add_cut(&screen, &text, &size, CLEAR_LINE "\r\n");
		strbuf_adds(&screen, CLEAR_REST);
	}
	if (write(STDOUT_FILENO, screen.bytes, screen.len) == -1)
		is_over = 1;
	strbuf_free(&text);
	strbuf_free(&screen);
}

/* Until the next screen is due, or there is to be none. */
static void
wait_for_key(void)
{
	struct pollfd pollfd = { .fd = STDIN_FILENO, .events = POLLIN };
	char key;

	if (poll(&pollfd, 1, 1000) == 1 &&
	    (read(STDIN_FILENO, &key, 1) != 1 || key == 'q'))
		is_over = 1;
}

static int
run_in_terminal(struct top *top, struct strbuf *err)
{
	const struct sigaction action = { .sa_handler = on_end };
	struct termios saved, raw;
	int result;

	tcgetattr(STDIN_FILENO, &saved);
	raw = saved;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	if (write(STDOUT_FILENO, SCREEN_ENTER, strlen(SCREEN_ENTER)) == -1)
		is_over = 1;
	while ((result = ask(top, err)) == 0 && !is_over) {
		show(top);
		wait_for_key();
		if (is_over)
			break;
	}
	if (write(STDOUT_FILENO, SCREEN_LEAVE, strlen(SCREEN_LEAVE)) == -1)
		result = -1;
	tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	return result;
}

int
top_run(struct top *top, struct strbuf *err)
{
	int result;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		top->is_once = true;
	if (!top->is_once) {
		result = run_in_terminal(top, err);
	} else {
		result = ask(top, err);
		if (result == 0)
			show(top);
	}
	metric_samples_free(&top->now);
	metric_samples_free(&top->before);
	return result == 0 ? EX_OK : EX_UNAVAILABLE;
}
