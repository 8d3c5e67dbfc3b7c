/*
 * authctl top: what authd does now.
 */
#include <stdlib.h>
#include <sysexits.h>

#include "authctl.h"
#include "clock.h"
#include "control.h"
#include "top.h"

#define NLOGINS  6
#define NREASONS 6

static void
draw(const struct top *top, struct strbuf *out)
{
	strbuf_addf(out,
	    "logins   %8.1f/s  failed %.1f, cached %.1f, given up %.1f\n"
	    "         going on %.0f, connections %.0f\n"
	    "         half ",
	    top_rate(top, "logins_total", NULL),
	    top_rate(top, "login_failures_total", NULL),
	    top_rate(top, "cached_total", NULL),
	    top_rate(top, "dropped_total", NULL),
	    top_value(top, "conversations", NULL),
	    top_value(top, "connections", NULL));
	top_quantile(top, "login_seconds", 0.5, out);
	strbuf_adds(out, ", 99 of 100 ");
	top_quantile(top, "login_seconds", 0.99, out);
	strbuf_addf(out,
	    "\nhashing  %8.1f/s  cores %.2f, waiting %.0f, turned away %.1f/s\n"
	    "users    changed %.0f s ago, %.0f kB\n",
	    top_rate(top, "hashed_total", NULL),
	    top_rate(top, "hash_seconds_total", NULL),
	    top_value(top, "hash_queue", NULL),
	    top_rate(top, "turned_away_total", NULL),
	    (double)clock_now() -
		top_value(top, "database_timestamp_seconds", NULL),
	    top_value(top, "database_bytes", NULL) / 1024);
	top_table(top, "Logins", "logins_total", NLOGINS, out);
	top_table(top, "Failures", "login_failures_total", NREASONS, out);
}

int
authctl_top(struct authctl *ctl, const struct arguments *args)
{
	struct top top = { .program = "authd",
		.is_once = (args->given & OPTION_ONCE) != 0,
		.draw = draw };
	struct strbuf why = { 0 };
	char *address = NULL;
	int code = control_find(authd_params, authd_nparams, args->config_path,
	    &address, &ctl->err);

	if (code != EX_OK)
		return code;
	top.address = address;
	code = top_run(&top, &why);
	if (code != EX_OK)
		authctl_error(ctl, "%s", strbuf_str(&why));
	strbuf_free(&why);
	free(address);
	return code;
}
