/* SPDX-License-Identifier: MIT */
/*
 * One thread at a time: who is inside a client, and what waits until nobody is.
 *
 * A public function that takes a client, an account or an operation is a door: it enters, does its
 * work and leaves. Calls nest, so the library and its callers' callbacks use the same doors. Who
 * is inside holds the client, so that another thread may let go of it at any time.
 */
#ifndef EMS_CLIENT_GUARD_H
#define EMS_CLIENT_GUARD_H

#include <emsign/client.h>
#include <stdatomic.h>
#include <stdbool.h>

struct ems_guard {
	_Atomic(const void *) owner; /* names the thread that is inside; NULL: nobody is */
	int depth;                   /* of its calls, touched by it alone */
	_Atomic(emsign_op *) late;   /* operations that other threads gave up meanwhile */
};

/** False, and EMSIGN_E_STATE in err, when another thread is inside. */
bool ems_guard_enter(emsign_client *client, emsign_error *err);

/** Leaves, does what was put off, and returns rc. The client may be gone afterwards. */
emsign_rc ems_guard_leave(emsign_client *client, emsign_rc rc);

/** A door: `call` runs inside. `client` is a variable: op or account may not outlive the call. */
#define EMS_INSIDE(client, err, call) \
	(ems_guard_enter(client, err) ? ems_guard_leave(client, call) : EMSIGN_E_STATE)

/** What may be done to an operation from anywhere. */
enum ems_guard_deed {
	EMS_GUARD_CANCEL = 1 << 0,
	EMS_GUARD_FREE = 1 << 1
};

/** Does it now, or, when another thread is inside, lets that one do it. */
void ems_guard_do(emsign_op *op, enum ems_guard_deed deed);

/** For whoever is inside and between two pieces of work: does what was put off. */
void ems_guard_catch_up(emsign_client *client);

#endif
