/*
 * The parser of DNS replies (RFC 1035, 4; RFC 2308 for negative answers).
 * A reply is walked twice: once to see how much room its records take, once
 * to fill it, so that an answer is one block of memory.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dns_message.h"
#include "mem.h"

#define HEADER_LEN      12
#define RCODE_NOERROR   0
#define RCODE_NXDOMAIN  3
#define CLASS_IN        1
#define TYPE_CNAME      5
#define TYPE_SOA        6
#define NAME_MAX_LEN    255        /* as text, without the root's dot */
#define POINTERS_MAX    126        /* more cannot be in a legal name */
#define TTL_MAX         0x7fffffff /* RFC 2181, 8: above it means 0 */
#define TTL_WITHOUT_SOA 5          /* of a negative answer that does not say */

struct message {
	const unsigned char *bytes;
	size_t len;
	size_t at; /* where the next byte is read */
};

/* The fixed part of a resource record, and where its data lies. */
struct rr {
	unsigned type;
	unsigned rclass;
	unsigned ttl;
	size_t data;
	size_t len;
};

/* Where the records of a walk go: counted only while records is NULL. */
struct collector {
	struct dns_record *records;
	char *text;
	size_t nrecords;
	size_t ntext;
	bool has_malformed_record;
	bool has_malformed_alias;
	unsigned ttl;
};

static int
read_u16(struct message *m, unsigned *value)
{
	if (m->len - m->at < 2)
		return -1;
	*value = (unsigned)m->bytes[m->at] << 8 | m->bytes[m->at + 1];
	m->at += 2;
	return 0;
}

static int
read_u32(struct message *m, unsigned *value)
{
	unsigned high, low;

	if (read_u16(m, &high) == -1 || read_u16(m, &low) == -1)
		return -1;
	*value = high << 16 | low;
	return 0;
}

/*
 * Read a name, following compression pointers, into out (NUL-terminated, no
 * trailing dot); a byte that is no part of a host name's text becomes '?', so
 * that no label can look like two.  Returns 0 or -1.
 */
static int
read_name(struct message *m, char out[NAME_MAX_LEN + 1])
{
	size_t at = m->at, len = 0;
	unsigned pointers = 0;

	for (;;) {
		unsigned label;

		if (at >= m->len)
			return -1;
		label = m->bytes[at++];
		if (label >= 0xc0) {
			if (at >= m->len || ++pointers > POINTERS_MAX)
				return -1;
			if (pointers == 1)
				m->at = at + 1;
			at = (label & 0x3f) << 8 | m->bytes[at];
			continue;
		}
		if (label == 0)
			break;
		if (label > 63 || label > m->len - at ||
		    len + label + 1 > NAME_MAX_LEN)
			return -1;
		if (len > 0)
			out[len++] = '.';
		for (; label > 0; label--, at++) {
			unsigned char c = m->bytes[at];

			out[len++] =
			    c > 0x20 && c < 0x7f && c != '.' ? (char)c : '?';
		}
	}
	out[len] = '\0';
	if (pointers == 0)
		m->at = at;
	return 0;
}

static int
skip_name(struct message *m)
{
	char name[NAME_MAX_LEN + 1];

	return read_name(m, name);
}

/* Read the head of a record and move behind the whole of it. */
static int
read_rr(struct message *m, struct rr *rr)
{
	unsigned len;

	if (skip_name(m) == -1 || read_u16(m, &rr->type) == -1 ||
	    read_u16(m, &rr->rclass) == -1 || read_u32(m, &rr->ttl) == -1 ||
	    read_u16(m, &len) == -1 || len > m->len - m->at)
		return -1;
	if (rr->ttl > TTL_MAX)
		rr->ttl = 0;
	rr->data = m->at;
	rr->len = len;
	m->at += len;
	return 0;
}

/*
 * Whether a host may have the name: labels of 1 to 63 letters, digits, '-'
 * (not at an end) and '_'; not digits and dots alone, but for an IPv4 address.
 */
