/*
 * Time that is taken off while it is used.
 */
#include "effort.h"

void
effort_begin(struct effort *effort)
{
	effort->is_spent = false;
	effort->until_us = effort->clock() + effort->left_us;
}

void
effort_end(struct effort *effort)
{
	long long left = effort->until_us - effort->clock();

	effort->left_us = left > 0 && !effort->is_spent ? left : 0;
}

long long
effort_left(struct effort *effort)
{
	long long left = effort->until_us - effort->clock();

	if (left > 0)
		return left;
	effort->is_spent = true;
	return 0;
}
