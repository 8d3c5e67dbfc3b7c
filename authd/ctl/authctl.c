/*
 * authctl: the users of authd, and questions to it.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "authctl.h"
#include "authctl_change.h"
#include "clock.h"
#include "log.h"
#include "mem.h"

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
	if ((command->options & ASKS_ONLY) == 0)
		code = authd_config_load(&ctl->config, args.config_path,
		    &ctl->err);
	if (code != EX_OK)
		return code;
	if (command->run != NULL)
		return command->run(ctl, &args);
	change = xcalloc(1, sizeof *change);
	change->command = command;
	change->args = args;
	code = change_prepare(ctl, change);
	if (code == EX_OK)
		code = changes_make(ctl, change, 1);
	if (code == EX_OK)
		code = changes_tell(ctl, change, 1);
	change_free(change);
	free(change);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct rlimit no_core;
	struct authctl ctl = { .now = clock_now() };
	int code;

	prctl(PR_SET_DUMPABLE, 0);
	mallopt(M_PERTURB, 1); /* what libraries free is overwritten, too */
	umask(022);            /* authd has to get into new directories */
	setrlimit(RLIMIT_CORE, &no_core);
	log_open(program_invocation_short_name, LOG_TARGET_STDERR);
	code = run(&ctl, argc, argv);
	authctl_write_errors(&ctl);
	if (authctl_write(&ctl) != EX_OK && code == EX_OK)
		code = EX_IOERR;
	strbuf_wipe(&ctl.out);
	strbuf_free(&ctl.err);
	authd_config_free(&ctl.config);
	return code;
}
