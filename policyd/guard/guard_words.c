/*
 * What the guard knows, in words.
 */
#include <stdio.h>
#include <string.h>

#include "guard_words.h"
#include "conf.h"
#include "text.h"
#include "time_left.h"

#define OWN       "own "
#define STRANGE   "not his own "
#define LOCKED    " (was locked)"
#define LOCK_ENDS "all but his own locked, ends in "
#define ROAMS     "is usually at many places"
#define NOTHING   "no places"

#define LONG_AGO (30 * PLACES_DAY) /* that a place has been his own */
#define ROAMED   30                /* days of many places */

static const char *const count_words[] = {
	[COUNT_OWN] = "recipients from his own places ",
	[COUNT_STRANGE] = "from others ",
	[COUNT_TRIED] = "tried from others ",
};
#define COUNTS_SHOWN (sizeof count_words / sizeof count_words[0])

static void
print_list(const struct places *places, bool is_own, const char *name,
    struct strbuf *out)
{
	const char *separator = "";
	size_t n = 0;

	for (size_t i = 0; i < places->n; i++)
		n += places->list[i].is_own == is_own;
	if (n == 0)
		return;
	strbuf_adds(out, name);
	for (size_t i = 0; i < places->n; i++) {
		const struct place *place = &places->list[i];

		if (place->is_own != is_own)
			continue;
		strbuf_addf(out, "%s%.*s%s", separator, (int)place->len,
		    place->origin, place->was_locked ? LOCKED : "");
		separator = ", ";
	}
	strbuf_adds(out, "; ");
}

static void
print_tally(const struct guard_view *view, enum places_count count,
    struct strbuf *out)
{
	const struct places_tally *tally = &view->places->counts[count];

	strbuf_addf(out, "; %s%llu in 1h and %llu in 1d", count_words[count],
	    (unsigned long long)rate_window_sum(&tally->hour),
	    (unsigned long long)rate_window_sum(&tally->day));
	if (view->reserved[count] > 0)
		strbuf_addf(out, ", and %llu reserved",
		    (unsigned long long)view->reserved[count]);
}

void
guard_view_print(const struct guard_view *view, struct strbuf *out)
{
	const struct places *places = view->places;

	if (places->n == 0)
		strbuf_adds(out, NOTHING "; ");
	print_list(places, true, OWN, out);
	print_list(places, false, STRANGE, out);
	strbuf_addf(out, "habit %.0f in 1h", places_habit(places, view->now));
	for (size_t i = 0; i < COUNTS_SHOWN; i++)
		print_tally(view, (enum places_count)i, out);
	if (places->locked_until > view->now) {
		strbuf_adds(out, "; " LOCK_ENDS);
		time_left_add(out, (long)(places->locked_until - view->now));
	}
	if (places_roam(places))
		strbuf_adds(out, "; " ROAMS);
}

/* Back again. */

static bool
parse_list(struct places *places, char *text, bool is_own, time_t now)
{
	char *next;

	for (; text != NULL; text = next) {
		struct place *place;

		if (places->n == PLACES_MAX)
			return false;
		next = text_cut(text, ", ");
		place = &places->list[places->n++];
		place->was_locked = text_cut(text, LOCKED) != NULL;
		place->origin = text;
		place->len = strlen(text);
		place->is_own = is_own;
		place->first = is_own ? now - LONG_AGO : now;
		place->last = now;
		if (place->len == 0 || place->len > PLACE_NAME_MAX)
			return false;
	}
	return true;
}

/* "3 in 1h and 5 in 1d", perhaps with ", and 2 reserved". */
static bool
parse_tally(struct places_tally *tally, const char *text)
{
	unsigned long long hour, day, reserved = 0;
	int end = 0;

	if (sscanf(text, "%llu in 1h and %llu in 1d%n", &hour, &day, &end) !=
		2 ||
	    end == 0)
		return false;
	text += end;
	end = 0;
	if (*text != '\0' &&
	    (sscanf(text, ", and %llu reserved%n", &reserved, &end) != 1 ||
		text[end] != '\0'))
		return false;
	tally->hour.counts[0] = hour + reserved;
	tally->day.counts[0] = day + reserved;
	return true;
}

static bool
parse_lock(struct places *places, const char *text, time_t now)
{
	long left;

	if (conf_parse_time(text, &left) == -1)
		return false;
	places->locked_until = now + left;
	return true;
}

static bool
parse_habit(struct places *places, const char *text)
{
	int end = 0;

	return sscanf(text, "%lf in 1h%n", &places->habit, &end) == 1 &&
	    end > 0 && text[end] == '\0' && places->habit >= 0;
}

static bool
parse_part(struct places *places, char *text, time_t now)
{
	if (text_take(&text, OWN))
		return parse_list(places, text, true, now);
	if (text_take(&text, STRANGE))
		return parse_list(places, text, false, now);
	if (text_take(&text, LOCK_ENDS))
		return parse_lock(places, text, now);
	if (text_take(&text, "habit "))
		return parse_habit(places, text);
	for (size_t i = 0; i < COUNTS_SHOWN; i++)
		if (text_take(&text, count_words[i]))
			return parse_tally(&places->counts[i], text);
	if (strcmp(text, ROAMS) == 0)
		places->roamed = ROAMED;
	return strcmp(text, ROAMS) == 0 || strcmp(text, NOTHING) == 0;
}

int
places_parse(struct places *places, char *text, time_t now, struct strbuf *err)
{
	char *next;

	*places = (struct places){ .as_of = now };
	for (; text != NULL; text = next) {
		next = text_cut(text, "; ");
		if (!parse_part(places, text, now)) {
			strbuf_addf(err,
			    "\"%s\" is nothing that explain shows of a "
			    "login's places",
			    text);
			return -1;
		}
	}
	return 0;
}
