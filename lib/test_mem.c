#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "mem.h"
#include "testing.h"

START_TEST(gives_memory_also_for_nothing)
{
	void *p[] = { xmalloc(0), xcalloc(0, 8), xcalloc(8, 0),
		xreallocarray(NULL, 0, 8), xstrdup(""), xstrndup("abc", 0) };

	for (size_t i = 0; i < sizeof p / sizeof p[0]; i++) {
		ck_assert_ptr_nonnull(p[i]);
		free(p[i]);
	}
}
END_TEST

START_TEST(copies_text)
{
	char *copy = xstrndup("recipient", 4), *text;

	ck_assert_str_eq(copy, "reci");
	text = xasprintf("%s %d", copy, 7);
	ck_assert_str_eq(text, "reci 7");
	free(copy);
	free(text);
}
END_TEST

/* kB that this process has of its own, as the kernel counts. */
static long
memory_taken(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long kb = -1;

	ck_assert_ptr_nonnull(file);
	while (kb == -1 && fgets(line, sizeof line, file) != NULL)
		sscanf(line, "RssAnon: %ld", &kb);
	fclose(file);
	return kb;
}

/* All bits of its pages; a sanitizer of threads would keep something of each
 * that is read. */
__attribute__((no_sanitize_thread)) static unsigned char
bits_of(const unsigned char *pages, size_t size)
{
	unsigned char bits = 0;

	for (size_t i = 0; i < size; i += 1024)
		bits |= pages[i];
	return bits;
}

START_TEST(pages_take_memory_where_they_are_written)
{
	long before = memory_taken();
	size_t size = 64 << 20;
	unsigned char *pages = xpages(size);

	ck_assert_uint_eq(bits_of(pages, size), 0);
	pages[size - 1] = 1;
	ck_assert_int_lt(memory_taken() - before, 1024);
	xpages_free(pages, size);
	xpages_free(NULL, size);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* Those end it in their own way. */
#define OVERFLOW_ABORTS

START_TEST(ends_the_process_when_the_size_overflows)
{
	struct rlimit no_core = { 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	close(STDERR_FILENO);
	free(xreallocarray(NULL, SIZE_MAX / 4, 8));
}
END_TEST
#endif

START_TEST(compares_secrets)
{
	ck_assert_int_eq(secret_equal("abcd", "abcd", 4), 1);
	ck_assert_int_eq(secret_equal("abcd", "abce", 4), 0);
	ck_assert_int_eq(secret_equal("abcd", "bbcd", 4), 0);
	ck_assert_int_eq(secret_equal("abcd", "abce", 3), 1);
	ck_assert_int_eq(secret_equal("a\0c", "a\0d", 3), 0);
	ck_assert_int_eq(secret_equal("", "", 0), 1);
	secret_free(NULL, 100);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mem");
	TCase *tc = tcase_create("mem");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, gives_memory_also_for_nothing);
	tcase_add_test(tc, copies_text);
	tcase_add_test(tc, pages_take_memory_where_they_are_written);
	tcase_add_test(tc, compares_secrets);
#ifdef OVERFLOW_ABORTS
	tcase_add_test_raise_signal(tc,
	    ends_the_process_when_the_size_overflows, SIGABRT);
#endif
	return testing_run(suite);
}
