#include <limits.h>
#include <malloc.h>
#include <string.h>

#include "mem.h"
#include "testing.h"

START_TEST(an_empty_one_is_an_empty_text)
{
	struct strbuf sb = { 0 };
	char *text;

	ck_assert_str_eq(strbuf_str(&sb), "");
	strbuf_truncate(&sb, 0);
	text = strbuf_detach(&sb);
	ck_assert_str_eq(text, "");
	free(text);
	strbuf_free(&sb);
	strbuf_wipe(&sb);
}
END_TEST

START_TEST(keeps_nul_bytes)
{
	struct strbuf sb = { 0 };

	strbuf_add(&sb, "a\0b", 3);
	strbuf_addc(&sb, '\0');
	ck_assert_uint_eq(sb.len, 4);
	ck_assert_mem_eq(sb.bytes, "a\0b\0", 5);
	strbuf_free(&sb);
}
END_TEST

START_TEST(grows_piece_by_piece)
{
	struct strbuf sb = { 0 };
	char *text;

	for (int i = 0; i < 10000; i++)
		strbuf_addf(&sb, "%d,", i % 10);
	strbuf_adds(&sb, "end");
	ck_assert_uint_eq(sb.len, 20003);
	ck_assert_str_eq(sb.bytes + 19998, "9,end");
	text = strbuf_detach(&sb);
	ck_assert_uint_eq(strlen(text), 20003);
	ck_assert_ptr_null(sb.bytes);
	free(text);
}
END_TEST

START_TEST(adds_a_number_in_decimal)
{
	struct strbuf sb = { 0 };

	strbuf_addu(&sb, 0);
	strbuf_addc(&sb, ' ');
	strbuf_addu(&sb, 4294967295);
	strbuf_addc(&sb, ' ');
	strbuf_addu(&sb, ULONG_MAX);
	ck_assert_str_eq(sb.bytes, "0 4294967295 18446744073709551615");
	strbuf_free(&sb);
}
END_TEST

START_TEST(truncates_but_never_lengthens)
{
	struct strbuf sb = { 0 };

	strbuf_adds(&sb, "reject");
	strbuf_truncate(&sb, 100);
	ck_assert_str_eq(sb.bytes, "reject");
	strbuf_truncate(&sb, 2);
	ck_assert_str_eq(sb.bytes, "re");
	strbuf_adds(&sb, "lay");
	testing_eat(&sb, "relay");
}
END_TEST

START_TEST(what_is_reserved_is_empty)
{
	struct strbuf sb = { 0 };

	mallopt(M_PERTURB, 1); /* fresh memory is not zero */
	strbuf_reserve(&sb, 1000);
	ck_assert_str_eq(strbuf_str(&sb), "");
	strbuf_free(&sb);
	mallopt(M_PERTURB, 0);
}
END_TEST

START_TEST(what_is_reserved_does_not_move)
{
	struct strbuf sb = { 0 };
	const char *bytes;

	strbuf_reserve(&sb, 1000);
	bytes = sb.bytes;
	for (int i = 0; i < 1000; i++)
		strbuf_addc(&sb, 'x');
	ck_assert_ptr_eq(sb.bytes, bytes);
	strbuf_wipe(&sb);
	ck_assert_uint_eq(sb.size, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("strbuf");
	TCase *tc = tcase_create("strbuf");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, an_empty_one_is_an_empty_text);
	tcase_add_test(tc, keeps_nul_bytes);
	tcase_add_test(tc, grows_piece_by_piece);
	tcase_add_test(tc, adds_a_number_in_decimal);
	tcase_add_test(tc, truncates_but_never_lengthens);
	tcase_add_test(tc, what_is_reserved_is_empty);
	tcase_add_test(tc, what_is_reserved_does_not_move);
	return testing_run(suite);
}
