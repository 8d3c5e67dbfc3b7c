#include "hash_queue.h"
#include "testing.h"

static struct source
from(unsigned char n)
{
	return (struct source){ .family = 4, .bytes = { 192, 0, 2, n } };
}

static struct hash_entry
entry(unsigned char n, bool is_known)
{
	return (struct hash_entry){ .source = from(n), .is_known = is_known };
}

/* The n-th /64 of a /48. */
static struct source
hop(unsigned n)
{
	return (struct source){
		.family = 6,
		.prefix = 64,
		.bytes = { 0x20, 1, 0xd, 0xb8, 0, 0, (unsigned char)(n >> 8),
		    (unsigned char)n },
	};
}

START_TEST(first_come_first_served_among_equals)
{
	struct hash_queue *queue = hash_queue_new(10);
	struct hash_entry a = entry(1, false), b = entry(1, false),
			  c = entry(2, false);

	hash_queue_push(queue, &a, 0);
	hash_queue_push(queue, &b, 0);
	hash_queue_push(queue, &c, 0);
	ck_assert_uint_eq(hash_queue_len(queue), 3);
	ck_assert_ptr_eq(hash_queue_pop(queue), &a);
	ck_assert_ptr_eq(hash_queue_pop(queue), &b);
	ck_assert_ptr_eq(hash_queue_pop(queue), &c);
	ck_assert_ptr_null(hash_queue_pop(queue));
	hash_queue_free(queue);
}
END_TEST

START_TEST(who_used_less_time_comes_first)
{
	struct hash_queue *queue = hash_queue_new(10);
	struct hash_entry a = entry(1, false), b = entry(2, false),
			  c = entry(1, false);
	struct source one = from(1);

	hash_queue_charge(queue, &one, 24, 0);
	hash_queue_push(queue, &a, 0);
	hash_queue_push(queue, &b, 0);
	ck_assert_ptr_eq(hash_queue_pop(queue), &b);
	hash_queue_push(queue, &c, 0);
	hash_queue_push(queue, &b, 0);
	hash_queue_charge(queue, &b.source, 25, 0); /* while it waits */
	ck_assert_ptr_eq(hash_queue_pop(queue), &a);
	ck_assert_ptr_eq(hash_queue_pop(queue), &c);
	ck_assert_ptr_eq(hash_queue_pop(queue), &b);
	hash_queue_free(queue);
}
END_TEST

START_TEST(time_used_is_forgotten)
{
	struct hash_queue *queue = hash_queue_new(10);
	struct hash_entry a = entry(1, false), b = entry(2, false);
	struct source one = from(1), two = from(2);

	hash_queue_charge(queue, &one, 100, 0);
	hash_queue_charge(queue, &two, 20, 5 * 60000L);
	hash_queue_push(queue, &b, 5 * 60000L);
	hash_queue_push(queue, &a, 5 * 60000L);
	ck_assert_ptr_eq(hash_queue_pop(queue), &a);
	ck_assert_ptr_eq(hash_queue_pop(queue), &b);
	hash_queue_free(queue);
}
END_TEST

START_TEST(a_known_pair_comes_before_all_others)
{
	struct hash_queue *queue = hash_queue_new(10);
	struct hash_entry guess = entry(1, false), known = entry(1, true),
			  fresh = entry(2, false), other = entry(3, true);
	struct source one = from(1);

	hash_queue_charge(queue, &one, 1000, 0);
	hash_queue_push(queue, &guess, 0);
	hash_queue_push(queue, &fresh, 0);
	hash_queue_push(queue, &known, 0);
	hash_queue_push(queue, &other, 0);
	ck_assert_ptr_eq(hash_queue_pop(queue), &other);
	ck_assert_ptr_eq(hash_queue_pop(queue), &known);
	ck_assert_ptr_eq(hash_queue_pop(queue), &fresh);
	ck_assert_ptr_eq(hash_queue_pop(queue), &guess);
	hash_queue_free(queue);
}
END_TEST

START_TEST(when_full_the_one_with_most_loses_his_newest)
{
	struct hash_queue *queue = hash_queue_new(3);
	struct hash_entry a = entry(1, false), b = entry(1, false),
			  c = entry(2, false), d = entry(3, true),
			  e = entry(1, false);

	ck_assert_ptr_null(hash_queue_push(queue, &a, 0));
	ck_assert_ptr_null(hash_queue_push(queue, &b, 0));
	ck_assert_ptr_null(hash_queue_push(queue, &c, 0));
	ck_assert_ptr_eq(hash_queue_push(queue, &e, 0), &e);
	ck_assert_ptr_eq(hash_queue_push(queue, &d, 0), &b);
	ck_assert_uint_eq(hash_queue_len(queue), 3);
	ck_assert_ptr_eq(hash_queue_pop(queue), &d);
	ck_assert_ptr_eq(hash_queue_pop(queue), &a);
	ck_assert_ptr_eq(hash_queue_pop(queue), &c);
	hash_queue_free(queue);
}
END_TEST

