/*
 * policyctl rates: what was counted, and its reset.
 */
#include <string.h>
#include <sysexits.h>

#include "policyctl_command.h"
#include "control_words.h"

static int
send_words(struct policyctl *ctl, const char *command, const char *value)
{
	struct strbuf line = { 0 };
	int code;

	strbuf_adds(&line, command);
	if (ctl->wants_json)
		strbuf_adds(&line, " -j");
	if (ctl->top != NULL) {
		strbuf_adds(&line, " --top ");
		control_word_add(&line, ctl->top);
	}
	if (value != NULL) {
		strbuf_addc(&line, ' ');
		control_word_add(&line, value);
	}
	code = policyctl_send(ctl, strbuf_str(&line));
	strbuf_free(&line);
	return code;
}

/* Whether it is a number above 0. */
static bool
is_number(const char *word)
{
	return word[strspn(word, "0123456789")] == '\0' &&
	    word[strspn(word, "0")] != '\0';
}

int
policyctl_rates(struct policyctl *ctl)
{
	bool resets = ctl->nwords > 0 && strcmp(ctl->words[0], "reset") == 0;

	if (ctl->top != NULL && !is_number(ctl->top)) {
		strbuf_adds(&ctl->err, "--top needs a number\n");
		return EX_USAGE;
	}
	if (!resets && ctl->nwords < 2)
		return send_words(ctl, "rates", ctl->words[0]);
	if (resets && ctl->nwords == 2 && ctl->top == NULL && !ctl->wants_json)
		return send_words(ctl, "reset-rates", ctl->words[1]);
	strbuf_adds(&ctl->err,
	    "rates [VALUE] [--top N] [-j], or rates reset "
	    "VALUE\n");
	return EX_USAGE;
}
