/* SPDX-License-Identifier: MIT */
/*
 * What every transport has to do, as a suite for transports of all makers, against a real server
 * with real TLS. Exchanges are made inside the library, so it is linked with the library's archive
 * and tests/support:
 *
 *	static emsign_transport *open_mine(void *ud) { ... emsign_transport_new(&ops, self, ...) }
 *	...
 *	struct transport_suite suite = { .name = "mine", .open = open_mine, .log = stderr };
 *	return transport_suite_run(&suite) == 0 ? 0 : 1;
 *
 * An exchange is freed in its own done(): run it under ASan or valgrind, and a transport that
 * touches it afterwards, or ends it twice, is caught.
 */
#ifndef EMSIGN_CONFORMANCE_TRANSPORT_H
#define EMSIGN_CONFORMANCE_TRANSPORT_H

#include <emsign/transport.h>
#include <stdio.h>

struct transport_suite {
	const char *name;
	/* must: a transport; called once for each case, the one before is freed by then */
	emsign_transport *(*open)(void *ud);
	void *ud;
	int concurrent;   /* 1: it has cancel, drive and fd, and many exchanges may be in flight */
	int patience_ms;  /* after which an exchange is taken to hang; 0: 15 seconds */
	const char *only; /* may: the one case that is run, by its sentence */
	FILE *log;        /* may: gets a line for each thing that is wrong */
};

/** Returns the number of cases that failed: 0 is a good transport. */
int transport_suite_run(const struct transport_suite *suite);

#endif
