/*
 * Verdicts and what comes with them.
 */
#include "action.h"

static const char *const verdict_names[] = {
	[VERDICT_DUNNO] = "dunno",
	[VERDICT_PERMIT] = "permit",
	[VERDICT_REJECT] = "reject",
	[VERDICT_DEFER_IF_PERMIT] = "defer_if_permit",
	[VERDICT_DEFER_IF_REJECT] = "defer_if_reject",
	[VERDICT_WAITING] = "waiting",
};

static const char *const effect_names[] = {
	[EFFECT_NONE] = "",
	[EFFECT_DISCARD] = "DISCARD",
	[EFFECT_REDIRECT] = "REDIRECT",
	[EFFECT_HOLD] = "HOLD",
	[EFFECT_FILTER] = "FILTER",
	[EFFECT_BCC] = "BCC",
	[EFFECT_PREPEND] = "PREPEND",
};

const char *
verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

const char *
effect_name(enum effect effect)
{
	return effect_names[effect];
}

bool
effect_wins(enum effect effect, enum effect before)
{
	return before == EFFECT_NONE || effect == EFFECT_DISCARD ||
	    (effect == EFFECT_HOLD && before != EFFECT_HOLD);
}

void
effect_add_answer(struct strbuf *out, enum effect effect, const char *text)
{
	strbuf_adds(out, effect_name(effect));
	if (text[0] == '\0')
		return;
	strbuf_addc(out, ' ');
	reply_add_printable(out, text);
}

enum verdict
action_reject(struct action *action, int code, const char *dsn,
    struct subject subject, const char *text)
{
	reply_set(&action->reply, code, dsn, subject, text);
	return VERDICT_REJECT;
}

enum verdict
action_defer_if_permit(struct action *action, const char *dsn,
    struct subject subject, const char *text)
{
	reply_set(&action->reply, 450, dsn, subject, text);
	return VERDICT_DEFER_IF_PERMIT;
}

enum verdict
action_defer_if_reject(struct action *action, const char *dsn,
    struct subject subject, const char *text)
{
	reply_set(&action->reply, 450, dsn, subject, text);
	return VERDICT_DEFER_IF_REJECT;
}

enum verdict
action_fault(struct action *action)
{
	action->is_fault = true;
	return action_reject(action, 451, "4.3.5",
	    (struct subject){ REPLY_PLAIN, "" }, "Server configuration error");
}

enum verdict
action_lookup_failure(struct action *action, struct arena *arena,
    const char *name)
{
	action->is_fault = true;
	return action_reject(action, 451, "4.3.0",
	    (struct subject){ REPLY_PLAIN, "" },
	    arena_printf(arena, "<%s>: Temporary lookup failure", name));
}
