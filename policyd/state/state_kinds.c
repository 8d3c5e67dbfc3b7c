/*
 * The kinds of what is remembered: one row each.
 */
#include "state.h"

const struct state_kind state_kinds[STATE_KINDS] = {
	[STATE_CLIENTS] = { "clients", 'c', 20, 40, false, false },
	[STATE_RATES] = { "rates", 'w', 30, 48, true, false },
	[STATE_SUSPENSIONS] = { "suspensions", 's', 5, 64, false, false },
	[STATE_PLACES] = { "places", 'p', 20, 256, true, false },
	[STATE_APP_LOGINS] = { "app_logins", 'a', 5, 64, true, false },
	[STATE_EVENTS] = { "events", 'e', 20, 160, true, true },
};
