/*
 * What authctl says, and what it prints.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "authctl.h"
#include "log.h"

void
authctl_error(struct authctl *ctl, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&ctl->err, fmt, ap);
	va_end(ap);
	strbuf_addc(&ctl->err, '\n');
}

int
authctl_no_database(struct authctl *ctl, const struct strbuf *why)
{
	bool is_missing =
	    access(ctl->config.database_path, F_OK) == -1 && errno == ENOENT;

	if (is_missing)
		authctl_error(ctl, "%s (%s user add makes one)",
		    strbuf_str(why), program_invocation_short_name);
	else
		authctl_error(ctl, "%s", strbuf_str(why));
	return EX_NOINPUT;
}

void
authctl_write_errors(struct authctl *ctl)
{
	log_plain_lines(LOG_LEVEL_ERROR, strbuf_str(&ctl->err));
	strbuf_truncate(&ctl->err, 0);
}

int
authctl_write(struct authctl *ctl)
{
	const char *p = strbuf_str(&ctl->out);
	size_t left = ctl->out.len;

	while (left > 0) {
		ssize_t n = write(STDOUT_FILENO, p, left);

		if (n <= 0) {
			authctl_error(ctl, "write: %s", strerror(errno));
			authctl_write_errors(ctl);
			return EX_IOERR;
		}
		p += n;
		left -= (size_t)n;
	}
	strbuf_truncate(&ctl->out, 0);
	return EX_OK;
}

#define MUCH 65536

int
authctl_write_some(struct authctl *ctl)
{
	return ctl->out.len > MUCH ? authctl_write(ctl) : EX_OK;
}
