#ifndef SORTED_H
#define SORTED_H

#include <stddef.h>

/*
 * Where a key stands in a sorted array, or would stand: the first element that
 * does not come before it; n: all do.  As bsearch(3), which does not say where
 * what is missing belongs; compare: the key's order to an element's.
 */
size_t sorted_place(const void *key, const void *array, size_t n, size_t size,
    int (*compare)(const void *key, const void *element));

#endif
