/*
 * policyctl explain: requests as they are typed, sent by Postfix, or told of
 * in its log.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "policyctl_command.h"
#include "control_words.h"
#include "mail_log.h"
#include "request.h"

#define STDIN_BYTES_MAX ((size_t)256 << 20)

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
	int code = policyctl_send(ctl, line->bytes);

	strbuf_free(line);
	return code == POLICYCTL_REFUSED ? EX_USAGE
					 : code; /* it is no request */
}

/* The first failure counts, but that nobody can be asked ends it. */
static int
worst(int before, int code)
{
	return before == EX_OK || code == EX_UNAVAILABLE ? code : before;
}

/* What a request has, without the attributes that nobody knows. */
static int
explain_request(struct policyctl *ctl, const struct request *request)
{
	struct strbuf line = { 0 }, attribute = { 0 };
	const char *name;

	if (ctl->out.len > 0 && !ctl->wants_json)
		strbuf_addc(&ctl->out, '\n');
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

int
policyctl_read_stdin(struct strbuf *text, struct strbuf *err)
{
	char bytes[65536];
	size_t n;

	while ((n = fread(bytes, 1, sizeof bytes, stdin)) > 0) {
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
explain_requests(struct policyctl *ctl, struct strbuf *text)
{
	struct request request;
	size_t pos = 0;
	int code = EX_OK, more;

	strbuf_adds(text, "\n\n"); /* the last one may lack its end */
	while (code != EX_UNAVAILABLE &&
	    (more = next_request(&request, text, &pos, &ctl->err)) != 0) {
		if (more == -1) {
			strbuf_addc(&ctl->err, '\n');
			return code != EX_OK ? code : EX_DATAERR;
		}
		code = worst(code, explain_request(ctl, &request));
	}
	return code;
}

/* One line of the mail log; number: 0 for the only one. */
static int
explain_line(struct policyctl *ctl, char *line, size_t number)
{
	struct request request;
	struct strbuf why = { 0 };
	int code = EX_DATAERR;

	if (mail_log_parse(&request, line, &why) == 0)
		code = explain_request(ctl, &request);
	else if (number > 0)
		strbuf_addf(&ctl->err, "line %zu: %s\n", number, why.bytes);
	else
		strbuf_addf(&ctl->err, "%s\n", why.bytes);
	strbuf_free(&why);
	return code;
}

static int
explain_lines(struct policyctl *ctl, struct strbuf *text)
{
	char *rest = text->bytes, *line;
	size_t number = 0;
	int code = EX_OK;

	while (code != EX_UNAVAILABLE && (line = strsep(&rest, "\n")) != NULL) {
		number++;
		if (line[strspn(line, " \t\r")] != '\0')
			code = worst(code, explain_line(ctl, line, number));
	}
	return code;
}

static int
explain_stdin(struct policyctl *ctl,
    int (*explain)(struct policyctl *, struct strbuf *text))
{
	struct strbuf text = { 0 };
	int code = EX_DATAERR;

	if (policyctl_read_stdin(&text, &ctl->err) == 0)
		code = explain(ctl, &text);
	strbuf_free(&text);
	return code;
}

static int
explain_words(struct policyctl *ctl)
{
	struct strbuf line = { 0 };

	begin_explain(&line, ctl);
	for (int i = 0; i < ctl->nwords; i++)
		add_word(&line, ctl->words[i]);
	return end_explain(ctl, &line);
}

int
policyctl_explain(struct policyctl *ctl)
{
	if (ctl->from_log && !ctl->from_stdin && ctl->nwords <= 1)
		return ctl->nwords == 1 ? explain_line(ctl, ctl->words[0], 0)
					: explain_stdin(ctl, explain_lines);
	if (ctl->from_stdin && !ctl->from_log && ctl->nwords == 0)
		return explain_stdin(ctl, explain_requests);
	if (!ctl->from_stdin && !ctl->from_log && ctl->nwords > 0)
		return explain_words(ctl);
	strbuf_addf(&ctl->err,
	    "usage: %s explain {NAME=VALUE ... | --stdin | --log ['LINE']} "
	    "[-j]\n",
	    program_invocation_short_name);
	return EX_USAGE;
}
