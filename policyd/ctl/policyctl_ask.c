/*
 * policyctl: what the daemon is asked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "policyctl_command.h"
#include "control.h"
#include "policy.h"
#include "watch.h"
#include "watch_read.h"

#define ASK_SECONDS 100 /* as Postfix waits: smtpd_policy_service_timeout */

/* What is done, but only in memory, may be done again later. */
static int
code_of_refusal(const struct strbuf *why)
{
	return strncmp(strbuf_str(why), "not on disk", 11) == 0
	    ? EX_TEMPFAIL
	    : POLICYCTL_REFUSED;
}

int
policyctl_find(struct policyctl *ctl)
{
	if (ctl->address != NULL)
		return EX_OK;
	return control_find(policyd_params, npolicyd_params, ctl->config_path,
	    &ctl->address, &ctl->err);
}

int
policyctl_send(struct policyctl *ctl, const char *line)
{
	struct strbuf why = { 0 };
	int code = policyctl_find(ctl);

	if (code != EX_OK)
		return code;
	switch (control_ask(ctl->address, line, ASK_SECONDS, &ctl->out, &why)) {
	case 0:
		break;
	case 1:
		code = code_of_refusal(&why);
		break;
	default:
		code = EX_UNAVAILABLE;
	}
	strbuf_adds(&ctl->err, strbuf_str(&why));
	if (why.len > 0 && why.bytes[why.len - 1] != '\n')
		strbuf_addc(&ctl->err, '\n');
	strbuf_free(&why);
	return code;
}

int
policyctl_ask(struct policyctl *ctl)
{
	struct strbuf line = { 0 };
	int code;

	for (int i = 0; i < ctl->nwords; i++) {
		if (i > 0)
			strbuf_addc(&line, ' ');
		strbuf_adds(&line, ctl->words[i]);
	}
	if (ctl->wants_json)
		strbuf_adds(&line, " -j");
	if (strpbrk(strbuf_str(&line), "\r\n") != NULL) {
		strbuf_adds(&ctl->err, "a command is one line\n");
		code = EX_USAGE;
	} else {
		code = policyctl_send(ctl, strbuf_str(&line));
	}
	strbuf_free(&line);
	return code;
}

int
policyctl_watch(struct policyctl *ctl)
{
	struct strbuf events = { 0 };
	int code = EX_OK;

	for (int i = 0; i < ctl->nwords && code == EX_OK; i++) {
		if (watch_add_name(&events, ctl->words[i], &ctl->err) == -1)
			code = EX_USAGE;
	}
	if (code == EX_OK)
		code = policyctl_find(ctl);
	if (code == EX_OK)
		code = watch_read(ctl->address, strbuf_str(&events), ctl->exec,
		    &ctl->err);
	strbuf_free(&events);
	return code;
}
