#include <string.h>

#include "testing.h"
#include "histogram.h"
#include "metric_counts.h"
#include "metrics.h"
#include "metrics_read.h"

START_TEST(a_value_has_help_and_type)
{
	struct strbuf out = { 0 };
	struct metrics metrics = { .out = &out, .program = "x" };

	metrics_add(&metrics, "logins_total", METRIC_COUNTER, "Logins.", 7);
	metrics_add(&metrics, "age_seconds", METRIC_GAUGE, "Age.", 0.25);
	testing_eat(&out,
	    "# HELP sekisho_x_logins_total Logins.\n"
	    "# TYPE sekisho_x_logins_total counter\n"
	    "sekisho_x_logins_total 7\n"
	    "# HELP sekisho_x_age_seconds Age.\n"
	    "# TYPE sekisho_x_age_seconds gauge\n"
	    "sekisho_x_age_seconds 0.25\n");
}
END_TEST

START_TEST(labels_are_escaped)
{
	static const struct metric_label labels[] = {
		{ "zone", "a\"b\\c\nd" },
		{ "kind", "ipv4" },
	};
	struct strbuf out = { 0 };
	struct metrics metrics = { .out = &out, .program = "x" };

	metrics_begin(&metrics, "state", METRIC_GAUGE, "State.");
	strbuf_truncate(&out, 0);
	metrics_value(&metrics, labels, 2, 1);
	testing_eat(&out,
	    "sekisho_x_state{zone=\"a\\\"b\\\\c\\nd\",kind=\"ipv4\"} 1\n");
}
END_TEST

START_TEST(counts_by_labels)
{
	struct strbuf out = { 0 };
	struct metrics metrics = { .out = &out, .program = "x" };
	struct metric_counts counts = { .names = { "code", "reason" } };

	metric_counts_add(&counts, (const char *[]){ "450", "a", NULL });
	metric_counts_add(&counts, (const char *[]){ "554", "a", NULL });
	metric_counts_add(&counts, (const char *[]){ "554", "a", NULL });
	metric_counts_print(&counts, &metrics, "refusals_total", "No.");
	testing_eat(&out,
	    "# HELP sekisho_x_refusals_total No.\n"
	    "# TYPE sekisho_x_refusals_total counter\n"
	    "sekisho_x_refusals_total{code=\"554\",reason=\"a\"} 2\n"
	    "sekisho_x_refusals_total{code=\"450\",reason=\"a\"} 1\n");
	metric_counts_free(&counts);
}
END_TEST

/* However many come, they are counted, and no more are kept. */
START_TEST(counts_are_bounded)
{
	struct strbuf out = { 0 };
	struct metrics metrics = { .out = &out, .program = "x" };
	struct metric_counts counts = { .names = { "reason" } };

	for (int i = 0; i < 2 * METRIC_COUNTS_MAX; i++) {
		char *reason = xasprintf("%d", i);

		metric_counts_add(&counts,
		    (const char *[]){ reason, NULL, NULL });
		free(reason);
	}
	ck_assert_uint_eq(counts.n, METRIC_COUNTS_MAX + 1);
	metric_counts_print(&counts, &metrics, "refusals_total", "No.");
	ck_assert_ptr_nonnull(strstr(strbuf_str(&out),
	    "sekisho_x_refusals_total{reason=\"other\"} 500\n"));
	strbuf_free(&out);
	metric_counts_free(&counts);
}
END_TEST

START_TEST(a_histogram_adds_up)
{
	struct strbuf out = { 0 };
	struct metrics metrics = { .out = &out, .program = "x" };
	struct histogram histogram = { 0 };

	histogram_add(&histogram, 0.0001); /* a bound is of its step */
	histogram_add(&histogram, 0.25);
	histogram_add(&histogram, 60);
	histogram_print(&histogram, &metrics, "took_seconds", "Time.");
	testing_eat(&out,
	    "# HELP sekisho_x_took_seconds Time.\n"
	    "# TYPE sekisho_x_took_seconds histogram\n"
	    "sekisho_x_took_seconds_bucket{le=\"0.0001\"} 1\n"
	    "sekisho_x_took_seconds_bucket{le=\"0.0005\"} 1\n"
	    "sekisho_x_took_seconds_bucket{le=\"0.001\"} 1\n"
	    "sekisho_x_took_seconds_bucket{le=\"0.005\"} 1\n"
	    "sekisho_x_took_seconds_bucket{le=\"0.01\"} 1\n"
	    "sekisho_x_took_seconds_bucket{le=\"0.05\"} 1\n"
	    "sekisho_x_took_seconds_bucket{le=\"0.1\"} 1\n"
	    "sekisho_x_took_seconds_bucket{le=\"0.25\"} 2\n"
	    "sekisho_x_took_seconds_bucket{le=\"0.5\"} 2\n"
	    "sekisho_x_took_seconds_bucket{le=\"1\"} 2\n"
	    "sekisho_x_took_seconds_bucket{le=\"2.5\"} 2\n"
	    "sekisho_x_took_seconds_bucket{le=\"5\"} 2\n"
	    "sekisho_x_took_seconds_bucket{le=\"+Inf\"} 3\n"
	    "sekisho_x_took_seconds_sum 60.2501\n"
	    "sekisho_x_took_seconds_count 3\n");
}
END_TEST

