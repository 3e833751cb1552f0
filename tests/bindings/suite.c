/* SPDX-License-Identifier: MIT */
/* The suites for stores and transports as a library, for scripts that open theirs. */
#include "../conformance/store.h"
#include "../conformance/transport.h"

typedef void *(*open_fn)(void);

int run_store_suite(const char *name, open_fn open, int transactions);
int run_transport_suite(const char *name, open_fn open, int concurrent);

struct opener {
	open_fn open;
};

static emsign_store *open_store(void *ud)
{
	return ((struct opener *)ud)->open();
}

static emsign_transport *open_transport(void *ud)
{
	return ((struct opener *)ud)->open();
}

int run_store_suite(const char *name, open_fn open, int transactions)
{
	struct opener opener = { open };
	struct store_suite suite = { .name = name, .open = open_store, .ud = &opener,
				     .transactions = transactions, .log = stderr };

	return store_suite_run(&suite);
}

int run_transport_suite(const char *name, open_fn open, int concurrent)
{
	struct opener opener = { open };
	struct transport_suite suite = { .name = name, .open = open_transport, .ud = &opener,
					 .concurrent = concurrent, .log = stderr };

	return transport_suite_run(&suite);
}
