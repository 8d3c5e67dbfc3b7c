/*
 * authctl ask, stats, check: questions to the running daemon.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "authctl.h"
#include "control.h"
#include "control_words.h"

#define ASK_SECONDS 10

/* Put the answer in out.  Returns EX_OK, 1 when the daemon says no to the
 * question itself, EX_UNAVAILABLE when it does not answer, or what
 * control_find returns. */
static int
ask(struct authctl *ctl, const struct arguments *args, const char *line,
    struct strbuf *answer)
{
	char *address;
	struct strbuf why = { 0 };
	int code = control_find(authd_params, authd_nparams, args->config_path,
	    &address, &ctl->err);

	if (code != EX_OK)
		return code;
	switch (control_ask(address, line, ASK_SECONDS, answer, &why)) {
	case 0:
		break;
	case 1:
		code = 1;
		break;
	default:
		code = EX_UNAVAILABLE;
	}
	if (code != EX_OK)
		authctl_error(ctl, "%s", strbuf_str(&why));
	strbuf_free(&why);
	free(address);
	return code;
}

int
authctl_ask(struct authctl *ctl, const struct arguments *args)
{
	struct strbuf line = { 0 };
	int code;

	for (int i = 0; i < args->nwords; i++)
		strbuf_addf(&line, "%s%s", i > 0 ? " " : "", args->words[i]);
	code = ask(ctl, args, strbuf_str(&line), &ctl->out);
	strbuf_free(&line);
	return code;
}

int
authctl_stats(struct authctl *ctl, const struct arguments *args)
{
	bool as_json = (args->given & OPTION_JSON) != 0;

	return ask(ctl, args, as_json ? "stats -j" : "stats", &ctl->out);
}

/* What the answer of check comes to: a login is possible, by some mechanism. */
static int
verdict(const char *answer)
{
	if (strstr(answer, "login: unknown user\n") != NULL)
		return EX_NOUSER;
	return strstr(answer, "login: possible\n") != NULL &&
		strstr(answer, ": yes\n") != NULL
	    ? EX_OK
	    : 1;
}

int
authctl_check(struct authctl *ctl, const struct arguments *args)
{
	struct strbuf line = { 0 }, answer = { 0 };
	int code;

	strbuf_adds(&line, "check ");
	control_word_add(&line, args->words[0]);
	code = ask(ctl, args, strbuf_str(&line), &answer);
	strbuf_adds(&ctl->out, strbuf_str(&answer));
	if (code == EX_OK)
		code = verdict(strbuf_str(&answer));
	strbuf_free(&line);
	strbuf_free(&answer);
	return code;
}
