#include <string.h>

#include "testing.h"
#include "dns_message.h"

/* Builds a reply to a question for "a.b", record by record. */
struct packet {
	unsigned char bytes[4096];
	size_t len;
};

#define COUNT_ANSWER    7
#define COUNT_AUTHORITY 9

static void
put(struct packet *p, const char *bytes, size_t len)
{
	memcpy(p->bytes + p->len, bytes, len);
	p->len += len;
}

static void
packet_init(struct packet *p, unsigned char rcode)
{
	p->len = 0;
	put(p, "\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1a\1b\0\0\1\0\1", 21);
	p->bytes[3] |= rcode;
}

static void
record(struct packet *p, int section, unsigned char type, unsigned char ttl,
    const char *data, size_t len)
{
	p->bytes[section]++;
	put(p, "\xc0\x0c\0", 3);
	put(p, (char *)&type, 1);
	put(p, "\0\1\0\0\0", 5);
	put(p, (char *)&ttl, 1);
	put(p, (char[]){ 0, (char)len }, 2);
	put(p, data, len);
}

#define ANSWER(p, type, ttl, data)                                             \
	record(p, COUNT_ANSWER, type, ttl, data, sizeof data - 1)
#define PARSE(p, type) dns_message_parse((p)->bytes, (p)->len, type)

START_TEST(reads_addresses_and_the_least_ttl)
{
	struct packet p;
	struct dns_answer *a;

	packet_init(&p, 0);
	ANSWER(&p, 5, 9, "\1c\xc0\x0e"); /* CNAME c.b */
	ANSWER(&p, DNS_A, 60, "\x7f\0\0\2");
	ANSWER(&p, DNS_A, 50, "\x7f\0\0\4");
	a = PARSE(&p, DNS_A);
	ck_assert_int_eq(a->status, DNS_FOUND);
	ck_assert_uint_eq(a->nrecords, 2);
	ck_assert_uint_eq(a->records[1].ip.bytes[3], 4);
	ck_assert_uint_eq(a->ttl, 9);
	dns_answer_release(a);
}
END_TEST

START_TEST(cuts_an_answer_that_is_too_long)
{
	struct packet p;
	struct dns_answer *a;

	packet_init(&p, 0);
	for (int i = 0; i < DNS_RECORDS_MAX + 50; i++)
		ANSWER(&p, DNS_A, 60, ((char[]){ 127, 0, 1, (char)i, 0 }));
	a = PARSE(&p, DNS_A);
	ck_assert_int_eq(a->status, DNS_FOUND);
	ck_assert_uint_eq(a->nrecords, DNS_RECORDS_MAX);
	ck_assert_uint_eq(a->records[DNS_RECORDS_MAX - 1].ip.bytes[3],
	    DNS_RECORDS_MAX - 1);
	dns_answer_release(a);
}
END_TEST

START_TEST(reads_names_through_pointers)
{
	struct packet p;
	struct dns_answer *a;

	packet_init(&p, 0);
	ANSWER(&p, DNS_MX, 60, "\0\x0a\2mx\xc0\x0c");
	ANSWER(&p, DNS_MX, 60, "\1\0\0");
	a = PARSE(&p, DNS_MX);
	ck_assert_uint_eq(a->nrecords, 2);
	ck_assert_str_eq(a->records[0].name, "mx.a.b");
	ck_assert_uint_eq(a->records[0].preference, 10);
	ck_assert_str_eq(a->records[1].name, ""); /* RFC 7505 */
	ck_assert_uint_eq(a->records[1].preference, 256);
	ck_assert_uint_eq(dns_answer_size(a),
	    sizeof *a + 2 * sizeof a->records[0] + sizeof "mx.a.b" + 1);
	dns_answer_release(a);
}
END_TEST

START_TEST(takes_the_first_string_of_a_text)
{
	struct packet p;
	struct dns_answer *a;

	packet_init(&p, 0);
	ANSWER(&p, DNS_TXT, 60, "\3one\3two");
	ANSWER(&p, DNS_TXT, 60, "\0");
	a = PARSE(&p, DNS_TXT);
	ck_assert_uint_eq(a->nrecords, 2);
	ck_assert_uint_eq(a->records[0].textlen, 3);
	ck_assert_str_eq(a->records[0].text, "one");
	ck_assert_uint_eq(a->records[1].textlen, 0);
	dns_answer_release(a);
}
END_TEST

START_TEST(remembers_no_as_long_as_the_soa_says)
{
	struct packet p;
	struct dns_answer *a;

	packet_init(&p, 3);
	record(&p, COUNT_AUTHORITY, 6, 40,
	    "\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\x1e", 22);
	a = PARSE(&p, DNS_A);
	ck_assert_int_eq(a->status, DNS_NOT_FOUND);
	ck_assert(a->is_nxdomain);
	ck_assert_uint_eq(a->ttl, 30);
	dns_answer_release(a);

	packet_init(&p, 0);
	a = PARSE(&p, DNS_A);
	ck_assert_int_eq(a->status, DNS_NOT_FOUND);
	ck_assert(!a->is_nxdomain);
	ck_assert_uint_eq(a->ttl, 5);
	dns_answer_release(a);
}
END_TEST