START_TEST(when_full_strangers_go_before_a_known_pair)
{
	struct hash_queue *queue = hash_queue_new(3);
	struct hash_entry a = entry(1, true), b = entry(2, false),
			  c = entry(3, false), d = entry(4, false),
			  e = entry(1, true), f = entry(1, true),
			  g = entry(5, false), h = entry(1, true);

	ck_assert_ptr_null(hash_queue_push(queue, &a, 0));
	ck_assert_ptr_null(hash_queue_push(queue, &b, 0));
	ck_assert_ptr_null(hash_queue_push(queue, &c, 0));
	ck_assert_ptr_eq(hash_queue_push(queue, &d, 0), &d);
	ck_assert_ptr_eq(hash_queue_push(queue, &e, 0), &c);
	ck_assert_ptr_eq(hash_queue_push(queue, &f, 0), &b);
	ck_assert_ptr_eq(hash_queue_push(queue, &g, 0), &g);
	ck_assert_ptr_eq(hash_queue_push(queue, &h, 0), &h);
	while (hash_queue_pop(queue) != NULL)
		;
	hash_queue_free(queue);
}
END_TEST

START_TEST(who_hops_between_networks_of_a_site_does_not_come_first)
{
	struct hash_queue *queue = hash_queue_new(10);
	struct hash_entry fresh = { .source = hop(1000) },
			  known = { .source = hop(1001), .is_known = true },
			  elsewhere = entry(1, false);

	for (unsigned i = 0; i < 20; i++) {
		struct source source = hop(i);

		hash_queue_charge(queue, &source, 10, 0);
	}
	hash_queue_charge(queue, &elsewhere.source, 15, 0);
	hash_queue_push(queue, &fresh, 0);
	hash_queue_push(queue, &elsewhere, 0);
	hash_queue_push(queue, &known, 0);
	ck_assert_ptr_eq(hash_queue_pop(queue), &known);
	ck_assert_ptr_eq(hash_queue_pop(queue), &elsewhere);
	ck_assert_ptr_eq(hash_queue_pop(queue), &fresh);
	hash_queue_free(queue);
}
END_TEST

START_TEST(who_hops_while_he_waits_does_not_come_first)
{
	struct hash_queue *queue = hash_queue_new(10);
	struct hash_entry fresh = { .source = hop(1) },
			  elsewhere = entry(1, false);
	struct source other = hop(2);

	hash_queue_push(queue, &fresh, 0);
	hash_queue_push(queue, &elsewhere, 0);
	hash_queue_charge(queue, &other, 10, 0);
	ck_assert_ptr_eq(hash_queue_pop(queue), &elsewhere);
	ck_assert_ptr_eq(hash_queue_pop(queue), &fresh);
	hash_queue_free(queue);
}
END_TEST

START_TEST(a_neighbour_who_hashes_little_does_no_harm)
{
	struct hash_queue *queue = hash_queue_new(10);
	struct hash_entry fresh = { .source = hop(1) },
			  elsewhere = entry(1, false);
	struct source neighbour = hop(2);

	hash_queue_charge(queue, &neighbour, 100, 0);
	hash_queue_charge(queue, &elsewhere.source, 15, 0);
	hash_queue_push(queue, &elsewhere, 0);
	hash_queue_push(queue, &fresh, 0);
	ck_assert_ptr_eq(hash_queue_pop(queue), &fresh);
	ck_assert_ptr_eq(hash_queue_pop(queue), &elsewhere);
	hash_queue_free(queue);
}
END_TEST

START_TEST(when_full_a_site_loses_what_its_networks_brought)
{
	struct hash_entry hops[30],
	    one = entry(1, false), two = entry(2, false),
	    known = { .source = hop(1001), .is_known = true };
	struct hash_queue *queue = hash_queue_new(30);

	for (unsigned i = 0; i < 30; i++) {
		hops[i] = (struct hash_entry){ .source = hop(i) };
		ck_assert_ptr_null(hash_queue_push(queue, &hops[i], 0));
	}
	ck_assert_ptr_eq(hash_queue_push(queue, &one, 0), &hops[29]);
	ck_assert_ptr_eq(hash_queue_push(queue, &two, 0), &hops[28]);
	ck_assert_ptr_eq(hash_queue_push(queue, &known, 0), &hops[27]);
	ck_assert_ptr_eq(hash_queue_pop(queue), &known);
	while (hash_queue_pop(queue) != NULL)
		;
	hash_queue_free(queue);
}
END_TEST

START_TEST(an_entry_can_be_taken_back)
{
	struct hash_queue *queue = hash_queue_new(3);
	struct hash_entry a = entry(1, false), b = entry(1, true);

	hash_queue_push(queue, &a, 0);
	hash_queue_push(queue, &b, 0);
	hash_queue_remove(queue, &a);
	hash_queue_remove(queue, &b);
	ck_assert_uint_eq(hash_queue_len(queue), 0);
	hash_queue_free(queue);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hash_queue");
	TCase *tc = tcase_create("hash_queue");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, first_come_first_served_among_equals);
	tcase_add_test(tc, who_used_less_time_comes_first);
	tcase_add_test(tc, time_used_is_forgotten);
	tcase_add_test(tc, a_known_pair_comes_before_all_others);
	tcase_add_test(tc, when_full_the_one_with_most_loses_his_newest);
	tcase_add_test(tc, when_full_strangers_go_before_a_known_pair);
	tcase_add_test(tc,
	    who_hops_between_networks_of_a_site_does_not_come_first);
	tcase_add_test(tc, who_hops_while_he_waits_does_not_come_first);
	tcase_add_test(tc, a_neighbour_who_hashes_little_does_no_harm);
	tcase_add_test(tc, when_full_a_site_loses_what_its_networks_brought);
	tcase_add_test(tc, an_entry_can_be_taken_back);
	return testing_run(suite);
}
