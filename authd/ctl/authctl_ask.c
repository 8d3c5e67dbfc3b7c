/*
 * authctl ask, stats, watch, check: questions to the running daemon.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "authctl.h"
#include "control.h"
#include "control_words.h"
#include "listen_value.h"
#include "reach.h"
#include "watch.h"
#include "watch_read.h"

#define ASK_SECONDS 10
#define POSSIBLE    "login: possible\n" /* in the answer to check */
#define GREETING    "VERSION\t"         /* how authd begins with a client */

int
authctl_ask_daemon(struct authctl *ctl, const char *address, const char *prefix,
    const char *line, struct strbuf *answer)
{
	struct strbuf why = { 0 };
	int code = EX_OK;

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
		authctl_error(ctl, "%s%s", prefix, strbuf_str(&why));
	strbuf_free(&why);
	return code;
}

/* Ask authd; returns what that does, or what control_find returns. */
static int
ask(struct authctl *ctl, const struct arguments *args, const char *line,
    struct strbuf *answer)
{
	char *address;
	int code = control_find(authd_params, authd_nparams, args->config_path,
	    &address, &ctl->err);

	if (code != EX_OK)
		return code;
	code = authctl_ask_daemon(ctl, address, "", line, answer);
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

int
authctl_watch(struct authctl *ctl, const struct arguments *args)
{
	struct strbuf events = { 0 };
	char *address = NULL;
	int code = EX_OK;

	for (int i = 0; i < args->nwords && code == EX_OK; i++)
		if (watch_add_name(&events, args->words[i], &ctl->err) == -1)
			code = EX_USAGE;
	if (code == EX_OK)
		code = control_find(authd_params, authd_nparams,
		    args->config_path, &address, &ctl->err);
	if (code == EX_OK)
		code = watch_read(address, strbuf_str(&events), args->exec,
		    &ctl->err);
	strbuf_free(&events);
	free(address);
	return code;
}

/* What is wanted of listen; EX_OK also where the rest of the file is wrong. */
static int
read_listen(struct authctl *ctl, const char *path, struct listen_value *value)
{
	struct conf *conf = conf_new(authd_params, authd_nparams);
	struct conf_text text = { 0 };
	struct strbuf ignored = { 0 };
	int code = EX_OK;

	conf_read(conf, path, &ignored);
	if (conf_get(conf, NULL, "listen", false, &text, &ctl->err) == -1 ||
	    listen_value_parse(value, &text, &authd_client_defaults, &ctl->err,
		&ignored) == -1)
		code = EX_CONFIG;
	strbuf_free(&ignored);
	conf_text_free(&text);
	conf_free(conf);
	return code;
}

/* A line for each address.  Returns false when it is sure that Postfix reaches
 * none. */
static bool
add_sockets(struct strbuf *out, const struct listen_value *value)
{
	bool may_be_reached = value->count == 0;

	for (size_t i = 0; i < value->count; i++) {
		const struct listen_address *address = &value->addresses[i];
		const char *user = authd_client_defaults.owner;
		struct reach_answer answer;

		reach_by_asking(&answer, address, user, GREETING,
		    ASK_SECONDS * 1000);
		may_be_reached |= !reach_is_denied(answer.reach);
		strbuf_addf(out, "%s: ", address->text);
		if (answer.reach == REACHED)
			strbuf_addf(out, "answers %s", user);
		reach_add(out, &answer);
		strbuf_addc(out, '\n');
		reach_answer_free(&answer);
	}
	return may_be_reached;
}

/* What the answer of check comes to: a login is possible, by some mechanism. */
static int
verdict(const char *answer)
{
	if (strstr(answer, "login: unknown user\n") != NULL)
		return EX_NOUSER;
	return strstr(answer, POSSIBLE) != NULL &&
		strstr(answer, ": yes\n") != NULL
	    ? EX_OK
	    : 1;
}

/* The answer, but for a login that is possible where Postfix cannot ask. */
static int
judge(struct authctl *ctl, const char *answer, bool may_be_reached)
{
	const char *possible = strstr(answer, POSSIBLE);

	if (may_be_reached || possible == NULL) {
		strbuf_adds(&ctl->out, answer);
		return verdict(answer);
	}
	strbuf_add(&ctl->out, answer, (size_t)(possible - answer));
	strbuf_addf(&ctl->out,
	    "login: impossible: Postfix cannot ask authd, see below\n%s",
	    possible + strlen(POSSIBLE));
	return 1;
}

int
authctl_check(struct authctl *ctl, const struct arguments *args)
{
	struct strbuf line = { 0 }, answer = { 0 }, sockets = { 0 };
	struct listen_value listen = { 0 };
	int code;

	strbuf_adds(&line, "check ");
	control_word_add(&line, args->words[0]);
	code = ask(ctl, args, strbuf_str(&line), &answer);
	if (code == EX_OK)
		code = read_listen(ctl, args->config_path, &listen);
	if (code == EX_OK) {
		bool may_be_reached = add_sockets(&sockets, &listen);

		code = judge(ctl, strbuf_str(&answer), may_be_reached);
		strbuf_adds(&ctl->out, strbuf_str(&sockets));
	}
	listen_value_free(&listen);
	strbuf_free(&sockets);
	strbuf_free(&line);
	strbuf_free(&answer);
	return code;
}
