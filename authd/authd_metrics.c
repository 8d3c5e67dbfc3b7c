/*
 * What authd counts, for Prometheus.
 */
#include <sys/stat.h>

#include "authd_metrics.h"
#include "login_rules.h"

#define COUNT(array) (sizeof array / sizeof array[0])

static void
add_logins(struct metrics *metrics, const struct stats *stats)
{
	metrics_begin(metrics, "logins_total", METRIC_COUNTER,
	    "Logins judged.");
	for (int m = 0; m < MECHANISMS; m++) {
		for (int r = 0; r < LOGIN_RESULTS; r++) {
			const struct metric_label labels[] = {
				{ "mechanism",
				    mechanism_name((enum mechanism)m) },
				{ "result",
				    login_result_name((enum login_result)r) },
			};

			metrics_value(metrics, labels, COUNT(labels),
			    (double)stats->logins[m][r]);
		}
	}
}

/* Its time is what the last change left. */
static void
add_database(struct metrics *metrics, const struct login_service *service)
{
	const char *path = service->rules->config.database_path;
	struct stat st;

	if (stat(path, &st) == -1)
		return;
	metrics_add(metrics, "database_timestamp_seconds", METRIC_GAUGE,
	    "When the user database was changed last.", (double)st.st_mtime);
	metrics_add(metrics, "database_bytes", METRIC_GAUGE,
	    "Size of the user database.", (double)st.st_size);
}

void
authd_metrics_print(const struct login_service *service,
    const struct metrics_process *process, const struct authd_policyd *policyd,
    struct strbuf *out)
{
	struct metrics metrics = { .out = out, .program = "authd" };
	const struct stats *stats = service->stats;
	struct workers_stats work;

	workers_stats(service->workers, &work);
	metrics_process_add(process, &metrics);
	add_logins(&metrics, stats);
	metric_counts_print(&stats->failures, &metrics, "login_failures_total",
	    "Logins that did not succeed, by reason.");
	histogram_print(&stats->took, &metrics, "login_seconds",
	    "From a login's last word to its verdict.");
	add_database(&metrics, service);
	metrics_add(&metrics, "cached_total", METRIC_COUNTER,
	    "Logins that needed no hash.", (double)stats->cached);
	metrics_add(&metrics, "dropped_total", METRIC_COUNTER,
	    "Logins that the client gave up.", (double)stats->dropped);
	metrics_add(&metrics, "conversations", METRIC_GAUGE, "Logins going on.",
	    (double)stats->open_conversations);
	metrics_add(&metrics, "connections", METRIC_GAUGE, "Connections now.",
	    (double)stats->open_connections);
	metrics_add(&metrics, "connections_total", METRIC_COUNTER,
	    "Connections accepted.", (double)stats->connections);
	metrics_add(&metrics, "hashed_total", METRIC_COUNTER,
	    "Passwords hashed.", (double)work.hashed);
	metrics_add(&metrics, "hash_seconds_total", METRIC_COUNTER,
	    "CPU time of hashing.", work.hash_seconds);
	metrics_add(&metrics, "hash_queue", METRIC_GAUGE,
	    "Passwords that wait to be hashed.", (double)work.waiting);
	metrics_add(&metrics, "turned_away_total", METRIC_COUNTER,
	    "Passwords turned away because too many waited.",
	    (double)work.turned_away);
	authd_policyd_metrics(policyd, &metrics);
}
