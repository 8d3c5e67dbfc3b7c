/*
 * Places as bytes and in time.
 */
#include <string.h>

#include "places.h"

#define FORMAT           1
#define LOW_BITS         0x7f
#define MORE             0x80
#define BITS_LAST        63
#define UNITS            100  /* of one, in numbers that are not whole */
#define FADE             0.98 /* what a day leaves of habits */
#define SETTLING_SECONDS (12L * 3600) /* until an hour is part of the habit */
#define USE_SECONDS      600          /* between uses that are written down */
#define DAYS_MAX         1000         /* after so many nothing is left */
#define ROAMING_PLACES   3            /* of a day on which one roams */
#define ROAMING_DAYS     1.5          /* that make it usual */

enum place_flag {
	FLAG_OWN = 1 << 0,
	FLAG_LOCKED = 1 << 1,
};

void
places_init(struct places *places)
{
	memset(places, 0, offsetof(struct places, list));
	places->tried.n = places->strange.n = 0;
}

/* Numbers, seven bits to a byte. */

static char *
put_number(char *out, uint64_t number)
{
	for (; number > LOW_BITS; number >>= 7)
		*out++ = (char)(MORE | (number & LOW_BITS));
	*out++ = (char)number;
	return out;
}

static char *
put_bytes(char *out, const char *bytes, size_t len)
{
	out = put_number(out, len);
	memcpy(out, bytes, len);
	return out + len;
}

/* What is read; at the end of it once it was no value of ours. */
struct reading {
	const char *at, *end;
	bool is_wrong;
};

static void
fail(struct reading *in)
{
	in->at = in->end;
	in->is_wrong = true;
}

static uint64_t
get_large_number(struct reading *in)
{
	uint64_t number = 0;

	for (unsigned shift = 0; in->at < in->end && shift <= BITS_LAST;
	     shift += 7) {
		unsigned char byte = (unsigned char)*in->at++;

		number |= (uint64_t)(byte & LOW_BITS) << shift;
		if ((byte & MORE) == 0)
			return number;
	}
	fail(in);
	return 0;
}

/* Most are small. */
static inline uint64_t
get_number(struct reading *in)
{
	if (in->at < in->end && (*in->at & MORE) == 0)
		return (unsigned char)*in->at++;
	return get_large_number(in);
}

static const char *
get_bytes(struct reading *in, size_t *len)
{
	const char *bytes = in->at;

	*len = get_number(in);
	if (*len > (size_t)(in->end - in->at)) {
		fail(in);
		*len = 0;
		return bytes;
	}
	bytes = in->at;
	in->at += *len;
	return bytes;
}

static char *
put_window(char *out, const struct rate_window *window)
{
	char bytes[RATE_WINDOW_BYTES_MAX];
	size_t len = rate_window_encode(window, bytes);

	return put_bytes(out, bytes, len);
}

/* Of most logins most are empty. */
static void
get_window(struct reading *in, struct rate_window *window)
{
	size_t len;
	const char *bytes = get_bytes(in, &len);

	if (len > 0 && !rate_window_decode(window, bytes, len))
		fail(in);
}

/* What was counted in the hour was in the day, too. */
static bool
is_empty(const struct places_tally *tally)
{
	static const struct rate_window empty;

	return memcmp(&tally->day, &empty, sizeof empty) == 0;
}

static char *
put_tally(char *out, const struct places_tally *tally)
{
	if (is_empty(tally))
		return put_number(put_number(out, 0), 0);
	return put_window(put_window(out, &tally->hour), &tally->day);
}

static char *
put_place(char *out, struct place *place)
{
	out = put_bytes(out, place->origin, place->len);
	place->origin = out - place->len;
	out = put_number(out, (uint64_t)place->first);
	out = put_number(out, (uint64_t)(place->last - place->first));
	return put_number(out,
	    (place->is_own ? FLAG_OWN : 0) |
		(place->was_locked ? FLAG_LOCKED : 0));
}

static void
get_place(struct reading *in, struct place *place)
{
	uint64_t flags;

	place->origin = get_bytes(in, &place->len);
	place->first = (time_t)get_number(in);
	place->last = place->first + (time_t)get_number(in);
	flags = get_number(in);
	place->is_own = (flags & FLAG_OWN) != 0;
	place->was_locked = (flags & FLAG_LOCKED) != 0;
}

static char *
put_busy_hour(char *out, const struct busy_hour *hour)
{
	out = put_number(out, hour->accepted);
	return put_number(out, (uint64_t)hour->at);
}

static void
get_busy_hour(struct reading *in, struct busy_hour *hour)
{
	hour->accepted = (unsigned)get_number(in);
	hour->at = (time_t)get_number(in);
}

static void
cut(double *number)
{
	*number = (double)(uint64_t)(*number * UNITS) / UNITS;
}

void
places_settle(struct places *places)
{
	cut(&places->habit);
	cut(&places->roamed);
}

