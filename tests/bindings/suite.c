/* SPDX-License-Identifier: MIT */
/*
 * The suites for stores and transports as a library, for scripts that open theirs; and a transport
 * that waits when it is closed.
 */
#include "../conformance/store.h"
#include "../conformance/transport.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

typedef void *(*open_fn)(void);

int run_store_suite(const char *name, open_fn open, int transactions);
int run_transport_suite(const char *name, open_fn open, int concurrent);
void *waiting_transport(int begun, int go, int *told);
void free_transport(void *transport);

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

/* --- a transport whose end takes until somebody else says so --------------------------------- */

struct waiting {
	int begun, go;
	int *told;
};

static emsign_rc never_start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	(void)self;
	(void)exchange;
	(void)err;
	return EMSIGN_E_UNSUPPORTED;
}

static void wait_and_go(void *self)
{
	struct waiting *w = self;
	struct pollfd go = { .fd = w->go, .events = POLLIN };

	*w->told = write(w->begun, ".", 1) == 1 && poll(&go, 1, 10000) == 1;
	free(w);
}

/* Its end writes to begun and waits for go; told: whether somebody came. */
void *waiting_transport(int begun, int go, int *told)
{
	static const emsign_transport_ops ops = { sizeof(ops), "waiting", never_start, NULL, NULL,
						  NULL, wait_and_go };
	struct waiting *w = malloc(sizeof(*w));
	emsign_transport *transport = NULL;

	if (!w)
		abort();
	*w = (struct waiting){ begun, go, told };
	if (emsign_transport_new(&ops, w, &transport, NULL))
		abort();
	return transport;
}

void free_transport(void *transport)
{
	emsign_transport_free(transport);
}
