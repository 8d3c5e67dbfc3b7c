#include <stdlib.h>

#include "heap.h"
#include "testing.h"

#define THINGS 1000

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

START_TEST(gives_in_order_what_it_was_given)
{
	static int things[THINGS];
	struct heap heap = { .compare = compare };

	srand(1);
	for (size_t n = 0; n < THINGS; n += 1 + n / 2) {
		int last = -1;

		for (size_t i = 0; i < n; i++) {
			things[i] = rand() % 500;
			heap_add(&heap, &things[i]);
		}
		for (size_t i = 0; i < n; i++) {
			const int *thing = heap_take(&heap);

			ck_assert_int_ge(*thing, last);
			last = *thing;
		}
		ck_assert_ptr_null(heap_take(&heap));
	}
	heap_free(&heap);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("heap");
	TCase *tcase = tcase_create("heap");

	tcase_add_test(tcase, gives_in_order_what_it_was_given);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