/* What is cut already is near to so many units. */
static uint64_t
units(double number)
{
	return (uint64_t)(number * UNITS + 0.5);
}

size_t
places_encode(struct places *places, char *out)
{
	const char *begin = out;

	out = put_number(out, FORMAT);
	out = put_number(out, (uint64_t)places->as_of);
	out = put_number(out, (uint64_t)places->locked_until);
	out = put_number(out, units(places->habit));
	out = put_number(out, units(places->roamed));
	out = put_busy_hour(out, &places->yesterday);
	out = put_busy_hour(out, &places->today);
	out = put_number(out, places->in_hour);
	for (size_t i = 0; i < PLACES_COUNTS; i++)
		out = put_tally(out, &places->counts[i]);
	out = recent_encode(&places->strange, out);
	out = recent_encode(&places->tried, out);
	out = put_number(out, places->n);
	for (size_t i = 0; i < places->n; i++)
		out = put_place(out, &places->list[i]);
	return (size_t)(out - begin);
}

void
places_rebase(struct places *places, const char *bytes, const char *copy)
{
	for (size_t i = 0; i < places->n; i++) {
		struct place *place = &places->list[i];

		place->origin = copy + (place->origin - bytes);
	}
}

static void
get_recent(struct reading *in, struct recent *recent)
{
	const char *behind = recent_decode(recent, in->at, in->end);

	if (behind == NULL)
		fail(in);
	else
		in->at = behind;
}

bool
places_decode(struct places *places, const char *bytes, size_t len)
{
	struct reading in = { .at = bytes, .end = bytes + len };

	if (get_number(&in) != FORMAT)
		return false;
	places->as_of = (time_t)get_number(&in);
	places->locked_until = (time_t)get_number(&in);
	places->habit = (double)get_number(&in) / UNITS;
	places->roamed = (double)get_number(&in) / UNITS;
	get_busy_hour(&in, &places->yesterday);
	get_busy_hour(&in, &places->today);
	places->in_hour = (unsigned)get_number(&in);
	for (size_t i = 0; i < PLACES_COUNTS; i++) {
		get_window(&in, &places->counts[i].hour);
		get_window(&in, &places->counts[i].day);
	}
	get_recent(&in, &places->strange);
	get_recent(&in, &places->tried);
	places->n = get_number(&in);
	if (places->n > PLACES_MAX)
		return false;
	for (size_t i = 0; i < places->n; i++)
		get_place(&in, &places->list[i]);
	return in.at == in.end && !in.is_wrong;
}

/* Time. */

/* Whether the day that ends was one of many places. */
static bool
is_roaming_day(const struct places *places)
{
	long day = places->as_of / PLACES_DAY;
	unsigned n = 0;

	for (size_t i = 0; i < places->n; i++)
		if (!places->list[i].is_own &&
		    places->list[i].last / PLACES_DAY == day)
			n++;
	return n >= ROAMING_PLACES;
}

static double
larger(double a, double b)
{
	return a > b ? a : b;
}

static void
end_day(struct places *places, bool has_roamed)
{
	places->roamed = (places->roamed + has_roamed) * FADE;
	places->habit =
	    larger(places->habit, places->yesterday.accepted) * FADE;
	places->yesterday = places->today;
	places->today = (struct busy_hour){ 0 };
}

static void
move_counts(struct places *places, time_t now)
{
	for (size_t i = 0; i < PLACES_COUNTS; i++) {
		rate_window_move(&places->counts[i].hour, PLACES_HOUR,
		    places->as_of, now);
		rate_window_move(&places->counts[i].day, PLACES_DAY,
		    places->as_of, now);
	}
	recent_move(&places->strange, PLACES_HOUR, places->as_of, now);
	recent_move(&places->tried, PLACES_DAY, places->as_of, now);
}

static time_t
earlier(time_t a, time_t b)
{
	return a < b ? a : b;
}

/* The clock was: nothing lasts longer for that. */
static void
set_back(struct places *places, time_t now)
{
	places->locked_until -= places->as_of - now;
	places->yesterday.at = earlier(places->yesterday.at, now);
	places->today.at = earlier(places->today.at, now);
	for (size_t i = 0; i < places->n; i++) {
		struct place *place = &places->list[i];

		place->first = earlier(place->first, now);
		place->last = earlier(place->last, now);
	}
}

/* What is counted by the parts of an hour, or of a day. */
static void
end_part(struct places *places, time_t now)
{
	long days = now / PLACES_DAY - places->as_of / PLACES_DAY;

	move_counts(places, now);
	if (days > DAYS_MAX)
		days = DAYS_MAX;
	for (long i = 0; i < days; i++)
		end_day(places, i == 0 && is_roaming_day(places));
	if (now / PLACES_HOUR != places->as_of / PLACES_HOUR)
		places->in_hour = 0;
}