static bool
is_host_name(const char *name)
{
	size_t label = 0, len = strlen(name);
	bool has_other_than_digits = false;
	struct ip ip;

	if (len == 0 || len > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i <= len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c == '.' || c == '\0') {
			if (label == 0 || label > 63 || name[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!(c < 0x80 && isalnum(c)) && c != '_' && c != '-')
			return false;
		if (c == '-' && label == 0)
			return false;
		if (!isdigit(c))
			has_other_than_digits = true;
		label++;
	}
	return has_other_than_digits || ip_parse(&ip, name);
}

static struct dns_record *
collect(struct collector *c)
{
	static struct dns_record counted_only;

	if (c->records == NULL) {
		c->nrecords++;
		return &counted_only;
	}
	return &c->records[c->nrecords++];
}

static const char *
collect_text(struct collector *c, const void *text, size_t len)
{
	char *to;

	if (c->records == NULL) {
		c->ntext += len + 1;
		return NULL;
	}
	to = c->text + c->ntext;
	c->ntext += len + 1;
	memcpy(to, text, len);
	to[len] = '\0';
	return to;
}

static int
collect_address(const struct message *m, const struct rr *rr, int family,
    size_t len, struct collector *c)
{
	struct dns_record *record;

	if (rr->len != len)
		return -1;
	record = collect(c);
	record->ip.family = family;
	memcpy(record->ip.bytes, m->bytes + rr->data, len);
	return 0;
}

static int
collect_name(const struct message *m, const struct rr *rr, struct collector *c)
{
	struct message data = { m->bytes, rr->data + rr->len, rr->data };
	char name[NAME_MAX_LEN + 1];
	struct dns_record *record;
	unsigned preference = 0;

	if (rr->type == DNS_MX && read_u16(&data, &preference) == -1)
		return -1;
	if (read_name(&data, name) == -1)
		return -1;
	/* An MX of "." says that the domain takes no mail (RFC 7505). */
	if (!is_host_name(name) && !(rr->type == DNS_MX && *name == '\0')) {
		c->has_malformed_record = true;
		return 0;
	}
	record = collect(c);
	record->preference = preference;
	record->name = collect_text(c, name, strlen(name));
	return 0;
}

static int
collect_txt(const struct message *m, const struct rr *rr, struct collector *c)
{
	struct dns_record *record;
	size_t len;

	if (rr->len < 1)
		return -1;
	len = m->bytes[rr->data];
	if (len > rr->len - 1)
		return -1;
	record = collect(c);
	record->textlen = len;
	record->text = collect_text(c, m->bytes + rr->data + 1, len);
	return 0;
}

static int
collect_record(const struct message *m, const struct rr *rr,
    struct collector *c)
{
	switch ((enum dns_type)rr->type) {
	case DNS_A:
		return collect_address(m, rr, AF_INET, 4, c);
	case DNS_AAAA:
		return collect_address(m, rr, AF_INET6, 16, c);
	case DNS_NS:
	case DNS_PTR:
	case DNS_MX:
		return collect_name(m, rr, c);
	case DNS_TXT:
		return collect_txt(m, rr, c);
	}
	abort();
}

static int
collect_alias(const struct message *m, const struct rr *rr, struct collector *c)
{
	struct message data = { m->bytes, rr->data + rr->len, rr->data };
	char name[NAME_MAX_LEN + 1];

	if (read_name(&data, name) == -1)
		return -1;
	if (!is_host_name(name))
		c->has_malformed_alias = true;
	return 0;
}

/* Walk the answer section.  Returns 0, or -1 when it does not parse. */
static int
walk_answers(struct message *m, unsigned count, enum dns_type type,
    struct collector *c)
{
	for (; count > 0 && c->nrecords < DNS_RECORDS_MAX; count--) {
		struct rr rr;

		if (read_rr(m, &rr) == -1)
			return -1;
		if (rr.rclass != CLASS_IN)
			return -1;
		if (rr.type == (unsigned)type) {
			if (collect_record(m, &rr, c) == -1)
				return -1;
		} else if (rr.type == TYPE_CNAME) {
			if (collect_alias(m, &rr, c) == -1)
				return -1;
		} else {
			continue;
		}
		if (rr.ttl < c->ttl)
			c->ttl = rr.ttl;
	}
	return 0;
}

/* How long "no" may be remembered (RFC 2308, 5). */
static unsigned
negative_ttl(struct message *m, unsigned count)
{
	for (; count > 0; count--) {
		struct rr rr;
		struct message data;
		unsigned minimum;

		if (read_rr(m, &rr) == -1)
			break;
		if (rr.type != TYPE_SOA || rr.len < 22)
			continue;
		data = (struct message){ m->bytes, rr.data + rr.len,
			rr.data + rr.len - 4 };
		if (read_u32(&data, &minimum) == -1)
			break;
		return minimum < rr.ttl ? minimum : rr.ttl;
	}
	return TTL_WITHOUT_SOA;
}

static const char *
failure_of(unsigned rcode)
{
	switch (rcode) {
	case 1:
		return "FORMERR";
	case 2:
		return "SERVFAIL";
	case 4:
		return "NOTIMP";
	case 5:
		return "REFUSED";
	}
	return "unusual reply code";
}

/* Build the answer from what a first walk has counted. */
static struct dns_answer *
answer_fill(struct message m, unsigned count, enum dns_type type,
    const struct collector *counted)
{
	struct dns_answer *answer = xcalloc(1,
	    sizeof *answer + counted->nrecords * sizeof answer->records[0] +
		counted->ntext);
	struct collector c = {
		.records = answer->records,
		.text = (char *)&answer->records[counted->nrecords],
		.ttl = TTL_MAX,
	};

	if (walk_answers(&m, count, type, &c) == -1)
		abort(); /* the first walk could read it */
	answer->refs = 1;
	answer->status = DNS_FOUND;
	answer->nrecords = c.nrecords;
	answer->ttl = c.ttl;
	return answer;
}

struct dns_answer *
dns_message_parse(const unsigned char *packet, size_t len, enum dns_type type)
{
	struct message m = { packet, len, 2 };
	unsigned flags, nquestions, nanswers, nauthority, nadditional, rcode;
	struct collector counted = { .ttl = TTL_MAX };
	struct message answers;
	struct dns_answer *answer;

	if (len < HEADER_LEN || read_u16(&m, &flags) == -1 ||
	    read_u16(&m, &nquestions) == -1 || read_u16(&m, &nanswers) == -1 ||
	    read_u16(&m, &nauthority) == -1 || read_u16(&m, &nadditional) == -1)
		return dns_answer_new(DNS_FAILED, "short reply");
	rcode = flags & 0xf;
	if (rcode != RCODE_NOERROR && rcode != RCODE_NXDOMAIN)
		return dns_answer_new(DNS_FAILED, failure_of(rcode));
	if (flags & 0x0200)
		return dns_answer_new(DNS_FAILED, "truncated reply");
	for (; nquestions > 0; nquestions--) {
		if (skip_name(&m) == -1 || m.len - m.at < 4)
			return dns_answer_new(DNS_FAILED,
			    "reply does not parse");
		m.at += 4;
	}
	answers = m;
	if (walk_answers(&m, nanswers, type, &counted) == -1)
		return dns_answer_new(DNS_FAILED, "reply does not parse");
	if (rcode == RCODE_NOERROR && counted.nrecords > 0 &&
	    !counted.has_malformed_alias)
		return answer_fill(answers, nanswers, type, &counted);
	if (rcode == RCODE_NOERROR &&
	    (counted.has_malformed_record || counted.has_malformed_alias)) {
		answer =
		    dns_answer_new(DNS_MALFORMED, "a name no host may have");
		answer->ttl = counted.ttl;
		return answer;
	}
	answer = dns_answer_new(DNS_NOT_FOUND, NULL);
	answer->is_nxdomain = rcode == RCODE_NXDOMAIN;
	answer->ttl = negative_ttl(&m, nauthority);
	if (counted.ttl < answer->ttl)
		answer->ttl = counted.ttl;
	return answer;
}
