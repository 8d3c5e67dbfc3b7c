/*
 * Metrics for Prometheus.
 */
#include "metrics.h"
#include "log.h"

static const char *const types[] = {
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
	[METRIC_HISTOGRAM] = "histogram",
};

void
metrics_begin(struct metrics *metrics, const char *name, enum metric_type type,
    const char *help)
{
	const char *program = metrics->program;

	metrics->name = name;
	strbuf_addf(metrics->out,
	    "# HELP sekisho_%s_%s %s\n"
	    "# TYPE sekisho_%s_%s %s\n",
	    program, name, help, program, name, types[type]);
}

static void
add_label(struct strbuf *out, const struct metric_label *label)
{
	strbuf_addf(out, "%s=\"", label->name);
	for (const char *p = label->value; *p != '\0'; p++) {
		if (*p == '\\' || *p == '"')
			strbuf_addc(out, '\\');
		if (*p == '\n')
			strbuf_adds(out, "\\n");
		else
			strbuf_addc(out, *p);
	}
	strbuf_addc(out, '"');
}

void
metrics_value(struct metrics *metrics, const struct metric_label *labels,
    size_t nlabels, double value)
{
	metrics_part(metrics, "", labels, nlabels, value);
}

void
metrics_part(struct metrics *metrics, const char *part,
    const struct metric_label *labels, size_t nlabels, double value)
{
	struct strbuf *out = metrics->out;

	strbuf_addf(out, "sekisho_%s_%s%s", metrics->program, metrics->name,
	    part);
	for (size_t i = 0; i < nlabels; i++) {
		strbuf_addc(out, i == 0 ? '{' : ',');
		add_label(out, &labels[i]);
	}
	strbuf_addf(out, "%s %.15g\n", nlabels > 0 ? "}" : "", value);
}

void
metrics_add(struct metrics *metrics, const char *name, enum metric_type type,
    const char *help, double value)
{
	metrics_begin(metrics, name, type, help);
	metrics_value(metrics, NULL, 0, value);
}

void
metrics_process_start(struct metrics_process *process, time_t now)
{
	process->started = now;
	process->configured = now;
	process->reload_failed = false;
}

void
metrics_process_reload(struct metrics_process *process, bool success,
    time_t now)
{
	process->reload_failed = !success;
	if (success)
		process->configured = now;
}

void
metrics_process_add(const struct metrics_process *process,
    struct metrics *metrics)
{
	static const struct metric_label version = { "version", VERSION };

	metrics_begin(metrics, "build_info", METRIC_GAUGE,
	    "1, with the version.");
	metrics_value(metrics, &version, 1, 1);
	metrics_add(metrics, "start_time_seconds", METRIC_GAUGE,
	    "When the daemon started, since the epoch.",
	    (double)process->started);
	metrics_add(metrics, "config_last_reload_successful", METRIC_GAUGE,
	    "0 after a reload that left the old configuration, else 1.",
	    !process->reload_failed);
	metrics_add(metrics, "config_last_reload_success_timestamp_seconds",
	    METRIC_GAUGE, "When the configuration in use was read.",
	    (double)process->configured);
	metrics_add(metrics, "log_lines_lost_total", METRIC_COUNTER,
	    "Lines for which the log had no room.", (double)log_lost());
}