static void
forget_places(struct places *places, time_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < places->n; i++) {
		if (now - places->list[i].last >= PLACE_LIFE)
			continue;
		if (kept != i)
			places->list[kept] = places->list[i];
		kept++;
	}
	places->n = kept;
}

void
places_move(struct places *places, time_t now)
{
	if (now == places->as_of)
		return;
	if (rate_window_part(PLACES_HOUR, now) !=
	    rate_window_part(PLACES_HOUR, places->as_of))
		end_part(places, now);
	forget_places(places, now);
	if (now < places->as_of)
		set_back(places, now);
	if (places->locked_until <= now)
		places->locked_until = 0;
	places->as_of = now;
}

double
places_habit(const struct places *places, time_t now)
{
	bool is_settled = now - places->yesterday.at >= SETTLING_SECONDS;

	return is_settled ? larger(places->habit, places->yesterday.accepted)
			  : places->habit;
}

bool
places_roam(const struct places *places)
{
	return places->roamed >= ROAMING_DAYS;
}

/* Places. */

static size_t
name_len(const char *origin)
{
	return strnlen(origin, PLACE_NAME_MAX);
}

uint32_t
place_hash(const char *origin)
{
	return recent_hash(origin);
}

/* n: there is none. */
static size_t
find_place(const struct places *places, const char *origin)
{
	size_t i = 0, len = name_len(origin);

	while (i < places->n &&
	    (places->list[i].len != len ||
		memcmp(places->list[i].origin, origin, len) != 0))
		i++;
	return i;
}

const struct place *
places_find(const struct places *places, const char *origin)
{
	size_t i = find_place(places, origin);

	return i == places->n ? NULL : &places->list[i];
}

/* Which of two goes when there is no room: what is not his own, what was used
 * longer ago. */
static bool
goes_before(const struct place *a, const struct place *b)
{
	if (a->is_own != b->is_own)
		return b->is_own;
	return a->last < b->last;
}

static struct place *
add_place(struct places *places, const char *origin, time_t now)
{
	struct place *place = &places->list[0];

	if (places->n < PLACES_MAX)
		place = &places->list[places->n++];
	else
		for (size_t i = 1; i < PLACES_MAX; i++)
			if (goes_before(&places->list[i], place))
				place = &places->list[i];
	*place = (struct place){
		.origin = origin,
		.len = name_len(origin),
		.first = now,
		.last = now,
		.was_locked = places->locked_until > now,
	};
	return place;
}

/* Of a place that is there. */
static void
use_place(struct place *place, time_t now)
{
	if (now - place->first > PLACE_LIFE)
		place->first = place->last;
	place->last = now;
	if (!place->was_locked && now - place->first >= PLACE_APART &&
	    now / PLACES_DAY != place->first / PLACES_DAY)
		place->is_own = true;
}

bool
places_use(struct places *places, const char *origin, time_t now,
    bool is_written)
{
	size_t i = find_place(places, origin);
	bool is_first = places->n == 0;
	struct place used;

	if (i == places->n) {
		add_place(places, origin, now)->is_own = is_first;
		return true;
	}
	used = places->list[i];
	use_place(&used, now);
	is_written |= used.is_own != places->list[i].is_own ||
	    now - places->list[i].last >= USE_SECONDS ||
	    now / PLACES_DAY != places->list[i].last / PLACES_DAY;
	if (is_written)
		places->list[i] = used;
	return is_written;
}

bool
places_try(struct places *places, const char *origin, uint32_t recipient,
    bool has_passed, time_t now)
{
	bool is_again = recent_has(&places->tried, recipient);
	bool is_new_place = (has_passed || !is_again) &&
	    recent_meet(&places->strange, place_hash(origin), PLACES_HOUR, now);

	if (is_again)
		return is_new_place;
	recent_meet(&places->tried, recipient, PLACES_DAY, now);
	places->counts[COUNT_TRIED].hour.counts[0]++;
	places->counts[COUNT_TRIED].day.counts[0]++;
	return true;
}

void
places_add(struct places *places, enum places_count which, uint64_t amount,
    time_t now)
{
	places->counts[which].hour.counts[0] += amount;
	places->counts[which].day.counts[0] += amount;
	if (which == COUNT_HELD)
		return;
	places->in_hour += (unsigned)amount;
	if (places->in_hour > places->today.accepted)
		places->today = (struct busy_hour){ places->in_hour, now };
}

void
places_lock(struct places *places, time_t until)
{
	places->locked_until = until;
	for (size_t i = 0; i < places->n; i++)
		if (!places->list[i].is_own)
			places->list[i].was_locked = true;
}

void
places_resume(struct places *places)
{
	places->locked_until = 0;
	for (size_t i = 0; i < places->n; i++)
		places->list[i].was_locked = false;
	places->counts[COUNT_STRANGE] = (struct places_tally){ 0 };
	places->counts[COUNT_TRIED] = (struct places_tally){ 0 };
	places->tried.n = 0;
	places->strange.n = 0;
}
