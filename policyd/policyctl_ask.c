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
#include "control_words.h"
#include "policy.h"
#include "request.h"

#define ASK_SECONDS     30
#define REFUSED         1
#define STDIN_BYTES_MAX ((size_t)256 << 20)

/* Send one line to the daemon; its answer goes to out. */
static int
send_line(struct policyctl *ctl, const char *line)
{
	struct strbuf why = { 0 };
	int code = EX_OK;

	if (ctl->address == NULL)
		code = control_find(policyd_params, npolicyd_params,
		    ctl->config_path, &ctl->address, &ctl->err);
	if (code != EX_OK)
		return code;
	switch (control_ask(ctl->address, line, ASK_SECONDS, &ctl->out, &why)) {
	case 0:
		break;
	case 1:
		code = REFUSED;
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
		code = send_line(ctl, strbuf_str(&line));
	}
	strbuf_free(&line);
	return code;
}

static void
begin_explain(struct strbuf *line, const struct policyctl *ctl)
{
	strbuf_truncate(line, 0);
	strbuf_adds(line, ctl->wants_json ? "explain -j" : "explain");
}

static void
add_word(struct strbuf *line, const char *word)
{
	strbuf_addc(line, ' ');
	control_word_add(line, word);
}

/* Send the question that line holds by now; frees it. */
static int
end_explain(struct policyctl *ctl, struct strbuf *line)
{
	int code = send_line(ctl, line->bytes);

	strbuf_free(line);
	return code == REFUSED ? EX_USAGE : code; /* it is no request */
}

/* What a request has, without the attributes that nobody knows. */
static int
explain_request(struct policyctl *ctl, const struct request *request)
{
	struct strbuf line = { 0 }, attribute = { 0 };
	const char *name;

	begin_explain(&line, ctl);
	for (size_t i = 0; (name = request_attribute_name(i)) != NULL; i++) {
		strbuf_truncate(&attribute, 0);
		strbuf_addf(&attribute, "%s=%s", name,
		    request_attribute_value(request, i));
		add_word(&line, attribute.bytes);
	}
	strbuf_free(&attribute);
	return end_explain(ctl, &line);
}

/* All of standard input, and an empty line.
 * Returns 0, or -1 with the reason in err. */
static int
read_stdin(struct strbuf *text, struct strbuf *err)
{
	char bytes[65536];
	size_t n;

	while ((n = fread(bytes, 1, sizeof(bytes), stdin)) > 0) {
		strbuf_add(text, bytes, n);
		if (text->len > STDIN_BYTES_MAX) {
			strbuf_adds(err, "standard input is too long\n");
			return -1;
		}
	}
	if (ferror(stdin)) {
		strbuf_addf(err, "read standard input: %s\n", strerror(errno));
		return -1;
	}
	strbuf_adds(text, "\n\n");
	return 0;
}

/* Take the next request of text, at *pos.
 * Returns 1, 0 when there is no other, -1 with the reason in err. */
static int
next_request(struct request *request, struct strbuf *text, size_t *pos,
    struct strbuf *err)
{
	ssize_t len;

	*pos += strspn(text->bytes + *pos, "\r\n");
	if (*pos == text->len)
		return 0;
	len = request_parse(request, text->bytes + *pos, text->len - *pos, err);
	if (len == -1)
		return -1;
	*pos += (size_t)len;
	return 1;
}

/* Requests as Postfix sends them: each ends with an empty line. */
static int
explain_stdin(struct policyctl *ctl)
{
	struct strbuf text = { 0 };
	struct request request;
	size_t pos = 0;
	int code = EX_OK, first = EX_OK, more;

	if (read_stdin(&text, &ctl->err) == -1) {
		strbuf_free(&text);
		return EX_DATAERR;
	}
	while ((more = next_request(&request, &text, &pos, &ctl->err)) == 1) {
		if (ctl->out.len > 0 && !ctl->wants_json)
			strbuf_addc(&ctl->out, '\n');
		code = explain_request(ctl, &request);
		if (first == EX_OK)
			first = code;
		if (code == EX_UNAVAILABLE)
			break;
	}
	if (more == -1)
		strbuf_addc(&ctl->err, '\n');
	strbuf_free(&text);
	return first == EX_OK && more == -1 ? EX_DATAERR : first;
}

int
policyctl_explain(struct policyctl *ctl)
{
	struct strbuf line = { 0 };

	if (ctl->from_stdin == (ctl->nwords > 0)) {
		strbuf_addf(&ctl->err,
		    "usage: %s explain {NAME=VALUE ... | --stdin} [-j]\n",
		    program_invocation_short_name);
		return EX_USAGE;
	}
	if (ctl->from_stdin)
		return explain_stdin(ctl);
	begin_explain(&line, ctl);
	for (int i = 0; i < ctl->nwords; i++)
		add_word(&line, ctl->words[i]);
	return end_explain(ctl, &line);
}
