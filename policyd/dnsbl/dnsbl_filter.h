#ifndef DNSBL_FILTER_H
#define DNSBL_FILTER_H

#include <stdbool.h>

#include "cidr.h"
#include "strbuf.h"

/*
 * Which answers of a list count: `d.d.d.d`, where a field is a number or
 * [n;n..m;...], as behind the '=' in reject_rbl_client zone=127.0.0.[2..11].
 */
struct dnsbl_filter {
	unsigned char allowed[4][256 / 8]; /* a bit for each value of a field */
};

/* Returns 0 or -1 with the reason in err. */
int dnsbl_filter_parse(struct dnsbl_filter *, const char *text,
    struct strbuf *err);
bool dnsbl_filter_match(const struct dnsbl_filter *, const struct ip *);

#endif
