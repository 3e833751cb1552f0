/* SPDX-License-Identifier: MIT */
/*
 * What every store has to do, as a suite for stores of all makers. It needs the public headers and
 * the C library alone:
 *
 *	static emsign_store *open_mine(void *ud) { ... emsign_store_new(&ops, self, &s, NULL) ... }
 *	...
 *	struct store_suite suite = { .name = "mine", .open = open_mine, .log = stderr };
 *	return store_suite_run(&suite) == 0 ? 0 : 1;
 */
#ifndef EMSIGN_CONFORMANCE_STORE_H
#define EMSIGN_CONFORMANCE_STORE_H

#include <emsign/store.h>
#include <stdio.h>

struct store_suite {
	const char *name;
	/* must: an empty store; called once for each case, the one before is freed by then */
	emsign_store *(*open)(void *ud);
	/* may: the store that was freed last, with what is in it; NULL: it went with its handle */
	emsign_store *(*reopen)(void *ud);
	void *ud;
	int transactions; /* 1: it has begin and end */
	FILE *log;        /* may: gets a line for each thing that is wrong */
};

/** Returns the number of cases that failed: 0 is a good store. */
int store_suite_run(const struct store_suite *suite);

#endif
