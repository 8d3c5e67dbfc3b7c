#include <string.h>

#include "testing.h"
#include "dnsbl_key.h"

static struct dnsbl_keys keys;

static void
teardown(void)
{
	dnsbl_keys_free(&keys);
}

/* A first label of sixteen letters and digits, in a zone of two labels. */
START_TEST(knows_what_looks_like_a_key)
{
	static const struct {
		const char *zone;
		size_t len;
	} cases[] = {
		{ "0123456789abcdef.zen.example", 16 },
		{ "0123456789ABCDEF0123456789.zen.example", 26 },
		{ "0123456789abcdef.zen.example=127.0.0.2", 16 },
		{ "0123456789abcde.zen.example", 0 },
		{ "0123456789-abcdef.zen.example", 0 },
		{ "0123456789abcdef.example", 0 },
		{ "0123456789abcdef", 0 },
		{ "zen.example", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(dnsbl_key_len(cases[i].zone) == cases[i].len,
		    "%s: %zu", cases[i].zone, dnsbl_key_len(cases[i].zone));
}
END_TEST

START_TEST(hides_what_looks_like_a_key)
{
	ck_assert_str_eq(dnsbl_keys_hide(&keys, "0123456789abcdef.zen.example"),
	    "zen.example");
	ck_assert_str_eq(
	    dnsbl_keys_hide(&keys, "0123456789abcdef.zen.example=127.0.0.2"),
	    "zen.example=127.0.0.2");
	ck_assert_str_eq(dnsbl_keys_hide(&keys, "zen.example"), "zen.example");
}
END_TEST

START_TEST(hides_what_was_said_to_be_a_key)
{
	ck_assert_str_eq(dnsbl_keys_hide(&keys, "Sesame.bl.example"),
	    "Sesame.bl.example");
	dnsbl_keys_add(&keys, "sesame.bl.example");
	dnsbl_keys_add(&keys, "sesame.other.example");
	ck_assert_uint_eq(keys.n, 1);
	ck_assert_str_eq(dnsbl_keys_hide(&keys, "Sesame.bl.example"),
	    "bl.example");
	ck_assert_str_eq(dnsbl_keys_hide(&keys, "sesame.other.example"),
	    "other.example");
	ck_assert_str_eq(dnsbl_keys_hide(&keys, "sesames.bl.example"),
	    "sesames.bl.example");
	/* Alone it is no zone: nothing would be left. */
	ck_assert_str_eq(dnsbl_keys_hide(&keys, "sesame"), "sesame");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_key");
	TCase *tc = tcase_create("dnsbl_key");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, knows_what_looks_like_a_key);
	tcase_add_test(tc, hides_what_looks_like_a_key);
	tcase_add_test(tc, hides_what_was_said_to_be_a_key);
	return testing_run(suite);
}
