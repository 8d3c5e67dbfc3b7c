/*
 * policyctl top: what policyd does now.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "policyctl_command.h"
#include "control.h"
#include "mem.h"
#include "top.h"

#define ASK_SECONDS   10
#define NREASONS      6
#define NLISTS        4
#define RATES_COMMAND "rates --top 3"

static void
add_answers(const struct top *top, struct strbuf *out)
{
	strbuf_addf(out,
	    "answers  %8.1f/s  pass %.1f, reject %.1f, defer %.1f, other %.1f\n"
	    "         in work %.0f, connections %.0f, waited %.1f/s\n"
	    "         half ",
	    top_rate(top, "answers_total", NULL),
	    top_rate(top, "answers_total", "answer=\"pass\""),
	    top_rate(top, "answers_total", "answer=\"reject\""),
	    top_rate(top, "answers_total", "answer=\"defer\""),
	    top_rate(top, "answers_total", "answer=\"other\""),
	    top_value(top, "requests_open", NULL),
	    top_value(top, "connections", NULL),
	    top_rate(top, "requests_waited_total", NULL));
	top_quantile(top, "answer_seconds", 0.5, out);
	strbuf_adds(out, ", 99 of 100 ");
	top_quantile(top, "answer_seconds", 0.99, out);
	strbuf_addf(out,
	    "\nDNS      %8.1f/s  cached %.1f, failed %.1f, late %.1f, "
	    "in flight %.0f\n",
	    top_rate(top, "dns_lookups_total", NULL),
	    top_rate(top, "dns_cached_total", NULL),
	    top_rate(top, "dns_failed_total", NULL),
	    top_rate(top, "dns_late_total", NULL),
	    top_value(top, "dns_in_flight", NULL));
}

struct list {
	const char *labels; /* zone, kind and state */
	char *key;          /* zone and kind: labels of its other metrics */
	bool is_ok;         /* its state */
	double slow;        /* seconds */
};

static int
compare_lists(const void *left, const void *right)
{
	const struct list *a = left, *b = right;

	if (a->is_ok != b->is_ok)
		return a->is_ok ? 1 : -1;
	return (a->slow < b->slow) - (a->slow > b->slow);
}

static void
add_list(const struct top *top, const struct list *list, struct strbuf *out)
{
	strbuf_addf(out, "%8.1f %10.0f %8.0f  ",
	    top_rate(top, "dnsbl_hits_total", list->key),
	    top_value(top, "dnsbl_hits_total", list->key), list->slow * 1000);
	top_labels(list->labels, out);
	strbuf_addc(out, '\n');
}

/* Those in trouble first, then the slowest. */
static void
add_lists(const struct top *top, struct strbuf *out)
{
	struct list *lists = xcalloc(top->now.n + 1, sizeof *lists);
	size_t n = 0;

	for (size_t i = 0; i < top->now.n; i++) {
		const struct metric_sample *sample = &top->now.list[i];
		const char *state = strstr(sample->labels, ",state=");

		if (strcmp(sample->name, "dnsbl_state") != 0 ||
		    sample->value == 0 || state == NULL)
			continue;
		lists[n].labels = sample->labels;
		lists[n].is_ok = strcmp(state, ",state=\"ok\"") == 0;
		lists[n].key =
		    xstrndup(sample->labels, (size_t)(state - sample->labels));
		lists[n].slow =
		    top_value(top, "dnsbl_latency_p99_seconds", lists[n].key);
		n++;
	}
	qsort(lists, n, sizeof *lists, compare_lists);
	strbuf_addf(out, "\n%8s %10s %8s  DNS lists\n", "hits/s", "all",
	    "slow ms");
	for (size_t i = 0; i < n; i++) {
		if (i < NLISTS)
			add_list(top, &lists[i], out);
		free(lists[i].key);
	}
	if (n > NLISTS)
		strbuf_addf(out, "%28s  and %zu more\n", "", n - NLISTS);
	free(lists);
}

/* Who is near one; whoever may not ask sees none. */
static void
add_limits(const struct top *top, struct strbuf *out)
{
	struct strbuf answer = { 0 }, ignored = { 0 };

	if (control_ask(top->address, RATES_COMMAND, ASK_SECONDS, &answer,
		&ignored) == 0) {
		strbuf_adds(out, "\nLimits near\n");
		strbuf_adds(out, strbuf_str(&answer));
	}
	strbuf_free(&answer);
	strbuf_free(&ignored);
}

static void
draw(const struct top *top, struct strbuf *out)
{
	add_answers(top, out);
	top_table(top, "Refusals", "refusals_total", NREASONS, out);
	add_lists(top, out);
	add_limits(top, out);
}

int
policyctl_top(struct policyctl *ctl)
{
	struct top top = { .program = "policyd",
		.is_once = ctl->is_once,
		.draw = draw };
	int code = policyctl_find(ctl);

	if (code != EX_OK)
		return code;
	top.address = ctl->address;
	code = top_run(&top, &ctl->err);
	if (code != EX_OK)
		strbuf_addc(&ctl->err, '\n');
	return code;
}
