/*
 * Reply filters of DNS lists, as in postconf(5), reject_rbl_client.
 */
#include <ctype.h>
#include <string.h>

#include "dnsbl_filter.h"

#define FIELDS    4
#define VALUE_MAX 255

/* Returns the value and moves on, or -1. */
static int
parse_number(const char **at)
{
	int value = 0;

	if (!isdigit((unsigned char)**at))
		return -1;
	for (; isdigit((unsigned char)**at); (*at)++) {
		value = value * 10 + (**at - '0');
		if (value > VALUE_MAX)
			return -1;
	}
	return value;
}

static void
allow(struct dnsbl_filter *filter, int field, int from, int to)
{
	for (int value = from; value <= to; value++)
		filter->allowed[field][value / 8] |=
		    (unsigned char)(1U << value % 8);
}

/* One number, or n..m inside of brackets. */
static int
parse_values(struct dnsbl_filter *filter, int field, bool is_range_legal,
    const char **at)
{
	int from = parse_number(at), to = from;

	if (from != -1 && is_range_legal && (*at)[0] == '.' &&
	    (*at)[1] == '.') {
		*at += 2;
		to = parse_number(at);
	}
	if (from == -1 || to < from)
		return -1;
	allow(filter, field, from, to);
	return 0;
}

static int
parse_field(struct dnsbl_filter *filter, int field, const char **at)
{
	if (**at != '[')
		return parse_values(filter, field, false, at);
	do {
		++*at;
		if (parse_values(filter, field, true, at) == -1)
			return -1;
	} while (**at == ';');
	if (**at != ']')
		return -1;
	++*at;
	return 0;
}

/* Four fields, and nothing behind them but what is given as the end. */
static int
parse_fields(struct dnsbl_filter *filter, const char *at, const char *end)
{
	*filter = (struct dnsbl_filter){ 0 };
	for (int field = 0; field < FIELDS; field++) {
		if ((field > 0 && *at++ != '.') ||
		    parse_field(filter, field, &at) == -1)
			return -1;
	}
	return strcmp(at, end) == 0 ? 0 : -1;
}

int
dnsbl_filter_parse(struct dnsbl_filter *filter, const char *text,
    struct strbuf *err)
{
	if (parse_fields(filter, text, "") == 0 ||
	    (text[0] == '[' && parse_fields(filter, text + 1, "]") == 0))
		return 0;
	strbuf_addf(err,
	    "bad filter %s: give four fields as in 127.0.0.[2..11;20], "
	    "numbers from 0 to 255",
	    text);
	return -1;
}

bool
dnsbl_filter_match(const struct dnsbl_filter *filter, const struct ip *ip)
{
	if (ip_len(ip) != FIELDS)
		return false;
	for (int field = 0; field < FIELDS; field++) {
		unsigned value = ip->bytes[field];

		if (!(filter->allowed[field][value / 8] & 1U << value % 8))
			return false;
	}
	return true;
}