START_TEST(histograms_have_a_label_of_their_own)
{
	static const struct metric_label label = { "table", "a" };
	struct strbuf out = { 0 };
	struct metrics metrics = { .out = &out, .program = "x" };
	struct histogram histogram = { 0 };
	const char *text;

	histogram_add(&histogram, 3);
	metrics_begin(&metrics, "took_seconds", METRIC_HISTOGRAM, "Time.");
	histogram_value(&histogram, &metrics, &label);
	text = strbuf_str(&out);
	ck_assert_ptr_nonnull(strstr(text,
	    "\nsekisho_x_took_seconds_bucket{table=\"a\",le=\"5\"} 1\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "\nsekisho_x_took_seconds_sum{table=\"a\"} 3\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "\nsekisho_x_took_seconds_count{table=\"a\"} 1\n"));
	strbuf_free(&out);
}
END_TEST

START_TEST(what_is_written_can_be_read)
{
	static const struct metric_label labels[] = { { "zone", "a b" },
		{ "kind", "x" } };
	struct strbuf out = { 0 };
	struct metrics metrics = { .out = &out, .program = "x" };
	struct metrics other = { .out = &out, .program = "y" };
	struct metric_samples samples;

	metrics_add(&other, "logins_total", METRIC_COUNTER, "Logins.", 9);
	metrics_add(&metrics, "logins_total", METRIC_COUNTER, "Logins.", 7);
	metrics_begin(&metrics, "hits_total", METRIC_COUNTER, "Hits.");
	metrics_value(&metrics, labels, 2, 3);
	metrics_value(&metrics, labels, 1, 4);
	metrics_read(&samples, strbuf_str(&out), "x");
	ck_assert_uint_eq(samples.n, 3);
	ck_assert(metrics_value_of(&samples, "logins_total", NULL) == 7);
	ck_assert(metrics_value_of(&samples, "hits_total", NULL) == 7);
	ck_assert(metrics_value_of(&samples, "hits_total",
		      "zone=\"a b\",kind=\"x\"") == 3);
	ck_assert(metrics_value_of(&samples, "nothing_total", NULL) == 0);
	metric_samples_free(&samples);
	strbuf_free(&out);
}
END_TEST

/* Exact as long as a time or a count can be. */
START_TEST(large_values_are_exact)
{
	struct strbuf out = { 0 };
	struct metrics metrics = { .out = &out,
		.program = "x",
		.name = "bytes" };

	metrics_value(&metrics, NULL, 0, 999999999999999.0);
	testing_eat(&out, "sekisho_x_bytes 999999999999999\n");
}
END_TEST

static void
expect(const struct metrics_process *process, const char *reload)
{
	struct strbuf out = { 0 };
	struct metrics metrics = { .out = &out, .program = "x" };

	metrics_process_add(process, &metrics);
	ck_assert_ptr_nonnull(strstr(strbuf_str(&out),
	    "\nsekisho_x_build_info{version=\"" VERSION "\"} 1\n"));
	ck_assert_ptr_nonnull(
	    strstr(strbuf_str(&out), "\nsekisho_x_start_time_seconds 1000\n"));
	ck_assert_ptr_nonnull(strstr(strbuf_str(&out), reload));
	strbuf_free(&out);
}

START_TEST(a_failed_reload_shows_until_one_succeeds)
{
	struct metrics_process process = { 0 };

	metrics_process_start(&process, 1000);
	expect(&process, "reload_successful 1\n");
	expect(&process, "reload_success_timestamp_seconds 1000\n");
	metrics_process_reload(&process, false, 2000);
	expect(&process, "reload_successful 0\n");
	expect(&process, "reload_success_timestamp_seconds 1000\n");
	metrics_process_reload(&process, true, 3000);
	expect(&process, "reload_successful 1\n");
	expect(&process, "reload_success_timestamp_seconds 3000\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tc = tcase_create("metrics");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, a_value_has_help_and_type);
	tcase_add_test(tc, labels_are_escaped);
	tcase_add_test(tc, what_is_written_can_be_read);
	tcase_add_test(tc, counts_by_labels);
	tcase_add_test(tc, counts_are_bounded);
	tcase_add_test(tc, a_histogram_adds_up);
	tcase_add_test(tc, histograms_have_a_label_of_their_own);
	tcase_add_test(tc, large_values_are_exact);
	tcase_add_test(tc, a_failed_reload_shows_until_one_succeeds);
	return testing_run(suite);
}
