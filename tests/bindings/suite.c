/* SPDX-License-Identifier: MIT */
/* The suite for stores as a library, for scripts that open theirs. */
#include "../conformance/store.h"

typedef emsign_store *(*open_fn)(void);

int run_store_suite(const char *name, open_fn open);

struct opener {
	open_fn open;
};

static emsign_store *open_store(void *ud)
{
	return ((struct opener *)ud)->open();
}

int run_store_suite(const char *name, open_fn open)
{
	struct opener opener = { open };
	struct store_suite suite = { .name = name, .open = open_store, .ud = &opener,
				     .transactions = 1, .log = stderr };

	return store_suite_run(&suite);
}
