/*
 * The logins nearest to their rate limits.  Those found so far are in a heap
 * with the farthest from its limit first: it gives way to one that is nearer.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "top_logins.h"
#include "clock.h"
#include "heap.h"
#include "mem.h"
#include "printable.h"
#include "rate_line.h"

struct lines {
	struct rate_line **lines; /* by name */
	size_t n;
};

struct top_logins {
	struct state *state;
	struct event *timer; /* for the next counters */
	size_t wanted;       /* 0: the timer sleeps */
	size_t place;        /* how far the counters have been seen */
	time_t now;
	struct heap found;  /* among those */
	struct lines known; /* among all, the last time */
};

static const struct timeval between_slices = { .tv_usec = 10000 };
static const struct timeval between_walks = { .tv_sec = 5 };

static int
compare_farthest(const void *a, const void *b)
{
	return rate_line_compare(b, a);
}

static void
on_reading(void *arg, const struct rate_reading *reading)
{
	struct top_logins *top = arg;
	const struct rate_line *farthest;

	if (reading->counter.key != RATE_SASL_USERNAME)
		return;
	if (top->found.n == top->wanted) {
		farthest = top->found.things[0];
		if (rate_reading_used(reading) <=
		    rate_reading_used(&farthest->reading))
			return;
		free(heap_take(&top->found));
	}
	heap_add(&top->found, rate_line_new(reading));
}

static int
compare_counters(const void *a, const void *b)
{
	const struct rate_line *const *left = a, *const *right = b;
	const struct rate_counter *one = &(*left)->reading.counter;
	const struct rate_counter *other = &(*right)->reading.counter;
	int order = strcmp(one->value, other->value);

	if (order == 0)
		order = (one->unit > other->unit) - (one->unit < other->unit);
	if (order == 0)
		order = (one->length > other->length) -
		    (one->length < other->length);
	return order;
}

static void
on_record(void *arg, const struct state_record *record)
{
	struct top_logins *top = arg;

	rate_readings_of(record, top->now, on_reading, top);
}

static void
forget_known(struct top_logins *top)
{
	while (top->known.n > 0)
		free(top->known.lines[--top->known.n]);
	free(top->known.lines);
	top->known = (struct lines){ 0 };
}

static void
forget_found(struct top_logins *top)
{
	struct rate_line *line;

	while ((line = heap_take(&top->found)) != NULL)
		free(line);
}

/* All counters have been seen, some twice that were forgotten and came anew:
 * what was found is known. */
static void
end_walk(struct top_logins *top)
{
	struct lines *known = &top->known;
	size_t n = top->found.n, size = sizeof known->lines[0];

	forget_known(top);
	known->lines = xreallocarray(NULL, n, size);
	for (size_t i = 0; i < n; i++)
		known->lines[i] = heap_take(&top->found);
	qsort(known->lines, n, size, compare_counters);
	for (size_t i = 0; i < n; i++) {
		struct rate_line **line = &known->lines[i];

		if (known->n > 0 &&
		    compare_counters(line, &known->lines[known->n - 1]) == 0)
			free(*line);
		else
			known->lines[known->n++] = *line;
	}
	top->place = 0;
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct top_logins *top = arg;
	bool has_more;

	(void)fd;
	(void)what;
	top->now = clock_now();
	has_more = state_each_of_some(top->state, STATE_RATES, &top->place,
	    on_record, top);
	if (!has_more)
		end_walk(top);
	evtimer_add(top->timer, has_more ? &between_slices : &between_walks);
}

struct top_logins *
top_logins_new(struct event_base *base, struct state *state)
{
	struct top_logins *top = xcalloc(1, sizeof *top);

	top->state = state;
	top->found.compare = compare_farthest;
	top->timer = evtimer_new(base, on_time, top);
	if (top->timer == NULL)
		abort();
	return top;
}

void
top_logins_free(struct top_logins *top)
{
	if (top == NULL)
		return;
	event_free(top->timer);
	forget_found(top);
	forget_known(top);
	heap_free(&top->found);
	free(top);
}

void
top_logins_want(struct top_logins *top, size_t n)
{
	if (top->wanted == n)
		return;
	top->wanted = n;
	top->place = 0;
	forget_found(top);
	forget_known(top);
	if (n > 0)
		evtimer_add(top->timer, &between_slices);
	else
		evtimer_del(top->timer);
}

static void
add_metric(struct metrics *metrics, const struct rate_reading *reading)
{
	const char *login = reading->counter.value;
	struct strbuf user = { 0 }, window = { 0 };

	printable_add(&user, login, strlen(login));
	rate_reading_add_length(reading, &window);
	metrics_value(metrics,
	    (struct metric_label[]){
		{ "user", strbuf_str(&user) },
		{ "unit", rate_unit_name(reading->counter.unit) },
		{ "window", strbuf_str(&window) },
	    },
	    3, rate_reading_used(reading));
	strbuf_free(&user);
	strbuf_free(&window);
}

void
top_logins_metrics(const struct top_logins *top, struct metrics *metrics)
{
	if (top->known.n == 0)
		return;
	metrics_begin(metrics, "user_limit_used_ratio", METRIC_GAUGE,
	    "What a login has used of a rate limit.");
	for (size_t i = 0; i < top->known.n; i++)
		add_metric(metrics, &top->known.lines[i]->reading);
}
