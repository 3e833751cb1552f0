/* SPDX-License-Identifier: MIT */
/* A store around another one, whose n-th call fails. */
#ifndef TESTS_SUPPORT_FAILSTORE_H
#define TESTS_SUPPORT_FAILSTORE_H

#include <emsign/store.h>
#include <stdbool.h>

struct failstore {
	emsign_store *inner;
	size_t calls;
	size_t first, last; /* calls first..last-1 fail */
	size_t failed;
	bool inside; /* a transaction is open */
	void (*rival)(emsign_store *inner); /* may: what somebody else does before each write */
	emsign_rc rc;       /* what they fail with: EMSIGN_E_STORE unless a test wants another */
	bool done;          /* they do it, and then fail all the same */
};

/** Takes the inner store over. The struct has to live as long as the store. */
emsign_store *failstore_new(struct failstore *self, emsign_store *inner);

/** The n-th call from now fails (0: the next one), alone or with all that follow. */
void failstore_at(struct failstore *self, size_t n);
void failstore_from(struct failstore *self, size_t n);
void failstore_never(struct failstore *self);

#endif
