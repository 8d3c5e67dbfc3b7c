#include "testing.h"
#include "key_hash.h"

/* Appendix A of the paper that defines SipHash: 00 01 ... 0e. */
START_TEST(is_siphash)
{
	struct key_hash hash;
	unsigned char bytes[15];

	for (unsigned char i = 0; i < sizeof hash.key; i++)
		hash.key[i] = i;
	for (unsigned char i = 0; i < sizeof bytes; i++)
		bytes[i] = i;
	ck_assert_uint_eq(key_hash(&hash, bytes, sizeof bytes),
	    0xa129ca6149be45e5U);
}
END_TEST

START_TEST(no_two_tables_have_the_same_key)
{
	struct key_hash one, other;

	key_hash_init(&one);
	key_hash_init(&other);
	ck_assert(key_hash(&one, "a", 1) != key_hash(&other, "a", 1));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("key_hash");
	TCase *tc = tcase_create("key_hash");

	tcase_add_test(tc, is_siphash);
	tcase_add_test(tc, no_two_tables_have_the_same_key);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
