#ifndef TABLE_LIST_H
#define TABLE_LIST_H

#include <stddef.h>

struct table;

struct table_list { /* as rbl_reply_maps */
	size_t n;
	struct table **tables;
};

#endif
