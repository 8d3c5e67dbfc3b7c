/*
 * authctl: the users of authd, and questions to it.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "authctl.h"
#include "authctl_change.h"
#include "log.h"
#include "mem.h"
#include "userdb.h"

void
authctl_error(struct authctl *ctl, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&ctl->err, fmt, ap);
	va_end(ap);
	strbuf_addc(&ctl->err, '\n');
}

/* Write all of it; what stands in out may be a secret that is shown once. */
static int
flush_out(struct authctl *ctl)
{
	const char *p = strbuf_str(&ctl->out);
	size_t left = ctl->out.len;

	while (left > 0) {
		ssize_t n = write(STDOUT_FILENO, p, left);

		if (n <= 0) {
			perror("authctl: write");
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
	return ctl->out.len > MUCH ? flush_out(ctl) : EX_OK;
}

int
authctl_user_name(struct authctl *ctl, const char *typed, struct strbuf *out)
{
	struct strbuf why = { 0 };
	int result = user_name_normalise(&ctl->config.names, typed,
	    strlen(typed), out, &why);

	if (result == -1) {
		struct strbuf shown = { 0 };

		log_escape(&shown, typed, strlen(typed));
		authctl_error(ctl, "%s: %s", strbuf_str(&shown),
		    strbuf_str(&why));
		strbuf_free(&shown);
	}
	strbuf_free(&why);
	return result == 0 ? EX_OK : EX_USAGE;
}

int
authctl_find(struct authctl *ctl, const char *typed, struct strbuf *name,
    struct user_record *record)
{
	struct strbuf why = { 0 };
	struct userdb *db;
	int code = authctl_user_name(ctl, typed, name);

	*record = (struct user_record){ 0 };
	if (code != EX_OK)
		return code;
	db = userdb_new(ctl->config.database_path);
	switch (userdb_find(db, strbuf_str(name), record, &why)) {
	case LOOKUP_FOUND:
		break;
	case LOOKUP_NOT_FOUND:
		authctl_error(ctl, "%s: no such user", strbuf_str(name));
		code = EX_NOUSER;
		break;
	case LOOKUP_TEMPFAIL:
		authctl_error(ctl, "%s", strbuf_str(&why));
		code = EX_NOINPUT;
		break;
	}
	userdb_free(db);
	strbuf_free(&why);
	return code;
}

/* Every line of err, with the name of the program. */
static void
flush_err(struct authctl *ctl)
{
	const char *line = strbuf_str(&ctl->err);

	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		fprintf(stderr, "authctl: %.*s\n", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static int
run(struct authctl *ctl, int argc, char **argv)
{
	const struct command *command = NULL;
	struct arguments args = { .config_path = AUTHD_CONFIG_FILE };
	struct change *change;
	int code =
	    authctl_parse(argc, argv, &command, &args, &ctl->out, &ctl->err);

	if (command == NULL)
		return code;
	code = authd_config_load(&ctl->config, args.config_path, &ctl->err);
	if (code != EX_OK)
		return code;
	if (command->run != NULL)
		return command->run(ctl, &args);
	change = xcalloc(1, sizeof *change);
	change->command = command;
	change->args = args;
	code = changes_make(ctl, change, 1);
	change_free(change);
	free(change);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct rlimit no_core;
	struct authctl ctl = { .now = time(NULL) };
	int code;

	prctl(PR_SET_DUMPABLE, 0);
	mallopt(M_PERTURB, 1); /* what libraries free is overwritten, too */
	umask(022);            /* authd has to get into new directories */
	setrlimit(RLIMIT_CORE, &no_core);
	log_open("authctl", LOG_TARGET_STDERR);
	code = run(&ctl, argc, argv);
	flush_err(&ctl);
	if (flush_out(&ctl) != EX_OK && code == EX_OK)
		code = EX_IOERR;
	strbuf_wipe(&ctl.out);
	strbuf_free(&ctl.err);
	authd_config_free(&ctl.config);
	return code;
}
