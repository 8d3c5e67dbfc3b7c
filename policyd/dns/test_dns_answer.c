#include <string.h>

#include "testing.h"
#include "dns_answer.h"
#include "dns_message.h"

/* An answer of two MX or TXT records, as it comes from the wire. */
static struct dns_answer *
parse(enum dns_type type)
{
	static const char mx[] =
	    "\x12\x34\x81\x80\0\1\0\2\0\0\0\0\1a\0\0\x0f\0\1"
	    "\1a\0\0\x0f\0\1\0\0\0\x3c\0\6\0\x0a\2mx\0"
	    "\1a\0\0\x0f\0\1\0\0\0\x3c\0\5\0\x14\1b\0";
	static const char txt[] =
	    "\x12\x34\x81\x80\0\1\0\2\0\0\0\0\1a\0\0\x10\0\1"
	    "\1a\0\0\x10\0\1\0\0\0\x3c\0\4\3one"
	    "\1a\0\0\x10\0\1\0\0\0\x3c\0\1\0";
	const char *packet = type == DNS_MX ? mx : txt;
	size_t len = type == DNS_MX ? sizeof mx - 1 : sizeof txt - 1;
	struct dns_answer *answer =
	    dns_message_parse((const unsigned char *)packet, len, type);

	ck_assert_int_eq(answer->status, DNS_FOUND);
	ck_assert_uint_eq(answer->nrecords, 2);
	return answer;
}

/* Who still reads it reads something else. */
static void
spoil(struct dns_answer *answer)
{
	memset(answer, 0xee, dns_answer_size(answer));
}

START_TEST(a_copy_stands_alone)
{
	struct dns_answer *answer = parse(DNS_MX), *copy;

	dns_answer_hold(answer);
	copy = dns_answer_copy(answer);
	ck_assert_uint_eq(dns_answer_size(copy), dns_answer_size(answer));
	spoil(answer);
	ck_assert_uint_eq(copy->refs, 1);
	ck_assert_uint_eq(copy->ttl, 60);
	ck_assert_str_eq(copy->records[0].name, "mx");
	ck_assert_uint_eq(copy->records[0].preference, 10);
	ck_assert_str_eq(copy->records[1].name, "b");
	ck_assert_ptr_null(copy->records[1].text);
	dns_answer_release(copy);
	free(answer);
}
END_TEST

START_TEST(a_copy_has_its_texts)
{
	struct dns_answer *answer = parse(DNS_TXT);
	struct dns_answer *copy = dns_answer_copy(answer);

	spoil(answer);
	ck_assert_uint_eq(copy->records[0].textlen, 3);
	ck_assert_mem_eq(copy->records[0].text, "one", 4);
	ck_assert_uint_eq(copy->records[1].textlen, 0);
	ck_assert_str_eq(copy->records[1].text, "");
	ck_assert_ptr_null(copy->records[0].name);
	dns_answer_release(copy);
	free(answer);
}
END_TEST

START_TEST(an_answer_without_records_can_be_copied)
{
	struct dns_answer *answer = dns_answer_new(DNS_FAILED, "REFUSED");
	struct dns_answer *copy = dns_answer_copy(answer);

	dns_answer_release(answer);
	ck_assert_int_eq(copy->status, DNS_FAILED);
	ck_assert_str_eq(copy->reason, "REFUSED");
	dns_answer_release(copy);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dns_answer");
	TCase *tc = tcase_create("dns_answer");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, a_copy_stands_alone);
	tcase_add_test(tc, a_copy_has_its_texts);
	tcase_add_test(tc, an_answer_without_records_can_be_copied);
	return testing_run(suite);
}