START_TEST(drops_names_no_host_may_have)
{
	struct packet p;
	struct dns_answer *a;

	packet_init(&p, 0);
	ANSWER(&p, DNS_NS, 60, "\3n s\0");
	ANSWER(&p, DNS_NS, 60, "\2ns\0");
	a = PARSE(&p, DNS_NS);
	ck_assert_int_eq(a->status, DNS_FOUND);
	ck_assert_uint_eq(a->nrecords, 1);
	ck_assert_str_eq(a->records[0].name, "ns");
	dns_answer_release(a);
}
END_TEST

START_TEST(says_malformed_when_no_good_name_is_left)
{
	static const struct {
		const char *data;
		size_t len;
	} names[] = {
		{ "\3a.b\0", 5 }, /* a dot inside of a label */
		{ "\2-a\0", 4 },
		{ "\2a-\1b\0", 6 },
		{ "\003123\0", 5 },
		{ "\1\xe9\0", 3 },
		{ "\0", 1 },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct packet p;
		struct dns_answer *a;

		packet_init(&p, 0);
		record(&p, COUNT_ANSWER, DNS_NS, 60, names[i].data,
		    names[i].len);
		a = PARSE(&p, DNS_NS);
		ck_assert_msg(a->status == DNS_MALFORMED, "case %zu", i);
		dns_answer_release(a);
	}
}
END_TEST

START_TEST(an_alias_to_no_host_spoils_the_answer)
{
	struct packet p;
	struct dns_answer *a;

	packet_init(&p, 0);
	ANSWER(&p, 5, 9, "\3c d\0");
	ANSWER(&p, DNS_A, 60, "\x7f\0\0\2");
	a = PARSE(&p, DNS_A);
	ck_assert_int_eq(a->status, DNS_MALFORMED);
	dns_answer_release(a);
}
END_TEST

START_TEST(failures_say_what_they_are)
{
	static const struct {
		unsigned char rcode;
		const char *reason;
	} cases[] = { { 1, "FORMERR" }, { 2, "SERVFAIL" }, { 5, "REFUSED" },
		{ 9, "unusual reply code" } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct packet p;
		struct dns_answer *a;

		packet_init(&p, cases[i].rcode);
		a = PARSE(&p, DNS_A);
		ck_assert_int_eq(a->status, DNS_FAILED);
		ck_assert_str_eq(a->reason, cases[i].reason);
		dns_answer_release(a);
	}
}
END_TEST

static void
fails(struct packet *p, enum dns_type type)
{
	struct dns_answer *a = PARSE(p, type);

	ck_assert_int_eq(a->status, DNS_FAILED);
	dns_answer_release(a);
}

START_TEST(survives_what_is_no_message)
{
	struct packet p;

	packet_init(&p, 0); /* a name that points at itself */
	ANSWER(&p, DNS_NS, 60, "\xc0\x21");
	fails(&p, DNS_NS);
	packet_init(&p, 0); /* two that point at each other */
	ANSWER(&p, DNS_NS, 60, "\xc0\x23\xc0\x21");
	fails(&p, DNS_NS);
	packet_init(&p, 0); /* a label that goes over the end */
	ANSWER(&p, DNS_NS, 60, "\x3f");
	fails(&p, DNS_NS);
	packet_init(&p, 0); /* a text that goes over its record */
	ANSWER(&p, DNS_TXT, 60, "\5ab");
	fails(&p, DNS_TXT);
	packet_init(&p, 0); /* an address of three bytes */
	ANSWER(&p, DNS_A, 60, "\x7f\0\0");
	fails(&p, DNS_A);
	packet_init(&p, 0); /* a count without records */
	p.bytes[COUNT_ANSWER] = 200;
	fails(&p, DNS_A);
	packet_init(&p, 0); /* cut by the server */
	p.bytes[2] |= 2;
	fails(&p, DNS_A);
}
END_TEST

START_TEST(every_prefix_of_a_message_is_safe)
{
	struct packet p;

	packet_init(&p, 0);
	ANSWER(&p, DNS_MX, 60, "\0\x0a\2mx\xc0\x0c");
	for (size_t len = 0; len < p.len; len++) {
		struct packet cut = { .len = len };

		memcpy(cut.bytes, p.bytes, len);
		fails(&cut, DNS_MX);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dns_message");
	TCase *tc = tcase_create("dns_message");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, reads_addresses_and_the_least_ttl);
	tcase_add_test(tc, cuts_an_answer_that_is_too_long);
	tcase_add_test(tc, reads_names_through_pointers);
	tcase_add_test(tc, takes_the_first_string_of_a_text);
	tcase_add_test(tc, remembers_no_as_long_as_the_soa_says);
	tcase_add_test(tc, drops_names_no_host_may_have);
	tcase_add_test(tc, says_malformed_when_no_good_name_is_left);
	tcase_add_test(tc, an_alias_to_no_host_spoils_the_answer);
	tcase_add_test(tc, failures_say_what_they_are);
	tcase_add_test(tc, survives_what_is_no_message);
	tcase_add_test(tc, every_prefix_of_a_message_is_safe);
	return testing_run(suite);
}
