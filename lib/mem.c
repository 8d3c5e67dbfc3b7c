/*
 * Allocation that cannot fail, and memory that held a secret.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mem.h"

static void *
must(void *p)
{
	if (p == NULL) {
		fputs("fatal: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *
xmalloc(size_t size)
{
	return must(malloc(size > 0 ? size : 1));
}

void *
xcalloc(size_t count, size_t size)
{
	return must(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
	return must(
	    reallocarray(old, count > 0 ? count : 1, size > 0 ? size : 1));
}

char *
xstrdup(const char *s)
{
	return must(strdup(s));
}

char *
xstrndup(const char *s, size_t len)
{
	return must(strndup(s, len));
}

char *
xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		s = NULL;
	va_end(ap);
	return must(s);
}

void *
xpages(size_t size)
{
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return must(pages == MAP_FAILED ? NULL : pages);
}

void
xpages_free(void *pages, size_t size)
{
	if (pages != NULL)
		munmap(pages, size);
}

void
secret_free(void *p, size_t len)
{
	if (p == NULL)
		return;
	explicit_bzero(p, len);
	free(p);
}

int
secret_equal(const void *a, const void *b, size_t len)
{
	const volatile unsigned char *x = a, *y = b;
	unsigned char differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}
